//! The one grammar that turns text into values: CSV fields, contract bounds, allowed values.
//!
//! Nothing is trimmed and nothing is rounded; a text that is not exactly a value of the type is
//! `None`.
//!
//! - `number`: integers, floats, decimals.
//! - `time`: dates and timestamps.

mod number;
#[cfg(test)]
mod tests;
mod time;

use arrow_schema::Field;

pub use number::{parse_decimal, parse_float, parse_float32, parse_int};
pub use time::{parse_date, parse_timestamp};

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
