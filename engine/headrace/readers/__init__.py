"""Sources to batches.

- `csvfiles`: what both CSV readers share: options, paths, which files are still to be read.
- `csvsniff`: the dialect that a CSV file seems to have.
- `csv`: CSV by Python's parser.
- `rust`: CSV by the core, Arrow.
"""
