//! Where the bytes of a file go.

use std::path::PathBuf;

use headrace_objectstore::SharedSink;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::error::{detached, interruptible};

/// Where the bytes of a file go: a local file, or the parts of an upload.
#[pyclass(frozen, module = "headrace._rust")]
pub(crate) struct Sink(pub(crate) SharedSink);

#[pymethods]
impl Sink {
    /// A new local file.
    #[staticmethod]
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 makes it")]
    fn file(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        detached(py, || SharedSink::file(&path)).map(Self)
    }

    /// Takes all of `data`.
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 makes it")]
    fn write(&self, py: Python<'_>, data: PyBackedBytes) -> PyResult<usize> {
        interruptible(py, || self.0.write(&data))?;
        Ok(data.len())
    }

    /// Nothing: parts go out when they are full.
    #[expect(clippy::unused_self, reason = "a file has it")]
    fn flush(&self) {}

    /// Sends what is held, where that is enough for a part; whether it was.
    fn upload_part(&self, py: Python<'_>) -> PyResult<bool> {
        interruptible(py, || self.0.send_held())
    }

    /// Ends it; how many bytes.
    fn close(&self, py: Python<'_>) -> PyResult<u64> {
        interruptible(py, || self.0.close())
    }

    /// Gives it up.
    fn abort(&self, py: Python<'_>) {
        py.detach(|| self.0.abort());
    }

    #[getter]
    fn name(&self) -> String {
        self.0.name().to_string_lossy().into_owned()
    }

    #[getter]
    fn written_bytes(&self) -> u64 {
        self.0.written_bytes()
    }

    #[getter]
    fn held_bytes(&self) -> u64 {
        self.0.held_bytes()
    }

    #[getter]
    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    #[getter]
    fn parts(&self) -> Vec<String> {
        self.0.parts().to_vec()
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Sink>()
}
