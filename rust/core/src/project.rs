//! A batch with the columns of a schema: some left out, some filled with null, all in its order.

use arrow_array::{Array, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_schema::{Field, Schema, SchemaRef};
use std::sync::Arc;

use crate::{Error, ErrorKind, Result};

/// The columns of `schema`, by name and in its order, each in the type that it has in `batch`. One
/// that `batch` lacks is null in every row; others of `batch` are left out.
///
/// # Errors
/// [`ErrorKind::Internal`] where the columns make no batch.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int64Array, RecordBatch};
/// use arrow_schema::{DataType, Field, Schema};
/// use headrace_core::project::project;
///
/// let batch = RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(vec![1])) as _)])?;
/// let schema = Arc::new(Schema::new(vec![Field::new("b", DataType::Utf8, true)]));
/// assert_eq!(project(&batch, &schema)?.column(0).null_count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn project(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let mut fields = Vec::with_capacity(schema.fields().len());
    let mut columns = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        if let Some((index, found)) = batch.schema_ref().column_with_name(field.name()) {
            fields.push(found.clone());
            columns.push(Arc::clone(batch.column(index)));
        } else {
            let field: Field = field.as_ref().clone().with_nullable(true);
            columns.push(new_null_array(field.data_type(), batch.num_rows()));
            fields.push(field);
        }
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
}

/// The names of the columns that hold a null.
#[must_use]
pub fn null_columns(batch: &RecordBatch) -> Vec<&str> {
    let fields = batch.schema_ref().fields().iter();
    let holding = fields.zip(batch.columns()).filter(|(_, array)| array.logical_null_count() > 0);
    holding.map(|(field, _)| field.name().as_str()).collect()
}
