"""A recipe: how an image is made of what is on this machine, and had where a registry is."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headrace_harness.data.cache import Announce
from headrace_harness.images.steps import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How an image is made.

    Attributes:
        name: On the command line.
        tag: Under which it is asked for.
        title: One line for people.
        official: What a registry calls it; empty where no registry has it.
        changes: Instructions of a Dockerfile, behind the steps.
        prepare: Gives the steps, once what they take is on this machine; told whom to tell what
            takes long.
    """

    name: str
    tag: str
    title: str
    changes: tuple[str, ...]
    prepare: Callable[[Announce], Sequence[Step]]
    official: str = ""

    def text(self, steps: Sequence[Step]) -> str:
        """It, as a Dockerfile would say it."""
        return "\n".join(["FROM scratch", *(step.line() for step in steps), *self.changes])

    def digest(self, steps: Sequence[Step]) -> str:
        """What changes whenever the image would."""
        marked = [*self.changes, *(step.mark() for step in steps)]
        return hashlib.sha256("\n".join(marked).encode()).hexdigest()[:16]
