//! Arrow data owned by the core; importable by anyone through the `PyCapsule` interface.

pub(crate) mod capsule;

use arrow_schema::ffi::FFI_ArrowSchema;
use headrace_core::parquet::{self, stored};
use headrace_core::{Error, ErrorKind, Result, partition, project, validate};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};

use crate::error::{detached, to_py_err};
use crate::rows;
use crate::schema::{Schema, foreign};

/// Arrow data owned by the core; importable by anyone through the `PyCapsule` interface.
#[pyclass(frozen, module = "headrace._rust")]
#[derive(Clone)]
pub(crate) struct RecordBatch(pub(crate) arrow_array::RecordBatch);

/// The values of the partition columns, and the rows that have them.
type Part = (Vec<Option<String>>, RecordBatch);

/// The values of Iceberg's partitions, their names and values in folders, and the rows.
type TermPart = (Vec<Option<String>>, Vec<(String, String)>, RecordBatch);

#[pymethods]
impl RecordBatch {
    /// The batch of anything with `__arrow_c_array__`, zero copy.
    #[staticmethod]
    fn from_arrow(source: &Bound<'_, PyAny>) -> PyResult<Self> {
        capsule::import_batch(source).map(Self)
    }

    /// The batches of anything with `__arrow_c_stream__`, zero copy.
    #[staticmethod]
    fn list_from_arrow(source: &Bound<'_, PyAny>) -> PyResult<Vec<Self>> {
        Ok(capsule::import_stream(source)?.into_iter().map(Self).collect())
    }

    /// Rows that fit as Arrow, their indices, and what the others broke.
    #[staticmethod]
    fn from_rows<'py>(
        rows: &Bound<'py, PyAny>,
        schema: &Schema,
    ) -> PyResult<(Self, Vec<usize>, Bound<'py, PyList>)> {
        rows::build(rows, schema)
    }

    fn to_rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        rows::read(py, &self.0)
    }

    #[getter]
    fn num_rows(&self) -> usize {
        self.0.num_rows()
    }

    /// Memory of these rows [bytes]; of a slice, only its own part.
    #[getter]
    fn nbytes(&self) -> usize {
        headrace_core::parquet::batch_bytes(&self.0)
    }

    #[getter]
    fn schema(&self) -> Schema {
        Schema(self.0.schema())
    }

    /// The rows of all batches as one, copied; there must be one at least.
    #[staticmethod]
    #[allow(clippy::needless_pass_by_value, reason = "PyO3 makes it")]
    fn concat(py: Python<'_>, batches: Vec<PyRef<'_, Self>>) -> PyResult<Self> {
        let batches: Vec<_> = batches.iter().map(|batch| batch.0.clone()).collect();
        detached(py, || parquet::joined(&batches).map(Self))
    }

    fn slice(&self, py: Python<'_>, offset: usize, length: usize) -> PyResult<Self> {
        if offset.checked_add(length).is_none_or(|end| end > self.0.num_rows()) {
            let rows = self.0.num_rows();
            let message = format!("rows {offset} + {length} are outside a batch of {rows}");
            return Err(to_py_err(py, &Error::new(ErrorKind::Internal, message)));
        }
        Ok(Self(self.0.slice(offset, length)))
    }

    /// The rows as a Parquet file of `schema` stores them.
    fn for_parquet(&self, py: Python<'_>, schema: &Schema) -> PyResult<Self> {
        detached(py, || stored(self.0.clone(), &schema.0).map(Self))
    }

    /// The same columns with the nullability of `schema`.
    fn with_schema(&self, py: Python<'_>, schema: &Schema) -> PyResult<Self> {
        headrace_core::parquet::conform(&self.0, &schema.0)
            .map(Self)
            .map_err(|error| to_py_err(py, &error))
    }

    /// The columns of `schema` by name; what is missing is null, what is more is left out.
    fn project(&self, py: Python<'_>, schema: &Schema) -> PyResult<Self> {
        project::project(&self.0, &schema.0).map(Self).map_err(|error| to_py_err(py, &error))
    }

    /// The batch without the rows at these indices.
    fn without_rows(&self, py: Python<'_>, rows: Vec<usize>) -> PyResult<Self> {
        validate::without_rows(&self.0, rows).map(Self).map_err(|error| to_py_err(py, &error))
    }

    /// The nulls of the column of that name; 0 where there is none.
    fn null_count(&self, column: &str) -> usize {
        self.0.column_by_name(column).map_or(0, |array| array.logical_null_count())
    }

    /// The names of the columns that hold a null.
    fn null_columns(&self) -> Vec<&str> {
        project::null_columns(&self.0)
    }

    /// One batch for each combination of values, in order of first appearance.
    #[allow(clippy::needless_pass_by_value, reason = "pyo3 extracts sequences by value")]
    fn partition_by(&self, py: Python<'_>, columns: Vec<String>) -> PyResult<Vec<Part>> {
        let parts = detached(py, || partition::partition_by(&self.0, &columns))?;
        Ok(parts.into_iter().map(|part| (part.values, Self(part.batch))).collect())
    }

    /// One batch for each combination of Iceberg's partitions, in order of first appearance.
    #[allow(clippy::needless_pass_by_value, reason = "pyo3 extracts sequences by value")]
    fn partition_by_terms(&self, py: Python<'_>, terms: Vec<String>) -> PyResult<Vec<TermPart>> {
        let parts =
            detached(py, || partition::partition_by_terms(&self.0, &parsed_terms(&terms)?))?;
        Ok(parts.into_iter().map(|part| (part.values, part.folders, Self(part.batch))).collect())
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        // The interface lets a producer answer in its own types; the consumer compares.
        drop(requested_schema);
        capsule::export_batch(py, &self.0)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let exported = FFI_ArrowSchema::try_from(self.0.schema_ref().as_ref())
            .map_err(|error| to_py_err(py, &foreign(&error)))?;
        PyCapsule::new_with_value(py, exported, capsule::SCHEMA)
    }

    fn __len__(&self) -> usize {
        self.0.num_rows()
    }
}

pub(crate) fn parsed_terms(terms: &[String]) -> Result<Vec<partition::Term>> {
    terms.iter().map(|term| term.parse()).collect()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<RecordBatch>()
}
