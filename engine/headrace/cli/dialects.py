"""What `discover` says of a source's dialect: what was found, and what the job lacks of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import msgspec

from headrace.loop import ResolvedJob

Dialect: TypeAlias = Mapping[str, Mapping[str, Any]]


def sniffed(resolved: ResolvedJob) -> tuple[ResolvedJob, Dialect | None]:
    """The job with the options that its source seems to want and that it does not say itself.

    Returns:
        The job as it is and None, where its reader has no method `sniff`.

    Raises:
        ReaderError: The source cannot be read.
    """
    plugin = resolved.plugins["reader"]
    sniff = getattr(resolved.create_reader(with_contract=False), "sniff", None)
    if sniff is None:
        return resolved, None
    section = resolved.job.reader
    with plugin.blamed("failed to look at its source"):
        dialect: Dialect = sniff(section.config.keys())
    config = {**section.config, **dialect["missing"]}
    # What the source seems to want and no option can say is told, and left.
    if plugin.configure(config, document=resolved.job.document)[1]:
        return resolved, dialect
    job = msgspec.structs.replace(
        resolved.job, reader=msgspec.structs.replace(section, config=config)
    )
    return replace(resolved, job=job), dialect


def notes_of(dialect: Dialect | None) -> Iterator[str]:
    """What is to be written into the job, and what it says that the source does not bear out."""
    if dialect is None:
        return
    for key, value in dialect["missing"].items():
        yield f"note: write into the reader's section: {key}: {json.dumps(value)}"
    for key, value in dialect["contradicted"].items():
        yield f"note: the file looks like {key}: {json.dumps(value)}, and the job says otherwise"
