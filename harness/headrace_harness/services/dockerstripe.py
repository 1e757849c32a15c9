"""The Stripe connector in a container, before the same server as one that is a process."""

import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from headrace_harness.data.cache import Announce
from headrace_harness.errors import ServiceError
from headrace_harness.services.stripe import Stripe

IMAGE: Final = "airbyte/source-stripe:5"
"""Airbyte's own, or one like it: its entry point is a Python that reads `PYTHONPATH`."""

TRUST: Final = Path("/headrace-trust")
"""Where the container sees whom it trusts."""


class DockerStripe(Stripe):
    """As `Stripe`, with an image for the connector.

    Args:
        image: Of the connector.
        more: As `Stripe`.
    """

    def __init__(self, *, image: str = IMAGE, **more: Any) -> None:  # noqa: ANN401  as there
        super().__init__(**more)
        self.image = image

    def prepare(self, announce: Announce) -> None:
        """As `Preparing`: have Docker pull the image, where it has not got it.

        Raises:
            ServiceError: It cannot be had.
        """
        if _docker("image", "inspect", self.image) is None:
            return
        announce(f"pulling {self.image}")
        said = _docker("pull", self.image)
        if said is not None:
            message = f"no image {self.image}: {said}"
            raise ServiceError(message)

    def connector(self) -> dict[str, Any]:
        """As `Stripe`: the host's network is the container's, where proxy and server listen."""
        return {
            "image": self.image,
            "environment": self.environment(TRUST),
            "docker_options": ["--network=host", f"--volume={self.trust}:{TRUST}:ro"],
        }


def _docker(*words: str) -> str | None:
    """Why a command of docker failed; None where it did not."""
    program = shutil.which("docker")
    if program is None:
        return "there is no docker command"
    done = subprocess.run(  # noqa: S603 - the user's own docker
        [program, *words], capture_output=True, text=True, check=False
    )
    return None if done.returncode == 0 else " ".join(done.stderr.split())


__all__ = ["IMAGE", "DockerStripe"]
