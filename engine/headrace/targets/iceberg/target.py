"""An Iceberg table as a target.

```
<location>/data/<commit>/…        files, known to nobody before the commit's snapshot
<location>/metadata/…             PyIceberg's and the catalog's
<control>/_headrace/              owner, journal, attempts, uploads that are open
<control>/_quarantine/<commit>/…  quarantined rows
```

`control` is the table's location unless the job says otherwise. PyIceberg is imported once a run
needs it: to check a job costs none of its memory.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from headrace.commit import Checkpoint, Declared, FileLayout, Intent, Staging, reached
from headrace.errors import WriteError
from headrace.plugins import require
from headrace.stores import Store
from headrace.stores.bucket import Bucket
from headrace.targets.iceberg.config import IcebergConfig
from headrace.targets.iceberg.split import SplitStore
from headrace.targets.objects.control import Control
from headrace.targets.objects.owner import Owner
from headrace.targets.objects.staged import StagedUploads

if TYPE_CHECKING:
    from headrace.targets.iceberg.table import IcebergTable


class IcebergTarget:
    """Makes a run's files visible by one snapshot.

    Args:
        config: Which table, and what of the data that are there.
    """

    Config = IcebergConfig

    def __init__(self, config: IcebergConfig) -> None:
        self.mode = config.mode
        self._config = config
        self._waits = config.concurrent_run == "wait"
        self._opened: IcebergTable | None = None
        self._store: Store | None = None
        self._control: Control | None = None
        self._owner: Owner | None = None
        self._staged: StagedUploads | None = None

    @staticmethod
    def place(config: IcebergConfig) -> str:
        """Catalog and table, by which streams and runs know that it is the same."""
        uri = urlsplit(config.catalog.uri.reveal())
        host = uri.netloc.rpartition("@")[2]
        name = "/".join((config.catalog.warehouse or "", config.catalog.name))
        return f"{uri.scheme}://{host}{uri.path}/{name}/{config.table}"

    @classmethod
    def visible(cls, config: IcebergConfig) -> list[str]:
        """The data files of `main` by URL, those of later commits last.

        Raises:
            WriterError: The catalog or the store cannot be reached.
        """
        table = cls(config)._open()  # noqa: SLF001  its own
        try:
            table.refresh()
            return table.files()
        finally:
            table.close()

    @property
    def notes(self) -> list[str]:
        """What the run's report says of it."""
        return self._staged.notes() if self._staged is not None else []

    def check(self) -> str:
        """Say whether the catalog can be reached with these keys, without writing to it.

        Raises:
            WriterError: It cannot.
        """
        table = self._open()
        try:
            is_there = table.refresh()
        finally:
            table.close()
        found = "is there" if is_there else "is not there yet; a run makes it"
        return f"table {self._config.table} {found}"

    def acquire(self, run_id: str) -> None:
        """Own the table until `release`; no other run of headrace commits to it meanwhile.

        Raises:
            FencedError: Another run owns it, and the job does not wait.
            WriterError: Catalog or store cannot be reached or written.
            StateError: A checkpoint is corrupt, or the table was rolled back behind one.
        """
        table = self._open()
        try:
            self._prepare_stores(table)
            owner, control = self._owned()
            before = owner.take(run_id, wait=self._waits, place=self._config.table)
            table.refresh()
            # Whoever did not give it back, or does not know how its commit ended, may still commit.
            if before is not None or control.pending() or table.has_attempts():
                table.take_over(run_id)
            else:
                table.stand()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let others own the table."""
        if self._owner is not None:
            self._owner.release()
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def pending(self) -> list[Intent]:
        """The commits that a crash left unfinished.

        Raises:
            StateError: A journal is corrupt.
        """
        return self._owned()[1].pending()

    def checkpoint(self, job: str) -> Checkpoint | None:
        """Where a job stands."""
        return self._table.checkpoints().get(job)

    def check_replace(self, job: str) -> None:
        """Refuse to take away what another job will never read again.

        Raises:
            WriteError: The mode is `replace`, and a job that keeps state has data here.
        """
        if self.mode != "replace":
            return
        for other, checkpoint in sorted(self._table.checkpoints().items()):
            if other != job and checkpoint.state is not None:
                message = (
                    f"mode replace would take away the data of job {other!r}, which keeps state "
                    "and would not read them again; give each job a table of its own"
                )
                raise WriteError(message, table=self._config.table)

    def set_state(self, job: str, state: dict[str, Any], *, streams: tuple[str, ...] = ()) -> None:
        """Put other cursors into a job's checkpoint; nothing where it has none.

        Args:
            job: The job's name.
            state: Its cursors.
            streams: The streams that the checkpoint is of, where they are several.

        Raises:
            FencedError: The table has moved on.
            WriterError: The catalog cannot be reached or refuses; the old one stands.
        """
        checkpoint = self._table.checkpoints().get(job)
        if checkpoint is not None:
            changed = msgspec.structs.replace(checkpoint, state=state, streams=streams)
            self._table.set_checkpoint(job, changed)

    def replaced_runs(self) -> tuple[str, ...]:
        """Nothing: a snapshot takes files away, and none is removed."""
        return ()

    def is_committed(self, intent: Intent) -> bool:
        """Whether the commit point of `intent` is passed, as far as is known."""
        return self._table.has(intent.run_id)

    def is_staged(self, intent: Intent) -> bool:
        """Whether every file of `intent` is there, whole, to be committed.

        Raises:
            WriterError: The store failed.
        """
        return self._uploads.are_there(intent)

    def sweep(self) -> list[str]:
        """Remove what dead runs left; their intents must have been settled.

        Returns:
            The runs whose files were removed.
        """
        self._table.sweep()
        return self._uploads.sweep()

    def begin(self, run_id: str) -> Staging:
        """Make room for a commit's files.

        Raises:
            WriteError: The mode is `fail` and the table holds data.
        """
        if self.mode == "fail" and self._table.holds_data():
            message = "the table holds data and its mode is fail"
            raise WriteError(message, table=self._config.table)
        return self._uploads.begin(run_id, data=f"{self._table.data_folder}/{run_id}")

    def prepare(self, declared: Declared) -> FileLayout:
        """Make the table, or see that it holds these columns; what its files must be like.

        Raises:
            ConfigError: `partition_by` is not the table's, or does not fit the columns.
            WriteError: The table cannot hold the columns.
            WriterError: The catalog cannot be reached or refuses.
        """
        return self._table.prepare(declared)

    def journal(self, intent: Intent) -> None:
        """Record durably what is about to become visible.

        Raises:
            PluginError: The files are not parted as the table is.
            WriterError: It could not be recorded; nothing is visible.
        """
        self._table.check_intent(intent)
        self._owned()[1].journal(intent)

    def publish(self, intent: Intent) -> None:
        """Make the files of `intent` visible; the same intent again is the same commit.

        Raises:
            FencedError: Another run has taken the table; nothing is visible.
            CommitConflictError: Others were faster, again and again; nothing is visible.
            CommitUnknownError: Nobody can say whether the snapshot was made: run recover.
            WriterError: Nothing is visible.
        """
        self._table.check_owned(intent)
        self._uploads.complete(intent)
        reached("after_complete")
        if self._store is not None:
            self._table.commit(intent, self._store)

    def finish(self, intent: Intent) -> None:
        """Remove what the commit has made obsolete, the journal last."""
        self._table.settle(intent.run_id)
        self._uploads.forget(intent.run_id)

    def discard(self, run_id: str) -> None:
        """Remove a run's files that never became visible, and its intent."""
        self._uploads.discard(run_id)
        self._table.settle(run_id)

    def _open(self) -> "IcebergTable":
        for module in ("pyiceberg", "pyiceberg.manifest"):
            require(module, extra="iceberg", needed_by="target iceberg")
        from headrace.targets.iceberg.table import IcebergTable  # noqa: PLC0415  45 MB and more

        self._opened = IcebergTable(self._config, open_bucket=self._bucket)
        return self._opened

    def _bucket(self, bucket: str, prefix: str) -> Bucket:
        return Bucket(bucket, prefix, self._config)

    def _prepare_stores(self, table: "IcebergTable") -> None:
        table.refresh()
        data, control = table.stores()
        self._store = data if control is None else SplitStore(data, control)
        self._control = Control(self._store)
        table.record(self._store)
        self._owner = Owner(self._store, self._control.owner_key)
        self._staged = StagedUploads(self._store, self._control, place=self.place(self._config))

    @property
    def _table(self) -> "IcebergTable":
        if self._opened is None:
            message = "the table is not acquired"
            raise RuntimeError(message)
        return self._opened

    def _owned(self) -> tuple[Owner, Control]:
        if self._owner is None or self._control is None:
            message = "the table is not acquired"
            raise RuntimeError(message)
        return self._owner, self._control

    @property
    def _uploads(self) -> StagedUploads:
        if self._staged is None:
            message = "the table is not acquired"
            raise RuntimeError(message)
        return self._staged


__all__ = ["IcebergConfig", "IcebergTarget"]
