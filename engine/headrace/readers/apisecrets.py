"""What of the REST API reader's texts is secret: credentials, tokens, and what echoes them."""

from base64 import b64encode
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit

from headrace.job import redact
from headrace.job.secret import LEAST_CHARACTERS, MASK, is_secret_key

_URL_CHARACTERS: Final = 500


class Concealer:
    """Takes the secrets that it has been told out of texts.

    Args:
        secrets: Those that are known from the start.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: frozenset[str] = frozenset()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Conceal a secret from now on, however a URL or a header spells it."""
        if len(secret) < LEAST_CHARACTERS:
            return
        coded = b64encode(secret.encode()).decode()
        self._secrets |= {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), coded}

    def __call__(self, text: str) -> str:
        """The text without them."""
        return str(redact(text, self._secrets))

    def url(self, url: str) -> str:
        """A URL for messages: without secrets, known ones and by the names of parameters."""
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        shown = [(name, MASK if is_secret_key(name) else value) for name, value in pairs]
        query = urlencode(shown, quote_via=quote, safe="*:/,")
        text = self(parts._replace(query=query).geturl())
        return text if len(text) <= _URL_CHARACTERS else f"{text[:_URL_CHARACTERS]}…"


__all__ = ["Concealer"]
