"""Locations of files, such as `s3://bucket/key`, as a store and a key in it."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from headrace.errors import WriteError
from headrace.stores import Store
from headrace.stores.localstore import LocalStore

BUCKET_SCHEMES = ("s3", "s3a", "s3n")


class Places:
    """The stores of one job's table.

    Args:
        open_bucket: Opens a bucket below a prefix.
    """

    def __init__(self, open_bucket: Callable[[str, str], Store]) -> None:
        self._open_bucket = open_bucket
        self._roots: dict[str, Store] = {}

    def at(self, location: str) -> Store:
        """The store whose keys begin at a location.

        Raises:
            WriteError: headrace does not write to such a place.
        """
        root = location.rstrip("/")
        if root not in self._roots:
            self._roots[root] = self._opened(root)
        return self._roots[root]

    def of(self, location: str) -> tuple[Store, str]:
        """The store of a file and its key, in a root that is open where one holds it."""
        for root in sorted(self._roots, key=len):
            if location.startswith(f"{root}/"):
                return self._roots[root], location.removeprefix(f"{root}/")
        folder, _, name = location.rpartition("/")
        return self.at(folder), name

    def _opened(self, root: str) -> Store:
        url = urlsplit(root)
        if url.scheme in BUCKET_SCHEMES:
            return self._open_bucket(url.netloc, url.path.strip("/"))
        if url.scheme in ("", "file"):
            return LocalStore(Path(root.removeprefix("file://")))
        message = f"{url.scheme}:// is no place that headrace writes to: s3:// or file://"
        raise WriteError(message, file=root)
