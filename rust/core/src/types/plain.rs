//! Types of data from elsewhere as headrace has them: the names of what is within lists and maps,
//! and what a producer noted beside its fields, mean nothing here.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, MapArray, StructArray};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields};

use super::{Logical, is_json, is_uuid};

/// The same column without metadata, but for a type that headrace has; what is nested in it alike,
/// and named as headrace's own.
#[must_use]
pub fn plain(field: &Field) -> Field {
    let logical = if is_uuid(field) {
        Logical::Uuid
    } else if is_json(field) {
        Logical::Json
    } else {
        Logical::Plain(plain_type(field.data_type()))
    };
    logical.field(field.name(), field.is_nullable())
}

fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::List(item) => DataType::List(renamed(item, "item")),
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|field| Arc::new(plain(field))).collect())
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => {
                let pair = [renamed(&pair[0], "key"), renamed(&pair[1], "value")];
                let pair = DataType::Struct(Fields::from_iter(pair));
                DataType::Map(Arc::new(Field::new("entries", pair, false)), false)
            }
            _ => data_type.clone(),
        },
        other => other.clone(),
    }
}

fn renamed(field: &Field, name: &str) -> FieldRef {
    Arc::new(plain(field).with_name(name))
}

/// The same values as those of the type that [`plain`] makes of theirs; no value is copied.
///
/// # Errors
/// Where Arrow refuses it, as it does nulls where the type has none.
pub fn retyped(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == data_type {
        return Ok(Arc::clone(array));
    }
    Ok(match (array.data_type(), data_type) {
        (DataType::List(_), DataType::List(item)) => {
            let (_, offsets, items, nulls) = array.as_list::<i32>().clone().into_parts();
            let items = retyped(&items, item.data_type())?;
            Arc::new(ListArray::try_new(Arc::clone(item), offsets, items, nulls)?)
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let rows = array.len();
            let (_, columns, nulls) = array.as_struct().clone().into_parts();
            let columns = fields.iter().zip(&columns);
            let columns = columns.map(|(field, column)| retyped(column, field.data_type()));
            let columns = columns.collect::<Result<_, _>>()?;
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, rows)?)
        }
        (DataType::Map(..), DataType::Map(entries, is_sorted)) => {
            let (_, offsets, pairs, nulls, _) = array.as_map().clone().into_parts();
            let pairs = retyped(&(Arc::new(pairs) as ArrayRef), entries.data_type())?;
            let (entries, pairs) = (Arc::clone(entries), pairs.as_struct().clone());
            Arc::new(MapArray::try_new(entries, offsets, pairs, nulls, *is_sorted)?)
        }
        _ => Arc::clone(array),
    })
}
