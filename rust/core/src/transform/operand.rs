//! The types that operators know, and what two operands have in common.
//!
//! Operators know few: 64-bit integers, decimals, doubles, strings, binary data, UUIDs, booleans,
//! dates, times and timestamps of micro- or nanoseconds. Other types of a column become the one
//! of these that holds them.

use std::cmp::max;

use arrow_array::types::Int64Type;
use arrow_array::{Array, cast::AsArray};
use arrow_schema::{DECIMAL128_MAX_PRECISION, DataType, TimeUnit};

use super::node::{Node, Op};

/// Digits of an `i64`.
const LONG_DIGITS: u8 = 19;

/// The type in which operators take values of `data_type`; `None` where they take none.
pub(super) fn operand(data_type: &DataType) -> Option<DataType> {
    use DataType as T;
    Some(match data_type {
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => T::Int64,
        T::UInt64 => T::Decimal128(20, 0),
        T::Float32 | T::Float64 => T::Float64,
        T::Utf8 | T::LargeUtf8 | T::Utf8View => T::Utf8,
        T::Time32(_) => T::Time64(TimeUnit::Microsecond),
        T::Timestamp(TimeUnit::Second | TimeUnit::Millisecond, zone) => {
            T::Timestamp(TimeUnit::Microsecond, zone.clone())
        }
        T::Null
        | T::Boolean
        | T::Decimal128(..)
        | T::Binary
        | T::FixedSizeBinary(_)
        | T::Date32
        | T::Time64(_)
        | T::Timestamp(..) => data_type.clone(),
        _ => return None,
    })
}

/// Whether operators reckon with values of this type.
pub(super) fn is_number(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int64 | DataType::Decimal128(..) | DataType::Float64)
}

/// Precision and scale of the decimal that holds an integer or decimal; those of a literal are its
/// own.
pub(super) fn digits(node: &Node) -> (u8, i8) {
    match (node.data_type(), &node.op) {
        (DataType::Decimal128(precision, scale), _) => (*precision, *scale),
        (DataType::Int64, Op::Literal(value)) if value.is_valid(0) => {
            let value = value.as_primitive::<Int64Type>().value(0).unsigned_abs();
            (u8::try_from(value.checked_ilog10().unwrap_or(0) + 1).unwrap_or(LONG_DIGITS), 0)
        }
        _ => (LONG_DIGITS, 0),
    }
}

/// The type that holds the values of both operands, each of a type of [`operand`]'s.
pub(super) fn common(left: &Node, right: &Node) -> Option<DataType> {
    use DataType as T;
    let (here, there) = (left.data_type(), right.data_type());
    Some(match (here, there) {
        _ if here == there => here.clone(),
        (T::Null, other) | (other, T::Null) => other.clone(),
        (T::Float64, other) | (other, T::Float64) if is_number(other) => T::Float64,
        _ if is_number(here) && is_number(there) => {
            let ((p, s), (q, t)) = (digits(left), digits(right));
            let scale = max(s, t);
            let whole = max(whole(p, s), whole(q, t));
            T::Decimal128(precision(whole, scale), scale)
        }
        (T::Date32, T::Timestamp(unit, None)) | (T::Timestamp(unit, None), T::Date32) => {
            T::Timestamp(*unit, None)
        }
        (T::Timestamp(u, zone), T::Timestamp(v, other)) if zone.is_some() == other.is_some() => {
            T::Timestamp(finer(*u, *v), zone.clone())
        }
        (T::Time64(u), T::Time64(v)) => T::Time64(finer(*u, *v)),
        _ => return None,
    })
}

/// Digits before the point.
pub(super) fn whole(precision: u8, scale: i8) -> u8 {
    precision.saturating_sub(scale.unsigned_abs())
}

/// The precision of so many digits before and behind the point, as far as there is one.
pub(super) fn precision(whole: u8, scale: i8) -> u8 {
    (whole + scale.unsigned_abs()).clamp(1, DECIMAL128_MAX_PRECISION)
}

fn finer(a: TimeUnit, b: TimeUnit) -> TimeUnit {
    if a == TimeUnit::Nanosecond || b == TimeUnit::Nanosecond {
        TimeUnit::Nanosecond
    } else {
        TimeUnit::Microsecond
    }
}
