//! Laws of records as JSON: what is read is what was written, or nothing is taken.

mod batches;
mod cursor;
mod cuts;
mod infer;
mod misfits;
mod records;
mod round_trip;
mod values;

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{Schema, SchemaRef};

use super::{decode, encode};
use crate::{Error, ErrorKind, Result, types};

fn schema(columns: &[(&str, &str, bool)]) -> SchemaRef {
    let field = |&(name, spelling, nullable): &(&str, &str, bool)| {
        types::field(name, spelling, nullable).unwrap()
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// The column of one record whose only value is `json`.
fn column(spelling: &str, json: &str) -> Result<ArrayRef> {
    let json = format!(r#"[{{"a": {json}}}]"#);
    let batch = decode(json.as_bytes(), &schema(&[("a", spelling, true)]))?;
    assert_eq!(batch.num_rows(), 1);
    Ok(Arc::clone(batch.column(0)))
}

/// What the encoder makes of the value that `json` is.
fn rewritten(spelling: &str, json: &str) -> String {
    let json = format!(r#"[{{"a": {json}}}]"#);
    let batch = decode(json.as_bytes(), &schema(&[("a", spelling, true)])).unwrap();
    let written = encoded(&batch);
    written.strip_prefix(r#"[{"a":"#).unwrap().strip_suffix("}]").unwrap().to_owned()
}

fn encoded(batch: &RecordBatch) -> String {
    let mut written = Vec::new();
    encode(batch, &mut written).unwrap();
    String::from_utf8(written).unwrap()
}

/// Every one of `cases` is refused with the record, the field and the type.
fn refuses(spelling: &str, cases: &[&str]) {
    let field = types::field("a", spelling, true).unwrap();
    let complaint = format!(" {}", types::spelled(&field));
    for json in cases {
        let error = column(spelling, json).expect_err(json);
        assert_eq!(error.kind(), ErrorKind::Contract, "{json} {error}");
        assert_eq!(error.location().field.as_deref(), Some("a"), "{json} {error}");
        assert!(error.message().starts_with("record 0, field \"a\": the "), "{error}");
        assert!(error.message().ends_with(&complaint), "{error}");
    }
}

fn failure(columns: &[(&str, &str, bool)], json: &str) -> Error {
    decode(json.as_bytes(), &schema(columns)).expect_err(json)
}
