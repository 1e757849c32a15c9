"""Object stores: S3 and what behaves like it.

- `store`: what all of them can do.
- `bucket`: a bucket below a prefix, by the native client.
- `credentials`: whose keys: the job's, the environment's, a profile's, else the machine's.
- `localstore`: a folder that behaves like a bucket.
"""

from headrace.stores.store import Store

__all__ = ["Store"]
