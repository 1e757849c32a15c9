"""How a connector is called: its program or image, and the private files that it is given."""

import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from headrace.errors import PluginError
from headrace.readers.airbyteconfig import AirbyteConfig
from headrace.readers.airbytecontainer import MOUNT, docker_command, stop, sweep
from headrace.readers.airbyteprocess import ConnectorProcess


@contextmanager
def called(
    config: AirbyteConfig,
    verb: str,
    files: Mapping[str, Any],
    *,
    redact: Callable[[str], str],
) -> Iterator[ConnectorProcess]:
    """Run one command of the protocol; process and files are gone afterwards.

    Args:
        config: The job's reader section.
        verb: `spec`, `check`, `discover` or `read`.
        files: Its options without `--`, each with the JSON that its file holds.
        redact: Takes the config's secrets out of a text.

    Raises:
        PluginError: The connector cannot be started.
    """
    # 0700, and each file 0600: the config holds secrets.
    with tempfile.TemporaryDirectory(prefix="headrace-airbyte-") as folder:
        seen = folder if config.image is None else MOUNT
        arguments = [verb]
        for option, value in files.items():
            descriptor = os.open(
                Path(folder, f"{option}.json"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
            )
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(value))
            arguments += [f"--{option}", f"{seen}/{option}.json"]
        name = Path(folder).name
        if config.image is not None:
            if verb == "read":
                sweep()
            label, end = config.image, partial(stop, name)
            user = f"{os.getuid()}:{os.getgid()}" if hasattr(os, "getuid") else None
            # By their names alone: a command line is for all to see.
            variables = [word for key in config.environment for word in ("--env", key)]
            command = docker_command(
                config.image,
                arguments,
                files=folder,
                name=name,
                user=user,
                options=[*variables, *config.docker_options],
            )
        else:
            program = program_of(config)
            label, end = program[0], None
            command = [*program, *arguments]
        with ConnectorProcess(
            command,
            label=label,
            cwd=config.base_dir,
            environment=config.environment,
            idle_timeout_s=config.idle_timeout_s,
            redact=redact,
            stop=end,
        ) as process:
            yield process


def program_of(config: AirbyteConfig) -> list[str]:
    """Program and arguments of `command`; a relative path is of the job file's folder.

    Raises:
        PluginError: There is no such program.
    """
    command = config.command or ()
    words = shlex.split(command) if isinstance(command, str) else list(command)
    if not words:
        message = "command is empty"
        raise PluginError(message)
    program = words[0]
    if "/" in program:
        program = str(Path(config.base_dir, Path(program).expanduser()).absolute())
    found = shutil.which(program)
    if found is None:
        message = f"there is no program {words[0]!r}: install the connector, or give its path"
        raise PluginError(message, plugin=words[0])
    return [found, *words[1:]]


__all__ = ["called", "program_of"]
