//! The contract's rules.

use std::collections::BTreeMap;

use headrace_core::reject::Violation;
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Field, rule, value, message.
type ViolationTuple = (Option<String>, &'static str, Option<String>, String);

/// Violations by row, as they cross to Python.
pub(crate) fn violations_to_py(
    py: Python<'_>,
    violations: BTreeMap<usize, Vec<Violation>>,
) -> PyResult<Bound<'_, PyList>> {
    let tuple = |violation: Violation| -> ViolationTuple {
        (violation.field, violation.rule, violation.value, violation.message)
    };
    let rows = violations
        .into_iter()
        .map(|(row, broken)| (row, broken.into_iter().map(tuple).collect::<Vec<_>>()));
    PyList::new(py, rows.collect::<Vec<_>>())
}

pub(crate) fn register(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
