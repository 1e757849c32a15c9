//! One JSON value as one value of a column type: exactly, or `None`.

use std::borrow::Cow;
use std::fmt;

use headrace_core::text;
use serde_core::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

/// Digits of an integer that every `f64` and every `f32` holds: below 2^53 and 2^24.
const EXACT_DIGITS_F64: usize = 15;
const EXACT_DIGITS_F32: usize = 7;

/// A JSON value taken apart as far as a column needs it.
pub(super) enum Cell<'a> {
    Null,
    Bool(bool),
    /// As it was written.
    Number(&'a str),
    Text(Cow<'a, str>),
    Tagged(Tagged),
    List,
    Object,
    /// Escapes that make no text: half of a surrogate pair.
    NoText,
}

impl<'a> Cell<'a> {
    /// Takes apart one well-formed JSON value.
    pub(super) fn read(json: &'a str) -> Self {
        match json.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'[') => Self::List,
            Some(b'{') => serde_json::from_str(json).map_or(Self::Object, Self::Tagged),
            Some(b'"') if !json.contains('\\') => Self::Text(Cow::Borrowed(json.trim_matches('"'))),
            Some(b'"') => serde_json::from_str(json)
                .map_or(Self::NoText, |text: String| Self::Text(Cow::Owned(text))),
            _ => Self::Number(json),
        }
    }

    /// What it is, for a message; the value itself may be a secret.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "the boolean",
            Self::Number(_) => "the number",
            Self::Text(_) => "the string",
            Self::Tagged(_) => "the tagged value",
            Self::List => "the array",
            Self::Object => "the object",
            Self::NoText => "the string with half a surrogate pair",
        }
    }

    pub(super) fn bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// A number without point and exponent that fits `T`.
    pub(super) fn int<T: TryFrom<i64>>(&self) -> Option<T> {
        let Self::Number(number) = self else { return None };
        T::try_from(text::parse_int(number.as_bytes())?).ok()
    }

    /// A number, one without point and exponent only where a double holds it.
    pub(super) fn double(&self) -> Option<f64> {
        let Self::Number(number) = self else { return self.non_finite().map(f64::from) };
        let value = text::parse_float(number.as_bytes())?;
        let is_kept = !is_long_int(number, EXACT_DIGITS_F64)
            || *number == value.to_string()
            || *number == format!("{value:.0}");
        is_kept.then_some(value)
    }

    /// As [`Self::double`] for single precision.
    pub(super) fn single(&self) -> Option<f32> {
        let Self::Number(number) = self else { return self.non_finite() };
        let value = text::parse_float32(number.as_bytes())?;
        let is_kept = !is_long_int(number, EXACT_DIGITS_F32)
            || *number == value.to_string()
            || *number == format!("{value:.0}");
        is_kept.then_some(value)
    }

    fn non_finite(&self) -> Option<f32> {
        match self {
            Self::Tagged(Tagged { tag, text }) if tag == "$float" => match text.as_str() {
                "NaN" => Some(f32::NAN),
                "Infinity" => Some(f32::INFINITY),
                "-Infinity" => Some(f32::NEG_INFINITY),
                _ => None,
            },
            _ => None,
        }
    }

    /// Unscaled at `scale`; no digit is lost.
    pub(super) fn decimal(&self, precision: u8, scale: i8) -> Option<i128> {
        let number = match self {
            Self::Number(number) => number,
            _ => self.text_or_tag("$decimal")?,
        };
        text::parse_decimal(number.as_bytes(), precision, scale)
    }

    /// Days since 1970-01-01.
    pub(super) fn date(&self) -> Option<i32> {
        text::parse_date(self.text_or_tag("$date")?.as_bytes())
    }

    /// Microseconds since 1970-01-01.
    pub(super) fn timestamp(&self, zoned: bool) -> Option<i64> {
        text::parse_timestamp(self.text_or_tag("$timestamp")?.as_bytes(), zoned)
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn text_or_tag(&self, name: &str) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Tagged(Tagged { tag, text }) if tag == name => Some(text),
            _ => None,
        }
    }
}

/// Whether a number is an integer with more than `digits` digits, so that a float may round it.
fn is_long_int(number: &str, digits: usize) -> bool {
    number.len() > digits && !number.contains(['.', 'e', 'E'])
}

/// An object of one key, a tag, and a string: `{"$decimal": "1.50"}`.
pub(super) struct Tagged {
    tag: String,
    text: String,
}

impl<'de> Deserialize<'de> for Tagged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;

        impl<'de> Visitor<'de> for Entry {
            type Value = Tagged;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of one tag and a string")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tagged, A::Error> {
                let (tag, text) =
                    map.next_entry()?.ok_or_else(|| A::Error::custom("there is no tag"))?;
                if map.next_key::<IgnoredAny>()?.is_some() {
                    return Err(A::Error::custom("there is more than a tag"));
                }
                Ok(Tagged { tag, text })
            }
        }

        deserializer.deserialize_map(Entry)
    }
}
