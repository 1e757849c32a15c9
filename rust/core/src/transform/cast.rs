//! Values of one type as values of another: exactly, or not at all.
//!
//! Text is read and written by the one grammar of [`crate::text`], so that a column that is cast
//! from text has what the CSV reader would have made of it.

use std::sync::Arc;

use arrow_array::builder::FixedSizeBinaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowTimestampType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, StringArray, new_null_array,
};
use arrow_schema::{DataType, Field, TimeUnit};

use super::column::{Call, Column};
use super::compare::is_null;
use super::widen::{nearest, rescaled};
use crate::text::{
    is_json, parse_binary, parse_bool, parse_date, parse_decimal, parse_float, parse_float32,
    parse_int, parse_time, parse_timestamp, parse_uuid,
};
use crate::{types, value};

/// What a row hears whose value is none of the type, or would lose something.
pub(super) const INEXACT: &str = "a value that the type does not hold exactly";

const NANOS_PER_DAY: i128 = 86_400_000_000_000;

/// A value, whatever its width or unit.
enum Value<'a> {
    Bool(bool),
    /// Unscaled, with its scale.
    Number(i128, i8),
    Double(f64),
    Text(&'a str),
    Days(i64),
    /// Since midnight.
    Nanos(i64),
    /// Since 1970-01-01.
    Instant(i128),
    Bytes(&'a [u8]),
}

/// What values of a type are for a cast.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Bool,
    Number,
    Text,
    Json,
    Date,
    Time,
    Naive,
    Zoned,
    Bytes,
    Uuid,
}

fn kind(field: &Field) -> Option<Kind> {
    use DataType as T;
    Some(match field.data_type() {
        T::Null => Kind::Null,
        T::Boolean => Kind::Bool,
        T::Utf8 if types::is_json(field) => Kind::Json,
        T::Utf8 | T::LargeUtf8 | T::Utf8View => Kind::Text,
        T::Decimal128(..) => Kind::Number,
        other if other.is_integer() => Kind::Number,
        T::Float32 | T::Float64 => Kind::Number,
        T::Date32 => Kind::Date,
        T::Time32(_) | T::Time64(_) => Kind::Time,
        T::Timestamp(_, None) => Kind::Naive,
        T::Timestamp(_, Some(_)) => Kind::Zoned,
        T::Binary => Kind::Bytes,
        T::FixedSizeBinary(types::UUID_BYTES) if types::is_uuid(field) => Kind::Uuid,
        _ => return None,
    })
}

/// Whether some values of `from` have a form in `to`.
pub(super) fn is_castable(from: &Field, to: &Field) -> bool {
    let (Some(from), Some(to)) = (kind(from), kind(to)) else { return false };
    from == to
        || matches!(from, Kind::Null | Kind::Text)
        || matches!(to, Kind::Text)
        || matches!(
            (from, to),
            (Kind::Bool, Kind::Number)
                | (Kind::Number, Kind::Bool)
                | (Kind::Date, Kind::Naive)
                | (Kind::Naive, Kind::Date)
        )
}

/// The operand of `call`, a column of `from`, as values of `to`.
pub(super) fn cast(call: Call<'_>, from: &Field, to: &Field) -> ArrayRef {
    use DataType as T;
    let source = call.args[0].array.clone();
    if *source.data_type() == T::Null {
        return new_null_array(to.data_type(), call.rows);
    }
    if from.data_type() == to.data_type() && (kind(from) == kind(to) || !types::is_json(to)) {
        return source;
    }
    macro_rules! number {
        ($type:ty) => {
            exact::<$type>(call, to.data_type(), |value| whole(&value)?.try_into().ok())
        };
    }
    match to.data_type() {
        T::Boolean => {
            let values = call.each(|args, row| match read(&args[0], row)? {
                Value::Bool(value) => Some(Ok(value)),
                Value::Text(text) => Some(parse_bool(text.as_bytes()).ok_or(INEXACT)),
                other => match whole(&other) {
                    Some(0) => Some(Ok(false)),
                    Some(1) => Some(Ok(true)),
                    _ => Some(Err(INEXACT)),
                },
            });
            Arc::new(values.into_iter().collect::<BooleanArray>())
        }
        T::Int8 => number!(Int8Type),
        T::Int16 => number!(Int16Type),
        T::Int32 => number!(Int32Type),
        T::Int64 => number!(Int64Type),
        T::UInt8 => number!(UInt8Type),
        T::UInt16 => number!(UInt16Type),
        T::UInt32 => number!(UInt32Type),
        T::UInt64 => number!(UInt64Type),
        T::Float32 => exact::<Float32Type>(call, to.data_type(), |value| match value {
            Value::Text(text) => parse_float32(text.as_bytes()),
            other => single(double(&other)?),
        }),
        T::Float64 => exact::<Float64Type>(call, to.data_type(), |value| double(&value)),
        T::Decimal128(precision, scale) => exact::<Decimal128Type>(call, to.data_type(), |value| {
            decimal(&value, *precision, *scale)
        }),
        T::Utf8 => text(call, to),
        T::Date32 => exact::<Date32Type>(call, to.data_type(), |value| match value {
            Value::Text(text) => parse_date(text.as_bytes()),
            Value::Instant(nanos) if nanos % NANOS_PER_DAY == 0 => {
                i32::try_from(nanos / NANOS_PER_DAY).ok()
            }
            _ => None,
        }),
        T::Time32(TimeUnit::Second) => exact::<Time32SecondType>(call, to.data_type(), |value| {
            clock(&value, TimeUnit::Second)?.try_into().ok()
        }),
        T::Time32(unit) => exact::<Time32MillisecondType>(call, to.data_type(), |value| {
            clock(&value, *unit)?.try_into().ok()
        }),
        T::Time64(TimeUnit::Nanosecond) => {
            exact::<Time64NanosecondType>(call, to.data_type(), |value| {
                clock(&value, TimeUnit::Nanosecond)
            })
        }
        T::Time64(unit) => {
            exact::<Time64MicrosecondType>(call, to.data_type(), |value| clock(&value, *unit))
        }
        T::Timestamp(unit, _) => match unit {
            TimeUnit::Second => instants::<TimestampSecondType>(call, to),
            TimeUnit::Millisecond => instants::<TimestampMillisecondType>(call, to),
            TimeUnit::Microsecond => instants::<TimestampMicrosecondType>(call, to),
            TimeUnit::Nanosecond => instants::<TimestampNanosecondType>(call, to),
        },
        T::FixedSizeBinary(_) => uuids(call),
        _ => {
            let values = call.each(|args, row| match read(&args[0], row)? {
                Value::Bytes(bytes) => Some(Ok(bytes.to_vec())),
                Value::Text(text) => Some(parse_binary(text.as_bytes()).ok_or(INEXACT)),
                _ => Some(Err(INEXACT)),
            });
            Arc::new(values.into_iter().collect::<BinaryArray>())
        }
    }
}

fn exact<T: ArrowPrimitiveType>(
    call: Call<'_>,
    to: &DataType,
    value: impl Fn(Value<'_>) -> Option<T::Native>,
) -> ArrayRef {
    call.numbers::<T>(to, |args, row| Some(value(read(&args[0], row)?).ok_or(INEXACT)))
}

fn instants<T: ArrowTimestampType>(call: Call<'_>, to: &Field) -> ArrayRef {
    let DataType::Timestamp(unit, zone) = to.data_type() else {
        return new_null_array(to.data_type(), call.rows);
    };
    let per_unit = i128::from(nanos_per(*unit));
    exact::<T>(call, to.data_type(), |value| match value {
        Value::Text(text) => parse_timestamp(text.as_bytes(), *unit, zone.is_some()),
        Value::Days(days) => i64::try_from(i128::from(days) * NANOS_PER_DAY / per_unit).ok(),
        Value::Instant(nanos) if nanos % per_unit == 0 => i64::try_from(nanos / per_unit).ok(),
        _ => None,
    })
}

fn text(call: Call<'_>, to: &Field) -> ArrayRef {
    let asks_json = types::is_json(to);
    let values = call.each(|args, row| {
        let column = &args[0];
        if is_null(column, row) {
            return None;
        }
        let text = value::text(column.array.as_ref(), column.index(row))?;
        Some(if asks_json && !is_json(text.as_bytes()) { Err(INEXACT) } else { Ok(text) })
    });
    Arc::new(values.into_iter().collect::<StringArray>())
}

fn uuids(call: Call<'_>) -> ArrayRef {
    let rows = call.rows;
    let values = call.each(|args, row| match read(&args[0], row)? {
        Value::Text(text) => Some(parse_uuid(text.as_bytes()).ok_or(INEXACT)),
        _ => Some(Err(INEXACT)),
    });
    let mut builder = FixedSizeBinaryBuilder::with_capacity(rows, types::UUID_BYTES);
    for value in values {
        match value {
            // Its length is right by its type.
            Some(bytes) => builder.append_value(bytes).unwrap_or_default(),
            None => builder.append_null(),
        }
    }
    Arc::new(builder.finish())
}

const fn nanos_per(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

fn clock(value: &Value<'_>, unit: TimeUnit) -> Option<i64> {
    match value {
        Value::Text(text) => parse_time(text.as_bytes(), unit),
        Value::Nanos(nanos) if nanos % nanos_per(unit) == 0 => Some(nanos / nanos_per(unit)),
        _ => None,
    }
}

fn whole(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Bool(value) => Some((*value).into()),
        Value::Number(unscaled, scale) => {
            let power = 10_i128.checked_pow(u32::from(scale.unsigned_abs()))?;
            (unscaled % power == 0).then(|| unscaled / power)
        }
        Value::Double(value) => integral(*value),
        Value::Text(text) => parse_int(text.as_bytes()).map(i128::from),
        _ => None,
    }
}

/// The integer that a double is, if it is one and not beyond all decimals.
fn integral(value: f64) -> Option<i128> {
    let is_integral = value.fract() == 0.0 && value.abs() < 1e38;
    #[expect(clippy::cast_possible_truncation, reason = "an integral value within the range")]
    is_integral.then_some(value as i128)
}

fn double(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        Value::Double(value) => Some(*value),
        Value::Text(text) => parse_float(text.as_bytes()),
        Value::Number(unscaled, scale) => {
            // Exact where it is that number, or its shortest spelling is.
            let nearest = nearest(*unscaled, *scale);
            let back = decimal(&Value::Double(nearest), 38, *scale);
            (back == Some(*unscaled)).then_some(nearest)
        }
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the conversion back tells whether it is exact"
)]
fn single(value: f64) -> Option<f32> {
    let narrow = value as f32;
    (f64::from(narrow).total_cmp(&value).is_eq() || value.is_nan()).then_some(narrow)
}

fn decimal(value: &Value<'_>, precision: u8, scale: i8) -> Option<i128> {
    let limit = 10_i128.checked_pow(precision.into())?;
    let unscaled = match value {
        Value::Text(text) => return parse_decimal(text.as_bytes(), precision, scale),
        Value::Double(value) if value.is_finite() => match integral(*value) {
            Some(value) => rescaled(value, 0, scale)?,
            None => return parse_decimal(format!("{value}").as_bytes(), precision, scale),
        },
        Value::Bool(value) => rescaled((*value).into(), 0, scale)?,
        Value::Number(unscaled, from) => rescaled(*unscaled, *from, scale)?,
        _ => return None,
    };
    (unscaled.abs() < limit).then_some(unscaled)
}

fn read(column: &Column, row: usize) -> Option<Value<'_>> {
    use DataType as T;
    let row = column.index(row);
    let array = column.array.as_ref();
    if array.is_null(row) {
        return None;
    }
    macro_rules! of {
        ($type:ty) => {
            array.as_primitive::<$type>().value(row)
        };
    }
    macro_rules! instant {
        ($type:ty, $unit:expr) => {
            Value::Instant(i128::from(of!($type)) * i128::from(nanos_per($unit)))
        };
    }
    Some(match array.data_type() {
        T::Boolean => Value::Bool(array.as_boolean().value(row)),
        T::Int8 => Value::Number(of!(Int8Type).into(), 0),
        T::Int16 => Value::Number(of!(Int16Type).into(), 0),
        T::Int32 => Value::Number(of!(Int32Type).into(), 0),
        T::Int64 => Value::Number(of!(Int64Type).into(), 0),
        T::UInt8 => Value::Number(of!(UInt8Type).into(), 0),
        T::UInt16 => Value::Number(of!(UInt16Type).into(), 0),
        T::UInt32 => Value::Number(of!(UInt32Type).into(), 0),
        T::UInt64 => Value::Number(of!(UInt64Type).into(), 0),
        T::Decimal128(_, scale) => Value::Number(of!(Decimal128Type), *scale),
        T::Float32 => Value::Double(of!(Float32Type).into()),
        T::Float64 => Value::Double(of!(Float64Type)),
        T::Utf8 => Value::Text(array.as_string::<i32>().value(row)),
        T::LargeUtf8 => Value::Text(array.as_string::<i64>().value(row)),
        T::Utf8View => Value::Text(array.as_string_view().value(row)),
        T::Date32 => Value::Days(of!(Date32Type).into()),
        T::Time32(TimeUnit::Second) => {
            Value::Nanos(i64::from(of!(Time32SecondType)) * nanos_per(TimeUnit::Second))
        }
        T::Time32(_) => {
            Value::Nanos(i64::from(of!(Time32MillisecondType)) * nanos_per(TimeUnit::Millisecond))
        }
        T::Time64(TimeUnit::Nanosecond) => Value::Nanos(of!(Time64NanosecondType)),
        T::Time64(_) => {
            let value = of!(Time64MicrosecondType);
            Value::Nanos(value.checked_mul(nanos_per(TimeUnit::Microsecond))?)
        }
        T::Timestamp(unit, _) => match unit {
            TimeUnit::Second => instant!(TimestampSecondType, *unit),
            TimeUnit::Millisecond => instant!(TimestampMillisecondType, *unit),
            TimeUnit::Microsecond => instant!(TimestampMicrosecondType, *unit),
            TimeUnit::Nanosecond => instant!(TimestampNanosecondType, *unit),
        },
        T::Binary => Value::Bytes(array.as_binary::<i32>().value(row)),
        _ => return None,
    })
}
