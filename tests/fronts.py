"""A port that speaks TLS in front of a server that does not."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import trustme


def at_once(near: socket.socket) -> bool:
    """TLS from the first byte on."""
    return near.fileno() >= 0


class Front:
    """A port that speaks TLS in front of a server, with a certificate for `localhost`.

    Attributes:
        port: On 127.0.0.1.
        sessions: For each session, whether it was encrypted.
    """

    def __init__(
        self,
        behind: int,
        authority: trustme.CA,
        *,
        is_asked: Callable[[socket.socket], bool] = at_once,
    ) -> None:
        """Listen.

        Args:
            behind: The server's port on 127.0.0.1.
            authority: Signs the certificate.
            is_asked: Whether a session that begins is to be encrypted.
        """
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self._context)
        self._behind = behind
        self._is_asked = is_asked
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.sessions: list[bool] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """No more sessions."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        is_asked = self._is_asked(near)
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._behind)) as far:
            if is_asked:
                near = self._context.wrap_socket(near, server_side=True)
            with near:
                self.sessions.append(is_asked)
                threading.Thread(target=pump, args=(far, near), daemon=True).start()
                pump(near, far)


def pump(source: socket.socket, target: socket.socket) -> None:
    """Carry what comes from one side to the other until either ends."""
    with suppress(OSError):
        while data := source.recv(4096):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
