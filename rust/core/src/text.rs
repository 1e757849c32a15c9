//! The one grammar that turns text into values: CSV fields, contract bounds, allowed values.
//!
//! Nothing is trimmed and nothing is rounded; a text that is not exactly a value of the type is
//! `None`.
//!
//! - `number`: integers, floats, decimals.
//! - `time`: dates, times of day and timestamps. `clock`: the same, written.
//! - `uuid`: UUIDs, read and written.
//! - `bytes`: binary data, read and written as base64.

mod bytes;
mod clock;
mod number;
#[cfg(test)]
mod tests;
mod time;
mod uuid;

use arrow_schema::Field;
use serde_core::de::IgnoredAny;

pub(crate) use bytes::write_binary;
pub use bytes::{decode_binary, parse_binary};
pub use clock::civil;
pub(crate) use clock::{write_date, write_time, write_timestamp};
pub use number::{parse_decimal, parse_float, parse_float32, parse_int};
pub(crate) use time::fraction_digits;
pub use time::{parse_date, parse_time, parse_timestamp};
pub use uuid::parse_uuid;
pub(crate) use uuid::write_uuid;

/// Characters of a value that an error report shows.
pub const EXCERPT_CHARS: usize = 200;

/// `true` or `false` in any case.
#[must_use]
pub fn parse_bool(text: &[u8]) -> Option<bool> {
    if text.eq_ignore_ascii_case(b"true") {
        Some(true)
    } else if text.eq_ignore_ascii_case(b"false") {
        Some(false)
    } else {
        None
    }
}

/// Whether `text` is one JSON value (RFC 8259), with nothing but white space around it.
#[must_use]
pub fn is_json(text: &[u8]) -> bool {
    // What is ignored of bytes is not even looked at for UTF-8.
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// What a text that is no value of `field` gets to hear: `is not an int64`.
#[must_use]
pub fn complaint(field: &Field) -> String {
    let spelling = crate::types::spelled(field);
    let article = if spelling.starts_with(['e', 'i']) { "an" } else { "a" };
    format!("is not {article} {spelling}")
}

/// The first [`EXCERPT_CHARS`] characters of `text`.
#[must_use]
pub fn excerpt(text: &str) -> &str {
    text.char_indices().nth(EXCERPT_CHARS).map_or(text, |(end, _)| &text[..end])
}
