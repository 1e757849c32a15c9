//! From type to spelling.

use arrow_schema::{DataType, Field, TimeUnit};

use super::{UUID_BYTES, is_identifier, is_json, is_uuid, is_zone};

/// The spelling of the column's type, or `None` where headrace has no such column type.
#[must_use]
pub fn spell_field(field: &Field) -> Option<String> {
    if is_uuid(field) {
        return Some("extension<arrow.uuid>".to_owned());
    }
    if is_json(field) {
        return Some("extension<arrow.json>".to_owned());
    }
    match field.data_type() {
        DataType::FixedSizeBinary(_) => None,
        other => spell(other),
    }
}

/// The spelling of the column's type, Arrow's own where headrace has no such column type.
#[must_use]
pub fn spelled(field: &Field) -> String {
    spell_field(field).unwrap_or_else(|| field.data_type().to_string())
}

/// The spelling of `data_type`, or `None` where headrace has no such column type. Sixteen bytes
/// are a UUID, for no other type is stored so; JSON is spelled as the string that it is stored as.
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
        DataType::Binary => "binary".into(),
        DataType::FixedSizeBinary(UUID_BYTES) => "extension<arrow.uuid>".into(),
        DataType::Date32 => "date32[day]".into(),
        DataType::Time32(unit @ (TimeUnit::Second | TimeUnit::Millisecond)) => {
            format!("time32[{}]", of_unit(*unit))
        }
        DataType::Time64(unit @ (TimeUnit::Microsecond | TimeUnit::Nanosecond)) => {
            format!("time64[{}]", of_unit(*unit))
        }
        DataType::Timestamp(unit, None) => format!("timestamp[{}]", of_unit(*unit)),
        DataType::Timestamp(unit, Some(zone)) if is_zone(zone) => {
            format!("timestamp[{}, tz={zone}]", of_unit(*unit))
        }
        &DataType::Decimal128(precision, scale)
            if (1..=38).contains(&precision) && (0..=precision.cast_signed()).contains(&scale) =>
        {
            format!("decimal128({precision}, {scale})")
        }
        DataType::List(item) if item.name() == "item" => format!("list<item: {}>", member(item)?),
        DataType::Struct(fields) if !fields.is_empty() => {
            let members = fields
                .iter()
                .map(|field| Some(format!("{}: {}", quoted(field.name()), member(field)?)))
                .collect::<Option<Vec<_>>>()?;
            format!("struct<{}>", members.join(", "))
        }
        DataType::Map(entries, false) => {
            let DataType::Struct(pair) = entries.data_type() else { return None };
            let [key, value] = &pair[..] else { return None };
            format!("map<{}, {}>", spell_field(key)?, member(value)?)
        }
        _ => return None,
    })
}

fn member(field: &Field) -> Option<String> {
    let spelling = spell_field(field)?;
    Some(if field.is_nullable() { spelling } else { spelling + " not null" })
}

/// A struct field's name, as a JSON string where it is no plain identifier.
fn quoted(name: &str) -> String {
    if is_identifier(name) { name.to_owned() } else { serde_json::Value::from(name).to_string() }
}

fn of_unit(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}
