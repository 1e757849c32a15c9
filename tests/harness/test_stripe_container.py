"""The documents' own example with the connector in a container, whose image knows nothing of us."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from headrace_harness.errors import ServiceError
from headrace_harness.services.dockerstripe import DockerStripe

from tests.containers import a_connector_image, docker, need_engine, running
from tests.harness.builders import stripe_run

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = os.environ.get("HEADRACE_SOURCE_STRIPE", "")

needs_connector = pytest.mark.skipif(
    not PROGRAM, reason="the connector has an environment of its own: `nox -s containers`"
)


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """The connector of PyPI with its own entry point."""
    need_engine()
    tag = f"headrace-test-stripe:{uuid.uuid4().hex[:12]}"
    (packages,) = Path(PROGRAM).parents[1].glob("lib/python*/site-packages")
    a_connector_image(tag, packages, "source_stripe.run")
    yield tag
    docker("rmi", "--force", tag)


@needs_connector
class TestGivenTheStripeConnectorInAContainer:
    def test_when_the_suite_is_run_then_the_bucket_has_the_source_and_nothing_stays(
        self, image: str, tmp_path: Path
    ) -> None:
        """It reaches the server, and trusts it, as the one that is a process does."""
        done = stripe_run(tmp_path / "cache", tmp_path, "--provider", f"stripe=docker:{image}")

        assert done.returncode == 0, done.stderr
        (cell,) = json.loads(done.stdout)["cells"]
        assert (cell["status"], cell["rows"]) == ("ok", 150)
        assert not running(image)
        assert not (tmp_path / "cache" / "airbyte-stripe-venv").exists()


class TestGivenNoSuchImage:
    def test_when_wanted_then_the_error_names_it(self) -> None:
        """An image that nobody has is told before anything is measured."""
        need_engine()
        missing = DockerStripe(image="localhost:1/headrace/none:0")

        with pytest.raises(
            ServiceError, match="the image localhost:1/headrace/none:0 is not there"
        ):
            missing.prepare(lambda _: None)
