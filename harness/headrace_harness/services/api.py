"""An HTTP API of the project's own over a data set: paged, limited, faulty on request."""

import json
import secrets
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

from headrace_harness.catalog import DataSet
from headrace_harness.data.cache import Prepared
from headrace_harness.errors import ServiceError
from headrace_harness.services.program import Program
from headrace_harness.services.recording import record
from headrace_harness.services.scratch import new_folder

PAGE_RECORDS: Final = 2000
"""Of a page that a benchmark asks for."""


class Api:
    """An API server in a process of its own.

    Args:
        auth: Of `apiserver.Settings`; none given: a bearer token, random.
        records_per_s: Its limit; None for none.
        page_bytes: About the size of a page that a benchmark asks for [bytes]; None for
            `PAGE_RECORDS`.
        settings: Others of `apiserver.Settings`.

    Attributes:
        auth: What a client must bring.
        port: On 127.0.0.1; 0 before the start.
    """

    def __init__(
        self,
        *,
        auth: Mapping[str, Any] | None = None,
        records_per_s: float | None = None,
        page_bytes: int | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        token = {"type": "bearer", "token": secrets.token_urlsafe(24)}
        self.auth = dict(token if auth is None else auth)
        self.port = 0
        self._settings = {"records_per_s": records_per_s, **(settings or {})}
        self._page_bytes = page_bytes
        self._folder: Path | None = None
        self._program = Program("the API server", "headrace_harness.services.apiserver")

    @property
    def url(self) -> str:
        """Of the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._program.pid

    def start(self) -> None:
        """As `Service`."""
        self._folder = new_folder("api")
        settings = {"folder": str(self._folder), "auth": self.auth, **self._settings}
        self.port = self._program.start(settings, self._folder)["port"]

    def stop(self) -> None:
        """As `Service`."""
        self._program.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def log(self) -> str:
        """The end of what it has complained about."""
        return self._program.log()

    def serve(self, dataset: DataSet, prepared: Prepared) -> Mapping[str, Any]:
        """As `Service`: a collection of the data set's name and hash."""
        name = f"{dataset.name}-{prepared.sha256[:12]}"
        target = self._file(name)
        record(dataset, prepared, target, is_plain=True)
        return {
            "url": f"{self.url}/{name}/cursor",
            "records": "$.data",
            "params": {"limit": self._page_records(target.stat().st_size, prepared.rows)},
            "pagination": {"type": "cursor", "param": "after", "path": "$.next"},
            "auth": self.auth,
        }

    def add(self, name: str, records: Iterable[Mapping[str, Any]]) -> str:
        """Serve records as a collection.

        Returns:
            Its URL, to which a style is to be added.
        """
        lines = ",\n".join(json.dumps(item) for item in records)
        self._file(name).write_text(lines, encoding="utf-8")
        return f"{self.url}/{name}"

    def ask_for(self, *faults: Mapping[str, Any]) -> None:
        """Have the pages to come suffer faults, of `apilimits.FAULTS`."""
        body = json.dumps(faults).encode()
        with urlopen(Request(f"{self.url}/_faults", data=body)):  # noqa: S310 - its own server
            pass

    def counts(self) -> dict[str, int]:
        """Requests, pages, records, refusals and faults so far."""
        with urlopen(f"{self.url}/_counts") as answer:  # noqa: S310 - its own server
            found: dict[str, int] = json.load(answer)
        return found

    def _page_records(self, size_bytes: int, rows: int) -> int:
        if self._page_bytes is None:
            return PAGE_RECORDS
        return max(1, self._page_bytes * rows // size_bytes)

    def _file(self, name: str) -> Path:
        if self._folder is None:
            message = "the API server has not started"
            raise ServiceError(message)
        return self._folder / f"{name}.records"


__all__ = ["PAGE_RECORDS", "Api"]
