"""Laws of comparisons: true ratios, a planted slowdown found, bad output never a number."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from headrace_harness.catalog import dataset_names, load_dataset, load_parts
from headrace_harness.cli import EXIT_USAGE, main
from headrace_harness.comparison import Comparison, chosen, load_comparisons, write_types
from headrace_harness.contract import read_columns
from headrace_harness.errors import UsageError
from headrace_harness.stats import compare
from headrace_harness.store import COMPARISON_NAME, read_records
from headrace_harness.suite.compare import conclude
from hypothesis import given, settings
from hypothesis import strategies as st

RATES = st.floats(1.0, 1e6)
PAIRS = st.lists(st.tuples(RATES, RATES), min_size=1, max_size=7)


def sample(side: str, rate: float | None, *, status: str = "ok") -> dict[str, Any]:
    """What the store has of a sample, as far as a conclusion needs it."""
    return {
        "side": side,
        "cell": "rust/rust/local/playbook",
        "status": status,
        "reason": None if status == "ok" else "other rows",
        "rows_per_s": rate,
        "peak_rss_bytes": {"lifetime": 50_000_000},
    }


def comparison(*, figure: float = 0.9) -> Comparison:
    """The first comparison, with a figure of its own."""
    return replace(load_comparisons()[0], figure=figure)


class TestGivenPairs:
    """Rates of A and B, measured side by side."""

    @settings(max_examples=25)
    @given(pairs=PAIRS)
    def test_when_sides_change_places_then_the_ratio_is_inverse(
        self, pairs: list[tuple[float, float]]
    ) -> None:
        """A is as much faster than B as B is slower than A, with the same certainty."""
        there = compare(pairs)
        back = compare([(b, a) for a, b in pairs])

        assert there is not None
        assert back is not None
        assert there.median * back.median == pytest.approx(1)
        assert there.p == back.p

    @settings(max_examples=25)
    @given(pairs=PAIRS)
    def test_when_compared_then_the_interval_holds_the_median(
        self, pairs: list[tuple[float, float]]
    ) -> None:
        """A bootstrap never leaves what was seen."""
        ratio = compare(pairs)

        assert ratio is not None
        seen = sorted(a / b for a, b in pairs)
        assert seen[0] * 0.999 <= ratio.low <= ratio.median <= ratio.high <= seen[-1] * 1.001
        assert 0 < ratio.p <= 1

    def test_when_one_side_is_slower_by_a_third_then_it_is_found(self) -> None:
        """A steady slowdown under noise of five percent is told from none."""
        noise = [math.exp(0.05 * math.sin(7 * n)) for n in range(10)]
        slow = compare([(100 / 1.3 * one, 100.0) for one in noise])
        same = compare([(100 * one, 100.0) for one in noise])

        assert slow is not None
        assert same is not None
        assert slow.high < 0.85
        assert slow.p < 0.01
        assert same.low < 1 < same.high
        assert same.p > 0.05

    def test_when_there_are_none_then_there_is_no_ratio(self) -> None:
        """Nothing measured is not a ratio of one."""
        assert compare([]) is None


class TestGivenSamples:
    """The samples of a comparison."""

    def test_when_all_are_far_above_then_the_figure_is_met(self) -> None:
        """The verdict comes from the interval."""
        samples = [sample("a", 99.0), sample("b", 100.0)] * 3

        assert conclude(comparison(figure=0.9), samples).verdict == "met"
        assert conclude(comparison(figure=0.995), samples).verdict == "missed"

    def test_when_one_is_invalid_then_there_is_no_ratio(self) -> None:
        """Output that is not the source's rows yields no number."""
        samples = [sample("a", 99.0), sample("b", None, status="invalid")]

        found = conclude(comparison(), samples)

        assert found.verdict == "failed"
        assert found.ratio is None
        assert "other rows" in str(found.reason)


class TestGivenTheScenarios:
    """The comparisons as they are written down."""

    def test_when_loaded_then_each_names_parts_and_sizes_that_exist(self) -> None:
        """Nothing is found missing only when it is run."""
        parts = load_parts()
        for one in load_comparisons():
            load_dataset(one.dataset).size(one.size)
            for side in (one.a, one.b):
                assert side.reader in parts.readers
                assert side.writer in parts.writers
            assert one.a != one.b

    def test_when_a_name_is_unknown_then_it_is_refused(self) -> None:
        """A typing error must not look like a pass."""
        with pytest.raises(UsageError, match="no comparison nonesuch"):
            chosen(["nonesuch"])

    @pytest.mark.parametrize("name", dataset_names())
    def test_when_stripped_to_types_then_columns_stay_and_rules_go(
        self, name: str, tmp_path: Path
    ) -> None:
        """Both sides read and write the same types; only one of them checks anything."""
        contract = load_dataset(name).contract

        bare = write_types(contract, tmp_path / "types.yaml")

        assert read_columns(bare) == read_columns(contract)
        (schema,) = yaml.safe_load(bare.read_text())["schema"]
        allowed = {"name", "physicalName", "logicalType", "physicalType", "logicalTypeOptions"}
        assert all(set(column) <= allowed for column in schema["properties"])


class TestGivenTheCommand:
    """`bench compare`."""

    def test_when_run_then_every_sample_and_the_ratio_are_recorded(
        self, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Pairs go AB BA, each sample is on disk, and the report has the ratio."""
        monkeypatch.setenv("HEADRACE_CACHE", str(data))
        arguments = ["compare", "validation-rows", "--rows", "300", "--pairs", "2"]

        code = main([*arguments, "--reports", str(tmp_path)])

        (folder,) = tmp_path.iterdir()
        records = list(read_records(folder / COMPARISON_NAME))
        taken = [record for record in records if record["kind"] == "sample"]
        report = json.loads((folder / "compare.json").read_text())
        assert code == 0
        assert [one["side"] for one in taken] == ["a", "b", "b", "a"]
        assert all(one["status"] == "ok" and one["rows"] == 300 for one in taken)
        (found,) = report["comparisons"]
        assert found["ratio"]["pairs"] == 2
        assert found == {key: value for key, value in records[-1].items() if key in found}

    def test_when_a_name_is_unknown_then_it_is_a_usage_error(self, tmp_path: Path) -> None:
        """Exit code 2, and no folder."""
        assert main(["compare", "nonesuch", "--reports", str(tmp_path)]) == EXIT_USAGE
        assert list(tmp_path.iterdir()) == []
