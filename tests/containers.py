"""Builders of container images, from this very interpreter: no registry is asked for anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

import pytest

DOCKER = shutil.which("docker") or "docker"
LDD = shutil.which("ldd") or "ldd"

_LEFT_OUT = {"site-packages", "test", "tests", "idlelib", "ensurepip", "lib2to3", "__pycache__"}


def engine() -> str | None:
    """Why no container can be run; None where one can."""
    if shutil.which("docker") is None:
        return "there is no docker"
    done = subprocess.run([DOCKER, "info"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"docker does not answer: {done.stderr.strip()[:200]}"


def need_engine() -> None:
    """Skip where no container can be run, or fail where `HEADRACE_REQUIRE_DOCKER` is set."""
    missing = engine()
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
    """Make an image that runs a Python program, on one of `an_interpreter_image`."""
    recipe = (
        f"FROM {base}\nCOPY program.py /program.py\n"
        f'ENTRYPOINT ["{Path(sys.executable).resolve()}", "-I", "-S", "/program.py"]\n'
    )
    context = BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for name, text in (("Dockerfile", recipe), ("program.py", program)):
            data = text.encode()
            item = tarfile.TarInfo(name)
            item.size, item.mode = len(data), 0o644
            tar.addfile(item, BytesIO(data))
    subprocess.run(
        [DOCKER, "build", "--quiet", "--tag", tag, "-"],
        input=context.getvalue(),
        capture_output=True,
        check=True,
        env=os.environ | {"DOCKER_BUILDKIT": "0"},
    )


def running(image: str, verb: str = "") -> list[str]:
    """The containers of an image, whatever their state; of one verb, where that is given."""
    listed = docker(
        *("ps", "--all", "--no-trunc", "--filter", f"ancestor={image}"),
        *("--format", "{{.ID}} {{.Command}}"),
    )
    return [line.split()[0] for line in listed.splitlines() if f" {verb}" in line]


def _linked(file: Path) -> list[Path]:
    """The shared libraries of a program, its loader among them."""
    done = subprocess.run([LDD, str(file)], capture_output=True, text=True, check=False)
    words = [word for line in done.stdout.splitlines() for word in line.split()]
    return [Path(word) for word in words if word.startswith("/")]


def _wanted(item: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if _LEFT_OUT & set(Path(item.name).parts) else item


__all__ = ["an_image", "an_interpreter_image", "docker", "need_engine", "running"]
