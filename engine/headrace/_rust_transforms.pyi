"""The part of the native extension's contract that is of transforms; `_rust.pyi` has it whole."""

from collections.abc import Sequence
from typing import final

from headrace._rust import RecordBatch, Schema, _Violation

def check_expression(text: str) -> None:
    """Raise kind `config` where an expression is wrong whatever the columns are."""

def expression_functions() -> list[tuple[str, str, str]]: ...  # name, arguments, what it gives

@final
class Kept(Sequence[int]):
    """Which rows of a batch were kept, without a Python object a row."""

    def __len__(self) -> int: ...
    def __getitem__(self, row: int, /) -> int: ...  # type: ignore[override]

@final
class TransformStep:
    """A step compiled for the columns of a schema; each raises kind `config` with location.field.

    `deduplicate` alone keeps what it has seen, and takes other columns by `rebind`.
    """

    @staticmethod
    def filter(schema: Schema, condition: str) -> TransformStep: ...
    @staticmethod
    def derive(schema: Schema, columns: Sequence[tuple[str, str]]) -> TransformStep: ...
    @staticmethod
    def select(schema: Schema, columns: Sequence[tuple[str, str]]) -> TransformStep: ...
    @staticmethod
    def cast(schema: Schema, columns: Sequence[tuple[str, str]]) -> TransformStep: ...
    @staticmethod
    def mask(schema: Schema, columns: Sequence[tuple[str, str | int]]) -> TransformStep: ...
    @staticmethod
    def hash(
        schema: Schema, columns: Sequence[str], *, key: bytes | None = None
    ) -> TransformStep: ...
    @staticmethod
    def deduplicate(schema: Schema, keys: Sequence[str], budget: int) -> TransformStep: ...
    def rebind(self, schema: Schema) -> None: ...
    @property
    def schema(self) -> Schema: ...
    def apply(
        self, batch: RecordBatch
    ) -> tuple[RecordBatch, Kept | None, list[tuple[int, list[_Violation]]]]:
        """The rows that are left, which they were, and what others broke.

        Keys that exceed their budget raise kind `contract`.
        """
