"""Kinds of places whose server is reached through proxies, which see each request of a run."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.faultproxy import FaultProxy
from tests.s3 import server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.places import Kind

PATIENCE = {"timeout_s": 2.0, "retries": 2}


@dataclass(frozen=True, kw_only=True)
class Proxies:
    """What stands before a kind's servers.

    Attributes:
        store: Before S3.
        catalog: Before the REST catalog; None where there is none.
    """

    store: FaultProxy
    catalog: FaultProxy | None

    @property
    def all(self) -> list[FaultProxy]:
        """Each of them."""
        return [proxy for proxy in (self.catalog, self.store) if proxy is not None]

    @property
    def target(self) -> dict[str, Any]:
        """What a target section has to reach the servers through them, by a client in a hurry."""
        keys: dict[str, Any] = {"endpoint": self.store.endpoint, **PATIENCE}
        if self.catalog is not None:
            keys |= {
                "catalog": {"uri": self.catalog.endpoint, "timeout_s": PATIENCE["timeout_s"]},
                "commit_timeout_s": 1.0,
            }
        return keys

    def mend(self) -> None:
        """Have no more faults, and forget what was asked for."""
        for proxy in self.all:
            proxy.faults.clear()
            proxy.requests.clear()


@contextmanager
def proxies_of(kind: Kind) -> Iterator[Proxies]:
    """Proxies before the servers of a kind."""
    access = server(kind.server).access
    catalog = replace(access, endpoint=server(kind.server).catalog_uri) if kind.is_table else None
    found = Proxies(
        store=FaultProxy(access), catalog=FaultProxy(catalog) if catalog is not None else None
    )
    try:
        yield found
    finally:
        for proxy in found.all:
            proxy.close()
