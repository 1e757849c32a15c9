//! Which rows share their values.

use std::hash::Hash;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch, UInt32Array};
use arrow_schema::{ArrowError, DataType, TimeUnit};
use arrow_select::take::take_record_batch;
use hashbrown::HashMap;

use crate::{Error, ErrorKind, Result};

/// Row indices of each combination of codes, in order of first appearance.
pub(super) fn groups(
    num_rows: usize,
    columns: impl Iterator<Item = Result<Vec<u32>>>,
) -> Result<Vec<Vec<u32>>> {
    let rows = u32::try_from(num_rows)
        .map_err(|_| Error::new(ErrorKind::Config, "a batch of over 4,294,967,295 rows"))?;
    let mut codes = vec![0; num_rows];
    let mut count = usize::from(num_rows > 0);
    for values in columns {
        let pairs = codes.iter().copied().zip(values?);
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

/// The rows of each group, with the index that its first one had.
///
/// Nothing is copied where there is one group.
pub(super) fn taken(
    batch: &RecordBatch,
    groups: Vec<Vec<u32>>,
) -> Result<Vec<(usize, RecordBatch)>> {
    if let [only] = groups.as_slice() {
        return Ok(vec![(only[0] as usize, batch.clone())]);
    }
    groups
        .into_iter()
        .map(|rows| {
            let first = rows[0] as usize;
            // Copied rather than sliced: parts wait in many files at once, and each slice would
            // keep the whole batch in memory.
            let taken = take_record_batch(batch, &UInt32Array::from(rows)).map_err(internal)?;
            Ok((first, taken))
        })
        .collect()
}

/// A number for each row, equal exactly where the values are; none for types whose values have no
/// one spelling, floating point among them.
pub(super) fn codes(array: &dyn Array) -> Option<Vec<u32>> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    Some(match array.data_type() {
        DataType::Null => vec![0; array.len()],
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
        DataType::Binary => enumerate(array.as_binary::<i32>().iter()).0,
        DataType::FixedSizeBinary(_) => enumerate(array.as_fixed_size_binary().iter()).0,
        _ => return None,
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
pub(super) fn internal(error: ArrowError) -> Error {
    Error::new(ErrorKind::Internal, error.to_string())
}
