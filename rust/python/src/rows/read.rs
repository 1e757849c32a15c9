//! A batch to rows of Python values.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch};
use arrow_schema::{DataType, Field, TimeUnit};
use headrace_core::{Error, ErrorKind, Location, types};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};
use pyo3::{IntoPyObjectExt, intern};

use super::{calendar, decimal_type, read_nested, uuid_type};
use crate::error::to_py_err;

/// What turns the value at a row that is not null into a Python object.
pub(super) type Cell<'a, 'py> = Box<dyn Fn(usize) -> Read<Bound<'py, PyAny>> + 'a>;

pub(super) type Read<T> = Result<T, Unreadable>;

/// Why a value has no form in Python.
pub(super) enum Unreadable {
    /// The path to it from the column, and what is wrong with it.
    Value(String, &'static str),
    /// What Python raised.
    Python(PyErr),
}

impl From<PyErr> for Unreadable {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl Unreadable {
    pub(super) fn new(what: &'static str) -> Self {
        Self::Value(String::new(), what)
    }

    /// The same, seen from what it is nested in.
    pub(super) fn within(self, step: &str) -> Self {
        match self {
            Self::Value(path, what) => Self::Value(format!("{step}{path}"), what),
            Self::Python(error) => Self::Python(error),
        }
    }

    fn into_py_err(self, py: Python<'_>, column: &str) -> PyErr {
        match self {
            Self::Value(path, what) => {
                let name = format!("{column}{path}");
                contract(py, &name, format!("column {name:?} holds {what}"))
            }
            Self::Python(error) => error,
        }
    }
}

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
        for ((name, nulls, cell), field) in columns.iter().zip(schema.fields()) {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(index)) {
                row.set_item(name, &none)?;
            } else {
                let value = cell(index).map_err(|fault| fault.into_py_err(py, field.name()))?;
                row.set_item(name, value)?;
            }
        }
        rows.append(row)?;
    }
    Ok(rows)
}

/// What reads the values of `array` that are not null.
///
/// # Errors
/// Where Python rows have no form for the type.
pub(super) fn cells<'a, 'py: 'a>(
    py: Python<'py>,
    field: &'a Field,
    array: &'a dyn Array,
) -> PyResult<Cell<'a, 'py>> {
    Ok(match array.data_type() {
        DataType::Null => Box::new(move |_| Ok(py.None().into_bound(py))),
        DataType::Boolean => {
            let array = array.as_boolean();
            Box::new(move |row| Ok(array.value(row).into_bound_py_any(py)?))
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
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => texts(py, array),
        DataType::FixedSizeBinary(_) if types::is_uuid(field) => {
            let (array, uuid) = (array.as_fixed_size_binary(), uuid_type(py)?);
            Box::new(move |row| {
                let options = PyDict::new(py);
                options.set_item(intern!(py, "bytes"), PyBytes::new(py, array.value(row)))?;
                Ok(uuid.call((), Some(&options))?)
            })
        }
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => bytes(py, array),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let value = cells(py, field, dictionary.values().as_ref())?;
            let keys = dictionary.normalized_keys();
            Box::new(move |row| value(keys[row]))
        }
        DataType::Decimal128(_, _) => {
            let (array, decimal) = (array.as_primitive::<Decimal128Type>(), decimal_type(py)?);
            Box::new(move |row| Ok(decimal.call1((array.value_as_string(row),))?))
        }
        DataType::Date32 => {
            let array = array.as_primitive::<Date32Type>();
            Box::new(move |row| {
                let date = calendar::date(py, array.value(row).into());
                date.map_err(|_| Unreadable::new(OUTSIDE))
            })
        }
        DataType::Time32(_) | DataType::Time64(_) => times(py, array),
        DataType::Timestamp(unit, zone) => timestamps(py, field, array, *unit, zone.as_deref())?,
        DataType::List(item) => read_nested::list::<i32>(py, item, array)?,
        DataType::LargeList(item) => read_nested::list::<i64>(py, item, array)?,
        DataType::FixedSizeList(item, size) => read_nested::fixed(py, item, *size, array)?,
        DataType::Struct(fields) => read_nested::structs(py, fields, array)?,
        DataType::Map(entries, _) => read_nested::map(py, entries, array)?,
        other => {
            let name = field.name();
            let message = format!("column {name:?} of type {other} has no form in Python rows");
            return Err(contract(py, name, message));
        }
    })
}

const OUTSIDE: &str = "a date outside years 1 to 9999";
const BELOW_MICROS: &str = "digits below a microsecond, which Python would lose";

fn number<'a, 'py: 'a, T>(py: Python<'py>, array: &'a dyn Array) -> Cell<'a, 'py>
where
    T: ArrowPrimitiveType,
    T::Native: IntoPyObject<'py>,
{
    let array = array.as_primitive::<T>();
    Box::new(move |row| Ok(array.value(row).into_bound_py_any(py)?))
}

fn texts<'a, 'py: 'a>(py: Python<'py>, array: &'a dyn Array) -> Cell<'a, 'py> {
    macro_rules! cell {
        ($array:expr) => {{
            let array = $array;
            Box::new(move |row| Ok(PyString::new(py, array.value(row)).into_any()))
        }};
    }
    match array.data_type() {
        DataType::LargeUtf8 => cell!(array.as_string::<i64>()),
        DataType::Utf8View => cell!(array.as_string_view()),
        _ => cell!(array.as_string::<i32>()),
    }
}

fn bytes<'a, 'py: 'a>(py: Python<'py>, array: &'a dyn Array) -> Cell<'a, 'py> {
    macro_rules! cell {
        ($array:expr) => {{
            let array = $array;
            Box::new(move |row| Ok(PyBytes::new(py, array.value(row)).into_any()))
        }};
    }
    match array.data_type() {
        DataType::LargeBinary => cell!(array.as_binary::<i64>()),
        DataType::BinaryView => cell!(array.as_binary_view()),
        DataType::FixedSizeBinary(_) => cell!(array.as_fixed_size_binary()),
        _ => cell!(array.as_binary::<i32>()),
    }
}

fn times<'a, 'py: 'a>(py: Python<'py>, array: &'a dyn Array) -> Cell<'a, 'py> {
    let show = move |micros: i64| {
        let time = calendar::time(py, micros)?;
        time.ok_or_else(|| Unreadable::new("a time outside of a day"))
    };
    match array.data_type() {
        DataType::Time32(TimeUnit::Second) => {
            let array = array.as_primitive::<Time32SecondType>();
            Box::new(move |row| show(i64::from(array.value(row)) * calendar::MICROS_PER_SECOND))
        }
        DataType::Time32(_) => {
            let array = array.as_primitive::<Time32MillisecondType>();
            Box::new(move |row| show(i64::from(array.value(row)) * 1_000))
        }
        DataType::Time64(TimeUnit::Nanosecond) => {
            let array = array.as_primitive::<Time64NanosecondType>();
            Box::new(move |row| whole_micros(array.value(row)).and_then(show))
        }
        _ => {
            let array = array.as_primitive::<Time64MicrosecondType>();
            Box::new(move |row| show(array.value(row)))
        }
    }
}

fn timestamps<'a, 'py: 'a>(
    py: Python<'py>,
    field: &'a Field,
    array: &'a dyn Array,
    unit: TimeUnit,
    zone: Option<&'a str>,
) -> PyResult<Cell<'a, 'py>> {
    let utc = calendar::zone(py, "UTC")?;
    let local = match zone {
        None | Some("UTC") => None,
        Some(name) => Some(calendar::zone(py, name).map_err(|_| {
            let message = format!("column {:?}: Python knows no time zone {name:?}", field.name());
            contract(py, field.name(), message)
        })?),
    };
    let is_zoned = zone.is_some();
    let show = move |micros: i64| {
        let shown = calendar::datetime(py, micros, is_zoned.then_some(&utc));
        let shown = shown.and_then(|instant| match &local {
            Some(zone) => instant.call_method1(intern!(py, "astimezone"), (zone,)),
            None => Ok(instant),
        });
        shown.map_err(|_| Unreadable::new(OUTSIDE))
    };
    let scaled = move |value: i64, micros_per_unit: i64| {
        let micros = value.checked_mul(micros_per_unit);
        micros.ok_or_else(|| Unreadable::new(OUTSIDE)).and_then(&show)
    };
    Ok(match unit {
        TimeUnit::Second => {
            let array = array.as_primitive::<TimestampSecondType>();
            Box::new(move |row| scaled(array.value(row), calendar::MICROS_PER_SECOND))
        }
        TimeUnit::Millisecond => {
            let array = array.as_primitive::<TimestampMillisecondType>();
            Box::new(move |row| scaled(array.value(row), 1_000))
        }
        TimeUnit::Microsecond => {
            let array = array.as_primitive::<TimestampMicrosecondType>();
            Box::new(move |row| scaled(array.value(row), 1))
        }
        TimeUnit::Nanosecond => {
            let array = array.as_primitive::<TimestampNanosecondType>();
            Box::new(move |row| whole_micros(array.value(row)).and_then(|micros| scaled(micros, 1)))
        }
    })
}

fn whole_micros(nanos: i64) -> Read<i64> {
    if nanos % 1_000 == 0 { Ok(nanos / 1_000) } else { Err(Unreadable::new(BELOW_MICROS)) }
}

fn contract(py: Python<'_>, field: &str, message: String) -> PyErr {
    let location = Location { field: Some(field.to_owned()), ..Location::default() };
    to_py_err(py, &Error::new(ErrorKind::Contract, message).at(location))
}
