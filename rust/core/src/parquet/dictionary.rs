//! Which columns, or leaves of nested ones, get a dictionary, judged by the first row group.

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use hashbrown::{DefaultHashBuilder, HashSet};

use crate::types::{entries, items};

/// Rows that are looked at; a row group of usual size is below it.
const SAMPLE_ROWS: usize = 1 << 16;

/// Indices of the leaves whose distinct values are half of their values or more; a column that is
/// nested has several.
///
/// There a dictionary holds about as much as the column, and its interning is in vain
/// (docs/adr/0008).
pub(super) fn leaves_without(batches: &[RecordBatch]) -> Vec<usize> {
    let mut leaves: Vec<Vec<ArrayRef>> = Vec::new();
    for batch in batches {
        let mut found = Vec::new();
        batch.columns().iter().for_each(|column| add_leaves(column, &mut found));
        leaves.resize_with(found.len(), Vec::new);
        leaves.iter_mut().zip(found).for_each(|(leaf, array)| leaf.push(array));
    }
    let indices = 0..leaves.len();
    indices.filter(|&index| is_mostly_distinct(leaves[index].iter())).collect()
}

/// Adds the arrays that hold values, in the order of a file's columns.
fn add_leaves(array: &ArrayRef, leaves: &mut Vec<ArrayRef>) {
    match array.data_type() {
        DataType::List(_) => add_leaves(&items(array.as_list()), leaves),
        DataType::Struct(_) => {
            array.as_struct().columns().iter().for_each(|column| add_leaves(column, leaves));
        }
        DataType::Map(..) => {
            for part in entries(array.as_map()) {
                add_leaves(&part, leaves);
            }
        }
        _ => leaves.push(Arc::clone(array)),
    }
}

fn is_mostly_distinct<'a>(arrays: impl Iterator<Item = &'a ArrayRef>) -> bool {
    let mut sample = Vec::new();
    let mut room = SAMPLE_ROWS;
    for array in arrays {
        let rows = array.len().min(room);
        room -= rows;
        sample.push(array.slice(0, rows));
        if room == 0 {
            break;
        }
    }
    let values: usize = sample.iter().map(|array| array.len() - array.null_count()).sum();
    let enough = values.div_ceil(2);
    let mut seen = Seen { hashes: HashSet::new(), hasher: DefaultHashBuilder::default() };
    values > 1 && sample.iter().any(|array| seen.reach(array, enough))
}

struct Seen {
    hashes: HashSet<u64>,
    hasher: DefaultHashBuilder,
}

impl Seen {
    /// Takes in the values of `array`; whether `enough` distinct ones have been seen.
    fn reach(&mut self, array: &ArrayRef, enough: usize) -> bool {
        match array.data_type() {
            DataType::Utf8 => {
                let array = array.as_string::<i32>();
                self.reach_values(array.iter().flatten().map(str::as_bytes), enough)
            }
            DataType::LargeUtf8 => {
                let array = array.as_string::<i64>();
                self.reach_values(array.iter().flatten().map(str::as_bytes), enough)
            }
            DataType::Utf8View => {
                let array = array.as_string_view();
                self.reach_values(array.iter().flatten().map(str::as_bytes), enough)
            }
            DataType::Binary => {
                let array = array.as_binary::<i32>();
                self.reach_values(array.iter().flatten(), enough)
            }
            DataType::FixedSizeBinary(_) => {
                let array = array.as_fixed_size_binary();
                self.reach_values(array.iter().flatten(), enough)
            }
            other => match other.primitive_width() {
                Some(width) => {
                    let data = array.to_data();
                    let bytes = &data.buffers()[0].as_slice()[data.offset() * width..];
                    let values = bytes.chunks_exact(width).take(array.len()).enumerate();
                    let values = values.filter(|(row, _)| array.is_valid(*row));
                    self.reach_values(values.map(|(_, value)| value), enough)
                }
                None => false,
            },
        }
    }

    fn reach_values<'a>(
        &mut self,
        mut values: impl Iterator<Item = &'a [u8]>,
        enough: usize,
    ) -> bool {
        values.any(|value| {
            self.hashes.insert(self.hasher.hash_one(value));
            self.hashes.len() >= enough
        })
    }
}
