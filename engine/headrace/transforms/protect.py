"""`mask` and `hash`: personal data that are not to land as they are."""

from typing import Annotated, ClassVar

import msgspec

from headrace import _native
from headrace.job import Secret
from headrace.job.struct import Struct
from headrace.transforms.native import NativeStep


class KeepLast(Struct, frozen=True, kw_only=True):
    """How many characters of a masked value stay."""

    keep_last: Annotated[int, msgspec.Meta(ge=0)]


class Mask(NativeStep[dict[str, str | KeepLast]]):
    """Replaces values, or all their characters but the last few."""

    Config = dict[str, str | KeepLast]
    takes: ClassVar[str] = '`{column: "text", other: {keep_last: 4}, …}`'
    meaning: ClassVar[str] = (
        "puts the text in the place of every value, or `*` in the place of each character but the "
        "last few, of all where there are no more; null stays null, the column is then of strings"
    )

    def make(self, schema: _native.Schema) -> _native.TransformStep:
        """As `NativeStep.make`."""
        given = [
            (name, how.keep_last if isinstance(how, KeepLast) else how)
            for name, how in self._config.items()
        ]
        return _native.TransformStep.mask(schema, given)

    def source(self, column: str) -> str | None:
        """As `Step.source`."""
        return None if column in self._config else column


class HashConfig(Struct, frozen=True, kw_only=True):
    """The columns, and the secret that makes their hashes worthless to who does not have it."""

    columns: Annotated[list[str], msgspec.Meta(min_length=1)]
    secret: Secret | None = None


class Hash(NativeStep[HashConfig]):
    """Replaces values by their SHA-256, or with a secret by their HMAC-SHA-256.

    Source:
        FIPS 180-4; RFC 2104.
    """

    Config = HashConfig
    takes: ClassVar[str] = "`{columns: [column, …], secret: ${VAR}}`"
    meaning: ClassVar[str] = (
        "puts the SHA-256 of a value's text in its place, in hexadecimal digits, with a `secret` "
        "the HMAC-SHA-256; equal values stay equal, null stays null"
    )

    def make(self, schema: _native.Schema) -> _native.TransformStep:
        """As `NativeStep.make`."""
        secret = self._config.secret
        key = secret.reveal().encode() if secret is not None else None
        return _native.TransformStep.hash(schema, self._config.columns, key=key)

    def source(self, column: str) -> str | None:
        """As `Step.source`."""
        return None if column in self._config.columns else column
