//! Dates, times of day and timestamps from text.

use arrow_schema::TimeUnit;

/// Days from 1970-01-01 to 0001-01-01 and to 9999-12-31: what four digits of a year can say.
pub(super) const FIRST_DAY: i64 = -719_162;
pub(super) const LAST_DAY: i64 = 2_932_896;

pub(super) const SECONDS_PER_DAY: i64 = 86_400;

const MONTH_DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Two digits as a number.
fn two(high: u8, low: u8) -> Option<u32> {
    let (high, low) = (high.wrapping_sub(b'0'), low.wrapping_sub(b'0'));
    (high <= 9 && low <= 9).then(|| u32::from(high) * 10 + u32::from(low))
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`,
/// for years that are not negative.
fn days_from_civil(year: u32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year / 400;
    let year_of_era = year % 400;
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).cast_signed() - 719_468
}

/// `YYYY-MM-DD`, years 0001 to 9999 of the proleptic Gregorian calendar, as days since 1970-01-01.
#[must_use]
pub fn parse_date(text: &[u8]) -> Option<i32> {
    let &[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = text else { return None };
    let year = two(y0, y1)? * 100 + two(y2, y3)?;
    let (month, day) = (two(m0, m1)?, two(d0, d1)?);
    if year == 0 || !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    let last = MONTH_DAYS[month as usize - 1] + u32::from(month == 2 && is_leap(year));
    (day <= last).then(|| days_from_civil(year, month, day))
}

/// `HH:MM[:SS[.f{1,9}]]`, hours 00 to 23 and seconds 00 to 59, as units since midnight. Digits below
/// the unit must be zero.
#[must_use]
pub fn parse_time(text: &[u8], unit: TimeUnit) -> Option<i64> {
    match time_of_day(text)? {
        (seconds, nanos, []) => in_unit(seconds, nanos, unit),
        _ => None,
    }
}

/// `YYYY-MM-DD[T ]HH:MM[:SS[.f{1,9}]]` as units since 1970-01-01, in UTC where `zoned`: then `Z`,
/// `+HH:MM`, `+HHMM` or `+HH` (or the same with `-`) must follow, otherwise nothing may.
/// Digits below the unit must be zero. Hours are 00 to 23, seconds 00 to 59, and the result
/// lies within years 0001 to 9999, and for nanoseconds within 64 bits.
#[must_use]
#[inline]
pub fn parse_timestamp(text: &[u8], unit: TimeUnit, zoned: bool) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let days = i64::from(parse_date(date)?);
    let [b'T' | b' ', rest @ ..] = rest else { return None };
    let (seconds, nanos, rest) = time_of_day(rest)?;
    let offset_minutes = if zoned { offset(rest)? } else { rest.is_empty().then_some(0)? };
    let seconds = days * SECONDS_PER_DAY + seconds - offset_minutes * 60;
    (FIRST_DAY * SECONDS_PER_DAY..(LAST_DAY + 1) * SECONDS_PER_DAY)
        .contains(&seconds)
        .then(|| in_unit(seconds, nanos, unit))?
}

/// Seconds since midnight, nanoseconds of the last one, and what follows the time.
#[inline]
fn time_of_day(text: &[u8]) -> Option<(i64, i64, &[u8])> {
    let &[h0, h1, b':', m0, m1, ref rest @ ..] = text else { return None };
    let (hours, minutes) = (two(h0, h1)?, two(m0, m1)?);
    let (seconds, nanos, rest) = match *rest {
        [b':', s0, s1, b'.', ref rest @ ..] => {
            let (nanos, rest) = fraction(rest)?;
            (two(s0, s1)?, nanos, rest)
        }
        [b':', s0, s1, ref rest @ ..] => (two(s0, s1)?, 0, rest),
        _ => (0, 0, rest),
    };
    let is_time = hours <= 23 && minutes <= 59 && seconds <= 59;
    is_time.then(|| (i64::from(hours * 3600 + minutes * 60 + seconds), nanos, rest))
}

/// Seconds and nanoseconds in a unit that holds them; nanoseconds lead away from a whole second
/// into the future, before 1970 too.
#[inline]
fn in_unit(seconds: i64, nanos: i64, unit: TimeUnit) -> Option<i64> {
    match unit {
        TimeUnit::Second => (nanos == 0).then_some(seconds),
        TimeUnit::Millisecond => {
            (nanos % 1_000_000 == 0).then(|| seconds * 1_000 + nanos / 1_000_000)
        }
        TimeUnit::Microsecond => (nanos % 1_000 == 0).then(|| seconds * 1_000_000 + nanos / 1_000),
        TimeUnit::Nanosecond => {
            i64::try_from(i128::from(seconds) * 1_000_000_000 + i128::from(nanos)).ok()
        }
    }
}

/// One to nine digits as nanoseconds, and what follows them.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&length) {
        return None;
    }
    let (digits, rest) = text.split_at(length);
    let nanos = (0..9).fold(0_i64, |nanos, at| {
        nanos * 10 + digits.get(at).map_or(0, |digit| i64::from(digit - b'0'))
    });
    Some((nanos, rest))
}

/// Digits of the second's fraction that are written.
pub(crate) fn fraction_digits(text: &str) -> usize {
    let (_, fraction) = text.split_once('.').unwrap_or_default();
    fraction.bytes().take_while(u8::is_ascii_digit).count()
}

/// A zone's offset from UTC in minutes.
fn offset(text: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match *text {
        [b'Z'] => return Some(0),
        [sign, h0, h1] => (sign, two(h0, h1)?, 0),
        [sign, h0, h1, m0, m1] | [sign, h0, h1, b':', m0, m1] => (sign, two(h0, h1)?, two(m0, m1)?),
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let minutes = i64::from(hours * 60 + minutes);
    match sign {
        b'+' => Some(minutes),
        b'-' => Some(-minutes),
        _ => None,
    }
}
