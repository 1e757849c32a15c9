//! The values of a list column under construction.

use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer};
use arrow_schema::FieldRef;

use super::Form;
use super::column::{Column, internal};
use super::cursor::Cursor;
use super::fault::Read;
use crate::Result;

/// The items of all lists, and where each list ends.
pub(super) struct ListColumn {
    field: FieldRef,
    items: Column,
    ends: Ends,
}

/// Where each value ends among its parts.
pub(super) struct Ends {
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
    parts: i32,
}

impl Ends {
    pub(super) fn new() -> Self {
        Self { offsets: vec![0], nulls: NullBufferBuilder::new(0), parts: 0 }
    }

    /// A part more. JSON of less than 2 GiB has fewer of them than an `i32` counts.
    pub(super) fn count(&mut self) {
        self.parts += 1;
    }

    /// The value with all parts counted since the last.
    pub(super) fn end(&mut self) {
        self.offsets.push(self.parts);
        self.nulls.append_non_null();
    }

    /// A null, which has no parts.
    pub(super) fn pad(&mut self) {
        self.offsets.push(self.parts);
        self.nulls.append_null();
    }

    pub(super) fn finish(mut self) -> (OffsetBuffer<i32>, Option<arrow_buffer::NullBuffer>) {
        (OffsetBuffer::new(self.offsets.into()), self.nulls.finish())
    }
}

impl ListColumn {
    pub(super) fn new(item: &FieldRef, form: Form) -> Result<Self> {
        Ok(Self { field: Arc::clone(item), items: Column::new(item, form)?, ends: Ends::new() })
    }

    /// Reads an array.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Read<bool> {
        cursor.enter();
        let mut index = 0;
        while cursor.next(b']', index == 0)? {
            self.items.read(cursor).map_err(|fault| fault.within_item(index))?;
            self.ends.count();
            index += 1;
        }
        self.ends.end();
        Ok(true)
    }

    pub(super) fn pad(&mut self) {
        self.ends.pad();
    }

    pub(super) fn finish(self) -> Result<ArrayRef> {
        let (offsets, nulls) = self.ends.finish();
        let array = ListArray::try_new(self.field, offsets, self.items.finish()?, nulls);
        Ok(Arc::new(array.map_err(|error| internal(&error))?))
    }
}
