//! JSON read forwards, value by value, without a tree; a number keeps its digits.
//!
//! Source: RFC 8259. What an array or object holds is left to the caller, so that nothing here
//! recurses.

use super::fault::{Fault, Read};

/// Bytes that end or interrupt the plain part of a string: quote, backslash, control characters.
const IS_SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        special[byte] = true;
        byte += 1;
    }
    special[b'"' as usize] = true;
    special[b'\\' as usize] = true;
    special
};

/// What a value is, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Null,
    Bool,
    Number,
    Text,
    Array,
    Object,
}

impl Token {
    /// What it is called in a message.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "the boolean",
            Self::Number => "the number",
            Self::Text => "the string",
            Self::Array => "the array",
            Self::Object => "the object",
        }
    }
}

/// A place in a JSON text.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// The last string that had escapes, without them.
    unescaped: String,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, unescaped: String::new() }
    }

    /// The byte about to be read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn broken(&self, what: &str) -> Fault {
        if self.at < self.text.len() {
            Fault::not_json(what, self.at)
        } else {
            Fault::not_json(&format!("it ends where {what}"), self.at)
        }
    }

    /// What the next value is; nothing of it is read.
    pub(crate) fn peek(&mut self) -> Read<Token> {
        self.skip_space();
        Ok(match self.byte() {
            Some(b'"') => Token::Text,
            Some(b'-' | b'0'..=b'9') => Token::Number,
            Some(b'{') => Token::Object,
            Some(b'[') => Token::Array,
            Some(b'n') => Token::Null,
            Some(b't' | b'f') => Token::Bool,
            _ => return Err(self.broken("a value is expected")),
        })
    }

    /// Reads `null`.
    pub(super) fn null(&mut self) -> Read<()> {
        self.word("null")
    }

    /// Reads `true` or `false`.
    pub(super) fn bool(&mut self) -> Read<bool> {
        let value = self.byte() == Some(b't');
        self.word(if value { "true" } else { "false" })?;
        Ok(value)
    }

    fn word(&mut self, word: &str) -> Read<()> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.broken("true, false or null is expected"))
    }

    /// Reads a number as it is written.
    pub(super) fn number(&mut self) -> Read<&'a str> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        // `01`: what follows a number is a comma, a bracket or space, which the caller sees to.
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> Read<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at == start { Err(self.broken("a digit is expected")) } else { Ok(()) }
    }

    /// Reads a string; what it says is at hand until the next one.
    pub(super) fn string(&mut self) -> Read<&str> {
        let bytes = self.text.as_bytes();
        if self.byte() != Some(b'"') {
            return Err(self.broken("a string is expected"));
        }
        let start = self.at + 1;
        let end = start + plain_length(&bytes[start..]);
        if bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(&self.text[start..end]);
        }
        self.at = start;
        self.unescaped.clear();
        loop {
            let end = self.at + plain_length(&bytes[self.at..]);
            self.unescaped.push_str(&self.text[self.at..end]);
            self.at = end;
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(&self.unescaped);
                }
                Some(b'\\') => {
                    let char = self.escape()?;
                    self.unescaped.push(char);
                }
                Some(_) => return Err(self.broken("a control character must be escaped")),
                None => return Err(self.broken("a string goes on")),
            }
        }
    }

    /// Reads an escape sequence, of a surrogate pair both halves.
    fn escape(&mut self) -> Read<char> {
        let start = self.at;
        self.at += 2;
        Ok(match self.text.as_bytes().get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.hex()?;
                let code = match first {
                    0xd800..=0xdbff if self.text.as_bytes()[self.at..].starts_with(b"\\u") => {
                        self.at += 2;
                        match self.hex()? {
                            low @ 0xdc00..=0xdfff => {
                                0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00)
                            }
                            _ => first,
                        }
                    }
                    _ => first,
                };
                char::from_u32(code)
                    .ok_or_else(|| Fault::not_json("half a surrogate pair is no text", start))?
            }
            _ => {
                self.at = start.saturating_add(1).min(self.text.len());
                return Err(self.broken("an escape sequence is expected"));
            }
        })
    }

    fn hex(&mut self) -> Read<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(code) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
            return Err(self.broken("four hexadecimal digits are expected"));
        };
        self.at += 4;
        Ok(code)
    }

    /// Enters an array or object that [`Self::peek`] has seen.
    pub(crate) fn enter(&mut self) {
        self.at += 1;
    }

    /// Moves to the next element of the array or object that ends with `close`; false where it
    /// has ended, and the cursor is then behind it.
    pub(crate) fn next(&mut self, close: u8, is_first: bool) -> Read<bool> {
        self.skip_space();
        if self.byte() == Some(close) {
            self.at += 1;
            return Ok(false);
        }
        if !is_first {
            if self.byte() != Some(b',') {
                let wanted = if close == b']' { "a comma or ]" } else { "a comma or }" };
                return Err(self.broken(&format!("{wanted} is expected")));
            }
            self.at += 1;
            self.skip_space();
        }
        Ok(true)
    }

    /// Reads `quoted`, a key with its quotes, where exactly this comes next; otherwise nothing.
    pub(super) fn take_key(&mut self, quoted: &str) -> Read<bool> {
        if !self.text.as_bytes()[self.at..].starts_with(quoted.as_bytes()) {
            return Ok(false);
        }
        self.at += quoted.len();
        self.colon()?;
        Ok(true)
    }

    /// Whether the object that [`Self::peek`] has seen begins with the key `quoted`; nothing is read.
    pub(super) fn opens_with(&mut self, quoted: &str) -> Read<bool> {
        let start = self.at;
        self.enter();
        let opens = self.next(b'}', true)? && self.take_key(quoted)?;
        self.at = start;
        Ok(opens)
    }

    /// The key of the object that [`Self::peek`] has seen, where it `is_wanted` and the only one;
    /// nothing is read.
    pub(super) fn only_key(
        &mut self,
        is_wanted: impl FnOnce(&str) -> bool,
    ) -> Read<Option<String>> {
        let start = self.at;
        self.enter();
        let mut key = None;
        if self.next(b'}', true)? {
            self.key()?;
            key = Some(self.last_key().to_owned()).filter(|key| is_wanted(key));
        }
        if key.is_some() {
            self.skip()?;
            key = key.filter(|_| self.byte() == Some(b'}'));
        }
        self.at = start;
        Ok(key)
    }

    /// Reads a value within an array or object as the text that it is, which may yet prove to be none,
    /// but is not empty: an array of such texts has as many values.
    pub(crate) fn raw(&mut self) -> Read<&'a str> {
        self.skip_space();
        let start = self.at;
        self.skip()?;
        if self.at == start {
            return Err(self.broken("a value is expected"));
        }
        Ok(self.text[start..self.at].trim_end_matches([' ', '\t', '\n', '\r']))
    }

    /// Moves to the comma or bracket behind the value that follows, which may yet prove to be none.
    fn skip(&mut self) -> Read<()> {
        let mut depth = 0_usize;
        loop {
            match self.byte() {
                None => return Err(self.broken("a value goes on")),
                Some(b'"') => {
                    self.string()?;
                    continue;
                }
                Some(b',' | b']' | b'}') if depth == 0 => return Ok(()),
                Some(b'[' | b'{') => depth += 1,
                Some(b']' | b'}') => depth -= 1,
                Some(_) => {}
            }
            self.at += 1;
        }
    }

    /// Reads a key; what it says is at hand until the next string.
    pub(crate) fn key(&mut self) -> Read<()> {
        self.unescaped.clear();
        let start = self.at;
        let is_plain = self.string()?.len() + 2 == self.at - start;
        if is_plain {
            let key = &self.text[start + 1..self.at - 1];
            self.unescaped.clear();
            self.unescaped.push_str(key);
        }
        self.colon()
    }

    /// The key that was read last.
    pub(crate) fn last_key(&self) -> &str {
        &self.unescaped
    }

    fn colon(&mut self) -> Read<()> {
        self.skip_space();
        if self.byte() != Some(b':') {
            return Err(self.broken("a colon is expected"));
        }
        self.at += 1;
        Ok(())
    }

    /// Whether there is nothing but space left.
    pub(crate) fn end(&mut self) -> Read<()> {
        self.skip_space();
        if self.at < self.text.len() {
            return Err(self.broken("nothing may follow the array"));
        }
        Ok(())
    }
}

/// Bytes of a string up to the first that is special.
fn plain_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| IS_SPECIAL[usize::from(byte)]).unwrap_or(bytes.len())
}
