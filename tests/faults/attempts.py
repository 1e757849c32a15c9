"""What a test of faults tries, and what came of it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(kw_only=True)
class Attempt:
    """One fault, tried once.

    Attributes:
        place: The kind of target.
        fired: Whether it struck.
        survived: Whether everything held that the test asserts.
        recovery_s: How long recovery took, where it was measured [s].
    """

    place: str
    fired: bool = False
    survived: bool = False
    recovery_s: float | None = None


class Faults:
    """What one test tries.

    A test that tries several things says each by `trying`; another is one attempt by itself.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._whole = Attempt(place=place)
        self._several: list[Attempt] = []

    @contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """One attempt of several; `what` tells it from the others where it fails."""
        attempt = Attempt(place=self._place)
        self._several.append(attempt)
        try:
            yield
        except BaseException as error:
            error.add_note(f"while trying {what}")
            raise
        assert attempt.fired, f"{what}: the fault never fired"
        attempt.survived = True

    def fired(self, proof: object) -> None:
        """Say that the fault struck, by something that is not true without it."""
        assert proof, "the fault never fired"
        self._present.fired = True

    @contextmanager
    def recovering(self) -> Iterator[None]:
        """Measure how long it takes to recover."""
        begun = time.perf_counter()
        yield
        self._present.recovery_s = time.perf_counter() - begun

    @property
    def _present(self) -> Attempt:
        return (self._several or [self._whole])[-1]

    def ended(self, *, passed: bool) -> list[Attempt]:
        """Every attempt, once the test has ended."""
        if self._several:
            return self._several
        self._whole.survived = passed
        return [self._whole]
