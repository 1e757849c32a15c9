//! SQL's spellings of types, as a cast has them.

use arrow_schema::Field;
use sqlparser::ast::DataType;

use crate::types;

/// The type of a cast; `None` where headrace has none of that spelling.
pub(super) fn field(spelled: &DataType) -> Option<Field> {
    let text = spelled.to_string().to_lowercase().replace(' ', "");
    let (name, arguments) = match text.split_once('(') {
        Some((name, rest)) => {
            let (arguments, tail) = rest.split_once(')')?;
            (format!("{name}{tail}"), arguments.to_owned())
        }
        None => (text, String::new()),
    };
    let unit = || match arguments.as_str() {
        "0" => Some("s"),
        "1" | "2" | "3" => Some("ms"),
        "" | "4" | "5" | "6" => Some("us"),
        "7" | "8" | "9" => Some("ns"),
        _ => None,
    };
    let arrow = match name.as_str() {
        "boolean" | "bool" => "bool".to_owned(),
        "tinyint" | "int8" => "int8".to_owned(),
        "smallint" | "int2" | "int16" => "int16".to_owned(),
        "int" | "integer" | "int4" | "int32" => "int32".to_owned(),
        "bigint" | "int64" | "long" => "int64".to_owned(),
        "real" | "float" | "float4" | "float32" => "float".to_owned(),
        "double" | "doubleprecision" | "float8" | "float64" => "double".to_owned(),
        "varchar" | "char" | "character" | "charactervarying" | "text" | "string" => {
            "string".to_owned()
        }
        "blob" | "binary" | "varbinary" | "bytea" | "bytes" => "binary".to_owned(),
        "date" => "date32[day]".to_owned(),
        "uuid" => "uuid".to_owned(),
        "json" => "json".to_owned(),
        "decimal" | "numeric" | "dec" => {
            let (precision, scale) = arguments.split_once(',').unwrap_or((&arguments, "0"));
            format!("decimal128({precision}, {scale})")
        }
        "time" | "timewithouttimezone" => match unit()? {
            unit @ ("s" | "ms") => format!("time32[{unit}]"),
            unit => format!("time64[{unit}]"),
        },
        "timestamp" | "datetime" | "timestampwithouttimezone" => format!("timestamp[{}]", unit()?),
        "timestamptz" | "timestampwithtimezone" => format!("timestamp[{}, tz=UTC]", unit()?),
        _ => return None,
    };
    types::field("", &arrow, true).ok()
}
