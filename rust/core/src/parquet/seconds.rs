//! Seconds as milliseconds: Parquet has no type for times and timestamps in seconds, and a plain
//! integer would no longer say what it is.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Time32MillisecondType, Time32SecondType, TimestampMillisecondType, TimestampSecondType,
};
use arrow_array::{
    Array, ArrayRef, ListArray, MapArray, PrimitiveArray, RecordBatch, RecordBatchOptions,
    StructArray,
};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};

use crate::{Error, ErrorKind, Location, Result};

const MILLIS: i64 = 1_000;

/// The schema that a file of `schema` has; the very same where it has no seconds.
#[must_use]
pub fn stored_schema(schema: &SchemaRef) -> SchemaRef {
    let fields: Vec<FieldRef> = schema.fields().iter().map(stored_field).collect();
    if fields.iter().eq(schema.fields()) {
        return Arc::clone(schema);
    }
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn stored_field(field: &FieldRef) -> FieldRef {
    let stored = match field.data_type() {
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        DataType::Timestamp(TimeUnit::Second, zone) => {
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
        }
        DataType::List(item) => DataType::List(stored_field(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(stored_field).collect()),
        DataType::Map(entries, is_sorted) => DataType::Map(stored_field(entries), *is_sorted),
        _ => return Arc::clone(field),
    };
    Arc::new(Field::clone(field).with_data_type(stored))
}

/// The rows of `batch` as a file of `schema` stores them; `schema` is the [`stored_schema`] of its own.
///
/// # Errors
/// [`ErrorKind::Contract`] where a value is beyond 64 bits of milliseconds, or 32 of a time.
pub fn stored(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    if batch.schema_ref() == schema {
        return Ok(batch);
    }
    let columns = batch.columns().iter().zip(schema.fields()).map(|(array, field)| {
        stored_array(array, field.data_type()).map_err(|_| {
            let name = field.name();
            let location = Location { field: Some(name.clone()), ..Location::default() };
            let message = format!("column {name:?} holds more seconds than Parquet's milliseconds");
            Error::new(ErrorKind::Contract, message).at(location)
        })
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect::<Result<_>>()?, &options)
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
}

fn stored_array(
    array: &ArrayRef,
    data_type: &DataType,
) -> std::result::Result<ArrayRef, ArrowError> {
    if array.data_type() == data_type {
        return Ok(Arc::clone(array));
    }
    let beyond = || ArrowError::ComputeError("out of range".to_owned());
    Ok(match (array.data_type(), data_type) {
        (DataType::Time32(_), _) => {
            let seconds = array.as_primitive::<Time32SecondType>();
            let millis: PrimitiveArray<Time32MillisecondType> = seconds.try_unary(|value| {
                i32::try_from(i64::from(value) * MILLIS).map_err(|_| beyond())
            })?;
            Arc::new(millis)
        }
        (DataType::Timestamp(_, zone), _) => {
            let seconds = array.as_primitive::<TimestampSecondType>();
            let millis: PrimitiveArray<TimestampMillisecondType> =
                seconds.try_unary(|value| value.checked_mul(MILLIS).ok_or_else(beyond))?;
            Arc::new(millis.with_timezone_opt(zone.clone()))
        }
        (DataType::List(_), DataType::List(item)) => {
            let (_, offsets, items, nulls) = array.as_list::<i32>().clone().into_parts();
            let items = stored_array(&items, item.data_type())?;
            Arc::new(ListArray::try_new(Arc::clone(item), offsets, items, nulls)?)
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let (_, columns, nulls) = array.as_struct().clone().into_parts();
            let columns = columns.iter().zip(fields);
            let columns = columns.map(|(column, field)| stored_array(column, field.data_type()));
            let columns = columns.collect::<std::result::Result<_, _>>()?;
            Arc::new(StructArray::try_new(fields.clone(), columns, nulls)?)
        }
        (DataType::Map(..), DataType::Map(entries, is_sorted)) => {
            let (_, offsets, pairs, nulls, _) = array.as_map().clone().into_parts();
            let pairs = stored_array(&(Arc::new(pairs) as ArrayRef), entries.data_type())?;
            let (entries, pairs) = (Arc::clone(entries), pairs.as_struct().clone());
            Arc::new(MapArray::try_new(entries, offsets, pairs, nulls, *is_sorted)?)
        }
        _ => Arc::clone(array),
    })
}
