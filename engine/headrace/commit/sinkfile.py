"""A sink of the extension as a file that Python writes to."""

import io
from typing import TYPE_CHECKING

from headrace._native import Sink, translated

if TYPE_CHECKING:
    from typing_extensions import Buffer


class SinkFile(io.RawIOBase):
    """Bytes in their order, and nothing else: neither read nor sought.

    Args:
        sink: Takes them.
        name: What the file is called, in errors.
    """

    def __init__(self, sink: Sink, *, name: str) -> None:
        super().__init__()
        self._sink = sink
        self._closed_by_us = False
        self.name = name

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: "Buffer", /) -> int:
        """Take all of `data`; how many bytes.

        Raises:
            WriterError: The store failed.
        """
        if self.closed:
            message = "write to a closed file"
            raise ValueError(message)
        with translated():
            return self._sink.write(bytes(data))

    def tell(self) -> int:
        """Bytes so far."""
        return self._sink.written_bytes

    def close(self) -> None:
        """End it: all of it is where it belongs.

        Raises:
            WriterError: The store failed.
        """
        if self.closed:
            return
        super().close()
        with translated():
            self._sink.close()

    def __del__(self) -> None:
        """Give it up where nobody has ended it: what is collected is no file."""
        self.abort()

    def abort(self) -> None:
        """Give it up."""
        if not self.closed:
            super().close()
            self._sink.abort()
