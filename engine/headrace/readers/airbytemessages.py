"""The messages of a connector that are no records: what they say of the run, and its verdict."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from headrace.errors import PluginError, ReaderConnectionError, ReaderError

_EXCERPT: Final = 200
_MESSAGE: Final = 2_000
_log = logging.getLogger(__name__)


class Messages:
    """What a connector has said so far.

    Args:
        label: How errors name it.
        redact: Takes the config's secrets out of a text.

    Attributes:
        statuses: The last status of each stream that has told one, by name and namespace.
        errors: Those that it reported.
        num_noise: Lines that were no message.
        asks_for_config: Whether it wants another config to be kept.
    """

    def __init__(self, *, label: str, redact: Callable[[str], str]) -> None:
        self._label = label
        self._redact = redact
        self.statuses: dict[tuple[str, str | None], str] = {}
        self.errors: list[ReaderError] = []
        self.num_noise = 0
        self.first_noise = 0
        self.asks_for_config = False

    def hear(self, line: int, text: str, *, is_message: bool) -> dict[str, Any] | None:
        """The message that a line holds where somebody else must see to it.

        Raises:
            PluginError: It is not what the protocol says.
        """
        if not is_message:
            self._noise(line, text)
            return None
        try:
            message = msgspec.json.decode(text)
            return self._heard(message)
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
            what = "the connector printed a message that is not as the protocol says"
            raise PluginError(what, plugin=self._label, line=line) from error

    def _heard(self, message: dict[str, Any]) -> dict[str, Any] | None:
        kind = message["type"]
        if kind == "LOG":
            log = message["log"]
            facts = {"plugin": self._label, "level": log.get("level")}
            said = self._redact(str(log.get("message")))[:_MESSAGE]
            _log.info("headrace.airbyte.log", extra={**facts, "text": said})
        elif kind == "TRACE":
            self._trace(message["trace"])
        elif kind == "CONTROL":
            self.asks_for_config = True
        else:
            return message
        return None

    def _trace(self, trace: Mapping[str, Any]) -> None:
        if trace["type"] == "STREAM_STATUS":
            status = trace["stream_status"]
            descriptor = status["stream_descriptor"]
            key = (descriptor["name"], descriptor.get("namespace"))
            self.statuses[key] = status["status"]
        elif trace["type"] == "ERROR":
            self.errors.append(self._error(trace["error"]))

    def _error(self, error: Mapping[str, Any]) -> ReaderError:
        """The error that a TRACE reports, by its `failure_type`."""
        failure = error.get("failure_type") or "system_error"
        said = error.get("message") or error.get("internal_message") or "an error"
        message = f"the connector failed: {self._redact(str(said))[:_MESSAGE]}"
        descriptor = error.get("stream_descriptor") or {}
        cls = ReaderConnectionError if failure == "transient_error" else ReaderError
        facts = {"plugin": self._label, "stream": descriptor.get("name")}
        return cls(message, **facts, failure_type=failure)

    def _noise(self, line: int, text: str) -> None:
        self.num_noise += 1
        self.first_noise = self.first_noise or line
        facts = {"plugin": self._label, "line": line, "text": self._redact(text)[:_EXCERPT]}
        _log.info("headrace.airbyte.no_message", extra=facts)

    def check(self, code: int, stderr: str) -> None:
        """Refuse a connector that failed.

        Args:
            code: Its exit code.
            stderr: Its last words.

        Raises:
            ReaderError: What it reported, or that it ended with another code than 0.
        """
        if self.errors:
            raise self.errors[0]
        if code == 0:
            return
        how = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
        said = f"; its last words: {stderr}" if stderr else ""
        message = f"the connector {how}{said}"
        raise ReaderError(message, plugin=self._label)

    def notes(self) -> list[str]:
        """What a run's report says of them."""
        notes = []
        if self.num_noise:
            notes.append(
                f"{self._label}: {self.num_noise} lines of its output were no messages, the first "
                f"line {self.first_noise}"
            )
        if self.asks_for_config:
            notes.append(
                f"{self._label}: it asks to be given another config from now on; the job's is kept"
            )
        return notes


__all__ = ["Messages"]
