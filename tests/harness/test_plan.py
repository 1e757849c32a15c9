"""Laws of the plan and of the scenarios it is made from."""

import inspect

import pytest
from headrace_harness.catalog import (
    dataset_names,
    load_dataset,
    load_figures,
    load_parts,
    load_suite,
    suite_names,
)
from headrace_harness.contract import read_columns
from headrace_harness.errors import UsageError
from headrace_harness.services.providers import class_of, default_provider
from headrace_harness.suite.plan import Selection, make_plan
from hypothesis import given
from hypothesis import strategies as st

READERS = ("csv", "rust", "cabi")
WRITERS = ("parquet", "rust", "cabi", "cabi-json", "custom")


class TestGivenASuite:
    """A suite."""

    @pytest.mark.parametrize("name", suite_names())
    def test_plan_is_the_whole_product(self, name: str) -> None:
        """Every combination is a cell, supported or not; none is there twice."""
        suite = load_suite(name)

        plan = make_plan(suite, Selection())

        expected = {
            f"{reader}/{writer}/{target}/{dataset.name}"
            for reader in suite.readers
            for writer in suite.writers
            for target in suite.targets
            for dataset in suite.datasets
            if reader not in suite.takes or dataset.name in suite.takes[reader]
            for only in [suite.only.get(target, {})]
            if reader in only.get("readers", suite.readers)
            if writer in only.get("writers", suite.writers)
            if dataset.name in only.get("datasets", [dataset.name])
        }
        assert {cell.id for cell in plan.cells} == expected
        assert len(plan.cells) == len(expected)

    @pytest.mark.parametrize("name", suite_names())
    def test_what_readers_take_is_there(self, name: str) -> None:
        """A suite that leaves cells out leaves out cells that there would be."""
        suite = load_suite(name)

        assert set(suite.takes) <= set(suite.readers)
        for taken in suite.takes.values():
            assert set(taken) < {entry.name for entry in suite.datasets}
            assert taken

    @pytest.mark.parametrize("name", suite_names())
    def test_what_targets_are_crossed_with_is_there(self, name: str) -> None:
        """A target that is crossed with some parts alone is crossed with parts of the suite."""
        suite = load_suite(name)

        assert set(suite.only) <= set(suite.targets)
        for only in suite.only.values():
            assert set(only) <= {"readers", "writers", "datasets"}
            assert set(only.get("readers", ())) <= set(suite.readers)
            assert set(only.get("writers", ())) <= set(suite.writers)
            assert set(only.get("datasets", ())) <= {entry.name for entry in suite.datasets}

    @given(
        readers=st.sets(st.sampled_from(READERS)),
        writers=st.sets(st.sampled_from(WRITERS)),
        rows=st.one_of(st.none(), st.integers(1, 10**9)),
    )
    def test_filters_only_narrow(
        self, readers: set[str], writers: set[str], rows: int | None
    ) -> None:
        """A filtered plan is a part of the whole, and cuts no data set above its size."""
        suite = load_suite("smoke")
        whole = {cell.id: cell for cell in make_plan(suite, Selection()).cells}

        plan = make_plan(suite, Selection(readers=readers, writers=writers, rows=rows))

        for cell in plan.cells:
            assert cell.rows == min(whole[cell.id].rows, rows or 10**9)
            assert not readers or cell.reader in readers
            assert not writers or cell.writer in writers

    @pytest.mark.parametrize("name", suite_names())
    def test_estimate_keeps_the_promise(self, name: str) -> None:
        """The estimate of a suite is within the budget that the suite promises."""
        suite = load_suite(name)

        assert make_plan(suite, Selection()).estimate_s < suite.budget_s

    def test_a_limit_takes_its_time_in_the_estimate(self) -> None:
        """A sample of a source that lets so many records through lasts as long as they take."""
        for cell in make_plan(load_suite("limited"), Selection()).cells:
            per_s = load_parts().readers[cell.reader].limit_per_s
            assert cell.estimate_s > cell.rows / per_s >= 60

    def test_unknown_name_is_a_usage_error(self) -> None:
        """A filter that matches nothing is never a pass."""
        with pytest.raises(UsageError, match="sideways"):
            make_plan(load_suite("smoke"), Selection(readers=["sideways"]))


class TestGivenTheScenarios:
    """The scenarios."""

    @pytest.mark.parametrize("name", dataset_names())
    def test_contract_has_columns_of_known_types(self, name: str) -> None:
        """Every data set has a contract that the harness can read by itself."""
        columns = read_columns(load_dataset(name).contract)

        assert len({column.name for column in columns}) == len(columns) > 0

    def test_figures_name_what_exists_and_where_it_is_from(self) -> None:
        """A documented figure has a source, and applies to parts that exist."""
        parts = load_parts()

        for figure in load_figures():
            assert figure.source
            assert set(figure.applies.get("readers", ())) <= set(parts.readers)
            assert set(figure.applies.get("writers", ())) <= set(parts.writers)
            assert set(figure.applies.get("datasets", ())) <= set(dataset_names())

    def test_services_can_be_served_from_as_readers_say(self) -> None:
        """What a reader says of its service is what the service's class takes."""
        served = [reader for reader in load_parts().readers.values() if reader.service]

        for reader in served:
            kind = default_provider(reader.service)
            taken = inspect.signature(class_of(reader.service, kind))
            assert taken.bind(**reader.serving).arguments == reader.serving
        assert any(reader.serving for reader in served)

    @pytest.mark.parametrize("name", suite_names())
    def test_suites_name_what_exists(self, name: str) -> None:
        """A suite's readers, writers, targets and sizes exist."""
        suite, parts = load_suite(name), load_parts()

        assert set(suite.readers) <= set(parts.readers)
        assert set(suite.writers) <= set(parts.writers)
        assert set(suite.targets) <= set(parts.targets)
        assert all(load_dataset(entry.name).size(entry.size) for entry in suite.datasets)
