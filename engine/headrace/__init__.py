"""headrace: records from any reader to any writer, in constant memory, committed exactly once.

- `errors`: everything headrace raises.
- `retryafter`: when a busy server wants to be asked again.
- `job`: what the user wrote, resolved.
- `schema`: columns.
- `stream`: what a job says of one stream of several.
- `batch`: the unit in flight.
- `contract`: the declared schema and rules, and the validator.
- `plugins`: names to classes.
- `cabi`: shared libraries behind the C ABI.
- `stores`: object stores.
- `commit`, `state`, `targets`: files become visible once, then cursors move.
- `readers`, `writers`: the built-in ones.
- `transforms`: steps between reader and contract.
- `loop`: the streaming loop.
- `cli`: the command line.
"""

from headrace.batch import Batch, Position, RowError
from headrace.cabi.flight import Flight
from headrace.commit import FileMetadata
from headrace.contract import Contract, SchemaValidator, load_contract
from headrace.errors import (
    AuthError,
    CommitConflictError,
    CommitError,
    CommitUnknownError,
    ConfigError,
    ContractError,
    DataError,
    DecodeError,
    FencedError,
    HeadraceError,
    NativeError,
    PluginError,
    Problem,
    RateLimitError,
    ReaderConnectionError,
    ReaderError,
    Scope,
    SourceNotFoundError,
    StateError,
    TargetAuthError,
    TargetConnectionError,
    WriteError,
    WriterError,
)
from headrace.job import Drift, Secret
from headrace.loop import (
    ResolvedJob,
    RunReport,
    create_committer,
    create_extractor,
    create_state_manager,
    create_writer,
    execute_job,
    read_manifest,
    recover_job,
    resolve_job,
)
from headrace.schema import Field, Schema
from headrace.state import StateManager
from headrace.stream import StreamOptions

__version__ = "0.1.0"

__all__ = [
    "AuthError",
    "Batch",
    "CommitConflictError",
    "CommitError",
    "CommitUnknownError",
    "ConfigError",
    "Contract",
    "ContractError",
    "DataError",
    "DecodeError",
    "Drift",
    "FencedError",
    "Field",
    "FileMetadata",
    "Flight",
    "HeadraceError",
    "NativeError",
    "PluginError",
    "Position",
    "Problem",
    "RateLimitError",
    "ReaderConnectionError",
    "ReaderError",
    "ResolvedJob",
    "RowError",
    "RunReport",
    "Schema",
    "SchemaValidator",
    "Scope",
    "Secret",
    "SourceNotFoundError",
    "StateError",
    "StateManager",
    "StreamOptions",
    "TargetAuthError",
    "TargetConnectionError",
    "WriteError",
    "WriterError",
    "create_committer",
    "create_extractor",
    "create_state_manager",
    "create_writer",
    "execute_job",
    "load_contract",
    "read_manifest",
    "recover_job",
    "resolve_job",
]

# Users import from here alone, so this is the place that reprs, tracebacks and pickles name.
for _name in __all__:
    globals()[_name].__module__ = __name__
