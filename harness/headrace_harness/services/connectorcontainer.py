"""A container of an Airbyte connector that answers one command of the protocol."""

import json
from typing import Any

from testcontainers.core.container import DockerContainer


class ConnectorContainer(DockerContainer):
    """A connector, called with a verb that needs no files: `spec`.

    Args:
        image: Of the connector.
        verb: What it is called with.
        more: As of any container.
    """

    def __init__(self, image: str, verb: str = "spec", **more: Any) -> None:  # noqa: ANN401  as there
        super().__init__(image, **more)
        self.with_command([verb])

    def messages(self, *, within_s: float) -> list[dict[str, Any]]:
        """What it prints until it ends; lines that are no messages are passed over.

        Args:
            within_s: How long it may take [s].
        """
        container = self.get_wrapped_container()
        container.wait(timeout=within_s)
        found = []
        for line in container.logs(stdout=True, stderr=False).splitlines():
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if isinstance(message, dict):
                found.append(message)
        return found
