//! The JSON of `create_reader`.

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use arrow_schema::SchemaRef;
use headrace_abi::columns::schema;
use headrace_abi::section::{
    self, Read, Section, character, flag, list, optional, parsed, path, said, size, text,
};
use headrace_core::Result;
use headrace_core::csv::{Compression, CsvOptions, Encoding, NewColumns, ValueOptions};
use serde_json::Value;

/// Records and bytes of a batch, as the engine has them.
const DEFAULT_BATCH_ROWS: usize = 10_000;
const DEFAULT_BATCH_BYTES: usize = 1 << 20;

/// Records from which types are told where there is no schema, as the engine has it.
const DEFAULT_SAMPLE_ROWS: usize = 10_000;

const KEYS: [&str; 24] = [
    "path",
    "schema",
    "base_dir",
    "batch_rows",
    "batch_bytes",
    "drift",
    "sample_rows",
    "delimiter",
    "quote",
    "escape",
    "comment",
    "skip_lines",
    "encoding",
    "header",
    "trim",
    "null_values",
    "decimal",
    "thousands",
    "date_format",
    "time_format",
    "timestamp_format",
    "true_values",
    "false_values",
    "compression",
];

/// What a reader reads, and how.
#[derive(Debug)]
pub(crate) struct Config {
    /// The files, at least one.
    pub(crate) paths: Vec<PathBuf>,
    /// Columns; `None` where the files are to tell them.
    pub(crate) schema: Option<SchemaRef>,
    /// Records that tell them.
    pub(crate) sample_rows: usize,
    /// Records of a batch, at least 1.
    pub(crate) batch_rows: usize,
    /// Source bytes of a batch, at least 1.
    pub(crate) batch_bytes: usize,
    /// The dialect.
    pub(crate) options: CsvOptions,
}

impl Config {
    /// Reads what the caller of `create_reader` hands over.
    ///
    /// # Errors
    /// [`headrace_core::ErrorKind::Config`] with every problem.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        section::parse(json, |section| {
            section.refuse_others(&KEYS);
            let paths = section.require("path", paths);
            let base = section.take("base_dir", path).unwrap_or_default();
            let schema = section.take("schema", schema);
            let sample_rows = section.take("sample_rows", size);
            let batch_rows = section.take("batch_rows", size);
            let batch_bytes = section.take("batch_bytes", size);
            let mut options = options(section);
            if let Some(drift) = section.take("drift", drift) {
                (options.new_columns, options.may_lack_columns) = drift;
            }
            Some(Self {
                paths: paths?.into_iter().map(|path| base.join(path)).collect(),
                schema,
                sample_rows: sample_rows.unwrap_or(DEFAULT_SAMPLE_ROWS),
                batch_rows: batch_rows.unwrap_or(DEFAULT_BATCH_ROWS),
                batch_bytes: batch_bytes.unwrap_or(DEFAULT_BATCH_BYTES),
                options,
            })
        })
    }
}

fn paths(value: &Value) -> Read<Vec<PathBuf>> {
    match value {
        Value::Array(items) if items.is_empty() => said("is an empty list"),
        Value::Array(_) => list(value, path),
        _ => path(value).map(|path| vec![path]),
    }
}

/// What becomes of columns that the schema lacks, and whether the file may lack some of it. Who
/// reads the batches decides upon what is new, and has to be told of it first.
fn drift(value: &Value) -> Read<(NewColumns, bool)> {
    let Value::Object(object) = value else { return said("is not an object") };
    Section::within(object, |section| {
        section.refuse_others(&["new_column", "removed_column"]);
        let policy = |value: &Value| parsed(value, NewColumns::parse);
        let added = section.take("new_column", policy).unwrap_or(NewColumns::Fail);
        let removed = section.take("removed_column", policy).unwrap_or(NewColumns::Fail);
        let given = match added {
            NewColumns::Fail => NewColumns::Fail,
            NewColumns::Ignore | NewColumns::Evolve => NewColumns::Evolve,
        };
        Some((given, removed != NewColumns::Fail))
    })
}

/// The dialect; what cannot be meant is noted.
fn options(section: &mut Section<'_>) -> CsvOptions {
    let mut options = CsvOptions::default();
    let mark = |value: &Value| optional(value, character);
    let texts = |value: &Value| list(value, text);
    set(&mut options.delimiter, section.take("delimiter", character));
    set(&mut options.quote, section.take("quote", mark));
    set(&mut options.escape, section.take("escape", mark));
    set(&mut options.comment, section.take("comment", mark));
    set(&mut options.skip_lines, section.take("skip_lines", count));
    set(&mut options.header, section.take("header", flag));
    set(&mut options.trim, section.take("trim", flag));
    set(&mut options.null_values, section.take("null_values", texts));
    let encoding = section.take("encoding", |value| parsed(value, Encoding::parse));
    set(&mut options.encoding, encoding);
    let compression = section.take("compression", |value| parsed(value, Compression::parse));
    set(&mut options.compression, compression);
    let format = |value: &Value| optional(value, text);
    let spellings = |value: &Value| optional(value, texts);
    let values: &mut ValueOptions = &mut options.values;
    set(&mut values.decimal, section.take("decimal", character));
    set(&mut values.thousands, section.take("thousands", mark));
    set(&mut values.date_format, section.take("date_format", format));
    set(&mut values.time_format, section.take("time_format", format));
    set(&mut values.timestamp_format, section.take("timestamp_format", format));
    set(&mut values.true_values, section.take("true_values", spellings));
    set(&mut values.false_values, section.take("false_values", spellings));
    for (name, problem) in options.problems() {
        section.refuse(format!("{name}: {problem}"));
    }
    options
}

/// `place` becomes what the config says, where it says something.
fn set<T>(place: &mut T, said: Option<T>) {
    if let Some(said) = said {
        *place = said;
    }
}

fn count(value: &Value) -> Read<u64> {
    value.as_u64().map_or_else(|| said("is not a whole number, at least 0"), Ok)
}
