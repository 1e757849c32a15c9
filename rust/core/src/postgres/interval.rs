//! Intervals as ISO 8601 text, as Postgres writes them with `IntervalStyle` `iso_8601`.
//!
//! Source: `EncodeInterval` of Postgres.

use super::values::{Bytes, Read};

const MONTHS_PER_YEAR: i32 = 12;
const SECOND_MICROS: i64 = 1_000_000;

/// An interval as it came.
pub(super) struct Interval {
    micros: i64,
    days: i32,
    months: i32,
}

impl Interval {
    /// The value of a field.
    pub(super) fn new(field: &[u8]) -> Read<Self> {
        let mut bytes = Bytes(field);
        let value = Self { micros: bytes.i64()?, days: bytes.i32()?, months: bytes.i32()? };
        bytes.end().map(|()| value)
    }

    /// Whether it has an end.
    pub(super) fn is_finite(&self) -> bool {
        let all = (self.micros, self.days, self.months);
        all != (i64::MAX, i32::MAX, i32::MAX) && all != (i64::MIN, i32::MIN, i32::MIN)
    }

    /// As Postgres writes it: `P1Y2M3DT4H5M6.7S`; each part has a sign of its own.
    pub(super) fn text(&self) -> String {
        if !self.is_finite() {
            return if self.micros > 0 { "infinity" } else { "-infinity" }.to_owned();
        }
        let (seconds, fraction) = (self.micros / SECOND_MICROS, self.micros % SECOND_MICROS);
        let clock = [(seconds / 3_600, 'H'), (seconds / 60 % 60, 'M')];
        let date = [
            (i64::from(self.months / MONTHS_PER_YEAR), 'Y'),
            (i64::from(self.months % MONTHS_PER_YEAR), 'M'),
            (i64::from(self.days), 'D'),
        ];
        let mut out = String::from("P");
        for (part, letter) in date.into_iter().filter(|(part, _)| *part != 0) {
            add(&mut out, part, letter);
        }
        if self.micros != 0 {
            out.push('T');
        }
        for (part, letter) in clock.into_iter().filter(|(part, _)| *part != 0) {
            add(&mut out, part, letter);
        }
        if seconds % 60 != 0 || fraction != 0 {
            let sign = if self.micros < 0 { "-" } else { "" };
            let digits = format!("{:06}", fraction.abs());
            let digits = digits.trim_end_matches('0');
            let point = if digits.is_empty() { "" } else { "." };
            out.push_str(sign);
            out.push_str(&(seconds % 60).abs().to_string());
            out.push_str(point);
            out.push_str(digits);
            out.push('S');
        }
        if out == "P" { "PT0S".to_owned() } else { out }
    }
}

fn add(out: &mut String, part: i64, letter: char) {
    out.push_str(&part.to_string());
    out.push(letter);
}
