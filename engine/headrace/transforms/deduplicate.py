"""`deduplicate`: the first row of each key, exactly or not at all."""

from typing import Annotated, ClassVar

import msgspec

from headrace import _native
from headrace._native import translated
from headrace.job import ByteSize
from headrace.job.model import DEFAULT_UNIQUE_BYTES
from headrace.job.struct import Struct
from headrace.schema import Schema
from headrace.transforms.native import NativeStep


class DeduplicateConfig(Struct, frozen=True, kw_only=True):
    """The columns that make a key, and the memory that all keys may take."""

    keys: Annotated[list[str], msgspec.Meta(min_length=1)]
    bytes: ByteSize = DEFAULT_UNIQUE_BYTES


class Deduplicate(NativeStep[DeduplicateConfig]):
    """Leaves the first row of each key of a run; a null equals a null."""

    Config = DeduplicateConfig
    takes: ClassVar[str] = "`{keys: [column, …], bytes: 16MiB}`"
    meaning: ClassVar[str] = (
        "leaves the first row of each key of the run, where a null equals a null; keys that need "
        "more memory than `bytes` fail the run"
    )
    keeps_columns: ClassVar[bool] = True

    def compile(self, schema: Schema) -> Schema:
        """As `Step.compile`; keys that were seen stay seen."""
        if self._step is None:
            return super().compile(schema)
        with translated():
            self._step.rebind(schema.native())
        return schema

    def make(self, schema: _native.Schema) -> _native.TransformStep:
        """As `NativeStep.make`."""
        return _native.TransformStep.deduplicate(schema, self._config.keys, int(self._config.bytes))
