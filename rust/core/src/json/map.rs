//! The values of a map column under construction.

use std::sync::Arc;

use arrow_array::{ArrayRef, MapArray, StructArray};
use arrow_schema::{DataType, FieldRef};

use super::Form;
use super::cell;
use super::column::{Column, internal, no_form};
use super::cursor::{Cursor, Token};
use super::fault::{Fault, Read};
use super::list::Ends;
use crate::Result;

/// What an entry must be.
pub(super) const NOT_PAIR: &str = "is no entry of a map: [key, value]";

/// What an entry that is not even an array gets to hear.
pub(super) fn not_entry(token: Token) -> String {
    format!("{} {NOT_PAIR}", token.name())
}

/// The entries of all maps, and where each map ends.
pub(super) struct MapColumn {
    field: FieldRef,
    keys: Column,
    values: Column,
    ends: Ends,
}

impl MapColumn {
    pub(super) fn new(entries: &FieldRef, form: Form) -> Result<Self> {
        let DataType::Struct(pair) = entries.data_type() else { return Err(no_form(entries)) };
        let [key, value] = &pair[..] else { return Err(no_form(entries)) };
        Ok(Self {
            field: Arc::clone(entries),
            keys: Column::new(key, form)?,
            values: Column::new(value, form)?,
            ends: Ends::new(),
        })
    }

    /// Reads `{"$map": [[key, value], …]}`, or the array alone.
    pub(super) fn read(&mut self, token: Token, cursor: &mut Cursor<'_>) -> Read<bool> {
        let entries = |token, cursor: &mut Cursor<'_>| self.entries(token, cursor);
        let found = match token {
            Token::Object => cell::tagged(cursor, "\"$map\"", entries)?,
            _ => self.entries(token, cursor)?,
        };
        Ok(found.is_some())
    }

    fn entries(&mut self, token: Token, cursor: &mut Cursor<'_>) -> Read<Option<()>> {
        if token != Token::Array {
            return Ok(None);
        }
        cursor.enter();
        let mut index = 0;
        while cursor.next(b']', index == 0)? {
            self.entry(cursor).map_err(|fault| fault.within_item(index))?;
            self.ends.count();
            index += 1;
        }
        self.ends.end();
        Ok(Some(()))
    }

    /// `[key, value]`.
    fn entry(&mut self, cursor: &mut Cursor<'_>) -> Read<()> {
        let token = cursor.peek()?;
        let at = cursor.at();
        if token != Token::Array {
            return Err(Fault::unfit(not_entry(token), at));
        }
        cursor.enter();
        for (index, column) in [&mut self.keys, &mut self.values].into_iter().enumerate() {
            if !cursor.next(b']', index == 0)? {
                return Err(Fault::unfit(NOT_PAIR, at));
            }
            column.read(cursor).map_err(|fault| fault.within_item(index))?;
        }
        if cursor.next(b']', false)? {
            return Err(Fault::unfit(NOT_PAIR, at));
        }
        Ok(())
    }

    pub(super) fn pad(&mut self) {
        self.ends.pad();
    }

    pub(super) fn finish(self) -> Result<ArrayRef> {
        let DataType::Struct(pair) = self.field.data_type() else {
            return Err(no_form(&self.field));
        };
        let parts = vec![self.keys.finish()?, self.values.finish()?];
        let entries = StructArray::try_new(pair.clone(), parts, None);
        let entries = entries.map_err(|error| internal(&error))?;
        let (offsets, nulls) = self.ends.finish();
        let array = MapArray::try_new(self.field, offsets, entries, nulls, false);
        Ok(Arc::new(array.map_err(|error| internal(&error))?))
    }
}
