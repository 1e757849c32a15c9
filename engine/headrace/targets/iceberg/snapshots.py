"""The commit: one snapshot with files, summary and checkpoint, once, whatever answers are lost.

Each attempt is built on the table as it is then, after asking whether an earlier one has landed and
whether the fence still stands. Two attempts never land both: each requires `main` to be where it
was when the attempt was built.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pyiceberg.manifest import DataFile, DataFileContent, ManifestContent
from pyiceberg.table import Table, TableProperties, Transaction
from pyiceberg.table.update import AddSnapshotUpdate, TableUpdate
from pyiceberg.table.update.snapshot import _SnapshotProducer
from pyiceberg.typedef import Record
from pyiceberg.utils.properties import property_as_bool

from headrace.commit import reached, wait
from headrace.errors import (
    CommitConflictError,
    CommitUnknownError,
    HeadraceError,
    TargetConnectionError,
    WriteError,
)
from headrace.targets.iceberg.catalogs import Catalog, ConflictError
from headrace.targets.iceberg.patience import pause_s

Build = Callable[[Table], Transaction | None]


class Snapshots:
    """Commits to one table.

    Args:
        catalog: Where it is known.
        timeout_s: How long a commit is tried [s].
    """

    def __init__(self, catalog: Catalog, *, timeout_s: float) -> None:
        self._catalog = catalog
        self._timeout_s = timeout_s

    def commit(self, build: Build) -> Table:
        """Have the catalog apply what `build` wants of the table as it is.

        Args:
            build: The change of a table, or None where nothing is left to be done, which is asked
                anew after each failure; raises where it must not be done any more.

        Returns:
            The table, with the change.

        Raises:
            CommitConflictError: Others were faster, again and again; nothing was applied.
            CommitUnknownError: Nobody can say whether it was applied.
            HeadraceError: What `build` raised, or the catalog refuses; nothing was applied.
        """
        deadline = time.monotonic() + self._timeout_s
        attempts = _Attempts()
        while True:
            with self._unless_open(attempts):
                table = self._load(attempts, deadline)
                if table is not None:
                    transaction = build(table)
                    if transaction is None:
                        return table
                    if attempts.last is not None and time.monotonic() >= deadline:
                        raise attempts.last if attempts.open_at else self._beaten(attempts)
                    reached("before_snapshot")
                    try:
                        done = self._catalog.send(transaction)
                    except ConflictError as error:
                        attempts.last = error
                    except TargetConnectionError as error:
                        attempts.last = error
                        attempts.open_at = table
                    else:
                        reached("after_snapshot")
                        return done
            asked_s = self._catalog.asked_s or 0.0
            if asked_s > deadline - time.monotonic():
                asked_s, deadline = 0.0, 0.0  # no attempt would be left: a last look, and the end
            attempts.number += 1
            if not wait(pause_s(attempts.number) + asked_s):
                deadline = 0.0

    def _load(self, attempts: "_Attempts", deadline: float) -> Table | None:
        """The table as it is; None where it cannot be seen, and is worth another look."""
        try:
            table = self._catalog.load(once=attempts.last is not None)
        except TargetConnectionError as error:
            if attempts.last is None:
                raise
            if time.monotonic() >= deadline:
                if attempts.open_at is not None:
                    raise
                message = f"{error.message}; {attempts.told()}"
                raise TargetConnectionError(message, **error.where) from error
            attempts.last = error
            return None
        if table is None:
            message = "the table is gone: somebody has dropped it"
            raise WriteError(message, table=self._catalog.table)
        attempts.saw(table)
        return table

    @contextmanager
    def _unless_open(self, attempts: "_Attempts") -> Iterator[None]:
        """Turn an error into one that says so, where an attempt may still land.

        Raises:
            CommitUnknownError: One may.
        """
        try:
            yield
        except Exception as error:
            if attempts.open_at is None:
                raise
            message = (
                f"the catalog does not say whether it has committed: {_told(error)}; "
                f"{attempts.told()}; run `headrace recover`"
            )
            raise CommitUnknownError(message, table=self._catalog.table) from error

    def _beaten(self, attempts: "_Attempts") -> HeadraceError:
        text = _told(attempts.last) if attempts.last is not None else ""
        message = (
            f"the table was not committed to in time: {text}; {attempts.told()}; run the job again"
        )
        return CommitConflictError(message, table=self._catalog.table)


class _Attempts:
    """What is known of the attempts at one commit.

    Attributes:
        last: Why the last one failed; None before.
        open_at: The table of one that may still land; None where none can.
        number: How many have failed.
    """

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self.number = 0
        self.last: Exception | None = None
        self.open_at: Table | None = None

    def told(self) -> str:
        """How long it was tried."""
        return f"tried for {time.monotonic() - self._begun:.0f} s"

    def saw(self, table: Table) -> None:
        """Forget an attempt that was built on another `main`: it can land no more."""
        if self.open_at is not None and _main_of(self.open_at) != _main_of(table):
            self.open_at = None


def add_snapshot(
    transaction: Transaction,
    *,
    attempt: uuid.UUID,
    summary: dict[str, str],
    files: Sequence[DataFile] = (),
    replaced: Iterable[DataFile] = (),
) -> None:
    """Add a snapshot to a transaction; one without files moves `main` and changes no data.

    Args:
        transaction: The transaction.
        attempt: What the names of its manifests hold.
        summary: What its summary says beside the counts.
        files: What it adds.
        replaced: What it takes away.
    """
    update = transaction.update_snapshot(snapshot_properties=summary)
    taken = list(replaced)
    merges = property_as_bool(
        transaction.table_metadata.properties,
        TableProperties.MANIFEST_MERGE_ENABLED,
        TableProperties.MANIFEST_MERGE_ENABLED_DEFAULT,
    )
    producer: _SnapshotProducer[Any]
    if taken:
        producer = update.overwrite()
    elif merges:
        producer = update.merge_append()
    else:
        producer = update.fast_append()
    producer.commit_uuid = attempt
    for file in files:
        producer.append_data_file(file)
    for file in taken:
        producer.delete_data_file(file)
    updates, requirements = producer._commit()  # noqa: SLF001  what its `commit` applies
    # Of the table as it was: PyIceberg puts this clock's time into what the transaction changes.
    known = transaction._table.metadata  # noqa: SLF001  likewise
    latest = max(known.last_updated_ms, *(entry.timestamp_ms for entry in known.snapshot_log), 0)
    transaction._apply(  # noqa: SLF001  likewise
        tuple(_not_before(latest, update) for update in updates), requirements
    )


def _not_before(latest_ms: int, update: TableUpdate) -> TableUpdate:
    """A snapshot that is no older than the table: readers refuse a log that goes back in time.

    Clocks go back, and those of two machines differ.
    """
    if not isinstance(update, AddSnapshotUpdate) or update.snapshot.timestamp_ms >= latest_ms:
        return update
    snapshot = update.snapshot.model_copy(update={"timestamp_ms": latest_ms})
    return update.model_copy(update={"snapshot": snapshot})


def live_files(table: Table) -> Iterable[DataFile]:
    """The data files of the table's `main`; manifests are read one by one."""
    snapshot = table.current_snapshot()
    if snapshot is None:
        return
    for manifest in snapshot.manifests(table.io):
        if manifest.content != ManifestContent.DATA:
            continue
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            if entry.data_file.content == DataFileContent.DATA:
                yield entry.data_file


def files_of_partitions(table: Table, partitions: set[Record]) -> Iterable[DataFile]:
    """The data files of some partitions of the table's present spec.

    Raises:
        WriteError: The table holds files of another spec: nobody can say which rows are of them.
    """
    spec_id = table.spec().spec_id
    for file in live_files(table):
        if file.spec_id != spec_id:
            message = (
                "the table holds files of an older partition spec, of which no partition can be "
                "overwritten; rewrite them, or use mode replace or append"
            )
            raise WriteError(message, table=".".join(table.name()), file=file.file_path)
        if file.partition in partitions:
            yield file


def _told(error: Exception) -> str:
    if isinstance(error, HeadraceError):
        return error.message
    return str(error) if isinstance(error, ConflictError) else type(error).__name__


def _main_of(table: Table) -> int | None:
    snapshot = table.current_snapshot()
    return snapshot.snapshot_id if snapshot is not None else None
