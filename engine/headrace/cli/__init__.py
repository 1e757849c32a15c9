"""The command line: every command has `--json`; human text to stderr, data to stdout.

- `main`: the parser, errors and exit codes.
- `running`: `run`, `recover`.
- `inspecting`: `check`, `discover`, `validate`, `plugins`, `schema`.
- `dialects`: what `discover` says of a source's dialect.
- `stating`: `state show|set|reset`.
- `starting`: `init`.
- `schemas`: the JSON Schemas for editors.
- `supervision`: jobs with a shared library, in a process that this one outlives.
- `progress`: the line that a terminal shows while a job runs.
- `output`: where text and data go.
- `interrupts`: Ctrl-C and SIGTERM.
"""

from headrace.cli.main import main

__all__ = ["main"]
