//! One JSON value as one value of a column type: exactly, or `None`.
//!
//! Each function is called with the cursor before a value of kind `token` that is not null.

use super::cursor::{Cursor, Token};
use super::fault::Read;
use crate::text;

/// Digits of an integer that every `f64` and every `f32` holds: below 2^53 and 2^24.
const EXACT_DIGITS_F64: usize = 15;
const EXACT_DIGITS_F32: usize = 7;

/// A string, as `parse` reads it.
pub(super) fn text<T>(
    token: Token,
    cursor: &mut Cursor<'_>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Read<Option<T>> {
    if token != Token::Text {
        return Ok(None);
    }
    cursor.string().map(parse)
}

/// A string, bare or behind `tag`, as `parse` reads it: `"1.50"`, `{"$decimal": "1.50"}`.
pub(super) fn text_or_tag<T>(
    token: Token,
    cursor: &mut Cursor<'_>,
    tag: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Read<Option<T>> {
    match token {
        Token::Object => tagged(cursor, tag, |token, cursor| text(token, cursor, parse)),
        _ => text(token, cursor, parse),
    }
}

/// The value behind `tag`, the only key of an object, as `read` takes it; `tag` has its quotes.
pub(super) fn tagged<'a, T>(
    cursor: &mut Cursor<'a>,
    tag: &str,
    read: impl FnOnce(Token, &mut Cursor<'a>) -> Read<Option<T>>,
) -> Read<Option<T>> {
    cursor.enter();
    if !cursor.next(b'}', true)? || !cursor.take_key(tag)? {
        return Ok(None);
    }
    let token = cursor.peek()?;
    let value = read(token, cursor)?;
    // A value that does not fit may not have been read to its end.
    if value.is_none() || cursor.next(b'}', false)? {
        return Ok(None);
    }
    Ok(value)
}

/// A number without point and exponent that fits `T`.
pub(super) fn int<T: TryFrom<i64>>(token: Token, cursor: &mut Cursor<'_>) -> Read<Option<T>> {
    if token != Token::Number {
        return Ok(None);
    }
    let value = text::parse_int(cursor.number()?.as_bytes());
    Ok(value.and_then(|value| T::try_from(value).ok()))
}

/// A number; one without point and exponent is an integer, which the double must hold exactly.
pub(super) fn double(token: Token, cursor: &mut Cursor<'_>) -> Read<Option<f64>> {
    match token {
        Token::Number => cursor.number().map(exact_double),
        Token::Object => Ok(non_finite(cursor)?.map(f64::from)),
        _ => Ok(None),
    }
}

/// As [`double`] for single precision.
pub(super) fn single(token: Token, cursor: &mut Cursor<'_>) -> Read<Option<f32>> {
    match token {
        Token::Number => cursor.number().map(exact_single),
        Token::Object => non_finite(cursor),
        _ => Ok(None),
    }
}

/// The double of a number, one without point and exponent exactly.
pub(super) fn exact_double(number: &str) -> Option<f64> {
    let value = text::parse_float(number.as_bytes())?;
    // A float formats to all of its digits.
    let is_exact = !is_long_int(number, EXACT_DIGITS_F64) || *number == format!("{value:.0}");
    is_exact.then_some(value)
}

fn exact_single(number: &str) -> Option<f32> {
    let value = text::parse_float32(number.as_bytes())?;
    // A float formats to all of its digits.
    let is_exact = !is_long_int(number, EXACT_DIGITS_F32) || *number == format!("{value:.0}");
    is_exact.then_some(value)
}

/// Whether a number is an integer with more than `digits` digits, so that a float may round it.
fn is_long_int(number: &str, digits: usize) -> bool {
    number.len() > digits && is_int(number)
}

/// Whether a number has neither point nor exponent.
pub(super) fn is_int(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

fn non_finite(cursor: &mut Cursor<'_>) -> Read<Option<f32>> {
    tagged(cursor, "\"$float\"", |token, cursor| text(token, cursor, parse_non_finite))
}

/// What JSON has no number for.
pub(super) fn parse_non_finite(name: &str) -> Option<f32> {
    match name {
        "NaN" => Some(f32::NAN),
        "Infinity" => Some(f32::INFINITY),
        "-Infinity" => Some(f32::NEG_INFINITY),
        _ => None,
    }
}

/// Unscaled at `scale`; no digit is lost.
pub(super) fn decimal(
    token: Token,
    cursor: &mut Cursor<'_>,
    precision: u8,
    scale: i8,
) -> Read<Option<i128>> {
    let parse = |text: &str| text::parse_decimal(text.as_bytes(), precision, scale);
    match token {
        Token::Number => cursor.number().map(parse),
        _ => text_or_tag(token, cursor, "\"$decimal\"", parse),
    }
}

/// A date or time as `parse` reads its text, or behind `tag` the number that stores it.
pub(super) fn moment<T: TryFrom<i64>>(
    token: Token,
    cursor: &mut Cursor<'_>,
    tag: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Read<Option<T>> {
    match token {
        Token::Object => tagged(cursor, tag, |token, cursor| match token {
            Token::Number => int(token, cursor),
            _ => text(token, cursor, parse),
        }),
        _ => text(token, cursor, parse),
    }
}
