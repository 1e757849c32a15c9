//! The text of a value: names of partitions, and what a violation shows.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_schema::{DataType, TimeUnit};

use crate::text::{civil, write_binary, write_uuid};
use crate::{json, types};

const NANOS_PER_DAY: i128 = 86_400_000_000_000;

/// The value at `row`, or `None` for null. Dates, times and timestamps as Python's `isoformat`,
/// decimals with all the digits of their scale, binary data as base64, nested values as JSON.
pub(crate) fn text(array: &dyn Array, row: usize) -> Option<String> {
    macro_rules! number {
        ($type:ty) => {
            array.as_primitive::<$type>().value(row).to_string()
        };
    }
    macro_rules! clock {
        ($type:ty, $nanos:expr) => {
            time(i64::from(array.as_primitive::<$type>().value(row)).saturating_mul($nanos))
        };
    }
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Null => return None,
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float32 => {
            float(f64::from(array.as_primitive::<Float32Type>().value(row)), |_| {
                format!("{:?}", array.as_primitive::<Float32Type>().value(row))
            })
        }
        DataType::Float64 => {
            float(array.as_primitive::<Float64Type>().value(row), |value| format!("{value:?}"))
        }
        DataType::Decimal128(_, _) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).to_owned(),
        DataType::Utf8View => array.as_string_view().value(row).to_owned(),
        DataType::Date32 => date(i64::from(array.as_primitive::<Date32Type>().value(row))),
        DataType::Time32(TimeUnit::Second) => clock!(Time32SecondType, 1_000_000_000),
        DataType::Time32(_) => clock!(Time32MillisecondType, 1_000_000),
        DataType::Time64(TimeUnit::Nanosecond) => clock!(Time64NanosecondType, 1),
        DataType::Time64(_) => clock!(Time64MicrosecondType, 1_000),
        DataType::Timestamp(unit, zone) => {
            let (value, nanos) = match unit {
                TimeUnit::Second => {
                    (array.as_primitive::<TimestampSecondType>().value(row), 1_000_000_000)
                }
                TimeUnit::Millisecond => {
                    (array.as_primitive::<TimestampMillisecondType>().value(row), 1_000_000)
                }
                TimeUnit::Microsecond => {
                    (array.as_primitive::<TimestampMicrosecondType>().value(row), 1_000)
                }
                TimeUnit::Nanosecond => {
                    (array.as_primitive::<TimestampNanosecondType>().value(row), 1)
                }
            };
            timestamp(i128::from(value) * nanos, zone.is_some())
        }
        DataType::Binary => written(|out| {
            write_binary(array.as_binary::<i32>().value(row), out);
        }),
        DataType::FixedSizeBinary(types::UUID_BYTES) => {
            written(|out| write_uuid(array.as_fixed_size_binary().value(row), out))
        }
        other => json::value(array, row).unwrap_or_else(|| format!("<{other}>")),
    })
}

/// Python's spelling of what is not finite.
fn float(value: f64, finite: impl Fn(f64) -> String) -> String {
    if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "inf".to_owned() } else { "-inf".to_owned() }
    } else {
        finite(value)
    }
}

fn date(days: i64) -> String {
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Of nanoseconds since midnight; what no clock shows is a number.
fn time(nanos: i64) -> String {
    let (seconds, fraction) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
    if !(0..86_400).contains(&seconds) {
        return format!("{nanos} ns");
    }
    let fraction = match fraction {
        0 => String::new(),
        _ if fraction % 1_000 == 0 => format!(".{:06}", fraction / 1_000),
        _ => format!(".{fraction:09}"),
    };
    format!("{:02}:{:02}:{:02}{fraction}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn timestamp(nanos: i128, zoned: bool) -> String {
    let days = i64::try_from(nanos.div_euclid(NANOS_PER_DAY)).unwrap_or_default();
    let clock = time(i64::try_from(nanos.rem_euclid(NANOS_PER_DAY)).unwrap_or_default());
    format!("{}T{clock}{}", date(days), if zoned { "+00:00" } else { "" })
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}
