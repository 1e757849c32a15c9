"""Docker, asked by its command: its client for Python is an extra, and leaves sockets open."""

import shutil
import subprocess
from typing import IO, Final

from headrace_harness.errors import ServiceError

ANSWERS_S: Final = 30.0
"""What an engine may take to answer a question [s]."""


def docker(
    *arguments: str, within_s: float | None = ANSWERS_S, stdin: IO[bytes] | None = None
) -> str:
    """What docker prints.

    Args:
        arguments: Of its command line.
        within_s: How long it may take [s]; None for as long as it takes.
        stdin: What it reads; none given: nothing.

    Raises:
        ServiceError: There is no such command, it fails, or it does not answer.
    """
    verb = f"docker {arguments[0]}"
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [_program(), *arguments],
            stdin=stdin or subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=within_s,
        )
    except subprocess.TimeoutExpired as error:
        message = f"{verb}: no answer within {within_s:g} s"
        raise ServiceError(message) from error
    if done.returncode:
        message = f"{verb}: {' '.join(done.stderr.split())}"
        raise ServiceError(message)
    return done.stdout


def missing_engine() -> str:
    """Why no container can be run; empty where an engine answers."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    try:
        docker("version", within_s=ANSWERS_S)
    except ServiceError as error:
        return f"Docker does not answer: {str(error).removeprefix('docker version: ')}"
    return ""


def image_label(image: str, label: str) -> str | None:
    """What an image says under a label, empty where it says nothing; None without the image."""
    asked = '{{index .Config.Labels "' + label + '"}}'
    try:
        return docker("image", "inspect", "--format", asked, image).strip()
    except ServiceError:
        return None


def has_image(image: str) -> bool:
    """Whether an image is on this machine."""
    return image_label(image, "") is not None


def logs_of(container: str) -> str:
    """What a container has printed, both of its streams; empty where it is not there."""
    done = subprocess.run(  # noqa: S603 - a name of our own
        [_program(), "logs", container],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stdout if done.returncode == 0 else ""


def _program() -> str:
    found = shutil.which("docker")
    if found is None:
        message = "there is no docker command"
        raise ServiceError(message)
    return found


__all__ = ["ANSWERS_S", "docker", "has_image", "image_label", "logs_of", "missing_engine"]
