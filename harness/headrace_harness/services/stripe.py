"""Airbyte's own Stripe connector before a Stripe-shaped API of the project's.

The connector asks `https://api.stripe.com`. A proxy of the run's own leads it to a server of the
run's own, whose certificate is of an authority that was made for the run and is trusted by nobody
else.
"""

import json
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from headrace_harness.catalog import DataSet
from headrace_harness.contract import read_columns
from headrace_harness.data.cache import Announce, Prepared
from headrace_harness.data.stripe import PREFIX, START
from headrace_harness.errors import ServiceError
from headrace_harness.services.apart import apart
from headrace_harness.services.program import Program
from headrace_harness.services.scratch import new_folder
from headrace_harness.services.stripeobjects import ACCOUNT, SINGULAR, objects_of

HOST: Final = "api.stripe.com"
"""Whom the connector asks."""

REQUIREMENT: Final = "airbyte-source-stripe>=5.14,<6"
"""The connector on PyPI."""

_TRUST: Final = Path(__file__).with_name("stripetrust.py")


class Stripe:
    """The connector as a process, and what stands in for Stripe.

    Args:
        records_per_s: The server's limit; it refuses by 429 what is beyond. None for none.
        settings: Others of `stripeserver.Settings`.

    Attributes:
        key: What the server wants to be shown.
        port: Of the server, on 127.0.0.1; 0 before the start.
        proxy_port: Of the proxy, likewise.
    """

    def __init__(
        self, *, records_per_s: float | None = None, settings: Mapping[str, Any] | None = None
    ) -> None:
        self.key = f"sk_test_{secrets.token_urlsafe(24)}"
        self.port = 0
        self.proxy_port = 0
        self._settings = {"records_per_s": records_per_s, **(settings or {})}
        self._folder: Path | None = None
        self._connector: Path | None = None
        self._server = Program("the Stripe server", "headrace_harness.services.stripeserver")
        self._proxy = Program("the CONNECT proxy", "headrace_harness.services.connectproxy")

    @property
    def trust(self) -> Path:
        """A folder for `PYTHONPATH`, whose programs trust the run's authority alone."""
        return self._place() / "trust"

    @property
    def authority(self) -> Path:
        """The authority's certificate, a PEM file."""
        return self.trust / "ca.pem"

    @property
    def proxy(self) -> str:
        """URL of the proxy."""
        return f"http://127.0.0.1:{self.proxy_port}"

    def prepare(self, announce: Announce) -> None:
        """As `Preparing`: install the connector, where it is not yet.

        Raises:
            ServiceError: It cannot be installed.
        """
        self._connector = apart("airbyte-stripe", REQUIREMENT, "source-stripe", announce=announce)

    def start(self) -> None:
        """As `Service`."""
        import trustme  # noqa: PLC0415 - cryptography, wanted by this service alone

        self._folder = new_folder("stripe")  # 0700
        self.trust.mkdir()
        shutil.copyfile(_TRUST, self.trust / "sitecustomize.py")
        authority = trustme.CA(organization_name="headrace harness, for one run")
        authority.cert_pem.write_to_path(self.authority)
        certificate = self._folder / "server.pem"
        authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(certificate)
        settings = {
            "folder": str(self._folder),
            "certificate": str(certificate),
            "key": self.key,
            **self._settings,
        }
        self.port = self._server.start(settings, self._folder)["port"]
        routes = {f"{HOST}:443": self.port}
        self.proxy_port = self._proxy.start({"routes": routes}, self._folder)["port"]

    def stop(self) -> None:
        """As `Service`."""
        self._proxy.stop()
        self._server.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def log(self) -> str:
        """The end of what server and proxy have complained about."""
        return self._server.log() + self._proxy.log()

    def serve(self, dataset: DataSet, prepared: Prepared) -> Mapping[str, Any]:
        """As `Service`: one of the collections.

        Raises:
            ServiceError: The data set is none of Stripe's.
        """
        kind = dataset.name.removeprefix(PREFIX)
        if kind not in SINGULAR or kind == dataset.name:
            known = ", ".join(f"{PREFIX}{name}" for name in SINGULAR)
            message = f"Stripe has no data set {dataset.name}; it has {known}"
            raise ServiceError(message)
        objects = list(objects_of(kind, prepared.path, read_columns(dataset.contract)))
        target = self._place() / f"{kind}.json"
        part = target.with_suffix(".part")
        part.write_text(json.dumps(objects), encoding="utf-8")
        part.replace(target)
        return {**self.connector(), "config": self.config(), "source_stream": kind}

    def config(self) -> dict[str, Any]:
        """What the connector is told."""
        return {
            "account_id": ACCOUNT,
            "client_secret": self.key,
            "start_date": START.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def connector(self) -> dict[str, Any]:
        """The keys of a reader section that start the connector.

        Raises:
            ServiceError: It is not installed.
        """
        if self._connector is None:
            message = "the Stripe connector has not been prepared"
            raise ServiceError(message)
        return {"command": [str(self._connector)], "environment": self.environment(self.trust)}

    def environment(self, trust: Path) -> dict[str, str]:
        """Variables of the connector.

        Args:
            trust: Where it sees the folder of that name.
        """
        # Whatever of these the user has set is meant for other servers.
        return {
            "HTTPS_PROXY": self.proxy,
            "https_proxy": self.proxy,
            "NO_PROXY": "",
            "no_proxy": "",
            "PYTHONPATH": str(trust),
        }

    def _place(self) -> Path:
        if self._folder is None:
            message = "the Stripe server has not started"
            raise ServiceError(message)
        return self._folder


__all__ = ["HOST", "REQUIREMENT", "Stripe"]
