"""A CSV file's bytes: every encoding and compression gives what the text itself gives."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from headrace import DecodeError, StateManager
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import READERS
from tests.csv_packing import CODECS, MARKS, PACKERS, zstd
from tests.readings import a_file, a_reading, a_source, columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

A_B = columns(a="string", b="int8")
A = columns(a="string")


@dataclass(frozen=True, kw_only=True)
class Story:
    """What a reader says of a file: each record with its line and offset, good or not."""

    rows: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    errors: tuple[tuple[int, int, str | None, str], ...]
    failure: tuple[str, int, int] | None

    def moved(self, offsets: Mapping[int, int], mark: int) -> Story:
        """The same with other offsets, behind a mark of so many bytes."""
        there = {at: offset + mark for at, offset in offsets.items()}
        return Story(
            rows=self.rows,
            places=tuple((line, there[at]) for line, at in self.places),
            errors=tuple((line, there[at], field, rule) for line, at, field, rule in self.errors),
            failure=self.failure and (*self.failure[:2], there[self.failure[2]]),
        )


def a_story(kind: str, path: Path, **options: Any) -> Story:  # noqa: ANN401  as `a_source` takes them
    """Everything that a reader yields of a file of the columns a and b."""
    rows, places, errors, failure = [], [], [], None
    source = a_source(kind, str(path), schema=A_B.schema, batch_rows=3, **options)
    batches = source.extract(StateManager())
    while True:
        try:
            batch = next(batches, None)
        except DecodeError as error:
            failure = (error.message, error.where["line"], error.where["byte_offset"])
            break
        if batch is None:
            break
        positions = [batch.position(row) for row in range(len(batch))]
        rows += [repr(dict(row)) for row in batch]
        places += [(place.line, place.byte_offset) for place in positions]
        errors += [
            (reject.position.line, reject.position.byte_offset, field, rule)
            for reject in batch.rejects
            for field, rule, _, _ in reject.violations
        ]
    return Story(rows=tuple(rows), places=tuple(places), errors=tuple(errors), failure=failure)


@st.composite
def csv_texts(draw: st.DrawFn, *, encoding: str) -> str:
    """Text of a file with the columns a and b, of characters that the encoding has."""
    characters = 'a1,"\n\r \té\xa0ÿ'
    if encoding.startswith("utf"):
        characters += "€\u0800😀\uffff\U0010ffff\ufeff\u2028"
    if encoding == "latin-1":
        characters += "\x80\x85\x9f"
    if encoding == "windows-1252":
        characters += "€“Ÿ"
    piece = st.one_of(
        st.text(st.sampled_from(characters), max_size=6),
        st.sampled_from(["x,1\r\n", '"é\r\nÿ",2\n', "y,z\n", "1,3\r", '"",\n', f"{'é' * 300},5\n"]),
    )
    return "a,b\r\n" + "".join(draw(st.lists(piece, max_size=12)))


def offsets_in(text: str, encoding: str) -> dict[int, int]:
    """Offset in the encoded text of each offset in the text as UTF-8."""
    found, utf8, own = {}, 0, 0
    for character in text + "\0":
        found[utf8] = own
        utf8 += len(character.encode())
        own += len(character.encode(CODECS[encoding]))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module's folder, because hypothesis shares it."""
    return tmp_path_factory.mktemp("bytes")


class TestGivenTheSameTextAsOtherBytes:
    @pytest.mark.covers("csv:encoding")
    @settings(max_examples=300, deadline=None)
    @given(data=st.data())
    def test_when_read_then_only_the_offsets_are_the_files_own(
        self, folder: Path, data: st.DataObject
    ) -> None:
        """Any text in any encoding and compression gives the rows of plain UTF-8, true places."""
        encoding = data.draw(st.sampled_from(sorted(CODECS)))
        text = data.draw(csv_texts(encoding=encoding))
        packing = data.draw(st.sampled_from(sorted(PACKERS)))
        mark = MARKS[encoding] if data.draw(st.booleans()) else b""
        # One character is decoded to one by Python too, lone surrogates apart.
        own = mark + text.encode(CODECS[encoding])
        cut = data.draw(st.integers(0, len(own)))
        packed = b"".join(PACKERS[packing](part) for part in (own[:cut], own[cut:]))
        options = {"encoding": "utf-16" if mark and "16" in encoding else encoding}
        if data.draw(st.booleans()):
            options["compression"] = packing
        plain = a_story("rust", a_file(folder, text, name="plain.csv"))
        true = offsets_in(text, encoding)

        stories = [a_story(kind, a_file(folder, packed), **options) for kind in READERS]

        assert stories == [plain.moved(true, len(mark))] * 2


@pytest.mark.parametrize("kind", READERS)
class TestGivenBytesThatAreNoText:
    @pytest.mark.covers("rule:encoding")
    @pytest.mark.parametrize(
        ("encoding", "bad", "name"),
        [
            ("utf-16le", b"\x00\xd8", "UTF-16LE"),
            ("utf-16le", b"\x00\xdc", "UTF-16LE"),
            ("utf-16be", b"\xdb\xff", "UTF-16BE"),
            ("windows-1252", b"\x81", "Windows-1252"),
            ("windows-1252", b"\x9d", "Windows-1252"),
        ],
    )
    def test_when_a_unit_is_no_character_then_its_record_alone_is_rejected(
        self, kind: str, encoding: str, bad: bytes, name: str, tmp_path: Path
    ) -> None:
        """A lone surrogate or a byte without a character rejects its record, at the true place."""
        codec = CODECS[encoding]
        head, tail = "a,b\r\né,1\r\n".encode(codec), ",2\r\nz,3".encode(codec)
        path = a_file(tmp_path, head + "x".encode(codec) + bad + tail)

        reading = a_reading(kind, path, contract=A_B, encoding=encoding)

        assert reading.values("a") == ["é", "z"]
        (error,) = reading.errors
        assert (error.field, error.rule, error.value) == ("a", "encoding", "x\ufffd")
        assert error.message == f"is not valid {name}"
        assert error.position is not None
        assert (error.position.line, error.position.byte_offset) == (3, len(head))

    def test_when_utf_16_ends_within_a_unit_then_its_record_is_rejected(
        self, kind: str, tmp_path: Path
    ) -> None:
        """An odd byte at the end is never passed over."""
        path = a_file(tmp_path, "a\nx\ny".encode("utf-16-le") + b"\0")

        reading = a_reading(kind, path, contract=A, encoding="utf-16le")

        assert reading.values("a") == ["x"]
        assert reading.rules == [(3, "a", "encoding")]

    @pytest.mark.parametrize(
        ("declared", "begins", "advice"),
        [
            ("utf-8", codecs.BOM_UTF16_LE + b"a\0\n\0", "set encoding: utf-16"),
            ("utf-8", codecs.BOM_UTF16_BE + b"\0a\0\n", "set encoding: utf-16"),
            ("utf-8", codecs.BOM_UTF32_LE, "UTF-32, which is not read"),
            ("latin-1", codecs.BOM_UTF8 + b"a\n", "set encoding: utf-8"),
            ("windows-1252", codecs.BOM_UTF16_LE + b"a\0", "set encoding: utf-16"),
            ("utf-16be", codecs.BOM_UTF16_LE + b"a\0", "set encoding: utf-16"),
            ("utf-16", b"a\0\n\0", "set encoding: utf-16le or encoding: utf-16be"),
        ],
    )
    def test_when_the_mark_is_of_another_encoding_then_the_right_one_is_named(
        self, kind: str, declared: str, begins: bytes, advice: str, tmp_path: Path
    ) -> None:
        """A byte order mark is never data, and no encoding is guessed."""
        path = a_file(tmp_path, begins)

        reading = a_reading(kind, path, contract=A, encoding=declared)

        assert reading.failure is not None
        assert reading.failure[0] == "DecodeError"
        assert reading.failure[1].endswith(advice)
        place = {"file": str(path), "line": 1, "byte_offset": 0, "rule": "encoding"}
        assert reading.failure[2] == place


@pytest.mark.parametrize("kind", READERS)
class TestGivenCompressedFiles:
    @pytest.mark.parametrize("packing", ["gzip", "zstd", "bz2"])
    def test_when_one_is_cut_or_corrupt_then_it_is_never_the_end(
        self, kind: str, packing: str, tmp_path: Path
    ) -> None:
        """A damaged file is DecodeError with file and offset, never fewer rows."""
        text = b"a\n" + b"".join(b"%d\n" % (n * n) for n in range(5000))
        whole = PACKERS[packing](text)
        flipped = bytearray(whole)
        flipped[-6] ^= 1
        damaged = [whole[: len(whole) * share // 10] for share in range(3, 10)]
        damaged += [whole[:-1], bytes(flipped) + b"", whole + b"trailing"]
        if packing == "zstd":
            damaged.remove(bytes(flipped))  # pyarrow's frames have no checksum

        for data in damaged:
            path = a_file(tmp_path, data)
            reading = a_reading(kind, path, contract=A)

            assert reading.failure is not None
            assert reading.failure[0] == "DecodeError"
            assert f"is truncated or corrupt {packing}" in reading.failure[1]
            assert reading.failure[2]["file"] == str(path)
            assert 0 <= reading.failure[2]["byte_offset"] <= len(text)

    @pytest.mark.covers("csv:compression")
    @pytest.mark.parametrize("packing", ["gzip", "zstd", "bz2"])
    def test_when_it_is_not_what_was_declared_then_it_is_an_error(
        self, kind: str, packing: str, tmp_path: Path
    ) -> None:
        """A plain file is not taken for a compressed one that was declared."""
        path = a_file(tmp_path, "a\n1\n")

        reading = a_reading(kind, path, contract=A, compression=packing)

        assert reading.failure is not None
        assert reading.failure[0] == "DecodeError"

    @pytest.mark.covers("csv:compression")
    def test_when_none_is_declared_then_nothing_is_taken_for_one(
        self, kind: str, tmp_path: Path
    ) -> None:
        """With `none` even the very first bytes of a bzip2 stream are text."""
        mark = "BZh91AY&SY"
        path = a_file(tmp_path, f"{mark}\nx\n")
        contract = columns(**{mark: "string"})

        declared = a_reading(kind, path, contract=contract, compression="none")
        told = a_reading(kind, path, contract=contract)

        assert declared.values(mark) == ["x"]
        assert told.failure is not None
        assert "truncated or corrupt bz2" in told.failure[1]

    def test_when_text_looks_like_a_compression_then_it_is_text(
        self, kind: str, tmp_path: Path
    ) -> None:
        """The letters that begin a bzip2 stream are a name like any other."""
        path = a_file(tmp_path, "BZh91\nx\n")

        reading = a_reading(kind, path, contract=columns(BZh91="string"))

        assert reading.values("BZh91") == ["x"]

    def test_when_a_zstd_frame_is_skippable_then_it_is_skipped(
        self, kind: str, tmp_path: Path
    ) -> None:
        """Skippable frames hold no data, before and between others."""
        skippable = b"\x5a\x2a\x4d\x18\x03\0\0\0abc"
        data = skippable + zstd(b"a\nx") + skippable + zstd(b"y\n")

        assert a_reading(kind, a_file(tmp_path, data), contract=A).values("a") == ["xy"]

    def test_when_a_zstd_frame_asks_for_a_huge_window_then_it_is_refused(
        self, kind: str, tmp_path: Path
    ) -> None:
        """A frame's window is memory: up to 32 MiB it is had, beyond it is an error."""
        text = b"a\nx\n"
        block = (len(text) << 3 | 1).to_bytes(3, "little") + text  # raw, the last one

        def frame(window_log: int) -> bytes:
            return b"\x28\xb5\x2f\xfd\x00" + bytes([window_log - 10 << 3]) + block

        readings = [
            a_reading(kind, a_file(tmp_path, frame(log)), contract=A) for log in (10, 25, 26, 31)
        ]

        assert [reading.failure is None for reading in readings] == [True, True, False, False]
        assert readings[2].failure is not None
        assert readings[2].failure[0] == "DecodeError"
