//! What equal values share: a number or bytes.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_schema::{DataType, Field, TimeUnit};

use super::bytes;
use super::keys::Key;
use super::range::Domain;
use crate::types;

/// Whether values of the column can be keys: those of every type whose equality is beyond doubt,
/// so neither JSON, which is spelled in many ways, nor what is nested.
pub(crate) fn is_key(field: &Field) -> bool {
    types::spell_field(field).is_some() && !types::is_json(field) && !field.data_type().is_nested()
}

/// What equal values share; `None` for null. -0.0 is 0.0, and one NaN is every NaN.
#[allow(clippy::cast_possible_wrap, reason = "the bits of a float are all that is asked for")]
pub(super) fn key(array: &dyn Array, row: usize) -> Option<Key<'_>> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    macro_rules! long {
        ($type:ty) => {
            Key::Long(array.as_primitive::<$type>().value(row).into())
        };
    }
    if array.is_null(row) {
        return None;
    }
    let float = |value: f64| Key::Long(value.key() as i64);
    Some(match array.data_type() {
        DataType::Boolean => Key::Long(array.as_boolean().value(row).into()),
        DataType::Int8 => long!(Int8Type),
        DataType::Int16 => long!(Int16Type),
        DataType::Int32 => long!(Int32Type),
        DataType::Int64 => long!(Int64Type),
        DataType::Date32 => long!(Date32Type),
        DataType::Time32(Second) => long!(Time32SecondType),
        DataType::Time32(_) => long!(Time32MillisecondType),
        DataType::Time64(Nanosecond) => long!(Time64NanosecondType),
        DataType::Time64(_) => long!(Time64MicrosecondType),
        DataType::Timestamp(Second, _) => long!(TimestampSecondType),
        DataType::Timestamp(Millisecond, _) => long!(TimestampMillisecondType),
        DataType::Timestamp(Microsecond, _) => long!(TimestampMicrosecondType),
        DataType::Timestamp(Nanosecond, _) => long!(TimestampNanosecondType),
        DataType::Float32 => float(array.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, _) => Key::Wide(array.as_primitive::<Decimal128Type>().value(row)),
        DataType::Utf8 => Key::Bytes(array.as_string::<i32>().value(row).as_bytes()),
        DataType::Binary | DataType::FixedSizeBinary(_) => Key::Bytes(bytes::value(array, row)),
        _ => return None,
    })
}

/// Appends bytes that equal values share, and others do not, nested ones too; a null equals a null.
pub(crate) fn write(array: &dyn Array, row: usize, out: &mut Vec<u8>) {
    if array.is_null(row) {
        out.push(0);
        return;
    }
    out.push(1);
    match array.data_type() {
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            write_all(items.as_ref(), out);
        }
        DataType::Struct(_) => {
            for column in array.as_struct().columns() {
                write(column.as_ref(), row, out);
            }
        }
        DataType::Map(..) => write_all(&array.as_map().value(row), out),
        _ => {
            if let Some(key) = key(array, row) {
                key.write(out);
            }
        }
    }
}

fn write_all(items: &dyn Array, out: &mut Vec<u8>) {
    out.extend_from_slice(&(items.len() as u64).to_le_bytes());
    for item in 0..items.len() {
        write(items, item, out);
    }
}
