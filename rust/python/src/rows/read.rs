//! A batch to rows of Python values.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch};
use arrow_schema::{DataType, Field, TimeUnit};
use headrace_core::{Error, ErrorKind, Location};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTzInfo};

use super::{calendar, decimal_type};
use crate::error::to_py_err;

type Cell<'a, 'py> = Box<dyn Fn(usize) -> PyResult<Bound<'py, PyAny>> + 'a>;

/// The rows of `batch` as dicts.
pub(crate) fn read<'py>(py: Python<'py>, batch: &RecordBatch) -> PyResult<Bound<'py, PyList>> {
    let schema = batch.schema_ref();
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let cell = cells(py, field, array.as_ref())?;
        columns.push((PyString::intern(py, field.name()), array.logical_nulls(), cell));
    }
    let rows = PyList::empty(py);
    let none = py.None().into_bound(py);
    for index in 0..batch.num_rows() {
        let row = PyDict::new(py);
        for (name, nulls, cell) in &columns {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(index)) {
                row.set_item(name, &none)?;
            } else {
                row.set_item(name, cell(index)?)?;
            }
        }
        rows.append(row)?;
    }
    Ok(rows)
}

/// What turns the value at a row that is not null into a Python object.
fn cells<'a, 'py: 'a>(
    py: Python<'py>,
    field: &'a Field,
    array: &'a dyn Array,
) -> PyResult<Cell<'a, 'py>> {
    Ok(match array.data_type() {
        DataType::Null => Box::new(move |_| Ok(py.None().into_bound(py))),
        DataType::Boolean => {
            let array = array.as_boolean();
            Box::new(move |row| Ok(array.value(row).into_pyobject(py)?.to_owned().into_any()))
        }
        DataType::Int8 => number::<Int8Type>(py, array),
        DataType::Int16 => number::<Int16Type>(py, array),
        DataType::Int32 => number::<Int32Type>(py, array),
        DataType::Int64 => number::<Int64Type>(py, array),
        DataType::UInt8 => number::<UInt8Type>(py, array),
        DataType::UInt16 => number::<UInt16Type>(py, array),
        DataType::UInt32 => number::<UInt32Type>(py, array),
        DataType::UInt64 => number::<UInt64Type>(py, array),
        DataType::Float32 => number::<Float32Type>(py, array),
        DataType::Float64 => number::<Float64Type>(py, array),
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            Box::new(move |row| Ok(PyString::new(py, array.value(row)).into_any()))
        }
        DataType::LargeUtf8 => {
            let array = array.as_string::<i64>();
            Box::new(move |row| Ok(PyString::new(py, array.value(row)).into_any()))
        }
        DataType::Utf8View => {
            let array = array.as_string_view();
            Box::new(move |row| Ok(PyString::new(py, array.value(row)).into_any()))
        }
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let value = cells(py, field, dictionary.values().as_ref())?;
            let keys = dictionary.normalized_keys();
            Box::new(move |row| value(keys[row]))
        }
        DataType::Decimal128(_, _) => {
            let (array, decimal) = (array.as_primitive::<Decimal128Type>(), decimal_type(py)?);
            Box::new(move |row| decimal.call1((array.value_as_string(row),)))
        }
        DataType::Date32 => {
            let array = array.as_primitive::<Date32Type>();
            Box::new(move |row| {
                let date = calendar::date(py, array.value(row).into());
                date.map_err(|_| outside(py, field))
            })
        }
        DataType::Timestamp(unit, zone) => timestamps(py, field, array, *unit, zone.is_some())?,
        other => {
            let message =
                format!("column {:?} of type {other} has no form in Python rows", field.name());
            return Err(to_py_err(py, &contract(field, message)));
        }
    })
}

fn number<'a, 'py: 'a, T>(py: Python<'py>, array: &'a dyn Array) -> Cell<'a, 'py>
where
    T: ArrowPrimitiveType,
    T::Native: IntoPyObject<'py>,
{
    let array = array.as_primitive::<T>();
    Box::new(move |row| array.value(row).into_bound_py_any(py))
}

fn timestamps<'a, 'py: 'a>(
    py: Python<'py>,
    field: &'a Field,
    array: &'a dyn Array,
    unit: TimeUnit,
    zoned: bool,
) -> PyResult<Cell<'a, 'py>> {
    let zone = if zoned { Some(PyTzInfo::utc(py)?.to_owned()) } else { None };
    let show = move |micros: Option<i64>| {
        let shown = micros.map(|micros| calendar::datetime(py, micros, zone.as_ref()));
        shown.and_then(Result::ok).ok_or_else(|| outside(py, field))
    };
    Ok(match unit {
        TimeUnit::Second => {
            let array = array.as_primitive::<TimestampSecondType>();
            Box::new(move |row| show(array.value(row).checked_mul(calendar::MICROS_PER_SECOND)))
        }
        TimeUnit::Millisecond => {
            let array = array.as_primitive::<TimestampMillisecondType>();
            Box::new(move |row| show(array.value(row).checked_mul(1_000)))
        }
        TimeUnit::Microsecond => {
            let array = array.as_primitive::<TimestampMicrosecondType>();
            Box::new(move |row| show(Some(array.value(row))))
        }
        TimeUnit::Nanosecond => {
            let array = array.as_primitive::<TimestampNanosecondType>();
            Box::new(move |row| {
                let nanos = array.value(row);
                if nanos % 1_000 == 0 {
                    return show(Some(nanos / 1_000));
                }
                let message = format!(
                    "column {:?} holds digits below a microsecond, which a datetime would lose",
                    field.name()
                );
                Err(to_py_err(py, &contract(field, message)))
            })
        }
    })
}

fn outside(py: Python<'_>, field: &Field) -> PyErr {
    let message = format!("column {:?} holds a date outside years 1 to 9999", field.name());
    to_py_err(py, &contract(field, message))
}

fn contract(field: &Field, message: String) -> Error {
    let location = Location { field: Some(field.name().clone()), ..Location::default() };
    Error::new(ErrorKind::Contract, message).at(location)
}
