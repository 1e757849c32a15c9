"""Batches to files.

- `rolling`: what all of headrace's own file writers share: partitions, rolling, names.
- `parquet`: Parquet by pyarrow.
- `rust`: Parquet by the core.
- `cabi`: any writer in a shared library.
"""
