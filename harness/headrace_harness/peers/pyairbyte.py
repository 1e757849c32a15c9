"""An Airbyte stream into PyAirbyte's own cache: `python pyairbyte.py CONNECTOR STREAM FOLDER`.

Run by an interpreter that has PyAirbyte (PyPI's `airbyte`), which pins what headrace does not. It
reads the connector's config from standard input, and prints rows, wall time [s] and peak memory
[bytes] as JSON. Time begins with the read, the connector's `spec` and `discover` included, imports
aside, and ends with the rows in DuckDB, where PyAirbyte puts them where one does not say.
"""

import json
import os
import sys
import time
from pathlib import Path


def main() -> int:
    """Read one stream whole."""
    connector, stream, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    # Nothing of it is to leave this machine.
    os.environ |= {"DO_NOT_TRACK": "1", "AIRBYTE_OFFLINE_MODE": "1", "AIRBYTE_NO_UPDATE": "1"}
    config = json.load(sys.stdin)
    import airbyte  # noqa: PLC0415 - after the settings above, which it reads as it is imported

    cache = airbyte.caches.DuckDBCache(db_path=folder / "cache.duckdb")
    began = time.perf_counter()
    source = airbyte.get_source(
        f"source-{Path(connector).stem}",
        config=config,
        local_executable=Path(connector),
        streams=[stream],
        install_if_missing=False,
    )
    result = source.read(cache=cache, force_full_refresh=True)
    wall_s = time.perf_counter() - began
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(line for line in status if line.startswith("VmHWM:"))
    found = {
        "rows": result.processed_records,
        "wall_s": wall_s,
        "peak_rss_bytes": int(peak.split()[1]) * 1024,
    }
    sys.stderr.flush()
    Path(folder, "found.json").write_text(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
