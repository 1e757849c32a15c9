//! The text of a value: names of partitions, and what a violation shows.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_schema::{DataType, TimeUnit};

/// Days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar.
const EPOCH_FROM_MARCH_0000: i64 = 719_468;
const NANOS_PER_DAY: i128 = 86_400_000_000_000;

/// The value at `row`, or `None` for null. Dates and timestamps as Python's `isoformat`, decimals
/// with all the digits of their scale.
pub(crate) fn text(array: &dyn Array, row: usize) -> Option<String> {
    macro_rules! number {
        ($type:ty) => {
            array.as_primitive::<$type>().value(row).to_string()
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
        other => format!("<{other}>"),
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

fn timestamp(nanos: i128, zoned: bool) -> String {
    let days = i64::try_from(nanos.div_euclid(NANOS_PER_DAY)).unwrap_or_default();
    let rest = nanos.rem_euclid(NANOS_PER_DAY);
    let (seconds, fraction) = (rest / 1_000_000_000, rest % 1_000_000_000);
    let fraction = match fraction {
        0 => String::new(),
        _ if fraction % 1_000 == 0 => format!(".{:06}", fraction / 1_000),
        _ => format!(".{fraction:09}"),
    };
    format!(
        "{}T{:02}:{:02}:{:02}{fraction}{}",
        date(days),
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60,
        if zoned { "+00:00" } else { "" }
    )
}

/// Year, month and day of days since 1970-01-01.
///
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_FROM_MARCH_0000;
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
