"""Servers that are busy, silent, away, or refuse: each request of a run, to each of them."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.builders import WRITERS
from tests.faults.places import KINDS, RestPlace
from tests.faults.points import stopped_at
from tests.faults.proxied import Proxies, proxies_of
from tests.faults.scenes import BATCH_ROWS, Scene, a_scene
from tests.runs import Ended
from tests.s3 import server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.faultproxy import Action, Fault, FaultProxy
    from tests.faults.attempts import Faults
    from tests.faults.places import Kind

SERVED = [name for name, kind in KINDS.items() if kind.server]
CATALOGS = [name for name in SERVED if KINDS[name].is_table]

pytestmark = pytest.mark.long


@pytest.fixture
def proxies(kind: Kind) -> Iterator[Proxies]:
    """What stands before its servers."""
    with proxies_of(kind) as found:
        yield found


def a_proxied_scene(folder: Path, kind: Kind, proxies: Proxies, writer: str) -> Scene:
    """A job of one batch that reaches its target through proxies."""
    return a_scene(folder, kind, writer=writer, rows=BATCH_ROWS, target=proxies.target)


def requests_of(
    folder: Path, kind: Kind, proxies: Proxies, writer: str
) -> list[tuple[FaultProxy, int, str]]:
    """Each request of an undisturbed run: through which proxy, as which of it, and what it is."""
    scene = a_proxied_scene(folder / "undisturbed", kind, proxies, writer)
    done = scene.run()
    assert done.code == 0, done.err
    # A parquet run asks for the same as a rust run, so that some are enough.
    return [
        (proxy, nth, f"{method} {path}, the {nth}. request")
        for proxy in proxies.all
        for nth, (method, path) in enumerate(proxy.requests, 1)
        if writer == "rust" or nth % 3 == 0
    ]


def faults_at(proxy: FaultProxy, nth: int, how: Sequence[Action]) -> list[Fault]:
    """What goes wrong from a proxy's Nth request on: the last of `how` lasts, where it is two."""
    once = proxy.fault(how[0], after=nth - 1, times=1)
    if len(how) == 1:
        return [once]
    return [once, proxy.fault(how[1], after=nth - 1, times=None)]


@pytest.mark.parametrize("kind", SERVED, indirect=True)
class TestGivenARequestThatFails:
    @pytest.mark.parametrize("writer", WRITERS)
    @pytest.mark.parametrize(
        ("how", "codes"),
        [
            pytest.param(["busy"], (0,), marks=pytest.mark.covers("fault:busy")),
            pytest.param(["slow_down"], (0,), marks=pytest.mark.covers("fault:busy")),
            pytest.param(["busy"] * 2, (3, 4), marks=pytest.mark.covers("fault:stays-busy")),
            pytest.param(["reset"], (0, 3, 4), marks=pytest.mark.covers("fault:reset")),
            pytest.param(["lose"], (0, 3, 4), marks=pytest.mark.covers("fault:lost")),
            pytest.param(["lose", "drop"], (3, 4), marks=pytest.mark.covers("fault:lost")),
            pytest.param(["forbid"] * 2, (2, 4), marks=pytest.mark.covers("fault:permission")),
        ],
    )
    def test_when_it_is_any_of_a_run_then_the_error_tells_and_each_row_is_there_once(
        self,
        how: Sequence[Action],
        codes: tuple[int, ...],
        writer: str,
        kind: Kind,
        proxies: Proxies,
        faults: Faults,
        tmp_path: Path,
    ) -> None:
        """What passes is waited for, what was applied is found, and nothing is taken back of it."""
        for n, (proxy, nth, request) in enumerate(requests_of(tmp_path, kind, proxies, writer)):
            with faults.trying(f"{how}: {request}"):
                scene = a_proxied_scene(tmp_path / str(n), kind, proxies, writer)
                proxies.mend()
                planned = faults_at(proxy, nth, how)

                done = scene.run()
                fired = [fault.fired for fault in planned]
                proxies.mend()

                faults.fired(fired[0])
                # A fault that lasts may come too late for the run to need the server again.
                more = (0,) if len(how) > 1 else ()
                scene.assert_told(done, (*codes, *more))
                scene.assert_recovers(faults)

    @pytest.mark.covers("fault:late")
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_the_answer_of_the_commit_comes_too_late_then_it_is_looked_up(
        self, writer: str, kind: Kind, proxies: Proxies, faults: Faults, tmp_path: Path
    ) -> None:
        """A timeout says nothing of what the server did."""
        for cut in (0, 1):
            with faults.trying(f"a second answer too late: {bool(cut)}"):
                scene = a_proxied_scene(tmp_path / str(cut), kind, proxies, writer)
                fault = commit_of(scene, proxies, times=1 + cut)

                done = scene.run()
                fired = fault.fired
                proxies.mend()

                faults.fired(fired)
                scene.assert_told(done, (0,))
                assert scene.leftovers() == []
                scene.assert_ends()


def commit_of(scene: Scene, proxies: Proxies, *, times: int) -> Fault:
    """An answer that is held back until nobody waits for it: of the request that commits."""
    if proxies.catalog is not None:
        path = commits_of(scene)
        return proxies.catalog.fault("hold", method="POST", path=path, times=times, seconds=3)
    path = r"/_headrace/manifest\.json"
    return proxies.store.fault("hold", method="PUT", path=path, after=1, times=times, seconds=3)


def commits_of(scene: Scene) -> str:
    """What the path of a request holds that commits to a REST catalog."""
    assert isinstance(scene.place, RestPlace)
    return scene.place.inner.commits


@pytest.mark.parametrize("kind", CATALOGS, indirect=True)
@pytest.mark.parametrize("writer", WRITERS)
class TestGivenACatalog:
    @pytest.mark.covers("fault:limited")
    def test_when_it_limits_its_clients_then_it_is_waited_for(
        self, writer: str, kind: Kind, proxies: Proxies, faults: Faults, tmp_path: Path
    ) -> None:
        """429 says that nothing was done, and `Retry-After` when it may be."""
        for n, (proxy, nth, request) in enumerate(requests_of(tmp_path, kind, proxies, writer)):
            if proxy is not proxies.catalog:
                continue
            with faults.trying(request):
                target = {**proxies.target, "commit_timeout_s": 10.0}
                scene = a_scene(
                    tmp_path / str(n), kind, writer=writer, rows=BATCH_ROWS, target=target
                )
                proxies.mend()
                fault = proxy.fault("limit", after=nth - 1, retry_after="1")

                done = scene.run()
                fired = fault.fired
                proxies.mend()

                faults.fired(fired)
                scene.assert_told(done, (0,))
                scene.assert_recovers(faults)

    @pytest.mark.covers("fault:gateway")
    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    @pytest.mark.parametrize(("action", "code"), [("mislead", 0), ("defer", 4)])
    def test_when_a_gateway_has_lost_it_at_the_commit_then_it_is_looked_up(
        self,
        action: Action,
        code: int,
        status: int,
        writer: str,
        kind: Kind,
        proxies: Proxies,
        faults: Faults,
        tmp_path: Path,
    ) -> None:
        """Whoever stands before the catalog does not know what it does."""
        scene = a_proxied_scene(tmp_path, kind, proxies, writer)
        assert proxies.catalog is not None
        fault = proxies.catalog.fault(
            action,
            method="POST",
            path=commits_of(scene),
            status=status,
            times=None if action == "defer" else 1,
            seconds=2,
        )

        done = scene.run()
        fired = fault.fired
        proxies.mend()

        faults.fired(fired)
        scene.assert_told(done, (code,))
        scene.assert_recovers(faults)


@pytest.mark.parametrize("kind", SERVED, indirect=True)
class TestGivenAServerThatEnds:
    @pytest.mark.covers("fault:server-ends")
    @pytest.mark.parametrize("end", ["halt", "kill"])
    @pytest.mark.parametrize("writer", WRITERS)
    def test_when_it_is_back_then_the_next_run_brings_all(
        self, writer: str, end: str, kind: Kind, faults: Faults, tmp_path: Path
    ) -> None:
        """A run that loses its server fails typed; what it left is settled by the next."""
        here = server(kind.server)
        for point in ("after_write", "before_commit", "after_complete"):
            with faults.trying(f"{end} at {point}"):
                target = {"timeout_s": 2.0, "retries": 2}
                target |= {"commit_timeout_s": 1.0} if kind.is_table else {}
                scene = a_scene(tmp_path / point, kind, writer=writer, target=target)
                with stopped_at(point, "run", scene.job, "--json") as process:
                    getattr(here, end)()
                    try:
                        process.send_signal(signal.SIGCONT)
                        out, err = process.communicate(timeout=100)
                    finally:
                        here.start()
                done = Ended(code=process.returncode, out=out, err=err)

                faults.fired(done.code in (3, 4))
                scene.assert_told(done, (3, 4))
                scene.assert_recovers(faults)
