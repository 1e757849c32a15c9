"""MinIO as a process of one's own, where its program is on the machine."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

from headrace_harness.errors import ServiceError
from headrace_harness.images import minioprogram
from headrace_harness.services.process import ServerProcess
from headrace_harness.services.s3 import Access
from headrace_harness.services.scratch import free_port

NO_PROGRAM: Final = "MinIO's program is not here: `headrace images recipe minio` makes it"

START_S: Final = 60.0
"""Until it must have answered [s]; one is usual."""


class Minio:
    """A server of one's own; it can be stopped, killed and started again on the same data.

    Attributes:
        port: Of its S3; the same after a restart.
    """

    def __init__(self) -> None:
        self._access = Access.new()
        self._server = ServerProcess("MinIO")
        self.port = 0

    @staticmethod
    def missing() -> str:
        """What keeps it from being started here; empty where nothing does."""
        return "" if find() else NO_PROGRAM

    @property
    def access(self) -> Access:
        """How it is reached."""
        return replace(self._access, endpoint=f"http://127.0.0.1:{self.port}")

    @property
    def data(self) -> Path:
        """Where it keeps its buckets."""
        return self._server.folder / "data"

    def start(self) -> None:
        """As `Service`; on the data that it had, where it was stopped by `halt` or `kill`.

        Raises:
            ServiceError: It does not start; says what it said.
        """
        program = find()
        if program is None:
            raise ServiceError(NO_PROGRAM)
        is_first = self.port == 0
        for _ in range(3 if is_first else 1):  # another may take a port between choice and use
            self.port = free_port() if is_first else self.port
            if self._try_start(program):
                return
        raise self._server.failure()

    def halt(self) -> None:
        """End it and keep its data and port."""
        self._server.halt()

    def kill(self) -> None:
        """End it by SIGKILL and keep its data and port."""
        self._server.kill()

    def stop(self) -> None:
        """As `Service`."""
        self._server.stop()

    def log(self) -> str:
        """The end of what it has printed."""
        return self._server.log()

    def _try_start(self, program: Path) -> bool:
        access, data = self.access, self.data
        (data / access.bucket).mkdir(parents=True, exist_ok=True)  # a folder is a bucket
        command = [str(program), "server", str(data), "--quiet"]
        command += ["--address", f"127.0.0.1:{self.port}"]
        command += ["--console-address", f"127.0.0.1:{free_port()}"]
        environment = {
            "MINIO_UPDATE": "off",
            "MINIO_ROOT_USER": access.access_key,
            "MINIO_ROOT_PASSWORD": access.secret_key,
        }
        return self._server.run(command, access.is_ready, within_s=START_S, environment=environment)


def find() -> Path | None:
    """The program: of the cache, else of the PATH; None where there is none."""
    built = minioprogram.program()
    if built.exists():
        return built
    found = shutil.which("minio")
    return Path(found) if found else None
