//! Dates, times of day and timestamps of every unit as text.

use arrow_schema::TimeUnit;

use super::time::{FIRST_DAY, LAST_DAY, SECONDS_PER_DAY};

/// Units of a second.
const fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// Digits of a second that a unit has.
const fn digits(unit: TimeUnit) -> usize {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}

/// Writes `YYYY-MM-DD`; false, and nothing written, where the year has not four digits.
pub(crate) fn write_date(days: i64, out: &mut Vec<u8>) -> bool {
    if !(FIRST_DAY..=LAST_DAY).contains(&days) {
        return false;
    }
    let (year, month, day) = civil(days);
    put(out, year / 100);
    put(out, year % 100);
    out.push(b'-');
    put(out, month);
    out.push(b'-');
    put(out, day);
    true
}

/// Writes `HH:MM:SS` and the digits of the unit; false, and nothing written, where the value is
/// outside a day.
pub(crate) fn write_time(value: i64, unit: TimeUnit, out: &mut Vec<u8>) -> bool {
    let (seconds, fraction) =
        (value.div_euclid(per_second(unit)), value.rem_euclid(per_second(unit)));
    if !(0..SECONDS_PER_DAY).contains(&seconds) {
        return false;
    }
    put(out, seconds / 3600);
    out.push(b':');
    put(out, seconds / 60 % 60);
    out.push(b':');
    put(out, seconds % 60);
    let digits = digits(unit);
    if digits > 0 {
        out.push(b'.');
        let start = out.len();
        out.resize(start + digits, b'0');
        let mut rest = fraction;
        for place in out[start..].iter_mut().rev() {
            *place += u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
    }
    true
}

/// Writes `YYYY-MM-DDTHH:MM:SS`, the digits of the unit, and `Z` where `zoned`; false, and nothing
/// written, where the year has not four digits.
pub(crate) fn write_timestamp(value: i64, unit: TimeUnit, zoned: bool, out: &mut Vec<u8>) -> bool {
    let per_day = SECONDS_PER_DAY * per_second(unit);
    if !write_date(value.div_euclid(per_day), out) {
        return false;
    }
    out.push(b'T');
    write_time(value.rem_euclid(per_day), unit, out);
    if zoned {
        out.push(b'Z');
    }
    true
}

/// Two digits.
fn put(out: &mut Vec<u8>, value: i64) {
    let digit = |value: i64| b'0' + u8::try_from(value % 10).unwrap_or_default();
    out.extend_from_slice(&[digit(value / 10), digit(value)]);
}

/// Year, month and day of days since 1970-01-01.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
#[must_use]
pub fn civil(days: i64) -> (i64, i64, i64) {
    // Days from 0000-03-01 to 1970-01-01.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
