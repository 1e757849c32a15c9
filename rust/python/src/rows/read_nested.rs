//! Lists, structs and maps as Python lists and dicts.

use arrow_array::cast::AsArray;
use arrow_array::{Array, OffsetSizeTrait};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, FieldRef, Fields};
use headrace_core::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::read::{Cell, Read, cells};
use crate::error::to_py_err;

/// What reads values, null among them.
struct Values<'a, 'py> {
    py: Python<'py>,
    nulls: Option<NullBuffer>,
    cell: Cell<'a, 'py>,
}

impl<'a, 'py: 'a> Values<'a, 'py> {
    fn new(py: Python<'py>, field: &'a Field, array: &'a dyn Array) -> PyResult<Self> {
        Ok(Self { py, nulls: array.logical_nulls(), cell: cells(py, field, array)? })
    }

    fn get(&self, index: usize) -> Read<Bound<'py, PyAny>> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(index)) {
            return Ok(self.py.None().into_bound(self.py));
        }
        (self.cell)(index)
    }

    fn list(&self, items: std::ops::Range<usize>) -> Read<Bound<'py, PyAny>> {
        let list = PyList::empty(self.py);
        for (number, item) in items.enumerate() {
            let value = self.get(item).map_err(|fault| fault.within(&format!("[{number}]")))?;
            list.append(value)?;
        }
        Ok(list.into_any())
    }
}

fn span<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>, row: usize) -> std::ops::Range<usize> {
    offsets[row].as_usize()..offsets[row + 1].as_usize()
}

/// Lists as lists.
pub(super) fn list<'a, 'py: 'a, O: OffsetSizeTrait>(
    py: Python<'py>,
    item: &'a FieldRef,
    array: &'a dyn Array,
) -> PyResult<Cell<'a, 'py>> {
    let list = array.as_list::<O>();
    let values = Values::new(py, item, list.values().as_ref())?;
    Ok(Box::new(move |row| values.list(span(list.offsets(), row))))
}

/// Lists of `size` items as lists.
pub(super) fn fixed<'a, 'py: 'a>(
    py: Python<'py>,
    item: &'a FieldRef,
    size: i32,
    array: &'a dyn Array,
) -> PyResult<Cell<'a, 'py>> {
    let size = usize::try_from(size).unwrap_or_default();
    let values = Values::new(py, item, array.as_fixed_size_list().values().as_ref())?;
    Ok(Box::new(move |row| values.list(row * size..(row + 1) * size)))
}

/// Structs as dicts.
pub(super) fn structs<'a, 'py: 'a>(
    py: Python<'py>,
    fields: &'a Fields,
    array: &'a dyn Array,
) -> PyResult<Cell<'a, 'py>> {
    let columns = fields.iter().zip(array.as_struct().columns());
    let members = columns.map(|(field, column)| {
        let values = Values::new(py, field, column.as_ref())?;
        Ok((PyString::intern(py, field.name()), field.name(), values))
    });
    let members = members.collect::<PyResult<Vec<_>>>()?;
    Ok(Box::new(move |row| {
        let dict = PyDict::new(py);
        for (key, name, values) in &members {
            let value = values.get(row).map_err(|fault| fault.within(&format!(".{name}")))?;
            dict.set_item(key, value)?;
        }
        Ok(dict.into_any())
    }))
}

/// Maps as dicts; one that has a key twice as a list of pairs, which a dict would lose one of.
pub(super) fn map<'a, 'py: 'a>(
    py: Python<'py>,
    entries: &'a FieldRef,
    array: &'a dyn Array,
) -> PyResult<Cell<'a, 'py>> {
    let map = array.as_map();
    let DataType::Struct(pair) = entries.data_type() else {
        let error = Error::new(ErrorKind::Internal, "a map without entries");
        return Err(to_py_err(py, &error));
    };
    let keys = Values::new(py, &pair[0], map.keys().as_ref())?;
    let values = Values::new(py, &pair[1], map.values().as_ref())?;
    Ok(Box::new(move |row| {
        let mut pairs = Vec::new();
        let dict = PyDict::new(py);
        for index in span(map.offsets(), row) {
            let step = |key: &str| format!("[{key}]");
            let key = keys.get(index).map_err(|fault| fault.within(&step("key")))?;
            let value = values.get(index).map_err(|fault| {
                fault.within(&step(&key.str().map_or_else(|_| String::new(), |s| s.to_string())))
            })?;
            dict.set_item(&key, &value)?;
            pairs.push((key, value));
        }
        if dict.len() == pairs.len() {
            return Ok(dict.into_any());
        }
        let pairs = pairs.into_iter().map(|(key, value)| PyTuple::new(py, [key, value]));
        Ok(PyList::new(py, pairs.collect::<PyResult<Vec<_>>>()?)?.into_any())
    }))
}
