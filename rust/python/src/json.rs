//! Records as JSON, and back: what the JSON C ABI carries.

use arrow_schema::SchemaRef;
use headrace_core::json::{self, Form};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::batch::RecordBatch;
use crate::error::detached;
use crate::reject::{Violation, violation};
use crate::schema::Schema;

/// The batch, misfits, keys passed over, and keys that are no column with a value of each.
type Records = (RecordBatch, Vec<Misfit>, Vec<String>, Vec<(String, String)>);
/// Index in the array, byte offset in the data, what it broke, its text.
type Misfit = (usize, usize, Vec<Violation>, String);

/// The rows as a JSON array of objects: UTF-8 without NUL.
#[pyfunction]
fn encode_json<'py>(py: Python<'py>, batch: &RecordBatch) -> PyResult<Bound<'py, PyBytes>> {
    let written = detached(py, || {
        let mut written = Vec::new();
        json::encode(&batch.0, &mut written).map(|()| written)
    })?;
    Ok(PyBytes::new(py, &written))
}

/// The rows of a JSON array of objects, by a schema.
#[pyfunction]
fn decode_json(py: Python<'_>, data: &[u8], schema: &Schema) -> PyResult<RecordBatch> {
    let schema = SchemaRef::clone(&schema.0);
    detached(py, || json::decode(data, &schema)).map(RecordBatch)
}

/// The narrowest schema that holds all records of a JSON array.
#[pyfunction]
fn infer_json(py: Python<'_>, data: &[u8]) -> PyResult<Schema> {
    detached(py, || json::infer(data)).map(Schema)
}

/// The rows of a JSON array of objects that fit a schema, and what the others broke.
///
/// `span` is where the array stands in `data`. Misfits are (index, byte offset, violations, text).
#[pyfunction]
#[pyo3(signature = (data, schema, *, plain=false, passes_over=false, span=None))]
fn decode_records(
    py: Python<'_>,
    data: &[u8],
    schema: &Schema,
    plain: bool,
    passes_over: bool,
    span: Option<(usize, usize)>,
) -> PyResult<Records> {
    let schema = SchemaRef::clone(&schema.0);
    let (start, end) = span.unwrap_or((0, data.len()));
    let array = data.get(start..end).unwrap_or_default();
    let form = if plain { Form::Plain } else { Form::Tagged };
    let found = detached(py, || json::records(array, &schema, form, passes_over))?;
    let misfits = found.misfits.into_iter().map(|misfit| {
        let violations = misfit.violations.iter().map(violation).collect();
        (misfit.index, start + misfit.byte_offset, violations, misfit.record)
    });
    Ok((RecordBatch(found.batch), misfits.collect(), found.left_out, found.unknown))
}

/// Where the value below the keys of `path` stands in a JSON document.
#[pyfunction]
fn locate_json(py: Python<'_>, data: &[u8], path: Vec<String>) -> PyResult<Option<(usize, usize)>> {
    let found = detached(py, move || json::locate(data, &path))?;
    Ok(found.map(|range| (range.start, range.end)))
}

/// Where an array of records may be cut: from, to [bytes of `data`] and records of each part.
///
/// `span` is where the array stands in `data`.
#[pyfunction]
#[pyo3(signature = (data, *, batch_rows, batch_bytes, span=None))]
fn cut_records(
    py: Python<'_>,
    data: &[u8],
    batch_rows: usize,
    batch_bytes: usize,
    span: Option<(usize, usize)>,
) -> PyResult<Vec<(usize, usize, usize)>> {
    let (start, end) = span.unwrap_or((0, data.len()));
    let array = data.get(start..end).unwrap_or_default();
    let found = detached(py, || json::cuts(array, batch_rows, batch_bytes))?;
    let placed = |cut: json::Cut| (start + cut.bytes.start, start + cut.bytes.end, cut.records);
    Ok(found.into_iter().map(placed).collect())
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(encode_json, module)?)?;
    module.add_function(wrap_pyfunction!(decode_json, module)?)?;
    module.add_function(wrap_pyfunction!(infer_json, module)?)?;
    module.add_function(wrap_pyfunction!(decode_records, module)?)?;
    module.add_function(wrap_pyfunction!(locate_json, module)?)?;
    module.add_function(wrap_pyfunction!(cut_records, module)?)
}
