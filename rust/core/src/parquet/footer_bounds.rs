//! The least and the greatest value of a leaf over its row groups, as Iceberg spells them.

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use ::parquet::data_type::AsBytes;
use ::parquet::file::statistics::Statistics;
use ::parquet::schema::types::ColumnDescriptor;

/// What is kept of texts [characters] and of bytes [bytes]: as Iceberg's `truncate(16)` does.
const KEPT: usize = 16;

/// The bounds of the row groups so far.
#[derive(Default)]
pub(super) struct Bounds {
    found: Option<(Value, Value)>,
    is_unknown: bool,
}

/// A value in the order that its statistics are in.
#[derive(Clone, PartialEq, PartialOrd)]
enum Value {
    Bool(bool),
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    Decimal(i128),
    Text(Vec<u8>),
    Bytes(Vec<u8>),
    /// All of its bytes are its value, of one length.
    Fixed(Vec<u8>),
}

impl Bounds {
    /// Takes a row group that has values.
    pub(super) fn add(&mut self, statistics: Option<&Statistics>, column: &ColumnDescriptor) {
        match statistics.and_then(|statistics| ends(statistics, column)) {
            Some((low, high)) => {
                self.found = Some(match self.found.take() {
                    None => (low, high),
                    Some((least, greatest)) => (
                        if low < least { low } else { least },
                        if high > greatest { high } else { greatest },
                    ),
                });
            }
            None => self.is_unknown = true,
        }
    }

    /// Lower and upper bound.
    pub(super) fn encoded(self) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        match self.found {
            Some((low, high)) if !self.is_unknown => (Some(lower(low)), upper(high)),
            _ => (None, None),
        }
    }
}

/// The ends of one row group; none where they are unknown, or in another order than Iceberg's.
fn ends(statistics: &Statistics, column: &ColumnDescriptor) -> Option<(Value, Value)> {
    let logical = column.logical_type_ref();
    let converted = column.converted_type();
    let is_decimal =
        converted == ConvertedType::DECIMAL || matches!(logical, Some(LogicalType::Decimal(_)));
    let is_old = statistics.is_min_max_deprecated();
    match statistics {
        Statistics::Boolean(found) => {
            both(found.min_opt(), found.max_opt(), |v| Some(Value::Bool(*v)))
        }
        _ if is_unsigned(converted, logical) => None,
        Statistics::Int32(found) if is_decimal => {
            both(found.min_opt(), found.max_opt(), |v| Some(Value::Decimal(i128::from(*v))))
        }
        Statistics::Int64(found) if is_decimal => {
            both(found.min_opt(), found.max_opt(), |v| Some(Value::Decimal(i128::from(*v))))
        }
        Statistics::Int32(found) if is_millis(converted, logical) => {
            both(found.min_opt(), found.max_opt(), |v| Some(Value::Long(i64::from(*v) * 1_000)))
        }
        Statistics::Int64(found) if is_millis(converted, logical) => {
            both(found.min_opt(), found.max_opt(), |v| v.checked_mul(1_000).map(Value::Long))
        }
        Statistics::Int64(_) if is_nanos(logical) => None,
        Statistics::Int32(found) => {
            both(found.min_opt(), found.max_opt(), |v| Some(Value::Int(*v)))
        }
        Statistics::Int64(found) => {
            both(found.min_opt(), found.max_opt(), |v| Some(Value::Long(*v)))
        }
        Statistics::Float(found) => {
            both(found.min_opt(), found.max_opt(), |v| (!v.is_nan()).then_some(Value::Float(*v)))
        }
        Statistics::Double(found) => {
            both(found.min_opt(), found.max_opt(), |v| (!v.is_nan()).then_some(Value::Double(*v)))
        }
        Statistics::ByteArray(_) | Statistics::FixedLenByteArray(_) if is_old => None,
        Statistics::ByteArray(found) if is_decimal => {
            both(found.min_opt(), found.max_opt(), |v| decimal(v.data()))
        }
        Statistics::ByteArray(found) if is_text(converted, logical) => {
            both(found.min_opt(), found.max_opt(), |v| Some(Value::Text(v.data().to_vec())))
        }
        Statistics::ByteArray(found) => {
            both(found.min_opt(), found.max_opt(), |v| Some(Value::Bytes(v.data().to_vec())))
        }
        Statistics::FixedLenByteArray(found) if is_decimal => {
            both(found.min_opt(), found.max_opt(), |v| decimal(v.data()))
        }
        Statistics::FixedLenByteArray(found) if is_whole(column, statistics) => {
            both(found.min_opt(), found.max_opt(), |v| Some(Value::Fixed(v.as_bytes().to_vec())))
        }
        Statistics::FixedLenByteArray(_) | Statistics::Int96(_) => None,
    }
}

fn both<T>(
    low: Option<&T>,
    high: Option<&T>,
    value: impl Fn(&T) -> Option<Value>,
) -> Option<(Value, Value)> {
    value(low?).zip(value(high?))
}

fn is_unsigned(converted: ConvertedType, logical: Option<&LogicalType>) -> bool {
    matches!(
        converted,
        ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64
    ) || matches!(logical, Some(LogicalType::Integer(kind)) if !kind.is_signed)
}

fn is_millis(converted: ConvertedType, logical: Option<&LogicalType>) -> bool {
    matches!(converted, ConvertedType::TIME_MILLIS | ConvertedType::TIMESTAMP_MILLIS)
        || matches!(unit(logical), Some(TimeUnit::MILLIS))
}

fn is_nanos(logical: Option<&LogicalType>) -> bool {
    matches!(unit(logical), Some(TimeUnit::NANOS))
}

fn unit(logical: Option<&LogicalType>) -> Option<TimeUnit> {
    match logical {
        Some(LogicalType::Time(kind) | LogicalType::Timestamp(kind)) => Some(kind.unit),
        _ => None,
    }
}

fn is_text(converted: ConvertedType, logical: Option<&LogicalType>) -> bool {
    matches!(converted, ConvertedType::UTF8 | ConvertedType::JSON | ConvertedType::ENUM)
        || matches!(logical, Some(LogicalType::String | LogicalType::Json | LogicalType::Enum))
}

/// Whether bounds of one length are whole values, in the order of their bytes.
///
/// Of UUIDs none are told: Iceberg's readers in Java order them as pairs of signed numbers, and
/// would pass over files (<https://github.com/apache/iceberg/issues/14216>).
fn is_whole(column: &ColumnDescriptor, statistics: &Statistics) -> bool {
    column.physical_type() == Physical::FIXED_LEN_BYTE_ARRAY
        && !matches!(column.logical_type_ref(), Some(LogicalType::Float16 | LogicalType::Uuid))
        && column.converted_type() != ConvertedType::INTERVAL
        && statistics.min_is_exact()
        && statistics.max_is_exact()
}

fn decimal(bytes: &[u8]) -> Option<Value> {
    if bytes.is_empty() || bytes.len() > 16 {
        return None;
    }
    let fill = if bytes[0] & 0x80 == 0 { 0x00 } else { 0xff };
    let mut whole = [fill; 16];
    whole[16 - bytes.len()..].copy_from_slice(bytes);
    Some(Value::Decimal(i128::from_be_bytes(whole)))
}

fn lower(value: Value) -> Vec<u8> {
    match value {
        // Zeros have two signs and one place in the order: the bound takes in both.
        Value::Float(0.0) => (-0.0_f32).to_le_bytes().to_vec(),
        Value::Double(0.0) => (-0.0_f64).to_le_bytes().to_vec(),
        Value::Text(text) => {
            // Whatever a text begins with is no greater; readers fail at half a character.
            let kept = characters(&text, KEPT);
            let valid =
                std::str::from_utf8(&text[..kept]).map_or_else(|e| e.valid_up_to(), str::len);
            text[..valid].to_vec()
        }
        Value::Bytes(mut bytes) => {
            bytes.truncate(KEPT);
            bytes
        }
        other => whole(&other),
    }
}

fn upper(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::Float(0.0) => Some(0.0_f32.to_le_bytes().to_vec()),
        Value::Double(0.0) => Some(0.0_f64.to_le_bytes().to_vec()),
        Value::Text(text) => next_text(text),
        Value::Bytes(bytes) => next_bytes(bytes),
        other => Some(whole(&other)),
    }
}

fn whole(value: &Value) -> Vec<u8> {
    match value {
        Value::Bool(v) => vec![u8::from(*v)],
        Value::Int(v) => v.to_le_bytes().to_vec(),
        Value::Long(v) => v.to_le_bytes().to_vec(),
        Value::Float(v) => v.to_le_bytes().to_vec(),
        Value::Double(v) => v.to_le_bytes().to_vec(),
        Value::Decimal(v) => {
            let bytes = v.to_be_bytes();
            // As few bytes as keep the sign.
            let is_filling = |at: usize| {
                (bytes[at] == 0x00 && bytes[at + 1] & 0x80 == 0)
                    || (bytes[at] == 0xff && bytes[at + 1] & 0x80 != 0)
            };
            let start = (0..15).take_while(|at| is_filling(*at)).count();
            bytes[start..].to_vec()
        }
        Value::Text(bytes) | Value::Bytes(bytes) | Value::Fixed(bytes) => bytes.clone(),
    }
}

/// Bytes of the first `count` characters.
fn characters(text: &[u8], count: usize) -> usize {
    let starts = text.iter().enumerate().filter(|(_, byte)| *byte & 0xc0 != 0x80);
    starts.map(|(at, _)| at).nth(count).unwrap_or(text.len())
}

/// The text, or where it is longer than what is kept the least kept one that is greater.
fn next_text(text: Vec<u8>) -> Option<Vec<u8>> {
    let end = characters(&text, KEPT);
    let valid = std::str::from_utf8(&text[..end]).ok()?;
    if end == text.len() {
        return Some(text);
    }
    let mut kept: Vec<char> = valid.chars().collect();
    while let Some(last) = kept.pop() {
        // Surrogates are no characters.
        let next =
            if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(last as u32 + 1) };
        if let Some(next) = next {
            kept.push(next);
            return Some(kept.into_iter().collect::<String>().into_bytes());
        }
    }
    None
}

fn next_bytes(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    if bytes.len() <= KEPT {
        return Some(bytes);
    }
    bytes.truncate(KEPT);
    while let Some(last) = bytes.pop() {
        if last < u8::MAX {
            bytes.push(last + 1);
            return Some(bytes);
        }
    }
    None
}
