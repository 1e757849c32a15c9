//! Columns in order, and their way through the Arrow `PyCapsule` interface.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{Field, Fields, SchemaRef};
pub(crate) use headrace_core::foreign::fault as foreign;
use headrace_core::foreign::plain;
use headrace_core::parquet::{FieldIds, stored_schema, with_field_ids};
use headrace_core::{partition, types};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::batch::capsule;
use crate::batch::parsed_terms;
use crate::error::to_py_err;

/// Columns in order; type spellings are pyarrow's.
#[pyclass(frozen, module = "headrace._rust")]
#[derive(Clone)]
pub(crate) struct Schema(pub(crate) SchemaRef);

#[pymethods]
impl Schema {
    #[new]
    #[allow(clippy::needless_pass_by_value, reason = "pyo3 extracts sequences by value")]
    fn new(py: Python<'_>, fields: Vec<(String, String, bool)>) -> PyResult<Self> {
        let fields = fields
            .iter()
            .map(|(name, spelling, nullable)| types::field(name, spelling, *nullable))
            .collect::<headrace_core::Result<Fields>>()
            .map_err(|error| to_py_err(py, &error))?;
        Ok(Self(Arc::new(arrow_schema::Schema::new(fields))))
    }

    /// The schema of anything with `__arrow_c_schema__`; metadata is dropped.
    #[staticmethod]
    fn from_arrow(source: &Bound<'_, PyAny>) -> PyResult<Self> {
        let fields = capsule::import_schema(source)?;
        Ok(Self(Arc::new(arrow_schema::Schema::new(plain(&fields)))))
    }

    /// Name, type and nullability of each column.
    #[getter]
    fn fields(&self) -> Vec<(String, String, bool)> {
        let fields = self.0.fields().iter();
        fields
            .map(|field| (field.name().clone(), types::spelled(field), field.is_nullable()))
            .collect()
    }

    /// The columns of both whose type here does not hold all that the type there may.
    fn too_narrow_for(&self, other: &Self) -> Vec<String> {
        let holds = |there: &Field| {
            self.0.field_with_name(there.name()).map_or(true, |here| types::holds(here, there))
        };
        let fields = other.0.fields().iter();
        fields.filter(|there| !holds(there)).map(|there| there.name().clone()).collect()
    }

    /// Refuses a column whose values cannot name a partition.
    fn check_partition(&self, py: Python<'_>, column: &str) -> PyResult<()> {
        let field =
            self.0.field_with_name(column).map_err(|error| to_py_err(py, &foreign(&error)))?;
        partition::check_column(field).map_err(|error| to_py_err(py, &error))
    }

    /// Refuses terms of Iceberg's partitions that these columns do not fit.
    #[allow(clippy::needless_pass_by_value, reason = "pyo3 extracts sequences by value")]
    fn check_partition_terms(&self, py: Python<'_>, terms: Vec<String>) -> PyResult<()> {
        parsed_terms(&terms)
            .and_then(|terms| partition::check_terms(&self.0, &terms))
            .map_err(|error| to_py_err(py, &error))
    }

    /// The columns of a Parquet file of these: seconds are milliseconds there.
    fn for_parquet(&self) -> Self {
        Self(stored_schema(&self.0))
    }

    /// The same columns, with ids by their paths: what pyarrow writes them with.
    #[allow(clippy::needless_pass_by_value, reason = "PyO3 makes it")]
    fn with_field_ids(&self, ids: FieldIds) -> Self {
        Self(with_field_ids(&self.0, &ids))
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let exported = FFI_ArrowSchema::try_from(self.0.as_ref())
            .map_err(|error| to_py_err(py, &foreign(&error)))?;
        PyCapsule::new_with_value(py, exported, capsule::SCHEMA)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().0 == self.0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.fields().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        let spelled = self.fields().into_iter().map(|(name, data_type, nullable)| {
            format!("{name}: {data_type}{}", if nullable { "" } else { " not null" })
        });
        format!("Schema({})", spelled.collect::<Vec<_>>().join(", "))
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Schema>()
}
