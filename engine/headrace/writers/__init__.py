"""Batches to files.

- `rolling`: what all of headrace's own file writers share: rolling, names, open files.
- `latefile`: a file that is made once it has rows enough.
- `sink`: one file being written, by whichever library.
- `partitioning`: how rows are parted over files.
- `parquet`: Parquet by pyarrow.
- `rust`: Parquet by the core.
- `cabi`: any writer in a shared library.
"""
