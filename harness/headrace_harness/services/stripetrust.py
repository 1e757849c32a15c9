"""Has a Python program trust the certificate that lies beside this file, and no other.

It is copied as `sitecustomize.py` into a folder of `PYTHONPATH`, so that the program, its packages
and its image stay as they are. `requests` asks certifi whom to trust, and takes no other word where
a program prepares its requests itself, as Airbyte's connectors do.
"""

import contextlib
from pathlib import Path

with contextlib.suppress(ImportError):  # a program that has no certifi trusts by other means
    import certifi
    import certifi.core

    _BUNDLE = str(Path(__file__).with_name("ca.pem"))

    def where() -> str:
        """The only authority."""
        return _BUNDLE

    certifi.where = certifi.core.where = where
