"""The law of the contract parser.

The first byte says what the others are: bytes of a YAML file, or choices among the parts of an ODCS
document.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from headrace import ConfigError, SchemaValidator, load_contract
from headrace.contract import write_contract

from tests.fuzz.documents import document_of

YAML_BYTE = ord("#")
"""Of an input that is a YAML file; it stays in it, as a comment."""

_FILE = Path(tempfile.gettempdir()) / f"headrace-fuzz-{os.getpid()}.yaml"

# A document of the wrong kind as a whole has no key to name.
_WHOLE = ("not valid YAML", "the document is empty", "cannot be read", "a contract is a mapping")


def contract(data: bytes) -> None:
    """Read `data` as a contract.

    It is one whose rules compile, and whose types are written and read as they are, or a
    `ConfigError` that names the key of every problem; never anything else.
    """
    try:
        if data[:1] == bytes([YAML_BYTE]):
            _FILE.write_bytes(data)
            found = load_contract(_FILE)
        else:
            found = load_contract(document_of(data))
    except ConfigError as error:
        problems = error.problems
    else:
        SchemaValidator(found)
        assert load_contract(write_contract(found.schema, name="t")).schema == found.schema
        return
    assert problems
    for problem in problems:
        assert problem.message
        assert problem.path or problem.message.startswith(_WHOLE), problem
