"""The start of a service, by a thread that lives as long as what it started.

A process that is tied to its starter ends with the thread that started it.
"""

import threading
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from headrace_harness.errors import ServiceError

if TYPE_CHECKING:
    from headrace_harness.services.service import Service, TargetService

GIVES_UP_S: Final = 60.0
"""What a start that is under way may still take where the run ends [s]."""


@runtime_checkable
class Logging(Protocol):
    """A service that prints something."""

    def log(self) -> str:
        """The end of what it has printed; empty where it has not started."""


class Launch:
    """A service that is starting, runs, or could not start.

    Who makes one sees to its end before it begins: a signal may arrive while it does.

    Args:
        name: What the run calls it.
        service: Not yet started.

    Attributes:
        name: What the run calls it.
        left: Why not all of it could be removed; empty where all was.
    """

    def __init__(self, name: str, service: "Service | TargetService") -> None:
        self.name = name
        self.left = ""
        self._service = service
        self._error: Exception | None = None
        self._last_words = ""
        self._is_settled = threading.Event()
        self._may_end = threading.Event()
        self._has_begun = False

    def begin(self) -> None:
        """Start it, and do not wait for that."""
        self._has_begun = True
        threading.Thread(target=self._run, name=f"service {self.name}", daemon=True).start()

    def wait(self) -> "Service | TargetService":
        """The service, once it answers.

        Raises:
            ServiceError: It does not start; the same however often it is asked.
        """
        self._is_settled.wait()
        error = self._error
        if isinstance(error, ServiceError):
            raise ServiceError(*error.args) from error
        if error is not None:
            message = f"{type(error).__name__}: {error}"
            raise ServiceError(message) from error
        return self._service

    def log(self) -> str:
        """The end of what it has printed, or had when it could not start; then what is left."""
        said = self._last_words
        if self._error is None and isinstance(self._service, Logging):
            said = self._service.log()
        return said + (f"not all could be removed: {self.left}\n" if self.left else "")

    def end(self) -> None:
        """End the service; what stays of it is no error of the run, whose report is to be kept."""
        if self._has_begun:
            self._is_settled.wait(GIVES_UP_S)
        self._stop()
        self._may_end.set()

    def _stop(self) -> None:
        try:
            self._service.stop()
        except Exception as error:  # noqa: BLE001 - its server may have gone away
            self.left = " ".join(f"{type(error).__name__}: {error}".split())

    def _run(self) -> None:
        try:
            self._service.start()
        except Exception as error:  # noqa: BLE001 - one service's failure is that of its cells
            self._last_words = self.log()
            self._error = error
            self._stop()
        finally:
            self._is_settled.set()
        self._may_end.wait()
