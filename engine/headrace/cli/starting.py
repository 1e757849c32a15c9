"""`init`: a starting job."""

import argparse
from importlib import resources
from pathlib import Path

from headrace.cli.output import emit, say
from headrace.errors import ConfigError


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    init = commands.add_parser("init", help="write a starting file")
    init.add_argument("what", choices=["job"])
    init.add_argument("directory", nargs="?", default=".", help="where; the current one if absent")
    init.set_defaults(handler=_init)


def _init(args: argparse.Namespace) -> int:
    """Write a job that runs, with its data and contract; nothing is overwritten."""
    template = resources.files("headrace.cli") / "template"
    root = Path(args.directory)
    files = {name: (template / name).read_text() for name in ("job.yaml", "contract.yaml")}
    files["data/people.csv"] = (template / "people.csv").read_text()
    there = [name for name in files if (root / name).exists()]
    if there:
        message = f"{root / there[0]} is there already; nothing was written"
        raise ConfigError(message)
    try:
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    except OSError as error:
        message = f"{error.filename} cannot be written: {error.strerror}"
        raise ConfigError(message) from error
    if args.json:
        emit({"files": [str(root / name) for name in files]})
    for name in files:
        say(f"wrote {root / name}")
    say(f"try: headrace run {root / 'job.yaml'}")
    return 0
