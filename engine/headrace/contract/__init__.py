"""The declared schema and rules of a data set, and the check of batches against them.

- `spelling`: Arrow's spellings of nested types.
- `physical`: SQL's spellings, `physicalType`.
- `types`: ODCS types to Arrow types.
- `reading`: one pass over a document.
- `options`: `logicalTypeOptions`, the rules of a value.
- `quality`: the standard's quality rules.
- `measures`: what quality rules count.
- `model`: the compiled contract.
- `properties`: columns with their types and rules.
- `published`: documents against the standard's JSON Schema.
- `parse`: ODCS documents.
- `write`: a schema as a starting contract.
- `foreign`: types of data that are not the contract's.
- `drift`: data whose columns are not the contract's.
- `bad_row`: what a bad row becomes.
- `validator`: batches against a contract.
"""

from headrace.contract.bad_row import record_text
from headrace.contract.model import Contract, Rules
from headrace.contract.parse import load_contract
from headrace.contract.quality import QualityResult, QualityRule
from headrace.contract.validator import SchemaValidator
from headrace.contract.write import write_contract

__all__ = [
    "Contract",
    "QualityResult",
    "QualityRule",
    "Rules",
    "SchemaValidator",
    "load_contract",
    "record_text",
    "write_contract",
]
