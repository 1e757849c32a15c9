//! `rows_from_text`: records of text as typed rows, the hot path of the Python reader.

use headrace_core::csv::{NullValues, ragged};
use headrace_core::text;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PySequence, PyString, PyTuple};

use super::Violation;
use super::value::Makers;
use crate::schema::Schema;

/// A column of the rows to be made.
struct Target<'a, 'py> {
    key: Bound<'py, PyString>,
    field: &'a arrow_schema::Field,
    /// Index in a record.
    index: usize,
}

struct Context<'a, 'py> {
    targets: Vec<Target<'a, 'py>>,
    /// Fields of a record.
    width: usize,
    null_values: NullValues,
    makers: Makers<'py>,
}

/// Index of a record and what it broke.
type Broken = (usize, Vec<Violation>);

#[pyfunction]
#[pyo3(signature = (records, schema, columns, *, null_values, quoted_nulls))]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 extracts owned values")]
pub(super) fn rows_from_text<'py>(
    py: Python<'py>,
    records: &Bound<'py, PyAny>,
    schema: &Schema,
    columns: Vec<usize>,
    null_values: Vec<String>,
    mut quoted_nulls: Vec<(usize, usize)>,
) -> PyResult<(Bound<'py, PyList>, Vec<Broken>)> {
    let context = Context::new(py, schema, &columns, &null_values)?;
    quoted_nulls.sort_unstable();
    let mut quoted = quoted_nulls.as_slice();
    let (mut rows, mut broken) = (Vec::new(), Vec::new());
    for (index, record) in as_list(records)?.iter().enumerate() {
        let passed = quoted.partition_point(|&(other, _)| other < index);
        let here = quoted.partition_point(|&(other, _)| other <= index);
        let quoted_here = &quoted[passed..here];
        quoted = &quoted[here..];
        if record.is_none() {
            continue;
        }
        let record = as_list(&record)?;
        match context.row(py, &record, quoted_here)? {
            Made::Row(row) => rows.push(row),
            Made::Blank => {}
            Made::Broken(violations) => broken.push((index, violations)),
        }
    }
    Ok((PyList::new(py, rows)?, broken))
}

enum Made<'py> {
    Row(Bound<'py, PyDict>),
    /// A line with nothing at all, in a file of several columns.
    Blank,
    Broken(Vec<Violation>),
}

impl<'a, 'py> Context<'a, 'py> {
    fn new(
        py: Python<'py>,
        schema: &'a Schema,
        columns: &[usize],
        null_values: &[String],
    ) -> PyResult<Self> {
        let fields = schema.0.fields().iter().zip(columns);
        let targets = fields.map(|(field, &index)| Target {
            key: PyString::intern(py, field.name()),
            field,
            index,
        });
        Ok(Self {
            targets: targets.collect(),
            width: columns.iter().max().map_or(0, |last| last + 1),
            null_values: NullValues::new(null_values),
            makers: Makers::new(py)?,
        })
    }

    fn row(
        &self,
        py: Python<'py>,
        record: &Bound<'py, PyList>,
        quoted_nulls: &[(usize, usize)],
    ) -> PyResult<Made<'py>> {
        let found = record.len();
        if found == 0 {
            return self.blank(py);
        }
        if found != self.width {
            return Ok(Made::Broken(vec![(None, "columns", None, ragged(self.width, found))]));
        }
        let row = PyDict::new(py);
        let mut violations = Vec::new();
        for target in &self.targets {
            let cell = record.get_item(target.index)?;
            let cell = cell.cast::<PyString>()?;
            let text = cell.to_str()?;
            if self.null_values.contains(text.as_bytes())
                && !quoted_nulls.iter().any(|&(_, column)| column == target.index)
            {
                row.set_item(&target.key, py.None())?;
                continue;
            }
            let data_type = target.field.data_type();
            match self.makers.make(cell, text.as_bytes(), data_type)? {
                Some(value) => row.set_item(&target.key, value)?,
                None => violations.push(violation(target, text)),
            }
        }
        Ok(if violations.is_empty() { Made::Row(row) } else { Made::Broken(violations) })
    }

    /// What `csv.reader` gives for a line with nothing at all: one empty field in a file of one
    /// column, else no record.
    fn blank(&self, py: Python<'py>) -> PyResult<Made<'py>> {
        if self.width == 1 {
            return self.row(py, &PyList::new(py, [""])?, &[]);
        }
        Ok(Made::Blank)
    }
}

fn violation(target: &Target<'_, '_>, value: &str) -> Violation {
    (
        Some(target.field.name().clone()),
        "type",
        Some(text::excerpt(value).to_owned()),
        text::complaint(target.field.data_type()),
    )
}

/// A list as it is, any other sequence as a list.
fn as_list<'py>(sequence: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    if let Ok(list) = sequence.cast::<PyList>() {
        return Ok(list.clone());
    }
    if let Ok(tuple) = sequence.cast::<PyTuple>() {
        return Ok(tuple.to_list());
    }
    sequence.cast::<PySequence>()?.to_list()
}
