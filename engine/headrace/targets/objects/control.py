"""What a target keeps beside its data, as objects: manifest, journal, uploads that are open.

```
_headrace/manifest.json                 what is visible, and who may commit next
_headrace/owner.json                    who is at work
_headrace/probe.json                    by which the server's conditions are tried
_headrace/journal/<commit>.json         what a commit is about to make visible
_headrace/uploads/<commit>/<id>.json    a file that is being uploaded: before its first byte
_headrace/uploads/<commit>/<id>.unheard.json    one of whose upload no answer came
```
"""

import uuid
from collections.abc import Iterator
from typing import Final

import msgspec

from headrace.commit import Intent, Manifest, decode_json, encode_json
from headrace.commit import intent as intents
from headrace.commit import manifest as manifests
from headrace.errors import CommitConflictError, TargetConnectionError
from headrace.stores import Store

FOLDER: Final = "_headrace"
VERSION: Final = 1
_UNHEARD: Final = ".unheard.json"


class UploadRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is being uploaded.

    Attributes:
        key: Where it will be.
        id: The server's name for the upload; None until it said it.
        schema_version: Of this record.
    """

    key: str
    id: str | None = None
    schema_version: int = VERSION


class Control:
    """The objects beside a target's data.

    Args:
        store: Where they are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._journalled: dict[str, tuple[Intent, str]] = {}
        self.owner_key = f"{FOLDER}/owner.json"
        self.manifest_key = f"{FOLDER}/manifest.json"

    def manifest(self) -> tuple[Manifest, str | None]:
        """The manifest and its etag; an empty one and None where there is none.

        Raises:
            StateError: It is corrupt or of a newer version.
        """
        found = self._store.get(self.manifest_key)
        if found is None:
            return Manifest(), None
        place = self._store.url(self.manifest_key)
        return decode_json(found[0], Manifest, version=manifests.VERSION, place=place), found[1]

    def etag(self) -> str | None:
        """The manifest's etag; None where there is none."""
        found = self._store.head(self.manifest_key)
        return found[1] if found is not None else None

    def save_manifest(self, manifest: Manifest, etag: str | None) -> str:
        """Replace the manifest of `etag`; the new one's etag.

        Args:
            manifest: The new one.
            etag: Of the one that it replaces; None where there is none.

        Raises:
            CommitConflictError: There is another one.
        """
        data = encode_json(manifest)
        return self._store.put(self.manifest_key, data, if_absent=etag is None, if_match=etag)

    def honours_conditions(self) -> bool:
        """Whether the server refuses to replace an object by a condition that does not hold."""
        # Always the same object, and never removed: a process that dies here leaves no other.
        key = f"{FOLDER}/probe.json"
        self._store.put(key, b"{}")
        for condition in ({"if_absent": True}, {"if_match": '"0"'}):
            try:
                self._store.put(key, b"{}", **condition)
            except CommitConflictError:
                continue
            return False
        return True

    def journal(self, intent: Intent) -> None:
        """Record an intent."""
        etag = self._store.put(_intent_key(intent.run_id), encode_json(intent))
        self._journalled[intent.run_id] = (intent, etag)

    def decide(self, commit_id: str, fate: str) -> bool:
        """Decide what becomes of a commit, where nobody else has meanwhile.

        Whoever commits what it found in the journal, and whoever gives up what it wrote there,
        decides first: files are never removed under a commit, however two runs meet.

        Args:
            commit_id: Of an intent that was journalled or found here; of any other it is True.
            fate: As of `Intent`.

        Raises:
            WriterError: The store failed.
        """
        if commit_id not in self._journalled:
            return True
        intent, etag = self._journalled[commit_id]
        decided = msgspec.structs.replace(intent, fate=fate)
        key = _intent_key(commit_id)
        try:
            etag = self._store.put(key, encode_json(decided), if_match=etag)
        except CommitConflictError:
            found = self._store.get(key)  # an answer that was lost looks like somebody else's
            if found is None or found[0] != encode_json(decided):
                return False
            etag = found[1]
        self._journalled[commit_id] = (decided, etag)
        return True

    def pending(self) -> list[Intent]:
        """The intents whose commits nobody has ended.

        Raises:
            StateError: One is corrupt or of a newer version.
        """
        found = [self._intent(key) for key, _ in self._store.list(f"{FOLDER}/journal/")]
        return [intent for intent in found if intent is not None]

    def forget(self, commit_id: str) -> None:
        """Remove what is recorded of a commit, its intent last; its files stay.

        Raises:
            StateError: A record is corrupt or of a newer version.
        """
        for key, _ in self._store.list(_uploads_prefix(commit_id)):
            record = self._upload(key) if key.endswith(_UNHEARD) else None
            if record is not None:
                self._abort_all(record.key)
            self._store.delete(key)
        self._store.delete(_intent_key(commit_id))
        self._journalled.pop(commit_id, None)

    def begin_upload(self, commit_id: str, key: str) -> str:
        """Begin an upload, recorded before its first byte; its id."""
        place = f"{_uploads_prefix(commit_id)}{uuid.uuid4().hex}.json"
        self._store.put(place, encode_json(UploadRecord(key=key)))
        try:
            upload_id = self._store.create_upload(key)
        except TargetConnectionError:
            # Its answer may be lost, and an upload open that nobody would ever find again; or the
            # server, where the request still lies, opens it in a moment.
            unheard = f"{_uploads_prefix(commit_id)}{uuid.uuid4().hex}{_UNHEARD}"
            self._store.put(unheard, encode_json(UploadRecord(key=key)))
            self._abort_all(key)
            upload_id = self._store.create_upload(key)
        self._store.put(place, encode_json(UploadRecord(key=key, id=upload_id)))
        return upload_id

    def uploads(self, commit_id: str) -> Iterator[UploadRecord]:
        """The files that a commit began to upload.

        Raises:
            StateError: A record is corrupt or of a newer version.
        """
        for key, _ in self._store.list(_uploads_prefix(commit_id)):
            record = self._upload(key)
            if record is not None:
                yield record

    def uploading(self) -> list[str]:
        """The commits that have such records."""
        prefix = f"{FOLDER}/uploads/"
        keys = (key.removeprefix(prefix) for key, _ in self._store.list(prefix))
        return sorted({key.partition("/")[0] for key in keys})

    def remove_files(self, commit_id: str) -> None:
        """Abort the uploads of a commit, and remove those of its files that were completed."""
        for record in self.uploads(commit_id):
            ids = self._store.list_uploads(record.key) if record.id is None else [record.id]
            for upload_id in ids:
                self._store.abort_upload(record.key, upload_id)
            self._store.delete(record.key)

    def _upload(self, key: str) -> UploadRecord | None:
        found = self._store.get(key)
        if found is None:
            return None
        place = self._store.url(key)
        return decode_json(found[0], UploadRecord, version=VERSION, place=place)

    def _abort_all(self, key: str) -> None:
        for upload_id in self._store.list_uploads(key):
            self._store.abort_upload(key, upload_id)

    def _intent(self, key: str) -> Intent | None:
        found = self._store.get(key)
        if found is None:
            return None
        intent = self._decoded(key, found[0])
        self._journalled[intent.run_id] = (intent, found[1])
        return intent

    def _decoded(self, key: str, text: bytes) -> Intent:
        return decode_json(text, Intent, version=intents.VERSION, place=self._store.url(key))


def _intent_key(commit_id: str) -> str:
    return f"{FOLDER}/journal/{commit_id}.json"


def _uploads_prefix(commit_id: str) -> str:
    return f"{FOLDER}/uploads/{commit_id}/"
