"""Steps in a run: counts, the places of bad rows, the contract after them, wrong jobs."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError, ContractError, PluginError, execute_job
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import READERS, a_contract, a_job, a_property, a_reader, landed, visible
from tests.runs import a_plugin
from tests.transforming import a_transforming_job, quarantined, rows_after

if TYPE_CHECKING:
    from pathlib import Path


class TestGivenSteps:
    def test_when_run_then_the_report_counts_each(self, tmp_path: Path) -> None:
        """Rows that went in, and rows that came out; read is written and filtered."""
        steps = [{"filter": "qty is not null"}, {"drop": ["qty"]}, {"filter": "id > 1"}]

        report = execute_job(a_transforming_job(tmp_path, steps)).to_dict()

        assert report["transforms"] == [
            {"step": "filter", "in": 4, "out": 3},
            {"step": "drop", "in": 3, "out": 3},
            {"step": "filter", "in": 3, "out": 2},
        ]
        assert (report["rows"]["read"], report["rows"]["written"]) == (4, 2)
        assert report["rows"]["filtered"] == 2
        assert report["status"] == "succeeded"

    @pytest.mark.parametrize("reader", READERS)
    def test_when_rows_are_bad_then_each_stands_where_its_source_has_it(
        self, reader: str, tmp_path: Path
    ) -> None:
        """Before, in and after the steps: rows that are filtered move no place."""
        path = tmp_path / "data" / "a.csv"
        path.parent.mkdir(parents=True)
        path.write_text("id,v\n1,5\n2\n3,0\n4,1\n5,x\n6,2\n7,9\n")
        contract = a_contract(
            a_property("id", "integer"),
            a_property("w", "integer", logicalTypeOptions={"maximum": 8}),
        )
        job = a_job(
            tmp_path,
            reader=a_reader(reader, str(path)),
            contract=contract,
            validation={"mode": "quarantine"},
        )
        job["transforms"] = [
            {"filter": "id <> 1"},
            {"cast": {"v": "bigint"}},
            {"derive": {"w": "cast(8 // v as bigint) * 4"}},
            {"drop": ["v"]},
        ]

        report = execute_job(job)

        assert quarantined(tmp_path / "out", "row, field, rule, line") == [
            (2, None, "columns", 3),
            (3, "w", "derive", 4),
            (4, "w", "maximum", 5),
            (5, "v", "type", 6),
            (6, "w", "maximum", 7),
        ]
        assert landed(tmp_path / "out") == [(7, 0)]
        assert (report.rows.read, report.rows.filtered, report.rows.quarantined) == (7, 1, 5)

    def test_when_a_strict_run_faults_then_the_error_says_where_and_in_which_expression(
        self, tmp_path: Path
    ) -> None:
        """File, line, row, column and the place in the expression; nothing becomes visible."""
        job = a_transforming_job(tmp_path, [{"derive": {"share": "id // qty"}}])

        with pytest.raises(ContractError, match=r"division by zero at .* of `id // qty`") as caught:
            execute_job(job)

        where = caught.value.where
        assert (where["line"], where["row"], where["field"]) == (5, 4, "share")
        assert landed(tmp_path / "out") == []

    def test_when_keys_exceed_their_memory_then_the_run_is_refused(self, tmp_path: Path) -> None:
        """Exact or not at all."""
        rows = [(n, f"name {n}") for n in range(2000)]
        step = {"deduplicate": {"keys": ["id"], "bytes": 10_000}}
        job = a_transforming_job(tmp_path, [step], rows=rows, header=("id", "name"))

        with pytest.raises(ContractError, match="raise bytes of deduplicate"):
            execute_job(job)

    def test_when_a_secret_keys_a_hash_then_no_report_has_it(self, tmp_path: Path) -> None:
        """Not even where the step fails."""
        step = {"hash": {"columns": ["nam"], "secret": "pepper and salt"}}
        job = a_transforming_job(tmp_path, [step])

        with pytest.raises(ConfigError) as caught:
            execute_job(job)

        assert "pepper" not in str(caught.value)

    def test_when_a_row_is_refused_after_its_mask_then_its_quarantine_is_masked(
        self, tmp_path: Path
    ) -> None:
        """What is hidden stays hidden."""
        steps = [{"mask": {"name": "***"}}, {"cast": {"price": "int"}}]
        job = a_transforming_job(tmp_path, steps, validation={"mode": "quarantine"})

        execute_job(job)

        records = [json.loads(record) for (record,) in quarantined(tmp_path / "out", "record")]
        assert [record["name"] for record in records] == ["***", "***"]


class TestGivenAContract:
    @pytest.mark.parametrize("reader", READERS)
    def test_when_columns_pass_the_steps_then_it_tells_their_types(
        self, reader: str, tmp_path: Path
    ) -> None:
        """Renamed ones too; what the contract does not have is text until it is cast."""
        rows = [("007", "1", "2.50"), ("008", "2", "3.50")]
        contract = a_contract(
            a_property("code"), a_property("double", "number", physicalType="decimal(9,2)")
        )
        steps = [
            {"rename": {"id": "code"}},
            {"filter": "flag = '1'"},
            {"cast": {"price": "decimal(5,2)"}},
            {"derive": {"double": "price * 2"}},
            {"select": ["code", "double"]},
        ]
        job = a_transforming_job(
            tmp_path,
            steps,
            rows=rows,
            header=("id", "flag", "price"),
            reader=reader,
            contract=contract,
        )

        execute_job(job)

        assert [tuple(map(str, row)) for row in landed(tmp_path / "out")] == [("007", "5.00")]

    def test_when_a_column_is_left_over_then_drift_says_so_after_the_steps(
        self, tmp_path: Path
    ) -> None:
        """What is dropped is no drift; what is not dropped is."""
        contract = a_contract(a_property("id", "integer"), a_property("name"))
        job = a_transforming_job(tmp_path, [{"drop": ["price"]}], contract=contract)

        with pytest.raises(ContractError, match="'qty' is in the data and not in the contract"):
            execute_job(job)


class TestGivenAWrongJob:
    def test_when_resolved_then_every_problem_of_every_step_is_told(self, tmp_path: Path) -> None:
        """With key path, before anything runs."""
        steps: list[dict[str, Any]] = [
            {"fliter": "a"},
            {"derive": {"a": "b **", "c": "nosuch(d)"}},
            {"cast": {"a": "decimel"}},
            {"select": []},
            {"filter": "a", "drop": ["a"]},
            {"python": "nosuch_module:f"},
        ]

        with pytest.raises(ConfigError) as caught:
            execute_job(a_transforming_job(tmp_path, steps))

        assert [problem.path for problem in caught.value.problems] == [
            "transforms[0].fliter",
            "transforms[1].derive.a",
            "transforms[1].derive.c",
            "transforms[2].cast.a",
            "transforms[3].select",
            "transforms[4]",
            "transforms[5].python",
        ]

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            ({"filter": "prise > 1"}, 'character 1: there is no column "prise"'),
            ({"filter": "id + 1"}, "is no condition but int64"),
            ({"derive": {"x": "id || (price * name)"}}, "character 16: needs a number here"),
            ({"derive": {"x": "id = name"}}, "no type in common"),
            ({"drop": ["nam"]}, "there is no column 'nam'"),
            ({"deduplicate": {"keys": ["nam"]}}, "there is no column"),
        ],
    )
    def test_when_a_step_does_not_suit_the_columns_then_nothing_is_read(
        self, step: dict[str, Any], message: str, tmp_path: Path
    ) -> None:
        """The error names expression, place and column."""
        reports: list[Any] = []

        with pytest.raises(ConfigError) as caught:
            execute_job(a_transforming_job(tmp_path, [step]), on_failure=reports.append)

        assert message in str(caught.value)
        assert caught.value.problems[0].path.startswith("transforms[0].")
        assert reports[0].rows.read == 0

    def test_when_a_callable_raises_then_it_is_named(self, tmp_path: Path) -> None:
        """A plugin's fault is a plugin's error."""
        (tmp_path / "steps.py").write_text("def f(row):\n    raise KeyError('gone')\n")
        job = a_transforming_job(tmp_path, [{"python": str(tmp_path / "steps.py:f")}])

        with pytest.raises(PluginError, match=r"steps.py:f failed at row 0.*KeyError"):
            execute_job(job)


class TestGivenAPluginStep:
    def test_when_a_job_names_a_class_then_its_apply_is_called(self, tmp_path: Path) -> None:
        """With its config, once a row."""
        (tmp_path / "steps.py").write_text(
            "class Add:\n"
            "    columns = {'sum': 'bigint'}\n"
            "    def __init__(self, config):\n"
            "        self.by = config['by']\n"
            "    def apply(self, row):\n"
            "        return {**row, 'sum': row['id'] + self.by} if row['id'] < 3 else None\n"
        )

        found = rows_after(
            tmp_path,
            {str(tmp_path / "steps.py:Add"): {"by": 10}},
            {"select": ["sum"]},
        )

        assert found == [(11,), (12,)]


class TestGivenAnyCutIntoBatches:
    @settings(max_examples=15, deadline=None)
    @given(
        rows=st.lists(
            st.tuples(
                st.integers(0, 9),
                st.one_of(st.just(""), st.integers(-3, 3)),
                st.sampled_from(["a", "b", ""]),
            ),
            min_size=1,
            max_size=40,
        ),
        batch_rows=st.integers(1, 7),
    )
    def test_when_run_then_rows_and_verdicts_ignore_the_cut(
        self,
        rows: list[tuple[object, ...]],
        batch_rows: int,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:
        """One batch at a time is as good as all at once."""
        steps = [
            {"cast": {"a": "bigint", "b": "int"}},
            {"filter": "b is null or b <> 2"},
            {"derive": {"q": "6 // b"}},
            {"deduplicate": {"keys": ["a", "c"]}},
        ]
        found = []
        for size in (batch_rows, 1000):
            root = tmp_path_factory.mktemp("cut")
            job = a_transforming_job(
                root,
                steps,
                rows=rows,
                header=("a", "b", "c"),
                validation={"mode": "quarantine"},
                batch={"rows": size},
                contract=a_contract(
                    a_property("a", "integer"),
                    a_property("b", "integer", physicalType="int"),
                    a_property("c"),
                    a_property("q", "integer"),
                ),
            )
            report = execute_job(job).to_dict()
            bad = quarantined(root / "out", "row, field, rule, line, record")
            found.append((landed(root / "out"), bad, report["transforms"], report["rows"]))

        assert found[0] == found[1]


@pytest.mark.parametrize("reader", READERS)
class TestGivenAFileWithoutAHeader:
    def test_when_there_is_a_contract_then_its_columns_are_those_that_the_steps_pass_on(
        self, reader: str, tmp_path: Path
    ) -> None:
        """In the contract's order, under their names in the file, and without those derived."""
        path = tmp_path / "data" / "a.csv"
        path.parent.mkdir(parents=True)
        path.write_text("1,Ada,1.50\n2,Bob,2.25\n")
        contract = a_contract(
            a_property("key", "integer"),
            a_property("name"),
            a_property("price", "number", physicalType="decimal(5,2)"),
            a_property("gross", "number", physicalType="decimal(8,3)"),
        )
        section = a_reader(reader, str(path), header=False)
        job = a_job(tmp_path, reader=section, contract=contract)
        job["transforms"] = [
            {"filter": "id > 1"},
            {"rename": {"id": "key"}},
            {"derive": {"gross": "cast(price * 1.1 as decimal(8,3))"}},
        ]

        execute_job(job)

        expected = (2, "Bob", Decimal("2.25"), Decimal("2.475"))
        assert landed(tmp_path / "out", "key, name, price, gross") == [expected]


class TestGivenRowsThatNobodyDeclares:
    @pytest.mark.parametrize("steps", [None, [{"filter": "a is not null"}]], ids=str)
    @pytest.mark.parametrize(
        ("second", "says"),
        [
            ({"a": 1.5}, "'1.5' is not an int64"),
            ({"a": "x"}, "is not an int64"),
            ({"a": 1, "b": 2}, "column 'b'"),
        ],
        ids=str,
    )
    def test_when_a_later_batch_has_others_than_the_first_then_it_is_an_error_either_way(
        self,
        second: dict[str, Any],
        says: str,
        steps: list[dict[str, Any]] | None,
        tmp_path: Path,
    ) -> None:
        """The first batch tells the types; no later value is changed to fit, steps or none."""
        source = f"""
class Plugin:
    def __init__(self, config):
        pass

    def extract(self, state):
        yield [{{"a": 1}}]
        yield [{second!r}]
"""
        job = a_job(tmp_path, reader={"type": a_plugin(tmp_path, source, name="rows")})
        job |= {"transforms": steps} if steps else {}

        with pytest.raises(ContractError, match=says):
            execute_job(job)

        assert visible(tmp_path / "out") == []
