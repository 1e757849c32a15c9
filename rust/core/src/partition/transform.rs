//! Iceberg's transforms, column by column.
//!
//! <https://iceberg.apache.org/spec/#partition-transforms>

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, Decimal128Array, Int32Array, Int64Array,
    NullArray, PrimitiveArray, StringArray,
};
use arrow_schema::{DataType, Field, TimeUnit};

use super::groups::internal;
use super::murmur::{murmur3, murmur3_decimal, murmur3_long};
use super::term::{Term, Transform};
use crate::text::civil;
use crate::{Error, ErrorKind, Location, Result, types};

const MICROS_PER_HOUR: i64 = 3_600_000_000;
const HOURS_PER_DAY: i64 = 24;
const MONTHS_PER_YEAR: i64 = 12;
const FIRST_YEAR: i64 = 1970;
const NANOS_PER_MICRO: i64 = 1_000;

/// Checks that the transform takes the column's type.
///
/// # Errors
/// [`ErrorKind::Config`] where it does not.
pub(super) fn check(term: &Term, field: &Field) -> Result<()> {
    use DataType::{Binary, Boolean, Date32, Decimal128, FixedSizeBinary, Time64, Timestamp, Utf8};
    use DataType::{Int8, Int16, Int32, Int64};
    use TimeUnit::{Microsecond, Nanosecond};
    let data_type = field.data_type();
    let is_whole = matches!(data_type, Int8 | Int16 | Int32 | Int64 | Decimal128(_, _));
    let is_long = matches!(data_type, Utf8 | Binary);
    let is_moment = matches!(data_type, Timestamp(Microsecond | Nanosecond, _));
    let is_day = matches!(data_type, Date32);
    let is_other = matches!(data_type, Time64(Microsecond) | FixedSizeBinary(_));
    let (fits, taken) = match term.transform {
        Transform::Void => (true, ""),
        Transform::Identity => (
            is_whole || is_long || is_moment || is_day || is_other || *data_type == Boolean,
            "every type but floating point and nested ones, times in microseconds, timestamps in \
             micro- or nanoseconds",
        ),
        Transform::Bucket(_) => (
            is_whole || is_long || is_moment || is_day || is_other,
            "integers, decimals, dates, times in microseconds, timestamps in micro- or \
             nanoseconds, strings, UUIDs and binary data",
        ),
        Transform::Truncate(_) => {
            (is_whole || is_long, "integers, decimals, strings and binary data")
        }
        Transform::Year | Transform::Month | Transform::Day => {
            (is_moment || is_day, "dates, and timestamps in micro- or nanoseconds")
        }
        Transform::Hour => (is_moment, "timestamps in micro- or nanoseconds"),
    };
    if fits {
        return Ok(());
    }
    let (column, spelled) = (&term.column, types::spelled(field));
    let word = term.transform.word();
    let message = format!("{term}: column {column:?} is {spelled}; {word} takes {taken}");
    Err(super::refused(column, message))
}

/// What the transform makes of a column of a type that [`check`] lets pass: bucket and the calendar
/// make `Int32`, identity and truncate the column's own type, of small integers `Int32`.
///
/// # Errors
/// [`ErrorKind::Contract`] where a value's result is beyond what Iceberg has for it.
pub(super) fn transformed(term: &Term, array: &ArrayRef) -> Result<ArrayRef> {
    match term.transform {
        Transform::Void => Ok(Arc::new(NullArray::new(array.len()))),
        Transform::Identity => Ok(Arc::clone(array)),
        Transform::Bucket(count) => bucket(array, count),
        Transform::Truncate(width) => truncate(term, array, width),
        Transform::Year => dates(array, |day| {
            let (year, _, _) = civil(day);
            year - FIRST_YEAR
        }),
        Transform::Month => dates(array, |day| {
            let (year, month, _) = civil(day);
            (year - FIRST_YEAR) * MONTHS_PER_YEAR + month - 1
        }),
        Transform::Day => dates(array, |day| day),
        Transform::Hour => ordinals(
            longs(array)?
                .iter()
                .map(|micros| micros.map(|micros| micros.div_euclid(MICROS_PER_HOUR))),
        )
        .ok_or_else(|| beyond(term, "an hour that is too far from 1970 for 32 bits")),
    }
}

/// Ordinals of days since 1970, of a column of dates or timestamps.
fn dates(array: &ArrayRef, ordinal: impl Fn(i64) -> i64) -> Result<ArrayRef> {
    let per_day = match array.data_type() {
        DataType::Date32 => 1,
        _ => MICROS_PER_HOUR * HOURS_PER_DAY,
    };
    let days = longs(array)?;
    ordinals(days.iter().map(|value| value.map(|value| ordinal(value.div_euclid(per_day)))))
        .ok_or_else(|| Error::new(ErrorKind::Internal, "a day that 32 bits do not hold"))
}

/// As Iceberg's int; none where one is beyond it.
fn ordinals(values: impl Iterator<Item = Option<i64>>) -> Option<ArrayRef> {
    let narrow = |value: Option<i64>| match value {
        Some(value) => i32::try_from(value).ok().map(Some),
        None => Some(None),
    };
    let found: Option<Vec<Option<i32>>> = values.map(narrow).collect();
    Some(Arc::new(Int32Array::from(found?)))
}

fn bucket(array: &ArrayRef, count: u32) -> Result<ArrayRef> {
    #[allow(clippy::cast_possible_wrap, reason = "the sign is masked, and a count is an i32")]
    let bucket = |hash: u32| ((hash & 0x7fff_ffff) % count) as i32;
    let found: Int32Array = match array.data_type() {
        DataType::Decimal128(_, _) => array
            .as_primitive::<Decimal128Type>()
            .unary(|unscaled| bucket(murmur3_decimal(unscaled))),
        DataType::Utf8 => {
            let texts = array.as_string::<i32>().iter();
            texts.map(|text| text.map(|text| bucket(murmur3(text.as_bytes())))).collect()
        }
        DataType::Binary => {
            let values = array.as_binary::<i32>().iter();
            values.map(|bytes| bytes.map(|bytes| bucket(murmur3(bytes)))).collect()
        }
        DataType::FixedSizeBinary(_) => {
            let values = array.as_fixed_size_binary().iter();
            values.map(|bytes| bytes.map(|bytes| bucket(murmur3(bytes)))).collect()
        }
        _ => longs(array)?.unary(|value| bucket(murmur3_long(value))),
    };
    Ok(Arc::new(found))
}

/// Whole numbers as Iceberg's long: days, and microseconds, to which nanoseconds are rounded down.
fn longs(array: &ArrayRef) -> Result<Int64Array> {
    fn of<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &ArrayRef) -> Int64Array {
        array.as_primitive::<T>().unary(Into::into)
    }
    Ok(match array.data_type() {
        DataType::Int8 => of::<Int8Type>(array),
        DataType::Int16 => of::<Int16Type>(array),
        DataType::Int32 => of::<Int32Type>(array),
        DataType::Int64 => of::<Int64Type>(array),
        DataType::Date32 => of::<Date32Type>(array),
        DataType::Time64(TimeUnit::Microsecond) => of::<Time64MicrosecondType>(array),
        DataType::Timestamp(TimeUnit::Microsecond, _) => of::<TimestampMicrosecondType>(array),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            let nanos = array.as_primitive::<TimestampNanosecondType>();
            nanos.unary(|value| value.div_euclid(NANOS_PER_MICRO))
        }
        other => {
            let message = format!("{other} is no whole number, and was let pass as one");
            return Err(Error::new(ErrorKind::Internal, message));
        }
    })
}

fn truncate(term: &Term, array: &ArrayRef, width: u32) -> Result<ArrayRef> {
    let length = width as usize;
    Ok(match array.data_type() {
        DataType::Utf8 => {
            let cut = |text: &str| text.char_indices().nth(length).map_or(text.len(), |(at, _)| at);
            let texts = array.as_string::<i32>().iter();
            Arc::new(texts.map(|text| text.map(|text| &text[..cut(text)])).collect::<StringArray>())
        }
        DataType::Binary => {
            let values = array.as_binary::<i32>().iter();
            let cut = values.map(|bytes| bytes.map(|bytes| &bytes[..bytes.len().min(length)]));
            Arc::new(cut.collect::<BinaryArray>())
        }
        DataType::Decimal128(precision, scale) => {
            let limit = 10_i128.pow(u32::from(*precision));
            let width = i128::from(width);
            let round = |value: i128| {
                Some(value - value.rem_euclid(width)).filter(|rounded| rounded.abs() < limit)
            };
            let found: Decimal128Array = rounded(term, array.as_primitive(), round)?;
            let found = found.with_precision_and_scale(*precision, *scale).map_err(internal)?;
            Arc::new(found)
        }
        DataType::Int64 => {
            let width = i64::from(width);
            let round = |value: i64| value.checked_sub(value.rem_euclid(width));
            Arc::new(rounded::<Int64Type>(term, array.as_primitive(), round)?)
        }
        _ => {
            let width = i64::from(width);
            let round = |value: i64| value - value.rem_euclid(width);
            let values = longs(array)?.unary::<_, Int64Type>(round);
            ordinals(values.iter()).ok_or_else(|| below(term))?
        }
    })
}

fn rounded<T: ArrowPrimitiveType>(
    term: &Term,
    array: &PrimitiveArray<T>,
    round: impl Fn(T::Native) -> Option<T::Native>,
) -> Result<PrimitiveArray<T>> {
    array.try_unary(|value| round(value).ok_or_else(|| below(term)))
}

fn below(term: &Term) -> Error {
    beyond(term, "a value whose lower multiple the type does not hold; take another width")
}

fn beyond(term: &Term, what: &str) -> Error {
    let location = Location { field: Some(term.column.clone()), ..Location::default() };
    Error::new(ErrorKind::Contract, format!("{term}: column {:?} holds {what}", term.column))
        .at(location)
}
