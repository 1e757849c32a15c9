"""Where one stream of a run lands: its target, its private directories, its counts and verdicts."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from headrace.batch import Batch, RowError
from headrace.commit import Declared, FileLayout, FileMetadata, Intent, Output, Staging
from headrace.contract import SchemaValidator
from headrace.contract.quality import QualityResult
from headrace.errors import PluginError
from headrace.loop.quarantine import Quarantine
from headrace.loop.report import RowCounts
from headrace.loop.streams import ResolvedStream
from headrace.schema import Schema

if TYPE_CHECKING:
    from headrace.loop.run import Run


class Outlet:
    """One stream's part of a run.

    Args:
        run: The execution.
        stream: The stream.
        target: Its target.
        rows: Its counts.
    """

    def __init__(
        self,
        run: "Run",
        stream: ResolvedStream,
        target: Any,  # noqa: ANN401  any target
        rows: RowCounts,
    ) -> None:
        self._run = run
        self.stream = stream
        self.name = stream.name
        self.target = target
        self.rows = rows
        self.committed = RowCounts()
        self.staging: Staging | None = None
        self.quarantine: Quarantine | None = None
        self.validators: list[SchemaValidator] = []
        self.chain = stream.create_chain(run.job.document)

    def begin(self) -> None:
        """Make room for the files of the next commit.

        Raises:
            WriteError: It cannot be made; or mode is `fail` and the target holds data.
        """
        self.staging = self.target.begin(self._run.commit_id)
        self.quarantine = None

    @property
    def data(self) -> Output:
        """Where the files of the next commit go.

        Raises:
            RuntimeError: It was not begun.
        """
        if self.staging is None:
            message = "there is no room for files before begin"
            raise RuntimeError(message)
        return self.staging.data

    @property
    def schema(self) -> Schema | None:
        """The columns that are declared, as `ResolvedStream.written_schema`."""
        declared = partial(self._run.declared_schema, self.name)
        return self.stream.written_schema(declared, self.chain)

    def layout(self, schema: Schema) -> FileLayout:
        """What files of these columns must be like for the target.

        Raises:
            HeadraceError: The target does not take such columns.
        """
        prepare = getattr(self.target, "prepare", None)
        if prepare is None:
            return FileLayout(field_ids={})
        contract = self.stream.contract
        keys = contract.keys if contract is not None else ()
        declared = Declared(
            schema=schema,
            drift=self._run.job.drift,
            keys=keys if set(keys) <= set(schema.names) else (),
            docs=contract.docs if contract is not None else {},
        )
        layout: FileLayout = prepare(declared)
        return layout

    def transformed(self, batch: Batch) -> Batch:
        """A batch after the job's steps; as `Chain.apply`."""
        if self.chain is None:
            return batch
        with self._run.stage("transform"):
            batch = self.chain.apply(batch)
        self.rows.filtered = self.chain.filtered
        return batch

    def steps(self) -> list[dict[str, Any]]:
        """Rows that went into each step and came out of it, as the run report has them."""
        counts = self.chain.counts if self.chain is not None else ()
        found = [{"step": c.step, "in": c.rows_in, "out": c.rows_out} for c in counts]
        if not self._run.resolved.has_streams:
            return found
        return [{"stream": self.name, **count} for count in found]

    def create_validator(self) -> SchemaValidator:
        """The stream's validator, whose bad rows go to its quarantine."""
        settings = self._run.job.validation
        validator = SchemaValidator(
            self.stream.contract or self.schema,
            mode=settings.mode,
            max_error_ratio=settings.max_error_ratio,
            unique_bytes=settings.unique_bytes,
            drift=self._run.job.drift,
            stream=self.name,
        )
        self.adopt(validator)
        return validator

    def adopt(self, validator: SchemaValidator) -> None:
        """Take a validator's verdicts as this stream's.

        Raises:
            PluginError: They are another stream's.
        """
        if validator in self.validators:
            return
        if validator in self._run.validators:
            message = "a validator checks one stream: make one for each"
            raise PluginError(message, stream=self.name)
        self.validators.append(validator)
        validator.on_errors = validator.on_errors or self._set_apart

    def _set_apart(self, errors: Sequence[RowError]) -> None:
        if self.quarantine is None and self.staging is not None:
            self.quarantine = Quarantine(self.staging.quarantine)
        if self.quarantine is not None:
            self.quarantine.write(errors)

    def check_verdicts(self) -> None:
        """Refuse to end a run whose data are not what the contract wants of the whole.

        What the quality rules measured is reported either way.

        Raises:
            ContractError: There are more bad rows than `max_error_ratio` allows, or a quality rule
                does not hold.
        """
        for validator in self.validators:
            validator.check_ratio()
            for result in validator.quality():
                self._run.report.quality.append(self._labelled(result.to_dict()))
                if not result.passed:
                    self._run.report.notes.append(self._told(result))
            validator.check_quality()

    def _told(self, result: QualityResult) -> str:
        stream = f"stream {self.name!r}: " if self._run.resolved.has_streams else ""
        column = f"column {result.rule.field!r}: " if result.rule.field else ""
        return f"{result.rule.severity}: {stream}{column}{result.message}"

    def _labelled(self, entry: dict[str, Any]) -> dict[str, Any]:
        """An entry of the run report, with the stream where there are several."""
        return {"stream": self.name, **entry} if self._run.resolved.has_streams else entry

    def count(self, *, written: int) -> None:
        """Settle what became of the rows that were read.

        Args:
            written: Rows that the stream's writer took since the last commit.

        Raises:
            PluginError: Rows are missing between reader and writer.
        """
        rows = self.rows
        rows.written = self.committed.written + written
        rows.quarantined = sum(v.rows_quarantined for v in self.validators)
        rows.warned = sum(v.rows_warned for v in self.validators)
        accounted = rows.written + rows.quarantined + rows.filtered
        if rows.read != accounted:
            message = (
                f"{rows.read} rows were read but {rows.written} written, {rows.quarantined} "
                f"quarantined and {rows.filtered} filtered; nothing is committed"
            )
            raise PluginError(message, stream=self.name)

    def keep(self) -> None:
        """Take the counts as those of rows that are committed."""
        self.committed = replace(self.rows)

    def take_back(self) -> None:
        """Count as discarded what was read and is not committed."""
        rows, kept = self.rows, self.committed
        rows.written, rows.quarantined, rows.warned = kept.written, kept.quarantined, kept.warned
        rows.discarded = rows.read - rows.filtered - rows.written - rows.quarantined

    def intent(self, files: list[FileMetadata], state: dict[str, Any] | None) -> Intent:
        """What a commit of these files is about to make visible.

        Raises:
            WriteError: The quarantine cannot be closed.
        """
        run = self._run
        bad = self.quarantine
        quarantined = [] if bad is None else [self._placed(f, bad.output) for f in bad.close()]
        uploads = dict(self.data.uploads())
        if bad is not None:
            uploads.update(bad.output.uploads())
        return Intent(
            run_id=run.commit_id,
            job=run.job.name,
            mode=self.target.mode,
            files=tuple(self._placed(file, self.data) for file in files),
            quarantine_files=tuple(quarantined),
            replaces=self.target.replaced_runs(),
            previous=run.previous,
            state=state,
            state_path=run.store.place if run.store is not None else None,
            streams=run.targets.places if run.targets.is_group else {},
            uploads=uploads,
            number=run.commits_before + run.commits + 1,
        )

    def _placed(self, file: FileMetadata, output: Output) -> FileMetadata:
        """The file as readers will find it."""
        file = replace(file, stream=file.stream or self.name)
        if not file.atomic:
            return file
        return replace(file, path=output.final_path(file.path))

    def drift(self) -> list[dict[str, Any]]:
        """What of its data was not the contract's, as the run report has it."""
        changes = [c.to_dict() for validator in self.validators for c in validator.changes]
        return [self._labelled(change) for change in changes]


__all__ = ["Outlet"]
