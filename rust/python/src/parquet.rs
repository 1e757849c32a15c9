//! One Parquet file being written.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use headrace_core::parquet::{FieldIds, FileOptions, FileWriter, Footer, Progress};
use headrace_core::{Error, ErrorKind, Location, Result};
use headrace_objectstore::SharedSink;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::batch::RecordBatch;
use crate::error::{detached, interruptible, to_py_err};
use crate::schema::Schema;
use crate::sink::Sink;

/// Where a file goes.
#[derive(FromPyObject)]
enum PathOrSink<'py> {
    Sink(Bound<'py, Sink>),
    Path(std::path::PathBuf),
}

/// One Parquet file being written; row groups are encoded in parallel and appended in order.
#[pyclass(frozen, module = "headrace._rust")]
pub(crate) struct ParquetFile {
    path: std::path::PathBuf,
    sink: Option<SharedSink>,
    /// Absent once the file is closed or aborted.
    writer: Mutex<Option<FileWriter>>,
    progress: Arc<Progress>,
}

#[pymethods]
impl ParquetFile {
    #[new]
    #[pyo3(signature = (place, schema, *, compression="zstd", row_group_bytes=4 << 20, metadata=None, field_ids=None))]
    fn new(
        py: Python<'_>,
        place: PathOrSink<'_>,
        schema: &Schema,
        compression: &str,
        row_group_bytes: usize,
        metadata: Option<BTreeMap<String, String>>,
        field_ids: Option<FieldIds>,
    ) -> PyResult<Self> {
        let (path, sink) = match place {
            PathOrSink::Sink(sink) => {
                (sink.get().0.name().to_path_buf(), Some(sink.get().0.clone()))
            }
            PathOrSink::Path(path) => (path, None),
        };
        let options = FileOptions {
            path: path.clone(),
            schema: Arc::clone(&schema.0),
            compression: compression.parse().map_err(|error| to_py_err(py, &error))?,
            row_group_bytes,
            metadata: metadata.unwrap_or_default().into_iter().collect(),
            field_ids: field_ids.unwrap_or_default(),
        };
        let writer = detached(py, || match &sink {
            Some(sink) => FileWriter::over(Box::new(sink.clone()), options),
            None => FileWriter::create(options),
        })?;
        let progress = writer.progress();
        Ok(Self { path, sink, writer: Mutex::new(Some(writer)), progress })
    }

    fn write(&self, py: Python<'_>, batch: &RecordBatch) -> PyResult<()> {
        interruptible(py, || self.with_writer(|writer| writer.write(&batch.0)))
    }

    #[getter]
    fn num_rows(&self) -> u64 {
        self.progress.rows()
    }

    #[getter]
    fn buffered_bytes(&self) -> u64 {
        self.progress.buffered_bytes()
    }

    #[getter]
    fn written_bytes(&self) -> u64 {
        self.progress.written_bytes()
    }

    /// Ends the row group.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        interruptible(py, || self.with_writer(FileWriter::flush))
    }

    /// Rows and bytes of the file, which is on the disk then.
    fn close(&self, py: Python<'_>) -> PyResult<(u64, u64)> {
        interruptible(py, || {
            let summary = self.take().ok_or_else(|| self.closed())?.close()?;
            Ok((summary.rows, summary.bytes))
        })
    }

    /// Drops what is in flight and gives up the sink; a local file stays on the disk.
    fn abort(&self, py: Python<'_>) -> PyResult<()> {
        interruptible(py, || {
            // First, for row groups may wait in it.
            if let Some(sink) = &self.sink {
                sink.abort();
            }
            if let Some(writer) = self.take() {
                writer.abort();
            }
            Ok(())
        })
    }
}

impl ParquetFile {
    // Only ever called detached: a thread that waits for this lock must not hold the interpreter.
    fn with_writer(&self, work: impl FnOnce(&mut FileWriter) -> Result<()>) -> Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        work(writer.as_mut().ok_or_else(|| self.closed())?)
    }

    fn take(&self) -> Option<FileWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn closed(&self) -> Error {
        let message = format!("cannot write {}: the file is closed", self.path.display());
        Error::new(ErrorKind::Write, message)
            .at(Location { path: Some(self.path.clone()), ..Location::default() })
    }
}

/// Path, id, compressed size [bytes], values, nulls, NaNs, lower and upper bound of a leaf.
type Column<'py> = (
    String,
    Option<i32>,
    u64,
    u64,
    Option<u64>,
    Option<u64>,
    Option<Bound<'py, PyBytes>>,
    Option<Bound<'py, PyBytes>>,
);

/// What the footer of a Parquet file says of its columns.
#[pyclass(frozen, module = "headrace._rust")]
pub(crate) struct ParquetFooter(Footer);

#[pymethods]
impl ParquetFooter {
    /// Of a file's last bytes.
    #[new]
    #[allow(clippy::needless_pass_by_value, reason = "PyO3 makes it")]
    fn new(py: Python<'_>, tail: PyBackedBytes) -> PyResult<Self> {
        detached(py, || Footer::read(&tail)).map(Self)
    }

    /// How many of a file's last bytes it takes, as the last eight say.
    #[staticmethod]
    fn needed(py: Python<'_>, tail: &[u8]) -> PyResult<usize> {
        Footer::needed(tail).map_err(|error| to_py_err(py, &error))
    }

    #[getter]
    fn rows(&self) -> u64 {
        self.0.rows
    }

    #[getter]
    fn split_offsets(&self) -> Vec<i64> {
        self.0.split_offsets.clone()
    }

    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> Vec<Column<'py>> {
        let bytes = |found: &Option<Vec<u8>>| found.as_ref().map(|found| PyBytes::new(py, found));
        let columns = self.0.columns.iter();
        columns
            .map(|c| {
                let (lower, upper) = (bytes(&c.lower), bytes(&c.upper));
                (c.path.clone(), c.field_id, c.bytes, c.values, c.nulls, c.nans, lower, upper)
            })
            .collect()
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<ParquetFooter>()?;
    module.add_class::<ParquetFile>()
}
