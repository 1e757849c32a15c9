"""Postgres to Parquet by ADBC and pyarrow, in a process of its own.

`python -m headrace_harness.peers.adbc TABLE FILE` reads the dsn from standard input, and prints
rows, wall time [s] and peak memory [bytes] as JSON. Time begins with the connection, imports aside,
and ends with the file on disk, as that of a run does.
"""

import json
import os
import sys
import time
from pathlib import Path

import adbc_driver_postgresql.dbapi as driver
from pyarrow import parquet


def main() -> int:
    """Read a table whole, batch by batch."""
    table, path = sys.argv[1], Path(sys.argv[2])
    dsn = sys.stdin.read()
    rows, began = 0, time.perf_counter()
    with driver.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the harness's own table
        reader = cursor.fetch_record_batch()
        with path.open("wb") as file:
            with parquet.ParquetWriter(file, reader.schema, compression="zstd") as writer:
                for batch in reader:
                    writer.write_batch(batch)
                    rows += len(batch)
            file.flush()
            os.fsync(file.fileno())
    wall_s = time.perf_counter() - began
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(line for line in status if line.startswith("VmHWM:"))
    found = {"rows": rows, "wall_s": wall_s, "peak_rss_bytes": int(peak.split()[1]) * 1024}
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
