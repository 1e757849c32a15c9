"""The states of a connector: kept as they come, given back as they came."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from headrace.errors import PluginError, ReaderError, StateError
from headrace.readers.state import State

SHARED: Final = "@airbyte"
"""The name by which a state is kept that belongs to all streams: GLOBAL and LEGACY."""


class States:
    """The states of one run.

    Args:
        state: What is stored; None where the job keeps nothing.
        names: The streams that are read on from a state, by name and namespace.
        label: How errors name the connector.
    """

    def __init__(
        self,
        state: State | None,
        names: Mapping[tuple[str, str | None], str],
        *,
        label: str,
    ) -> None:
        self._state = state
        self._names = names
        self._label = label
        self._stored = {name: state.get(name) for name in names.values()} if state else {}
        self._shared: Any = state.get(SHARED) if state else None
        self._spoke_for_streams = False
        self.stated: dict[tuple[str, str | None], float] = {}
        self.ignored: list[str] = []

    def file(self) -> Any:  # noqa: ANN401  any JSON value
        """What `--state` is to hold; None where there is nothing.

        Raises:
            StateError: What is stored is not of a connector.
        """
        own = [stored for stored in self._stored.values() if stored is not None]
        shared = self._shared
        if not own and shared is None:
            return None
        if not all(isinstance(stored, dict) for stored in own or [shared]):
            message = "the stored state is not one of a connector: reset it"
            raise StateError(message, plugin=self._label)
        if own or shared is None:
            return own
        return [shared] if shared.get("type") == "GLOBAL" else shared.get("data")

    def take(self, message: Mapping[str, Any]) -> None:
        """Keep a STATE, which covers the records before it.

        Raises:
            PluginError: It is not what the protocol says.
        """
        state = message.get("state")
        if not isinstance(state, dict):
            what = "the connector printed a STATE without a state"
            raise PluginError(what, plugin=self._label)
        kind = state.get("type") or ("STREAM" if "stream" in state else "LEGACY")
        if kind == "STREAM":
            try:
                self._take_stream(state)
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                what = "the connector printed a STATE that is not as the protocol says"
                raise PluginError(what, plugin=self._label) from error
        elif kind == "GLOBAL":
            self._count((SHARED, None), state)
            self._keep(SHARED, state, is_empty=not state.get("global"))
        elif kind == "LEGACY":
            self._keep(SHARED, {"data": state.get("data")}, is_empty=not state.get("data"))
        else:
            what = f"the connector printed a STATE of an unknown type {kind!r:.50}"
            raise PluginError(what, plugin=self._label)

    def _take_stream(self, state: Mapping[str, Any]) -> None:
        part = state["stream"]
        descriptor = part["stream_descriptor"]
        key = (descriptor["name"], descriptor.get("namespace"))
        self._count(key, state)
        self._spoke_for_streams = True
        if key in self._names:
            self._keep(self._names[key], dict(state), is_empty=not part.get("stream_state"))

    def _count(self, key: tuple[str, str | None], state: Mapping[str, Any]) -> None:
        """Add up what the connector says it gave since its last state.

        Raises:
            PluginError: That is no number.
        """
        try:
            count = (state.get("sourceStats") or {}).get("recordCount")
            if count is not None:
                self.stated[key] = self.stated.get(key, 0) + float(count)
        except (TypeError, AttributeError, ValueError) as error:
            what = "the connector printed a STATE whose sourceStats are no counts"
            raise PluginError(what, plugin=self._label) from error

    def _keep(self, name: str, value: dict[str, Any], *, is_empty: bool) -> None:
        if self._state is None:
            return
        if is_empty and self._state.get(name) is not None:
            # Connectors end with an empty state where they have nothing new to say.
            self.ignored.append(name)
            return
        self._state.advance(name, value)

    def end(self) -> None:
        """Let go of a state of all streams where the connector has begun to keep one for each."""
        if self._state is not None and self._shared is not None and self._spoke_for_streams:
            self._state.advance(SHARED, None)

    def check_counts(self, counts: Mapping[tuple[str, str | None], int]) -> list[str]:
        """Compare what the connector says it gave with what arrived, where it says so.

        Returns:
            Notes of streams of which more arrived than it says.

        Raises:
            ReaderError: Records are missing.
        """
        notes = []
        # A GLOBAL state counts the records of all streams.
        arrived_in = {**counts, (SHARED, None): sum(counts.values())}
        for key, stated in self.stated.items():
            arrived = arrived_in.get(key)
            if arrived is None or arrived == stated:
                continue
            name = self._names.get(key, "all streams" if key[0] == SHARED else key[0])
            if arrived < stated:
                message = f"the connector says it gave {stated:.0f} records, {arrived} arrived"
                raise ReaderError(message, plugin=self._label, stream=name)
            notes.append(
                f"{name}: the connector says it gave {stated:.0f} records, {arrived} arrived"
            )
        return notes

    def notes(self) -> Sequence[str]:
        """What a run's report says of them."""
        return [
            f"{name}: an empty state came after one that was not, and was not kept"
            for name in dict.fromkeys(self.ignored)
        ]


__all__ = ["SHARED", "State", "States"]
