//! The contract's rules.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use arrow_schema::{DataType, Field};
use headrace_core::reject::Violation;
use headrace_core::validate::{self, ColumnRules};
use headrace_core::{Error, ErrorKind, Location, types};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping};

use crate::batch::RecordBatch;
use crate::error::{detached, to_py_err};

/// Field, rule, value, message.
type ViolationTuple = (Option<String>, &'static str, Option<String>, String);

/// Name, type, options.
type Given<'py> = (String, String, Bound<'py, PyMapping>);

/// The compiled rules of a contract. Keeps the keys of `unique` fields across batches.
#[pyclass(frozen, module = "headrace._rust")]
pub(crate) struct Validator(Mutex<validate::Validator>);

#[pymethods]
impl Validator {
    #[new]
    #[pyo3(signature = (rules, *, unique_bytes, bad_rows_pass = false))]
    #[allow(clippy::needless_pass_by_value, reason = "pyo3 extracts sequences by value")]
    fn new(
        py: Python<'_>,
        rules: Vec<Given<'_>>,
        unique_bytes: usize,
        bad_rows_pass: bool,
    ) -> PyResult<Self> {
        let rules = all_rules(&rules)?;
        let compiled = detached(py, || validate::Validator::compile(&rules, unique_bytes))?;
        Ok(Self(Mutex::new(compiled.with_bad_rows_passing(bad_rows_pass))))
    }

    /// Other rules for the batches to come.
    #[allow(clippy::needless_pass_by_value, reason = "pyo3 extracts sequences by value")]
    fn evolve(&self, py: Python<'_>, rules: Vec<Given<'_>>) -> PyResult<()> {
        let rules = all_rules(&rules)?;
        detached(py, || {
            let mut validator = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            validator.evolve(&rules)
        })
    }

    /// How many rows break a rule.
    fn count(&self, py: Python<'_>, batch: &RecordBatch) -> PyResult<usize> {
        detached(py, || {
            let mut validator = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            validator.count(&batch.0)
        })
    }

    fn validate(&self, py: Python<'_>, batch: &RecordBatch) -> PyResult<Verdict> {
        detached(py, || {
            let mut validator = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            validator.validate(&batch.0).map(Verdict)
        })
    }
}

/// What a batch's rows are worth.
#[pyclass(frozen, module = "headrace._rust")]
pub(crate) struct Verdict(validate::Verdict);

#[pymethods]
impl Verdict {
    /// The same batch where nothing is wrong.
    #[getter]
    fn valid(&self) -> RecordBatch {
        RecordBatch(self.0.valid.clone())
    }

    /// Row index in the batch, and what the row breaks.
    #[getter]
    fn violations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        violations_to_py(py, self.0.violations.clone())
    }
}

fn all_rules(rules: &[Given<'_>]) -> PyResult<Vec<ColumnRules>> {
    let compiled =
        rules.iter().map(|(name, spelling, options)| column_rules(name, spelling, options));
    compiled.collect()
}

fn column_rules(
    name: &str,
    spelling: &str,
    options: &Bound<'_, PyMapping>,
) -> PyResult<ColumnRules> {
    let field =
        types::field(name, spelling, true).map_err(|error| to_py_err(options.py(), &error))?;
    rules_of(field, options)
}

fn rules_of(field: Field, options: &Bound<'_, PyMapping>) -> PyResult<ColumnRules> {
    let py = options.py();
    let mut rules = ColumnRules::of(field);
    let given = PyDict::new(py);
    given.update(options)?;
    for (option, value) in given.iter() {
        let option: String = option.extract()?;
        match option.as_str() {
            "required" => rules.required = value.extract()?,
            "unique" => rules.unique = value.extract()?,
            "primary_key" => rules.primary_key = value.extract()?,
            "enum" => rules.allowed = value.extract()?,
            "pattern" => rules.pattern = value.extract()?,
            "format" => rules.format = value.extract()?,
            "minimum" => rules.minimum = value.extract()?,
            "maximum" => rules.maximum = value.extract()?,
            "exclusiveMinimum" => rules.exclusive_minimum = value.extract()?,
            "exclusiveMaximum" => rules.exclusive_maximum = value.extract()?,
            "multipleOf" => rules.multiple_of = value.extract()?,
            "minLength" => rules.min_length = value.extract()?,
            "maxLength" => rules.max_length = value.extract()?,
            "minItems" => rules.min_items = value.extract()?,
            "maxItems" => rules.max_items = value.extract()?,
            "uniqueItems" => rules.unique_items = value.extract()?,
            "minProperties" => rules.min_properties = value.extract()?,
            "maxProperties" => rules.max_properties = value.extract()?,
            "requiredProperties" => rules.required_properties = value.extract()?,
            "items" => rules.items = Some(Box::new(items(&rules, &value)?)),
            "properties" => rules.properties = properties(&rules, &value)?,
            _ => return Err(unknown(py, rules.field.name(), option)),
        }
    }
    Ok(rules)
}

/// The rules of a list's items; of another type they are refused when they are compiled.
fn items(rules: &ColumnRules, options: &Bound<'_, PyAny>) -> PyResult<ColumnRules> {
    let field = match rules.field.data_type() {
        DataType::List(item) => item.as_ref().clone(),
        _ => Field::new("item", DataType::Null, true),
    };
    rules_of(field, options.cast()?)
}

/// The rules of a struct's members by name; as above.
fn properties(rules: &ColumnRules, options: &Bound<'_, PyAny>) -> PyResult<Vec<ColumnRules>> {
    let given: BTreeMap<String, Bound<'_, PyMapping>> = options.extract()?;
    let members = given.into_iter().map(|(name, options)| {
        let known = match rules.field.data_type() {
            DataType::Struct(fields) => fields.find(&name).map(|(_, field)| field.as_ref().clone()),
            _ => None,
        };
        rules_of(known.unwrap_or_else(|| Field::new(name, DataType::Null, true)), &options)
    });
    members.collect()
}

fn unknown(py: Python<'_>, name: &str, option: String) -> PyErr {
    let message = format!("field {name:?}: there is no rule {option:?}");
    let field = Some(name.to_owned());
    let location = Location { field, rule: Some(option), ..Location::default() };
    to_py_err(py, &Error::new(ErrorKind::Config, message).at(location))
}

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

/// Formats of strings that are checked: name, what is asked.
#[pyfunction]
fn string_formats() -> Vec<(&'static str, &'static str)> {
    validate::FORMATS.to_vec()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(string_formats, module)?)?;
    module.add_class::<Validator>()?;
    module.add_class::<Verdict>()
}
