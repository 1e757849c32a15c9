//! Rows of text, a field at a time, to a batch: for a parser that is not ours.

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};

use super::batch::nullable;
use super::column::{Column, internal};
use super::options::{CsvOptions, NullValues};
use crate::Result;
use crate::validate::without_rows;

/// A batch under construction from texts, by the grammar and the nulls of the native reader.
///
/// ```
/// use arrow_schema::{DataType, Field, Schema};
/// use headrace_core::csv::{Assembly, CsvOptions};
///
/// let schema = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
/// let mut assembly = Assembly::new(&schema, &CsvOptions::default(), 2)?;
/// assert!(assembly.push(0, b"1", None));
/// assert!(!assembly.push(0, b"one", None));
/// assert_eq!(assembly.finish([1])?.num_rows(), 1);
/// # Ok::<(), headrace_core::Error>(())
/// ```
pub struct Assembly {
    schema: SchemaRef,
    columns: Vec<Column>,
    null_values: NullValues,
}

impl Assembly {
    /// An empty batch of `schema`, every column nullable, with room for `rows`.
    ///
    /// # Errors
    /// `Config` where CSV has no such column type.
    pub fn new(schema: &Schema, options: &CsvOptions, rows: usize) -> Result<Self> {
        let fields = schema.fields().iter();
        Ok(Self {
            schema: nullable(schema),
            columns: fields
                .map(|field| Column::new(field, &options.values, rows))
                .collect::<Result<_>>()?,
            null_values: NullValues::new(&options.null_values),
        })
    }

    /// Adds the next field of `column`; each column must get one for each row. False where `text`
    /// is no value of the column: the row then holds a placeholder and must be left out. It is null
    /// as `is_null` says, else where `text` is a spelling of null.
    pub fn push(&mut self, column: usize, text: &[u8], is_null: Option<bool>) -> bool {
        if is_null.unwrap_or_else(|| self.null_values.contains(text)) {
            self.columns[column].push_null();
            return true;
        }
        self.columns[column].push(text)
    }

    /// The batch without the rows `bad`.
    ///
    /// # Errors
    /// `Internal` where Arrow refuses what was built.
    pub fn finish(self, bad: impl IntoIterator<Item = usize>) -> Result<RecordBatch> {
        let columns = self.columns.into_iter().map(Column::finish).collect::<Result<_>>()?;
        let batch = RecordBatch::try_new(self.schema, columns).map_err(|error| internal(&error))?;
        without_rows(&batch, bad)
    }
}
