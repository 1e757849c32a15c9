//! The one grammar that turns text into values: CSV fields, contract bounds, allowed values.
//!
//! Nothing is trimmed and nothing is rounded; a text that is not exactly a value of the type is
//! `None`.

/// `[+-]?[0-9]+` within `i64`.
#[must_use]
pub fn parse_int(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A finite decimal number, or `nan`, `inf`, `infinity` in any case with an optional sign.
/// A finite spelling that overflows to infinity is `None`.
#[must_use]
pub fn parse_float(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// `[+-]?digits[.digits]`, unscaled at `scale`; `None` where digits would be lost.
#[must_use]
pub fn parse_decimal(_text: &[u8], _precision: u8, _scale: i8) -> Option<i128> {
    None
}

/// `true` or `false` in any case.
#[must_use]
pub fn parse_bool(_text: &[u8]) -> Option<bool> {
    None
}

/// `YYYY-MM-DD`, years 0001 to 9999, as days since 1970-01-01.
#[must_use]
pub fn parse_date(_text: &[u8]) -> Option<i32> {
    None
}

/// `YYYY-MM-DD[T ]HH:MM[:SS[.f{1,9}]]` as microseconds since 1970-01-01, in UTC where `zoned`:
/// then `Z`, `+HH:MM`, `+HHMM` or `+HH` must follow, otherwise nothing may. Digits below a
/// microsecond must be zero.
#[must_use]
pub fn parse_timestamp(_text: &[u8], _zoned: bool) -> Option<i64> {
    None
}
