"""Makes images, or has them pulled; what is there and of its recipe is left as it is."""

import subprocess
import tarfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import RawIOBase
from typing import IO, Any, Final, Literal, cast

from headrace_harness.data.cache import Announce
from headrace_harness.errors import ServiceError
from headrace_harness.images.recipe import Recipe
from headrace_harness.images.steps import Step
from headrace_harness.services.dockercommand import docker, image_label, missing_engine
from headrace_harness.services.owner import Owner

BUILT: Final = "org.headrace.built"
"""Label of an image that was made here; its value is the digest of its recipe."""

UNFINISHED: Final = "headrace/unfinished"
"""Repository of an image that is being made; its tag names its owner."""

PULL_S: Final = 60.0
"""What a registry may take [s]; one that cannot be reached may not answer at all."""

TELL_S: Final = 3.0
"""How often is told how much has been sent [s]."""

_MB: Final = 1_000_000

Outcome = Literal["there", "pulled", "made"]
State = Literal["made", "foreign", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What became of a recipe.

    Attributes:
        name: Of the recipe.
        tag: Of the image.
        outcome: Whether it was there, or how it was had.
        wall_s: How long that took [s].
        size_bytes: Of the image [bytes].
    """

    name: str
    tag: str
    outcome: Outcome
    wall_s: float
    size_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def build(recipe: Recipe, announce: Announce, *, pulls: bool = False, again: bool = False) -> Image:
    """Have an image under its tag.

    Args:
        recipe: Of the image.
        announce: Told what takes long.
        pulls: Whether a registry is asked first.
        again: Whether it is made although it is there.

    Raises:
        ServiceError: There is no Docker, or it cannot be made.
    """
    began = time.monotonic()
    if missing := missing_engine():
        raise ServiceError(missing)  # before minutes are spent on what goes into it
    outcome = _have(recipe, announce, pulls=pulls, again=again)
    return Image(
        name=recipe.name,
        tag=recipe.tag,
        outcome=outcome,
        wall_s=round(time.monotonic() - began, 1),
        size_bytes=int(docker("image", "inspect", "--format", "{{.Size}}", recipe.tag)),
    )


def state_of(recipe: Recipe) -> State:
    """Whether the image was made here, comes from elsewhere, or is missing."""
    label = image_label(recipe.tag, BUILT)
    if label is None:
        return "missing"
    return "made" if label else "foreign"


def _have(recipe: Recipe, announce: Announce, *, pulls: bool, again: bool) -> Outcome:
    if pulls and recipe.official and _is_pulled(recipe, announce):
        return "pulled"
    made_of = image_label(recipe.tag, BUILT)
    if made_of == "" and not again:
        return "there"  # somebody else's, who knows why
    steps = recipe.prepare(announce)
    digest = recipe.digest(steps)
    if made_of == digest and not again:
        return "there"
    former = docker("image", "inspect", "--format", "{{.Id}}", recipe.tag) if made_of else ""
    _make(recipe, steps, digest, announce)
    if former:
        with suppress(ServiceError):  # a container of it may run
            docker("rmi", former.strip())
    return "made"


def _is_pulled(recipe: Recipe, announce: Announce) -> bool:
    announce(f"pulling {recipe.official}")
    try:
        docker("pull", "--quiet", recipe.official, within_s=PULL_S)
        docker("tag", recipe.official, recipe.tag)
    except ServiceError as error:
        announce(f"{recipe.official} cannot be pulled, so it is made: {error}")
        return False
    return True


def _make(recipe: Recipe, steps: Sequence[Step], digest: str, announce: Announce) -> None:
    """Import a file system; it bears its tag only once it is whole."""
    labelled = f"LABEL {BUILT}={digest}"
    changes = [word for line in (*recipe.changes, labelled) for word in ("--change", line)]
    unfinished = f"{UNFINISHED}:{Owner.here()}-{recipe.name}"
    try:
        _import(recipe, steps, [*changes, "-", unfinished], announce)
        docker("tag", unfinished, recipe.tag)
    finally:
        with suppress(ServiceError):
            docker("rmi", unfinished)


def _import(
    recipe: Recipe, steps: Sequence[Step], arguments: Sequence[str], announce: Announce
) -> None:
    with subprocess.Popen(  # noqa: S603 - our own arguments
        ["docker", "import", *arguments],  # noqa: S607 - the user's docker
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        if process.stdin is None or process.stderr is None:
            process.kill()
            return
        is_cut = False
        try:
            with (
                _Sent(process.stdin, recipe.name, announce) as sent,
                _Layer.open(fileobj=sent, mode="w|", dereference=True) as tar,
            ):
                for step in steps:
                    step.fill(tar)
        except BrokenPipeError:
            is_cut = True
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace")
    if process.returncode or is_cut:
        message = f"{recipe.tag} cannot be made: {' '.join(said.split())}"
        raise ServiceError(message)


class _Layer(tarfile.TarFile):
    """A file system in which a file that several steps bring is once: Docker refuses it twice."""

    def addfile(self, tarinfo: tarfile.TarInfo, fileobj: Any = None) -> None:  # noqa: ANN401  as there
        """As there, unless it is there already."""
        if tarinfo.name not in self._names():
            self._names().add(tarinfo.name)
            super().addfile(tarinfo, fileobj)

    def _names(self) -> set[str]:
        return cast("set[str]", self.__dict__.setdefault("names_so_far", set()))


class _Sent(RawIOBase):
    """A pipe that tells how much has gone through it."""

    def __init__(self, pipe: IO[bytes], name: str, announce: Announce) -> None:
        self._pipe = pipe
        self._name = name
        self._announce = announce
        self._bytes = 0
        self._told_at = time.monotonic()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401  any buffer
        """Pass it on."""
        self._pipe.write(data)
        self._bytes += len(data)
        if time.monotonic() - self._told_at > TELL_S:
            self._told_at = time.monotonic()
            self._announce(f"making {self._name}: {self._bytes / _MB:.0f} MB")
        return len(data)

    def close(self) -> None:
        """Close the pipe, too: its end is that of the image."""
        self._pipe.close()
        super().close()
