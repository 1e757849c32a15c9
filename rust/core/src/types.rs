//! Column types and their spellings, those of pyarrow: `int64`, `decimal128(15, 2)`,
//! `timestamp[us, tz=UTC]`.

use arrow_schema::{DataType, TimeUnit};

use crate::{Error, ErrorKind, Result};

/// The type that `spelling` names.
///
/// # Errors
/// [`ErrorKind::Config`] where headrace has no such column type.
pub fn parse(spelling: &str) -> Result<DataType> {
    let unknown = || Error::new(ErrorKind::Config, format!("there is no column type {spelling:?}"));
    Ok(match spelling {
        "bool" => DataType::Boolean,
        "int8" => DataType::Int8,
        "int16" => DataType::Int16,
        "int32" => DataType::Int32,
        "int64" => DataType::Int64,
        "float" | "float32" => DataType::Float32,
        "double" | "float64" => DataType::Float64,
        "string" => DataType::Utf8,
        "date32[day]" | "date32" | "date" => DataType::Date32,
        "timestamp[us]" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "timestamp[us, tz=UTC]" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => {
            let inner = spelling
                .strip_prefix("decimal128(")
                .and_then(|rest| rest.strip_suffix(')'))
                .ok_or_else(unknown)?;
            let (precision, scale) = inner.split_once(',').ok_or_else(unknown)?;
            let precision: u8 = precision.trim().parse().map_err(|_| unknown())?;
            let scale: i8 = scale.trim().parse().map_err(|_| unknown())?;
            if !(1..=38).contains(&precision) || scale < 0 || scale.unsigned_abs() > precision {
                return Err(unknown());
            }
            DataType::Decimal128(precision, scale)
        }
    })
}

/// The spelling of `data_type`, or `None` where headrace has no such column type.
#[must_use]
pub fn spell(data_type: &DataType) -> Option<String> {
    Some(match data_type {
        DataType::Boolean => "bool".into(),
        DataType::Int8 => "int8".into(),
        DataType::Int16 => "int16".into(),
        DataType::Int32 => "int32".into(),
        DataType::Int64 => "int64".into(),
        DataType::Float32 => "float".into(),
        DataType::Float64 => "double".into(),
        DataType::Utf8 => "string".into(),
        DataType::Date32 => "date32[day]".into(),
        DataType::Timestamp(TimeUnit::Microsecond, None) => "timestamp[us]".into(),
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if zone.as_ref() == "UTC" => {
            "timestamp[us, tz=UTC]".into()
        }
        DataType::Decimal128(precision, scale) => format!("decimal128({precision}, {scale})"),
        _ => return None,
    })
}
