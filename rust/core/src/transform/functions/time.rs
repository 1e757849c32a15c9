//! Functions of dates, times of day and timestamps; those with a zone are instants, told in UTC.

use std::sync::Arc;

use arrow_array::types::{
    Date32Type, Int64Type, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampNanosecondType,
};
use arrow_array::{Array, ArrayRef, Float64Array};
use arrow_schema::{DataType, TimeUnit};

use super::{Function, Gives, Take, ints};
use crate::text::civil;
use crate::transform::arithmetic::{OVERFLOW, days_of};
use crate::transform::column::{Call, Column};
use Take::{Day, Int, Moment, Unit};

/// What a part of a date or time can be called; `epoch` has a function of its own.
pub(in crate::transform) const PARTS: &[&str] = &[
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "dow",
    "isodow",
    "doy",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
];

/// To what a timestamp can be cut, and what can be counted between two.
pub(in crate::transform) const TRUNCATED: &[&str] =
    &["year", "quarter", "month", "week", "day", "hour", "minute", "second"];

const NANOS_PER_DAY: i64 = 86_400_000_000_000;

const fn function(
    name: &'static str,
    arguments: &'static str,
    meaning: &'static str,
    takes: &'static [Take],
    gives: Gives,
    call: fn(Call<'_>, &DataType) -> ArrayRef,
) -> Function {
    Function { name, arguments, meaning, takes, least: takes.len(), gives, call }
}

macro_rules! part {
    ($name:literal, $takes:expr, $meaning:literal) => {
        function($name, "moment", $meaning, $takes, Gives::Int, |call, _| {
            ints(&call, |a, row| moment(&a[0], row).map(|moment| part(moment, $name)))
        })
    };
}

pub(super) static FUNCTIONS: &[Function] = &[
    function(
        "date_part",
        "'part', moment",
        "a part of it, also `extract(part from moment)`: `year`, `quarter`, `month`, `week` (ISO), \
         `day`, `dow` (Sunday is 0), `isodow` (Monday is 1), `doy`, `hour`, `minute`, `second`, \
         `millisecond` and `microsecond` (those of the minute)",
        &[Unit, Moment],
        Gives::Int,
        |call, _| {
            ints(&call, |a, row| Some(part(moment(&a[1], row)?, &a[0].text(row)?.to_lowercase())))
        },
    ),
    part!("year", &[Day], "`date_part('year', …)`"),
    part!("month", &[Day], "`date_part('month', …)`"),
    part!("day", &[Day], "`date_part('day', …)`"),
    part!("hour", &[Moment], "`date_part('hour', …)`"),
    part!("minute", &[Moment], "`date_part('minute', …)`"),
    part!("second", &[Moment], "`date_part('second', …)`"),
    function(
        "epoch",
        "moment",
        "seconds since 1970-01-01, or since midnight, as a double",
        &[Moment],
        Gives::Double,
        |call, _| {
            let values = (0..call.rows).map(|row| {
                let (days, nanos) = moment(&call.args[0], row)?;
                let nanos = i128::from(days) * i128::from(NANOS_PER_DAY) + i128::from(nanos);
                #[expect(clippy::cast_precision_loss, reason = "a double is what is asked for")]
                Some(if nanos % 1_000 == 0 {
                    (nanos / 1_000) as f64 / 1e6
                } else {
                    nanos as f64 / 1e9
                })
            });
            Arc::new(values.collect::<Float64Array>())
        },
    ),
    function(
        "date_trunc",
        "'unit', moment",
        "its first moment of the `year`, `quarter`, `month`, `week`, `day`, `hour`, `minute` or \
         `second`",
        &[Unit, Day],
        Gives::Same(1),
        |call, to| {
            let cut = |a: &[Column], row| {
                let unit = a[0].text(row)?.to_lowercase();
                Some((moment(&a[1], row)?, unit))
            };
            match to {
                DataType::Date32 => call.numbers::<Date32Type>(to, |a, row| {
                    let (moment, unit) = cut(a, row)?;
                    let found = truncated(moment, &unit).and_then(|(d, _)| i32::try_from(d).ok());
                    Some(found.ok_or(OVERFLOW))
                }),
                DataType::Timestamp(TimeUnit::Nanosecond, _) => call
                    .numbers::<TimestampNanosecondType>(to, |a, row| {
                        let (moment, unit) = cut(a, row)?;
                        Some(truncated(moment, &unit).and_then(|m| joined(m, 1)).ok_or(OVERFLOW))
                    }),
                _ => call.numbers::<TimestampMicrosecondType>(to, |a, row| {
                    let (moment, unit) = cut(a, row)?;
                    Some(truncated(moment, &unit).and_then(|m| joined(m, 1_000)).ok_or(OVERFLOW))
                }),
            }
        },
    ),
    function(
        "date_diff",
        "'unit', from, to",
        "how many beginnings of a unit, as `date_trunc` has them, lie between",
        &[Unit, Day, Day],
        Gives::Int,
        |call, to| {
            call.numbers::<Int64Type>(to, |a, row| {
                let unit = a[0].text(row)?.to_lowercase();
                let (from, to) = (moment(&a[1], row)?, moment(&a[2], row)?);
                let count = |moment| ordinal(moment, &unit);
                Some(
                    count(to)
                        .zip(count(from))
                        .and_then(|(to, from)| to.checked_sub(from))
                        .ok_or(OVERFLOW),
                )
            })
        },
    ),
    function(
        "make_date",
        "year, month, day",
        "that date",
        &[Int, Int, Int],
        Gives::Date,
        |call, to| {
            call.numbers::<Date32Type>(to, |a, row| {
                let (year, month, day) = (a[0].int(row)?, a[1].int(row)?, a[2].int(row)?);
                Some(date(year, month, day).ok_or("no date"))
            })
        },
    ),
];

fn date(year: i64, month: i64, day: i64) -> Option<i32> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = days_of(year, month)? + day - 1;
    let is_there = civil(days) == (year, month, day);
    is_there.then_some(days).and_then(|days| i32::try_from(days).ok())
}

/// Days since 1970-01-01 and nanoseconds of the day.
fn moment(column: &Column, row: usize) -> Option<(i64, i64)> {
    let split = |value: i64, nanos: i64| {
        let per_day = NANOS_PER_DAY / nanos;
        (value.div_euclid(per_day), value.rem_euclid(per_day) * nanos)
    };
    Some(match column.array.data_type() {
        DataType::Date32 => (column.date(row)?.into(), 0),
        DataType::Time64(TimeUnit::Nanosecond) => {
            (0, column.primitive::<Time64NanosecondType>(row)?)
        }
        DataType::Time64(_) => {
            (0, column.primitive::<Time64MicrosecondType>(row)?.saturating_mul(1_000))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            split(column.primitive::<TimestampNanosecondType>(row)?, 1)
        }
        DataType::Timestamp(..) => split(column.primitive::<TimestampMicrosecondType>(row)?, 1_000),
        _ => return None,
    })
}

fn joined((days, nanos): (i64, i64), nanos_per_unit: i64) -> Option<i64> {
    days.checked_mul(NANOS_PER_DAY / nanos_per_unit)?.checked_add(nanos / nanos_per_unit)
}

/// The day of the week, 1 for Monday: 1970-01-01 was a Thursday.
fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

fn part((days, nanos): (i64, i64), name: &str) -> i64 {
    let (year, month, day) = civil(days);
    match name {
        "year" => year,
        "quarter" => (month - 1) / 3 + 1,
        "month" => month,
        "week" => {
            // ISO 8601: the week of a day is that of its Thursday.
            let thursday = days - weekday(days) + 4;
            let (year, _, _) = civil(thursday);
            (thursday - days_of(year, 1).unwrap_or(0)) / 7 + 1
        }
        "day" => day,
        "dow" => weekday(days) % 7,
        "isodow" => weekday(days),
        "doy" => days - days_of(year, 1).unwrap_or(0) + 1,
        "hour" => nanos / 3_600_000_000_000,
        "minute" => nanos / 60_000_000_000 % 60,
        "second" => nanos / 1_000_000_000 % 60,
        "millisecond" => nanos % 60_000_000_000 / 1_000_000,
        _ => nanos % 60_000_000_000 / 1_000,
    }
}

fn truncated((days, nanos): (i64, i64), unit: &str) -> Option<(i64, i64)> {
    let (year, month, _) = civil(days);
    Some(match unit {
        "year" => (days_of(year, 1)?, 0),
        "quarter" => (days_of(year, (month - 1) / 3 * 3 + 1)?, 0),
        "month" => (days_of(year, month)?, 0),
        "week" => (days - weekday(days) + 1, 0),
        "day" => (days, 0),
        "hour" => (days, nanos - nanos % 3_600_000_000_000),
        "minute" => (days, nanos - nanos % 60_000_000_000),
        _ => (days, nanos - nanos % 1_000_000_000),
    })
}

/// The number of the unit that a moment lies in.
fn ordinal((days, nanos): (i64, i64), unit: &str) -> Option<i64> {
    let (year, month, _) = civil(days);
    let per = |seconds: i64| {
        days.checked_mul(86_400 / seconds)?.checked_add(nanos / (seconds * 1_000_000_000))
    };
    match unit {
        "year" => Some(year),
        "quarter" => Some(year * 4 + (month - 1) / 3),
        "month" => Some(year * 12 + month),
        "week" => Some((days + 3).div_euclid(7)),
        "day" => Some(days),
        "hour" => per(3_600),
        "minute" => per(60),
        _ => per(1),
    }
}
