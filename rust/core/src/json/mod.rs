//! Records as JSON, and back, exactly: what the JSON C ABI carries.
//!
//! A batch is an array of objects, one for each record. A value that JSON has no type for is an
//! object of one key, a tag, so that its type is known without the schema: `{"$decimal": "1.50"}`.
//! [`TAGS`] lists them.
//!
//! - `encode`, `write`: a batch to JSON.
//! - `decode`: JSON to a batch of a given schema, or an error that names record and field.
//! - `records`: the same for records of which some may not fit, each told apart.
//! - `locate`: where in a document its records stand.
//! - `cuts`: where an array of them may be cut.
//! - `infer`: JSON to the schema that holds it, where nobody has declared one.
//! - `cursor`: JSON read forwards.
//! - `members`, `column`, `list`, `map`, `cell`: objects, columns and values under construction.
//! - `fault`: what is wrong, and where.
//! - `field`: JSON texts in fields of other formats.
//! - `fuzz`: laws for every input.

mod cell;
mod column;
pub(crate) mod cursor;
mod cuts;
mod decode;
mod encode;
pub(crate) mod fault;
mod field;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod infer;
mod list;
mod locate;
mod map;
mod members;
mod records;
#[cfg(test)]
mod tests;
mod write;

use arrow_array::Array;
use arrow_schema::{Field, Fields};

pub use cuts::{Cut, cuts};
pub use decode::decode;
pub use encode::encode;
pub(crate) use field::JsonTexts;
pub use infer::infer;
pub use locate::locate;
pub use records::{Misfit, Records, records};

/// What values of a JSON column, [`types::json`](crate::types), are in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Texts, behind `$json` or not: what a library behind the C ABI writes.
    Tagged,
    /// Any value, kept as the text that it is: what other systems write.
    Plain,
}

/// Bytes of a batch's JSON: its texts must not outgrow the 32-bit offsets of an Arrow string.
pub const MAX_JSON_BYTES: usize = i32::MAX as usize;

/// Each tag, what its value is, and the types that it is written for.
pub const TAGS: [(&str, &str, &str); 9] = [
    ("$decimal", "digits with the column's scale: \"1.50\"", "decimal128(p, s)"),
    (
        "$float",
        "\"NaN\", \"Infinity\" or \"-Infinity\"; a finite number has no tag",
        "float, double",
    ),
    ("$bytes", "base64 with padding (RFC 4648, section 4)", "binary"),
    ("$uuid", "8-4-4-4-12 hexadecimal digits", "uuid"),
    ("$json", "the JSON text as a string, byte for byte", "json"),
    ("$date", "\"YYYY-MM-DD\"; days since 1970-01-01 where the year has not four digits", "date"),
    ("$time", "\"HH:MM:SS\" and the digits of the unit", "time32[unit], time64[unit]"),
    (
        "$timestamp",
        "\"YYYY-MM-DDTHH:MM:SS\", the digits of the unit, and Z where the column has a zone; units \
         since 1970-01-01 where the year has not four digits",
        "timestamp[unit], timestamp[unit, tz=zone]",
    ),
    ("$map", "the entries in order: [[key, value], …]", "map<key, value>"),
];

/// Behind this tag stands the object of a struct that could be taken for a tagged value.
const STRUCT: &str = "\"$struct\"";

/// Whether objects of these members look like tagged values: one key, and that a tag.
fn is_ambiguous(fields: &Fields) -> bool {
    matches!(&fields[..], [field] if is_tag(field.name()))
}

fn is_tag(key: &str) -> bool {
    key == "$struct" || TAGS.iter().any(|(tag, ..)| *tag == key)
}

/// `text` as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The value at `row` as JSON; `None` where it has no form.
pub(crate) fn value(array: &dyn Array, row: usize) -> Option<String> {
    let field = Field::new("value", array.data_type().clone(), true);
    let mut out = Vec::new();
    write::Source::new(&field, array).ok()?.write(row, &mut out).ok()?;
    String::from_utf8(out).ok()
}
