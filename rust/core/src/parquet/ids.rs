//! Field ids: what Iceberg tells columns by, whatever they are called.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::parquet::arrow::PARQUET_FIELD_ID_META_KEY;
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};

/// Ids by a column's path: `a`, `s.x` of a struct, `a.element` of a list, `m.key` and `m.value` of
/// a map.
pub type FieldIds = BTreeMap<String, i32>;

/// The same columns with their ids; those that have none stay as they are.
#[must_use]
pub fn with_field_ids(schema: &SchemaRef, ids: &FieldIds) -> SchemaRef {
    if ids.is_empty() {
        return Arc::clone(schema);
    }
    let fields: Vec<FieldRef> =
        schema.fields().iter().map(|field| identified(field, field.name(), ids)).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn identified(field: &FieldRef, path: &str, ids: &FieldIds) -> FieldRef {
    let within = |name: &str| format!("{path}.{name}");
    let data_type = match field.data_type() {
        DataType::List(item) => DataType::List(identified(item, &within("element"), ids)),
        DataType::LargeList(item) => DataType::LargeList(identified(item, &within("element"), ids)),
        DataType::Struct(fields) => DataType::Struct(
            fields.iter().map(|inner| identified(inner, &within(inner.name()), ids)).collect(),
        ),
        DataType::Map(entries, is_sorted) => {
            let DataType::Struct(pair) = entries.data_type() else {
                return Arc::clone(field);
            };
            let names = ["key", "value"];
            let pair = pair.iter().zip(names);
            let pair = pair.map(|(inner, name)| identified(inner, &within(name), ids)).collect();
            let entries = Field::clone(entries).with_data_type(DataType::Struct(pair));
            DataType::Map(Arc::new(entries), *is_sorted)
        }
        other => other.clone(),
    };
    let mut field = Field::clone(field).with_data_type(data_type);
    if let Some(id) = ids.get(path) {
        let mut metadata = field.metadata().clone();
        metadata.insert(PARQUET_FIELD_ID_META_KEY.to_owned(), id.to_string());
        field.set_metadata(metadata);
    }
    Arc::new(field)
}
