//! How much room a batch is given before its first row.

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;

/// Rows of the first batch.
const FIRST_ROWS: usize = 1 << 10;

/// Room for about as much as the batch before had: what grows by doubling has twice what it needs,
/// and batches wait in row groups until these are encoded.
pub(super) struct Room {
    rows: usize,
    /// Bytes of text, by column.
    texts: Vec<usize>,
}

impl Room {
    pub(super) const fn new() -> Self {
        Self { rows: FIRST_ROWS, texts: Vec::new() }
    }

    /// For so many rows.
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// For so many bytes of text in a column.
    pub(super) fn text(&self, column: usize) -> usize {
        self.texts.get(column).copied().unwrap_or_default()
    }

    /// What `batch` would have needed, and a little more.
    pub(super) fn learn(&mut self, batch: &RecordBatch) {
        let texts = batch.columns().iter().map(|column| match column.data_type() {
            DataType::Utf8 => column.as_string::<i32>().value_data().len(),
            _ => 0,
        });
        self.texts = texts.map(more).collect();
        self.rows = more(batch.num_rows());
    }
}

const fn more(size: usize) -> usize {
    size + size / 16 + 1
}
