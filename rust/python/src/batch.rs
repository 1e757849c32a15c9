//! Placeholder until the batch half is merged.
use pyo3::prelude::*;

#[pyclass(frozen)]
pub(crate) struct RecordBatch(pub(crate) arrow_array::RecordBatch);

#[pymethods]
impl RecordBatch {
    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    fn dump(&self) -> String {
        format!("{:?}", self.0)
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<RecordBatch>()
}
