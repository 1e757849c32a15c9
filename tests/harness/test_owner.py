"""Who owns what a run starts: told apart from any other, and dead only where that is certain."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from headrace.readers import airbytecontainer
from headrace_harness.services import owner
from headrace_harness.services.owner import Owner, is_of_the_dead

from tests.harness.owners import a_dead_owner

if TYPE_CHECKING:
    from types import ModuleType


class Hiding(type(Path())):  # type: ignore[misc]  # whichever it is here
    """A path below which no process is shown."""

    def read_text(self, *arguments: Any, **named: Any) -> str:  # noqa: ANN401  as its own
        """Nothing, of a process."""
        if str(self).startswith("/proc/") and not str(self).startswith("/proc/s"):
            raise FileNotFoundError(2, "hidden", str(self))
        return str(super().read_text(*arguments, **named))


class TestGivenAnOwner:
    def test_when_its_name_is_read_then_it_is_the_same(self) -> None:
        """A label says who it was, whatever stands behind it."""
        owner = Owner.here()

        assert Owner.parse(str(owner)) == owner
        assert Owner.parse(f"{owner}-x1f_3") == owner
        assert not owner.is_dead()

    def test_when_its_number_is_anothers_by_now_then_it_is_dead(self) -> None:
        """The same number at another time is another process."""
        owner = Owner.here()

        later = Owner(owner.pid, owner.began + "1", owner.place)

        assert later.is_dead()

    def test_when_it_is_of_another_machine_then_nobody_knows(self) -> None:
        """What others own is not taken for left over."""
        gone = Owner.parse(a_dead_owner())
        assert gone is not None

        elsewhere = Owner(gone.pid, gone.began, "000000")

        assert gone.is_dead()
        assert not elsewhere.is_dead()

    def test_when_another_machine_has_its_name_then_nobody_knows(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Hosts may be called alike: what tells them apart is their boot."""
        gone = a_dead_owner()
        label = airbytecontainer.label_of(2**22)
        before = [is_of_the_dead(gone), is_of_the_dead(label)]
        before.append(airbytecontainer.is_of_the_dead(label))
        (tmp_path / "boot_id").write_text("another")
        for module in (owner, airbytecontainer):
            monkeypatch.setattr(module, "_BOOT", tmp_path / "boot_id")

        now = [is_of_the_dead(one) for one in (gone, label)]
        now.append(airbytecontainer.is_of_the_dead(label))

        assert before == [True, True, True]
        assert now == [False, False, False]

    @pytest.mark.parametrize("module", [owner, airbytecontainer])
    def test_when_it_runs_but_hides_then_it_is_not_dead(
        self, module: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A system may show nothing of other users' processes."""
        here, label = str(Owner.here()), airbytecontainer.label_of(os.getpid())
        gone = [a_dead_owner(), airbytecontainer.label_of(2**22)]

        with monkeypatch.context() as patch:
            patch.setattr(module, "Path", Hiding)
            found = [is_of_the_dead(here), airbytecontainer.is_of_the_dead(label)]
            found_gone = [is_of_the_dead(gone[0]), airbytecontainer.is_of_the_dead(gone[1])]

        assert found == [False, False]
        assert found_gone == [True, True]

    def test_when_nobody_knows_when_it_began_then_it_lives_as_long_as_its_number(self) -> None:
        """Nor is it sent a signal: it may be anybody."""
        here = Owner.here()
        unknown = Owner(here.pid, "", here.place)
        label = airbytecontainer.label_of(here.pid).partition("@")[0] + "@"

        assert Owner.parse(str(unknown)) == unknown
        assert not unknown.is_dead()
        assert not unknown.is_alive()
        assert not is_of_the_dead(label)
        assert not airbytecontainer.is_of_the_dead(label)
        assert Owner(2**22, "", here.place).is_dead()

    @pytest.mark.parametrize("text", ["", "postgres", "12-x-abcdef", "12-3-abcdefg", "a:b@c"])
    def test_when_it_is_no_name_then_nobody_is_meant(self, text: str) -> None:
        """Names that others gave are never read as ours."""
        assert Owner.parse(text) is None
