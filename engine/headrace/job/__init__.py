"""What the user wrote, resolved and frozen.

- `bucket`: what a job says of a bucket, wherever it names one.
- `document`: YAML with the line of every key, and `${VAR}` resolved.
- `check`: a mapping against a typed struct, all problems at once.
- `model`: the sections of a job, their defaults and what they mean.
- `parse`: a path or mapping to a `Job`.
- `secret`: values that print as `***`.
- `struct`: the base of every section.
- `size`: byte sizes such as `128MiB`.
"""

from headrace.job.bucket import BucketKeys, BucketName, KeyPrefix
from headrace.job.check import Checked, check
from headrace.job.document import Document, KeyPath, load_document
from headrace.job.model import (
    Batching,
    Checkpointing,
    Drift,
    Job,
    RawJob,
    Section,
    StateSection,
    StreamSection,
    Validation,
)
from headrace.job.parse import parse_job
from headrace.job.secret import Secret, redact, secrets_of
from headrace.job.size import ByteSize

__all__ = [
    "Batching",
    "BucketKeys",
    "BucketName",
    "ByteSize",
    "Checked",
    "Checkpointing",
    "Document",
    "Drift",
    "Job",
    "KeyPath",
    "KeyPrefix",
    "RawJob",
    "Secret",
    "Section",
    "StateSection",
    "StreamSection",
    "Validation",
    "check",
    "load_document",
    "parse_job",
    "redact",
    "secrets_of",
]
