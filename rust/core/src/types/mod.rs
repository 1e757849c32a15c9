//! Column types and their spellings, those of pyarrow: `int64`, `decimal128(15, 2)`,
//! `timestamp[us, tz=UTC]`, `list<item: string not null>`.
//!
//! A UUID and JSON are extension types: their storage is a plain type, and the metadata of the
//! field tell them apart from it. So [`field()`] and [`spell_field`] know every type, [`parse`]
//! and [`spell`] all but these two.
//!
//! - `hold`: which types hold every value of another.
//! - `parse`: from spelling to type.
//! - `plain`: types of data from elsewhere as headrace has them.
//! - `spell`: from type to spelling.
//! - `within`: what is within lists and maps.

mod hold;
mod parse;
mod plain;
mod spell;
#[cfg(test)]
mod tests;
mod within;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields};

use crate::Result;

pub use hold::holds;
pub use parse::parse;
pub use plain::{plain, retyped};
pub use spell::{spell, spell_field, spelled};
pub use within::{entries, items};

/// Where a field says that it has an extension type.
///
/// <https://arrow.apache.org/docs/format/Columnar.html#extension-types>
const EXTENSION_NAME: &str = "ARROW:extension:name";
const EXTENSION_METADATA: &str = "ARROW:extension:metadata";
const UUID: &str = "arrow.uuid";
const JSON: &str = "arrow.json";

/// Bytes of a UUID.
pub const UUID_BYTES: i32 = 16;

/// Types within types; more would let a spelling exhaust the stack.
const MAX_DEPTH: usize = 64;

/// The column `name` of the type that `spelling` names.
///
/// # Errors
/// [`ErrorKind::Config`](crate::ErrorKind::Config) where headrace has no such column type.
///
/// # Examples
/// ```
/// use headrace_core::types;
///
/// let field = types::field("tags", "list<item: uuid not null>", true)?;
/// assert_eq!(types::spelled(&field), "list<item: extension<arrow.uuid> not null>");
/// # Ok::<(), headrace_core::Error>(())
/// ```
pub fn field(name: impl Into<String>, spelling: &str, nullable: bool) -> Result<Field> {
    Ok(parse::logical(spelling)?.field(name, nullable))
}

/// Whether the column holds UUIDs, 16 bytes each.
#[must_use]
pub fn is_uuid(field: &Field) -> bool {
    *field.data_type() == DataType::FixedSizeBinary(UUID_BYTES)
        && field.extension_type_name() == Some(UUID)
}

/// Whether the column's strings are JSON texts.
#[must_use]
pub fn is_json(field: &Field) -> bool {
    *field.data_type() == DataType::Utf8 && field.extension_type_name() == Some(JSON)
}

/// A type with what its field must say about it.
#[derive(Debug, Clone, PartialEq)]
enum Logical {
    Plain(DataType),
    Uuid,
    Json,
}

impl Logical {
    fn storage(self) -> DataType {
        match self {
            Self::Plain(data_type) => data_type,
            Self::Uuid => DataType::FixedSizeBinary(UUID_BYTES),
            Self::Json => DataType::Utf8,
        }
    }

    fn field(self, name: impl Into<String>, nullable: bool) -> Field {
        // The metadata are those of pyarrow's own fields, so that schemas compare equal.
        let metadata: &[(&str, &str)] = match &self {
            Self::Plain(_) => &[],
            Self::Uuid => &[(EXTENSION_NAME, UUID)],
            Self::Json => &[(EXTENSION_NAME, JSON), (EXTENSION_METADATA, "")],
        };
        let metadata: HashMap<String, String> =
            metadata.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        let field = Field::new(name, self.storage(), nullable);
        if metadata.is_empty() { field } else { field.with_metadata(metadata) }
    }
}

/// The map type of these fields; their names are pyarrow's.
fn map_of(key: Logical, value: Logical, value_nullable: bool) -> DataType {
    let entries = [key.field("key", false), value.field("value", value_nullable)];
    let entries = DataType::Struct(Fields::from_iter(entries));
    DataType::Map(Arc::new(Field::new("entries", entries, false)), false)
}

/// Whether values of the type can be keys of a map.
fn is_key(data_type: &DataType) -> bool {
    !data_type.is_nested() && !data_type.is_floating()
}

/// Whether a struct's field can be spelled without quotes.
fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether the text can be a time zone: `UTC`, an offset such as `+01:00`, or an IANA name.
///
/// Whether a name is one of the IANA's is for those to decide who have its data.
fn is_zone(zone: &str) -> bool {
    if let [b'+' | b'-', h0, h1, b':', m0, m1] = *zone.as_bytes() {
        return [h0, h1, m0, m1].iter().all(u8::is_ascii_digit)
            && (h0, h1) <= (b'2', b'3')
            && m0 <= b'5';
    }
    zone.split('/').all(|part| {
        part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    })
}
