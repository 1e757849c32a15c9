//! A batch under construction, and one that is done.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::{Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;

use super::column::{Block, Column, internal};
use super::file::FilePosition;
use super::header::Located;
use super::input::Input;
use super::options::NullValues;
use super::room::Room;
use super::rows::Rows;
use super::scan::Cursor;
use super::values::ValueOptions;
use crate::reject::{RejectedRecord, Violation};
use crate::{Result, text};

/// Bytes of a rejected record that are kept.
const RECORD_EXCERPT_BYTES: usize = 64 << 10;

/// Rows of one file, in file order.
#[derive(Debug)]
pub struct CsvBatch {
    /// The good rows; every column is nullable.
    pub batch: RecordBatch,
    /// The records that are no rows, in file order.
    pub rejects: Vec<RejectedRecord>,
    /// Good and rejected records.
    pub num_records: usize,
    /// The file.
    pub path: PathBuf,
    /// Where the next record begins, or what is left of the file.
    pub end: FilePosition,
    /// Whether no record of the file follows.
    pub last_of_file: bool,
    /// The file's columns that are left out.
    pub left_out: Vec<String>,
    base: Base,
    places: Vec<Place>,
}

impl CsvBatch {
    /// Line from 1 and byte offset from 0 at which good row `row` begins; `None` beyond the last.
    #[must_use]
    pub fn position(&self, row: usize) -> Option<(u64, u64)> {
        let place = self.places.get(row)?;
        Some((self.base.line + u64::from(place.line), self.base.offset + u64::from(place.offset)))
    }
}

/// Where a batch begins in its file.
#[derive(Debug, Clone, Copy)]
struct Base {
    line: u64,
    offset: u64,
}

/// Where a row begins, from the batch's [`Base`]: half the memory of absolute places.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: u32,
    offset: u32,
}

/// What all batches of a file have in common.
pub(super) struct Layout {
    /// The batch's columns, and where they are in the file.
    pub(super) located: Located,
    /// The names of the file's columns.
    pub(super) names: Vec<String>,
    pub(super) null_values: NullValues,
    pub(super) values: ValueOptions,
}

/// `schema` with every column nullable.
pub(super) fn nullable(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    let fields: Vec<_> = fields.collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// A batch under construction.
pub(super) struct Builder<'a> {
    layout: &'a Layout,
    columns: Vec<Column>,
    base: Base,
    places: Vec<Place>,
    rejects: Vec<RejectedRecord>,
    /// Rows in `columns` to be left out.
    faulty: Vec<usize>,
    pub(super) num_records: usize,
}

impl<'a> Builder<'a> {
    /// A batch of records from `start` in the file on, with `room` but for the bytes that the
    /// file has at most.
    pub(super) fn new(
        layout: &'a Layout,
        start: Cursor,
        offset: u64,
        room: &Room,
        at_most: usize,
    ) -> Result<Self> {
        let rows = room.rows().min(at_most);
        let fields = layout.located.schema.fields().iter().enumerate();
        let columns = fields.map(|(index, field)| {
            let mut column = Column::new(field, &layout.values, rows)?;
            column.reserve_text(room.text(index).min(at_most));
            Ok(column)
        });
        Ok(Self {
            layout,
            columns: columns.collect::<Result<_>>()?,
            base: Base { line: start.line, offset },
            places: Vec::with_capacity(rows),
            rejects: Vec::new(),
            faulty: Vec::new(),
            num_records: 0,
        })
    }

    /// Adds what `rows` found in the input's block.
    pub(super) fn add(&mut self, input: &Input, rows: &Rows) {
        let data = input.data();
        let block = Block { data, rows, null_values: &self.layout.null_values };
        let mut faults: Vec<(usize, usize)> = Vec::new();
        for (column, builder) in self.columns.iter_mut().enumerate() {
            builder.extend(block, self.layout.located.columns[column], |row| {
                faults.push((row, column));
            });
        }
        if !faults.is_empty() || !rows.malformed().is_empty() {
            self.reject(input, rows, faults);
        }
        self.places.extend((0..rows.len()).map(|row| {
            let offset = input.offset(rows.span(row).0);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a batch has at most BATCH_BYTES_MAX and one record"
            )]
            Place {
                line: (rows.line(row) - self.base.line) as u32,
                offset: (offset - self.base.offset) as u32,
            }
        }));
        self.num_records += rows.len() + rows.malformed().len();
    }

    /// Notes the malformed records, and the rows with `faults`: pairs of row and column.
    fn reject(&mut self, input: &Input, rows: &Rows, mut faults: Vec<(usize, usize)>) {
        let data = input.data();
        let mut found = Vec::new();
        for (at, record) in rows.malformed().iter().enumerate() {
            let before = rows_before(rows, record.start);
            found.push(RejectedRecord {
                index: self.num_records + at + before,
                line: record.line,
                byte_offset: input.offset(record.start),
                violations: vec![record.violation(rows, data, &self.layout.names)],
                record: record_excerpt(&data[record.start..record.end]),
            });
        }
        faults.sort_unstable();
        for faults in faults.chunk_by(|one, other| one.0 == other.0) {
            let row = faults[0].0;
            let (start, end) = rows.span(row);
            let before = rows.malformed().partition_point(|record| record.start < start);
            let violations = faults.iter().map(|&(row, column)| {
                self.violation(
                    &rows.field(data, row, self.layout.located.columns[column]).value(),
                    column,
                )
            });
            found.push(RejectedRecord {
                index: self.num_records + row + before,
                line: rows.line(row),
                byte_offset: input.offset(start),
                violations: violations.collect(),
                record: record_excerpt(&data[start..end]),
            });
            self.faulty.push(self.places.len() + row);
        }
        found.sort_unstable_by_key(|record| record.index);
        self.rejects.append(&mut found);
    }

    fn violation(&self, value: &[u8], column: usize) -> Violation {
        let field = self.layout.located.schema.field(column);
        Violation {
            field: Some(field.name().clone()),
            rule: "type",
            value: Some(text::excerpt(&String::from_utf8_lossy(value)).to_owned()),
            message: text::complaint(field),
        }
    }

    /// The batch.
    ///
    /// # Errors
    /// `Internal` where Arrow refuses what was built.
    pub(super) fn finish(mut self, input: &Input, last_of_file: bool) -> Result<CsvBatch> {
        let columns = self.columns.into_iter().map(Column::finish).collect::<Result<_>>()?;
        let count = RecordBatchOptions::new().with_row_count(Some(self.places.len()));
        let schema = Arc::clone(&self.layout.located.schema);
        let mut batch = RecordBatch::try_new_with_options(schema, columns, &count)
            .map_err(|error| internal(&error))?;
        if !self.faulty.is_empty() {
            let mut keep = vec![true; self.places.len()];
            self.faulty.iter().for_each(|&row| keep[row] = false);
            let mut kept = keep.iter();
            self.places.retain(|_| kept.next().is_some_and(|keep| *keep));
            batch = filter_record_batch(&batch, &BooleanArray::from(keep))
                .map_err(|error| internal(&error))?;
        }
        Ok(CsvBatch {
            batch,
            rejects: self.rejects,
            num_records: self.num_records,
            path: input.path().to_path_buf(),
            end: input.file_position(),
            last_of_file,
            left_out: self.layout.located.left_out.clone(),
            base: self.base,
            places: self.places,
        })
    }
}

/// Rows of the block that begin before `position`.
fn rows_before(rows: &Rows, position: usize) -> usize {
    let (mut low, mut high) = (0, rows.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if rows.span(middle).0 < position { low = middle + 1 } else { high = middle }
    }
    low
}

/// A record's text, invalid UTF-8 replaced, cut to 64 KiB.
fn record_excerpt(record: &[u8]) -> String {
    // Replacement never shortens, so that bytes beyond the limit and one character cannot matter.
    let head = &record[..record.len().min(RECORD_EXCERPT_BYTES + 4)];
    let mut text = String::from_utf8_lossy(head).into_owned();
    let limit = RECORD_EXCERPT_BYTES.min(text.len());
    let end = (0..=limit).rev().find(|&end| text.is_char_boundary(end));
    text.truncate(end.unwrap_or_default());
    text
}
