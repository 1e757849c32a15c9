"""PyIceberg's SQL catalog with time limits, and no connection that outlives its use."""

from typing import Any

from pyiceberg.catalog import MetastoreCatalog
from pyiceberg.catalog.sql import SqlCatalog
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool


class TimedSqlCatalog(SqlCatalog):
    """A SQL catalog whose database is not waited for for ever.

    Args:
        name: The catalog's name.
        timeout_s: To connect, for an answer, or for SQLite's lock [s].
        properties: As of PyIceberg; `uri` with SQLAlchemy's driver.
    """

    def __init__(self, name: str, *, timeout_s: float, **properties: Any) -> None:  # noqa: ANN401
        # SqlCatalog's own makes an engine that takes no arguments for its connections.
        MetastoreCatalog.__init__(self, name, **properties)
        self.engine = create_engine(
            properties["uri"], poolclass=NullPool, connect_args={"timeout": timeout_s}
        )
        self._init_catalog()
