"""Partitions of Iceberg tables: the transforms are PyIceberg's, and files are parted by them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from headrace import Batch, ConfigError, ContractError, Field, Schema
from headrace._native import translated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    TruncateTransform,
    VoidTransform,
    YearTransform,
)
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    IntegerType,
    LongType,
    StringType,
    TimestampType,
    TimestamptzType,
    TimeType,
    UUIDType,
)

from tests.builders import WRITERS
from tests.values import values
from tests.writings import a_sink, read_by_pyarrow, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace._native import RecordBatch
    from pyiceberg.transforms import Transform
    from pyiceberg.types import IcebergType

KINDS: Final[Mapping[str, IcebergType]] = {
    "bool": BooleanType(),
    "int8": IntegerType(),
    "int16": IntegerType(),
    "int32": IntegerType(),
    "int64": LongType(),
    "decimal128(5, 2)": DecimalType(5, 2),
    "decimal128(18, 0)": DecimalType(18, 0),
    "decimal128(38, 10)": DecimalType(38, 10),
    "date32[day]": DateType(),
    "time64[us]": TimeType(),
    "timestamp[us]": TimestampType(),
    "timestamp[us, tz=UTC]": TimestamptzType(),
    "string": StringType(),
    "extension<arrow.uuid>": UUIDType(),
    "extension<arrow.json>": StringType(),
    "binary": BinaryType(),
}

LEAST: Final = {"int8": -(2**31), "int16": -(2**31), "int32": -(2**31), "int64": -(2**63)}
"""What the partition values of a type must not be below."""

EPOCH = dt.date(1970, 1, 1)
MOMENT = dt.datetime(2024, 2, 29, 23, 30, tzinfo=dt.UTC)
SIZES = st.integers(1, 40) | st.integers(1, 2**31 - 1)


PLAIN: Final[Mapping[str, Transform[Any, Any]]] = {
    "identity": IdentityTransform(),
    "void": VoidTransform(),
    "year": YearTransform(),
    "month": MonthTransform(),
    "day": DayTransform(),
    "hour": HourTransform(),
}
SIZED: Final[Mapping[str, Callable[[int], Transform[Any, Any]]]] = {
    "bucket": BucketTransform,
    "truncate": TruncateTransform,
}
WORDS: Final = (*PLAIN, *SIZED)


def transform_of(word: str, size: int) -> tuple[str, Transform[Any, Any]]:
    """A term of a column `c`, and PyIceberg's own transform."""
    if word in SIZED:
        return f"{word}({size}, c)", SIZED[word](size)
    return f"{word}(c)", PLAIN[word]


def parted(batch: RecordBatch, *terms: str) -> list[tuple[list[str | None], list[int]]]:
    """Values of each part, and its rows by the column `row`."""
    with translated():
        found = batch.partition_by_terms(terms)
        return [(key, [row["row"] for row in part.to_rows()]) for key, _, part in found]


def a_batch(kind: str, held: list[Any]) -> RecordBatch:
    """A column `c` of these values, and a column `row` of their places."""
    schema = Schema((Field("c", kind), Field("row", "int64")))
    rows = [{"c": value, "row": row} for row, value in enumerate(held)]
    with translated():
        return Batch(rows, schema=schema).arrow()


def text_of(value: object) -> str | None:
    """The exact text of a partition value, as a file's metadata spell it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def is_held(kind: str, value: Any) -> bool:  # noqa: ANN401  a partition value
    """Whether the type of a column holds what a transform made of its values."""
    if isinstance(value, Decimal):
        precision = int(kind.partition("(")[2].partition(",")[0])
        return len(value.as_tuple().digits) <= precision
    return not isinstance(value, int) or value >= LEAST.get(kind, value)


@pytest.mark.parametrize("word", WORDS)
class TestGivenATransform:
    @settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(data=st.data(), size=SIZES)
    def test_when_parted_then_the_values_are_those_of_pyiceberg(
        self, word: str, data: st.DataObject, size: int
    ) -> None:
        """For every type: rows lie with their like, in order, under its value.

        What the column's type does not hold is refused.
        """
        term, transform = transform_of(word, size)
        fits = [kind for kind, source in KINDS.items() if transform.can_transform(source)]
        kind = data.draw(st.sampled_from(fits))
        held = data.draw(st.lists(values(kind), min_size=1, max_size=12))
        apply = transform.transform(KINDS[kind])
        expected = [apply(value) for value in held]
        batch = a_batch(kind, held)

        if not all(is_held(kind, value) for value in expected):
            with pytest.raises(ContractError, match="lower multiple"):
                parted(batch, term)
            return
        found = parted(batch, term)

        keys = [text_of(value) for value in expected]
        assert [key for (key,), _ in found] == list(dict.fromkeys(keys))
        assert {row: key for (key,), rows in found for row in rows} == dict(enumerate(keys))
        assert all(rows == sorted(rows) for _, rows in found)

    @pytest.mark.parametrize("kind", [*KINDS, "float", "double", "list<item: int64>"])
    def test_when_it_does_not_take_a_type_then_the_column_is_refused(
        self, word: str, kind: str
    ) -> None:
        """What PyIceberg takes is taken, but for floating point; whether there are rows or none."""
        term, transform = transform_of(word, 4)
        is_taken = word == "void" or (kind in KINDS and transform.can_transform(KINDS[kind]))

        if is_taken:
            assert parted(a_batch(kind, []), term) == []
        else:
            with pytest.raises(ConfigError, match=f"{word} takes"):
                parted(a_batch(kind, []), term)


class TestGivenTheHashesOfTheSpecification:
    @pytest.mark.parametrize(
        ("kind", "value", "hashed"),
        [
            ("int32", 34, 2017239379),
            ("int64", 34, 2017239379),
            ("decimal128(4, 2)", Decimal("14.20"), -500754589),
            ("date32[day]", dt.date(2017, 11, 16), -653330422),
            ("time64[us]", dt.time(22, 31, 8), -662762989),
            ("timestamp[us]", dt.datetime(2017, 11, 16, 22, 31, 8), -2047944441),  # noqa: DTZ001
            ("timestamp[us]", dt.datetime(2017, 11, 16, 22, 31, 8, 1), -1207196810),  # noqa: DTZ001
            (
                "timestamp[us, tz=UTC]",
                dt.datetime.fromisoformat("2017-11-16T14:31:08-08:00"),
                -2047944441,
            ),
            ("string", "iceberg", 1210000089),
            (
                "extension<arrow.uuid>",
                UUID("f79c3e09-677c-4bbd-a479-3f349cb785e7"),
                1488055340,
            ),
            ("binary", b"\x00\x01\x02\x03", -188683207),
        ],
    )
    @pytest.mark.parametrize("count", [1, 16, 2**31 - 1])
    def test_when_bucketed_then_the_bucket_is_the_hash_modulo_the_count(
        self, kind: str, value: object, hashed: int, count: int
    ) -> None:
        """Iceberg's appendix B, whose vectors every implementation must reproduce."""
        batch = a_batch(kind, [value])

        ((key, _),) = parted(batch, f"bucket({count}, c)")

        assert key == [str((hashed & 0x7FFFFFFF) % count)]


@pytest.mark.parametrize("writer", WRITERS)
class TestGivenAWriter:
    def test_when_rows_are_parted_then_files_keep_the_columns_and_say_their_values(
        self, writer: str, tmp_path: Path
    ) -> None:
        """A file has rows of one partition, its values by term, and folders for people."""
        schema = Schema(
            (Field("ts", "timestamp[us, tz=UTC]"), Field("id", "int64"), Field("name", "string"))
        )
        rows = [
            {"ts": MOMENT + dt.timedelta(hours=n), "id": n, "name": "é/" * 40 if n % 2 else None}
            for n in range(4)
        ]
        spec = ("day(ts)", "truncate(2, id)", "name")

        files = written(writer, tmp_path, schema, rows[:3], rows[3:], partition_spec=spec)

        for file in files:
            held = read_by_pyarrow([file])
            for row in held:
                assert file.partition == {
                    "day(ts)": str((row["ts"].date() - EPOCH).days),
                    "truncate(2, id)": str(row["id"] // 2 * 2),
                    "name": row["name"],
                }
            assert pq.read_schema(file.path).names == ["ts", "id", "name"]
        assert sorted(read_by_pyarrow(files), key=lambda row: row["id"]) == rows
        first = Path(next(f.path for f in files if f.partition["name"] is None))
        folders = first.relative_to(tmp_path).parts[:-1]
        assert folders == ("ts_day=2024-02-29", "id_trunc_2=0", "name=null")

    @pytest.mark.parametrize(
        ("spec", "message"),
        [
            (("day(n)",), 'column "n" is int64; day takes dates'),
            (("bucket(4, x)",), 'no column "x"'),
            (("days(d)",), "is no partition"),
        ],
    )
    def test_when_a_term_does_not_fit_then_it_is_refused_at_once(
        self, writer: str, spec: tuple[str, ...], message: str, tmp_path: Path
    ) -> None:
        """Before the first row, at the target's key."""
        schema = Schema((Field("n", "int64"), Field("d", "date32[day]")))

        with pytest.raises(ConfigError) as caught:
            a_sink(writer, tmp_path, schema, partition_spec=spec)

        (problem,) = caught.value.problems
        assert problem.path == "target.partition_by"
        assert message in problem.message

    @pytest.mark.parametrize("told", [{"partition_spec": ("n",)}, {"field_ids": {"n": 1, "k": 2}}])
    def test_when_the_user_asks_for_hive_then_a_table_refuses_it(
        self, writer: str, told: dict[str, Any], tmp_path: Path
    ) -> None:
        """Files of a table hold all its columns."""
        schema = Schema((Field("n", "int64"), Field("k", "string")))

        with pytest.raises(ConfigError, match=r"target\.partition_by") as caught:
            a_sink(writer, tmp_path, schema, partition_by=["k"], **told)

        assert caught.value.problems[0].path == "writer.partition_by"
