"""Every column type in CSV fields, by both readers."""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import READERS
from tests.readings import a_file, a_source, columns
from tests.strategies import arrow_types

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("kind", READERS)

WITHOUT_HASTE = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True)
class Read:
    """The values of a column, and (line, field, rule, message) of what is none."""

    values: list[object]
    errors: list[tuple[int | None, str | None, str, str]]


def what_is_read(
    kind: str,
    folder: Path,
    texts: list[str],
    *,
    type: str,  # noqa: A002  the column's
    **options: Any,  # noqa: ANN401  any key
) -> Read:
    """A column of these texts, each quoted, with a null behind them; by Arrow alone."""
    quoted = [text.replace('"', '""') for text in texts]
    path = a_file(folder, "x,y\n" + "".join(f'"{text}",\n' for text in quoted) + ",\n")
    schema = columns(x=type, y="string").schema
    values: list[object] = []
    errors = []
    for batch in a_source(kind, str(path), schema=schema, **options).extract(None):
        values += pa.record_batch(batch.arrow()).column(0).to_pylist()
        errors += [
            (reject.position.line, *(violation[n] for n in (0, 1, 3)))
            for reject in batch.rejects
            for violation in reject.violations
        ]
    return Read(values, errors)


TIME = dt.time(23, 59, 58)
DAY = dt.datetime(1999, 12, 31, 23, 59, 58, tzinfo=dt.UTC)

GOOD: dict[str, list[tuple[str, object]]] = {
    "time32[s]": [("23:59:58", TIME), ("00:00", dt.time(0))],
    "time32[ms]": [("23:59:58.25", TIME.replace(microsecond=250_000))],
    "time64[us]": [("23:59:58.000001", TIME.replace(microsecond=1))],
    "time64[ns]": [("23:59:58.000001000", TIME.replace(microsecond=1))],
    "timestamp[s]": [("1999-12-31T23:59:58", DAY.replace(tzinfo=None))],
    "timestamp[ms]": [("1999-12-31 23:59:58.000", DAY.replace(tzinfo=None))],
    "timestamp[ns]": [("1999-12-31 23:59:58", DAY.replace(tzinfo=None))],
    "timestamp[s, tz=UTC]": [("2000-01-01T00:59:58+01:00", DAY)],
    "timestamp[us, tz=Europe/Berlin]": [("1999-12-31T23:59:58Z", DAY)],
    "binary": [("", b""), ("AP8=", b"\x00\xff"), ("YWJj", b"abc")],
}
BAD: dict[str, list[str]] = {
    "time32[s]": ["24:00", "23:59:58.5", "23:59:60", "1:00", "", "23:59Z"],
    "time64[ns]": ["23:59:58.0000000001"],
    "timestamp[s]": ["1999-12-31T23:59:58.5", "1999-12-31T23:59:58Z"],
    "timestamp[ns]": ["1600-01-01T00:00:00", "9999-01-01T00:00:00"],
    "timestamp[ms, tz=UTC]": ["1999-12-31T23:59:58"],
    "binary": ["a", "AP8", "AP8==", "A P8=", "-_8="],
    "extension<arrow.uuid>": ["", "6ba7b8109dad11d180b400c04fd430c8", "x" * 36],
    "extension<arrow.json>": ["", "{", "[1,]", "nul", "1 2", "{'a': 1}"],
    "list<item: int8>": ["", "1", "[128]", '["1"]', "[1", "[1]]", "{}"],
    "struct<a: int8 not null>": ["{}", '{"a": null}', '{"a": 1, "b": 2}', '{"a": 1.5}', "[1]"],
    "map<string, int8>": ["[1]", '{"a": "b"}'],
}


class TestGivenTextsOfAType:
    @pytest.mark.parametrize(
        "type",
        [pytest.param(name, marks=pytest.mark.covers(f"type:{name}")) for name in GOOD],
    )
    def test_when_they_are_values_then_they_are_read(
        self,
        kind: str,
        type: str,  # noqa: A002
        tmp_path: Path,
    ) -> None:
        """A text of the grammar is its value, and nothing at all is null."""
        read = what_is_read(kind, tmp_path, [text for text, _ in GOOD[type]], type=type)

        assert read.errors == []
        assert read.values == [*(value for _, value in GOOD[type]), None]

    @pytest.mark.parametrize("type", BAD)
    def test_when_they_are_none_then_each_is_rejected(
        self,
        kind: str,
        type: str,  # noqa: A002
        tmp_path: Path,
    ) -> None:
        """A text that is no value breaks rule `type`, and the other rows come through whole."""
        read = what_is_read(kind, tmp_path, BAD[type], type=type)

        article = "an" if type.startswith("e") else "a"
        assert read.errors == [
            (n + 2, "x", "type", f"is not {article} {type}") for n in range(len(BAD[type]))
        ]
        assert read.values == [None]


class TestGivenWhatPythonKnows:
    @pytest.mark.covers("type:extension<arrow.uuid>")
    @WITHOUT_HASTE
    @given(values=st.lists(st.uuids(), max_size=4), upper=st.booleans())
    def test_when_there_are_uuids_then_their_bytes_are_read(
        self, kind: str, values: list[object], tmp_path: Path, *, upper: bool
    ) -> None:
        """Hexadecimal digits of either case, with four hyphens."""
        texts = [str(value).upper() if upper else str(value) for value in values]

        read = what_is_read(kind, tmp_path, texts, type="extension<arrow.uuid>")

        assert [str(value) for value in read.values] == [*map(str, values), "None"]

    @pytest.mark.covers("type:extension<arrow.json>")
    @WITHOUT_HASTE
    @given(
        values=st.lists(
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=3),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(max_size=2), inner, max_size=2)
                ),
                max_leaves=5,
            ),
            max_size=4,
        )
    )
    def test_when_there_is_json_then_its_text_is_kept(
        self, kind: str, values: list[object], tmp_path: Path
    ) -> None:
        """A JSON text is kept as it is written."""
        texts = [json.dumps(value, ensure_ascii=False, indent=1) for value in values]

        read = what_is_read(kind, tmp_path, texts, type="extension<arrow.json>")

        assert read.errors == []
        assert read.values == [*texts, None]

    @pytest.mark.covers("type:list<item: int64>")
    @pytest.mark.covers("type:struct<a: int64>")
    @pytest.mark.covers("type:map<string, int64>")
    @WITHOUT_HASTE
    @given(
        values=st.lists(
            st.lists(
                st.none()
                | st.fixed_dictionaries(
                    {"a": st.none() | st.integers(-5, 5), "b": st.text(max_size=3)}
                ),
                max_size=3,
            ),
            max_size=4,
        ),
        bad=st.lists(st.sampled_from(['[{"a": 1', '[{"a": "x"}]', "[1]", "[null, 3]"]), max_size=2),
    )
    def test_when_values_are_nested_then_they_are_json_texts(
        self, kind: str, values: list[list[object]], bad: list[str], tmp_path: Path
    ) -> None:
        """A value that breaks off leaves nothing behind in the values around it."""
        texts = [text for value in values for text in (json.dumps(value), *bad)]

        read = what_is_read(kind, tmp_path, texts, type="list<item: struct<a: int64, b: string>>")

        assert read.values == [*values, None]
        assert len(read.errors) == len(values) * len(bad)

    @pytest.mark.covers("type:map<string, int64>")
    def test_when_there_is_a_map_then_its_entries_are_read(self, kind: str, tmp_path: Path) -> None:
        """A map is written as the JSON of records has it."""
        read = what_is_read(kind, tmp_path, ['[["a", 1], ["b", null]]'], type="map<string, int64>")

        assert read.errors == []
        first, second = read.values
        assert dict(first) == {"a": 1, "b": None}  # type: ignore[call-overload]
        assert second is None

    @pytest.mark.covers("type:binary")
    @WITHOUT_HASTE
    @given(values=st.lists(st.binary(max_size=9), max_size=4))
    def test_when_bytes_are_base64_then_they_are_read(
        self, kind: str, values: list[bytes], tmp_path: Path
    ) -> None:
        """RFC 4648, section 4, with padding."""
        texts = [base64.b64encode(value).decode() for value in values]

        read = what_is_read(kind, tmp_path, texts, type="binary")

        assert read.errors == []
        assert read.values == [*values, None]

    @pytest.mark.covers("type:timestamp[ns]")
    @WITHOUT_HASTE
    @given(
        # pyarrow reads no nanoseconds of the last second that they reach back to.
        values=st.lists(st.integers(-9_223_372_036 * 10**9, 2**63 - 1), min_size=1, max_size=4),
        unit=st.sampled_from(["s", "ms", "us", "ns"]),
    )
    def test_when_pyarrow_reads_timestamps_then_it_reads_the_same(
        self, kind: str, values: list[int], unit: str, tmp_path: Path
    ) -> None:
        """Another reader of ISO timestamps finds the same instants, in every unit."""
        column = pa.array(values, pa.timestamp("ns")).cast(pa.timestamp(unit), safe=False)
        texts = [str(value) for value in column.cast(pa.string()).to_pylist()]

        path = a_file(tmp_path, "x\n" + "\n".join(texts) + "\n")
        table = pa_csv.read_csv(
            path, convert_options=pa_csv.ConvertOptions(column_types={"x": column.type})
        )
        reader = a_source(kind, str(path), schema=columns(x=f"timestamp[{unit}]").schema)
        read = [pa.record_batch(batch.arrow()) for batch in reader.extract(None)]

        assert pa.concat_arrays([batch.column(0) for batch in read]) == column
        assert table["x"].combine_chunks() == column


class TestGivenEveryType:
    @settings(WITHOUT_HASTE, max_examples=100)
    @given(
        type=arrow_types(),
        texts=st.lists(
            st.sampled_from([text for texts in GOOD.values() for text, _ in texts])
            | st.sampled_from([text for texts in BAD.values() for text in texts])
            | st.sampled_from(["[]", "[null]", "[1, 2]", '{"a": 1}', "null", "1", "true", "1.5"]),
            max_size=5,
        ),
    )
    def test_when_read_in_batches_then_each_is_as_alone(
        self,
        kind: str,
        type: str,  # noqa: A002
        texts: list[str],
        tmp_path: Path,
    ) -> None:
        """Both readers agree on each text of each type, wherever batches are cut."""
        whole = what_is_read("rust", tmp_path, texts, type=type)

        cut = what_is_read(kind, tmp_path, texts, type=type, batch_rows=1)

        assert repr(cut) == repr(whole)
        assert len(whole.values) + len(whole.errors) == len(texts) + 1


class TestGivenAFormatOfTimes:
    @pytest.mark.covers("csv:time_format")
    @pytest.mark.parametrize(
        ("pattern", "text", "value"),
        [
            ("%I:%M %p", "12:30 am", dt.time(0, 30)),
            ("%H%M%S.%f", "235958.5", TIME.replace(microsecond=500_000)),
            ("%Hh%M", "7h05", dt.time(7, 5)),
            ("%H", "24", None),
            ("%H:%M", "07:05:00", None),
        ],
    )
    def test_when_a_time_has_a_format_then_it_is_read_by_it_alone(
        self, kind: str, pattern: str, text: str, value: dt.time | None, tmp_path: Path
    ) -> None:
        """A text of the format is its time of day; any other is no value."""
        read = what_is_read(kind, tmp_path, [text], type="time64[us]", time_format=pattern)

        assert read.values == ([value, None] if value else [None])
        assert [rule for _, _, rule, _ in read.errors] == ([] if value else ["type"])
