"""Where files land.

- `local`: a directory.
- `iceberg`: a table of Apache Iceberg.
- `s3`: a bucket.
- `objects`: what targets on object stores share.
"""
