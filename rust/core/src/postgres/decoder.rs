//! The stream of a binary COPY: records to batches.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;

use super::frames::{Frame, Frames, NULL};
use super::spelling;
use super::values::{Values, Wrong, internal};
use super::wire::Wire;
use crate::reject::Violation;
use crate::{Error, ErrorKind, Location, Result, text};

/// Of a rejected record's text [characters].
const RECORD_CHARS: usize = 64 << 10;

/// A column of the stream.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// How its values come.
    pub wire: Wire,
    /// The column of the batch; `None` where it is read for its place alone.
    pub field: Option<Field>,
    /// Whether it is part of a record's place.
    pub is_key: bool,
}

/// A record that could not become a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Index among all records of its batch, good and rejected together, from 0.
    pub index: usize,
    /// Every fault found in it, in column order, at least one.
    pub violations: Vec<Violation>,
    /// Its values as a JSON object, cut to 64 KiB.
    pub record: String,
}

/// Records of the stream, in order.
#[derive(Debug)]
pub struct CopyBatch {
    /// The good rows; every column is nullable.
    pub batch: RecordBatch,
    /// The records that are no rows.
    pub rejects: Vec<Rejected>,
    /// Good and rejected records.
    pub num_records: usize,
    /// The text of the first record's keys, in column order; `None` for null.
    pub first_key: Vec<Option<String>>,
    /// Likewise, of the last record's.
    pub last_key: Vec<Option<String>>,
}

/// Decodes a stream that comes in chunks of any size.
///
/// ```
/// use arrow_schema::{DataType, Field};
/// use headrace_core::postgres::{Column, CopyDecoder, Wire};
///
/// let field = Some(Field::new("n", DataType::Int16, true));
/// let column = Column { name: "n".into(), wire: Wire::Int2, field, is_key: false };
/// let mut decoder = CopyDecoder::new(vec![column], 10_000, 1 << 20)?;
/// decoder.feed(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0")?;
/// decoder.feed(b"\0\x01\0\0\0\x02\0\x07\xff\xff")?;
/// decoder.finish()?;
/// assert_eq!(decoder.take_batch()?.unwrap().num_records, 1);
/// # Ok::<(), headrace_core::Error>(())
/// ```
pub struct CopyDecoder {
    columns: Vec<Column>,
    schema: SchemaRef,
    /// Index in the batch of each column.
    outputs: Vec<Option<usize>>,
    batch_rows: usize,
    batch_bytes: usize,
    frames: Frames,
    /// The beginning of what has not come whole.
    kept: Vec<u8>,
    /// Of the fields of the record in work; `None` for null.
    fields: Vec<Option<Range<usize>>>,
    values: Vec<Values>,
    bytes: usize,
    num_records: usize,
    rejects: Vec<Rejected>,
    /// Rows in `values` to be left out.
    faulty: Vec<usize>,
    /// Whether a row behind them is the beginning of a record that broke off.
    is_torn: bool,
    /// The keys of the first record and of the last, as they came.
    keys: [Vec<Option<Vec<u8>>>; 2],
}

impl CopyDecoder {
    /// A decoder at the start of a stream.
    ///
    /// # Errors
    /// `Config` where a column's values do not go into its field.
    pub fn new(columns: Vec<Column>, batch_rows: usize, batch_bytes: usize) -> Result<Self> {
        let mut fields = Vec::new();
        let mut outputs = Vec::with_capacity(columns.len());
        for column in &columns {
            outputs.push(column.field.as_ref().map(|field| {
                fields.push(field.clone().with_nullable(true));
                fields.len() - 1
            }));
        }
        let keys = columns.iter().filter(|column| column.is_key).count();
        let frames = Frames::new(columns.len());
        let mut decoder = Self {
            columns,
            schema: Arc::new(Schema::new(fields)),
            outputs,
            batch_rows: batch_rows.max(1),
            batch_bytes,
            frames,
            kept: Vec::new(),
            fields: Vec::new(),
            values: Vec::new(),
            bytes: 0,
            num_records: 0,
            rejects: Vec::new(),
            faulty: Vec::new(),
            is_torn: false,
            keys: [vec![None; keys], vec![None; keys]],
        };
        decoder.values = decoder.empty(0)?;
        Ok(decoder)
    }

    /// The columns of the batches.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Records decoded since the last batch.
    #[must_use]
    pub fn num_records(&self) -> usize {
        self.num_records
    }

    /// Whether a batch should be taken before more is fed.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.num_records >= self.batch_rows || self.bytes >= self.batch_bytes
    }

    /// Decodes a chunk, as far as until the batch is full; gives how many of its bytes were taken.
    ///
    /// # Errors
    /// `Decode` with the byte offset where it is no such stream.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<usize> {
        let mut at = 0;
        while !self.kept.is_empty() && !self.is_full() {
            // What has come whole is decoded where it is; only what is cut is copied.
            let Some(more) = chunk.get(at..).filter(|more| !more.is_empty()) else {
                return Ok(at);
            };
            let before = self.kept.len();
            let wanted =
                self.frames.wanted(&self.kept)?.saturating_sub(before).clamp(1, more.len());
            self.kept.extend_from_slice(&more[..wanted]);
            at += wanted;
            let kept = std::mem::take(&mut self.kept);
            let taken = self.step(&kept)?;
            // A step takes all that was wanted, or nothing.
            if taken == 0 {
                self.kept = kept;
            } else {
                self.frames.offset += taken as u64;
            }
        }
        while at < chunk.len() && !self.is_full() {
            let taken = self.step(&chunk[at..])?;
            if taken == 0 {
                self.kept.extend_from_slice(&chunk[at..]);
                return Ok(chunk.len());
            }
            self.frames.offset += taken as u64;
            at += taken;
        }
        Ok(at)
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// `Decode` where it had no trailer: then it was cut.
    pub fn finish(&self) -> Result<()> {
        self.frames.finish()
    }

    /// What was decoded since the last batch; `None` where there was no record.
    ///
    /// # Errors
    /// `Internal` where Arrow refuses what was built.
    pub fn take_batch(&mut self) -> Result<Option<CopyBatch>> {
        if self.num_records == 0 {
            return Ok(None);
        }
        let rows = self.num_records;
        let next = self.empty(rows.min(self.batch_rows))?;
        let values = std::mem::replace(&mut self.values, next);
        let arrays = values.into_iter().map(Values::finish).collect::<Result<_>>()?;
        let built = rows + usize::from(std::mem::take(&mut self.is_torn));
        let count = RecordBatchOptions::new().with_row_count(Some(built));
        let mut batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &count)
            .map_err(|error| internal(&error))?
            .slice(0, rows);
        if !self.faulty.is_empty() {
            let mut keep = vec![true; rows];
            self.faulty.drain(..).for_each(|row| keep[row] = false);
            batch = filter_record_batch(&batch, &BooleanArray::from(keep))
                .map_err(|error| internal(&error))?;
        }
        self.bytes = 0;
        self.num_records = 0;
        Ok(Some(CopyBatch {
            batch,
            rejects: std::mem::take(&mut self.rejects),
            num_records: rows,
            first_key: self.key_text(&self.keys[0]),
            last_key: self.key_text(&self.keys[1]),
        }))
    }

    fn key_text(&self, key: &[Option<Vec<u8>>]) -> Vec<Option<String>> {
        let columns = self.columns.iter().filter(|column| column.is_key).zip(key);
        let texts = columns.map(|(column, field)| {
            // Bytes that are no value of the column have ended the stream.
            field.as_ref().map(|field| spelling::text(&column.wire, field).unwrap_or_default())
        });
        texts.collect()
    }

    fn empty(&self, rows: usize) -> Result<Vec<Values>> {
        let columns =
            self.columns.iter().filter_map(|column| Some((column, column.field.as_ref()?)));
        columns.map(|(column, field)| Values::new(&column.wire, field, rows)).collect()
    }

    /// Takes the next whole thing from the front of `data`: its length, or 0 where it is cut.
    fn step(&mut self, data: &[u8]) -> Result<usize> {
        match self.frames.next(data)? {
            Frame::Cut => Ok(0),
            Frame::Other(length) => Ok(length),
            Frame::Record => self.record(data),
        }
    }

    /// Decodes the record at the front of `data`, which has it whole.
    fn record(&mut self, data: &[u8]) -> Result<usize> {
        let mut end = 2;
        let mut violations = Vec::new();
        self.fields.clear();
        for (index, column) in self.columns.iter().enumerate() {
            let length = data.get(end..).and_then(|rest| rest.first_chunk()).copied();
            let length = i32::from_be_bytes(length.unwrap_or_default());
            let start = end + 4;
            end = start + usize::try_from(length).unwrap_or_default();
            let range = (length != NULL).then_some(start..end);
            let field = range.clone().and_then(|range| data.get(range));
            self.fields.push(range);
            let Some(output) = self.outputs[index] else { continue };
            match self.values[output].push(field) {
                Ok(()) => {}
                Err(Wrong::Unfit) => violations.push(violation(column, field.unwrap_or_default())),
                Err(Wrong::Corrupt) => {
                    let message =
                        format!("bytes that are no {} of Postgres stand here", column.wire);
                    self.is_torn = true;
                    self.values[output + 1..].iter_mut().for_each(Values::push_placeholder);
                    return Err(self.at_field(&message, &column.name, start));
                }
            }
        }
        let keys = self.columns.iter().zip(&self.fields).filter(|(column, _)| column.is_key);
        let [first, last] = &mut self.keys;
        for ((_, range), (first, last)) in keys.zip(first.iter_mut().zip(last)) {
            let field = range.clone().and_then(|range| data.get(range));
            keep(last, field);
            if self.num_records == 0 {
                keep(first, field);
            }
        }
        if !violations.is_empty() {
            let record = self.excerpt(data);
            self.rejects.push(Rejected { index: self.num_records, violations, record });
            self.faulty.push(self.num_records);
        }
        self.num_records += 1;
        self.bytes += end;
        Ok(end)
    }

    /// The record's values as a JSON object.
    fn excerpt(&self, data: &[u8]) -> String {
        let mut members = serde_json::Map::new();
        for (column, range) in self.columns.iter().zip(&self.fields) {
            let field = range.clone().and_then(|range| data.get(range));
            let text = field.map(|field| {
                let text = spelling::text(&column.wire, field);
                text.unwrap_or_else(|_| String::from_utf8_lossy(field).into_owned())
            });
            members.insert(column.name.clone(), text.into());
        }
        let mut text = serde_json::Value::Object(members).to_string();
        if let Some((end, _)) = text.char_indices().nth(RECORD_CHARS) {
            text.truncate(end);
        }
        text
    }

    fn at_field(&self, message: &str, name: &str, start: usize) -> Error {
        Error::new(ErrorKind::Decode, message).at(Location {
            byte_offset: Some(self.frames.offset + start as u64),
            field: Some(name.to_owned()),
            ..Location::default()
        })
    }
}

/// Keeps a field, in the memory of the one before.
fn keep(kept: &mut Option<Vec<u8>>, field: Option<&[u8]>) {
    match (field, kept) {
        (Some(field), Some(bytes)) => {
            bytes.clear();
            bytes.extend_from_slice(field);
        }
        (field, kept) => *kept = field.map(<[u8]>::to_vec),
    }
}

fn violation(column: &Column, field: &[u8]) -> Violation {
    let value = spelling::text(&column.wire, field);
    let value = value.unwrap_or_else(|_| String::from_utf8_lossy(field).into_owned());
    let is_text = column.wire == Wire::Text && std::str::from_utf8(field).is_err();
    Violation {
        field: Some(column.name.clone()),
        rule: if is_text { "utf8" } else { "type" },
        value: Some(text::excerpt(&value).to_owned()),
        message: match (&column.field, is_text) {
            (_, true) => "is not valid UTF-8".to_owned(),
            (Some(field), false) => text::complaint(field),
            (None, false) => "is no value".to_owned(),
        },
    }
}
