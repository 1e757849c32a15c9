"""What `discover` says of a CSV file's dialect."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from headrace.cli import main
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import READERS, a_reader
from tests.readings import a_file, a_source

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("kind", READERS)

ROWS = [
    ["id", "name", "born", "height"],
    ["1", "Ada, the first", "10.12.1815", "1,65"],
    ["2", 'Grace "Amazing"', "9.12.1906", "1,70"],
    ["3", "Alan", "23.06.1912", ""],
]


def a_job_file(folder: Path, kind: str, **options: Any) -> str:  # noqa: ANN401  any key
    """A job that reads `data.csv`."""
    job = {
        "version": 1,
        "name": "people",
        "reader": a_reader(kind, "data.csv", **options),
        "writer": {"type": "rust"},
        "target": {"type": "local", "path": "out"},
    }
    path = folder / "job.yaml"
    path.write_text(json.dumps(job))
    return str(path)


def written(rows: list[list[str]], **dialect: Any) -> str:  # noqa: ANN401  as csv.writer has them
    """The rows in a dialect."""
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue()


class TestGivenAFileInAnotherDialect:
    def test_when_discovered_then_the_missing_keys_are_told_and_taken(
        self, kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """What the job does not say is found, told, and used for the schema."""
        text = written(ROWS, delimiter=";", escapechar="\\", doublequote=False)
        a_file(tmp_path, text)

        code = main(["discover", a_job_file(tmp_path, kind), "--json"])

        told = json.loads(capfd.readouterr().out)
        assert code == 0
        assert told["dialect"]["missing"] == {
            "delimiter": ";",
            "escape": "\\",
            "decimal": ",",
            "date_format": "%d.%m.%Y",
        }
        assert told["dialect"]["contradicted"] == {}
        (fields,) = told["streams"].values()
        assert [field["type"] for field in fields] == ["int64", "string", "date32[day]", "double"]

    def test_when_the_job_says_otherwise_then_it_holds(
        self, kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """A key of the job is never overruled; a note says what the file looks like."""
        a_file(tmp_path, "a;b\n1;2\n3;4\n")

        code = main(["discover", a_job_file(tmp_path, kind, delimiter="|")])

        err = capfd.readouterr().err
        assert code == 0
        assert 'the file looks like delimiter: ";"' in err
        assert "a;b" in err

    def test_when_nothing_differs_then_nothing_is_told(
        self, kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """A plain file needs no key."""
        a_file(tmp_path, "a,b\n1,x\n2,y\n")

        main(["discover", a_job_file(tmp_path, kind)])

        assert "note" not in capfd.readouterr().err

    def test_when_run_then_nothing_is_sniffed(
        self, kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """A run reads by the job's options alone."""
        a_file(tmp_path, "a;b\n1;2\n")

        code = main(["run", a_job_file(tmp_path, kind), "--json"])

        assert code == 0
        assert json.loads(capfd.readouterr().out)["rows"]["written"] == 1
        assert a_source(kind, str(tmp_path / "data.csv")).schema().names == ("a;b",)


class TestGivenAnotherEncoding:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
    def test_when_discovered_then_it_is_told(
        self, kind: str, encoding: str, tmp_path: Path
    ) -> None:
        """Bytes that are no UTF-8 are UTF-16 by their mark, else those of a single-byte code."""
        path = a_file(tmp_path, "n;preis\n1;5 €\n2;é\n".encode(encoding))

        found = a_source(kind, str(path)).sniff(())["found"]

        assert (found["encoding"], found["delimiter"]) == (encoding, ";")


class TestGivenAnyTable:
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        rows=st.lists(
            st.tuples(
                st.integers(0, 10**6).map(str),
                st.from_regex(r"[A-Z][a-z]{1,6}( [a-z]{1,5}){0,2}", fullmatch=True),
                st.dates().map(str),
            ),
            min_size=3,
            max_size=20,
        ),
        delimiter=st.sampled_from(",;\t|"),
        quote=st.sampled_from("\"'"),
        header=st.booleans(),
    )
    def test_when_written_in_a_dialect_then_it_is_found(
        self,
        kind: str,
        tmp_path: Path,
        rows: list[tuple[str, str, str]],
        delimiter: str,
        quote: str,
        header: bool,  # noqa: FBT001
    ) -> None:
        """Delimiter, quote and header of a clean table are found."""
        table = [["id", "name", "day"]] * header + [list(row) for row in rows]
        text = written(table, delimiter=delimiter, quotechar=quote, quoting=csv.QUOTE_ALL)
        path = a_file(tmp_path, text)

        found = a_source(kind, str(path)).sniff(())["found"]

        assert (found["delimiter"], found["quote"], found["header"]) == (delimiter, quote, header)

    @settings(
        max_examples=100,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(data=st.binary(max_size=60) | st.text(",;'\"\n\\ a1|", max_size=60).map(str.encode))
    def test_when_it_is_none_then_something_is_found_all_the_same(
        self, kind: str, tmp_path: Path, data: bytes
    ) -> None:
        """No file is too odd to be looked at."""
        path = a_file(tmp_path, data)

        found = a_source(kind, str(path), compression="none").sniff(())["found"]

        assert len(found["delimiter"]) == 1
