"""What all tests have: the examples of laws, and servers, started where one is first asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from headrace_harness.services.postgres import EmbeddedPostgres
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# A law holds however busy the machine is. Other examples are drawn each time, but for who judges a
# change: what that one has not done is no reason to refuse it.
settings.register_profile(
    "headrace",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("HEADRACE_SAME_EXAMPLES") == "1",
    print_blob=True,
)
settings.load_profile("headrace")


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One Postgres server for the whole session; each test has tables of its own."""
    server = EmbeddedPostgres()
    server.start()
    yield server
    server.stop()
