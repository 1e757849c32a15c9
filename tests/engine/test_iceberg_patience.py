"""REST catalogs that are too busy, or that something stands before that is: what is waited for."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from headrace import (
    CommitConflictError,
    CommitUnknownError,
    HeadraceError,
    TargetConnectionError,
    execute_job,
    recover_job,
)
from headrace.targets.iceberg.patience import pause_s

from tests.builders import PEOPLE, a_csv, people
from tests.fronts import Front
from tests.iceberg import summaries
from tests.length import at_length
from tests.resttables import ProxiedRestTable, rest_tables
from tests.runs import a_job_file, a_source, interrupted
from tests.waiting import holds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.faultproxy import Action

BEFORE: Mapping[str, tuple[str, str]] = {
    "token": ("POST", "/oauth/tokens"),
    "configuration": ("GET", "/v1/config"),
    "table": ("GET", "/tables/people"),
    "new namespace": ("POST", "/namespaces$"),
    "new table": ("POST", "/tables$"),
}
"""What a run asks for before it commits."""


@pytest.fixture
def table() -> Iterator[ProxiedRestTable]:
    """A table of the test's own."""
    yield from rest_tables()


def failure(job: Any) -> HeadraceError:  # noqa: ANN401  a job
    """What ends a run."""
    with pytest.raises(HeadraceError) as caught:
        execute_job(job)
    return caught.value


def commits_to(table: ProxiedRestTable) -> int:
    """How many commits were sent to a table."""
    name = table.name.partition(".")[2]
    found = [path for method, path in table.catalog.requests if method == "POST"]
    return sum(path.endswith(f"/tables/{name}") for path in found)


class TestGivenACatalogThatIsTooBusy:
    @pytest.mark.parametrize("request_of", BEFORE)
    @pytest.mark.parametrize("status", [429, 503])
    def test_when_it_is_not_for_long_then_nobody_notices(
        self, status: int, request_of: str, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """Whatever is asked for before the commit is asked for again."""
        a_source(tmp_path, 3)
        method, path = BEFORE[request_of]
        fault = table.catalog.fault("busy", method=method, path=path, status=status, times=2)

        report = execute_job(table.job(tmp_path, contract=PEOPLE))

        assert fault.fired == 2
        assert (report.status, report.notes) == ("succeeded", [])
        assert table.rows() == people(3)

    @pytest.mark.parametrize("action", ["drop", "lose", "cut", "reset"])
    @pytest.mark.parametrize("request_of", ["table", "new table"])
    def test_when_an_answer_breaks_off_then_it_is_asked_for_again(
        self, request_of: str, action: Action, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """A table that is made already is the one that was to be made."""
        a_source(tmp_path, 3)
        method, path = BEFORE[request_of]
        fault = table.catalog.fault(action, method=method, path=path)

        report = execute_job(table.job(tmp_path, contract=PEOPLE))

        assert fault.fired == 1
        assert report.status == "succeeded"
        assert table.rows() == people(3)

    @pytest.mark.parametrize("status", at_length([503, 429]))
    @pytest.mark.parametrize("request_of", ["table", "commit"])
    def test_when_it_says_how_long_then_so_long_is_waited(
        self, request_of: str, status: int, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """A client that comes earlier is refused again, or shut out."""
        a_source(tmp_path, 3)
        method, path = BEFORE.get(request_of, ("POST", table.commits))
        fault = table.catalog.fault(
            "busy", method=method, path=path, status=status, retry_after="1"
        )

        report = execute_job(table.job(tmp_path, contract=PEOPLE))

        assert fault.fired == 1
        assert fault.moments[1] - fault.moments[0] >= 1
        assert report.status == "succeeded"
        assert table.rows() == people(3)

    @pytest.mark.parametrize("request_of", BEFORE)
    def test_when_it_stays_so_then_the_error_says_how_long_it_was_tried(
        self, request_of: str, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """As often as S3 is asked, then exit code 3: the next run may find it well."""
        a_source(tmp_path, 3)
        method, path = BEFORE[request_of]
        fault = table.catalog.fault("busy", method=method, path=path, times=None)

        error = failure(table.job(tmp_path, {"retries": 2}, contract=PEOPLE))

        assert fault.fired == 3
        assert type(error) is TargetConnectionError
        assert (error.exit_code, error.retryable) == (3, True)
        assert "503" in error.message
        assert "asked 3 times in " in error.message
        assert error.where["attempts"] == 3
        assert table.found() is None

    def test_when_it_wants_more_time_than_a_run_has_then_that_is_told_at_once(
        self, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """A wait that would be given up is not begun; whoever runs the job knows when to."""
        a_source(tmp_path, 3)
        fault = table.catalog.fault("busy", path="/v1/config", times=None, retry_after="3600")

        error = failure(table.job(tmp_path, contract=PEOPLE))

        assert fault.fired == 1
        assert type(error) is TargetConnectionError
        assert "it asks to wait 3600 s" in error.message
        assert error.where["retry_after_s"] == 3600

    def test_when_no_one_is_trusted_then_nobody_is_asked_twice(
        self, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """A stranger's certificate will be a stranger's."""
        a_source(tmp_path, 3)
        front = Front(table.catalog.port, trustme.CA())
        target = {"retries": 2, "catalog": {"uri": f"https://localhost:{front.port}"}}

        error = failure(table.job(tmp_path, target, contract=PEOPLE))
        front.close()

        assert "certificate verify failed" in error.message
        assert "attempts" not in error.where


class TestGivenABusyCatalogAtTheCommit:
    @pytest.mark.parametrize("retry_after", at_length(["0", "1"]))
    @pytest.mark.parametrize("status", at_length([503, 429]))
    def test_when_it_stays_so_and_has_done_nothing_then_the_next_run_may(
        self, status: int, retry_after: str, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """Whoever says when to come again has done nothing: exit code 3, and nothing is visible."""
        a_source(tmp_path, 3)
        job = table.job(tmp_path, {"commit_timeout_s": 2.5}, contract=PEOPLE, state=True)
        fault = table.catalog.fault(
            "busy",
            method="POST",
            path=table.commits,
            status=status,
            times=None,
            retry_after=retry_after,
        )

        error = failure(job)
        fired = fault.fired
        table.catalog.faults.clear()

        assert fired > 1
        assert type(error) is CommitConflictError
        assert error.exit_code == 3
        assert "tried for " in error.message
        assert table.rows() == []
        assert execute_job(job).status == "succeeded"
        assert table.rows() == people(3)

    def test_when_it_wants_more_time_than_a_commit_has_then_it_is_asked_no_more(
        self, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """A wait that would be given up is not begun."""
        a_source(tmp_path, 3)
        job = table.job(tmp_path, contract=PEOPLE)
        execute_job(job)
        fault = table.catalog.fault(
            "busy", method="POST", path=table.commits, times=None, retry_after="3600"
        )

        error = failure(job)

        assert fault.fired == 1
        assert type(error) is CommitConflictError

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_when_it_was_applied_all_the_same_then_it_is_found_and_not_sent_again(
        self, status: int, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """A gateway that lost its catalog does not know."""
        a_source(tmp_path, 3)
        job = table.job(tmp_path, contract=PEOPLE)
        execute_job(job)
        table.catalog.requests.clear()
        fault = table.catalog.fault("mislead", method="POST", path=table.commits, status=status)

        report = execute_job(job)

        assert (fault.fired, commits_to(table)) == (1, 1)
        assert report.status == "succeeded"
        assert table.rows() == sorted(people(3) * 2)
        assert len(summaries(table.loaded())) == 2

    @pytest.mark.parametrize("status", at_length([503, 500, 502, 504]))
    def test_when_it_is_applied_after_the_run_then_its_files_are_there_still(
        self, status: int, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """apache/iceberg#15050: a run that holds it for refused removes what the table names."""
        a_source(tmp_path, 3)
        job = table.job(tmp_path, {"commit_timeout_s": 0.2}, contract=PEOPLE, state=True)
        execute_job(job)
        a_csv(tmp_path / "data" / "more.csv", people(2, start=3), header=["id", "name"])
        late = table.catalog.fault(
            "defer", method="POST", path=table.commits, status=status, times=None, seconds=2
        )

        error = failure(job)
        table.catalog.faults.clear()
        assert holds(lambda: len(summaries(table.loaded())) == 2)

        assert late.fired > 0
        assert type(error) is CommitUnknownError
        assert error.exit_code == 4
        assert "tried for " in error.message
        assert table.rows() == people(5)
        assert [e["outcome"] for e in recover_job(job)["recovered"]] == ["rolled forward"]
        assert execute_job(job).rows.read == 0


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
class TestGivenASignalWhileItIsWaitedFor:
    @pytest.mark.parametrize("retry_after", at_length([None, "100"]))
    @pytest.mark.parametrize("request_of", at_length(["table", "configuration"]))
    def test_when_nothing_is_committed_yet_then_the_run_ends(
        self,
        request_of: str,
        retry_after: str | None,
        number: signal.Signals,
        code: int,
        table: ProxiedRestTable,
        tmp_path: Path,
    ) -> None:
        """It is not waited for an answer that nobody wants any more."""
        a_source(tmp_path, 3)
        method, path = BEFORE[request_of]
        fault = table.catalog.fault(
            "busy", method=method, path=path, times=None, retry_after=retry_after
        )
        job = table.job(tmp_path, {"retries": 100}, contract=PEOPLE)

        done = interrupted(a_job_file(tmp_path, job), number, lambda: fault.fired)

        assert done.code == code, done.err
        assert done.report["error"]["type"] == "Interrupted"
        assert table.found() is None

    def test_when_it_commits_then_it_looks_once_more_and_the_run_ends(
        self, number: signal.Signals, code: int, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """A commit is not left in the middle, and not waited for either."""
        a_source(tmp_path, 3)
        fault = table.catalog.fault(
            "busy", method="POST", path=table.commits, status=429, times=None
        )
        job = table.job(tmp_path, {"commit_timeout_s": 100_000}, contract=PEOPLE)

        done = interrupted(a_job_file(tmp_path, job), number, lambda: fault.fired)

        assert done.code == 3, (code, done.err)
        assert done.report["error"]["type"] == "CommitConflictError"
        assert table.rows() == []


class TestGivenPatience:
    def test_when_a_request_is_made_again_and_again_then_waits_double_up_to_the_longest(
        self,
    ) -> None:
        """So a catalog that stays away ends a run about as late as an S3 server does."""
        for attempt in range(1, 102):
            longest = min(0.1 * 2.0 ** (attempt - 1), 5.0)
            assert longest / 2 <= pause_s(attempt) <= longest
