//! `CsvFile`: a file, and what of it is to be read.

use std::path::PathBuf;

use headrace_core::csv as core;
use pyo3::prelude::*;

/// A file of a CSV source.
#[pyclass(frozen)]
pub(super) struct CsvFile(core::CsvFile);

#[pymethods]
impl CsvFile {
    #[new]
    #[pyo3(signature = (path, *, is_stream = false, is_growing = false, read_from = None))]
    fn new(
        path: PathBuf,
        is_stream: bool,
        is_growing: bool,
        read_from: Option<(u64, u64)>,
    ) -> Self {
        let file = if is_stream { core::CsvFile::stream(path) } else { core::CsvFile::new(path) };
        let file = if is_growing { file.growing() } else { file };
        Self(match read_from {
            Some((byte_offset, line)) => file.read_from(core::FilePosition { byte_offset, line }),
            None => file,
        })
    }
}

/// A file, or its path.
#[derive(FromPyObject)]
pub(super) enum FileOrPath<'py> {
    File(PyRef<'py, CsvFile>),
    Path(PathBuf),
}

impl From<FileOrPath<'_>> for core::CsvFile {
    fn from(file: FileOrPath<'_>) -> Self {
        match file {
            FileOrPath::File(file) => file.0.clone(),
            FileOrPath::Path(path) => path.into(),
        }
    }
}
