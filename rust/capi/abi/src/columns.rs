//! Columns as JSON lists them: `[{"name": "id", "type": "int64", "nullable": false}]`.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use headrace_core::types;
use serde_json::{Value, json};

use crate::section::{Read, Section, flag, parsed, said, text};

const KEYS: [&str; 3] = ["name", "type", "nullable"];

/// Columns from JSON: at least one, each name once.
///
/// # Errors
/// Every problem.
pub fn schema(value: &Value) -> Read<SchemaRef> {
    let Some(columns) = value.as_array() else { return said("is not a list of columns") };
    if columns.is_empty() {
        return said("has no column");
    }
    let (mut fields, mut names, mut problems) = (Vec::new(), HashSet::new(), Vec::new());
    for (index, column) in columns.iter().enumerate() {
        match field(column) {
            Ok(field) if names.insert(field.name().clone()) => fields.push(field),
            Ok(field) => {
                let name = field.name();
                problems.push(format!("[{index}].name: {name:?} is there before"));
            }
            Err(found) => {
                problems.extend(found.into_iter().map(|problem| format!("[{index}]{problem}")));
            }
        }
    }
    if problems.is_empty() { Ok(Arc::new(Schema::new(fields))) } else { Err(problems) }
}

/// Columns as JSON.
#[must_use]
pub fn listed(schema: &Schema) -> String {
    let columns = schema.fields().iter().map(|field| {
        let spelling = types::spelled(field);
        json!({"name": field.name(), "type": spelling, "nullable": field.is_nullable()})
    });
    Value::Array(columns.collect()).to_string()
}

fn field(value: &Value) -> Read<Field> {
    let Some(object) = value.as_object() else { return said(" is not an object") };
    Section::within(object, |section| {
        section.refuse_others(&KEYS);
        let name = section.require("name", text);
        let column = section
            .require("type", |value| parsed(value, |spelling| types::field("", spelling, true)));
        let nullable = section.take("nullable", flag).unwrap_or(true);
        Some(column?.with_name(name?).with_nullable(nullable))
    })
}
