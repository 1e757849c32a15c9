//! Steps between a reader and the contract.

use std::sync::{Mutex, PoisonError};

use arrow_schema::Field;
use headrace_core::transform::{self, Deduplicate, Hash, Mask, Step};
use headrace_core::{Error, types};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::batch::RecordBatch;
use crate::error::{detached, to_py_err};
use crate::schema::Schema;
use crate::validate::violations_to_py;

/// The rows that are left, which they were, and what others broke.
type Outcome<'py> = (RecordBatch, Option<Kept>, Bound<'py, PyList>);

/// A step compiled for the columns of a schema.
#[pyclass(frozen, module = "headrace._rust")]
pub(crate) struct TransformStep(Mutex<Step>);

#[pymethods]
impl TransformStep {
    /// Leaves the rows for which the condition is true.
    #[staticmethod]
    fn filter(py: Python<'_>, schema: &Schema, condition: &str) -> PyResult<Self> {
        made(py, || Step::filter(&schema.0, condition))
    }

    /// Adds or replaces columns: name and expression.
    #[staticmethod]
    #[allow(clippy::needless_pass_by_value, reason = "pyo3 extracts sequences by value")]
    fn derive(py: Python<'_>, schema: &Schema, columns: Vec<(String, String)>) -> PyResult<Self> {
        made(py, || Step::derive(&schema.0, &columns))
    }

    /// Leaves columns, each under a name: the name before and the name after.
    #[staticmethod]
    #[allow(clippy::needless_pass_by_value, reason = "pyo3 extracts sequences by value")]
    fn select(py: Python<'_>, schema: &Schema, columns: Vec<(String, String)>) -> PyResult<Self> {
        made(py, || Step::select(&schema.0, &columns))
    }

    /// Casts columns exactly: name and type.
    #[staticmethod]
    #[allow(clippy::needless_pass_by_value, reason = "pyo3 extracts sequences by value")]
    fn cast(py: Python<'_>, schema: &Schema, columns: Vec<(String, String)>) -> PyResult<Self> {
        let typed = |(name, spelling): &(String, String)| {
            Ok((name.clone(), types::field(name, spelling, true)?))
        };
        made(py, || {
            let columns: Vec<(String, Field)> =
                columns.iter().map(typed).collect::<headrace_core::Result<_>>()?;
            Step::cast(&schema.0, &columns)
        })
    }

    /// Hides the values of columns: name, and a text or how many characters stay.
    #[staticmethod]
    #[allow(clippy::needless_pass_by_value, reason = "pyo3 extracts sequences by value")]
    fn mask(py: Python<'_>, schema: &Schema, columns: Vec<(String, MaskGiven)>) -> PyResult<Self> {
        let columns: Vec<(String, Mask)> =
            columns.into_iter().map(|(name, given)| (name, given.into())).collect();
        made(py, || Step::mask(&schema.0, &columns))
    }

    /// Replaces the values of columns by hashes.
    #[staticmethod]
    #[pyo3(signature = (schema, columns, *, key = None))]
    #[allow(clippy::needless_pass_by_value, reason = "pyo3 extracts sequences by value")]
    fn hash(
        py: Python<'_>,
        schema: &Schema,
        columns: Vec<String>,
        key: Option<Vec<u8>>,
    ) -> PyResult<Self> {
        let hash = Hash::new(key.as_deref());
        let columns: Vec<(String, Hash)> =
            columns.into_iter().map(|name| (name, hash.clone())).collect();
        made(py, || Step::hash(&schema.0, &columns))
    }

    /// Leaves the first row of each key, within a budget of bytes.
    #[staticmethod]
    fn deduplicate(
        py: Python<'_>,
        schema: &Schema,
        keys: Vec<String>,
        budget: usize,
    ) -> PyResult<Self> {
        made(py, || Step::deduplicate(&schema.0, Deduplicate::new(keys, budget)))
    }

    /// Other columns for the batches to come, for a step that knows keys.
    fn rebind(&self, py: Python<'_>, schema: &Schema) -> PyResult<()> {
        detached(py, || self.0.lock().unwrap_or_else(PoisonError::into_inner).rebound(&schema.0))
    }

    /// The columns that it gives.
    #[getter]
    fn schema(&self) -> Schema {
        let step = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Schema(step.schema().clone())
    }

    fn apply<'py>(&self, py: Python<'py>, batch: &RecordBatch) -> PyResult<Outcome<'py>> {
        let outcome = detached(py, || {
            let mut step = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            step.apply(&batch.0)
        })?;
        let violations = violations_to_py(py, outcome.violations)?;
        Ok((RecordBatch(outcome.batch), outcome.kept.map(Kept), violations))
    }
}

/// A text that stands for every value, or how many characters stay.
#[derive(FromPyObject)]
enum MaskGiven {
    Fixed(String),
    KeepLast(usize),
}

impl From<MaskGiven> for Mask {
    fn from(given: MaskGiven) -> Self {
        match given {
            MaskGiven::Fixed(text) => Self::Fixed(text),
            MaskGiven::KeepLast(kept) => Self::KeepLast(kept),
        }
    }
}

/// Which rows of a batch were kept, as a sequence that holds no Python object.
#[pyclass(frozen, sequence, module = "headrace._rust")]
pub(crate) struct Kept(Vec<u32>);

#[pymethods]
impl Kept {
    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __getitem__(&self, row: usize) -> PyResult<u32> {
        self.0.get(row).copied().ok_or_else(|| PyIndexError::new_err(row))
    }
}

fn made(
    py: Python<'_>,
    make: impl FnOnce() -> headrace_core::Result<Step>,
) -> PyResult<TransformStep> {
    let step = make().map_err(|error: Error| to_py_err(py, &error))?;
    Ok(TransformStep(Mutex::new(step)))
}

/// Refuses what is wrong with an expression whatever the columns are.
#[pyfunction]
fn check_expression(py: Python<'_>, text: &str) -> PyResult<()> {
    transform::check(text).map_err(|error| to_py_err(py, &error))
}

/// Functions of expressions: name, arguments, what they give.
#[pyfunction]
fn expression_functions() -> Vec<(&'static str, &'static str, &'static str)> {
    transform::functions().collect()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<TransformStep>()?;
    module.add_class::<Kept>()?;
    module.add_function(wrap_pyfunction!(check_expression, module)?)?;
    module.add_function(wrap_pyfunction!(expression_functions, module)?)
}
