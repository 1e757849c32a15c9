//! Records as JSON, and back: what the JSON C ABI carries.

use arrow_schema::SchemaRef;
use headrace_core::json;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::batch::RecordBatch;
use crate::error::detached;
use crate::schema::Schema;

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

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(encode_json, module)?)?;
    module.add_function(wrap_pyfunction!(decode_json, module)?)?;
    module.add_function(wrap_pyfunction!(infer_json, module)?)
}
