"""MinIO as a process of one's own, where its program is on the machine."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from headrace_harness.errors import ServiceError
from headrace_harness.paths import cache_dir
from headrace_harness.services.s3 import Access
from headrace_harness.services.scratch import free_port, new_folder, sweep

START_S: Final = 30.0
"""Until it must have answered [s]; one is usual."""

_PREFIX = "headrace-minio-"
_TIED = Path(__file__).with_name("tied.py")


class Minio:
    """A server of one's own; it can be stopped, killed and started again on the same data.

    Attributes:
        port: Of its S3; the same after a restart.
    """

    def __init__(self) -> None:
        self._access = Access.new()
        self.port = 0
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def access(self) -> Access:
        """How it is reached."""
        return replace(self._access, endpoint=f"http://127.0.0.1:{self.port}")

    def start(self) -> None:
        """As `Service`; on the data that it had, where it was stopped by `halt` or `kill`.

        Raises:
            ServiceError: It does not start; says what it said.
        """
        sweep(_PREFIX)
        program = find()
        if program is None:
            message = "no MinIO: build it with `nox -s minio`, or take seaweedfs"
            raise ServiceError(message)
        if self._folder is None:
            self._folder = new_folder(_PREFIX)
        is_first = self.port == 0
        for _ in range(3 if is_first else 1):
            self.port = free_port() if is_first else self.port
            if self._try_start(program, self._folder):
                return
            self.kill()
        log = (self._folder / "log").read_text(errors="replace")
        message = f"MinIO does not start: {' / '.join(log.strip().splitlines()[-3:])}"
        raise ServiceError(message)

    def halt(self) -> None:
        """End it and keep its data and port."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it by SIGKILL and keep its data and port."""
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

    def _try_start(self, program: Path, folder: Path) -> bool:
        (folder / "data" / self.access.bucket).mkdir(parents=True, exist_ok=True)  # a folder is one
        command = [sys.executable, "-I", "-S", str(_TIED), str(int(signal.SIGKILL)), "-"]
        command += [str(program), "server", str(folder / "data"), "--quiet"]
        command += ["--address", f"127.0.0.1:{self.port}"]
        command += ["--console-address", f"127.0.0.1:{free_port()}"]
        login = {
            "MINIO_ROOT_USER": self.access.access_key,
            "MINIO_ROOT_PASSWORD": self.access.secret_key,
        }
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - its own server
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**os.environ, "HOME": str(folder), "MINIO_UPDATE": "off", **login},
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if self.access.is_ready():
                return True
            time.sleep(0.1)
        return False


def find() -> Path | None:
    """The program: of the cache, else of the PATH; None where there is none."""
    built = cache_dir() / "minio" / "minio"
    if built.exists():
        return built
    found = shutil.which("minio")
    return Path(found) if found else None
