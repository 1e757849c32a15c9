"""The images of Airbyte connectors: this interpreter, and the packages of PyPI beside it."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from headrace_harness.data.cache import Announce
from headrace_harness.images.interpreter import PYTHON, interpreter_steps, packages_folder
from headrace_harness.images.names import FAKER, REPLAY, STRIPE
from headrace_harness.images.recipe import Recipe
from headrace_harness.images.steps import Copy, Libraries, Step
from headrace_harness.services.apart import apart

_REPLAY: Final = Path(__file__).parents[1] / "services" / "replay.py"


def connector_steps(packages: Path) -> Sequence[Step]:
    """A connector's packages beside the interpreter.

    Args:
        packages: The folder of an environment of this interpreter's version.
    """
    extensions = sorted(packages.rglob("*.so*"))
    return (
        *interpreter_steps(),
        Copy(packages, str(packages_folder()), without=frozenset({"pip"})),
        *([Libraries(tuple(extensions), within=packages)] if extensions else []),
    )


def connector_changes(module: str) -> tuple[str, ...]:
    """How a connector is run: as Airbyte's own are, by a Python that reads `PYTHONPATH`.

    Args:
        module: Whose function `run` is the connector.
    """
    entry = json.dumps([str(PYTHON), "-c", f"from {module} import run; run()"])
    return ("ENV HOME=/tmp PYTHONUNBUFFERED=1", f"ENTRYPOINT {entry}")


def _of_pypi(name: str, requirement: str, announce: Announce) -> Sequence[Step]:
    program = apart(f"airbyte-{name}", requirement, f"source-{name}", announce=announce)
    (packages,) = program.parents[1].glob("lib/python*/site-packages")
    return connector_steps(packages)


def _connector(name: str, tag: str, *, requirement: str, official: str) -> Recipe:
    return Recipe(
        name=f"source-{name}",
        tag=tag,
        official=official,
        title=f"Airbyte's {name} connector, of PyPI's {requirement}",
        prepare=partial(_of_pypi, name, requirement),
        changes=connector_changes(f"source_{name}.run"),
    )


def _replay(announce: Announce) -> Sequence[Step]:
    del announce
    return (*interpreter_steps(), Copy(_REPLAY, "/replay.py"))


FAKER_RECIPE: Final = _connector(
    "faker",
    FAKER,
    requirement="airbyte-source-faker>=7,<8",
    official="airbyte/source-faker:7.2.1",
)
STRIPE_RECIPE: Final = _connector(
    "stripe",
    STRIPE,
    requirement="airbyte-source-stripe>=5.14,<6",
    official="airbyte/source-stripe:5.14.1",
)
REPLAY_RECIPE: Final = Recipe(
    name="source-replay",
    tag=REPLAY,
    title="the harness's connector that plays back",
    prepare=_replay,
    changes=("ENV HOME=/tmp", f'ENTRYPOINT ["{PYTHON}", "-I", "-S", "/replay.py"]'),
)
