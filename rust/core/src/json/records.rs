//! Records of which some may not fit: all that do, and what each of the others broke.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::Form;
use super::column::Column;
use super::cursor::Cursor;
use super::decode::{checked, each_record, filled};
use super::fault::{Fault, Read};
use super::members::{Members, NO_COLUMN};
use crate::reject::Violation;
use crate::{ErrorKind, Result, text};

/// Of a misfit's own text [bytes].
const RECORD_BYTES: usize = 64 << 10;

/// What an array of records holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// Those that fit, in order.
    pub batch: RecordBatch,
    /// Those that do not, in order.
    pub misfits: Vec<Misfit>,
    /// Keys that are no column and were passed over, sorted.
    pub left_out: Vec<String>,
    /// Keys that are no column and may not be, in order of appearance, each with the JSON of its
    /// first value that is not null, or `null`. Records that have one are misfits.
    pub unknown: Vec<(String, String)>,
}

/// A record that does not fit the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Among all records of the array, from 0.
    pub index: usize,
    /// Where it begins in the JSON.
    pub byte_offset: usize,
    /// What it broke, at least one, in the order of its keys.
    pub violations: Vec<Violation>,
    /// Its own text, cut to 64 KiB.
    pub record: String,
}

/// The records of a JSON array of objects, those that fit `schema` as a batch. Keys may come in any
/// order, each once; an absent key is null.
///
/// Args:
/// - `form`: what values of a JSON column are.
/// - `passes_over`: whether keys that are no column are passed over.
///
/// # Errors
/// [`ErrorKind::Decode`] where it is not JSON in UTF-8 or has 2 GiB or more,
/// [`ErrorKind::Contract`] where it is no array, or has an element that is no object,
/// [`ErrorKind::Config`] naming a column whose type headrace does not have.
pub fn records(json: &[u8], schema: &SchemaRef, form: Form, passes_over: bool) -> Result<Records> {
    let text = checked(json)?;
    let members = || {
        let fields = schema.fields();
        if passes_over { Members::passing_over(fields, form) } else { Members::new(fields, form) }
    };
    // Most often all of them fit.
    match filled_with(text, schema, members()?) {
        Ok((batch, left_out)) => {
            return Ok(Records { batch, misfits: vec![], left_out, unknown: vec![] });
        }
        Err(error) if error.kind() == ErrorKind::Contract => {}
        Err(error) => return Err(error),
    }
    let mut sorted = Sorted { schema, form, passes_over, unknown: vec![], misfits: vec![] };
    let mut fit = String::from("[");
    let mut index = 0;
    each_record(&mut Cursor::new(text), |cursor| {
        let byte_offset = cursor.at();
        let record = cursor.raw()?;
        if sorted.fits(record, index, byte_offset)? {
            if fit.len() > 1 {
                fit.push(',');
            }
            fit.push_str(record);
        }
        index += 1;
        Ok(())
    })?;
    fit.push(']');
    let (batch, left_out) = filled_with(&fit, schema, members()?)?;
    Ok(Records { batch, misfits: sorted.misfits, left_out, unknown: sorted.unknown })
}

fn filled_with(
    text: &str,
    schema: &SchemaRef,
    mut members: Members,
) -> Result<(RecordBatch, Vec<String>)> {
    let batch = filled(text, schema, &mut members)?;
    Ok((batch, members.left_out()))
}

/// Records sorted one by one.
struct Sorted<'a> {
    schema: &'a SchemaRef,
    form: Form,
    passes_over: bool,
    unknown: Vec<(String, String)>,
    misfits: Vec<Misfit>,
}

impl Sorted<'_> {
    /// Whether a record fits; notes it where it does not.
    fn fits(&mut self, record: &str, index: usize, byte_offset: usize) -> Read<bool> {
        if !text::is_json(record.as_bytes()) {
            return Err(Fault::not_json("it is no value", byte_offset));
        }
        let violations = self.violations(record)?;
        if violations.is_empty() {
            return Ok(true);
        }
        let record = cut(record, RECORD_BYTES).to_owned();
        self.misfits.push(Misfit { index, byte_offset, violations, record });
        Ok(false)
    }

    /// Everything that a record, which is an object, breaks.
    fn violations(&mut self, record: &str) -> Read<Vec<Violation>> {
        let mut violations = Vec::new();
        let mut seen = HashSet::new();
        let mut cursor = Cursor::new(record);
        cursor.enter();
        while cursor.next(b'}', seen.is_empty())? {
            let at = cursor.at();
            cursor.key()?;
            let key = cursor.last_key().to_owned();
            let value = cursor.raw()?;
            let fault = if seen.contains(&key) {
                Some(Fault::unfit("is there twice", at))
            } else if let Ok(index) = self.schema.index_of(&key) {
                self.fault(index, value).err()
            } else {
                self.stray(&key, value, at)
            };
            if let Some(fault) = fault {
                violations.push(fault.within_key(&key).into_violation(Some(value)));
            }
            seen.insert(key);
        }
        for field in self.schema.fields() {
            if !field.is_nullable() && !seen.contains(field.name()) {
                let fault = Fault::unplaced("is null or missing though it is required");
                violations.push(fault.within_key(field.name()).into_violation(None));
            }
        }
        Ok(violations)
    }

    /// What a value of the column breaks.
    fn fault(&self, index: usize, value: &str) -> Read<()> {
        // The type has been held against the forms before.
        let column = Column::new(&self.schema.fields()[index], self.form);
        let Ok(mut column) = column else { return Ok(()) };
        let within = format!("[{value}]");
        let mut cursor = Cursor::new(&within);
        cursor.enter();
        cursor.next(b']', true)?;
        column.read(&mut cursor)?;
        cursor.next(b']', false).map(|_| ())
    }

    /// What a key that is no column breaks; notes it where it must be one.
    fn stray(&mut self, key: &str, value: &str, at: usize) -> Option<Fault> {
        if self.passes_over {
            return None;
        }
        match self.unknown.iter_mut().find(|(known, _)| known == key) {
            Some((_, first)) if first == "null" => value.clone_into(first),
            Some(_) => {}
            None => self.unknown.push((key.to_owned(), value.to_owned())),
        }
        Some(Fault::unfit(NO_COLUMN, at))
    }
}

/// The first `bytes` of a text, whole characters only.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
