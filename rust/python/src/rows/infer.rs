//! Rows to the schema that holds them all.

use std::collections::HashMap;

use arrow_schema::Fields;
use headrace_core::kind::{Clash, Kind, join_members};
use headrace_core::{Error, ErrorKind, Location};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDate, PyDateTime, PyFloat, PyInt, PyString, PyTime,
};

use super::cell::{self, Number};
use super::nested::{mapping, sequence};
use super::{calendar, decimal_type, dicts, uuid_type};
use crate::error::to_py_err;
use crate::schema::Schema;

/// Values within values; more would let a row that holds itself exhaust the stack.
const MAX_DEPTH: usize = 64;

/// Digits of a second that Python's times have.
const MICRO_DIGITS: usize = 6;

/// The narrowest schema that holds all rows: bool, int64, double, decimal, string, binary, uuid,
/// date, time, timestamp, and of lists and dicts list and struct.
///
/// Columns in order of first appearance, all nullable; a column of nothing but nulls is a string.
/// Decimals get all 38 digits, the scale that the rows need. Times are microseconds.
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
            let found = kind_of(&value, 0)?;
            let joined = found.and_then(|found| columns[position].1.join(found));
            joined.map_err(|clash| mismatch(py, clash.within_key(name)))?;
        }
    }
    let fields = columns.iter().map(|(name, kind)| kind.field(name, true));
    let fields = fields.collect::<Result<Fields, _>>().map_err(|clash| mismatch(py, clash))?;
    Ok(Schema(arrow_schema::Schema::new(fields).into()))
}

/// The kind of a value; the inner error is of one that no column type holds.
fn kind_of(value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Result<Kind, Clash>> {
    Ok(Ok(if value.is_none() {
        Kind::Null
    } else if value.is_instance_of::<PyString>() {
        Kind::Text
    } else if value.is_instance_of::<PyBool>() {
        Kind::Bool
    } else if cell::is_int(value) {
        int(value)?
    } else if value.is_instance_of::<PyFloat>() {
        Kind::Float
    } else if let Ok(datetime) = value.cast::<PyDateTime>() {
        let is_zoned = calendar::micros(datetime)?.1.is_some();
        Kind::Timestamp { digits: MICRO_DIGITS, is_zoned }
    } else if value.is_instance_of::<PyDate>() {
        Kind::Date
    } else if value.is_instance_of::<PyTime>() {
        Kind::Time { digits: MICRO_DIGITS }
    } else if value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() {
        Kind::Bytes
    } else if value.is_instance(decimal_type(value.py())?)? {
        match Number::parse(value.str()?.to_str()?) {
            Some(number) => Kind::Decimal { whole: number.whole_digits(), scale: number.scale() },
            None => return Ok(Err(unheld(value)?)),
        }
    } else {
        return nested(value, depth);
    }))
}

/// The kind of a list or dict, and of a UUID, which is the rarest.
fn nested(value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Result<Kind, Clash>> {
    if depth == MAX_DEPTH {
        let what = format!("holds values nested more than {MAX_DEPTH} deep");
        return Ok(Err(Clash { path: String::new(), what }));
    }
    if let Some(items) = sequence(value) {
        let mut joined = Kind::Null;
        for (index, item) in items.iter().enumerate() {
            let found = kind_of(item, depth + 1)?;
            if let Err(clash) = found.and_then(|found| joined.join(found)) {
                return Ok(Err(clash.within_key(&format!("[{index}]"))));
            }
        }
        return Ok(Ok(Kind::List(Box::new(joined))));
    }
    if let Some(dict) = mapping(value)? {
        let mut members = Vec::with_capacity(dict.len());
        for (key, item) in dict.iter() {
            let Ok(name) = key.extract::<String>() else {
                let what = "holds a dict with a key that is not a string".to_owned();
                return Ok(Err(Clash { path: String::new(), what }));
            };
            match kind_of(&item, depth + 1)? {
                Ok(kind) => members.push((name, kind)),
                Err(clash) => return Ok(Err(clash.within_key(&name))),
            }
        }
        let mut joined = Vec::new();
        return Ok(join_members(&mut joined, members).map(|()| Kind::Struct(joined)));
    }
    if value.is_instance(uuid_type(value.py())?)? {
        Ok(Ok(Kind::Uuid))
    } else {
        Ok(Err(unheld(value)?))
    }
}

fn int(value: &Bound<'_, PyAny>) -> PyResult<Kind> {
    let is_long = value.extract::<i64>().is_ok();
    // `str` of an int is refused over 4,300 digits; such an int fits nothing anyway.
    let text = value.py().get_type::<PyInt>().call_method1("__repr__", (value,));
    let digits = match text {
        Ok(text) => text.extract::<String>()?.trim_start_matches('-').len(),
        Err(_) => usize::MAX,
    };
    Ok(Kind::Int { digits, is_long, is_exact: cell::double(value).is_some() })
}

fn unheld(value: &Bound<'_, PyAny>) -> PyResult<Clash> {
    let what = format!("holds a {}, which no column type does", value.get_type().name()?);
    Ok(Clash { path: String::new(), what })
}

fn mismatch(py: Python<'_>, clash: Clash) -> PyErr {
    let Clash { path, what } = clash;
    let message = format!("column {path:?} {what}");
    let location = Location { field: Some(path), ..Location::default() };
    to_py_err(py, &Error::new(ErrorKind::Contract, message).at(location))
}
