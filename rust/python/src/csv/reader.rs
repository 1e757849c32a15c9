//! `CsvReader`, `CsvBatch` and `infer_csv`.

use std::ffi::OsString;
use std::sync::Mutex;

use headrace_core::csv as core;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

use super::file::FileOrPath;
use super::options::{CsvOptions, locked};
use crate::batch::RecordBatch;
use crate::error::{detached, to_py_err};
use crate::reject::{RejectedRecord, rejected};
use crate::schema::Schema;

#[pyclass(frozen)]
pub(super) struct CsvReader(Mutex<core::CsvReader>);

#[pymethods]
impl CsvReader {
    #[new]
    #[pyo3(signature = (files, schema, options, *, batch_rows = 10_000, batch_bytes = 4 << 20))]
    fn new(
        py: Python<'_>,
        files: Vec<FileOrPath<'_>>,
        schema: &Schema,
        options: &CsvOptions,
        batch_rows: usize,
        batch_bytes: usize,
    ) -> PyResult<Self> {
        core::CsvReader::new(files, &schema.0, options.0.clone(), batch_rows, batch_bytes)
            .map(|reader| Self(Mutex::new(reader)))
            .map_err(|error| to_py_err(py, &error))
    }

    fn next_batch(&self, py: Python<'_>) -> PyResult<Option<CsvBatch>> {
        let batch = detached(py, || locked(&self.0)?.next_batch())?;
        Ok(batch.map(CsvBatch))
    }
}

#[pyclass(frozen)]
pub(super) struct CsvBatch(core::CsvBatch);

#[pymethods]
impl CsvBatch {
    #[getter]
    fn batch(&self) -> RecordBatch {
        RecordBatch(self.0.batch.clone())
    }

    #[getter]
    fn rejects(&self) -> Vec<RejectedRecord> {
        rejected(&self.0.rejects)
    }

    #[getter]
    fn num_records(&self) -> usize {
        self.0.num_records
    }

    #[getter]
    fn path(&self) -> OsString {
        self.0.path.clone().into_os_string()
    }

    #[getter]
    fn left_out(&self) -> Vec<String> {
        self.0.left_out.clone()
    }

    #[getter]
    fn end(&self) -> (u64, u64) {
        (self.0.end.byte_offset, self.0.end.line)
    }

    #[getter]
    fn last_of_file(&self) -> bool {
        self.0.last_of_file
    }

    fn position(&self, row: usize) -> PyResult<(u64, u64)> {
        self.0.position(row).ok_or_else(|| PyIndexError::new_err(format!("there is no row {row}")))
    }
}

#[pyfunction]
#[pyo3(signature = (files, options, *, sample_rows = 10_000))]
pub(super) fn infer_csv(
    py: Python<'_>,
    files: Vec<FileOrPath<'_>>,
    options: &CsvOptions,
    sample_rows: usize,
) -> PyResult<Schema> {
    let files: Vec<_> = files.into_iter().map(Into::into).collect();
    detached(py, || core::infer_csv(&files, &options.0, sample_rows)).map(Schema)
}
