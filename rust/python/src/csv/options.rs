//! `CsvOptions`: what every entry takes, across the border once.

use std::sync::{Mutex, MutexGuard};

use headrace_core::csv as core;
use headrace_core::{Error, ErrorKind, Result};
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
        *, delimiter = ',', quote = Some('"'), escape = None, comment = None, skip_lines = 0,
        header = true, trim = false, null_values = vec![String::new()], encoding = "utf-8",
        compression = "auto",
        decimal = '.', thousands = None, date_format = None, time_format = None,
        timestamp_format = None, true_values = None, false_values = None,
        new_columns = "fail", may_lack_columns = false,
    ))]
    #[expect(clippy::too_many_arguments, reason = "keywords of a Python constructor")]
    fn new(
        py: Python<'_>,
        delimiter: char,
        quote: Option<char>,
        escape: Option<char>,
        comment: Option<char>,
        skip_lines: u64,
        header: bool,
        trim: bool,
        null_values: Vec<String>,
        encoding: &str,
        compression: &str,
        decimal: char,
        thousands: Option<char>,
        date_format: Option<String>,
        time_format: Option<String>,
        timestamp_format: Option<String>,
        true_values: Option<Vec<String>>,
        false_values: Option<Vec<String>>,
        new_columns: &str,
        may_lack_columns: bool,
    ) -> PyResult<Self> {
        let new_columns =
            core::NewColumns::parse(new_columns).map_err(|error| to_py_err(py, &error))?;
        let encoding = core::Encoding::parse(encoding).map_err(|error| to_py_err(py, &error))?;
        let compression =
            core::Compression::parse(compression).map_err(|error| to_py_err(py, &error))?;
        Ok(Self(core::CsvOptions {
            delimiter,
            quote,
            escape,
            comment,
            skip_lines,
            header,
            trim,
            null_values,
            values: core::ValueOptions {
                decimal,
                thousands,
                date_format,
                time_format,
                timestamp_format,
                true_values,
                false_values,
            },
            encoding,
            compression,
            new_columns,
            may_lack_columns,
        }))
    }

    /// The rule that bytes which are no text break, and what is said of them.
    fn complaint(&self) -> (&'static str, String) {
        self.0.encoding.complaint()
    }

    fn problems(&self) -> Vec<core::Problem> {
        self.0.problems()
    }
}
