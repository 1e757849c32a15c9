//! Where the values of a column come from: a key of each row, or a value that holds them.

use std::cell::Cell;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// Values that are nested; null is `None`.
pub(super) type Cells<'py> = Vec<Option<Bound<'py, PyAny>>>;

/// The values of one column.
pub(super) enum Source<'a, 'py> {
    /// Of each row the value of a key; taken where they are, for a list of them cost a tenth of the
    /// time. `hits` counts the keys of each row that a column asked for.
    Rows {
        rows: &'a [Bound<'py, PyDict>],
        key: Bound<'py, PyString>,
        hits: &'a [Cell<usize>],
    },
    Cells(&'a Cells<'py>),
}

impl<'py> Source<'_, 'py> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Rows { rows, .. } => rows.len(),
            Self::Cells(cells) => cells.len(),
        }
    }

    /// Calls `take` with place and value of each, `None` for null.
    pub(super) fn each(
        &self,
        mut take: impl FnMut(usize, Option<&Bound<'py, PyAny>>) -> PyResult<()>,
    ) -> PyResult<()> {
        match self {
            Self::Rows { rows, key, hits } => {
                for (index, (row, hits)) in rows.iter().zip(*hits).enumerate() {
                    let found = row.get_item(key)?;
                    hits.set(hits.get() + usize::from(found.is_some()));
                    take(index, found.as_ref().filter(|value| !value.is_none()))?;
                }
            }
            Self::Cells(cells) => {
                for (index, cell) in cells.iter().enumerate() {
                    take(index, cell.as_ref())?;
                }
            }
        }
        Ok(())
    }
}
