"""The options of the Airbyte reader; each says what it means, for editors and documents."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from headrace.errors import ConfigError, Problem
from headrace.readers.section import StreamsSection, means

DEFAULT_IDLE_TIMEOUT_S: Final = 600.0
"""A connector that waits for a rate limit to pass prints nothing meanwhile [s]."""


class AirbyteConfig(StreamsSection, frozen=True, kw_only=True):
    """The keys of `reader: {type: airbyte}`."""

    command: Annotated[
        str | tuple[str, ...] | None,
        means(
            "the connector as a program: a list, or a text that is split as a shell does; it runs "
            "in the job file's folder"
        ),
    ] = None
    image: Annotated[
        str | None, means("the connector as a container image, instead of `command`")
    ] = None
    config: Annotated[
        Mapping[str, Any],
        means("what the connector is told, as its `spec` says; reaches it by a private file"),
    ] = msgspec.field(default_factory=dict)
    environment: Annotated[
        Mapping[str, str],
        means("variables of the connector, a proxy for one, beside those of headrace itself"),
    ] = msgspec.field(default_factory=dict)
    docker_options: Annotated[
        tuple[str, ...],
        means("more options of `docker run`, in front of the image: mounts, networks, hosts"),
    ] = ()
    source_stream: Annotated[
        str | None,
        means(
            "which of the connector's streams, where the job has no `streams`; none given: the "
            "only one that it has"
        ),
    ] = None
    cursor: Annotated[
        str | tuple[str, ...] | None,
        means(
            "the field by which the connector tells what is new, where it leaves the choice; a "
            "list is a path"
        ),
    ] = None
    catalog: Annotated[
        str | None,
        means(
            "a file that holds what the connector's `discover` prints, for runs that do not ask "
            "for it again"
        ),
    ] = None
    nested: Annotated[
        Literal["json", "struct"],
        means(
            "objects and arrays without a contract: JSON texts, or structs and lists where the "
            "catalog says what is in them"
        ),
    ] = "json"
    idle_timeout_s: Annotated[
        float,
        msgspec.Meta(gt=0),
        means("how long the connector may print nothing before it is given up [s]"),
    ] = DEFAULT_IDLE_TIMEOUT_S

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ConfigError: Every such option.
        """
        problems = []
        if (self.command is None) == (self.image is None):
            message = "one of `command` and `image` is required, and not both"
            problems.append(Problem(path="command", message=message))
        if self.command is not None and not self.command:
            problems.append(Problem(path="command", message="is empty"))
        if self.docker_options and self.image is None:
            message = "is for an `image`; `command` starts no container"
            problems.append(Problem(path="docker_options", message=message))
        if self.streams and self.source_stream is not None:
            message = "the job's `streams` say what is read: remove one of the two"
            problems.append(Problem(path="source_stream", message=message))
        if self.streams and self.cursor is not None:
            message = "is said for each stream below the job's `streams`"
            problems.append(Problem(path="cursor", message=message))
        if problems:
            raise ConfigError(problems=problems)


__all__ = ["DEFAULT_IDLE_TIMEOUT_S", "AirbyteConfig"]
