"""A bucket whose server fails: each fault is seen to fire, and each row is there once at last.

These are some; `tests/faults/test_servers.py` fails every request of a run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from headrace import (
    CommitUnknownError,
    HeadraceError,
    TargetAuthError,
    TargetConnectionError,
    execute_job,
    recover_job,
)
from headrace.errors import WriteError

from tests.builders import people
from tests.engine.test_s3_target import CONTROL, a_run, landed
from tests.faultproxy import FaultProxy
from tests.iceberg import at
from tests.s3 import SERVERS, a_place, open_on_disk, open_uploads, server
from tests.waiting import holds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faultproxy import Action
    from tests.s3 import Place

MANIFEST = r"/_headrace/manifest\.json"
DATA = r"/part-[0-9a-f]+\.parquet"
CONDITIONS = ("If-None-Match", "If-Match")
PART = DATA + r"\?.*partNumber="


class Scene:
    """A place on a server, seen directly and through a proxy."""

    def __init__(self, name: str) -> None:
        self.place = a_place(name)
        self.proxy = FaultProxy(self.place.access)
        self.through = replace(self.place, access=self.proxy.access)

    def job(self, tmp_path: Path, rows: int = 1000, **sections: Any) -> dict[str, Any]:  # noqa: ANN401
        """A job that writes through the proxy."""
        target = {"retries": 2, **sections.pop("target", {})}
        return a_run(tmp_path, self.through, rows, target=target, state=True, **sections)


@pytest.fixture(params=SERVERS)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """One for each server; no upload stays open there."""
    before = open_on_disk() if request.param == "minio" else set()
    yield Scene(request.param)
    assert request.param != "minio" or open_on_disk() <= before


def open_uploads_of(place: Place, key: str) -> list[tuple[str, str]]:
    """Of one key: what MinIO lists by its exact name alone."""
    client, access = place.access.client(), place.access
    found = client._list_multipart_uploads(access.bucket, prefix=f"{place.prefix}/{key}")  # noqa: SLF001
    return [(upload.object_name, upload.upload_id) for upload in found.uploads]


def holds_each_row_once(scene: Scene, tmp_path: Path, rows: int = 1000) -> None:
    """The source's rows are visible once, and nothing else is there."""
    assert landed(scene.place, tmp_path / "fetched") == people(rows)
    kept = [key for key in scene.place.list() if key.startswith("_")]
    assert kept in (CONTROL, [key for key in CONTROL if "probe" not in key])
    assert open_uploads(scene.place) == []


class TestGivenAnAnswerThatIsLost:
    def test_when_it_is_of_the_manifest_then_it_is_looked_up(
        self, scene: Scene, tmp_path: Path
    ) -> None:
        """The commit was applied: the run says so, and commits no second time."""
        fault = scene.proxy.fault("lose", method="PUT", path=MANIFEST, after=1)

        report = execute_job(scene.job(tmp_path))

        assert (fault.fired, report.status) == (1, "succeeded")
        holds_each_row_once(scene, tmp_path)

    @pytest.mark.parametrize("action", ["busy", "forbid"])
    def test_when_it_cannot_be_looked_up_then_the_outcome_is_unknown_until_recovery(
        self, action: Action, scene: Scene, tmp_path: Path
    ) -> None:
        """Nothing is taken back of what may be committed; recovery finds that it is.

        So where the server is too busy, and where the keys have expired meanwhile.
        """
        job = scene.job(tmp_path)
        lost = scene.proxy.fault("lose", method="PUT", path=MANIFEST, after=1)
        blind = scene.proxy.fault(action, method="GET", path=MANIFEST, after=1, times=None)

        with pytest.raises(CommitUnknownError) as caught:
            execute_job(job)

        assert (lost.fired, blind.fired > 0, caught.value.exit_code) == (1, True, 4)
        scene.proxy.faults.clear()
        assert [r["outcome"] for r in recover_job(job)["recovered"]] == ["rolled forward"]
        assert execute_job(job).rows.read == 0
        holds_each_row_once(scene, tmp_path)

    def test_when_an_upload_is_begun_late_then_none_stays_open(
        self, scene: Scene, tmp_path: Path
    ) -> None:
        """A request that was given up for lost may be done yet, and nobody hears the id."""
        path = DATA + r"\?uploads"
        fault = scene.proxy.fault("overdue", method="POST", path=path, seconds=0.3)

        with at("before_journal", lambda: holds(lambda: fault.settled)):
            execute_job(scene.job(tmp_path))

        assert (fault.fired, fault.settled) == (1, 1)
        holds_each_row_once(scene, tmp_path)
        (key,) = scene.place.visible()
        assert open_uploads_of(scene.place, key) == []


class TestGivenAServerThatIsBusy:
    @pytest.mark.parametrize("action", ["busy", "slow_down", "reset"])
    def test_when_a_part_is_refused_then_it_is_sent_again(
        self,
        action: Action,
        scene: Scene,
        tmp_path: Path,
    ) -> None:
        """What passes is waited for."""
        fault = scene.proxy.fault(action, method="PUT", path=PART, times=2)

        execute_job(scene.job(tmp_path, 100_000))

        assert fault.fired == 2
        holds_each_row_once(scene, tmp_path, 100_000)

    @pytest.mark.parametrize("path", [PART, MANIFEST])
    def test_when_it_stays_busy_then_the_run_fails_and_the_next_one_brings_all(
        self, path: str, scene: Scene, tmp_path: Path
    ) -> None:
        """It is worth retrying, and nothing is visible meanwhile."""
        job = scene.job(tmp_path)
        after = 1 if path == MANIFEST else 0
        fault = scene.proxy.fault("busy", method="PUT|POST", path=path, after=after, times=None)

        with pytest.raises((TargetConnectionError, CommitUnknownError)) as caught:
            execute_job(job)

        assert fault.fired > 0
        assert caught.value.exit_code == (4 if path == MANIFEST else 3)
        scene.proxy.faults.clear()
        execute_job(job)
        holds_each_row_once(scene, tmp_path)


class TestGivenAServerThatEnds:
    def test_when_it_is_back_then_the_next_run_brings_all(
        self, scene: Scene, tmp_path: Path
    ) -> None:
        """A run that loses its server fails typed; what it left is removed by the next."""
        writer = {"type": "rust", "file_bytes": 4096, "row_group_bytes": 4096}
        job = scene.job(tmp_path, 3000, writer=writer, batch={"rows": 500})
        name = next(n for n in SERVERS if server(n).access == scene.place.access)
        ended: list[bool] = []

        def end_it(_run: object) -> None:
            if not ended and scene.place.list() != CONTROL:
                ended.append(True)
                server(name).kill()

        with pytest.raises(HeadraceError) as caught:
            execute_job(job, progress=end_it)

        assert (ended, caught.value.exit_code) == ([True], 3)
        server(name).start()
        execute_job(job)
        holds_each_row_once(scene, tmp_path, 3000)


class TestGivenAServerThatIgnoresConditions:
    @pytest.mark.parametrize("headers", [CONDITIONS, CONDITIONS[:1], CONDITIONS[1:]])
    def test_when_nothing_is_said_then_the_run_is_refused(
        self, headers: tuple[str, ...], scene: Scene, tmp_path: Path
    ) -> None:
        """Two runs could overwrite each other's manifest there, if it ignores one of the two."""
        ignores = scene.proxy.fault("strip", method="PUT", headers=headers, times=None)

        with pytest.raises(WriteError, match="conditional_put: false"):
            execute_job(scene.job(tmp_path))

        assert ignores.fired > 0
        assert scene.place.list() == ["_headrace/probe.json"]

    def test_when_it_is_accepted_then_the_report_says_so(
        self, scene: Scene, tmp_path: Path
    ) -> None:
        """The fallback works, is told, and asks the server for nothing that it may not know."""
        job = scene.job(tmp_path, target={"conditional_put": False})

        report = execute_job(job)

        assert scene.proxy.conditional == []
        assert [note for note in report.notes if "conditional_put" in note] != []
        holds_each_row_once(scene, tmp_path)


class TestGivenAnAccessThatIsWrong:
    def test_when_the_keys_expire_before_the_run_owns_the_target_then_it_is_no_lost_connection(
        self, scene: Scene, tmp_path: Path
    ) -> None:
        """Nobody is told to try again, nor to recover what was never there."""
        fault = scene.proxy.fault("forbid", method="PUT", path=MANIFEST, times=None)
        blind = scene.proxy.fault("forbid", method="GET", path=MANIFEST, after=1, times=None)

        with pytest.raises(TargetAuthError):
            execute_job(scene.job(tmp_path))

        assert (fault.fired, blind.fired) == (1, 1)

    @pytest.mark.parametrize(
        ("keys", "error"),
        [
            ({"secret_key": "not-the-secret-of-this-server"}, TargetAuthError),
            ({"access_key": "NOBODY0000000000"}, TargetAuthError),
            ({"endpoint": "http://127.0.0.1:9"}, TargetConnectionError),
            ({"bucket": "there-is-none-of-this-name"}, WriteError),
        ],
    )
    def test_when_run_then_it_is_told_without_a_secret(
        self, keys: dict[str, str], error: type[HeadraceError], scene: Scene, tmp_path: Path
    ) -> None:
        """The class says what is wrong; no message holds a key."""
        job = a_run(tmp_path, scene.place, target={**keys, "retries": 1})

        with pytest.raises(error) as caught:
            execute_job(job)

        told = str(caught.value) + repr(caught.value.to_dict())
        for secret in (job["target"]["secret_key"], scene.place.access.secret_key):
            assert secret not in told
