"""A real connector, `airbyte-source-faker`, in an environment of its own."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from headrace import execute_job

from tests.builders import a_contract, a_job, a_property, landed

if TYPE_CHECKING:
    from pathlib import Path

FAKER = os.environ.get("HEADRACE_SOURCE_FAKER", "")

TIMES = ("added_to_cart_at", "purchased_at", "returned_at", "created_at", "updated_at")

needs_faker = pytest.mark.skipif(
    not FAKER, reason="the connector has an environment of its own: `nox -s connectors`"
)


@needs_faker
class TestGivenTheFakerConnector:
    def test_when_three_streams_are_read_then_each_lands_whole(self, tmp_path: Path) -> None:
        """What a real connector prints is read, and its states are kept."""
        reader = {"type": "airbyte", "command": [FAKER], "config": {"count": 300, "seed": 7}}
        job = a_job(tmp_path, reader=reader, state=True)
        # Its purchases say that their times have a zone, and give them none.
        ids = [a_property(name, "integer") for name in ("id", "product_id", "user_id")]
        contract = tmp_path / "purchases.json"
        contract.write_text(json.dumps(a_contract(*ids, *map(a_property, TIMES))))
        job["streams"] = {
            "users": {},
            "products": {},
            "purchases": {"contract": str(contract)},
        }
        job["target"]["path"] = str(tmp_path / "out" / "{stream}")

        report = execute_job(job)

        assert report.status == "succeeded"
        users = landed(tmp_path / "out" / "users", "id")
        assert users == [(n,) for n in range(1, 301)]
        assert len(landed(tmp_path / "out" / "products", "id")) == 100
        assert landed(tmp_path / "out" / "purchases", "id")
        assert set(report.state) == {"users", "products", "purchases"}
