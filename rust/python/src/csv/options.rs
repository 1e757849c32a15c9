//! `CsvOptions`: what every entry takes, across the border once.

use std::sync::{Mutex, MutexGuard};

use headrace_core::csv as core;
use headrace_core::{Error, ErrorKind, Location, Result};
use pyo3::prelude::*;

use crate::error::to_py_err;

/// The lock of a reader whose earlier call panicked: what it holds can no longer be trusted, and
/// to go on could pass over records.
pub(super) fn locked<T>(reader: &Mutex<T>) -> Result<MutexGuard<'_, T>> {
    reader.lock().map_err(|_| Error::new(ErrorKind::Internal, "an earlier call panicked"))
}

/// The options of a CSV source.
#[pyclass(frozen)]
pub(super) struct CsvOptions(pub(super) core::CsvOptions);

#[pymethods]
impl CsvOptions {
    #[new]
    #[pyo3(signature = (
        *, delimiter = ",", quote = "\"", header = true, null_values = vec![String::new()],
        compression = "auto",
    ))]
    fn new(
        py: Python<'_>,
        delimiter: &str,
        quote: &str,
        header: bool,
        null_values: Vec<String>,
        compression: &str,
    ) -> PyResult<Self> {
        let parse = || {
            let options = core::CsvOptions {
                delimiter: single_byte("delimiter", delimiter)?,
                quote: single_byte("quote", quote)?,
                header,
                null_values,
                compression: core::Compression::parse(compression)?,
            };
            options.check()?;
            Ok(Self(options))
        };
        parse().map_err(|error| to_py_err(py, &error))
    }
}

fn single_byte(field: &str, text: &str) -> Result<u8> {
    if let [byte] = text.as_bytes() {
        return Ok(*byte);
    }
    let message = format!("the {field} must be one ASCII character, not {text:?}");
    let place = Location { field: Some(field.to_owned()), ..Location::default() };
    Err(Error::new(ErrorKind::Config, message).at(place))
}
