"""The law of the contract parser.

The first byte says what the others are: bytes of a YAML file, or choices among the parts of an ODCS
document. Few of these are held against the standard's own schema, too: jsonschema takes most of
the time, and the parser must hold whatever that would have said.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from headrace import ConfigError, Contract, SchemaValidator, load_contract
from headrace.contract import parse, write_contract
from headrace.contract.reading import Reading
from headrace.errors import Problem
from headrace.job import load_document

from tests.fuzz.documents import document_of

WITH_SCHEMA = bytes(2)
"""What stands before a document that is held against the standard's schema, too."""

YAML_BYTE = ord("#")
"""Of an input that is a YAML file; it stays in it, as a comment."""

_FILE = Path(tempfile.gettempdir()) / f"headrace-fuzz-{os.getpid()}.yaml"

# A document of the wrong kind as a whole has no key to name, a file at least a line.
_WHOLE = ("not valid YAML", "the document is empty", "cannot be read", "a contract is a mapping")


def contract(data: bytes) -> Sequence[Problem]:
    """Read `data` as a contract, and say what is wrong with it.

    It is one whose rules compile, and whose types are written and read as they are, or a
    `ConfigError` that names the key of every problem; never anything else.
    """
    found, problems = _read(data)
    for problem in problems:
        assert problem.message
        assert problem.path or problem.line or problem.message.startswith(_WHOLE), problem
    if found is None:
        assert problems
    elif not problems:
        SchemaValidator(found)
        again, faults = _read_alone(write_contract({"t": found.schema}, name="t"))
        assert again is not None
        assert (again.schema, faults) == (found.schema, [])
    return problems


def _read(data: bytes) -> tuple[Contract | None, Sequence[Problem]]:
    if data[:1] == bytes([YAML_BYTE]):
        _FILE.write_bytes(data)
        given: Path | dict[str, Any] = _FILE
    elif data.startswith(WITH_SCHEMA):
        given = document_of(data.removeprefix(WITH_SCHEMA))
    else:
        return _read_alone(document_of(data))
    try:
        return load_contract(given), []
    except ConfigError as error:
        return None, error.problems


def _read_alone(document: dict[str, Any]) -> tuple[Contract | None, list[Problem]]:
    """The parser's own part."""
    reading = Reading(*load_document(document))
    return parse._contract(reading, None), reading.problems  # noqa: SLF001  one step of load_contract
