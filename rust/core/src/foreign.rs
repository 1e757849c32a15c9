//! Arrow data of others: checked before anything relies on them.

use std::sync::Arc;

use arrow_array::{Array, RecordBatch, RecordBatchOptions, StructArray};
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, Fields, Schema};

use crate::{Error, ErrorKind, Result, types};

/// The data of a struct array as a batch whose content can be relied on.
///
/// # Errors
/// [`ErrorKind::Plugin`] where the data break the rules of Arrow, or rows are null.
///
/// # Panics
/// Where the data are no struct array.
pub fn checked(data: ArrayData) -> Result<RecordBatch> {
    // An import itself checks nothing, and a string that is no UTF-8 would be undefined behaviour.
    data.validate_full().map_err(|error| fault(&error))?;
    let array = StructArray::from(data);
    if array.null_count() > 0 {
        return Err(Error::new(ErrorKind::Plugin, "the Arrow data have rows that are null"));
    }
    let rows = array.len();
    let (fields, columns, _) = array.into_parts();
    let schema = Arc::new(Schema::new(plain(&fields)));
    let columns = columns.iter().zip(schema.fields());
    let columns = columns.map(|(array, field)| {
        types::retyped(array, field.data_type()).map_err(|error| fault(&error))
    });
    let columns = columns.collect::<Result<_>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, columns, &options).map_err(|error| fault(&error))
}

/// The same columns as headrace has them: what a producer noted beside them means nothing here.
#[must_use]
pub fn plain(fields: &Fields) -> Fields {
    fields.iter().map(|field| types::plain(field)).collect()
}

/// What an Arrow error over foreign data means: the producer broke the interface.
#[must_use]
pub fn fault(error: &ArrowError) -> Error {
    Error::new(ErrorKind::Plugin, format!("the Arrow data cannot be taken: {error}"))
}
