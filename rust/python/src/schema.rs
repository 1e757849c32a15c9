//! Placeholder until the schema half is merged.
use std::sync::Arc;

use pyo3::prelude::*;

#[pyclass(frozen)]
pub(crate) struct Schema(pub(crate) arrow_schema::SchemaRef);

#[pymethods]
impl Schema {
    #[new]
    fn new(py: Python<'_>, fields: Vec<(String, String, bool)>) -> PyResult<Self> {
        let fields = fields
            .into_iter()
            .map(|(name, spelling, nullable)| {
                headrace_core::types::parse(&spelling)
                    .map(|data_type| arrow_schema::Field::new(name, data_type, nullable))
            })
            .collect::<headrace_core::Result<Vec<_>>>()
            .map_err(|error| crate::error::to_py_err(py, &error))?;
        Ok(Self(Arc::new(arrow_schema::Schema::new(fields))))
    }

    #[getter]
    fn fields(&self) -> Vec<(String, String, bool)> {
        self.0
            .fields()
            .iter()
            .map(|field| {
                let spelling = headrace_core::types::spell(field.data_type()).unwrap_or_default();
                (field.name().clone(), spelling, field.is_nullable())
            })
            .collect()
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Schema>()
}
