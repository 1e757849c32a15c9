"""An independent check of the output: DuckDB, in a process of its own, with bounded memory.

Modules:
    checksum: Row count and order-independent checksums of a table; the comparison.
    output: What a run left in its target, against what its report lists.
    process: `python -m headrace_harness.verify.process`: one checksum, started and read.
    source: Checksums of data sets, cached.
"""
