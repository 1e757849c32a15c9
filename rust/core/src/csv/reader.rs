//! Files to batches, one after another.

use std::vec::IntoIter;

use arrow_schema::{Schema, SchemaRef};

use super::batch::{Builder, CsvBatch, Layout, nullable};
use super::column::Column;
use super::dialect::Dialect;
use super::file::CsvFile;
use super::header::{self, Located};
use super::input::{Input, again};
use super::limits::Limits;
use super::options::{CsvOptions, NullValues};
use super::room::Room;
use super::rows::{Quota, Rows};
use crate::{Error, ErrorKind, Result};

/// Bytes of source that a batch may be asked to hold: places and offsets are 32 bits wide.
const BATCH_BYTES_MAX: usize = 1 << 30;

/// CSV files to Arrow, file after file; a batch never spans two files.
pub struct CsvReader {
    files: IntoIter<CsvFile>,
    schema: SchemaRef,
    options: CsvOptions,
    batch_rows: usize,
    batch_bytes: usize,
    limits: Limits,
    room: Room,
    file: Option<OpenFile>,
    failure: Option<Error>,
}

struct OpenFile {
    input: Input,
    layout: Layout,
    rows: Rows,
}

impl CsvReader {
    /// A reader of `files`, which are opened as they are reached. `batch_rows` bounds the records
    /// of a batch, `batch_bytes` about its bytes of source; at least one record each.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where the options or the types of `schema` cannot be meant.
    ///
    /// # Examples
    /// ```
    /// use arrow_schema::{DataType, Field, Schema};
    /// use headrace_core::csv::{CsvFile, CsvOptions, CsvReader};
    ///
    /// let schema = Schema::new(vec![Field::new("id", DataType::Int64, true)]);
    /// let files = vec![CsvFile::new("missing.csv".into())];
    /// let mut reader = CsvReader::new(files, &schema, CsvOptions::default(), 10_000, 4 << 20)?;
    /// assert!(reader.next_batch().is_err());
    /// # Ok::<(), headrace_core::Error>(())
    /// ```
    pub fn new(
        files: Vec<impl Into<CsvFile>>,
        schema: &Schema,
        options: CsvOptions,
        batch_rows: usize,
        batch_bytes: usize,
    ) -> Result<Self> {
        options.check()?;
        if schema.fields().is_empty() {
            return Err(Error::new(ErrorKind::Config, "the schema has no columns"));
        }
        let reader = Self {
            files: files.into_iter().map(Into::into).collect::<Vec<_>>().into_iter(),
            schema: nullable(schema),
            options,
            batch_rows: batch_rows.max(1),
            batch_bytes: batch_bytes.clamp(1, BATCH_BYTES_MAX),
            limits: Limits::default(),
            room: Room::new(),
            file: None,
            failure: None,
        };
        for field in reader.schema.fields() {
            Column::new(field, &reader.options.values, 0)?;
        }
        Ok(reader)
    }

    /// The same reader with other limits of its blocks.
    #[cfg(any(test, fuzzing))]
    pub(super) fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The next batch, or `None` behind the last file. A file without records has one empty batch.
    ///
    /// # Errors
    /// `NotFound`, `Permission` and `Read` from the file system, `Decode` for bytes that do not
    /// parse, `Contract` where columns come or go. Records before the fault have been handed out,
    /// and a reader that failed keeps failing.
    pub fn next_batch(&mut self) -> Result<Option<CsvBatch>> {
        if let Some(failure) = &self.failure {
            return Err(again(failure));
        }
        self.advance().inspect_err(|failure| self.failure = Some(again(failure)))
    }

    fn advance(&mut self) -> Result<Option<CsvBatch>> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => match self.files.next() {
                Some(file) => self.open(&file)?,
                None => return Ok(None),
            },
        };
        let OpenFile { input, layout, rows } = &mut file;
        let start = input.cursor;
        let offset = input.offset(start.position);
        // Of ten thousand small files, each would hold the room of a large one.
        let at_most = input.bytes_at_most();
        let mut builder = Builder::new(layout, start, offset, &self.room, at_most)?;
        let gathered = input.gather(|input| {
            let spent = input.offset(input.cursor.position) - offset;
            let left =
                self.batch_bytes.saturating_sub(usize::try_from(spent).unwrap_or(usize::MAX));
            let quota = Quota {
                records: self.batch_rows - builder.num_records,
                position: input.cursor.position + left,
            };
            let stop = rows.scan(input, quota);
            builder.add(input, rows);
            stop
        });
        match gathered.failure {
            Some(failure) if builder.num_records == 0 => return Err(failure),
            failure => self.failure = failure,
        }
        let batch = builder.finish(input, gathered.last_of_file)?;
        self.room.learn(&batch.batch);
        if !gathered.last_of_file {
            self.file = Some(file);
        }
        Ok(Some(batch))
    }

    fn open(&self, file: &CsvFile) -> Result<OpenFile> {
        let options = &self.options;
        let dialect = Dialect::new(options);
        let mut input = Input::open_at(file, options, self.limits)?;
        let schema = &self.schema;
        let (names, located) = if options.header {
            let names = header::read(&mut input, dialect)?;
            let located = header::locate(&input, &names, schema, options)?;
            (names, located)
        } else {
            header::check_width(&mut input, dialect, schema.fields().len())?;
            let names: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).collect();
            input.names.clone_from(&names);
            let columns = (0..schema.fields().len()).collect();
            (names, Located { schema: schema.clone(), columns, left_out: Vec::new() })
        };
        if let Some(position) = file.from {
            input.jump(position)?;
        }
        let rows = Rows::new(dialect, names.len());
        let null_values = NullValues::new(&options.null_values);
        let values = options.values.clone();
        let layout = Layout { located, names, null_values, values };
        Ok(OpenFile { input, layout, rows })
    }
}
