"""The declared schema and rules of a data set, and the check of batches against them.

- `types`: ODCS types to Arrow types.
- `model`: the compiled contract.
- `parse`: ODCS documents.
- `validator`: batches against a contract.
"""

from headrace.contract.model import Contract, Rules
from headrace.contract.parse import load_contract, write_contract
from headrace.contract.validator import SchemaValidator

__all__ = ["Contract", "Rules", "SchemaValidator", "load_contract", "write_contract"]
