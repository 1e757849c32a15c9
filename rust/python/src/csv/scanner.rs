//! `CsvScanner` and `CsvBlock`.

use std::sync::Mutex;

use headrace_core::csv as core;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::file::FileOrPath;
use super::options::{CsvOptions, locked};
use crate::error::detached;
use crate::schema::Schema;

#[pyclass(frozen)]
pub(super) struct CsvScanner {
    header: Option<Vec<String>>,
    scanner: Mutex<core::CsvScanner>,
}

#[pymethods]
impl CsvScanner {
    #[new]
    #[pyo3(signature = (
        file, options, *, width = None, block_rows = 10_000, block_bytes = 4 << 20,
    ))]
    fn new(
        py: Python<'_>,
        file: FileOrPath<'_>,
        options: &CsvOptions,
        width: Option<usize>,
        block_rows: usize,
        block_bytes: usize,
    ) -> PyResult<Self> {
        let (options, file) = (&options.0, core::CsvFile::from(file));
        let scanner = detached(py, || match width {
            Some(width) => {
                core::CsvScanner::open_headless(file, options, width, block_rows, block_bytes)
            }
            None => core::CsvScanner::open(file, options, block_rows, block_bytes),
        })?;
        let header = scanner.header().map(<[String]>::to_vec);
        Ok(Self { header, scanner: Mutex::new(scanner) })
    }

    #[getter]
    fn header(&self) -> Option<Vec<String>> {
        self.header.clone()
    }

    /// The columns that batches have, the index in a record of each, and those left out.
    fn columns(
        &self,
        py: Python<'_>,
        schema: &Schema,
        options: &CsvOptions,
    ) -> PyResult<(Schema, Vec<usize>, Vec<String>)> {
        let found = detached(py, || locked(&self.scanner)?.columns(&schema.0, &options.0))?;
        Ok((Schema(found.schema), found.columns, found.left_out))
    }

    fn next_block(&self, py: Python<'_>) -> PyResult<Option<CsvBlock>> {
        let block = detached(py, || locked(&self.scanner)?.next_block())?;
        Ok(block.map(CsvBlock))
    }
}

/// Bytes, and where each record is in them.
type Trimmed<'py> = (Bound<'py, PyBytes>, Vec<(usize, usize)>);

#[pyclass(frozen)]
pub(super) struct CsvBlock(core::CsvBlock);

#[pymethods]
impl CsvBlock {
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.data)
    }

    #[getter]
    fn num_records(&self) -> usize {
        self.0.spans.len()
    }

    #[getter]
    fn end(&self) -> (u64, u64) {
        (self.0.end.byte_offset, self.0.end.line)
    }

    #[getter]
    fn last_of_file(&self) -> bool {
        self.0.last_of_file
    }

    #[getter]
    fn trimmed<'py>(&self, py: Python<'py>) -> Option<Trimmed<'py>> {
        let (text, spans) = self.0.trimmed.as_ref()?;
        Some((PyBytes::new(py, text), spans.iter().map(|span| (span.start, span.end)).collect()))
    }

    #[getter]
    fn settled_nulls(&self) -> Vec<(usize, usize, bool)> {
        self.0.settled_nulls.clone()
    }

    fn spans(&self) -> Vec<(usize, usize, u64, u64)> {
        let spans = self.0.spans.iter();
        spans.map(|span| (span.start, span.end, span.line, span.byte_offset)).collect()
    }
}
