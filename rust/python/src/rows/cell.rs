//! One Python value as one value of a column type: exactly, or `None`.

use std::borrow::Cow;

use arrow_schema::TimeUnit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDate, PyDateTime, PyFloat, PyInt, PyTime};

use super::{calendar, decimal_type, uuid_type};

/// Digits of the widest decimal.
const MAX_DECIMAL_DIGITS: usize = 38;

/// A Python int that is no bool; what does not fit `T` is `None`.
pub(super) fn int<T: TryFrom<i64>>(value: &Bound<'_, PyAny>) -> Option<T> {
    T::try_from(wide(value)?).ok()
}

fn wide(value: &Bound<'_, PyAny>) -> Option<i64> {
    if !is_int(value) {
        return None;
    }
    value.extract::<i64>().ok()
}

/// An int of Python's, bool left out.
pub(super) fn is_int(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyInt>()
        || (value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>())
}

/// A float, or an int that a double represents exactly.
pub(super) fn double(value: &Bound<'_, PyAny>) -> Option<f64> {
    if let Ok(float) = value.cast::<PyFloat>() {
        return float.extract().ok();
    }
    if !is_int(value) {
        return None;
    }
    // Python compares int and float exactly.
    let float: f64 = value.extract().ok()?;
    value.eq(float).ok()?.then_some(float)
}

/// A float rounded to single precision, or an int that single precision represents exactly.
#[allow(clippy::cast_possible_truncation, reason = "rounding a float is what the rule asks for")]
pub(super) fn single(value: &Bound<'_, PyAny>) -> Option<f32> {
    let wide = double(value)?;
    let narrow = wide as f32;
    let is_kept = if value.is_instance_of::<PyFloat>() {
        narrow.is_finite() || !wide.is_finite()
    } else {
        f64::from(narrow).to_bits() == wide.to_bits()
    };
    is_kept.then_some(narrow)
}

/// An int or a `Decimal`, unscaled at `scale`; `None` where digits would be lost.
pub(super) fn decimal(value: &Bound<'_, PyAny>, precision: u8, scale: i8) -> Option<i128> {
    let unscaled = if is_int(value) {
        let whole: i128 = match value.extract::<i64>() {
            Ok(small) => small.into(),
            Err(_) => value.extract().ok()?,
        };
        whole.checked_mul(10_i128.checked_pow(u32::try_from(scale).ok()?)?)?
    } else if value.is_instance(decimal_type(value.py()).ok()?).ok()? {
        let number = Number::parse(value.str().ok()?.to_str().ok()?)?;
        number.unscaled(scale)?
    } else {
        return None;
    };
    (unscaled.unsigned_abs() < 10_u128.checked_pow(precision.into())?).then_some(unscaled)
}

/// A date that is no datetime, as days since 1970-01-01.
pub(super) fn date(value: &Bound<'_, PyAny>) -> Option<i32> {
    if !value.is_instance_of::<PyDate>() || value.is_instance_of::<PyDateTime>() {
        return None;
    }
    i32::try_from(calendar::days(value).ok()?).ok()
}

/// A datetime as units since 1970-01-01: naive into naive, aware into zoned, then in UTC; `None`
/// where the unit would lose digits.
pub(super) fn timestamp(value: &Bound<'_, PyAny>, unit: TimeUnit, zoned: bool) -> Option<i64> {
    let datetime = value.cast::<PyDateTime>().ok()?;
    let micros = match (calendar::micros(datetime).ok()?, zoned) {
        ((clock, None), false) => clock,
        ((clock, Some(offset)), true) => clock - offset,
        _ => return None,
    };
    let nanos = nanosecond(value)?;
    match unit {
        TimeUnit::Nanosecond => micros.checked_mul(1_000)?.checked_add(nanos),
        _ if nanos != 0 => None,
        _ => coarser(micros, unit),
    }
}

/// Nanoseconds below the microsecond: a `pandas.Timestamp` is a datetime with some beside it.
fn nanosecond(value: &Bound<'_, PyAny>) -> Option<i64> {
    if value.is_exact_instance_of::<PyDateTime>() {
        return Some(0);
    }
    match value.getattr_opt(intern!(value.py(), "nanosecond")).ok()? {
        Some(nanos) => nanos.extract().ok(),
        None => Some(0),
    }
}

/// A time of day without a zone as units since midnight; `None` where the unit would lose digits.
pub(super) fn time(value: &Bound<'_, PyAny>, unit: TimeUnit) -> Option<i64> {
    let time = value.cast::<PyTime>().ok()?;
    let micros = calendar::time_micros(time).ok()??;
    match unit {
        TimeUnit::Nanosecond => micros.checked_mul(1_000),
        _ => coarser(micros, unit),
    }
}

/// Microseconds in a unit that is no finer.
fn coarser(micros: i64, unit: TimeUnit) -> Option<i64> {
    let size = match unit {
        TimeUnit::Second => 1_000_000,
        TimeUnit::Millisecond => 1_000,
        _ => 1,
    };
    (micros % size == 0).then(|| micros / size)
}

/// `bytes` or a `bytearray`.
pub(super) fn bytes<'a>(value: &'a Bound<'_, PyAny>) -> Option<Cow<'a, [u8]>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Some(Cow::Borrowed(bytes.as_bytes()));
    }
    value.cast::<PyByteArray>().ok().map(|array| Cow::Owned(array.to_vec()))
}

/// The bytes of a `uuid.UUID`.
pub(super) fn uuid(value: &Bound<'_, PyAny>) -> Option<[u8; 16]> {
    let py = value.py();
    if !value.is_instance(uuid_type(py).ok()?).ok()? {
        return None;
    }
    value.getattr(intern!(py, "bytes")).ok()?.cast::<PyBytes>().ok()?.as_bytes().try_into().ok()
}

/// A finite decimal: `digits` × 10^`exponent`, no zero at the end of `digits`.
pub(super) struct Number {
    digits: i128,
    exponent: i64,
    /// Count of `digits`, none for zero.
    pub(super) length: usize,
}

impl Number {
    /// Parses what `str(Decimal)` writes; `None` for NaN, infinity, and over 38 digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['E', 'e']).unwrap_or((text, "0"));
        let mut exponent: i64 = exponent.parse().ok()?;
        let (is_negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        exponent -= i64::try_from(fraction.len()).ok()?;
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return mantissa.contains('0').then_some(Self { digits: 0, exponent: 0, length: 0 });
        }
        let kept = digits.trim_end_matches('0');
        exponent += i64::try_from(digits.len() - kept.len()).ok()?;
        if kept.len() > MAX_DECIMAL_DIGITS || !kept.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits: i128 = kept.parse().ok()?;
        let digits = if is_negative { -digits } else { digits };
        Some(Self { digits, exponent, length: kept.len() })
    }

    /// Digits after the point that it needs.
    pub(super) fn scale(&self) -> usize {
        usize::try_from(-self.exponent).unwrap_or_default()
    }

    /// Digits before the point that it needs.
    pub(super) fn whole_digits(&self) -> usize {
        let length = i64::try_from(self.length).unwrap_or(i64::MAX);
        usize::try_from(length.saturating_add(self.exponent)).unwrap_or_default()
    }

    fn unscaled(&self, scale: i8) -> Option<i128> {
        if self.digits == 0 {
            return Some(0);
        }
        let shift = u32::try_from(self.exponent.checked_add(scale.into())?).ok()?;
        self.digits.checked_mul(10_i128.checked_pow(shift)?)
    }
}
