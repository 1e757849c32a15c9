"""Sources to batches.

- `csvconfig`: the options of both CSV readers.
- `csvpending`: which files are still to be read, from where on, and what the state keeps.
- `csvfiles`: the files of both CSV readers.
- `csvsniff`: the dialect that a CSV file seems to have.
- `csv`: CSV by Python's parser.
- `rust`: CSV by the core, Arrow.
- `cabi`: any reader in a shared library.
"""
