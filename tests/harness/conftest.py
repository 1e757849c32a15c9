"""Where the harness's tests keep their data: never in the user's cache."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of data sets for the whole session."""
    return tmp_path_factory.mktemp("data")
