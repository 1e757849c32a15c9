//! One batch to one batch for each partition value.

#[cfg(test)]
mod tests;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch, UInt32Array};
use arrow_schema::{DataType, Field, TimeUnit};
use arrow_select::take::take_record_batch;
use hashbrown::HashMap;
use std::hash::Hash;

use crate::{Error, ErrorKind, Location, Result, types, value};

/// The rows of a batch that share their partition values.
#[derive(Debug, Clone)]
pub struct Part {
    /// Text of the value in each partition column, `None` for null.
    pub values: Vec<Option<String>>,
    /// Those rows in their order, without the partition columns.
    pub batch: RecordBatch,
}

/// One part for each combination of values in `columns`, in order of first appearance.
///
/// Nothing is copied where all rows share one combination. Of a batch without rows there are no
/// parts.
///
/// # Errors
/// [`ErrorKind::Config`] where a column is absent or of a type whose values do not name a
/// partition, floating point among them.
pub fn partition_by<S: AsRef<str>>(batch: &RecordBatch, columns: &[S]) -> Result<Vec<Part>> {
    let positions =
        columns.iter().map(|name| position(batch, name.as_ref())).collect::<Result<Vec<_>>>()?;
    let groups = groups(batch, &positions)?;
    let rest: Vec<usize> = (0..batch.num_columns()).filter(|i| !positions.contains(i)).collect();
    let kept = batch.project(&rest).map_err(internal)?;
    let part = |first: usize, batch: RecordBatch, source: &RecordBatch| Part {
        values: positions.iter().map(|&i| value::text(source.column(i).as_ref(), first)).collect(),
        batch,
    };
    match groups.as_slice() {
        [] => Ok(Vec::new()),
        [only] => Ok(vec![part(only[0] as usize, kept, batch)]),
        _ => groups
            .into_iter()
            .map(|rows| {
                let first = rows[0] as usize;
                // Copied rather than sliced: parts wait in many files at once, and each slice
                // would keep the whole batch in memory.
                let taken = take_record_batch(&kept, &UInt32Array::from(rows)).map_err(internal)?;
                Ok(part(first, taken, batch))
            })
            .collect(),
    }
}

/// Checks that values of the column can name a partition: those of a type whose text is exact and
/// one, so neither floating point, nor binary data, nor JSON, nor what is nested.
///
/// # Errors
/// [`ErrorKind::Config`] where they cannot.
pub fn check_column(field: &Field) -> Result<()> {
    use DataType::{Binary, Float16, Float32, Float64};
    let data_type = field.data_type();
    let is_known = types::spell_field(field).is_some() && !types::is_json(field);
    if is_known
        && !data_type.is_nested()
        && !matches!(data_type, Binary | Float16 | Float32 | Float64)
    {
        return Ok(());
    }
    Err(unnamed(field))
}

fn unnamed(field: &Field) -> Error {
    let name = field.name();
    let spelled = types::spelled(field);
    let location = Location { field: Some(name.clone()), ..Location::default() };
    let message = format!("column {name:?} of type {spelled} cannot name a partition");
    Error::new(ErrorKind::Config, message).at(location)
}

fn position(batch: &RecordBatch, name: &str) -> Result<usize> {
    batch.schema_ref().index_of(name).map_err(|_| {
        let location = Location { field: Some(name.to_owned()), ..Location::default() };
        Error::new(ErrorKind::Config, format!("there is no column {name:?} to partition by"))
            .at(location)
    })
}

/// Row indices of each combination, in order of first appearance.
fn groups(batch: &RecordBatch, positions: &[usize]) -> Result<Vec<Vec<u32>>> {
    if batch.num_rows() == 0 {
        return Ok(Vec::new());
    }
    let rows = u32::try_from(batch.num_rows())
        .map_err(|_| Error::new(ErrorKind::Config, "a batch of over 4,294,967,295 rows"))?;
    let mut codes = vec![0; batch.num_rows()];
    let mut count = 1;
    for &position in positions {
        let values = column_codes(batch, position)?;
        let pairs = codes.iter().copied().zip(values);
        let combined;
        (combined, count) = enumerate(pairs);
        codes = combined;
    }
    if count == 1 {
        return Ok(vec![(0..rows).collect()]);
    }
    let mut groups = vec![Vec::new(); count];
    for (row, code) in (0..rows).zip(codes) {
        groups[code as usize].push(row);
    }
    Ok(groups)
}

/// A number for each row, equal exactly where the values are.
fn column_codes(batch: &RecordBatch, position: usize) -> Result<Vec<u32>> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    let (array, field) = (batch.column(position), batch.schema_ref().field(position));
    Ok(match array.data_type() {
        _ if types::is_json(field) => return Err(unnamed(field)),
        DataType::Boolean => enumerate(array.as_boolean().iter()).0,
        DataType::Int8 => primitive::<Int8Type>(array),
        DataType::Int16 => primitive::<Int16Type>(array),
        DataType::Int32 => primitive::<Int32Type>(array),
        DataType::Int64 => primitive::<Int64Type>(array),
        DataType::UInt8 => primitive::<UInt8Type>(array),
        DataType::UInt16 => primitive::<UInt16Type>(array),
        DataType::UInt32 => primitive::<UInt32Type>(array),
        DataType::UInt64 => primitive::<UInt64Type>(array),
        DataType::Date32 => primitive::<Date32Type>(array),
        DataType::Decimal128(_, _) => primitive::<Decimal128Type>(array),
        DataType::Time32(Second) => primitive::<Time32SecondType>(array),
        DataType::Time32(_) => primitive::<Time32MillisecondType>(array),
        DataType::Time64(Nanosecond) => primitive::<Time64NanosecondType>(array),
        DataType::Time64(_) => primitive::<Time64MicrosecondType>(array),
        DataType::Timestamp(Second, _) => primitive::<TimestampSecondType>(array),
        DataType::Timestamp(Millisecond, _) => primitive::<TimestampMillisecondType>(array),
        DataType::Timestamp(Microsecond, _) => primitive::<TimestampMicrosecondType>(array),
        DataType::Timestamp(Nanosecond, _) => primitive::<TimestampNanosecondType>(array),
        DataType::Utf8 => enumerate(array.as_string::<i32>().iter()).0,
        DataType::LargeUtf8 => enumerate(array.as_string::<i64>().iter()).0,
        DataType::Utf8View => enumerate(array.as_string_view().iter()).0,
        DataType::FixedSizeBinary(types::UUID_BYTES) => {
            enumerate(array.as_fixed_size_binary().iter()).0
        }
        _ => return Err(unnamed(field)),
    })
}

fn primitive<T: ArrowPrimitiveType<Native: Hash + Eq>>(array: &dyn Array) -> Vec<u32> {
    enumerate(array.as_primitive::<T>().iter()).0
}

/// Numbers in order of first appearance, and how many there are.
fn enumerate<K: Hash + Eq + Copy>(keys: impl Iterator<Item = K>) -> (Vec<u32>, usize) {
    let mut seen: HashMap<K, u32> = HashMap::new();
    let mut last: Option<(K, u32)> = None;
    let mut next = 0;
    let codes = keys
        .map(|key| match last {
            Some((same, code)) if same == key => code,
            _ => {
                let code = *seen.entry(key).or_insert_with(|| {
                    next += 1;
                    next - 1
                });
                last = Some((key, code));
                code
            }
        })
        .collect();
    (codes, seen.len())
}

#[allow(clippy::needless_pass_by_value, reason = "it is a callback of map_err")]
fn internal(error: arrow_schema::ArrowError) -> Error {
    Error::new(ErrorKind::Internal, error.to_string())
}
