"""The options of `auth`: who asks."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from headrace.errors import ConfigError, Problem
from headrace.job import Secret
from headrace.job.struct import Struct
from headrace.readers.apiurl import problem_of
from headrace.readers.section import means

Type = Literal["bearer", "basic", "api_key", "oauth2"]

_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "bearer": ("token",),
    "basic": ("username", "password"),
    "api_key": ("name", "api_key"),
    "oauth2": ("token_url", "client_id", "client_secret"),
}
_TAKEN: Final[Mapping[str, tuple[str, ...]]] = {
    "api_key": ("place",),
    "oauth2": ("scope", "params", "credentials"),
}


class AuthConfig(Struct, frozen=True, kw_only=True):
    """The keys of `auth`; each type takes its own."""

    type: Annotated[
        Type,
        means(
            "`bearer`: `token`; `basic`: `username`, `password`; `api_key`: `name`, `api_key`, "
            "`in`; `oauth2`, client credentials: `token_url`, `client_id`, `client_secret`, "
            "`scope`, `params`, `credentials`"
        ),
    ]
    token: Annotated[Secret | None, means("the token; a secret")] = None
    username: Annotated[str | None, means("who")] = None
    password: Annotated[Secret | None, means("a secret")] = None
    name: Annotated[str | None, means("of the header or parameter that holds the key")] = None
    api_key: Annotated[Secret | None, means("the key; a secret")] = None
    place: Annotated[
        Literal["header", "query"] | None,
        means("where the key stands: in a `header`, or in the `query`; none given: `header`"),
    ] = msgspec.field(name="in", default=None)
    token_url: Annotated[str | None, means("where a token is had")] = None
    client_id: Annotated[str | None, means("who")] = None
    client_secret: Annotated[Secret | None, means("a secret")] = None
    scope: Annotated[str | None, means("what the token is asked for")] = None
    params: Annotated[
        Mapping[str, str] | None,
        means("more that is sent for a token, such as `audience`"),
    ] = None
    credentials: Annotated[
        Literal["header", "body"] | None,
        means(
            "how the client says who it is: by a `header`, as RFC 6749 prefers, or in the `body`; "
            "none given: `header`"
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse what the type lacks, and what it does not take.

        Raises:
            ConfigError: Every such option.
        """
        problems = []
        required = _REQUIRED[self.type]
        taken = {"type", *required, *_TAKEN.get(self.type, ())}
        for field in msgspec.structs.fields(self):
            is_given = getattr(self, field.name) is not None
            if field.name in required and not is_given:
                message = f"is required for {self.type} and missing"
                problems.append(Problem(path=field.encode_name, message=message))
            elif is_given and field.name not in taken:
                message = f"is no key of {self.type}"
                problems.append(Problem(path=field.encode_name, message=message))
        for name in ("token", "api_key", "name"):
            value = getattr(self, name)
            text = value.reveal() if isinstance(value, Secret) else value
            if text is not None and not is_header_value(text):
                message = "cannot be in a header: it is empty, or has a line end or the like in it"
                problems.append(Problem(path=name, message=message))
        if self.type == "basic" and ":" in (self.username or ""):
            problems.append(Problem(path="username", message="has a colon, which ends it"))
        if self.token_url is not None and (why := problem_of(self.token_url)):
            problems.append(Problem(path="token_url", message=why))
        if problems:
            raise ConfigError(problems=problems)

    @property
    def secrets(self) -> list[str]:
        """Every secret of it."""
        given = (self.token, self.password, self.api_key, self.client_secret)
        return [secret.reveal() for secret in given if secret is not None]


def is_header_value(text: str) -> bool:
    """Whether a text can be the value of a header, whole."""
    return bool(text) and text.isascii() and text.isprintable() and text == text.strip()


__all__ = ["AuthConfig", "is_header_value"]
