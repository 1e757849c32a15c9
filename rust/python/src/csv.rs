//! CSV across the border: files to batches, blocks beside Python's parser, text to batches.
//!
//! - `file`: `CsvFile`.
//! - `options`: `CsvOptions`.
//! - `reader`: `CsvReader`, `CsvBatch` and `infer_csv`.
//! - `scanner`: `CsvScanner` and `CsvBlock`.
//! - `text`: `batch_from_text`.

mod file;
mod options;
mod reader;
mod scanner;
mod text;

use pyo3::prelude::*;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<file::CsvFile>()?;
    module.add_class::<options::CsvOptions>()?;
    module.add_class::<reader::CsvReader>()?;
    module.add_class::<reader::CsvBatch>()?;
    module.add_class::<scanner::CsvScanner>()?;
    module.add_class::<scanner::CsvBlock>()?;
    module.add_function(wrap_pyfunction!(reader::infer_csv, module)?)?;
    module.add_function(wrap_pyfunction!(text::batch_from_text, module)?)
}
