"""Servers of the S3 kind for tests: each started once, where a test first asks for it."""

from __future__ import annotations

import atexit
import os
import secrets
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from headrace_harness.errors import ServiceError
from headrace_harness.services import minio
from headrace_harness.services.dockerminio import DockerMinio
from headrace_harness.services.minio import Minio
from headrace_harness.services.seaweedfs import SeaweedFS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from headrace_harness.services.s3 import Access

SERVERS = ("seaweedfs", "minio")
NO_PROGRAM = "there is no MinIO, which `nox -s minio` builds"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A prefix of a test's own.

    Attributes:
        access: Of the server.
        prefix: Nothing else is below it.
    """

    access: Access
    prefix: str

    def section(self, **keys: Any) -> dict[str, Any]:  # noqa: ANN401  any key of the job
        """A job's target section."""
        return dict(self.access.section(self.prefix, **keys))

    def list(self) -> list[str]:
        """Everything below the prefix, relative to it."""
        found = self.access.client().list_objects(
            self.access.bucket, prefix=f"{self.prefix}/", recursive=True
        )
        return sorted((item.object_name or "").removeprefix(f"{self.prefix}/") for item in found)

    def visible(self) -> list[str]:
        """Those keys that are not hidden from who lists."""
        return [k for k in self.list() if not any(p.startswith((".", "_")) for p in k.split("/"))]

    def get(self, key: str) -> bytes:
        """An object's content."""
        answer = self.access.client().get_object(self.access.bucket, f"{self.prefix}/{key}")
        try:
            return bytes(answer.read())
        finally:
            answer.close()
            answer.release_conn()

    def put(self, key: str, content: bytes) -> None:
        """Write an object."""
        self.access.client().put_object(
            self.access.bucket, f"{self.prefix}/{key}", BytesIO(content), len(content)
        )

    def fetch(self, folder: Path) -> list[Path]:
        """The visible files, fetched into a folder."""
        found = []
        for key in self.visible():
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.get(key))
            found.append(path)
        return found


@cache
def server(name: str) -> Any:  # noqa: ANN401  a service
    """A running server, shared by the tests of this process; skips where there is none.

    MinIO is its program where that is on the machine, else a container of the image that its
    makers published. `HEADRACE_REQUIRE_MINIO` makes a failure of what is missing.
    """
    started, missing = _started(name)
    return started if started is not None else _do_without(missing)


def minio_program() -> Path:
    """The program of MinIO; skips where there is none, or fails as `server`."""
    return minio.find() or _do_without(NO_PROGRAM)


@cache
def _started(name: str) -> tuple[Any, str]:
    """The server, or why there is none."""
    made: SeaweedFS | Minio | DockerMinio
    made = SeaweedFS() if name == "seaweedfs" else Minio() if minio.find() else DockerMinio()
    atexit.register(made.stop)
    try:
        made.start()
    except ServiceError as error:
        if not isinstance(made, DockerMinio):
            raise
        return None, f"{NO_PROGRAM}, and {error}"
    return made, ""


def _do_without(missing: str) -> NoReturn:
    if os.environ.get("HEADRACE_REQUIRE_MINIO"):
        pytest.fail(f"HEADRACE_REQUIRE_MINIO is set, and {missing}")
    pytest.skip(f"{missing}; HEADRACE_REQUIRE_MINIO=1 makes this a failure")


def a_place(name: str = "seaweedfs", access: Access | None = None) -> Place:
    """A prefix of one's own on a server that is shared.

    Args:
        name: Which server.
        access: How it is reached, where not directly.
    """
    return Place(access=access or server(name).access, prefix=f"t/{secrets.token_hex(8)}")


def open_uploads(place: Place) -> list[tuple[str, str]]:
    """Keys and ids of the uploads that are open below a prefix, as far as the server tells."""
    found = place.access.client()._list_multipart_uploads(  # noqa: SLF001  it has no public one
        place.access.bucket, prefix=f"{place.prefix}/"
    )
    return [(upload.object_name, upload.upload_id) for upload in found.uploads]


def open_on_disk() -> set[str]:
    """The uploads that MinIO holds open, by their folders: it lists none but by its exact key.

    Empty where it is a container, whose disk nobody sees.
    """
    found = server("minio")
    if not isinstance(found, Minio):
        return set()
    return {str(path.parent) for path in found.data.glob(".minio.sys/multipart/*/*/xl.meta")}


def environment(access: Access) -> Mapping[str, str]:
    """Variables that other programs reach a server by."""
    return {
        "AWS_ACCESS_KEY_ID": access.access_key,
        "AWS_SECRET_ACCESS_KEY": access.secret_key,
        "AWS_ENDPOINT_URL": access.endpoint,
        "AWS_REGION": "us-east-1",
    }
