"""What a commit is made of; who carries it out is the loop, where is the target.

- `durable`: files that are there whole, or not.
- `files`: what a writer says of a file.
- `intent`: what a run is about to make visible, journalled first.
- `lock`: who may commit.
- `manifest`: what of a target is visible, and the fence of each job.
"""

from headrace.commit.durable import read_json, sync_dir, write_json
from headrace.commit.files import FileMetadata
from headrace.commit.intent import Intent
from headrace.commit.lock import FileLock
from headrace.commit.manifest import Checkpoint, Manifest

__all__ = [
    "Checkpoint",
    "FileLock",
    "FileMetadata",
    "Intent",
    "Manifest",
    "read_json",
    "sync_dir",
    "write_json",
]
