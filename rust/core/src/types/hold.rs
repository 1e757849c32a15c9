//! Which types hold every value of another.

use arrow_schema::{DataType, Field, TimeUnit};

use super::{is_json, is_uuid};

/// Whether a column of `wide` holds every value of one of `narrow`, nulls aside.
///
/// Finer units of time hold coarser ones, though the very far past and future of seconds are
/// beyond nanoseconds; a value that is, does not fit. Zones name the same instants, so each zone
/// holds the others.
#[must_use]
pub fn holds(wide: &Field, narrow: &Field) -> bool {
    if is_json(wide) || is_uuid(wide) {
        return is_json(wide) == is_json(narrow) && wide.data_type() == narrow.data_type();
    }
    holds_type(wide.data_type(), narrow.data_type())
}

fn holds_type(wide: &DataType, narrow: &DataType) -> bool {
    use DataType as T;
    match (wide, narrow) {
        (_, T::Dictionary(_, values)) => holds_type(wide, values),
        (_, T::RunEndEncoded(_, values)) => holds_type(wide, values.data_type()),
        (_, T::Null)
        | (T::Utf8, T::LargeUtf8 | T::Utf8View)
        | (T::Binary, T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_)) => true,
        (T::List(wide), T::List(item) | T::LargeList(item) | T::FixedSizeList(item, _)) => {
            holds(wide, item)
        }
        (T::Struct(wide), T::Struct(narrow)) => {
            wide.len() == narrow.len()
                && wide
                    .iter()
                    .zip(narrow)
                    .all(|(wide, narrow)| wide.name() == narrow.name() && holds(wide, narrow))
        }
        (T::Map(wide, _), T::Map(narrow, _)) => match (wide.data_type(), narrow.data_type()) {
            (T::Struct(wide), T::Struct(narrow)) => {
                wide.iter().zip(narrow).all(|(wide, narrow)| holds(wide, narrow))
            }
            _ => false,
        },
        (T::Time32(wide) | T::Time64(wide), T::Time32(narrow) | T::Time64(narrow)) => {
            fineness(*wide) >= fineness(*narrow)
        }
        (T::Timestamp(wide, to), T::Timestamp(narrow, from)) => {
            fineness(*wide) >= fineness(*narrow) && to.is_some() == from.is_some()
        }
        _ => wide == narrow || holds_number(wide, narrow),
    }
}

fn holds_number(wide: &DataType, narrow: &DataType) -> bool {
    let Some((integers, fraction)) = digits(narrow) else {
        return matches!((wide, narrow), (DataType::Float64, DataType::Float32))
            || (wide.is_floating() && *narrow == DataType::Float16);
    };
    match wide {
        DataType::Float32 | DataType::Float64 => {
            let precision = if *wide == DataType::Float32 { 24 } else { 53 };
            bits(narrow).is_some_and(|(bits, _)| bits <= precision)
        }
        _ => match (bits(wide), bits(narrow)) {
            (Some((wide, true)), Some((narrow, is_signed))) => {
                wide > narrow || (is_signed && wide == narrow)
            }
            (Some(_), _) => false,
            _ => digits(wide).is_some_and(|(to, scale)| to >= integers && scale >= fraction),
        },
    }
}

/// Digits before and after the point that a number of the type may have.
fn digits(data_type: &DataType) -> Option<(i16, i16)> {
    if let Some((bits, is_signed)) = bits(data_type) {
        let digits = match (bits, is_signed) {
            (8, _) => 3,
            (16, _) => 5,
            (32, _) => 10,
            (_, true) => 19,
            _ => 20,
        };
        return Some((digits, 0));
    }
    match *data_type {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            Some((i16::from(precision) - i16::from(scale), i16::from(scale)))
        }
        _ => None,
    }
}

/// Bits of an integer, and whether it has a sign.
fn bits(data_type: &DataType) -> Option<(u8, bool)> {
    Some(match data_type {
        DataType::Int8 => (8, true),
        DataType::Int16 => (16, true),
        DataType::Int32 => (32, true),
        DataType::Int64 => (64, true),
        DataType::UInt8 => (8, false),
        DataType::UInt16 => (16, false),
        DataType::UInt32 => (32, false),
        DataType::UInt64 => (64, false),
        _ => return None,
    })
}

fn fineness(unit: TimeUnit) -> u8 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 1,
        TimeUnit::Microsecond => 2,
        TimeUnit::Nanosecond => 3,
    }
}
