//! The text of a value, as Postgres itself reads it: for cursors, violations and rejected records.

use arrow_schema::TimeUnit;

use super::interval::Interval;
use super::moment;
use super::numeric::Numeric;
use super::values::{Bytes, Read, Wrong, fixed, utf8};
use super::wire::Wire;
use crate::text::{civil, write_time, write_uuid};

/// The version that a `jsonb` begins with.
const JSONB_VERSION: u8 = 1;

/// The text of the value of a field; `Unfit` where bytes are no text.
///
/// With `DateStyle` `ISO`, and `TimeZone` `UTC` where a timestamp has none, it is read as the value.
pub(super) fn text(wire: &Wire, field: &[u8]) -> Read<String> {
    Ok(match wire {
        Wire::Bool => match fixed(field)? {
            [0] => "false".to_owned(),
            [1] => "true".to_owned(),
            _ => return Err(Wrong::Corrupt),
        },
        Wire::Int2 => i16::from_be_bytes(fixed(field)?).to_string(),
        Wire::Int4 => i32::from_be_bytes(fixed(field)?).to_string(),
        Wire::Int8 => i64::from_be_bytes(fixed(field)?).to_string(),
        Wire::Oid => u32::from_be_bytes(fixed(field)?).to_string(),
        Wire::Float4 => float(f32::from_be_bytes(fixed(field)?)),
        Wire::Float8 => float(f64::from_be_bytes(fixed(field)?)),
        Wire::Numeric => Numeric::new(field)?.text(),
        Wire::Text | Wire::Json => utf8(field)?.to_owned(),
        Wire::Jsonb => utf8(jsonb(field)?)?.to_owned(),
        Wire::Bytea => hex(field),
        Wire::Date => date(i32::from_be_bytes(fixed(field)?)),
        Wire::Time => time(i64::from_be_bytes(fixed(field)?)),
        Wire::Timestamp => timestamp(i64::from_be_bytes(fixed(field)?), false),
        Wire::Timestamptz => timestamp(i64::from_be_bytes(fixed(field)?), true),
        Wire::Interval => Interval::new(field)?.text(),
        Wire::Uuid => written(|out| {
            write_uuid(field, out);
            field.len() == 16
        })
        .ok_or(Wrong::Corrupt)?,
        Wire::List(item) => list(item, field)?,
    })
}

/// The characters of a `jsonb`.
pub(super) fn jsonb(field: &[u8]) -> Read<&[u8]> {
    match field.split_first() {
        Some((&JSONB_VERSION, json)) => Ok(json),
        _ => Err(Wrong::Corrupt),
    }
}

fn float<T: std::fmt::Display>(value: T) -> String {
    // Rust's `inf` and `NaN` are read by Postgres as well.
    value.to_string()
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    format!("\\x{}", digits.collect::<String>())
}

fn date(days: i32) -> String {
    match days {
        i32::MAX => "infinity".to_owned(),
        i32::MIN => "-infinity".to_owned(),
        _ => {
            let (date, era) = calendar(i64::from(days) + i64::from(moment::EPOCH_DAYS));
            date + era
        }
    }
}

/// A date, and what stands behind it where the year is before the first.
fn calendar(days: i64) -> (String, &'static str) {
    let (year, month, day) = civil(days);
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    (format!("{year:04}-{month:02}-{day:02}"), era)
}

fn time(micros: i64) -> String {
    if micros == moment::DAY_MICROS {
        return "24:00:00".to_owned();
    }
    let text = written(|out| write_time(micros, TimeUnit::Microsecond, out));
    text.unwrap_or_else(|| format!("{micros} us"))
}

fn timestamp(micros: i64, zoned: bool) -> String {
    match micros {
        i64::MAX => "infinity".to_owned(),
        i64::MIN => "-infinity".to_owned(),
        _ => {
            let days = micros.div_euclid(moment::DAY_MICROS) + i64::from(moment::EPOCH_DAYS);
            let (date, era) = calendar(days);
            let time = time(micros.rem_euclid(moment::DAY_MICROS));
            format!("{date} {time}{}{era}", if zoned { "+00" } else { "" })
        }
    }
}

/// `{1,NULL,"a \"b\""}`, whatever its dimensions are: for people alone.
fn list(item: &Wire, field: &[u8]) -> Read<String> {
    let mut bytes = Bytes(field);
    let dimensions = usize::try_from(bytes.i32()?).map_err(|_| Wrong::Corrupt)?;
    bytes.take(8)?;
    bytes.take(dimensions.checked_mul(8).ok_or(Wrong::Corrupt)?)?;
    let mut items = Vec::new();
    while !bytes.0.is_empty() {
        items.push(match bytes.i32()? {
            -1 => "NULL".to_owned(),
            size => {
                let size = usize::try_from(size).map_err(|_| Wrong::Corrupt)?;
                format!("{:?}", text(item, bytes.take(size)?)?)
            }
        });
    }
    Ok(format!("{{{}}}", items.join(",")))
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> bool) -> Option<String> {
    let mut out = Vec::new();
    let is_written = write(&mut out);
    String::from_utf8(out).ok().filter(|_| is_written)
}
