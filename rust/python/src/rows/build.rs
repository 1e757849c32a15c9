//! Rows to a batch: what fits exactly is kept, the rest is reported.

use std::cell::Cell;
use std::collections::BTreeMap;

use arrow_array::RecordBatchOptions;
use arrow_schema::{Field, Fields};
use headrace_core::reject::Violation;
use headrace_core::{Error, ErrorKind, validate};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use super::column::{Fault, array, shown};
use super::dicts;
use super::source::Source;
use crate::batch::RecordBatch;
use crate::error::to_py_err;
use crate::schema::Schema;
use crate::validate::violations_to_py;

/// The batch of the rows that fit `schema`, their indices, and what the others broke.
pub(crate) fn build<'py>(
    rows: &Bound<'py, PyAny>,
    schema: &Schema,
) -> PyResult<(RecordBatch, Vec<usize>, Bound<'py, PyList>)> {
    let py = rows.py();
    let rows = dicts(rows)?;
    let fields = schema.0.fields();
    let mut broken: BTreeMap<usize, Vec<Violation>> = BTreeMap::new();
    // How many columns each row has a key for.
    let hits = vec![Cell::new(0); rows.len()];
    let mut columns = Vec::with_capacity(fields.len());
    for field in fields {
        let key = PyString::intern(py, field.name());
        let source = Source::Rows { rows: &rows, key, hits: &hits };
        let mut faults = Vec::new();
        columns.push(array(py, field, &source, &mut faults)?);
        for fault in faults {
            broken.entry(fault.index).or_default().push(violation(field, fault));
        }
    }
    for (index, (row, hits)) in rows.iter().zip(hits).enumerate() {
        if row.len() != hits.get() {
            let unknown = unknown_keys(row, fields)?;
            if !unknown.is_empty() {
                broken.entry(index).or_default().extend(unknown);
            }
        }
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    let batch = arrow_array::RecordBatch::try_new_with_options(nullable(fields), columns, &options)
        .map_err(|error| to_py_err(py, &Error::new(ErrorKind::Internal, error.to_string())))?;
    let batch = validate::without_rows(&batch, broken.keys().copied())
        .map_err(|error| to_py_err(py, &error))?;
    let kept = (0..rows.len()).filter(|row| !broken.contains_key(row)).collect();
    let violations = violations_to_py(py, broken)?;
    Ok((RecordBatch(batch), kept, violations))
}

fn violation(field: &Field, fault: Fault) -> Violation {
    Violation {
        field: Some(format!("{}{}", field.name(), fault.path)),
        rule: fault.rule,
        value: fault.value,
        message: fault.message,
    }
}

fn unknown_keys(row: &Bound<'_, PyDict>, fields: &Fields) -> PyResult<Vec<Violation>> {
    let mut unknown = Vec::new();
    for (key, value) in row.iter() {
        let name: Option<String> = key.extract().ok();
        if name.as_ref().is_some_and(|name| fields.find(name).is_some()) {
            continue;
        }
        unknown.push(Violation {
            field: Some(name.map_or_else(|| shown(&key), Ok)?),
            rule: "columns",
            value: Some(shown(&value)?),
            message: "is not a column of the schema".to_owned(),
        });
    }
    Ok(unknown)
}

/// `required` is the validator's rule, so the batch itself admits nulls.
fn nullable(fields: &Fields) -> arrow_schema::SchemaRef {
    let nullable = |field: &std::sync::Arc<Field>| field.as_ref().clone().with_nullable(true);
    arrow_schema::Schema::new(fields.iter().map(nullable).collect::<Fields>()).into()
}
