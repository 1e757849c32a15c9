"""Sources to batches.

- `csvpending`: which files are still to be read, from where on, and what the state keeps.
- `csvfiles`: what both CSV readers share: their options and their files.
- `csvsniff`: the dialect that a CSV file seems to have.
- `csv`: CSV by Python's parser.
- `rust`: CSV by the core, Arrow.
"""
