//! Which columns get a dictionary, judged by the first row group.

use std::hash::BuildHasher;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use hashbrown::{DefaultHashBuilder, HashSet};

/// Rows that are looked at; a row group of usual size is below it.
const SAMPLE_ROWS: usize = 1 << 16;

/// Indices of the columns whose distinct values are half of their values or more.
///
/// There a dictionary holds about as much as the column, and its interning is in vain
/// (docs/adr/0008).
pub(super) fn columns_without(batches: &[RecordBatch]) -> Vec<usize> {
    let width = batches.first().map_or(0, RecordBatch::num_columns);
    (0..width)
        .filter(|&index| {
            let column = batches.iter().map(|batch| batch.column(index));
            is_mostly_distinct(column)
        })
        .collect()
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
