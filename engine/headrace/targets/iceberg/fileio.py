"""PyIceberg's metadata files in our object stores, without pyarrow, fsspec or boto3.

Metadata are small: a file is read and written whole.
"""

import io
from types import TracebackType

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream
from pyiceberg.typedef import EMPTY_DICT, Properties

from headrace.targets.iceberg.places import Places

PLACES_KEY = "headrace.places"
"""The property under which a catalog hands the stores to its FileIO."""


class _Read(io.BytesIO):
    """The bytes of a file."""


class _Written(io.BytesIO):
    """Becomes an object when it is closed."""

    def __init__(self, places: Places, location: str) -> None:
        super().__init__()
        self._places = places
        self._location = location

    def __exit__(
        self,
        exctype: type[BaseException] | None,
        excinst: BaseException | None,
        exctb: TracebackType | None,
    ) -> None:
        if exctype is not None:
            super().close()  # half a file is no file
            return
        self.close()

    def close(self) -> None:
        if self.closed:
            return
        data = self.getvalue()
        super().close()
        store, key = self._places.of(self._location)
        # Every name holds a uuid: a condition would only make a lost answer look like a conflict.
        store.put(key, data)


class StoreFile(InputFile, OutputFile):
    """A file at a location.

    Args:
        places: Where locations are.
        location: Its URL.
    """

    def __init__(self, places: Places, location: str) -> None:
        super().__init__(location)
        self._places = places

    def __len__(self) -> int:
        """Its size [bytes].

        Raises:
            FileNotFoundError: There is none.
        """
        store, key = self._places.of(self.location)
        found = store.head(key)
        if found is None:
            raise FileNotFoundError(self.location)
        return found[0]

    def exists(self) -> bool:
        """Whether there is such a file."""
        store, key = self._places.of(self.location)
        return store.head(key) is not None

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002, FBT001, FBT002  PyIceberg's
        """Its bytes.

        Raises:
            FileNotFoundError: There is none.
        """
        store, key = self._places.of(self.location)
        found = store.get(key)
        if found is None:
            raise FileNotFoundError(self.location)
        return _Read(found[0])

    def create(self, overwrite: bool = False) -> OutputStream:  # noqa: ARG002, FBT001, FBT002  PyIceberg's
        """A new file, there once it is closed."""
        return _Written(self._places, self.location)

    def to_input_file(self) -> InputFile:
        """The same file, to be read."""
        return self


class StoreFileIO(FileIO):
    """PyIceberg's door to our stores.

    Args:
        properties: The catalog's, with the stores under `PLACES_KEY`.
    """

    def __init__(self, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)
        self._places: Places = properties[PLACES_KEY]

    def new_input(self, location: str) -> StoreFile:
        """The file at a location, to be read."""
        return StoreFile(self._places, location)

    def new_output(self, location: str) -> StoreFile:
        """The file at a location, to be written."""
        return StoreFile(self._places, location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Remove a file; nothing where there is none."""
        store, key = self._places.of(location if isinstance(location, str) else location.location)
        store.delete(key)
