//! What a batch must be to enter a file: its columns, its nulls, its size.

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Schema, SchemaRef};
use arrow_select::concat::concat_batches;

use crate::types::{entries, items};
use crate::{Error, ErrorKind, Location, Result, types};

/// Memory of the rows of `batch` [bytes]; of a slice, only its own part.
#[must_use]
pub fn batch_bytes(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| array_bytes(column.as_ref())).sum()
}

/// Arrow's own count takes the items of a slice of lists for those of all lists.
fn array_bytes(array: &dyn Array) -> usize {
    let within = match array.data_type() {
        DataType::List(_) => offsets_bytes(array) + array_bytes(&items(array.as_list())),
        DataType::Map(..) => {
            let entries = entries(array.as_map());
            offsets_bytes(array) + entries.iter().map(|part| array_bytes(part)).sum::<usize>()
        }
        DataType::Struct(_) => {
            let columns = array.as_struct().columns().iter();
            columns.map(|column| array_bytes(column.as_ref())).sum()
        }
        _ => {
            let data = array.to_data();
            let bytes = data.get_slice_memory_size();
            return bytes.unwrap_or_else(|_| data.get_array_memory_size());
        }
    };
    within + array.nulls().map_or(0, |_| array.len().div_ceil(8))
}

fn offsets_bytes(array: &dyn Array) -> usize {
    (array.len() + 1) * size_of::<i32>()
}

/// The rows of `batch` under `schema`: the same names and types, its nullability.
///
/// # Errors
/// [`ErrorKind::Contract`] naming the first column that differs in name or type, or that must not
/// hold nulls and does.
pub fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    same_columns(batch.schema_ref(), schema)?;
    for (column, field) in batch.columns().iter().zip(schema.fields()) {
        if !field.is_nullable() && column.logical_null_count() > 0 {
            return Err(at(field.name(), "holds a null though it is required"));
        }
    }
    if batch.schema_ref() == schema {
        return Ok(batch.clone());
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &options)
        .map_err(|error| Error::new(ErrorKind::Contract, error.to_string()))
}

/// Checks that `found` has the names and types of `expected`, in order.
///
/// # Errors
/// [`ErrorKind::Contract`] naming the first column that differs.
pub fn same_columns(found: &Schema, expected: &Schema) -> Result<()> {
    for (left, right) in found.fields().iter().zip(expected.fields()) {
        if left.name() != right.name() {
            return Err(at(
                right.name(),
                &format!("is missing: {:?} is in its place", left.name()),
            ));
        }
        if left.data_type() != right.data_type() {
            let spelled = |data_type| types::spell(data_type).unwrap_or(format!("{data_type}"));
            let (left, expected) = (spelled(left.data_type()), spelled(right.data_type()));
            return Err(at(right.name(), &format!("is {left}, not {expected}")));
        }
    }
    let (left, right) = (found.fields().len(), expected.fields().len());
    if let Some(field) = expected.fields().get(left) {
        return Err(at(field.name(), "is missing"));
    }
    if let Some(field) = found.fields().get(right) {
        return Err(at(field.name(), "is not a column of the schema"));
    }
    Ok(())
}

fn at(name: &str, what: &str) -> Error {
    let location = Location { field: Some(name.to_owned()), ..Location::default() };
    Error::new(ErrorKind::Contract, format!("column {name:?} {what}")).at(location)
}

/// The rows of all batches as one, copied.
///
/// # Errors
/// [`ErrorKind::Internal`] where there is no batch, or they have different columns.
pub fn joined(batches: &[RecordBatch]) -> Result<RecordBatch> {
    let none = || Error::new(ErrorKind::Internal, "there are no batches to put together");
    let schema = batches.first().ok_or_else(none)?.schema_ref();
    concat_batches(schema, batches)
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
}
