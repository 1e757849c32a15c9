//! Encodings of a file, as UTF-8 and back to the file's own offsets.
//!
//! Bytes that are no text become bytes that no UTF-8 text has, so that the record with them is
//! rejected where it stands, as one of invalid UTF-8 is.

use super::options::config;
use crate::{Error, ErrorKind, Location, Result};

/// Stands for a code unit that is no character, as long as any other unit.
const INVALID: u8 = 0xff;
/// Stands for the last byte of UTF-16 with an odd number of bytes.
const HALF: u8 = 0xfe;

/// Bytes that the longest character may take.
pub(super) const CHARACTER_BYTES: usize = 4;

/// In [`WINDOWS_1252`], for a byte that is no character.
const NONE: char = '\0';

/// Unicode's mapping of 0x80 to 0x9f in windows-1252; five bytes have none.
///
/// Source: <https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT>; the WHATWG
/// and some libraries map the five to control characters, which no writer meant.
const WINDOWS_1252: [char; 32] = [
    '€', NONE, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', NONE, 'Ž', NONE, NONE, '‘',
    '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', NONE, 'ž', 'Ÿ',
];

/// How a file encodes its text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    Utf8,
    /// UTF-16 in the order that its byte order mark says; without one it is refused.
    Utf16,
    /// UTF-16, the lower byte of a unit first.
    Utf16Le,
    /// UTF-16, the higher byte of a unit first.
    Utf16Be,
    /// ISO 8859-1: every byte is the character of that number, 0x80 to 0x9f control characters.
    Latin1,
    /// Windows-1252, of which 0x81, 0x8d, 0x8f, 0x90 and 0x9d are no characters.
    Windows1252,
}

impl Encoding {
    /// Every encoding: the option's spelling, and the name that messages use.
    pub const ALL: [(&'static str, &'static str, Self); 6] = [
        ("utf-8", "UTF-8", Self::Utf8),
        ("utf-16", "UTF-16", Self::Utf16),
        ("utf-16le", "UTF-16LE", Self::Utf16Le),
        ("utf-16be", "UTF-16BE", Self::Utf16Be),
        ("latin-1", "Latin-1", Self::Latin1),
        ("windows-1252", "Windows-1252", Self::Windows1252),
    ];

    /// The encoding that `name` spells.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for any other name.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.iter().find(|(known, ..)| *known == name).map(|(.., one)| *one).ok_or_else(|| {
            let known = Self::ALL.map(|(name, ..)| name).join(", ");
            config("encoding", format!("{name:?} is no encoding: use one of {known}"))
        })
    }

    /// The rule that bytes which are no text break, and what is said of them.
    #[must_use]
    pub fn complaint(self) -> (&'static str, String) {
        let name = Self::ALL.iter().find(|(.., one)| *one == self).map_or("", |(_, name, _)| name);
        let rule = if self == Self::Utf8 { "utf8" } else { "encoding" };
        (rule, format!("is not valid {name}"))
    }

    /// The encoding of a file that begins with `head`: the order of UTF-16 is that of its mark.
    ///
    /// # Errors
    /// `Decode`, rule `encoding`, where the file has the byte order mark of another encoding, or
    /// where `utf-16` has none.
    pub(super) fn resolved(self, head: &[u8]) -> Result<Self> {
        let is_utf16 = matches!(self, Self::Utf16 | Self::Utf16Le);
        let (name, found) = match head {
            [0xef, 0xbb, 0xbf, ..] => ("UTF-8", Some(Self::Utf8)),
            // Taken for UTF-16, it is a mark and a NUL.
            [0xff, 0xfe, 0, 0] if !is_utf16 => ("UTF-32", None),
            [0, 0, 0xfe, 0xff] => ("UTF-32", None),
            [0xff, 0xfe, ..] => ("UTF-16", Some(Self::Utf16Le)),
            [0xfe, 0xff, ..] => ("UTF-16", Some(Self::Utf16Be)),
            // Not long enough for a mark, and for text.
            [] | [_] if self == Self::Utf16 => return Ok(Self::Utf16Le),
            _ if self == Self::Utf16 => {
                let advice = "set encoding: utf-16le or encoding: utf-16be";
                return Err(refusal(format!("begins without a byte order mark: {advice}")));
            }
            _ => return Ok(self),
        };
        match (self, found) {
            (Self::Utf16, Some(order @ (Self::Utf16Le | Self::Utf16Be))) => Ok(order),
            (declared, Some(found)) if declared == found => Ok(declared),
            (_, None) => Err(refusal(format!(
                "begins with the byte order mark of {name}, which is not read"
            ))),
            _ => {
                let advice = format!("set encoding: {}", name.to_lowercase());
                Err(refusal(format!("begins with the byte order mark of {name}: {advice}")))
            }
        }
    }

    /// Makes `raw` UTF-8 in `text`, as much as fits or is whole; `is_end` where no byte follows.
    /// The bytes used up, and those written.
    pub(super) fn transcode(self, raw: &[u8], text: &mut [u8], is_end: bool) -> (usize, usize) {
        match self {
            Self::Utf16Be => utf16(u16::from_be_bytes, raw, text, is_end),
            Self::Utf16 | Self::Utf16Le => utf16(u16::from_le_bytes, raw, text, is_end),
            Self::Windows1252 => single(raw, text, |byte| {
                let character = WINDOWS_1252[usize::from(byte) % WINDOWS_1252.len()];
                (character != NONE).then_some(character)
            }),
            Self::Utf8 | Self::Latin1 => single(raw, text, |byte| Some(byte.into())),
        }
    }

    /// How many bytes of the file became `text`.
    fn file_bytes(self, text: &[u8]) -> u32 {
        match self {
            Self::Utf8 => u32::try_from(text.len()).unwrap_or(u32::MAX),
            Self::Latin1 | Self::Windows1252 => text.iter().map(|byte| begins(*byte)).sum(),
            Self::Utf16 | Self::Utf16Le | Self::Utf16Be => {
                let bytes = text.iter().map(|byte| {
                    let is_pair = u32::from(byte & 0xf8 == 0xf0);
                    begins(*byte) * 2 + is_pair * 2 - u32::from(*byte == HALF)
                });
                bytes.sum()
            }
        }
    }
}

fn refusal(message: String) -> Error {
    let place = Location {
        line: Some(1),
        byte_offset: Some(0),
        rule: Some("encoding".into()),
        ..Location::default()
    };
    Error::new(ErrorKind::Decode, message).at(place)
}

/// 1 for the first byte of a character, 0 for the others.
fn begins(byte: u8) -> u32 {
    u32::from(byte & 0xc0 != 0x80)
}

/// One byte a character; `high` tells those from 0x80 on, of windows-1252 those below 0xa0.
fn single(raw: &[u8], text: &mut [u8], high: fn(u8) -> Option<char>) -> (usize, usize) {
    let (mut read, mut written) = (0, 0);
    while let (Some(&byte), true) = (raw.get(read), text.len() - written >= CHARACTER_BYTES) {
        if byte.is_ascii() {
            let room = text.len() - written;
            let rest = &raw[read..];
            let length = rest.iter().take(room).take_while(|byte| byte.is_ascii()).count();
            text[written..written + length].copy_from_slice(&rest[..length]);
            (read, written) = (read + length, written + length);
            continue;
        }
        let character = if byte >= 0xa0 { Some(byte.into()) } else { high(byte) };
        written += put(character, &mut text[written..]);
        read += 1;
    }
    (read, written)
}

/// Units that are looked at together.
const UNITS: usize = 8;

fn utf16(unit: fn([u8; 2]) -> u16, raw: &[u8], text: &mut [u8], is_end: bool) -> (usize, usize) {
    let (mut read, mut written) = (0, 0);
    let unit_at = |at: usize| raw.get(at..)?.first_chunk().map(|bytes| unit(*bytes));
    while text.len() - written >= CHARACTER_BYTES {
        if let (Some(bytes), Some(room)) =
            (raw[read..].first_chunk::<{ 2 * UNITS }>(), text[written..].first_chunk_mut::<UNITS>())
        {
            let units: [u16; UNITS] =
                std::array::from_fn(|at| unit([bytes[2 * at], bytes[2 * at + 1]]));
            if units.iter().fold(0, |all, one| all | one) < 0x80 {
                #[expect(clippy::cast_possible_truncation, reason = "ASCII")]
                let ascii = units.map(|one| one as u8);
                *room = ascii;
                (read, written) = (read + 2 * UNITS, written + UNITS);
                continue;
            }
        }
        let Some(first) = unit_at(read) else {
            if is_end && read < raw.len() {
                text[written] = HALF;
                (read, written) = (raw.len(), written + 1);
            }
            break;
        };
        let second = unit_at(read + 2);
        if (0xd800..0xdc00).contains(&first) && second.is_none() && !is_end {
            break;
        }
        let units = [Some(first), second];
        let character = char::decode_utf16(units.into_iter().flatten()).next();
        let character = character.and_then(std::result::Result::ok);
        read += character.map_or(2, |character| 2 * character.len_utf16());
        written += put(character, &mut text[written..]);
    }
    (read, written)
}

/// Writes a character, or what stands for none; its length.
fn put(character: Option<char>, text: &mut [u8]) -> usize {
    if let Some(character) = character {
        character.encode_utf8(text).len()
    } else {
        text[0] = INVALID;
        1
    }
}

/// Bytes of text between two marks.
const STRIDE: usize = 256;

/// Where in the file each byte of a block of text comes from.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    encoding: Encoding,
    /// File bytes before each [`STRIDE`] of text.
    marks: Vec<u32>,
}

impl Offsets {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self { encoding, marks: Vec::new() }
    }

    /// Takes `text` instead of what it was.
    pub(super) fn index(&mut self, text: &[u8]) {
        self.marks.clear();
        if self.encoding == Encoding::Utf8 {
            return;
        }
        let mut bytes = 0;
        for part in text.chunks(STRIDE) {
            self.marks.push(bytes);
            bytes += self.encoding.file_bytes(part);
        }
    }

    /// File bytes before the byte of `text` at `position`.
    #[inline]
    pub(super) fn at(&self, text: &[u8], position: usize) -> u64 {
        if self.encoding == Encoding::Utf8 {
            return position as u64;
        }
        let mark = (position / STRIDE).min(self.marks.len().saturating_sub(1));
        let before = self.marks.get(mark).copied().unwrap_or_default();
        u64::from(before + self.encoding.file_bytes(&text[mark * STRIDE..position]))
    }
}
