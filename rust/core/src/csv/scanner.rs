//! A file cut into blocks of whole records, for a parser that gives no places.

use std::ops::Range;

use arrow_schema::Schema;

use super::batch::nullable;
use super::dialect::{Dialect, POSITION};
use super::file::{CsvFile, FilePosition};
use super::header::{self, Located};
use super::input::{Input, again};
use super::limits::Limits;
use super::options::{CsvOptions, NullValues};
use super::rows::{Field, Quota};
use super::scan::{Record, Sink};
use crate::{Error, Result};

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordSpan {
    /// Index in the block of its first byte.
    pub start: usize,
    /// Index in the block behind its last byte, the terminator excluded.
    pub end: usize,
    /// Line of the file, from 1.
    pub line: u64,
    /// Offset in the decompressed bytes of the file, from 0.
    pub byte_offset: u64,
}

/// Whole records of one file.
#[derive(Debug, Default)]
pub struct CsvBlock {
    /// The bytes, blank lines and terminators included. Where the dialect has comments, escapes or
    /// padding, the records alone, a line feed behind each.
    pub data: Vec<u8>,
    /// The records, blank lines that are none left out.
    pub spans: Vec<RecordSpan>,
    /// Where the dialect has padding: `data` without it, and where each record is in that.
    pub trimmed: Option<(Vec<u8>, Vec<Range<usize>>)>,
    /// Record and column, from 0, of fields whose value does not tell whether they are null, and
    /// whether they are; in order.
    pub settled_nulls: Vec<(usize, usize, bool)>,
    /// Where the next record begins, or what is left of the file.
    pub end: FilePosition,
    /// Whether no record of the file follows.
    pub last_of_file: bool,
}

/// Cuts one file into blocks of whole records.
///
/// Without a header, a blank line is a record where the first line that is not blank has one
/// field, or where all lines are blank.
pub struct CsvScanner {
    input: Input,
    dialect: Dialect,
    names: Option<Vec<String>>,
    skips_blank: bool,
    null_values: NullValues,
    block_rows: usize,
    block_bytes: usize,
    /// Where the first block begins, where that is not behind the header.
    from: Option<FilePosition>,
    is_done: bool,
    failure: Option<Error>,
}

struct BlockSink<'a> {
    block: &'a mut CsvBlock,
    dialect: &'a Dialect,
    null_values: &'a NullValues,
    /// Offset in the file's text of the buffer's first byte, and of the block's.
    offset: u64,
    base: u64,
    quota: Quota,
}

impl Sink for BlockSink<'_> {
    fn take(&mut self, data: &[u8], entries: &mut Vec<u32>, record: &Record) -> bool {
        let fields = &entries[record.first_entry..];
        if record.has_marks && !record.is_malformed {
            self.settle_nulls(data, fields);
        }
        let raw = &data[record.start..record.end];
        let start = if self.dialect.is_verbatim() {
            #[expect(clippy::cast_possible_truncation, reason = "a block is held in memory")]
            let start = (self.offset + record.start as u64 - self.base) as usize;
            start
        } else {
            let start = self.block.data.len();
            self.block.data.extend_from_slice(raw);
            self.block.data.push(b'\n');
            start
        };
        if self.dialect.trim {
            self.trim(data, fields);
        }
        let end = start + raw.len();
        // Where the record is in the buffer; the block has its offset in the file instead.
        let byte_offset = record.start as u64;
        self.block.spans.push(RecordSpan { start, end, line: record.line, byte_offset });
        entries.truncate(record.first_entry);
        self.quota.spend(record)
    }
}

impl BlockSink<'_> {
    /// Notes the fields that are null where their value says otherwise, and the other way round.
    fn settle_nulls(&mut self, data: &[u8], entries: &[u32]) {
        for (column, field) in fields(self.dialect, data, entries).enumerate() {
            let is_null = field.is_null(self.null_values);
            let value = field.value();
            if self.null_values.contains(&value) != is_null {
                self.block.settled_nulls.push((self.block.spans.len(), column, is_null));
            }
        }
    }

    /// Adds a record without the padding of its fields.
    fn trim(&mut self, data: &[u8], entries: &[u32]) {
        let (text, spans) = self.block.trimmed.get_or_insert_default();
        let start = text.len();
        let mut end = start;
        for field in fields(self.dialect, data, entries) {
            text.extend_from_slice(self.dialect.stripped(field.raw, field.flags));
            end = text.len();
            text.extend_from_slice(self.dialect.delimiter.bytes());
        }
        text.truncate(end);
        spans.push(start..end);
        text.push(b'\n');
    }
}

/// The fields of a record with these entries.
fn fields<'a>(
    dialect: &'a Dialect,
    data: &'a [u8],
    entries: &'a [u32],
) -> impl Iterator<Item = Field<'a>> {
    entries.windows(2).map(|pair| {
        let (from, to) = ((pair[0] & POSITION) as usize, (pair[1] & POSITION) as usize);
        Field { raw: &data[from..to - dialect.delimiter.len()], flags: pair[1], dialect }
    })
}

impl CsvScanner {
    /// Opens a file and reads its header. `block_rows` and `block_bytes` bound a block; it has at
    /// least one record.
    ///
    /// # Errors
    /// `Config` where the options cannot be meant; `NotFound`, `Permission` and `Read` from the
    /// file system; `Decode` where the header is not one.
    pub fn open(
        file: impl Into<CsvFile>,
        options: &CsvOptions,
        block_rows: usize,
        block_bytes: usize,
    ) -> Result<Self> {
        Self::open_with(&file.into(), options, None, block_rows, block_bytes, Limits::default())
    }

    /// As [`Self::open`], for a file without a header that is known to have `width` columns: the
    /// width is then not told from the first record.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_headless(
        file: impl Into<CsvFile>,
        options: &CsvOptions,
        width: usize,
        block_rows: usize,
        block_bytes: usize,
    ) -> Result<Self> {
        Self::open_with(
            &file.into(),
            options,
            Some(width),
            block_rows,
            block_bytes,
            Limits::default(),
        )
    }

    pub(super) fn open_with(
        file: &CsvFile,
        options: &CsvOptions,
        width: Option<usize>,
        block_rows: usize,
        block_bytes: usize,
        limits: Limits,
    ) -> Result<Self> {
        options.check()?;
        let dialect = Dialect::new(options);
        let mut input = Input::open_at(file, options, limits)?;
        let names = options.header.then(|| header::read(&mut input, dialect)).transpose()?;
        let width = match (&names, width) {
            (Some(names), _) => names.len(),
            (None, Some(width)) => width,
            (None, None) => header::guess_width(&mut input, dialect)?.unwrap_or(1),
        };
        Ok(Self {
            input,
            dialect,
            names,
            skips_blank: width > 1,
            null_values: NullValues::new(&options.null_values),
            block_rows: block_rows.max(1),
            block_bytes: block_bytes.max(1),
            from: file.from,
            is_done: false,
            failure: None,
        })
    }

    /// The names of the columns, where the file has a header.
    #[must_use]
    pub fn header(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// Where the columns of `schema` are in a record; to be asked before the first block.
    ///
    /// # Errors
    /// `Contract` where the file's columns are not those of `schema`, as the native reader says.
    pub fn columns(&mut self, schema: &Schema, options: &CsvOptions) -> Result<Located> {
        if let Some(names) = &self.names {
            return header::locate(&self.input, names, schema, options);
        }
        let width = schema.fields().len();
        self.input.names = schema.fields().iter().map(|field| field.name().clone()).collect();
        header::check_width(&mut self.input, self.dialect, width)?;
        // The schema knows better than the first record, which may be blank or badly quoted.
        self.skips_blank = width > 1;
        let (schema, columns) = (nullable(schema), (0..width).collect());
        Ok(Located { schema, columns, left_out: Vec::new() })
    }

    /// The next block, or `None` behind the last. A file without records has one empty block.
    ///
    /// # Errors
    /// `Read` from the file system; `Decode` for bytes that do not parse. Records before the
    /// fault have been handed out, and a scanner that failed keeps failing.
    pub fn next_block(&mut self) -> Result<Option<CsvBlock>> {
        if let Some(failure) = &self.failure {
            return Err(again(failure));
        }
        if self.is_done {
            return Ok(None);
        }
        if let Some(position) = self.from.take()
            && let Err(failure) = self.input.jump(position)
        {
            self.failure = Some(again(&failure));
            return Err(failure);
        }
        let mut block = CsvBlock::default();
        let mut entries = Vec::new();
        let base = self.input.text_offset(self.input.cursor.position);
        let gathered = self.input.gather(|input| {
            let from = input.cursor.position;
            let left = self.block_bytes.saturating_sub(block.data.len());
            let records = self.block_rows - block.spans.len();
            let (offset, known) = (input.text_offset(0), block.spans.len());
            let quota = Quota { records, position: from + left };
            let (dialect, null_values) = (&self.dialect, &self.null_values);
            let mut sink =
                BlockSink { block: &mut block, dialect, null_values, offset, base, quota };
            let stop = input.scan(self.dialect, self.skips_blank, &mut entries, &mut sink);
            for span in &mut block.spans[known..] {
                #[expect(clippy::cast_possible_truncation, reason = "a block is held in memory")]
                let position = span.byte_offset as usize;
                span.byte_offset = input.offset(position);
            }
            if self.dialect.is_verbatim() {
                block.data.extend_from_slice(&input.data()[from..input.cursor.position]);
            }
            stop
        });
        self.is_done = gathered.last_of_file;
        block.last_of_file = gathered.last_of_file;
        block.end = self.input.file_position();
        match gathered.failure {
            Some(failure) if block.spans.is_empty() => {
                self.failure = Some(again(&failure));
                Err(failure)
            }
            failure => {
                self.failure = failure;
                Ok(Some(block))
            }
        }
    }
}
