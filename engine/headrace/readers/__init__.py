"""Sources to batches.

- `csvfiles`: what both CSV readers share: options, paths, which files are still to be read.
- `csv`: CSV by Python's parser.
- `rust`: CSV by the core, Arrow.
"""
