"""A path or mapping to a `Job`; plugins are resolved later, above this layer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headrace.errors import ConfigError, Problem
from headrace.job.check import check
from headrace.job.document import Document, load_document
from headrace.job.model import Job, RawJob, Section
from headrace.job.secret import secrets_of


def parse_job(
    source: str | Path | Mapping[str, Any], *, base_dir: Path | None = None
) -> tuple[Job | None, Document, list[Problem]]:
    """Read a job.

    Args:
        source: Path of a YAML file, or the job as a mapping.
        base_dir: What relative paths resolve against; the file's folder, or the current one.

    Returns:
        The job, or None where something is wrong; the document; every problem.

    Raises:
        ConfigError: The file cannot be read or is not a YAML mapping.
    """
    document, problems = load_document(source, base_dir=base_dir)
    if not isinstance(document.value, dict):
        problem = document.problem((), "a job is a mapping with version, name, reader, …")
        raise ConfigError(problems=[problem])
    checked = check(RawJob, document.value, document=document, path=())
    problems = [*problems, *checked.problems]
    sections = {}
    for key in ("reader", "writer", "target"):
        value = document.value.get(key)
        if isinstance(value, dict):
            kind = value.get("type")
            if isinstance(kind, str) and kind:
                config = {k: v for k, v in value.items() if k != "type"}
                sections[key] = Section(type=kind, config=config)
            else:
                problem = document.problem((key, "type"), "is required: the name of a plugin")
                problems.append(problem)
    raw = checked.value
    if raw is None or problems:
        return None, document, problems
    job = Job(
        name=raw.name,
        reader=sections["reader"],
        writer=sections["writer"],
        target=sections["target"],
        contract=raw.contract,
        streams=raw.streams,
        validation=raw.validation,
        drift=raw.drift,
        state=raw.state,
        batch=raw.batch,
        base_dir=document.base_dir,
        document=document,
        secrets=secrets_of(document.value),
    )
    return job, document, problems
