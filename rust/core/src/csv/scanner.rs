//! A file cut into blocks of whole records, for a parser that gives no places.

use std::ops::Range;
use std::path::Path;

use arrow_schema::Schema;

use super::header;
use super::input::{Input, Limits, again};
use super::options::{CsvOptions, NullValues};
use super::rows::Quota;
use super::scan::{Dialect, ESCAPED, POSITION, QUOTED, Record, Sink};
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
    /// The bytes, blank lines and terminators included.
    pub data: Vec<u8>,
    /// The records, blank lines that are none left out.
    pub spans: Vec<RecordSpan>,
    /// Record and column, from 0, of quoted fields whose content is a null spelling, in order.
    pub quoted_nulls: Vec<(usize, usize)>,
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
    is_done: bool,
    failure: Option<Error>,
}

struct BlockSink<'a> {
    spans: &'a mut Vec<RecordSpan>,
    null_values: &'a NullValues,
    candidates: Vec<Candidate>,
    /// Offset in the file of the buffer's first byte, and of the block's.
    offset: u64,
    base: u64,
    quota: Quota,
}

/// A quoted field as long as a null spelling.
struct Candidate {
    record: usize,
    column: usize,
    content: Range<usize>,
}

impl Sink for BlockSink<'_> {
    fn take(&mut self, entries: &mut Vec<u32>, record: &Record) -> bool {
        if record.has_quotes && !record.is_malformed {
            for (column, pair) in entries[record.first_entry..].windows(2).enumerate() {
                if pair[1] & (QUOTED | ESCAPED) != QUOTED {
                    continue;
                }
                let content = (pair[0] & POSITION) as usize + 1..(pair[1] & POSITION) as usize - 2;
                if self.null_values.has_length(content.len()) {
                    self.candidates.push(Candidate { record: self.spans.len(), column, content });
                }
            }
        }
        entries.truncate(record.first_entry);
        let byte_offset = self.offset + record.start as u64;
        #[expect(clippy::cast_possible_truncation, reason = "a block is held in memory")]
        let start = (byte_offset - self.base) as usize;
        let end = start + (record.end - record.start);
        self.spans.push(RecordSpan { start, end, line: record.line, byte_offset });
        self.quota.spend(record)
    }
}

impl CsvScanner {
    /// Opens `path` and reads its header. `block_rows` and `block_bytes` bound a block; it has at
    /// least one record.
    ///
    /// # Errors
    /// `Config` where the options cannot be meant; `NotFound`, `Permission` and `Read` from the
    /// file system; `Decode` where the header is not one.
    pub fn open(
        path: &Path,
        options: &CsvOptions,
        block_rows: usize,
        block_bytes: usize,
    ) -> Result<Self> {
        Self::open_with(path, options, None, block_rows, block_bytes, Limits::default())
    }

    /// As [`Self::open`], for a file without a header that is known to have `width` columns: the
    /// width is then not told from the first record.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_headless(
        path: &Path,
        options: &CsvOptions,
        width: usize,
        block_rows: usize,
        block_bytes: usize,
    ) -> Result<Self> {
        Self::open_with(path, options, Some(width), block_rows, block_bytes, Limits::default())
    }

    pub(super) fn open_with(
        path: &Path,
        options: &CsvOptions,
        width: Option<usize>,
        block_rows: usize,
        block_bytes: usize,
        limits: Limits,
    ) -> Result<Self> {
        options.check()?;
        let dialect = Dialect { delimiter: options.delimiter, quote: options.quote };
        let mut input = Input::open(path, options.compression, limits)?;
        let names = options.header.then(|| header::read(&mut input, options)).transpose()?;
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
            is_done: false,
            failure: None,
        })
    }

    /// The names of the columns, where the file has a header.
    #[must_use]
    pub fn header(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The index in a record of each column of `schema`; to be asked before the first block.
    ///
    /// # Errors
    /// `Contract` where the file's columns are not those of `schema`, as the native reader says.
    pub fn columns(&mut self, schema: &Schema) -> Result<Vec<usize>> {
        if let Some(names) = &self.names {
            return header::locate(&self.input, names, schema);
        }
        let width = schema.fields().len();
        header::check_width(&mut self.input, self.dialect, width)?;
        // The schema knows better than the first record, which may be blank or badly quoted.
        self.skips_blank = width > 1;
        Ok((0..width).collect())
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
        let mut block = CsvBlock::default();
        let mut entries = Vec::new();
        let base = self.input.offset(self.input.cursor.position);
        let gathered = self.input.gather(|input| {
            let from = input.cursor.position;
            let left = self.block_bytes.saturating_sub(block.data.len());
            let records = self.block_rows - block.spans.len();
            let mut sink = BlockSink {
                spans: &mut block.spans,
                null_values: &self.null_values,
                candidates: Vec::new(),
                offset: input.offset(0),
                base,
                quota: Quota { records, position: from + left },
            };
            let stop = input.scan(self.dialect, self.skips_blank, &mut entries, &mut sink);
            let nulls = sink.candidates.into_iter();
            let nulls =
                nulls.filter(|one| self.null_values.contains(&input.data()[one.content.clone()]));
            block.quoted_nulls.extend(nulls.map(|one| (one.record, one.column)));
            block.data.extend_from_slice(&input.data()[from..input.cursor.position]);
            stop
        });
        self.is_done = gathered.last_of_file;
        block.last_of_file = gathered.last_of_file;
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
