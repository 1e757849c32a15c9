//! The characters with a meaning, and what they make of a field.

use std::borrow::Cow;
use std::ops::Range;

use super::encoding::Encoding;
use super::options::CsvOptions;

/// A field of an index entry is quoted.
pub(super) const QUOTED: u32 = 1 << 31;
/// A field's value is not its text: it has doubled quotes, escapes, or quotes of several bytes.
pub(super) const ESCAPED: u32 = 1 << 30;
/// A field has spaces or tabs around it that are no part of its value.
pub(super) const PADDED: u32 = 1 << 29;
/// The bits of an entry that are a position; a block with a record of 64 MiB stays far below.
pub(super) const POSITION: u32 = PADDED - 1;

/// An entry of the index.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a block is far below 2^30 bytes")]
pub(super) fn entry(position: usize, flags: u32) -> u32 {
    position as u32 & POSITION | flags
}

/// One character, as it stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    bytes: [u8; 4],
    length: u8,
}

impl Token {
    pub(super) fn new(character: char) -> Self {
        let mut bytes = [0; 4];
        character.encode_utf8(&mut bytes);
        #[expect(clippy::cast_possible_truncation, reason = "1 to 4")]
        Self { bytes, length: character.len_utf8() as u8 }
    }

    /// Its first byte; no other byte of any character is like that of a longer one.
    fn lead(self) -> u8 {
        self.bytes[0]
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length.into()]
    }

    pub(super) fn len(self) -> usize {
        self.length.into()
    }

    pub(super) fn begins(self, data: &[u8]) -> bool {
        data.starts_with(self.bytes())
    }
}

/// The dialect of a file, as its bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    pub(super) delimiter: Token,
    pub(super) quote: Option<Token>,
    pub(super) escape: Option<Token>,
    /// Begins a line that is no record.
    pub(super) comment: Option<Token>,
    /// Whether spaces and tabs around fields are no part of them.
    pub(super) trim: bool,
    /// What its bytes are to be.
    pub(super) encoding: Encoding,
    /// First bytes of delimiter, quote and escape; the delimiter's for those that are not there.
    pub(super) leads: [u8; 3],
}

impl Dialect {
    pub(super) fn new(options: &CsvOptions) -> Self {
        let token = |character: Option<char>| character.map(Token::new);
        let delimiter = Token::new(options.delimiter);
        let (quote, escape) = (token(options.quote), token(options.escape));
        let lead = |token: Option<Token>| token.unwrap_or(delimiter).lead();
        Self {
            delimiter,
            quote,
            escape,
            comment: token(options.comment),
            trim: options.trim,
            encoding: options.encoding,
            leads: [delimiter.lead(), lead(quote), lead(escape)],
        }
    }

    /// Whether all that has a meaning is a delimiter and a quote of one byte.
    pub(super) fn is_plain(&self) -> bool {
        self.is_verbatim()
            && self.delimiter.len() == 1
            && self.quote.is_none_or(|quote| quote.len() == 1)
    }

    /// Whether Python's parser, given the bytes as they are, cannot but see the same records.
    pub(super) fn is_verbatim(&self) -> bool {
        self.escape.is_none() && self.comment.is_none() && !self.trim
    }

    /// The bytes of the character with a meaning at the beginning of `data`; else 1.
    pub(super) fn token_len(&self, data: &[u8]) -> usize {
        [Some(self.delimiter), self.quote, self.escape, self.comment]
            .into_iter()
            .flatten()
            .find(|token| token.begins(data))
            .map_or(1, Token::len)
    }

    /// `raw` without the padding around it; quotes stay, and so does a blank that is escaped.
    pub(super) fn stripped<'a>(&self, raw: &'a [u8], flags: u32) -> &'a [u8] {
        &raw[self.content(raw, flags)]
    }

    /// Where [`Self::stripped`] is in `raw`.
    pub(super) fn content(&self, raw: &[u8], flags: u32) -> Range<usize> {
        if flags & PADDED == 0 {
            return 0..raw.len();
        }
        let start = raw.iter().position(|&byte| !is_blank(byte)).unwrap_or(raw.len());
        let mut kept = start;
        if let Some(escape) = self.escape
            && flags & ESCAPED != 0
        {
            let mut at = start;
            while at < raw.len() {
                if escape.begins(&raw[at..]) {
                    at += escape.len();
                    at += self.token_len(&raw[at..]);
                    kept = at.min(raw.len());
                } else {
                    at += 1;
                }
            }
        }
        let trailing = raw[kept..].iter().rev().take_while(|&&byte| is_blank(byte)).count();
        start..raw.len() - trailing
    }

    /// The value of a field that stands as `raw` in the file.
    pub(super) fn value<'a>(&self, raw: &'a [u8], flags: u32) -> Cow<'a, [u8]> {
        let raw = self.stripped(raw, flags);
        let quote = self.quote.filter(|_| flags & QUOTED != 0);
        let edge = quote.map_or(0, Token::len);
        let inner = raw.get(edge..raw.len().saturating_sub(edge)).unwrap_or_default();
        if flags & ESCAPED == 0 {
            return Cow::Borrowed(inner);
        }
        let marks = [self.escape, quote];
        let leads = marks.map(|mark| mark.or(self.escape).or(quote).map_or(0, Token::lead));
        let mut value = Vec::with_capacity(inner.len());
        let mut rest = inner;
        while let Some(at) = memchr::memchr2(leads[0], leads[1], rest) {
            value.extend_from_slice(&rest[..at]);
            rest = &rest[at..];
            // What an escape or a quote stands before is itself.
            let mark = marks.into_iter().flatten().find(|mark| mark.begins(rest));
            rest = &rest[mark.map_or(0, Token::len)..];
            let length = if mark.is_some() { self.token_len(rest) } else { 1 }.min(rest.len());
            value.extend_from_slice(&rest[..length]);
            rest = &rest[length..];
        }
        value.extend_from_slice(rest);
        Cow::Owned(value)
    }
}

/// What trimming takes away.
pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}
