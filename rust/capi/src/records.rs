//! JSON records to Arrow by the column types: exactly, or an error that names record and field.
//!
//! The text is read once, record by record, into column builders; no tree of values is built.
//!
//! - `cell`: one JSON value as one value of a column type.
//! - `column`: the values of one column.

mod cell;
mod column;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use headrace_core::{Error, ErrorKind, Location, text};
use serde_core::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use cell::Cell;
use column::Column;

/// The core's result, or serde's where a second type is named.
type Result<T, E = Error> = std::result::Result<T, E>;

/// Bytes of a batch's JSON: its texts must not outgrow the 32-bit offsets of an Arrow string.
const MAX_JSON_BYTES: usize = i32::MAX as usize;

/// Reads the records of one schema.
#[derive(Debug)]
pub(crate) struct RecordReader {
    schema: SchemaRef,
    /// Index of each column.
    indices: HashMap<String, usize>,
}

impl RecordReader {
    pub(crate) fn new(schema: SchemaRef) -> Self {
        let names = schema.fields().iter().map(|field| field.name().clone());
        Self { indices: names.zip(0..).collect(), schema }
    }

    /// The rows of a JSON array of objects, in order. Keys may come in any order, each once; an
    /// absent key is null.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] where it is not JSON, [`ErrorKind::Contract`] naming the first record
    /// (from 0) and field that do not fit.
    pub(crate) fn read(&self, json: &str) -> Result<RecordBatch> {
        if json.len() > MAX_JSON_BYTES {
            return Err(Error::new(ErrorKind::Decode, "a batch must be smaller than 2 GiB"));
        }
        let fields = self.schema.fields().iter();
        let columns = fields.map(|field| Column::new(field.data_type())).collect::<Result<_>>()?;
        let mut rows = Rows {
            reader: self,
            columns,
            filled: vec![0; self.schema.fields().len()],
            begun: 0,
            is_list: false,
            failure: None,
        };
        let mut deserializer = serde_json::Deserializer::from_str(json);
        (&mut rows)
            .deserialize(&mut deserializer)
            .and_then(|()| deserializer.end())
            .map_err(|error| rows.explain(&error))?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.begun));
        let arrays = rows.columns.into_iter().map(Column::finish).collect();
        RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
    }
}

/// The rows under construction.
struct Rows<'a> {
    reader: &'a RecordReader,
    columns: Vec<Column>,
    /// For each column the number of its last record that has its key, counted from 1.
    filled: Vec<usize>,
    /// Records begun.
    begun: usize,
    is_list: bool,
    /// What is wrong in our words; the deserializer's error then only ends the reading.
    failure: Option<Error>,
}

impl Rows<'_> {
    fn push(&mut self, column: usize, json: &str) -> Result<()> {
        if self.filled[column] == self.begun {
            return Err(self.wrong(column, "is there twice"));
        }
        self.filled[column] = self.begun;
        let cell = Cell::read(json);
        if matches!(cell, Cell::Null) {
            return self.push_null(column);
        }
        if self.columns[column].push(&cell) {
            return Ok(());
        }
        let complaint = text::complaint(self.reader.schema.field(column).data_type());
        Err(self.wrong(column, &format!("{} {complaint}", cell.kind())))
    }

    fn push_null(&mut self, column: usize) -> Result<()> {
        if !self.reader.schema.field(column).is_nullable() {
            return Err(self.wrong(column, "is null or missing though it is required"));
        }
        self.columns[column].push_null();
        Ok(())
    }

    /// Makes the keys that the record lacks null.
    fn end_record(&mut self) -> Result<()> {
        (0..self.columns.len())
            .filter(|&column| self.filled[column] != self.begun)
            .collect::<Vec<_>>()
            .into_iter()
            .try_for_each(|column| self.push_null(column))
    }

    fn wrong(&self, column: usize, what: &str) -> Error {
        self.wrong_key(self.reader.schema.field(column).name(), what)
    }

    fn wrong_key(&self, key: &str, what: &str) -> Error {
        let key = text::excerpt(key).to_owned();
        let message = format!("record {}, field {key:?}: {what}", self.begun - 1);
        Error::new(ErrorKind::Contract, message)
            .at(Location { field: Some(key), ..Location::default() })
    }

    /// Ends the reading with our own error.
    fn end<E: serde_core::de::Error>(&mut self, failure: Error) -> E {
        self.failure = Some(failure);
        E::custom("")
    }

    /// What the deserializer's error means; its words for a wrong type would show the value.
    fn explain(&mut self, error: &serde_json::Error) -> Error {
        if let Some(failure) = self.failure.take() {
            return failure;
        }
        if !error.is_data() {
            return Error::new(ErrorKind::Decode, format!("the records are not JSON: {error}"));
        }
        let message = match (self.is_list, self.begun.checked_sub(1)) {
            (true, Some(record)) => format!("record {record} is not a JSON object"),
            _ => "the records are not a JSON array".to_owned(),
        };
        Error::new(ErrorKind::Contract, message)
    }
}

impl<'de> DeserializeSeed<'de> for &mut Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for &mut Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut records: A) -> Result<(), A::Error> {
        self.is_list = true;
        while records.next_element_seed(Record(self))?.is_some() {}
        Ok(())
    }
}

/// One record of the rows.
struct Record<'r, 'a>(&'r mut Rows<'a>);

impl<'de> DeserializeSeed<'de> for Record<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.begun += 1;
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Record<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let rows = self.0;
        while let Some(column) = map.next_key_seed(Key(rows))? {
            let value: &RawValue = map.next_value()?;
            rows.push(column, value.get()).map_err(|failure| rows.end(failure))?;
        }
        rows.end_record().map_err(|failure| rows.end(failure))
    }
}

/// A key of a record, read as the index of its column.
struct Key<'r, 'a>(&'r mut Rows<'a>);

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde_core::de::Error>(self, key: &str) -> Result<usize, E> {
        match self.0.reader.indices.get(key) {
            Some(&column) => Ok(column),
            None => Err(self.0.end(self.0.wrong_key(key, "is not a column of the schema"))),
        }
    }
}
