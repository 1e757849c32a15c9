//! The records of one stream that are to be a batch.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::lines::Place;
use crate::json::{Form, Misfit, Records, records};
use crate::reject::{RejectedRecord, Violation};
use crate::{Error, ErrorKind, Result};

/// A stream that is read.
#[derive(Debug, Clone)]
pub struct Stream {
    /// Its name, as records say it.
    pub name: String,
    /// Its namespace, as records say it.
    pub namespace: Option<String>,
    /// Its columns.
    pub schema: SchemaRef,
}

/// Records of one stream, in the order of their lines.
#[derive(Debug)]
pub struct Batch {
    /// Index of the stream.
    pub stream: usize,
    /// Those that fit its schema.
    pub batch: RecordBatch,
    /// Those that do not.
    pub rejects: Vec<RejectedRecord>,
    /// Keys that are no column and were passed over.
    pub left_out: Vec<String>,
    /// Of each record, fitting or not, where its line begins.
    places: Vec<Place>,
}

impl Batch {
    /// Line, from 1, and byte offset of the line of row `row`.
    #[must_use]
    pub fn position(&self, row: usize) -> Option<(u64, u64)> {
        if row >= self.batch.num_rows() {
            return None;
        }
        let mut index = row;
        for reject in &self.rejects {
            if reject.index > index {
                break;
            }
            index += 1;
        }
        self.places.get(index).map(|place| (place.line, place.byte_offset))
    }
}

/// The records of a stream since its last batch.
pub(super) struct Pending {
    pub(super) stream: Stream,
    /// A JSON array of them, without its end.
    json: Vec<u8>,
    /// Where in it each one ends.
    ends: Vec<usize>,
    places: Vec<Place>,
}

impl Pending {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, json: Vec::new(), ends: Vec::new(), places: Vec::new() }
    }

    pub(super) fn push(&mut self, place: Place, data: &str) {
        self.json.push(if self.ends.is_empty() { b'[' } else { b',' });
        self.json.extend_from_slice(data.as_bytes());
        self.ends.push(self.json.len());
        self.places.push(place);
    }

    pub(super) fn rows(&self) -> usize {
        self.ends.len()
    }

    /// Of their texts.
    pub(super) fn bytes(&self) -> usize {
        self.json.len()
    }

    /// All of them as a batch, and none left; `None` where there are none.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] naming a column whose type headrace does not have.
    pub(super) fn take(&mut self, stream: usize, passes_over: bool) -> Result<Option<Batch>> {
        if self.ends.is_empty() {
            return Ok(None);
        }
        self.json.push(b']');
        let found = match records(&self.json, &self.stream.schema, Form::Plain, passes_over) {
            // One that is no JSON object spoils the array: they are read one by one.
            Err(error) if matches!(error.kind(), ErrorKind::Decode | ErrorKind::Contract) => {
                self.one_by_one(passes_over)?
            }
            found => found?,
        };
        let places = std::mem::take(&mut self.places);
        let rejects = found.misfits.into_iter().map(|misfit| {
            let Place { line, byte_offset } = places[misfit.index];
            let Misfit { index, violations, record, .. } = misfit;
            RejectedRecord { index, line, byte_offset, violations, record }
        });
        let rejects = rejects.collect();
        let Records { batch, left_out, .. } = found;
        self.json.clear();
        self.ends.clear();
        Ok(Some(Batch { stream, batch, rejects, left_out, places }))
    }

    fn one_by_one(&self, passes_over: bool) -> Result<Records> {
        let read = |json: &[u8]| records(json, &self.stream.schema, Form::Plain, passes_over);
        let (mut fit, mut misfits, mut start) = (vec![b'['], Vec::new(), 1);
        for (index, &end) in self.ends.iter().enumerate() {
            let record = &self.json[start..end];
            match read(&[b"[", record, b"]"].concat()) {
                Ok(found) if found.misfits.is_empty() => {
                    if fit.len() > 1 {
                        fit.push(b',');
                    }
                    fit.extend_from_slice(record);
                }
                Ok(found) => {
                    misfits.extend(found.misfits.into_iter().map(|m| Misfit { index, ..m }));
                }
                Err(error) => misfits.push(Misfit {
                    index,
                    byte_offset: 0,
                    violations: vec![violation(error)?],
                    record: cut(record),
                }),
            }
            start = end + 1;
        }
        fit.push(b']');
        Ok(Records { misfits, ..read(&fit)? })
    }
}

/// Of a rejected record's own text [bytes].
const RECORD_BYTES: usize = 64 << 10;

fn cut(record: &[u8]) -> String {
    String::from_utf8_lossy(&record[..record.len().min(RECORD_BYTES)]).into_owned()
}

/// What a record breaks that is no JSON object.
///
/// # Errors
/// It is not the record's fault.
fn violation(error: Error) -> Result<Violation> {
    let message = match error.kind() {
        ErrorKind::Decode => "the record is not JSON",
        ErrorKind::Contract => "the record is not a JSON object",
        _ => return Err(error),
    };
    Ok(Violation { field: None, rule: "json", value: None, message: message.to_owned() })
}
