"""Where files land.

- `local`: a directory.
"""
