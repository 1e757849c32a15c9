//! Columns of arrays: lists.
//!
//! An array of Postgres has any number of dimensions, each with a first index of its own; a list has
//! one, and begins at its beginning. Others are no values of a list.
//!
//! Source: `array_send` of Postgres.

use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::FieldRef;

use super::Wire;
use super::values::{Bytes, Read, Values, Wrong, internal};
use crate::{Error, ErrorKind, Result};

const NULL: i32 = -1;

/// Items of a list take at least the length of each.
const LEAST_ITEM_BYTES: usize = 4;

/// Lists under construction.
pub(super) struct Lists {
    item: FieldRef,
    items: Values,
    ends: Vec<i32>,
    /// Items so far, placeholders included.
    count: i32,
}

impl Lists {
    /// No list yet.
    ///
    /// # Errors
    /// `Config` where such items do not go into such a column.
    pub(super) fn new(wire: &Wire, item: &FieldRef) -> Result<Self> {
        let Wire::List(of) = wire else {
            let message = format!("a list cannot hold what comes as {wire}");
            return Err(Error::new(ErrorKind::Config, message));
        };
        let items = Values::new(of, item, 0)?;
        Ok(Self { item: Arc::clone(item), items, ends: vec![0], count: 0 })
    }

    /// Adds an array.
    pub(super) fn read(&mut self, field: &[u8]) -> Read<()> {
        let mut bytes = Bytes(field);
        let (dimensions, _has_nulls, _item_type) = (bytes.i32()?, bytes.i32()?, bytes.u32()?);
        if dimensions == 0 {
            bytes.end()?;
            self.ends.push(self.count);
            return Ok(());
        }
        let length = bytes.i32()?;
        if dimensions != 1 || bytes.i32()? != 1 {
            return Err(if dimensions < 0 { Wrong::Corrupt } else { Wrong::Unfit });
        }
        let length = usize::try_from(length).map_err(|_| Wrong::Corrupt)?;
        if bytes.0.len() / LEAST_ITEM_BYTES < length {
            return Err(Wrong::Corrupt);
        }
        // Items of an array that turns out wrong stay behind, in no list.
        let mut result = Ok(());
        for _ in 0..length {
            let item = match bytes.i32()? {
                NULL => None,
                size => Some(bytes.take(usize::try_from(size).map_err(|_| Wrong::Corrupt)?)?),
            };
            self.count += 1;
            if item.is_none() && !self.item.is_nullable() {
                self.items.push_placeholder();
                result = result.and(Err(Wrong::Unfit));
                continue;
            }
            let read = self.items.push(item);
            match read {
                Err(Wrong::Corrupt) => return read,
                other => result = result.and(other),
            }
        }
        bytes.end()?;
        if result.is_ok() {
            self.ends.push(self.count);
        }
        result
    }

    /// Adds a placeholder: whatever a wrong array left behind, so that nothing else gets it.
    pub(super) fn pad(&mut self) {
        self.ends.push(self.count);
    }

    /// The lists as an array.
    ///
    /// # Errors
    /// `Internal` where Arrow refuses what was built.
    pub(super) fn finish(self, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        let items = self.items.finish()?;
        let ends = OffsetBuffer::new(self.ends.into());
        let array = ListArray::try_new(self.item, ends, items, nulls);
        Ok(Arc::new(array.map_err(|error| internal(&error))?))
    }
}
