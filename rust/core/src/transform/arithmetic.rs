//! Arithmetic that is exact or a fault: nothing wraps, and nothing is divided by zero.

use arrow_array::ArrayRef;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
    TimestampNanosecondType,
};
use arrow_schema::{DataType, TimeUnit};

use super::column::Call;
use super::node::{Arithmetic, Interval};
use crate::text::civil;

pub(super) const OVERFLOW: &str = "overflow";
const BY_ZERO: &str = "division by zero";
const NANOS_PER_MICRO: i64 = 1_000;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Both operands are of one type but for days that are added to dates.
pub(super) fn arithmetic(call: Call<'_>, operator: Arithmetic, result: &DataType) -> ArrayRef {
    let is_date = matches!(call.args[0].data_type(), DataType::Date32);
    match result {
        DataType::Int64 if is_date => call.numbers::<Int64Type>(result, |args, row| {
            Some(Ok(i64::from(args[0].date(row)?) - i64::from(args[1].date(row)?)))
        }),
        DataType::Date32 => call.numbers::<Date32Type>(result, move |args, row| {
            let (date, days) = (i64::from(args[0].date(row)?), args[1].int(row)?);
            let days = if operator == Arithmetic::Add { Some(days) } else { days.checked_neg() };
            let moved = days.and_then(|days| date.checked_add(days));
            let moved = moved.filter(|days| has_year(*days));
            Some(moved.and_then(|days| i32::try_from(days).ok()).ok_or(OVERFLOW))
        }),
        DataType::Int64 => call.numbers::<Int64Type>(result, move |args, row| {
            Some(long(operator, args[0].int(row)?, args[1].int(row)?))
        }),
        DataType::Decimal128(precision, _) => {
            let limit = 10_i128.checked_pow((*precision).into()).unwrap_or(i128::MAX);
            call.numbers::<Decimal128Type>(result, move |args, row| {
                let value = decimal(operator, args[0].decimal(row)?, args[1].decimal(row)?);
                Some(value.and_then(|v| (v.abs() < limit).then_some(v).ok_or(OVERFLOW)))
            })
        }
        _ => call.numbers::<Float64Type>(result, move |args, row| {
            Some(double(operator, args[0].double(row)?, args[1].double(row)?))
        }),
    }
}

fn long(operator: Arithmetic, a: i64, b: i64) -> Result<i64, &'static str> {
    let value = match operator {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        _ if b == 0 => return Err(BY_ZERO),
        Arithmetic::Remainder => a.checked_rem(b).or(Some(0)),
        Arithmetic::Divide | Arithmetic::DivideWhole => a.checked_div(b),
    };
    value.ok_or(OVERFLOW)
}

fn decimal(operator: Arithmetic, a: i128, b: i128) -> Result<i128, &'static str> {
    let value = match operator {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        _ if b == 0 => return Err(BY_ZERO),
        Arithmetic::Remainder => a.checked_rem(b),
        Arithmetic::Divide | Arithmetic::DivideWhole => a.checked_div(b),
    };
    value.ok_or(OVERFLOW)
}

/// Finite operands give a finite result or a fault.
fn double(operator: Arithmetic, a: f64, b: f64) -> Result<f64, &'static str> {
    let value = match operator {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        _ if b == 0.0 => return Err(BY_ZERO),
        Arithmetic::Remainder => a % b,
        Arithmetic::Divide | Arithmetic::DivideWhole => a / b,
    };
    let is_overflow = value.is_infinite() && a.is_finite() && b.is_finite();
    if is_overflow { Err(OVERFLOW) } else { Ok(value) }
}

/// Timestamps moved by an interval: months first, where the last day of a month stays the last that
/// there is, then days, then time.
pub(super) fn shift(call: Call<'_>, by: Interval, result: &DataType) -> ArrayRef {
    match result {
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            call.numbers::<TimestampNanosecondType>(result, move |args, row| {
                let value = args[0].primitive::<TimestampNanosecondType>(row)?;
                Some(moved(value, by, MICROS_PER_DAY * NANOS_PER_MICRO, by.nanos).ok_or(OVERFLOW))
            })
        }
        _ => call.numbers::<TimestampMicrosecondType>(result, move |args, row| {
            let value = args[0].primitive::<TimestampMicrosecondType>(row)?;
            Some(moved(value, by, MICROS_PER_DAY, by.nanos / NANOS_PER_MICRO).ok_or(OVERFLOW))
        }),
    }
}

fn moved(value: i64, by: Interval, per_day: i64, units: i64) -> Option<i64> {
    let (days, clock) = (value.div_euclid(per_day), value.rem_euclid(per_day));
    let days = add_months(days, by.months)?.checked_add(by.days)?;
    let moved = days.checked_mul(per_day)?.checked_add(clock)?.checked_add(units)?;
    has_year(moved.div_euclid(per_day)).then_some(moved)
}

/// Whether a day is of the years 0001 to 9999, beyond which nothing is written.
fn has_year(days: i64) -> bool {
    // The bounds are far within what a date's days may be.
    (-719_162..=2_932_896).contains(&days)
}

/// Days since 1970-01-01 so many months later.
pub(super) fn add_months(days: i64, months: i64) -> Option<i64> {
    if months == 0 {
        return Some(days);
    }
    let (year, month, day) = civil(days);
    let month = (year * 12 + month - 1).checked_add(months)?;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    let first = days_of(year, month)?;
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    Some(first + (day - 1).min(days_of(next_year, next_month)? - first - 1))
}

/// Days from 1970-01-01 to the first of a month.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
pub(super) fn days_of(year: i64, month: i64) -> Option<i64> {
    let year = year.checked_sub(i64::from(month <= 2))?;
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    era.checked_mul(146_097)?.checked_add(days - 719_468)
}
