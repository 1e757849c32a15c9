//! The JSON of `create_writer`: all of its problems at once, no I/O.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use headrace_core::parquet::Compression;
use headrace_core::{Error, ErrorKind, Result, types};
use serde_json::{Map, Value};

/// Arrow bytes of a row group, as the engine's own writers have it: it bounds memory.
const DEFAULT_ROW_GROUP_BYTES: usize = 4 << 20;

/// Target size of a file: what object stores and query engines like best.
const DEFAULT_FILE_BYTES: usize = 128 << 20;

const KEYS: [&str; 5] = ["output_path", "schema", "compression", "row_group_bytes", "file_bytes"];
const COLUMN_KEYS: [&str; 3] = ["name", "type", "nullable"];

/// Where and how a writer writes.
#[derive(Debug)]
pub(crate) struct Config {
    /// Directory of the files.
    pub(crate) output_path: PathBuf,
    /// Columns, at least one, each name once.
    pub(crate) schema: SchemaRef,
    /// Codec of the pages.
    pub(crate) compression: Compression,
    /// Arrow bytes at which a row group ends, at least 1.
    pub(crate) row_group_bytes: usize,
    /// Bytes at which a file ends, at least 1.
    pub(crate) file_bytes: usize,
}

impl Config {
    /// Reads what the caller of `create_writer` hands over.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with every problem.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        let refused = |message: String| Error::new(ErrorKind::Config, message);
        let value: Value = serde_json::from_str(json)
            .map_err(|error| refused(format!("the config is not JSON: {error}")))?;
        let Value::Object(object) = value else {
            return Err(refused("the config is not a JSON object".to_owned()));
        };
        let mut section = Section { object: &object, place: String::new(), problems: Vec::new() };
        section.refuse_others(&KEYS);
        let output_path = section.require("output_path", path);
        let schema = section.require("schema", schema);
        let compression = section.take("compression", compression);
        let row_group_bytes = section.take("row_group_bytes", size);
        let file_bytes = section.take("file_bytes", size);
        match (output_path, schema) {
            (Some(output_path), Some(schema)) if section.problems.is_empty() => Ok(Self {
                output_path,
                schema,
                compression: compression.unwrap_or_default(),
                row_group_bytes: row_group_bytes.unwrap_or(DEFAULT_ROW_GROUP_BYTES),
                file_bytes: file_bytes.unwrap_or(DEFAULT_FILE_BYTES),
            }),
            _ => Err(refused(section.problems.join("; "))),
        }
    }
}

/// One object of the config and what is wrong with it.
struct Section<'a> {
    object: &'a Map<String, Value>,
    /// Path of the object, ending in its dot.
    place: String,
    problems: Vec<String>,
}

/// A value, or all that is wrong with it.
type Read<T> = std::result::Result<T, Vec<String>>;

impl Section<'_> {
    fn refuse_others(&mut self, known: &[&str]) {
        for key in self.object.keys().filter(|key| !known.contains(&key.as_str())) {
            let place = &self.place;
            self.problems.push(format!("{place}{key} is no key: {}", known.join(", ")));
        }
    }

    fn require<T>(&mut self, key: &str, read: fn(&Value) -> Read<T>) -> Option<T> {
        if !self.object.contains_key(key) {
            self.problems.push(format!("{}{key} is missing", self.place));
        }
        self.take(key, read)
    }

    fn take<T>(&mut self, key: &str, read: fn(&Value) -> Read<T>) -> Option<T> {
        match read(self.object.get(key)?) {
            Ok(value) => Some(value),
            Err(problems) => {
                let place = &self.place;
                // What a list says of its items starts with their index.
                let lines = problems.into_iter().map(|problem| match problem.strip_prefix('[') {
                    Some(_) => format!("{place}{key}{problem}"),
                    None => format!("{place}{key}: {problem}"),
                });
                self.problems.extend(lines);
                None
            }
        }
    }
}

fn said<T>(problem: &str) -> Read<T> {
    Err(vec![problem.to_owned()])
}

fn text(value: &Value) -> Read<String> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => said("is not a string"),
    }
}

fn flag(value: &Value) -> Read<bool> {
    value.as_bool().map_or_else(|| said("is not true or false"), Ok)
}

fn path(value: &Value) -> Read<PathBuf> {
    match text(value)? {
        path if path.is_empty() => said("is empty"),
        path if path.contains('\0') => said("holds a NUL"),
        path => Ok(path.into()),
    }
}

fn compression(value: &Value) -> Read<Compression> {
    text(value)?.parse().map_err(|error: Error| vec![error.message().to_owned()])
}

fn size(value: &Value) -> Read<usize> {
    // A quarter more than a row group's bytes must still be a usize.
    let bytes = value.as_u64().and_then(|bytes| isize::try_from(bytes).ok());
    match bytes {
        Some(bytes) if bytes > 0 => Ok(bytes.unsigned_abs()),
        _ => said("is not a whole number of bytes, at least 1"),
    }
}

fn schema(value: &Value) -> Read<SchemaRef> {
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

fn field(value: &Value) -> Read<Field> {
    let Some(object) = value.as_object() else { return said(" is not an object") };
    let mut section = Section { object, place: ".".to_owned(), problems: Vec::new() };
    section.refuse_others(&COLUMN_KEYS);
    let name = section.require("name", text);
    let column = section.require("type", |value| {
        types::field("", &text(value)?, true).map_err(|error| vec![error.message().to_owned()])
    });
    let nullable = section.take("nullable", flag).unwrap_or(true);
    match (name, column) {
        (Some(name), Some(column)) if section.problems.is_empty() => {
            Ok(column.with_name(name).with_nullable(nullable))
        }
        _ => Err(section.problems),
    }
}
