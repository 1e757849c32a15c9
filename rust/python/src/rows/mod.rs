//! Python rows to Arrow and back, exactly or not at all.
//!
//! - [`calendar`]: days and microseconds against Python's dates and times.
//! - [`cell`]: one Python value as one value of a column type.
//! - [`source`]: where the values of a column come from.
//! - [`column`]: the values of one column as an array. [`nested`]: those of lists, structs, maps.
//! - [`build`]: rows to a batch. [`infer`]: rows to a schema. [`read`], [`read_nested`]: a batch to rows.

mod build;
mod calendar;
mod cell;
mod column;
mod infer;
mod nested;
mod read;
mod read_nested;
mod source;

pub(crate) use build::build;
pub(crate) use read::read;

use headrace_core::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyMapping, PyType};

use crate::error::to_py_err;

/// `decimal.Decimal`, imported where the first decimal is met.
fn decimal_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    DECIMAL.import(py, "decimal", "Decimal")
}

/// `uuid.UUID`, imported where the first UUID is met.
fn uuid_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static UUID: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    UUID.import(py, "uuid", "UUID")
}

/// The rows as dicts; any other mapping is copied into one.
fn dicts<'py>(rows: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let mut dicts = Vec::with_capacity(rows.len().unwrap_or_default());
    for (index, row) in rows.try_iter()?.enumerate() {
        let row = match row?.cast_into::<PyDict>() {
            Ok(dict) => dict,
            Err(error) => copied(&error.into_inner(), index)?,
        };
        dicts.push(row);
    }
    Ok(dicts)
}

fn copied<'py>(row: &Bound<'py, PyAny>, index: usize) -> PyResult<Bound<'py, PyDict>> {
    let py = row.py();
    let Ok(mapping) = row.cast::<PyMapping>() else {
        let message = format!("row {index} is of type {}, not a mapping", row.get_type().name()?);
        return Err(to_py_err(py, &Error::new(ErrorKind::Plugin, message)));
    };
    let dict = PyDict::new(py);
    dict.update(mapping)?;
    Ok(dict)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(infer::infer_rows, module)?)
}
