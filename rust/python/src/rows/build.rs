//! Rows to a batch: what fits exactly is kept, the rest is reported.

use std::collections::BTreeMap;

use arrow_array::RecordBatchOptions;
use arrow_schema::{Field, Fields};
use headrace_core::reject::Violation;
use headrace_core::{Error, ErrorKind, validate};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::column::{Findings, read_column, shown};
use super::dicts;
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
    let mut findings = Findings { hits: vec![0; rows.len()], violations: Vec::new() };
    let columns = fields
        .iter()
        .map(|field| read_column(&rows, py, field, &mut findings))
        .collect::<PyResult<Vec<_>>>()?;
    let violations = by_row(&rows, fields, findings)?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    let batch = arrow_array::RecordBatch::try_new_with_options(nullable(fields), columns, &options)
        .map_err(|error| to_py_err(py, &Error::new(ErrorKind::Internal, error.to_string())))?;
    let batch = validate::without_rows(&batch, violations.keys().copied())
        .map_err(|error| to_py_err(py, &error))?;
    let kept = (0..rows.len()).filter(|row| !violations.contains_key(row)).collect();
    let violations = violations_to_py(py, violations)?;
    Ok((RecordBatch(batch), kept, violations))
}

/// Violations by row, in column order, keys that no column has last.
fn by_row(
    rows: &[Bound<'_, PyDict>],
    fields: &Fields,
    findings: Findings,
) -> PyResult<BTreeMap<usize, Vec<Violation>>> {
    let mut by_row: BTreeMap<usize, Vec<Violation>> = BTreeMap::new();
    for (row, violation) in findings.violations {
        by_row.entry(row).or_default().push(violation);
    }
    for (index, (row, hits)) in rows.iter().zip(findings.hits).enumerate() {
        if row.len() != hits {
            by_row.entry(index).or_default().extend(unknown_keys(row, fields)?);
        }
    }
    by_row.retain(|_, violations| !violations.is_empty());
    Ok(by_row)
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
