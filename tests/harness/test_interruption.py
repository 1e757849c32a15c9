"""Signals that end a run, wherever they arrive."""

import gc
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from headrace_harness.catalog import load_suite
from headrace_harness.errors import InterruptedRunError
from headrace_harness.store import Store, read_records
from headrace_harness.suite.interruption import signals_raise
from headrace_harness.suite.plan import Cell, Selection, make_plan
from headrace_harness.suite.run import RunOptions, run_plan

NUMBERS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


class Dropped:
    """An object in whose finalizer a signal arrives: what that raises goes nowhere."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __del__(self) -> None:
        """Have the signal arrive."""
        signal.raise_signal(self.number)


def drop(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a signal arrive where no exception goes on, and see that none did."""
    lost: list[object] = []
    with monkeypatch.context() as patched:
        patched.setattr(sys, "unraisablehook", lambda found: lost.append(found.exc_type))
        Dropped(number)
        gc.collect()
    assert lost == [InterruptedRunError]


class DroppingDisplay:
    """A display whose run is signalled at the end of its first sample."""

    def __init__(self, number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number, self.monkeypatch = number, monkeypatch
        self.finished = 0

    def finish(self, cell: Cell, sample: dict[str, Any]) -> None:
        """Count, and have the signal dropped."""
        del cell, sample
        self.finished += 1
        drop(self.number, self.monkeypatch)

    def quietly(self, *told: object, **also: object) -> None:
        """Take no notice."""

    announce = recall = give_up = start = watch = quietly


class TestGivenASignal:
    """A signal that is to end a run."""

    @NUMBERS
    def test_when_it_arrives_then_it_is_raised(self, number: signal.Signals) -> None:
        """The handlers are as before when it has gone through."""
        before = signal.getsignal(number)

        with pytest.raises(InterruptedRunError) as caught, signals_raise():
            signal.raise_signal(number)

        assert caught.value.number == number
        assert signal.getsignal(number) is before

    def test_when_it_is_raised_then_nothing_takes_it_for_a_failure(self) -> None:
        """Libraries that go on after any `Exception` are many."""
        assert not issubclass(InterruptedRunError, Exception)

    @NUMBERS
    def test_when_a_finalizer_drops_it_then_the_next_check_raises_it(
        self, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is late, and not lost."""
        with signals_raise() as signals:
            signals.check()
            drop(number, monkeypatch)
            with pytest.raises(InterruptedRunError) as caught:
                signals.check()

        assert caught.value.number == number


class TestGivenARunWhoseSignalIsDropped:
    """A run whose signal arrives in a finalizer."""

    @NUMBERS
    @pytest.mark.parametrize("writer", [None, "rust"], ids=["of several", "the last"])
    def test_then_it_ends_with_the_sample(
        self,
        number: signal.Signals,
        writer: str | None,
        data: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """No other sample is begun, the rest is told as skipped, and the run as interrupted."""
        monkeypatch.setenv("HEADRACE_CACHE", str(data))
        chosen = Selection(
            readers=["rust"],
            writers=[writer] if writer else (),
            targets=["local"],
            datasets=["playbook"],
            samples=1,
        )
        plan = make_plan(load_suite("smoke"), chosen)
        display = DroppingDisplay(number, monkeypatch)

        with Store(tmp_path / "run") as store:
            ended_by = run_plan(plan, store, display, options=RunOptions(rows=100))

        records = read_records(tmp_path / "run" / "run.jsonl")
        states = [record["status"] for record in records if record["kind"] == "cell"]
        assert ended_by == number
        assert display.finished == states.count("ok") == 1
        assert states.count("skipped") == len(states) - 1
        assert (len(states) > 1) == (writer is None)
