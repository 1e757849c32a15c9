"""Attempts at commits, recorded before their metadata are written, so that those can be removed.

```
_headrace/attempts/<commit>/<attempt>   the names of an attempt's metadata files hold its id
```

An attempt whose snapshot is in the table keeps its files; of any other, once its commit is settled,
they are of nobody.
"""

import uuid
from collections.abc import Iterable
from typing import Final

from pyiceberg.table import Table

from headrace.stores import Store

FOLDER: Final = "_headrace/attempts"


class Attempts:
    """The attempts that are recorded beside a table.

    Args:
        store: The table's, and that of what is beside it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, commit_id: str) -> uuid.UUID:
        """Record an attempt; its id."""
        attempt = uuid.uuid4()
        self._store.put(f"{FOLDER}/{commit_id}/{attempt}", b"")
        return attempt

    def commits(self) -> set[str]:
        """The commits that have attempts on record."""
        keys = (key.removeprefix(f"{FOLDER}/") for key, _ in self._store.list(f"{FOLDER}/"))
        return {key.partition("/")[0] for key in keys}

    def settle(self, commit_id: str, table: Table | None) -> None:
        """Remove what the attempts at a commit have left, those in the table apart.

        Args:
            commit_id: None of its attempts may be under way any more.
            table: As it is now; None where there is none.
        """
        records = [key for key, _ in self._store.list(f"{FOLDER}/{commit_id}/")]
        landed = [s.manifest_list for s in table.snapshots()] if table is not None else []
        dead = [key.rpartition("/")[2] for key in records]
        dead = [attempt for attempt in dead if not any(attempt in place for place in landed)]
        if dead and table is not None:
            left = [k for k in self._metadata(table) if any(attempt in k for attempt in dead)]
            # A snapshot that has expired may have been ours: later ones go on with its manifests.
            used = _manifests(table) if left else set()
            for key in left:
                if key.rpartition("/")[2] not in used:
                    self._store.delete(key)
        for key in records:
            self._store.delete(key)

    def any(self) -> bool:
        """Whether attempts are on record: of runs that died, or do not know what came of them."""
        return bool(self._store.list(f"{FOLDER}/"))

    def _metadata(self, table: Table) -> Iterable[str]:
        root = f"{table.location().rstrip('/')}/"
        folder = table.location_provider().metadata_path
        if not folder.startswith(root):
            return []
        return [key for key, _ in self._store.list(f"{folder.removeprefix(root)}/")]


def _manifests(table: Table) -> set[str]:
    """The names of the manifests and lists that the table's snapshots use."""
    names = {snapshot.manifest_list for snapshot in table.snapshots()}
    for snapshot in table.snapshots():
        names |= {manifest.manifest_path for manifest in snapshot.manifests(table.io)}
    return {name.rpartition("/")[2] for name in names}
