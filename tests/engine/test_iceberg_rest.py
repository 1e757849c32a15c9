"""Tables of a REST catalog: answers that are lost, wrong or late, and what becomes of commits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from headrace import (
    CommitUnknownError,
    TargetAuthError,
    TargetConnectionError,
    execute_job,
    recover_job,
)
from requests.exceptions import Timeout

from tests.builders import PEOPLE, a_contract, a_csv, a_property, people
from tests.faults.points import killed_at
from tests.iceberg import at, summaries
from tests.resttables import ProxiedRestTable, rest_tables
from tests.runs import a_job_file, a_source, headrace_ends
from tests.waiting import holds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faultproxy import Action


@pytest.fixture
def table() -> Iterator[ProxiedRestTable]:
    """A table of the test's own."""
    yield from rest_tables()


class TestGivenACatalogThatAnswers:
    @pytest.mark.parametrize("writer", ["parquet", "rust"])
    def test_when_jobs_run_then_rows_columns_and_checkpoint_are_in_the_table(
        self, table: ProxiedRestTable, tmp_path: Path, writer: str
    ) -> None:
        """Made, appended to, and changed as the job's drift allows."""
        a_source(tmp_path, 5)
        job = table.job(tmp_path, contract=PEOPLE, state=True, writer={"type": writer})
        execute_job(job)
        more = a_contract(*PEOPLE["schema"][0]["properties"], a_property("age", "integer"))
        a_csv(tmp_path / "data" / "more.csv", [(5, "name 5", 7)], header=["id", "name", "age"])
        wider = table.job(tmp_path, contract=more, state=True, writer={"type": writer})

        report = execute_job({**wider, "drift": {"new_column": "evolve"}})

        found = table.loaded()
        assert table.rows() == [*((*row, None) for row in people(5)), (5, "name 5", 7)]
        assert [f.field_id for f in found.schema().fields] == [1, 2, 3]
        assert report.run_id in found.properties["headrace.checkpoint.test"]

    def test_when_credentials_are_wrong_then_it_says_so_and_not_them(
        self, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """Refused credentials are no connection to be tried again."""
        a_source(tmp_path, 1)
        job = table.job(tmp_path, {"catalog": {"credential": "nobody:hunter22"}}, contract=PEOPLE)

        with pytest.raises(TargetAuthError) as caught:
            execute_job(job)

        assert "hunter22" not in str(caught.value)

    def test_when_a_commit_is_made_then_no_manifest_of_others_is_read(
        self, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """What a commit costs does not grow with the table's history."""
        a_source(tmp_path, 2)
        job = table.job(tmp_path, contract=PEOPLE)
        for _ in range(3):
            execute_job(job)
        table.store.requests.clear()

        execute_job(job)

        reads = [path for method, path in table.store.requests if method == "GET"]
        assert [path for path in reads if re.search(r"-m\d+\.avro", path)] == []
        assert [path for path in reads if "/snap-" in path]  # the list of them is


class TestGivenAnAnswerThatIsLostOrWrong:
    @pytest.mark.parametrize("action", ["lose", "deny"])
    def test_when_the_commit_was_applied_then_it_is_found_and_made_once(
        self, action: Action, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """One's own commit looks like another's, until one asks whose it is.

        And who believes a 409 removes the manifests of a commit that is in the table.
        """
        a_source(tmp_path, 3)
        job = table.job(tmp_path, contract=PEOPLE)
        execute_job(job)
        fault = table.catalog.fault(action, method="POST", path=table.commits)

        report = execute_job(job)

        assert fault.fired == 1
        assert report.status == "succeeded"
        assert table.rows() == sorted(people(3) * 2)
        assert len(summaries(table.loaded())) == 2

    def test_when_the_request_was_lost_then_it_is_sent_again(
        self, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """Nothing was applied, and of two attempts at most one can be."""
        a_source(tmp_path, 3)
        job = table.job(tmp_path, contract=PEOPLE)
        execute_job(job)
        fault = table.catalog.fault("drop", method="POST", path=table.commits, times=2)

        with at("before_snapshot", lambda: None) as attempts:
            report = execute_job(job)

        assert fault.fired == 2
        assert len(attempts) == 3
        assert report.notes == []
        assert report.status == "succeeded"
        assert table.rows() == sorted(people(3) * 2)

    def test_when_nobody_can_be_asked_then_the_outcome_is_unknown_and_recovered(
        self, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """The files stay, and `recover` finds the commit in the table."""
        a_source(tmp_path, 3)
        target = {"commit_timeout_s": 0.3}
        job = table.job(tmp_path, target, contract=PEOPLE, state=True)
        lost = table.catalog.fault("lose", method="POST", path=table.commits, after=0)
        silent = table.catalog.fault("busy", method="GET", path=table.commits, times=0)

        def fall_silent() -> None:
            silent.times = None

        with at("before_snapshot", fall_silent), pytest.raises(CommitUnknownError) as caught:
            execute_job(job)
        fired = (lost.fired, silent.fired)
        table.catalog.faults.clear()
        found = recover_job(job)

        assert fired[0] == 1
        assert fired[1] > 0
        assert caught.value.exit_code == 4
        assert [entry["outcome"] for entry in found["recovered"]] == ["rolled forward"]
        assert table.rows() == people(3)
        assert execute_job(job).rows.read == 0


class TestGivenACatalogThatIsSilent:
    def test_when_it_does_not_answer_then_the_run_ends(
        self, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """PyIceberg itself waits for ever."""
        a_source(tmp_path, 1)
        target = {"retries": 1, "catalog": {"timeout_s": 0.3}}
        job = table.job(tmp_path, target, contract=PEOPLE)
        fault = table.catalog.fault("hold", path="/config", times=None, seconds=600)

        with pytest.raises(TargetConnectionError) as caught:
            execute_job(job)

        assert holds(lambda: fault.fired == 2)  # a request that was given up may be on its way
        assert isinstance(caught.value.__cause__, Timeout)
        assert caught.value.exit_code == 3

    def test_when_it_is_too_busy_then_the_commit_waits_for_it(
        self, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """503 says that it may have been done; it was not, and of two attempts at most one is."""
        a_source(tmp_path, 3)
        job = table.job(tmp_path, contract=PEOPLE)
        execute_job(job)
        fault = table.catalog.fault("busy", method="POST", path=table.commits, times=2)

        report = execute_job(job)

        assert fault.fired == 2
        assert report.status == "succeeded"
        assert table.rows() == sorted(people(3) * 2)


class TestGivenARunThatIsKilled:
    def test_when_it_had_committed_then_recovery_rolls_the_state_forward(
        self, table: ProxiedRestTable, tmp_path: Path
    ) -> None:
        """The commit is in the table, whatever the journal says."""
        rows = a_source(tmp_path, 40)
        job = a_job_file(tmp_path, table.job(tmp_path, contract=PEOPLE, state=True))

        killed_at("after_snapshot", "run", job)
        recovered = headrace_ends("recover", job, "--json")
        done = headrace_ends("run", job, "--json")

        assert [e["outcome"] for e in recovered.report["recovered"]] == ["rolled forward"]
        assert done.report["rows"]["read"] == 0
        assert table.rows() == rows
        assert table.stray() == []
