"""What a commit is made of; who carries it out is the loop, where is the target.

- `directory`: a private folder that takes a commit's files.
- `durable`: files that are there whole, or not.
- `files`: what a writer says of a file.
- `intent`: what a run is about to make visible, journalled first.
- `layout`: what a target wants of files before they are written.
- `lock`: who may commit.
- `manifest`: what of a target is visible, and the fence of each job.
- `output`, `staging`: where a commit's files go before they are visible.
- `points`: where tests stop a run.
- `sinkfile`: a sink of the extension as a file that Python writes to.
- `waits`: waiting that a signal ends which is held off.
"""

from headrace.commit.directory import StagedDirectory
from headrace.commit.durable import decode_json, encode_json, read_json, sync_dir, write_json
from headrace.commit.files import FileMetadata
from headrace.commit.intent import Intent, Upload
from headrace.commit.layout import Declared, FileLayout
from headrace.commit.lock import FileLock
from headrace.commit.manifest import Checkpoint, Manifest
from headrace.commit.output import FalseClaimError, Output
from headrace.commit.points import reached
from headrace.commit.staging import Staging
from headrace.commit.waits import hurry, take_time, wait

__all__ = [
    "Checkpoint",
    "Declared",
    "FalseClaimError",
    "FileLayout",
    "FileLock",
    "FileMetadata",
    "Intent",
    "Manifest",
    "Output",
    "StagedDirectory",
    "Staging",
    "Upload",
    "decode_json",
    "encode_json",
    "hurry",
    "reached",
    "read_json",
    "sync_dir",
    "take_time",
    "wait",
    "write_json",
]
