"""The door to the core: every failure of it comes out as an error of the tree."""

from __future__ import annotations

import ast
import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from headrace import (
    Batch,
    ConfigError,
    Contract,
    ContractError,
    DecodeError,
    Field,
    HeadraceError,
    NativeError,
    PluginError,
    Schema,
    SchemaValidator,
    SourceNotFoundError,
    WriteError,
    _native,
)
from headrace.batch import batches_of

from tests.builders import ROOT
from tests.readings import a_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENGINE = ROOT / "engine" / "headrace"
N = Schema((Field("n", "int64"),))


class PanicException(BaseException):
    """What a Rust panic arrives as."""


class TestGivenKinds:
    def test_when_the_core_has_one_then_it_has_a_class(self) -> None:
        """The map of kinds is exactly the core's list."""
        assert set(_native.KINDS) == set(_native.error_kinds())
        assert all(issubclass(cls, HeadraceError) for cls in _native.KINDS.values())

    def test_when_a_kind_is_unknown_then_it_is_our_bug(self) -> None:
        """What nobody mapped is NativeError, never lost."""
        from headrace._rust import NativeFailure  # noqa: PLC0415, TID251  to raise one

        failure = NativeFailure("new_kind", "what", {"path": "f", "line": 3})

        with pytest.raises(NativeError, match="what") as caught, _native.translated():
            raise failure

        assert caught.value.where == {"file": "f", "line": 3}

    def test_when_the_core_panics_then_it_is_our_bug(self) -> None:
        """A panic is NativeError that asks for a report."""
        panic = PanicException("index 5")

        with pytest.raises(NativeError, match=r"panicked: index 5.*report"), _native.translated():
            raise panic

    def test_when_something_else_is_raised_then_it_passes(self) -> None:
        """Interrupts stay Python's own."""
        with pytest.raises(KeyboardInterrupt), _native.translated():
            raise KeyboardInterrupt


class TestGivenFailures:
    def test_when_bytes_do_not_parse_then_the_error_has_its_place(self, tmp_path: Path) -> None:
        """A translated failure carries file, line, byte offset, field and rule, and its cause."""
        path = a_file(tmp_path, '\n\na,"\xff,b"x\n')

        with pytest.raises(DecodeError) as caught, _native.translated():
            _native.CsvScanner(str(path), _native.CsvOptions())

        assert caught.value.where == {
            "file": str(path),
            "line": 3,
            "byte_offset": 2,
            "rule": "quote",
        }
        assert type(caught.value.__cause__).__name__ == "NativeFailure"

    def test_when_a_file_is_missing_then_the_error_names_it(self, tmp_path: Path) -> None:
        """Kind and path cross the border."""
        path = tmp_path / "missing"

        with pytest.raises(SourceNotFoundError) as caught, _native.translated():
            _native.infer_csv([str(path)], _native.CsvOptions())

        assert caught.value.where == {"file": str(path)}

    def test_when_an_option_is_wrong_then_the_problem_has_its_key(self) -> None:
        """A config failure becomes a problem with field and rule as its path."""
        with pytest.raises(ConfigError) as caught, _native.translated():
            _native.Validator([("s", "string", {"pattern": "("})], unique_bytes=1)

        assert [problem.path for problem in caught.value.problems] == ["s.pattern"]

    def test_when_a_file_cannot_be_made_then_the_error_names_it(self, tmp_path: Path) -> None:
        """Writing fails as WriteError."""
        path = tmp_path / "none" / "a.parquet"

        with pytest.raises(WriteError) as caught, _native.translated():
            _native.ParquetFile(str(path), N.native())

        assert caught.value.where["file"] == str(path)


class Broken:
    """Arrow data of a producer that lies."""

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Capsules of another kind."""
        del requested_schema
        capsule = N.__arrow_c_schema__()
        return capsule, capsule


class TestGivenNonsense:
    @pytest.mark.parametrize(
        ("call", "error"),
        [
            (lambda: Schema((Field("n", "nonsense"),)).native(), ConfigError),
            (lambda: Batch([{"n": 1}], schema=Schema((Field("n", "x"),))).arrow(), ConfigError),
            (lambda: Batch([{"n": 1}, {"n": "x"}]).arrow(), ContractError),
            (lambda: Batch([{"n": object()}]).arrow(), ContractError),
            (lambda: Batch([5]).arrow(), PluginError),  # type: ignore[list-item]
            (lambda: Batch([{5: 1}]).arrow(), PluginError),  # type: ignore[dict-item]
            (lambda: pa.record_batch(Batch([{"n": "x"}], schema=N)), PluginError),
            (lambda: list(the_batch(pa.record_batch({"n": [dt.timedelta(1)]}))), ContractError),
            (lambda: SchemaValidator(a_rule(pattern="x")), ConfigError),
            (lambda: SchemaValidator(a_rule(nonsense=1)), ConfigError),
            (lambda: SchemaValidator(a_rule(minimum="x")), ConfigError),
            (lambda: SchemaValidator(N).validate_batch([5]), PluginError),
            (lambda: batches_of(Broken(), stream="", plugin="p"), (PluginError, ValueError)),
        ],
    )
    def test_when_a_public_call_gets_it_then_the_error_is_of_the_tree(
        self, call: Callable[[], object], error: type[HeadraceError]
    ) -> None:
        """The core's own exception never reaches a caller."""
        with pytest.raises(error):
            call()


def the_batch(arrow: object) -> Batch:
    """The one batch that Arrow data make."""
    (batch,) = batches_of(arrow, stream="", plugin="p")
    return batch


def a_rule(**options: Any) -> Contract:  # noqa: ANN401  any option
    """A contract of one column with these options, right or wrong."""
    return Contract(schema=N, rules={"n": options})


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


class TestGivenTheEnginesSource:
    def test_when_it_calls_the_core_then_only_through_the_door(self) -> None:
        """Nobody but `_native` imports the extension."""
        importing = [
            path.relative_to(ENGINE).as_posix()
            for path in ENGINE.rglob("*.py")
            if re.search(
                r"^\s*(from|import) headrace(\._rust| import .*_rust)",
                path.read_text(),
                re.MULTILINE,
            )
        ]

        assert importing == ["_native.py"]

    def test_when_it_makes_native_objects_then_failures_are_translated(self) -> None:
        """Every function that calls into the core holds `translated()`."""
        made = {
            "CsvOptions",
            "CsvReader",
            "CsvScanner",
            "ParquetFile",
            "Schema",
            "Validator",
            "RecordBatch",
        }
        made |= {"infer_csv", "infer_rows", "batch_from_text"}
        bare = []
        for path in ENGINE.rglob("*.py"):
            for function in ast.walk(ast.parse(_text(path))):
                if isinstance(function, ast.FunctionDef):
                    calls = {
                        ast.unparse(node.func)
                        for node in ast.walk(function)
                        if isinstance(node, ast.Call)
                    }
                    native = {f"_native.{name}" for name in made} & calls
                    if native and "translated" not in calls:
                        bare.append(f"{path.name}: {function.name}: {sorted(native)}")

        assert bare == []
