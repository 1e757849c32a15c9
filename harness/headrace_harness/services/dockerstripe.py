"""The Stripe connector in a container, before the same server as one that is a process."""

from pathlib import Path
from typing import Any, ClassVar, Final

from headrace_harness.data.cache import Announce
from headrace_harness.images.names import STRIPE
from headrace_harness.services.stripe import Stripe

IMAGE: Final = STRIPE
"""Airbyte's own, or one like it: its entry point is a Python that reads `PYTHONPATH`."""

TRUST: Final = Path("/headrace-trust")
"""Where the container sees whom it trusts."""


class DockerStripe(Stripe):
    """As `Stripe`, with an image for the connector.

    Args:
        image: Of the connector.
        more: As `Stripe`.
    """

    IMAGE: ClassVar[str] = IMAGE

    def __init__(self, *, image: str = IMAGE, **more: Any) -> None:  # noqa: ANN401  as there
        super().__init__(**more)
        self.image = image

    def prepare(self, announce: Announce) -> None:
        """As `Preparing`: Docker has the image, or pulls it at the first sample."""

    def connector(self) -> dict[str, Any]:
        """As `Stripe`: the host's network is the container's, where proxy and server listen."""
        return {
            "image": self.image,
            "environment": self.environment(TRUST),
            "docker_options": ["--network=host", f"--volume={self.trust}:{TRUST}:ro"],
        }


__all__ = ["IMAGE", "DockerStripe"]
