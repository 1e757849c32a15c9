//! Lists, structs and maps: the values within them make columns of their own.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, ListArray, MapArray, StructArray, make_array};
use arrow_buffer::{NullBuffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields};
use headrace_core::ErrorKind;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyString, PyTuple};

use super::column::{Column, Fault, array, shown};
use super::source::{Cells, Source};

/// A list from a list or tuple.
pub(super) fn list(
    column: &Column<'_, '_>,
    item: &FieldRef,
    faults: &mut Vec<Fault>,
) -> PyResult<ArrayRef> {
    let mut cells = Cells::new();
    let mut parts = Parts::new(column.source.len());
    column.source.each(|index, value| {
        let items = value.and_then(sequence);
        if let (None, Some(value)) = (&items, value) {
            faults.push(column.fault(index, "type", value)?);
        }
        let is_list = items.is_some();
        cells.extend(items.into_iter().flatten().map(not_none));
        parts.push(is_list, cells.len());
        Ok(())
    })?;
    let mut inner = Vec::new();
    let items = member(column.py, item, &cells, &mut inner)?;
    let name = |index: usize| {
        let (list, number) = parts.owner(index)?;
        Some((list, format!("[{number}]")))
    };
    require(item, &cells, &name, &mut inner);
    place(inner, &name, faults);
    let (offsets, nulls) = parts.finish();
    let made = ListArray::try_new(item.clone(), offsets, items, nulls);
    finished(column, made.map(|array| Arc::new(array) as ArrayRef))
}

/// A struct from a mapping; a missing key is null, an unknown one a fault.
pub(super) fn structs<'py>(
    column: &Column<'_, 'py>,
    fields: &Fields,
    faults: &mut Vec<Fault>,
) -> PyResult<ArrayRef> {
    let mut nulls = NullBufferBuilder::new(column.source.len());
    let mut members: Vec<Cells<'py>> =
        vec![Cells::with_capacity(column.source.len()); fields.len()];
    let mut is_there = Vec::with_capacity(column.source.len());
    let keys: Vec<_> =
        fields.iter().map(|field| PyString::intern(column.py, field.name())).collect();
    column.source.each(|index, value| {
        let dict = value.map(mapping).transpose()?.flatten();
        if let (None, Some(value)) = (&dict, value) {
            faults.push(column.fault(index, "type", value)?);
        }
        nulls.append(dict.is_some());
        is_there.push(dict.is_some());
        let mut hits = 0;
        for (cells, key) in members.iter_mut().zip(&keys) {
            let found = dict.as_ref().map(|dict| dict.get_item(key)).transpose()?.flatten();
            hits += usize::from(found.is_some());
            cells.push(found.and_then(not_none));
        }
        if let Some(dict) = dict.filter(|dict| dict.len() != hits) {
            unknown_keys(index, &dict, fields, faults)?;
        }
        Ok(())
    })?;
    let mut columns = Vec::with_capacity(fields.len());
    for (field, cells) in fields.iter().zip(&members) {
        let mut inner = Vec::new();
        columns.push(member(column.py, field, cells, &mut inner)?);
        let name = |index: usize| is_there[index].then(|| (index, format!(".{}", field.name())));
        require(field, cells, &name, &mut inner);
        place(inner, &name, faults);
    }
    let made = StructArray::try_new(fields.clone(), columns, nulls.finish());
    finished(column, made.map(|array| Arc::new(array) as ArrayRef))
}

/// A map from a dict, or from a list of pairs, which may have a key twice.
pub(super) fn map(
    column: &Column<'_, '_>,
    entries: &FieldRef,
    faults: &mut Vec<Fault>,
) -> PyResult<ArrayRef> {
    let DataType::Struct(pair) = entries.data_type() else {
        return Err(column.error(ErrorKind::Internal, "a map without entries".to_owned()));
    };
    let (mut keys, mut values) = (Cells::new(), Cells::new());
    let mut parts = Parts::new(column.source.len());
    column.source.each(|index, value| {
        let found = value.map(pairs).transpose()?.flatten();
        if let (None, Some(value)) = (&found, value) {
            faults.push(column.fault(index, "type", value)?);
        }
        let is_map = found.is_some();
        for (key, value) in found.into_iter().flatten() {
            keys.push(not_none(key));
            values.push(not_none(value));
        }
        parts.push(is_map, keys.len());
        Ok(())
    })?;
    let names = keys.iter().map(|key| key.as_ref().map_or(Ok("None".to_owned()), shown_key));
    let names = names.collect::<PyResult<Vec<_>>>()?;
    let name = |index: usize| Some((parts.owner(index)?.0, format!("[{}]", names[index])));
    let mut columns = Vec::with_capacity(2);
    for (field, cells) in pair.iter().zip([&keys, &values]) {
        let mut inner = Vec::new();
        columns.push(member(column.py, field, cells, &mut inner)?);
        require(field, cells, &name, &mut inner);
        place(inner, &name, faults);
    }
    let (offsets, nulls) = parts.finish();
    let made = StructArray::try_new(pair.clone(), columns, None)
        .and_then(|inner| MapArray::try_new(entries.clone(), offsets, inner, nulls, false));
    finished(column, made.map(|array| Arc::new(array) as ArrayRef))
}

/// Where each list begins and ends among the items of all.
struct Parts {
    offsets: Vec<i32>,
    /// List and number of each item.
    owners: Vec<(usize, usize)>,
    nulls: NullBufferBuilder,
}

impl Parts {
    fn new(lists: usize) -> Self {
        let mut offsets = Vec::with_capacity(lists + 1);
        offsets.push(0);
        Self { offsets, owners: Vec::new(), nulls: NullBufferBuilder::new(lists) }
    }

    /// The next list, or null, whose items end at `end`.
    fn push(&mut self, is_list: bool, end: usize) {
        let list = self.offsets.len() - 1;
        let items: Range<usize> = 0..end - self.owners.len();
        self.owners.extend(items.map(|number| (list, number)));
        // A batch of 2^31 Python objects fits no memory that Arrow's offsets would be short for.
        self.offsets.push(i32::try_from(end).unwrap_or(i32::MAX));
        self.nulls.append(is_list);
    }

    fn owner(&self, item: usize) -> Option<(usize, usize)> {
        self.owners.get(item).copied()
    }

    fn finish(mut self) -> (OffsetBuffer<i32>, Option<NullBuffer>) {
        (OffsetBuffer::new(ScalarBuffer::from(self.offsets)), self.nulls.finish())
    }
}

/// The array of what is nested; one that must not be null has none, faults or not.
fn member<'py>(
    py: Python<'py>,
    field: &Field,
    cells: &Cells<'py>,
    faults: &mut Vec<Fault>,
) -> PyResult<ArrayRef> {
    let source = Source::Cells(cells);
    let made = array(py, field, &source, faults)?;
    if field.is_nullable() || made.null_count() == 0 {
        return Ok(made);
    }
    let column = Column { py, field, source: &source };
    let solid = made.to_data().into_builder().nulls(None).build();
    finished(&column, solid.map(make_array))
}

/// Reports the nulls of a column that must not have any, where `name` says that there is a value.
fn require(
    field: &Field,
    cells: &Cells<'_>,
    name: &dyn Fn(usize) -> Option<(usize, String)>,
    faults: &mut Vec<Fault>,
) {
    if field.is_nullable() {
        return;
    }
    for (index, _) in cells.iter().enumerate().filter(|(_, cell)| cell.is_none()) {
        if name(index).is_some() {
            let message = "is required".to_owned();
            let path = String::new();
            faults.push(Fault { index, path, rule: "required", value: None, message });
        }
    }
}

/// Adds the faults of what is nested as faults of what it is nested in.
fn place(
    inner: Vec<Fault>,
    name: &dyn Fn(usize) -> Option<(usize, String)>,
    faults: &mut Vec<Fault>,
) {
    faults.extend(inner.into_iter().filter_map(|fault| {
        let (index, step) = name(fault.index)?;
        Some(Fault { index, path: step + &fault.path, ..fault })
    }));
}

fn unknown_keys(
    index: usize,
    dict: &Bound<'_, PyDict>,
    fields: &Fields,
    faults: &mut Vec<Fault>,
) -> PyResult<()> {
    for (key, value) in dict.iter() {
        let name: Option<String> = key.extract().ok();
        if name.as_ref().is_some_and(|name| fields.find(name).is_some()) {
            continue;
        }
        faults.push(Fault {
            index,
            path: format!(".{}", shown_key(&key)?),
            rule: "type",
            value: Some(shown(&value)?),
            message: "is not a property of the type".to_owned(),
        });
    }
    Ok(())
}

/// A key as it stands in a path.
fn shown_key(key: &Bound<'_, PyAny>) -> PyResult<String> {
    match key.cast::<PyString>() {
        Ok(text) => Ok(text.to_string_lossy().into_owned()),
        Err(_) => Ok(key.str()?.to_string_lossy().into_owned()),
    }
}

fn not_none(value: Bound<'_, PyAny>) -> Option<Bound<'_, PyAny>> {
    (!value.is_none()).then_some(value)
}

/// The items of a list or tuple.
pub(super) fn sequence<'py>(value: &Bound<'py, PyAny>) -> Option<Vec<Bound<'py, PyAny>>> {
    if let Ok(list) = value.cast::<PyList>() {
        return Some(list.iter().collect());
    }
    value.cast::<PyTuple>().ok().map(|tuple| tuple.iter().collect())
}

/// The dict that a value is; any other mapping is copied into one.
pub(super) fn mapping<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    if let Ok(dict) = value.cast::<PyDict>() {
        return Ok(Some(dict.clone()));
    }
    let Ok(mapping) = value.cast::<PyMapping>() else { return Ok(None) };
    let dict = PyDict::new(value.py());
    dict.update(mapping)?;
    Ok(Some(dict))
}

type Pair<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

fn pairs<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Pair<'py>>>> {
    if let Some(dict) = mapping(value)? {
        return Ok(Some(dict.iter().collect()));
    }
    let Some(items) = sequence(value) else { return Ok(None) };
    let pair = |item: &Bound<'py, PyAny>| match sequence(item)?.as_slice() {
        [key, value] => Some((key.clone(), value.clone())),
        _ => None,
    };
    Ok(items.iter().map(pair).collect())
}

fn finished(column: &Column<'_, '_>, made: Result<ArrayRef, ArrowError>) -> PyResult<ArrayRef> {
    made.map_err(|error| column.error(ErrorKind::Internal, error.to_string()))
}
