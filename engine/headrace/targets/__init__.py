"""Where files land.

- `local`: a directory.
- `s3`: a bucket.
- `objects`: what targets on object stores share.
"""
