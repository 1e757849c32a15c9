//! The members of objects under construction: of records, and of the values of a struct column.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow_array::{ArrayRef, StructArray};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::Fields;

use super::column::{Column, internal};
use super::cursor::{Cursor, Token};
use super::fault::{Fault, Read};
use super::{Form, STRUCT, cell, is_ambiguous, quoted};
use crate::{Error, ErrorKind, Result, text};

/// What a key that is no column gets to hear.
pub(super) const NO_COLUMN: &str = "is not a column of the schema";

/// A column for each member, filled object by object.
pub(super) struct Members {
    columns: Vec<Column>,
    /// Each name as JSON has it, with its quotes.
    keys: Vec<String>,
    /// Index of each name.
    indices: HashMap<String, usize>,
    /// For each column the number of the last object that has its key, counted from 1.
    filled: Vec<usize>,
    /// Objects begun.
    begun: usize,
    /// Keys that are no column and were passed over; `None` where there must be none.
    left_out: Option<BTreeSet<String>>,
}

impl Members {
    pub(super) fn new(fields: &Fields, form: Form) -> Result<Self> {
        let columns =
            fields.iter().map(|field| Column::new(field, form)).collect::<Result<Vec<_>>>()?;
        let indices: HashMap<_, _> =
            fields.iter().map(|field| field.name().clone()).zip(0..).collect();
        if indices.len() < fields.len() {
            return Err(Error::new(ErrorKind::Config, "two columns have the same name"));
        }
        Ok(Self {
            keys: fields.iter().map(|field| quoted(field.name())).collect(),
            indices,
            filled: vec![0; columns.len()],
            begun: 0,
            left_out: None,
            columns,
        })
    }

    /// As [`Self::new`], for objects whose keys that are no column are passed over.
    pub(super) fn passing_over(fields: &Fields, form: Form) -> Result<Self> {
        Ok(Self { left_out: Some(BTreeSet::new()), ..Self::new(fields, form)? })
    }

    /// Keys that were passed over, sorted.
    pub(super) fn left_out(&self) -> Vec<String> {
        self.left_out.iter().flatten().cloned().collect()
    }

    /// Reads an object. Keys may come in any order, each once; an absent key is null.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Read<()> {
        let start = cursor.at();
        cursor.enter();
        self.begun += 1;
        let (mut found, mut seen, mut expected) = (0, 0, 0);
        while cursor.next(b'}', seen == 0)? {
            let at = cursor.at();
            let Some(index) = self.key(expected, cursor)? else {
                pass_over(cursor)?;
                seen += 1;
                continue;
            };
            let column = &mut self.columns[index];
            if self.filled[index] == self.begun {
                return Err(Fault::unfit("is there twice", at).within_key(column.field().name()));
            }
            self.filled[index] = self.begun;
            column.read(cursor).map_err(|fault| fault.within_key(column.field().name()))?;
            (found, seen) = (found + 1, seen + 1);
            expected = index + 1;
        }
        if found == self.columns.len() { Ok(()) } else { self.complete(start) }
    }

    /// Reads a key as the index of its column; most writers keep one order, so that the column
    /// after the last is tried first. `None` where it is no column, and may be.
    fn key(&mut self, expected: usize, cursor: &mut Cursor<'_>) -> Read<Option<usize>> {
        if let Some(key) = self.keys.get(expected)
            && cursor.take_key(key)?
        {
            return Ok(Some(expected));
        }
        let at = cursor.at();
        cursor.key()?;
        let key = cursor.last_key();
        if let Some(index) = self.indices.get(key) {
            return Ok(Some(*index));
        }
        let Some(left_out) = &mut self.left_out else {
            return Err(Fault::unfit(NO_COLUMN, at).within_key(key));
        };
        if !left_out.contains(key) {
            left_out.insert(key.to_owned());
        }
        Ok(None)
    }

    /// Makes the keys that the last object lacks null.
    fn complete(&mut self, at: usize) -> Read<()> {
        for (column, filled) in self.columns.iter_mut().zip(&self.filled) {
            if *filled != self.begun {
                let complete = column.push_null(at);
                complete.map_err(|fault| fault.within_key(column.field().name()))?;
            }
        }
        Ok(())
    }

    /// The columns as arrays; none are left.
    pub(super) fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        self.columns.drain(..).map(Column::finish).collect()
    }
}

/// Reads a value that nobody wants, but which must be one.
fn pass_over(cursor: &mut Cursor<'_>) -> Read<()> {
    let at = cursor.at();
    let value = cursor.raw()?;
    if text::is_json(value.as_bytes()) {
        Ok(())
    } else {
        Err(Fault::not_json("it is no value", at))
    }
}

/// The values of a struct column under construction.
pub(super) struct StructColumn {
    fields: Fields,
    members: Members,
    nulls: NullBufferBuilder,
    is_ambiguous: bool,
}

impl StructColumn {
    pub(super) fn new(fields: &Fields, form: Form) -> Result<Self> {
        Ok(Self {
            fields: fields.clone(),
            members: Members::new(fields, form)?,
            nulls: NullBufferBuilder::new(0),
            is_ambiguous: is_ambiguous(fields),
        })
    }

    /// Reads an object, or the object behind `$struct`.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Read<bool> {
        if !self.is_ambiguous {
            return self.object(Token::Object, cursor).map(|found| found.is_some());
        }
        // Within an ambiguous type the wrapper alone is sure to be one.
        if cursor.opens_with(STRUCT)? {
            let object = |token, cursor: &mut Cursor<'_>| self.object(token, cursor);
            return Ok(cell::tagged(cursor, STRUCT, object)?.is_some());
        }
        self.object(Token::Object, cursor).map(|found| found.is_some())
    }

    fn object(&mut self, token: Token, cursor: &mut Cursor<'_>) -> Read<Option<()>> {
        if token != Token::Object {
            return Ok(None);
        }
        self.members.read(cursor)?;
        self.nulls.append_non_null();
        Ok(Some(()))
    }

    pub(super) fn pad(&mut self) {
        for column in &mut self.members.columns {
            column.pad();
        }
        self.nulls.append_null();
    }

    pub(super) fn finish(mut self) -> Result<ArrayRef> {
        let columns = self.members.finish()?;
        let array = StructArray::try_new(self.fields, columns, self.nulls.finish());
        Ok(Arc::new(array.map_err(|error| internal(&error))?))
    }
}
