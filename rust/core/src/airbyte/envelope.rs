//! What a line is, told in one pass that looks into no record.

use std::borrow::Cow;

use crate::json::cursor::{Cursor, Token};
use crate::json::fault::Read;

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Record(Record<'a>),
    /// Another message; whether it is a STATE.
    Message {
        is_state: bool,
    },
    /// JSON or not, but no message.
    Noise,
}

/// A record's own text, and the stream that it says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    /// `None` in the short form, in which the record stands where stream and data would.
    pub(super) stream: Option<Cow<'a, str>>,
    pub(super) namespace: Option<Cow<'a, str>>,
    /// What it says it is; whether that is JSON is for whoever reads it to find.
    pub(super) data: &'a str,
}

/// What `text` is.
///
/// # Errors
/// The text is no JSON object as far as it was looked at.
pub(super) fn read(text: &str) -> Read<Line<'_>> {
    let mut cursor = Cursor::new(text);
    if cursor.peek()? != Token::Object {
        return Ok(Line::Noise);
    }
    cursor.enter();
    let (mut kind, mut record, mut is_first) = (None, None, true);
    while cursor.next(b'}', is_first)? {
        is_first = false;
        cursor.key()?;
        let (is_kind, is_record) = (cursor.last_key() == "type", cursor.last_key() == "record");
        if is_record && cursor.peek()? == Token::Object {
            record = Some(read_record(text, &mut cursor)?);
            continue;
        }
        let value = cursor.raw()?;
        if is_kind {
            kind = Some(value);
        }
    }
    cursor.end()?;
    Ok(match (kind, record) {
        (Some("\"RECORD\"") | None, Some(record)) => Line::Record(record),
        (Some("\"RECORD\"") | None, None) => Line::Noise,
        (Some(kind), _) => Line::Message { is_state: kind == "\"STATE\"" },
    })
}

/// Reads the object below `record`.
fn read_record<'a>(text: &'a str, cursor: &mut Cursor<'a>) -> Read<Record<'a>> {
    let start = cursor.at();
    cursor.enter();
    let (mut stream, mut namespace, mut data, mut is_first) = (None, None, None, true);
    while cursor.next(b'}', is_first)? {
        is_first = false;
        cursor.key()?;
        let found = match cursor.last_key() {
            "stream" => &mut stream,
            "namespace" => &mut namespace,
            "data" => &mut data,
            _ => &mut None,
        };
        *found = Some(cursor.raw()?);
    }
    let whole = &text[start..cursor.at()];
    let (stream, namespace) = (stream.and_then(said), namespace.and_then(said));
    Ok(match (stream, data) {
        (Some(stream), Some(data)) => Record { stream: Some(stream), namespace, data },
        _ => Record { stream: None, namespace: None, data: whole },
    })
}

/// What a JSON string says; `None` where it is none.
fn said(raw: &str) -> Option<Cow<'_, str>> {
    let plain = raw.strip_prefix('"')?.strip_suffix('"')?;
    if plain.contains('\\') {
        return serde_json::from_str(raw).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(plain))
}
