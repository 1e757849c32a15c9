"""The bytes of a CSV file: text in every encoding, and in every compression."""

from __future__ import annotations

import bz2
import codecs
import gzip
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Python's name of each encoding.
CODECS: Mapping[str, str] = {
    "utf-8": "utf-8",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "latin-1": "iso-8859-1",
    "windows-1252": "windows-1252",
}

MARKS: Mapping[str, bytes] = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16le": codecs.BOM_UTF16_LE,
    "utf-16be": codecs.BOM_UTF16_BE,
    "latin-1": b"",
    "windows-1252": b"",
}


def zstd(data: bytes) -> bytes:
    """One zstd frame."""
    return pa.compress(data, codec="zstd", asbytes=True)  # type: ignore[no-any-return]


PACKERS: Mapping[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zstd": zstd,
    "bz2": bz2.compress,
}


def encoded(draw: st.DrawFn, data: bytes, options: dict[str, Any]) -> bytes:
    """UTF-8 in another encoding, in one case of two; says which in `options`.

    A byte that is no text stays one: by itself, or as a lone surrogate where there are such.
    """
    encoding = draw(st.sampled_from([*["utf-8"] * 4, *CODECS]))
    if encoding == "utf-8":
        return data
    text = data.decode(errors="surrogateescape")
    mark = MARKS[encoding] if draw(st.booleans()) else b""
    options["encoding"] = "utf-16" if mark and draw(st.booleans()) else encoding
    keeps_units = "16" in encoding and draw(st.integers(0, 3)) > 0
    return mark + b"".join(
        _unit(character, CODECS[encoding], keeps_units=keeps_units) for character in text
    )


def _unit(character: str, codec: str, *, keeps_units: bool) -> bytes:
    if "\udc80" <= character <= "\udcff":
        alone = bytes([ord(character) - 0xDC00])
        return character.encode(codec, errors="surrogatepass") if keeps_units else alone
    return character.encode(codec, errors="replace")


def packed(draw: st.DrawFn, data: bytes, options: dict[str, Any]) -> bytes:
    """Plain in most cases, else compressed in one piece or two; says how in `options`, or not.

    Sometimes what is compressed is cut, or is not what `options` say.
    """
    packing = draw(st.sampled_from([*["none"] * 12, *PACKERS]))
    if packing == "none":
        options |= draw(st.sampled_from([{}, {}, {}, {"compression": "none"}]))
        return data
    wrong = [name for name in PACKERS if name != packing]
    said = draw(st.sampled_from(["auto", packing, "auto", packing, *wrong]))
    options["compression"] = said
    cut = draw(st.integers(0, len(data)))
    whole = b"".join(PACKERS[packing](part) for part in (data[:cut], data[cut:]))
    return whole if draw(st.integers(0, 4)) else whole[: draw(st.integers(0, len(whole)))]
