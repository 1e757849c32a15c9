"""What a run is about to make visible; journalled durably before anything becomes so."""

from typing import Any, Final

import msgspec

from headrace.commit.files import FileMetadata

VERSION: Final = 3
"""2: intents of several streams, which an older headrace would settle one by one. 3: uploads."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose parts are on a server, to be completed by the commit.

    Attributes:
        id: The server's name for the upload.
        parts: What it called each part, in order.
    """

    id: str
    parts: tuple[str, ...]


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """The journal's record of a commit.

    Attributes:
        run_id: The run.
        job: Its job's name.
        mode: `append` or `replace`.
        files: Data files, paths relative to the target; those with `atomic` false are absolute.
        quarantine_files: Quarantined rows, likewise.
        replaces: Visible runs that this one takes away.
        previous: The job's checkpoint that this commit follows; None for the first.
        state: The job's cursors after this commit; None where the job keeps no state.
        state_path: Where that state is kept.
        streams: Where each stream of this commit lands, by name, where it is one of several:
            their intents share their fate.
        uploads: What must be completed, by the path of the file.
        number: Of the job's commits, this one included.
        fate: Who may still decide what becomes of it, where runs can meet: nobody has decided yet
            where empty, the run that gave it up where `abandoned`, else whom recovery adopted it
            for.
        schema_version: Of this record.
    """

    run_id: str
    job: str
    mode: str
    files: tuple[FileMetadata, ...]
    quarantine_files: tuple[FileMetadata, ...]
    replaces: tuple[str, ...]
    previous: str | None
    state: dict[str, Any] | None
    state_path: str | None
    streams: dict[str, str] = {}
    uploads: dict[str, Upload] = {}
    number: int = 0
    fate: str = ""
    schema_version: int = VERSION
