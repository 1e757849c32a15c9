//! The column of a term: one of the batch, or one within its structs.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, make_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, FieldRef, Fields};

use super::groups::internal;
use super::refused;
use crate::Result;

/// Where a column is: its index, and the indices within structs that lead to it.
pub(super) type Place = Vec<usize>;

/// The place and field of the column at `path`: `a`, or `s.x` within a struct.
pub(super) fn find<'a>(fields: &'a Fields, path: &str) -> Option<(Place, &'a FieldRef)> {
    let whole = fields.iter().position(|field| field.name() == path);
    if let Some(index) = whole {
        return Some((vec![index], &fields[index]));
    }
    fields.iter().enumerate().find_map(|(index, field)| {
        let DataType::Struct(inner) = field.data_type() else { return None };
        let rest = path.strip_prefix(field.name().as_str())?.strip_prefix('.')?;
        let (mut place, found) = find(inner, rest)?;
        place.insert(0, index);
        Some((place, found))
    })
}

/// The values of the column at `path`; null where a struct around them is.
pub(super) fn values(batch: &RecordBatch, path: &str) -> Result<(FieldRef, ArrayRef)> {
    let (place, field) = find(batch.schema_ref().fields(), path).ok_or_else(|| absent(path))?;
    let mut array = Arc::clone(batch.column(place[0]));
    for &index in &place[1..] {
        let inner = array.as_struct().column(index);
        let nulls = NullBuffer::union(array.nulls(), inner.nulls());
        let data = inner.to_data().into_builder().nulls(nulls);
        array = make_array(data.build().map_err(internal)?);
    }
    Ok((Arc::clone(field), array))
}

/// That no column is at `path`.
pub(super) fn absent(path: &str) -> crate::Error {
    refused(path, format!("there is no column {path:?} to partition by"))
}
