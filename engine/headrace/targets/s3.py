"""A bucket of S3, MinIO or another store of that kind as a target.

```
<prefix>/<run>/…              complete and under a name of its own: visible in the manifest
<prefix>/_quarantine/<run>/…  quarantined rows, by the same commit
<prefix>/_headrace/           manifest, owner, journal, uploads that are open
```
"""

from typing import Any, Final, Literal, NoReturn

import msgspec

from headrace.commit import Checkpoint, Intent, Manifest, Staging, encode_json, reached
from headrace.errors import (
    CommitConflictError,
    CommitUnknownError,
    FencedError,
    HeadraceError,
    TargetConnectionError,
    WriteError,
)
from headrace.job import BucketKeys, BucketName, KeyPrefix
from headrace.stores.bucket import Bucket
from headrace.targets.objects.control import Control
from headrace.targets.objects.owner import Owner
from headrace.targets.objects.staged import StagedUploads

ATTEMPTS: Final = 3
"""At a PUT whose answer was lost."""


class S3Config(BucketKeys, frozen=True, kw_only=True):
    """The keys of `target: {type: s3}`, and of `minio`, which is the same.

    Attributes:
        bucket: Its name; it must be there.
        prefix: Below which everything is; the whole bucket where empty.
        mode: What of the data that are there.
        concurrent_run: What where another run is at work.
        conditional_put: Whether the server keeps two runs from overwriting each other's manifest;
            false accepts one that does not.
    """

    bucket: BucketName
    prefix: KeyPrefix = ""
    mode: Literal["append", "replace", "fail"] = "append"
    concurrent_run: Literal["fail", "wait"] = "fail"
    conditional_put: bool = True


class S3Target:
    """Makes a run's files visible by one conditional PUT of the manifest.

    Args:
        config: Where, and what of the data that are there.
    """

    Config = S3Config

    def __init__(self, config: S3Config) -> None:
        self.mode = config.mode
        self._waits = config.concurrent_run == "wait"
        self._conditional = config.conditional_put
        self._store = Bucket(
            config.bucket, config.prefix, config, is_conditional=config.conditional_put
        )
        self._control = Control(self._store)
        self._owner = Owner(self._store, self._control.owner_key)
        self._manifest = Manifest()
        self._etag: str | None = None
        place = f"{self._store.endpoint or ''} {self._store.url('')}"
        self._staged = StagedUploads(self._store, self._control, place=place)

    @property
    def notes(self) -> list[str]:
        """What the run's report says of it."""
        found = []
        if not self._conditional:
            found.append("conditional_put is false: nothing but the lease keeps two runs apart")
        return [*found, *self._staged.notes()]

    @staticmethod
    def place(config: S3Config) -> str:
        """Endpoint, bucket and prefix, by which streams and runs know that it is the same."""
        return f"{config.endpoint or ''}/{config.bucket}/{config.prefix}".rstrip("/")

    @staticmethod
    def visible(config: S3Config) -> list[str]:
        """The visible files by URL, in the order of the commits.

        Raises:
            StateError: The manifest is corrupt or of a newer version.
            WriterError: The bucket cannot be reached.
        """
        store = Bucket(config.bucket, config.prefix, config)
        manifest, _ = Control(store).manifest()
        return [store.url(file.path) if file.atomic else file.path for file in manifest.files]

    def check(self) -> str:
        """Say whether the bucket can be reached with these keys, without writing to it.

        Raises:
            WriterError: It cannot.
        """
        self._control.manifest()
        return f"{self._store.url('')} can be reached; whether it can be written shows only a run"

    def acquire(self, run_id: str) -> None:
        """Own the target until `release`; nobody else commits to it meanwhile.

        Raises:
            FencedError: Another run owns it, and the job does not wait.
            WriterError: The bucket cannot be reached or written, or its server ignores conditions.
            StateError: The manifest is corrupt.
        """
        if self._conditional and not self._control.honours_conditions():
            message = (
                "the server ignores If-None-Match or If-Match, so that two runs could overwrite "
                "each other's manifest; see to it that there is only one, and set "
                "conditional_put: false"
            )
            raise WriteError(message, file=self._store.url(""))
        self._owner.take(run_id, wait=self._waits, place=self._store.url(""))
        try:
            self._claim(run_id)
        except BaseException:
            self.release()
            raise

    def _claim(self, run_id: str) -> None:
        """Become the run that may commit next: whoever came before cannot any more."""
        self._manifest, self._etag = self._control.manifest()
        try:
            self._save(msgspec.structs.replace(self._manifest, owner=run_id))
        except CommitUnknownError as error:
            # Nothing of this run is there yet that could be visible.
            if isinstance(error.__cause__, HeadraceError):
                raise error.__cause__ from None
            raise TargetConnectionError(error.message, **error.where) from error

    def release(self) -> None:
        """Let others own the target."""
        self._owner.release()

    def pending(self) -> list[Intent]:
        """The commits that a crash left unfinished.

        Raises:
            StateError: A journal is corrupt.
        """
        return self._control.pending()

    def checkpoint(self, job: str) -> Checkpoint | None:
        """Where a job stands."""
        return self._manifest.checkpoints.get(job)

    def check_replace(self, job: str) -> None:
        """Refuse to take away what another job will never read again.

        Raises:
            WriteError: The mode is `replace`, and a job that keeps state has data here.
        """
        if self.mode == "replace":
            self._manifest.check_replace(job, self._store.url(""))

    def set_state(self, job: str, state: dict[str, Any], *, streams: tuple[str, ...] = ()) -> None:
        """Put other cursors into a job's checkpoint; nothing where it has none.

        Args:
            job: The job's name.
            state: Its cursors.
            streams: The streams that the checkpoint is of, where they are several.

        Raises:
            FencedError: The target has moved on.
            WriterError: The manifest cannot be written; the old one stands.
        """
        changed = self._manifest.with_state(job, state, streams)
        if changed is not self._manifest:
            self._save(changed)

    def replaced_runs(self) -> tuple[str, ...]:
        """The visible runs that a commit in this mode takes away."""
        if self.mode != "replace":
            return ()
        return tuple(entry.run_id for entry in self._manifest.runs)

    def is_committed(self, intent: Intent) -> bool:
        """Whether the commit point of `intent` is passed."""
        return self._manifest.has(intent.run_id)

    def is_staged(self, intent: Intent) -> bool:
        """Whether every file of `intent` is there, whole, to be committed.

        Its uploads are completed: no server tells otherwise whether it still has them.

        Raises:
            WriterError: The store failed.
        """
        return self._staged.are_there(intent)

    def sweep(self) -> list[str]:
        """Remove what dead runs left; their intents must have been settled.

        Returns:
            The runs whose files were removed.
        """
        return self._staged.sweep()

    def begin(self, run_id: str) -> Staging:
        """Make room for a commit's files.

        Raises:
            WriteError: The mode is `fail` and the target holds data.
        """
        if self.mode == "fail" and self._manifest.files:
            message = "the target holds data and its mode is fail"
            raise WriteError(message, file=self._store.url(""))
        return self._staged.begin(run_id, data=run_id)

    def journal(self, intent: Intent) -> None:
        """Record durably what is about to become visible.

        Raises:
            WriterError: It could not be recorded; nothing is visible.
        """
        self._control.journal(intent)

    def publish(self, intent: Intent) -> None:
        """Make the files of `intent` visible; the same intent again is the same commit.

        Raises:
            FencedError: The target has moved on since this run began; nothing is visible.
            WriterError: Nothing is visible.
            CommitUnknownError: Nobody can say whether the manifest was written: run recover.
        """
        if self._control.etag() != self._etag:
            self._overtaken(self._control.manifest()[0], intent.run_id)
        self._staged.complete(intent)
        reached("after_complete")
        if not self._manifest.has(intent.run_id):
            self._save(self._manifest.after(intent), intent.run_id)

    def finish(self, intent: Intent) -> None:
        """Remove what the commit has made obsolete, the journal last."""
        for run_id in intent.replaces:
            for key, _ in self._store.list(f"{run_id}/"):
                self._store.delete(key)
        self._staged.forget(intent.run_id)

    def discard(self, run_id: str) -> None:
        """Remove a run's files that never became visible, and its intent."""
        self._staged.discard(run_id)

    def _save(self, manifest: Manifest, commit_id: str = "") -> None:
        """Replace the manifest that this run knows, and know for certain that it was done.

        An answer that was lost is looked up. Where the manifest is still the old one the same PUT
        is sent again: its condition holds once, so that of two that arrive one counts.
        """
        place = self._store.url(self._control.manifest_key)
        for _ in range(ATTEMPTS):
            try:
                self._etag = self._control.save_manifest(manifest, self._etag)
            except HeadraceError as error:
                found, now = self._looked_up(error)
                if encode_json(found) == encode_json(manifest):
                    self._etag = now
                elif now == self._etag:
                    if isinstance(error, CommitConflictError | TargetConnectionError):
                        continue
                    raise
                else:
                    self._overtaken(found, commit_id)
            self._manifest = manifest
            return
        message = (
            "the server does not say whether it has written the manifest; run `headrace recover`"
        )
        raise CommitUnknownError(message, file=place)

    def _overtaken(self, found: Manifest, commit_id: str) -> NoReturn:
        """Say that the manifest is another run's."""
        place = self._store.url(self._control.manifest_key)
        if commit_id and found.has(commit_id):
            message = (
                "another run has taken the target over, and committed what this one was about to; "
                "run `headrace recover`"
            )
            raise CommitUnknownError(message, file=place)
        message = "another run has taken the target over while this one was at work"
        raise FencedError(message, file=place)

    def _looked_up(self, error: HeadraceError) -> tuple[Manifest, str | None]:
        try:
            return self._control.manifest()
        except HeadraceError:
            message = (
                f"the server may or may not have written the manifest: {error.message}; run "
                "`headrace recover`"
            )
            place = self._store.url(self._control.manifest_key)
            raise CommitUnknownError(message, file=place) from error
