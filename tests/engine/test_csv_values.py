"""How values may be spelled in CSV fields, by both readers."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest
from headrace import ConfigError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import READERS
from tests.readings import a_file, a_reading, a_source, columns

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("kind", READERS)

WITHOUT_HASTE = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

INVALID = object()


def the_values(
    kind: str,
    folder: Path,
    texts: list[str],
    *,
    type: str,  # noqa: A002  the column's
    **options: Any,  # noqa: ANN401  any key
) -> list[object]:
    """What a column makes of these texts, each quoted; INVALID of one that is no value."""
    data = "x\n" + "".join(f'"{text}"\n' for text in texts)
    reading = a_reading(kind, a_file(folder, data), contract=columns(x=type), **options)
    assert reading.failure is None
    assert {error.rule for error in reading.errors} <= {"type"}
    bad = {error.position.line - 2 for error in reading.errors if error.position}
    good = iter(reading.values("x"))
    return [INVALID if n in bad else next(good) for n in range(len(texts))]


class TestGivenNumbersOfAnotherPlace:
    @pytest.mark.covers("csv:decimal")
    @pytest.mark.parametrize("decimal", [",", "·", "_"])
    def test_when_the_decimal_mark_is_another_then_the_point_is_none(
        self, kind: str, decimal: str, tmp_path: Path
    ) -> None:
        """One mark stands before the fraction, in floats and decimals alike."""
        texts = [f"1{decimal}25", f"-{decimal}5e1", "1.25", "7", "nan"]

        doubles = the_values(kind, tmp_path, texts[:4], type="double", decimal=decimal)
        floats = the_values(kind, tmp_path, texts[:4], type="float", decimal=decimal)
        decimals = the_values(
            kind, tmp_path, [texts[0], texts[2]], type="decimal128(5, 2)", decimal=decimal
        )

        assert doubles == floats == [1.25, -5.0, INVALID, 7.0]
        assert decimals == [Decimal("1.25"), INVALID]

    @pytest.mark.covers("csv:thousands")
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1.234", 1234),
            ("-12.345.678", -12_345_678),
            ("1234567", 1_234_567),
            ("999", 999),
            ("0.001", 1),
            ("1.23", INVALID),
            ("1234.567", INVALID),
            (".123", INVALID),
            ("1..234", INVALID),
            ("1.2345", INVALID),
            ("1.234.", INVALID),
            ("1.234,5", INVALID),
            ("", INVALID),
        ],
    )
    def test_when_there_are_groups_then_they_are_of_three(
        self, kind: str, text: str, value: object, tmp_path: Path
    ) -> None:
        """All of the whole part is grouped or nothing is: one to three digits, then three each."""
        options: dict[str, Any] = {"decimal": ",", "thousands": "."}

        assert the_values(kind, tmp_path, [text], type="int64", **options) == [value]

    @pytest.mark.covers("csv:thousands")
    @WITHOUT_HASTE
    @given(
        texts=st.lists(st.text(st.sampled_from("0123.,-e "), max_size=9), min_size=1, max_size=9),
        thousands=st.sampled_from([".", " "]),
    )
    def test_when_any_text_is_a_number_then_the_pattern_says_so(
        self, kind: str, texts: list[str], thousands: str, tmp_path: Path
    ) -> None:
        """A number is what one regular expression matches, and nothing else is."""
        mark = re.escape(thousands)
        number = re.compile(rf"-?(\d{{1,3}}({mark}\d{{3}})+|\d+)(,\d+)?", re.ASCII)

        values = the_values(
            kind, tmp_path, texts, type="decimal128(38, 9)", decimal=",", thousands=thousands
        )

        assert values == [
            Decimal(text.replace(thousands, "").replace(",", "."))
            if number.fullmatch(text)
            else INVALID
            for text in texts
        ]

    @pytest.mark.covers("csv:decimal")
    @WITHOUT_HASTE
    @given(
        numbers=st.lists(
            st.decimals(-(10**9), 10**9, places=3, allow_nan=False, allow_infinity=False),
            min_size=1,
            max_size=5,
        )
    )
    def test_when_pyarrow_reads_them_then_it_reads_the_same(
        self, kind: str, numbers: list[Decimal], tmp_path: Path
    ) -> None:
        """Another reader of decimal commas finds the same decimals."""
        texts = [str(number).replace(".", ",") for number in numbers]

        values = the_values(kind, tmp_path, texts, type="decimal128(15, 3)", decimal=",")
        table = pa_csv.read_csv(
            tmp_path / "data.csv",
            convert_options=pa_csv.ConvertOptions(
                column_types={"x": pa.decimal128(15, 3)}, decimal_point=","
            ),
        )

        assert values == table["x"].to_pylist() == numbers

    def test_when_there_is_no_contract_then_they_are_told_as_numbers(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Types are told by the spelling of the options."""
        path = a_file(tmp_path, "a;b;c;d\n1.234;1,5;31/12/99;ja\n")

        schema = a_source(
            kind,
            str(path),
            delimiter=";",
            decimal=",",
            thousands=".",
            date_format="%d/%m/%y",
            true_values=["ja"],
        ).schema()

        assert [field.type for field in schema.fields] == [
            "int64",
            "double",
            "date32[day]",
            "bool",
        ]


class TestGivenFormats:
    @pytest.mark.covers("csv:date_format")
    @pytest.mark.parametrize(
        ("pattern", "text", "value"),
        [
            ("%d.%m.%Y", "31.12.1999", dt.date(1999, 12, 31)),
            ("%d.%m.%Y", "1.2.2000", dt.date(2000, 2, 1)),
            ("%Y%m%d", "20000229", dt.date(2000, 2, 29)),
            ("%m/%d/%y", "01/02/68", dt.date(2068, 1, 2)),
            ("%m/%d/%y", "01/02/69", dt.date(1969, 1, 2)),
            ("%d %b %Y", "02 JAN 2000", dt.date(2000, 1, 2)),
            ("%B %d, %Y", "September 9, 2001", dt.date(2001, 9, 9)),
            ("%Y-%j", "2000-366", dt.date(2000, 12, 31)),
            ("%a %d/%m/%Y", "Sat 01/01/2000", dt.date(2000, 1, 1)),
            ("%A %d/%m/%Y", "saturday 01/01/2000", dt.date(2000, 1, 1)),
            ("%d%%%m€%Y", "31%12€1999", dt.date(1999, 12, 31)),
            ("%d.%m.%Y", "1999-12-31", INVALID),
            ("%d.%m.%Y", "31.12.99", INVALID),
            ("%d.%m.%Y", "31.12.1999 ", INVALID),
            ("%d.%m.%Y", "29.02.1900", INVALID),
            ("%d.%m.%Y", "0.1.2000", INVALID),
            ("%d.%m.%Y", "01.13.2000", INVALID),
            ("%d %b %Y", "02 January 2000", INVALID),
            ("%Y-%j", "2001-366", INVALID),
            ("%Y-%j", "2001-0", INVALID),
            ("%a %d/%m/%Y", "Sun 01/01/2000", INVALID),
        ],
    )
    def test_when_a_date_has_a_format_then_it_is_read_by_it_alone(
        self, kind: str, pattern: str, text: str, value: object, tmp_path: Path
    ) -> None:
        """A text of the format is its date, if there is such a day; any other is no value."""
        values = the_values(kind, tmp_path, [text], type="date32[day]", date_format=pattern)

        assert values == [value]

    @pytest.mark.covers("csv:timestamp_format")
    @pytest.mark.parametrize(
        ("pattern", "text", "value"),
        [
            ("%d/%m/%Y %H:%M", "31/12/1999 23:59", dt.datetime(1999, 12, 31, 23, 59)),  # noqa: DTZ001
            ("%d/%m/%Y %I:%M %p", "1/1/2000 12:05 am", dt.datetime(2000, 1, 1, 0, 5)),  # noqa: DTZ001
            ("%d/%m/%Y %I%p", "1/1/2000 12PM", dt.datetime(2000, 1, 1, 12)),  # noqa: DTZ001
            ("%Y%m%dT%H%M%S.%f", "20000101T010203.5", dt.datetime(2000, 1, 1, 1, 2, 3, 500_000)),  # noqa: DTZ001
            ("%d/%m/%Y", "31/12/1999", dt.datetime(1999, 12, 31)),  # noqa: DTZ001
            ("%d/%m/%Y %I:%M %p", "1/1/2000 13:05 pm", INVALID),
            ("%d/%m/%Y %I:%M %p", "1/1/2000 0:05 pm", INVALID),
            ("%d/%m/%Y %H:%M", "31/12/1999 24:00", INVALID),
            ("%d/%m/%Y %H:%M:%S", "31/12/1999 23:59:60", INVALID),
            ("%Y%m%dT%H%M%S.%f", "20000101T010203.1234567", INVALID),
            ("%d/%m/%Y %H:%M%z", "31/12/1999 23:59Z", INVALID),
        ],
    )
    def test_when_a_timestamp_has_a_format_then_it_is_read_by_it_alone(
        self, kind: str, pattern: str, text: str, value: object, tmp_path: Path
    ) -> None:
        """What the format does not tell of the time is zero; nothing is rounded."""
        values = the_values(kind, tmp_path, [text], type="timestamp[us]", timestamp_format=pattern)

        assert values == [value]

    @pytest.mark.covers("csv:timestamp_format")
    def test_when_it_has_a_zone_then_it_is_kept_in_utc(self, kind: str, tmp_path: Path) -> None:
        """`%z` is an offset in any of four spellings; without one there is no instant."""
        at = "31/12/1999 23:59"
        texts = [f"{at} +01:00", f"{at} -0130", f"{at} +01", f"{at} Z", at, f"{at} CET"]

        values = the_values(
            kind,
            tmp_path,
            texts,
            type="timestamp[us, tz=UTC]",
            timestamp_format="%d/%m/%Y %H:%M %z",
        )

        utc = dt.datetime(1999, 12, 31, 23, 59, tzinfo=dt.UTC)
        hours = [-1, 1.5, -1, 0]
        assert values == [*(utc + dt.timedelta(hours=h) for h in hours), INVALID, INVALID]

    @pytest.mark.covers("csv:date_format")
    @WITHOUT_HASTE
    @given(
        times=st.lists(st.datetimes(dt.datetime(1000, 1, 1)), min_size=1, max_size=5),  # noqa: DTZ001
        date=st.sampled_from(["%d.%m.%Y", "%Y%m%d", "%A, %B %d %Y", "%j/%Y", "%b-%d-%Y", "%a%Y%j"]),
        time=st.sampled_from(["%H:%M:%S.%f", "%I-%M-%S %p %f", "%H%M%S%f"]),
    )
    def test_when_python_writes_and_duckdb_reads_then_all_agree(
        self, kind: str, times: list[dt.datetime], date: str, time: str, tmp_path: Path
    ) -> None:
        """What strftime writes is read back, and DuckDB's strptime reads the same."""
        pattern = f"{date} {time}"
        texts = [value.strftime(pattern) for value in times]

        values = the_values(kind, tmp_path, texts, type="timestamp[us]", timestamp_format=pattern)
        dates = the_values(
            kind,
            tmp_path,
            [value.strftime(date) for value in times],
            type="date32[day]",
            date_format=date,
        )

        assert values == times
        assert dates == [value.date() for value in times]
        if "%j" not in date:
            query = "select list(strptime(t, $2)) from unnest($1) as x(t)"
            with duckdb.connect() as connection:
                ((found,),) = connection.execute(query, [texts, pattern]).fetchall()
            assert found == times

    @pytest.mark.parametrize(
        ("key", "pattern", "message"),
        [
            ("date_format", "%Y-%m-%Q", "%Q is no directive"),
            ("date_format", "%Y-%m-%d%", "single %"),
            ("date_format", "%Y-%m", "needs a year"),
            ("date_format", "", "needs a year"),
            ("date_format", "%Y-%y-%m-%d", "%y tells again"),
            ("date_format", "%Y-%m-%d %j", "needs a year"),
            ("date_format", "%Y-%m-%d %H", "no time"),
            ("time_format", "%d %H", "no date"),
            ("time_format", "%M", "needs an hour"),
            ("time_format", "%I:%M", "%I and %p"),
            ("time_format", "%H:%M %p", "%I and %p"),
            ("time_format", "%H:%S", "%S needs %M"),
            ("timestamp_format", "%H:%M", "needs a year"),
            ("timestamp_format", "%Y-%m-%d %M", "needs an hour"),
        ],
    )
    def test_when_a_format_cannot_be_meant_then_its_key_is_named(
        self, kind: str, key: str, pattern: str, message: str
    ) -> None:
        """A format tells everything of its value once, by directives that there are."""
        options: dict[str, Any] = {key: pattern}

        with pytest.raises(ConfigError) as caught:
            a_source(kind, "x.csv", **options)

        assert [problem.path for problem in caught.value.problems] == [f"reader.{key}"]
        assert message in caught.value.problems[0].message


class TestGivenWordsForTrueAndFalse:
    @pytest.mark.covers("csv:true_values")
    @pytest.mark.covers("csv:false_values")
    def test_when_they_are_listed_then_no_other_counts(self, kind: str, tmp_path: Path) -> None:
        """A list takes the place of the word, exactly; the other side keeps its own."""
        texts = ["ja", "j", "JA", "true", "false", "FALSE", "nein"]

        both = the_values(
            kind, tmp_path, texts, type="bool", true_values=["ja", "j"], false_values=["nein"]
        )
        one = the_values(kind, tmp_path, texts, type="bool", true_values=["ja", "j"])

        bad = INVALID
        assert both == [True, True, bad, bad, bad, bad, False]
        assert one == [True, True, bad, bad, False, False, bad]

    def test_when_options_clash_then_each_is_named(self, kind: str) -> None:
        """Every clash of values is a problem at its own key, all at once."""
        options: dict[str, Any] = {
            "decimal": "1",
            "thousands": "+",
            "true_values": ["False", "n"],
            "false_values": [],
            "null_values": ["n"],
        }

        with pytest.raises(ConfigError) as caught:
            a_source(kind, "x.csv", **options)
        with pytest.raises(ConfigError) as same:
            a_source(kind, "x.csv", thousands=".", true_values=["FALSE"])

        assert sorted(problem.path for problem in caught.value.problems) == [
            "reader.decimal",
            "reader.false_values",
            "reader.thousands",
            "reader.true_values",
        ]
        assert [problem.path for problem in same.value.problems] == [
            "reader.thousands",
            "reader.true_values",
        ]
