"""Batches to files.

- `rolling`: what all of headrace's own file writers share: rolling, names, open files.
- `partitioning`: how rows are parted over files.
- `parquet`: Parquet by pyarrow.
- `rust`: Parquet by the core.
- `cabi`: any writer in a shared library.
"""
