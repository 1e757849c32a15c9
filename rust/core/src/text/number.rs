//! Integers, floats and decimals from text.

/// Powers of ten that an `f64` holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Powers of ten that an `i128` holds: a power computed for each value cost a third of the time.
const POWERS: [i128; 39] = {
    let mut powers = [1; 39];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// Decimal digits that always fit a `u64` together: `10^18 < 2^63`.
const SHORT_DIGITS: usize = 18;

/// The sign (true where negative) and the rest.
fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// `[+-]?[0-9]+` within `i64`.
#[must_use]
pub fn parse_int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = split_sign(text);
    if digits.is_empty() {
        return None;
    }
    if digits.len() > SHORT_DIGITS {
        return parse_long_int(negative, digits);
    }
    let mut value = 0_i64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

fn parse_long_int(negative: bool, digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |value, &byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        let shifted = value.checked_mul(10)?;
        // Counts down where negative: i64::MIN has no positive twin.
        if negative { shifted.checked_sub(digit.into()) } else { shifted.checked_add(digit.into()) }
    })
}

/// A decimal number taken apart: `[+-]?(d+[.d*]|.d+)([eE][+-]?d+)?`.
struct Parts {
    negative: bool,
    /// All digits as one number; meaningless where `digits` exceeds 18.
    mantissa: u64,
    /// Digits before and after the point, leading zeros included.
    digits: usize,
    /// Digits after the point.
    fraction: usize,
    has_exponent: bool,
}

fn take_apart(text: &[u8]) -> Option<Parts> {
    let (negative, rest) = split_sign(text);
    let (mut mantissa, mut digits, mut point) = (0_u64, 0, None);
    let mut exponent = None;
    for (at, &byte) in rest.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(digit.into());
            digits += 1;
        } else if byte == b'.' && point.is_none() {
            point = Some(digits);
        } else if byte | 0x20 == b'e' {
            exponent = Some(&rest[at + 1..]);
            break;
        } else {
            return None;
        }
    }
    if let Some(exponent) = exponent {
        let (_, power) = split_sign(exponent);
        if power.is_empty() || !power.iter().all(u8::is_ascii_digit) {
            return None;
        }
    }
    (digits > 0).then_some(Parts {
        negative,
        mantissa,
        digits,
        fraction: point.map_or(0, |before| digits - before),
        has_exponent: exponent.is_some(),
    })
}

/// `nan`, `inf` or `infinity` in any case with an optional sign.
fn parse_special(text: &[u8]) -> Option<f64> {
    let (negative, word) = split_sign(text);
    let value = if word.eq_ignore_ascii_case(b"nan") {
        f64::NAN
    } else if word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"infinity") {
        f64::INFINITY
    } else {
        return None;
    };
    Some(if negative { -value } else { value })
}

/// A finite decimal number `[+-]?(d+[.d*]|.d+)([eE][+-]?d+)?`, or `nan`, `inf`, `infinity` in any
/// case with an optional sign. A finite spelling that overflows to infinity is `None`.
#[must_use]
pub fn parse_float(text: &[u8]) -> Option<f64> {
    let Some(parts) = take_apart(text) else { return parse_special(text) };
    // Exact operands and one rounding: W. D. Clinger, "How to read floating point numbers
    // accurately", PLDI 1990, section 4. 15 digits stay below 2^53.
    if parts.digits <= 15 && !parts.has_exponent {
        #[expect(clippy::cast_precision_loss, reason = "15 digits are below 2^53")]
        let value = parts.mantissa as f64 / EXACT_POWERS[parts.fraction];
        return Some(if parts.negative { -value } else { value });
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// As [`parse_float`], rounded once to `f32`; beyond its range is `None`.
#[must_use]
pub fn parse_float32(text: &[u8]) -> Option<f32> {
    if take_apart(text).is_none() {
        #[expect(clippy::cast_possible_truncation, reason = "nan and infinity only")]
        return parse_special(text).map(|value| value as f32);
    }
    let value: f32 = std::str::from_utf8(text).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// `[+-]?digits[.digits]`, unscaled at `scale`; `None` where digits would be lost or where more
/// than `precision` digits are needed. Zeros beyond the scale lose nothing.
#[must_use]
pub fn parse_decimal(text: &[u8], precision: u8, scale: i8) -> Option<i128> {
    let (negative, rest) = split_sign(text);
    let scale = usize::try_from(scale).ok()?;
    let value = if rest.len() + scale <= SHORT_DIGITS {
        i128::from(unscaled_short(rest, scale)?)
    } else {
        unscaled_long(rest, scale)?
    };
    let limit = POWERS.get(usize::from(precision))?;
    (value < *limit).then_some(if negative { -value } else { value })
}

/// The unscaled value where every digit and the padding together fit a `u64`.
fn unscaled_short(text: &[u8], scale: usize) -> Option<u64> {
    let mut value = 0_u64;
    let mut at = 0;
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|d| *d <= 9) {
        value = value * 10 + u64::from(digit);
        at += 1;
    }
    if at == 0 {
        return None;
    }
    if at == text.len() {
        return Some(value * 10_u64.pow(u32::try_from(scale).ok()?));
    }
    let fraction = &text[at + 1..];
    if text[at] != b'.' || fraction.is_empty() {
        return None;
    }
    let (kept, beyond) = fraction.split_at(fraction.len().min(scale));
    for &byte in kept {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    if beyond.iter().any(|&byte| byte != b'0') {
        return None;
    }
    Some(value * 10_u64.pow(u32::try_from(scale - kept.len()).ok()?))
}

fn unscaled_long(text: &[u8], scale: usize) -> Option<i128> {
    let point = text.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = match point {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &[][..]),
    };
    if whole.is_empty() || (point.is_some() && fraction.is_empty()) {
        return None;
    }
    let (kept, beyond) = fraction.split_at(fraction.len().min(scale));
    if beyond.iter().any(|&byte| byte != b'0') {
        return None;
    }
    let padding = std::iter::repeat_n(&b'0', scale - kept.len());
    whole.iter().chain(kept).chain(padding).try_fold(0_i128, |value, &byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value.checked_mul(10)?.checked_add(digit.into())
    })
}
