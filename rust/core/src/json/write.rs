//! The values of one column as JSON.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, BinaryArray, BooleanArray, FixedSizeBinaryArray, StringArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, TimeUnit};

use super::column::no_form;
use super::fault::{Fault, Read};
use super::{is_ambiguous, quoted};
use crate::{Result, text, types};

/// The values of one column, each written by its row.
pub(super) struct Source<'a> {
    nulls: Option<&'a NullBuffer>,
    values: Values<'a>,
}

/// Dates and times are the numbers that store them.
enum Values<'a> {
    Bool(&'a BooleanArray),
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    Float(&'a [f32]),
    Double(&'a [f64]),
    Decimal(&'a [i128], u8, usize),
    String(&'a StringArray),
    Json(&'a StringArray),
    Binary(&'a BinaryArray),
    Uuid(&'a FixedSizeBinaryArray),
    Date(&'a [i32]),
    Time32(&'a [i32], TimeUnit),
    Time64(&'a [i64], TimeUnit),
    Timestamp(&'a [i64], TimeUnit, bool),
    List(&'a OffsetBuffer<i32>, Box<Source<'a>>),
    /// Each member with the name it has in a path, and the key it has in JSON.
    Struct(Vec<(&'a str, String, Source<'a>)>, bool),
    Map(&'a OffsetBuffer<i32>, Box<Source<'a>>, Box<Source<'a>>),
}

impl<'a> Source<'a> {
    /// The values of `array`, a column of type `field`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] where headrace has no such column type.
    pub(super) fn new(field: &'a Field, array: &'a dyn Array) -> Result<Self> {
        Ok(Self { nulls: array.nulls(), values: Values::new(field, array)? })
    }

    /// Appends the value of `row`.
    pub(super) fn write(&self, row: usize, out: &mut Vec<u8>) -> Read<()> {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            out.extend_from_slice(b"null");
            return Ok(());
        }
        self.values.write(row, out)
    }
}

impl<'a> Values<'a> {
    fn new(field: &'a Field, array: &'a dyn Array) -> Result<Self> {
        use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
        /// The values of a primitive array.
        macro_rules! values {
            ($type:ty) => {
                array.as_primitive::<$type>().values()
            };
        }
        Ok(match field.data_type() {
            _ if types::is_json(field) => Self::Json(array.as_string()),
            DataType::Boolean => Self::Bool(array.as_boolean()),
            DataType::Int8 => Self::Int8(values!(Int8Type)),
            DataType::Int16 => Self::Int16(values!(Int16Type)),
            DataType::Int32 => Self::Int32(values!(Int32Type)),
            DataType::Int64 => Self::Int64(values!(Int64Type)),
            DataType::Float32 => Self::Float(values!(Float32Type)),
            DataType::Float64 => Self::Double(values!(Float64Type)),
            &DataType::Decimal128(precision, scale) if scale >= 0 => {
                Self::Decimal(values!(Decimal128Type), precision, usize::from(scale.unsigned_abs()))
            }
            DataType::Utf8 => Self::String(array.as_string()),
            DataType::Binary => Self::Binary(array.as_binary()),
            DataType::FixedSizeBinary(types::UUID_BYTES) => {
                Self::Uuid(array.as_fixed_size_binary())
            }
            DataType::Date32 => Self::Date(values!(Date32Type)),
            DataType::Time32(Second) => Self::Time32(values!(Time32SecondType), Second),
            DataType::Time32(_) => Self::Time32(values!(Time32MillisecondType), Millisecond),
            DataType::Time64(Nanosecond) => Self::Time64(values!(Time64NanosecondType), Nanosecond),
            DataType::Time64(_) => Self::Time64(values!(Time64MicrosecondType), Microsecond),
            &DataType::Timestamp(unit, ref zone) => {
                let values = match unit {
                    Second => values!(TimestampSecondType),
                    Millisecond => values!(TimestampMillisecondType),
                    Microsecond => values!(TimestampMicrosecondType),
                    Nanosecond => values!(TimestampNanosecondType),
                };
                Self::Timestamp(values, unit, zone.is_some())
            }
            DataType::List(item) => {
                let list = array.as_list::<i32>();
                Self::List(list.offsets(), Box::new(Source::new(item, list.values())?))
            }
            DataType::Struct(fields) if !fields.is_empty() => {
                let columns = fields.iter().zip(array.as_struct().columns());
                let member = |(field, array): (&'a arrow_schema::FieldRef, &'a ArrayRef)| {
                    let source = Source::new(field, array)?;
                    Ok((field.name().as_str(), quoted(field.name()) + ":", source))
                };
                Self::Struct(columns.map(member).collect::<Result<_>>()?, is_ambiguous(fields))
            }
            DataType::Map(entries, false) => {
                let map = array.as_map();
                let DataType::Struct(pair) = entries.data_type() else {
                    return Err(no_form(field));
                };
                let [key, value] = &pair[..] else { return Err(no_form(field)) };
                let keys = Box::new(Source::new(key, map.keys())?);
                Self::Map(map.offsets(), keys, Box::new(Source::new(value, map.values())?))
            }
            _ => return Err(no_form(field)),
        })
    }

    /// Appends the value of `row`, which is not null.
    fn write(&self, row: usize, out: &mut Vec<u8>) -> Read<()> {
        match self {
            Self::Bool(array) => {
                out.extend_from_slice(if array.value(row) { b"true" } else { b"false" });
            }
            Self::Int8(values) => write_int(values[row], out),
            Self::Int16(values) => write_int(values[row], out),
            Self::Int32(values) => write_int(values[row], out),
            Self::Int64(values) => write_int(values[row], out),
            Self::Float(values) => write_float(values[row], out),
            Self::Double(values) => write_float(values[row], out),
            Self::Decimal(values, precision, scale) => {
                return write_decimal(values[row], *precision, *scale, out);
            }
            Self::String(array) => write_text(array.value(row), out),
            Self::Json(array) => tagged("$json", out, |out| write_text(array.value(row), out)),
            Self::Binary(array) => return write_bytes(array.value(row), out),
            Self::Uuid(array) => {
                tagged("$uuid", out, |out| {
                    quoting(out, |out| text::write_uuid(array.value(row), out));
                });
            }
            Self::Date(values) => {
                let days = i64::from(values[row]);
                tagged("$date", out, |out| moment(days, out, |out| text::write_date(days, out)));
            }
            Self::Time32(values, unit) => return write_time(values[row].into(), *unit, out),
            Self::Time64(values, unit) => return write_time(values[row], *unit, out),
            Self::Timestamp(values, unit, zoned) => {
                let value = values[row];
                let text = |out: &mut Vec<u8>| text::write_timestamp(value, *unit, *zoned, out);
                tagged("$timestamp", out, |out| moment(value, out, text));
            }
            Self::List(offsets, items) => return write_list(span(offsets, row), items, out),
            Self::Struct(members, is_ambiguous) => {
                out.extend_from_slice(if *is_ambiguous { b"{\"$struct\":{" } else { b"{" });
                for (index, (name, key, source)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    out.extend_from_slice(key.as_bytes());
                    source.write(row, out).map_err(|fault| fault.within_key(name))?;
                }
                out.extend_from_slice(if *is_ambiguous { b"}}" } else { b"}" });
            }
            Self::Map(offsets, keys, values) => {
                return write_map(span(offsets, row), keys, values, out);
            }
        }
        Ok(())
    }
}

/// The parts of the value of `row`.
fn span(offsets: &OffsetBuffer<i32>, row: usize) -> std::ops::Range<usize> {
    let place = |offset: i32| usize::try_from(offset).unwrap_or_default();
    place(offsets[row])..place(offsets[row + 1])
}

fn write_list(items: std::ops::Range<usize>, source: &Source<'_>, out: &mut Vec<u8>) -> Read<()> {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        source.write(item, out).map_err(|fault| fault.within_item(index))?;
    }
    out.push(b']');
    Ok(())
}

fn write_map(
    entries: std::ops::Range<usize>,
    keys: &Source<'_>,
    values: &Source<'_>,
    out: &mut Vec<u8>,
) -> Read<()> {
    out.extend_from_slice(b"{\"$map\":[");
    for (index, entry) in entries.enumerate() {
        out.extend_from_slice(if index == 0 { b"[" } else { b",[" });
        keys.write(entry, out).map_err(|fault| fault.within_item(0).within_item(index))?;
        out.push(b',');
        values.write(entry, out).map_err(|fault| fault.within_item(1).within_item(index))?;
        out.push(b']');
    }
    out.extend_from_slice(b"]}");
    Ok(())
}

/// Writes `{"<tag>":…}`.
fn tagged(tag: &str, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(b"{\"");
    out.extend_from_slice(tag.as_bytes());
    out.extend_from_slice(b"\":");
    write(out);
    out.push(b'}');
}

/// Writes `"…"` around what needs no escapes.
fn quoting(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

fn write_int(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// The shortest digits that make the same float again, with a point or an exponent.
fn write_float(value: impl zmij::Float + Into<f64> + Copy, out: &mut Vec<u8>) {
    let wide: f64 = value.into();
    if wide.is_finite() {
        out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
        return;
    }
    let name: &[u8] = match wide {
        f64::INFINITY => b"Infinity",
        f64::NEG_INFINITY => b"-Infinity",
        _ => b"NaN",
    };
    tagged("$float", out, |out| quoting(out, |out| out.extend_from_slice(name)));
}

fn write_decimal(value: i128, precision: u8, scale: usize, out: &mut Vec<u8>) -> Read<()> {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value.unsigned_abs()).as_bytes();
    if digits.len() > usize::from(precision) {
        return Err(Fault::unplaced("the decimal has more digits than its precision"));
    }
    tagged("$decimal", out, |out| {
        quoting(out, |out| {
            if value < 0 {
                out.push(b'-');
            }
            let (whole, fraction) = digits.split_at(digits.len().saturating_sub(scale));
            out.extend_from_slice(if whole.is_empty() { b"0" } else { whole });
            if scale > 0 {
                out.push(b'.');
                out.resize(out.len() + scale - fraction.len(), b'0');
                out.extend_from_slice(fraction);
            }
        });
    });
    Ok(())
}

/// A date or timestamp as text, or as the number that stores it where `text` writes none.
fn moment(value: i64, out: &mut Vec<u8>, text: impl FnOnce(&mut Vec<u8>) -> bool) {
    out.push(b'"');
    if text(out) {
        out.push(b'"');
    } else {
        out.pop();
        write_int(value, out);
    }
}

fn write_time(value: i64, unit: TimeUnit, out: &mut Vec<u8>) -> Read<()> {
    let mut is_written = false;
    tagged("$time", out, |out| {
        quoting(out, |out| is_written = text::write_time(value, unit, out));
    });
    if is_written { Ok(()) } else { Err(Fault::unplaced("the time is outside of a day")) }
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) -> Read<()> {
    let mut is_written = false;
    tagged("$bytes", out, |out| quoting(out, |out| is_written = text::write_binary(bytes, out)));
    if is_written { Ok(()) } else { Err(Fault::unplaced("the bytes are too many")) }
}

/// Writes a string; only quote, backslash and control characters are escaped.
fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut start = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let escape = ESCAPES[usize::from(byte)];
        if escape == 0 {
            continue;
        }
        out.extend_from_slice(&bytes[start..at]);
        start = at + 1;
        if escape == b'u' {
            const HEX: [u8; 16] = *b"0123456789abcdef";
            let digit = |half: u8| HEX[usize::from(half)];
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
        } else {
            out.extend_from_slice(&[b'\\', escape]);
        }
    }
    out.extend_from_slice(&bytes[start..]);
    out.push(b'"');
}

/// What follows the backslash of each byte, `u` where it is its number; 0 where none is needed.
const ESCAPES: [u8; 256] = {
    let mut escapes = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        escapes[byte] = b'u';
        byte += 1;
    }
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes[0x08] = b'b';
    escapes[0x0c] = b'f';
    escapes[b'\n' as usize] = b'n';
    escapes[b'\r' as usize] = b'r';
    escapes[b'\t' as usize] = b't';
    escapes
};
