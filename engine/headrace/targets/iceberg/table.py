"""One table as a job uses it: made, checked, committed to, and asked where its jobs stand."""

import re
import secrets
import uuid
from collections.abc import Callable, Iterable

from pyiceberg.manifest import DataFile
from pyiceberg.table import Table, TableProperties, Transaction
from pyiceberg.typedef import Record

from headrace.commit import Checkpoint, Declared, FileLayout, FileMetadata, Intent
from headrace.errors import (
    CommitConflictError,
    CommitUnknownError,
    ConfigError,
    Problem,
    WriteError,
)
from headrace.stores import Store
from headrace.targets.iceberg import fence
from headrace.targets.iceberg.attempts import Attempts
from headrace.targets.iceberg.catalogs import Catalog
from headrace.targets.iceberg.columns import (
    changed,
    check_format,
    check_partitions,
    new_spec,
    new_table,
    wanted_schema,
)
from headrace.targets.iceberg.config import IcebergConfig
from headrace.targets.iceberg.datafiles import data_file, field_ids
from headrace.targets.iceberg.partitions import record_of, terms_of
from headrace.targets.iceberg.places import Places
from headrace.targets.iceberg.snapshots import (
    Snapshots,
    add_snapshot,
    files_of_partitions,
    live_files,
)


class IcebergTable:
    """A table, or the place of one that is not there yet.

    Args:
        config: What the job says of it.
        open_bucket: Opens a bucket below a prefix.

    Raises:
        WriterError: The catalog cannot be reached, or refuses.
    """

    def __init__(self, config: IcebergConfig, *, open_bucket: Callable[[str, str], Store]) -> None:
        self._config = config
        self._places = Places(open_bucket)
        self._catalog = Catalog(config.catalog, config.table, self._places, retries=config.retries)
        self._snapshots = Snapshots(self._catalog, timeout_s=config.commit_timeout_s)
        self._table: Table | None = None
        self._fence: str | None = None
        self._terms: tuple[str, ...] | None = None
        self._attempts: Attempts | None = None

    def refresh(self) -> bool:
        """Look at the table as it is now; whether it is there."""
        self._table = self._catalog.load()
        return self._table is not None

    def close(self) -> None:
        """Let go of connections."""
        self._catalog.close()

    def stores(self) -> tuple[Store, Store | None]:
        """Where its files are, and where the rest goes if elsewhere."""
        data = self._places.at(self._location)
        control = self._config.control
        return data, self._places.at(control) if control is not None else None

    @property
    def _location(self) -> str:
        """Where the table is, or will be.

        Raises:
            ConfigError: Nobody says where.
        """
        if self._table is not None:
            return self._table.location().rstrip("/")
        if self._config.location is not None:
            return _as_url(self._config.location).rstrip("/")
        warehouse = self._config.catalog.warehouse
        if warehouse is None or not ("://" in warehouse or warehouse.startswith("/")):
            message = (
                "is needed for a table that is not there yet: the warehouse is a name, no place"
            )
            raise ConfigError(problems=[Problem(path="target.location", message=message)])
        return "/".join((_as_url(warehouse).rstrip("/"), *self._config.table.split(".")))

    @property
    def data_folder(self) -> str:
        """The folder of data files, within its location.

        Raises:
            WriteError: The table keeps its data elsewhere.
        """
        path = self._table.properties.get(TableProperties.WRITE_DATA_PATH) if self._table else None
        if path is None:
            return "data"
        root = f"{self._location}/"
        if not path.startswith(root):
            message = f"the table keeps its data outside of {root}, by write.data.path"
            raise WriteError(message, table=self._config.table)
        return path.removeprefix(root).rstrip("/")

    def record(self, store: Store) -> None:
        """Keep record of attempts at commits from now on.

        Args:
            store: The table's, and that of what is beside it.
        """
        self._attempts = Attempts(store)

    def settle(self, commit_id: str) -> None:
        """Remove what attempts at a commit have left that did not land."""
        if self._attempts is not None:
            self._attempts.settle(commit_id, self._table)

    def has_attempts(self) -> bool:
        """Whether there are attempts whose outcome nobody has settled."""
        return self._attempts is not None and self._attempts.any()

    def sweep(self) -> None:
        """Remove what attempts of dead runs have left; their intents must have been settled."""
        for commit_id in self._attempts.commits() if self._attempts is not None else ():
            self.settle(commit_id)

    def _attempt(self, commit_id: str) -> uuid.UUID:
        return self._attempts.begin(commit_id) if self._attempts is not None else uuid.uuid4()

    def stand(self) -> None:
        """Take the table's fence for that of this run.

        Raises:
            StateError: A checkpoint is corrupt, or the table was rolled back behind one.
        """
        fence.check_not_rolled_back(self._table)
        self._fence = fence.fence_of(self._table)

    def take_over(self, run_id: str) -> None:
        """Keep whoever was at work from committing, by a snapshot without data.

        Raises:
            StateError: A checkpoint is corrupt, or the table was rolled back behind one.
            CommitError: The catalog did not do it.
        """
        fence.check_not_rolled_back(self._table)
        self._fence = f"{run_id}-{secrets.token_hex(4)}"  # every recovery calls itself `recover`
        if self._table is not None:
            self._table = self._snapshots.commit(self._taken)
            self.settle(self._fence)

    def _taken(self, table: Table) -> Transaction | None:
        if self._fence is None or fence.fence_of(table) == self._fence:
            return None
        properties, summary = {fence.FENCE: self._fence}, {fence.WHY: "takeover"}
        return self._moved(table, self._fence, properties, summary)

    def checkpoints(self) -> dict[str, Checkpoint]:
        """Where each job stands."""
        return fence.checkpoints_of(self._table)

    def set_checkpoint(self, job: str, checkpoint: Checkpoint) -> None:
        """Put another checkpoint in the place of a job's, by a snapshot without data.

        Raises:
            FencedError: Another run has taken the table, or the job has committed.
            CommitError: The catalog did not do it.
        """

        def build(table: Table) -> Transaction | None:
            fence.check_fence(table, self._fence)
            found = fence.checkpoints_of(table).get(job)
            if found == checkpoint:
                return None
            properties = fence.checkpoint_property(job, checkpoint)
            summary = {fence.JOB: job, fence.WHY: "state"}
            return self._moved(table, checkpoint.id, properties, summary)

        self._table = self._snapshots.commit(build)
        self.settle(checkpoint.id)

    def has(self, commit_id: str) -> bool:
        """Whether a commit is in the table."""
        return fence.has_landed(self._table, commit_id)

    def files(self) -> list[str]:
        """The data files of `main` by URL, those of later commits last."""
        found = [file.file_path for file in live_files(self._table)] if self._table else []
        return found[::-1]

    def holds_data(self) -> bool:
        """Whether the table has data files."""
        return self._table is not None and any(True for _ in live_files(self._table))

    def prepare(self, declared: Declared) -> FileLayout:
        """Make the table, or see that it holds these columns; what its files must be like.

        Raises:
            ConfigError: `partition_by` is not the table's, or does not fit the columns.
            WriteError: The table cannot hold the columns.
            WriterError: The catalog cannot be reached or refuses.
        """
        wanted = wanted_schema(declared, self._config.table)
        if self._table is None:
            schema, properties = new_table(wanted, self._config)
            if self._fence is not None:
                properties[fence.FENCE] = self._fence
            self._table = self._catalog.create(
                schema,
                spec=new_spec(schema, self._config),
                location=self._location,
                properties=properties,
            )
            # Somebody may have made it meanwhile: the run from which this one took the place.
            self._table = self._snapshots.commit(self._taken)
        check_format(self._table)
        check_partitions(self._table, self._config)

        def build(table: Table) -> Transaction | None:
            fence.check_fence(table, self._fence)
            return changed(table, wanted, declared)

        self._table = self._snapshots.commit(build)
        schema = self._table.schema()
        self._terms = terms_of(self._table.spec(), schema)
        return FileLayout(field_ids=field_ids(schema), partition_spec=self._terms)

    def check_intent(self, intent: Intent) -> None:
        """Refuse what cannot be committed, while nothing is visible.

        Raises:
            PluginError: A file is not parted as the table is.
            WriteError: There is a state, and no table to keep its checkpoint in.
        """
        if self._table is None and (intent.state is not None or intent.files):
            message = (
                "there is no table to keep the state's checkpoint in, and no columns to make one "
                "of: declare them in a contract"
            )
            raise WriteError(message, table=self._config.table)
        for file in intent.files:
            if self._table is not None:
                record_of(file, self._table.spec(), self._table.schema())

    def commit(self, intent: Intent, store: Store) -> None:
        """Make the files of `intent` visible, once.

        Raises:
            FencedError: Another run has taken the table, or its job has committed.
            CommitError: The catalog did not do it, or nobody can say.
            WriterError: A file is gone; or the table cannot be changed.
        """
        if self._table is None:
            return  # no rows, and no columns to make a table of
        files: list[DataFile] = []

        def build(table: Table) -> Transaction | None:
            if self._is_done(table, intent):
                return None
            self._check_spec(table)
            if not files or files[0].spec_id != table.spec().spec_id:
                files[:] = [self._data_file(file, table, store) for file in intent.files]
            return self._committing(table, intent, files)

        self._table = self._snapshots.commit(build)

    def check_owned(self, intent: Intent) -> None:
        """Refuse a commit whose files another run may have removed.

        Raises:
            FencedError: Another run has taken the table, or its job has committed.
            CommitUnknownError: Another run has committed what this one was about to.
            WriterError: The catalog cannot be reached or refuses.
        """
        if self._table is not None and self.refresh():
            self._is_done(self._table, intent)

    def _is_done(self, table: Table, intent: Intent) -> bool:
        """Whether a commit is in the table; if not, that it may come to be."""
        is_ours = fence.fence_of(table) == self._fence
        if fence.has_landed(table, intent.run_id):
            if is_ours:
                return True
            message = (
                "another run has taken the table over, and committed what this one was about to; "
                "run `headrace recover`"
            )
            raise CommitUnknownError(message, table=self._config.table)
        fence.check_fence(table, self._fence)
        fence.check_previous(table, intent)
        return False

    def _check_spec(self, table: Table) -> None:
        """Refuse files that were parted by what is no longer the table's spec.

        Raises:
            CommitConflictError: Somebody has changed it since the files were begun.
        """
        if self._terms is None or self._terms == terms_of(table.spec(), table.schema()):
            return
        message = "somebody has changed the table's partition spec while this run wrote; run again"
        raise CommitConflictError(message, table=self._config.table)

    def _data_file(self, file: FileMetadata, table: Table, store: Store) -> DataFile:
        if file.atomic:
            return data_file(file, table, store=store, key=file.path)
        elsewhere, key = self._places.of(_as_url(file.path))
        return data_file(file, table, store=elsewhere, key=key)

    def _committing(self, table: Table, intent: Intent, files: list[DataFile]) -> Transaction:
        before = fence.checkpoints_of(table).get(intent.job)
        # A run that keeps no state leaves the cursors where they were.
        state = before.state if intent.state is None and before else intent.state
        checkpoint = Checkpoint(
            id=intent.run_id,
            previous=intent.previous,
            state=state,
            streams=tuple(intent.streams),
            number=intent.number,
        )
        transaction = table.transaction()
        transaction.set_properties(fence.checkpoint_property(intent.job, checkpoint))
        replaced: Iterable[DataFile] = ()
        if intent.mode == "replace" or (
            intent.mode == "overwrite" and table.spec().is_unpartitioned()
        ):
            replaced = live_files(table)
        elif intent.mode == "overwrite":
            partitions: set[Record] = {file.partition for file in files}
            replaced = files_of_partitions(table, partitions)
        summary = {
            fence.COMMIT: intent.run_id,
            fence.JOB: intent.job,
            fence.PREVIOUS: intent.previous or "",
            fence.RUN: _run_of(intent.run_id),
            fence.ROWS: str(sum(file.rows for file in intent.files)),
        }
        attempt = self._attempt(intent.run_id)
        add_snapshot(transaction, attempt=attempt, summary=summary, files=files, replaced=replaced)
        return transaction

    def _moved(
        self, table: Table, name: str, properties: dict[str, str], summary: dict[str, str]
    ) -> Transaction:
        """Properties that are set together with a snapshot without data."""
        transaction = table.transaction()
        transaction.set_properties(properties)
        add_snapshot(transaction, attempt=self._attempt(name), summary=summary)
        return transaction


def _as_url(place: str) -> str:
    return place if "://" in place else f"file://{place}"


def _run_of(commit_id: str) -> str:
    """The run of a commit: those in mid-run have a number behind the run's id."""
    return re.sub(r"-\d{6}$", "", commit_id)
