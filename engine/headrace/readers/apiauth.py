"""Who asks: the headers and parameters of each request, and tokens that are fetched for them."""

import time
from base64 import b64encode
from collections.abc import Callable
from typing import Final
from urllib.parse import quote_plus, urlencode

import msgspec

from headrace.errors import AuthError, ReaderError
from headrace.job import Secret
from headrace.readers.apiauthconfig import AuthConfig, is_header_value
from headrace.readers.apiconnection import Answer
from headrace.readers.apiendpoint import Request
from headrace.readers.apisecrets import Concealer
from headrace.readers.apiurl import Params

EARLY_S: Final = 60.0
"""A token is fetched so long before it expires, or at nine tenths of its time [s]."""

_HEADERS: Final = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Accept": "application/json",
}


class _Token(msgspec.Struct, frozen=True):
    """What an authorisation server answers (RFC 6749, section 5.1); other members are its own."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105  what it is called
    expires_in: float | None = None


class Auth:
    """Who asks.

    Args:
        config: The options; None where anybody may.
        conceal: Is told of tokens that are fetched.
        ask: Makes a request for a token; raises what its answer says is wrong.
    """

    def __init__(
        self,
        config: AuthConfig | None,
        conceal: Concealer,
        ask: Callable[[Request], Answer],
    ) -> None:
        self._config = config
        self._conceal = conceal
        self._ask = ask
        self._token: str | None = None
        self._stale_at: float | None = None

    @property
    def can_renew(self) -> bool:
        """Whether a refused token may be replaced by another."""
        return self._config is not None and self._config.type == "oauth2"

    @property
    def params(self) -> Params:
        """Parameters that tell who asks."""
        config = self._config
        if config is not None and config.type == "api_key" and config.place == "query":
            return [(config.name or "", _revealed(config.api_key))]
        return []

    def headers(self) -> dict[str, str]:
        """Headers that tell who asks; fetches a token where there is none, or it is about to end.

        Raises:
            ReaderError: None is given.
        """
        config = self._config
        if config is None or self.params:
            return {}
        if config.type == "bearer":
            return {"Authorization": f"Bearer {_revealed(config.token)}"}
        if config.type == "basic":
            return {"Authorization": _basic(config.username or "", _revealed(config.password))}
        if config.type == "api_key":
            return {config.name or "": _revealed(config.api_key)}
        if self._token is None or (self._stale_at is not None and _now() >= self._stale_at):
            self._fetch(config)
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> None:
        """Have another token fetched with the next request."""
        self._token = None

    def _fetch(self, config: AuthConfig) -> None:
        secret, client = _revealed(config.client_secret), config.client_id or ""
        form = {"grant_type": "client_credentials", **(config.params or {})}
        headers = dict(_HEADERS)
        if config.scope is not None:
            form["scope"] = config.scope
        if config.credentials == "body":
            form |= {"client_id": client, "client_secret": secret}
        else:
            # Coded as a form first: RFC 6749, section 2.3.1.
            headers["Authorization"] = _basic(quote_plus(client), quote_plus(secret))
        asked_at = _now()
        answer = self._ask(
            Request(
                method="POST",
                url=config.token_url or "",
                headers=headers,
                body=urlencode(form).encode(),
            )
        )
        token = self._read(answer)
        self._conceal.add(token.access_token)
        self._token, self._stale_at = token.access_token, None
        if token.expires_in is not None:
            early_s = min(EARLY_S, token.expires_in / 10)
            self._stale_at = asked_at + token.expires_in - early_s

    def _read(self, answer: Answer) -> _Token:
        try:
            token = msgspec.json.decode(answer.body, type=_Token, strict=False)
        except msgspec.DecodeError as error:
            message = "the authorisation server answered what is no token"
            raise ReaderError(message, url=self._conceal.url(answer.url)) from error
        if token.token_type.lower() != "bearer" or not is_header_value(token.access_token):
            message = "the authorisation server gave a token that is no bearer token"
            raise AuthError(message, url=self._conceal.url(answer.url))
        return token


def _revealed(secret: Secret | None) -> str:
    return secret.reveal() if secret is not None else ""


def _basic(user: str, password: str) -> str:
    """Of RFC 7617, in UTF-8."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def _now() -> float:
    return time.monotonic()


__all__ = ["Auth"]
