//! Comparison of values of one type.

use std::cmp::Ordering;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

use super::column::{Call, Column};
use super::node::Comparison;

pub(super) fn compare(call: Call<'_>, comparison: Comparison) -> ArrayRef {
    macro_rules! with {
        ($order:expr) => {
            call.bools(|args, row| {
                let order: Option<Ordering> = $order(args, row);
                if comparison == Comparison::Same {
                    let both_null = is_null(&args[0], row) && is_null(&args[1], row);
                    return Some(order == Some(Ordering::Equal) || both_null);
                }
                order.map(|order| holds(comparison, order))
            })
        };
    }
    macro_rules! primitive {
        ($type:ty) => {
            with!(|args: &[Column], row| Some(
                args[0].primitive::<$type>(row)?.cmp(&args[1].primitive::<$type>(row)?)
            ))
        };
    }
    match call.args[0].data_type() {
        DataType::Int64 => primitive!(Int64Type),
        DataType::Decimal128(..) => primitive!(Decimal128Type),
        DataType::Date32 => primitive!(Date32Type),
        DataType::Time64(TimeUnit::Nanosecond) => primitive!(Time64NanosecondType),
        DataType::Time64(_) => primitive!(Time64MicrosecondType),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => primitive!(TimestampNanosecondType),
        DataType::Timestamp(..) => primitive!(TimestampMicrosecondType),
        DataType::Float64 => with!(|args: &[Column], row| Some(order(
            args[0].primitive::<Float64Type>(row)?,
            args[1].primitive::<Float64Type>(row)?
        ))),
        DataType::Boolean => {
            with!(|args: &[Column], row| Some(args[0].bool(row)?.cmp(&args[1].bool(row)?)))
        }
        DataType::Null => with!(|_: &[Column], _| None),
        _ => with!(|args: &[Column], row| Some(bytes(&args[0], row)?.cmp(bytes(&args[1], row)?))),
    }
}

pub(super) fn is_null(column: &Column, row: usize) -> bool {
    *column.data_type() == DataType::Null || column.array.is_null(column.index(row))
}

fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal | Comparison::Same => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

/// NaN is equal to itself and greater than all else, as databases have it; -0 is 0.
pub(super) fn order(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Of strings, binary data and UUIDs: strings compare by code point.
fn bytes(column: &Column, row: usize) -> Option<&[u8]> {
    let (array, row) = (column.array.as_ref(), column.index(row));
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).as_bytes(),
        DataType::Binary => array.as_binary::<i32>().value(row),
        _ => array.as_fixed_size_binary().value(row),
    })
}
