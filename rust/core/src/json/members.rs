//! The members of objects under construction: of records, and of the values of a struct column.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, StructArray};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::Fields;

use super::column::{Column, internal};
use super::cursor::{Cursor, Token};
use super::fault::{Fault, Read};
use super::{STRUCT, cell, is_ambiguous, quoted};
use crate::{Error, ErrorKind, Result};

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
}

impl Members {
    pub(super) fn new(fields: &Fields) -> Result<Self> {
        let columns = fields.iter().map(Column::new).collect::<Result<Vec<_>>>()?;
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
            columns,
        })
    }

    /// Reads an object. Keys may come in any order, each once; an absent key is null.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Read<()> {
        let start = cursor.at();
        cursor.enter();
        self.begun += 1;
        let (mut found, mut expected) = (0, 0);
        while cursor.next(b'}', found == 0)? {
            let at = cursor.at();
            let index = self.key(expected, cursor)?;
            let column = &mut self.columns[index];
            if self.filled[index] == self.begun {
                return Err(Fault::unfit("is there twice", at).within_key(column.field().name()));
            }
            self.filled[index] = self.begun;
            column.read(cursor).map_err(|fault| fault.within_key(column.field().name()))?;
            found += 1;
            expected = index + 1;
        }
        if found == self.columns.len() { Ok(()) } else { self.complete(start) }
    }

    /// Reads a key as the index of its column; most writers keep one order, so that the column
    /// after the last is tried first.
    fn key(&self, expected: usize, cursor: &mut Cursor<'_>) -> Read<usize> {
        if let Some(key) = self.keys.get(expected)
            && cursor.take_key(key)?
        {
            return Ok(expected);
        }
        let at = cursor.at();
        cursor.key()?;
        let key = cursor.last_key();
        self.indices
            .get(key)
            .copied()
            .ok_or_else(|| Fault::unfit("is not a column of the schema", at).within_key(key))
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

    /// The columns as arrays.
    pub(super) fn finish(self) -> Result<Vec<ArrayRef>> {
        self.columns.into_iter().map(Column::finish).collect()
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
    pub(super) fn new(fields: &Fields) -> Result<Self> {
        Ok(Self {
            fields: fields.clone(),
            members: Members::new(fields)?,
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
