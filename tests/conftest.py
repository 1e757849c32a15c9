"""Servers that tests share, started where one is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from headrace_harness.services.postgres import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One Postgres server for the whole session; each test has tables of its own."""
    server = EmbeddedPostgres()
    server.start()
    yield server
    server.stop()
