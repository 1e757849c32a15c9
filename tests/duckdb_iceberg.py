"""Reads an Iceberg table by DuckDB's extension: a script, for an environment of its own.

The extension comes from PyPI for one version of DuckDB, which must not decide what the rest of the
tests reads with. Takes a JSON object: `scan` is what stands behind `from`, `attach` statements
before it, `where` a condition. Prints rows as JSON, every value as text.
"""

import json
import sys
from pathlib import Path

import duckdb


def extension(name: str) -> str:
    """The file of an extension that was installed by pip."""
    package = __import__(f"duckdb_extension_{name}")
    found = next(Path(package.__path__[0]).rglob(f"{name}.duckdb_extension"))
    return str(found)


def main() -> None:
    """Read what is asked for."""
    asked = json.loads(sys.argv[1])
    with duckdb.connect() as connection:
        for name in ("avro", "httpfs", "iceberg"):
            connection.execute(f"load '{extension(name)}'")
        connection.execute("set timezone = 'UTC'")
        for statement in asked.get("attach", ()):
            connection.execute(statement)
        query = f"from {asked['scan']} where {asked.get('where', 'true')}"
        columns = [row[0] for row in connection.execute(f"describe {query}").fetchall()]
        texts = ", ".join(f'"{column}"::varchar' for column in columns)
        rows = connection.execute(f"select {texts} {query} order by all").fetchall()
    sys.stdout.write(json.dumps(rows))


if __name__ == "__main__":
    main()
