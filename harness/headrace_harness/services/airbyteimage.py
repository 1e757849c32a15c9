"""The connector that plays back, in a container: what a job with an `image` reads."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from headrace_harness.catalog import DataSet
from headrace_harness.data.cache import Prepared
from headrace_harness.errors import ServiceError
from headrace_harness.images.names import REPLAY
from headrace_harness.services.airbyte import Replay
from headrace_harness.services.container import Container

if TYPE_CHECKING:
    from headrace_harness.services.connectorcontainer import ConnectorContainer

MOUNT: Final = "/recordings"
"""Where the container sees the recordings."""

ANSWERS_S: Final = 60.0
"""Until a connector must have said what it is [s]; a second is usual."""


class ReplayImage(Replay):
    """As `Replay`, in an image; it has no server, so that it runs while it is read alone.

    Args:
        image: Of the connector.
        records_per_s: How fast the connector prints; None for as fast as it is read.
    """

    IMAGE: ClassVar[str] = REPLAY

    def __init__(self, *, image: str = REPLAY, records_per_s: float | None = None) -> None:
        super().__init__(records_per_s=records_per_s)
        self.image = image

    def start(self) -> None:
        """As `Service`: have the connector say what it is.

        Raises:
            ServiceError: There is no Docker, no image, or no connector in it.
        """
        said = specification_of(self.image)
        if not said:
            message = f"{self.image} is no connector: it answers `spec` with no SPEC message"
            raise ServiceError(message)
        super().start()

    def serve(self, dataset: DataSet, prepared: Prepared) -> Mapping[str, Any]:
        """As `Service`: the container sees the recordings, and cannot change them."""
        keys = super().serve(dataset, prepared)
        recording = str(keys["config"]["recording"])
        folder, _, name = recording.rpartition("/")
        return {
            "image": self.image,
            "docker_options": [f"--volume={folder}:{MOUNT}:ro"],
            "config": {**keys["config"], "recording": f"{MOUNT}/{name}"},
        }


def specification_of(image: str) -> Mapping[str, Any]:
    """What a connector's image answers to `spec`; empty where it is no connector.

    Raises:
        ServiceError: There is no Docker, or no such image.
    """
    container = Container("connector", image)
    made: list[ConnectorContainer] = []

    def make() -> "ConnectorContainer":
        from headrace_harness.services.connectorcontainer import (  # noqa: PLC0415 - an extra
            ConnectorContainer,
        )

        made.append(ConnectorContainer(image, labels=dict(container.labels)))
        return made[0]

    container.start(make)
    try:
        messages = made[0].messages(within_s=ANSWERS_S)
    finally:
        container.stop()
    found = [message["spec"] for message in messages if message.get("type") == "SPEC"]
    return found[0] if found else {}
