"""The documents' own example: `airbyte-source-stripe` of PyPI before Stripe's stand-in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ReaderError, execute_job
from headrace_harness.catalog import load_dataset
from headrace_harness.data.stripe import records
from headrace_harness.services.stripe import HOST, Stripe
from headrace_harness.services.stripeobjects import object_of

from tests.builders import a_job, landed
from tests.stripeapi import KINDS, Client, a_stripe_set, asked_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = os.environ.get("HEADRACE_SOURCE_STRIPE", "")
CHARGE = ("id", "amount", "failure_message", "outcome")
ROWS = 120  # more than a page

needs_connector = pytest.mark.skipif(
    not PROGRAM, reason="the connector has an environment of its own: `nox -s connectors`"
)


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that has the connector, and nothing else."""
    folder = tmp_path_factory.mktemp("cache")
    (folder / "airbyte-stripe-venv").symlink_to(Path(PROGRAM).parents[1])
    return folder


@pytest.fixture
def serving(
    cache: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[Stripe, dict[str, Any]]]]:
    """Starts a server with all collections; gives it and the reader section of its connector."""
    monkeypatch.setenv("HEADRACE_CACHE", str(cache))
    servers: list[Stripe] = []

    def start(**settings: Any) -> tuple[Stripe, dict[str, Any]]:  # noqa: ANN401  as it takes
        server = Stripe(settings=settings)
        servers.append(server)
        server.prepare(pytest.fail)  # it is there
        server.start()
        for kind in KINDS:
            server.serve(load_dataset(f"stripe-{kind}"), a_stripe_set(kind, data, ROWS))
        return server, {"type": "airbyte", **server.connector(), "config": server.config()}

    yield start
    for server in servers:
        server.stop()


def a_stripe_job(tmp_path: Path, reader: dict[str, Any]) -> dict[str, Any]:
    """All collections, without a contract: each column is what the connector's catalog says."""
    job = a_job(tmp_path, reader=reader)
    job["streams"] = {kind: {} for kind in KINDS}
    job["target"]["path"] = str(tmp_path / "out" / "{stream}")
    return job


def objects(kind: str) -> list[dict[str, Any]]:
    """What the server has, by id."""
    made = (object_of(kind, record) for record in islice(records(kind), ROWS))
    return sorted(made, key=lambda one: str(one["id"]))


def amount_of(listed: str) -> int:
    """What a list of objects, as JSON, amounts to."""
    return sum(one["amount"] for one in json.loads(listed)["data"])


@needs_connector
class TestGivenTheStripeConnector:
    def test_when_all_is_read_then_every_object_lands_once_nested_parts_and_all(
        self, tmp_path: Path, serving: Callable[..., tuple[Stripe, dict[str, Any]]]
    ) -> None:
        """From the server's TLS to the file nothing is lost, doubled or changed."""
        server, reader = serving()

        report = execute_job(a_stripe_job(tmp_path, reader))

        assert report.status == "succeeded"
        assert {name: rows["written"] for name, rows in report.streams.items()} == dict.fromkeys(
            KINDS, ROWS
        )
        customers, charges, invoices = (
            landed(tmp_path / "out" / kind, columns)
            for kind, columns in {
                "customers": "id, created, name, balance, address",
                "charges": "id, amount, failure_message, outcome, refunds",
                "invoices": "id, total, due_date, lines",
            }.items()
        )
        assert [(*row[:4], json.loads(row[4])) for row in sorted(customers)] == [
            (one["id"], one["created"], one["name"], one["balance"], one["address"])
            for one in objects("customers")
        ]
        assert [(*row[:3], json.loads(row[3]), amount_of(row[4])) for row in sorted(charges)] == [
            (*(one[name] for name in CHARGE), one["amount_refunded"]) for one in objects("charges")
        ]
        assert [(*row[:3], amount_of(row[3])) for row in sorted(invoices)] == [
            (one["id"], one["total"], one["due_date"], one["total"]) for one in objects("invoices")
        ]
        assert set(asked_of(server)) == {f"{HOST}:443"}

    def test_when_the_server_is_limited_then_it_is_refused_and_all_lands_nevertheless(
        self, tmp_path: Path, serving: Callable[..., tuple[Stripe, dict[str, Any]]]
    ) -> None:
        """Who is told to come again later does."""
        server, reader = serving(records_per_s=60, burst=100)

        report = execute_job(a_stripe_job(tmp_path, reader))

        assert report.rows.written == 3 * ROWS
        assert Client(server).counts()["limited"] > 0

    def test_when_the_key_is_wrong_then_the_run_fails_and_says_why(
        self, tmp_path: Path, serving: Callable[..., tuple[Stripe, dict[str, Any]]]
    ) -> None:
        """A stranger's key is an error, and no empty table."""
        _, reader = serving()
        reader["config"] |= {"client_secret": "sk_test_somebody"}

        with pytest.raises(ReaderError, match="Unauthorized"):
            execute_job(a_stripe_job(tmp_path, reader))

        assert not list((tmp_path / "out").rglob("*.parquet"))

    def test_when_the_key_may_not_read_then_the_report_warns_of_nothing(
        self, tmp_path: Path, serving: Callable[..., tuple[Stripe, dict[str, Any]]]
    ) -> None:
        """The connector says that all is well where it was refused; the report does not."""
        _, reader = serving(forbidden=["charges"])

        report = execute_job(a_stripe_job(tmp_path, reader))

        assert [rows["written"] for rows in report.streams.values()] == [ROWS, 0, ROWS]
        (note,) = report.notes
        assert note.startswith("charges: complete, with no records; some connectors end so")

    def test_when_the_suite_is_run_then_the_bucket_has_the_source_and_the_time_is_told(
        self, tmp_path: Path, cache: Path
    ) -> None:
        """Connector, iterator, Rust writer and bucket, checked by somebody else."""
        command = [sys.executable, "-m", "headrace", "bench", "run", "--json", "--suite", "stripe"]
        command += ["--dataset", "stripe-invoices", "--rows", "150", "--samples", "1"]

        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            cwd=tmp_path,
            env=os.environ | {"HEADRACE_CACHE": str(cache)},
        )

        assert done.returncode == 0, done.stderr
        (cell,) = json.loads(done.stdout)["cells"]
        assert (cell["cell"], cell["status"]) == ("stripe/rust/s3/stripe-invoices", "ok")
        shares = {owner: share["median"] for owner, share in cell["shares"].items()}
        assert sum(shares.values()) == pytest.approx(1)
        assert max(shares, key=lambda owner: shares[owner]) == "connector"
        assert "sk_test_" not in done.stdout + done.stderr
