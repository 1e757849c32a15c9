//! Rows to the schema that holds them all.

use std::collections::HashMap;

use arrow_schema::{DataType, Field, Fields, TimeUnit};
use headrace_core::{Error, ErrorKind, Location};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDate, PyDateTime, PyFloat, PyString};

use super::cell::{self, Number};
use super::{calendar, decimal_type, dicts};
use crate::error::to_py_err;
use crate::schema::{Schema, spell};

/// Digits of the widest decimal.
const MAX_DECIMAL_DIGITS: usize = 38;

/// What all values of a key seen so far have in common.
#[derive(Clone, PartialEq)]
enum Kind {
    Null,
    Bool,
    /// Digits of the longest, whether each fits an int64, and each a double exactly.
    Int {
        digits: usize,
        is_long: bool,
        is_exact: bool,
    },
    Float,
    /// Most digits before and after the point.
    Decimal {
        whole: usize,
        scale: usize,
    },
    Text,
    Date,
    Timestamp {
        zoned: bool,
    },
}

/// The narrowest schema that holds all rows: bool, int64, double, decimal, string, date, timestamp.
///
/// Columns in order of first appearance, all nullable; a column of nothing but nulls is a string.
/// Decimals get all 38 digits, the scale that the rows need.
#[pyfunction]
pub(super) fn infer_rows(rows: &Bound<'_, PyAny>) -> PyResult<Schema> {
    let py = rows.py();
    let mut columns: Vec<(String, Kind)> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for (index, row) in dicts(rows)?.iter().enumerate() {
        for (key, value) in row.iter() {
            let Ok(name) = key.cast::<PyString>().map_err(PyErr::from).and_then(|key| key.to_str())
            else {
                let message = format!("row {index} has a key that is not a string");
                return Err(to_py_err(py, &Error::new(ErrorKind::Plugin, message)));
            };
            let position = positions.get(name).copied().unwrap_or_else(|| {
                positions.insert(name.to_owned(), columns.len());
                columns.push((name.to_owned(), Kind::Null));
                columns.len() - 1
            });
            let known = &mut columns[position].1;
            let found = kind_of(&value)?;
            let joined = found.clone().and_then(|found| join(known, found));
            *known = joined.ok_or_else(|| mismatch(&value, name, known))?;
        }
    }
    let fields = columns
        .into_iter()
        .map(|(name, kind)| match data_type(&kind) {
            Some(data_type) => Ok(Field::new(name, data_type, true)),
            None => Err(too_wide(py, name)),
        })
        .collect::<PyResult<Fields>>()?;
    Ok(Schema(arrow_schema::Schema::new(fields).into()))
}

/// `None` for a value that no column type holds.
fn kind_of(value: &Bound<'_, PyAny>) -> PyResult<Option<Kind>> {
    Ok(Some(if value.is_none() {
        Kind::Null
    } else if value.is_instance_of::<PyString>() {
        Kind::Text
    } else if value.is_instance_of::<PyBool>() {
        Kind::Bool
    } else if cell::is_int(value) {
        let is_long = value.extract::<i64>().is_ok();
        // `str` of an int is refused over 4,300 digits; such an int fits nothing anyway.
        let text = value.py().get_type::<pyo3::types::PyInt>().call_method1("__repr__", (value,));
        let digits = match text {
            Ok(text) => text.extract::<String>()?.trim_start_matches('-').len(),
            Err(_) => usize::MAX,
        };
        Kind::Int { digits, is_long, is_exact: cell::double(value).is_some() }
    } else if value.is_instance_of::<PyFloat>() {
        Kind::Float
    } else if let Ok(datetime) = value.cast::<PyDateTime>() {
        Kind::Timestamp { zoned: calendar::micros(datetime)?.1.is_some() }
    } else if value.is_instance_of::<PyDate>() {
        Kind::Date
    } else if value.is_instance(decimal_type(value.py())?)? {
        match Number::parse(value.str()?.to_str()?) {
            Some(number) => Kind::Decimal { whole: number.whole_digits(), scale: number.scale() },
            None => return Ok(None),
        }
    } else {
        return Ok(None);
    }))
}

/// What holds both, or `None`.
fn join(known: &Kind, found: Kind) -> Option<Kind> {
    use Kind::{Decimal, Float, Int, Null};
    Some(match (known, found) {
        (Null, other) => other,
        (known, Null) => known.clone(),
        (
            Int { digits, is_long, is_exact },
            Int { digits: digits_2, is_long: is_long_2, is_exact: is_exact_2 },
        ) => Int {
            digits: (*digits).max(digits_2),
            is_long: *is_long && is_long_2,
            is_exact: *is_exact && is_exact_2,
        },
        (Int { is_exact: true, .. }, Float) | (Float, Int { is_exact: true, .. }) => Float,
        (Int { digits, .. }, Decimal { whole, scale }) => {
            Decimal { whole: whole.max(*digits), scale }
        }
        (Decimal { whole, scale }, Int { digits, .. }) => {
            Decimal { whole: digits.max(*whole), scale: *scale }
        }
        (Decimal { whole, scale }, Decimal { whole: whole_2, scale: scale_2 }) => {
            Decimal { whole: whole_2.max(*whole), scale: scale_2.max(*scale) }
        }
        (known, found) if *known == found => found,
        _ => return None,
    })
}

/// `None` where the digits exceed the widest decimal.
fn data_type(kind: &Kind) -> Option<DataType> {
    let widest = u8::try_from(MAX_DECIMAL_DIGITS).ok()?;
    let is_held = |whole: usize, scale: usize| whole.saturating_add(scale) <= MAX_DECIMAL_DIGITS;
    Some(match kind {
        Kind::Null | Kind::Text => DataType::Utf8,
        Kind::Bool => DataType::Boolean,
        Kind::Int { is_long: true, .. } => DataType::Int64,
        Kind::Int { digits, .. } if is_held(*digits, 0) => DataType::Decimal128(widest, 0),
        Kind::Float => DataType::Float64,
        Kind::Decimal { whole, scale } if is_held(*whole, *scale) => {
            DataType::Decimal128(widest, i8::try_from(*scale).ok()?)
        }
        Kind::Date => DataType::Date32,
        Kind::Timestamp { zoned } => {
            DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| "UTC".into()))
        }
        Kind::Int { .. } | Kind::Decimal { .. } => return None,
    })
}

fn mismatch(value: &Bound<'_, PyAny>, name: &str, known: &Kind) -> PyErr {
    let found = value.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
    let message = match data_type(known).filter(|_| *known != Kind::Null) {
        Some(known) => format!("column {name:?} holds {} and {found}", spell(&known)),
        None => format!("column {name:?} holds a {found}, which no column type does"),
    };
    let location = Location { field: Some(name.to_owned()), ..Location::default() };
    to_py_err(value.py(), &Error::new(ErrorKind::Contract, message).at(location))
}

fn too_wide(py: Python<'_>, name: String) -> PyErr {
    let message = format!("column {name:?} needs over {MAX_DECIMAL_DIGITS} digits");
    let location = Location { field: Some(name), ..Location::default() };
    to_py_err(py, &Error::new(ErrorKind::Contract, message).at(location))
}
