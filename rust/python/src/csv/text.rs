//! `batch_from_text`: records that Python's parser split, typed; the hot path of the Python reader.

use headrace_core::csv::{Assembly, ragged};
use headrace_core::text;
use pyo3::prelude::*;
use pyo3::types::{PyList, PySequence, PyString, PyTuple};

use super::options::CsvOptions;
use crate::batch::RecordBatch;
use crate::error::to_py_err;
use crate::reject::Violation;
use crate::schema::Schema;

/// Index of a record and what it broke.
type Broken = (usize, Vec<Violation>);

/// Rows on their way from text to Arrow.
struct Typing<'a> {
    schema: &'a arrow_schema::Schema,
    /// Index in a record of each column of the schema.
    columns: &'a [usize],
    /// Fields of a record.
    width: usize,
    assembly: Assembly,
    /// Rows in the assembly so far, and those of them to be left out.
    rows: usize,
    faulty: Vec<usize>,
    broken: Vec<Broken>,
}

#[pyfunction]
#[pyo3(signature = (records, schema, columns, options, *, settled_nulls, width = None))]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 extracts owned values")]
pub(super) fn batch_from_text(
    py: Python<'_>,
    records: &Bound<'_, PyAny>,
    schema: &Schema,
    columns: Vec<usize>,
    options: &CsvOptions,
    mut settled_nulls: Vec<(usize, usize, bool)>,
    width: Option<usize>,
) -> PyResult<(RecordBatch, Vec<Broken>)> {
    let records = as_list(records)?;
    let assembly = Assembly::new(&schema.0, &options.0, records.len())
        .map_err(|error| to_py_err(py, &error))?;
    let mut typing = Typing {
        schema: &schema.0,
        columns: &columns,
        width: width.unwrap_or_else(|| columns.iter().max().map_or(0, |last| last + 1)),
        assembly,
        rows: 0,
        faulty: Vec::new(),
        broken: Vec::new(),
    };
    settled_nulls.sort_unstable();
    let mut settled = settled_nulls.as_slice();
    for (index, record) in records.iter().enumerate() {
        let passed = settled.partition_point(|&(other, ..)| other < index);
        let here = settled.partition_point(|&(other, ..)| other <= index);
        let settled_here = &settled[passed..here];
        settled = &settled[here..];
        if !record.is_none() {
            typing.add(index, &as_list(&record)?, settled_here)?;
        }
    }
    let Typing { assembly, faulty, broken, .. } = typing;
    let batch = assembly.finish(faulty).map_err(|error| to_py_err(py, &error))?;
    Ok((RecordBatch(batch), broken))
}

impl Typing<'_> {
    fn add(
        &mut self,
        index: usize,
        record: &Bound<'_, PyList>,
        settled_nulls: &[(usize, usize, bool)],
    ) -> PyResult<()> {
        let found = record.len();
        if found == 0 {
            // What `csv.reader` gives for a line with nothing at all: one empty field in a file of
            // one column, else no record.
            if self.width != 1 {
                return Ok(());
            }
            return self.add(index, &PyList::new(record.py(), [""])?, &[]);
        }
        if found != self.width {
            let violation = (None, "columns", None, ragged(self.width, found));
            self.broken.push((index, vec![violation]));
            return Ok(());
        }
        let mut violations = Vec::new();
        for (column, &place) in self.columns.iter().enumerate() {
            let cell = record.get_item(place)?;
            let text = cell.cast::<PyString>()?.to_str()?;
            let settled = settled_nulls.iter().find(|&&(_, other, _)| other == place);
            let is_null = settled.map(|&(.., is_null)| is_null);
            if !self.assembly.push(column, text.as_bytes(), is_null) {
                violations.push(violation(self.schema.field(column), text));
            }
        }
        if !violations.is_empty() {
            self.faulty.push(self.rows);
            self.broken.push((index, violations));
        }
        self.rows += 1;
        Ok(())
    }
}

fn violation(field: &arrow_schema::Field, value: &str) -> Violation {
    (
        Some(field.name().clone()),
        "type",
        Some(text::excerpt(value).to_owned()),
        text::complaint(field),
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
