"""An HTTP API of the project's own over a data set: paged, limited, faulty on request."""

import json
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

from headrace_harness.catalog import DataSet
from headrace_harness.data.cache import Prepared
from headrace_harness.errors import ServiceError
from headrace_harness.services.recording import record

PAGE_RECORDS: Final = 2000
"""Of a page that a benchmark asks for."""

_TIED = Path(__file__).with_name("tied.py")


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
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Of the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of its process."""
        if self._process is None:
            message = "the API server has not started"
            raise ServiceError(message)
        return self._process.pid

    def start(self) -> None:
        """As `Service`."""
        self._folder = Path(tempfile.mkdtemp(prefix="headrace-api-"))
        settings = {"folder": str(self._folder), "auth": self.auth, **self._settings}
        tied = [sys.executable, "-I", "-S", str(_TIED), str(int(signal.SIGKILL)), "-"]
        self._process = subprocess.Popen(  # noqa: S603 - its own server
            [*tied, sys.executable, "-m", "headrace_harness.services.apiserver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            message = "the API server has no pipes"
            raise ServiceError(message)
        with self._process.stdin as told:
            told.write(json.dumps(settings) + "\n")
        said = self._process.stdout.readline()
        if not said:
            message = f"the API server does not start: exit code {self._process.wait()}"
            raise ServiceError(message)
        self.port = json.loads(said)["port"]

    def stop(self) -> None:
        """As `Service`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

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
