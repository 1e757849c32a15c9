//! What is within lists and maps, of a slice only its own.

use arrow_array::{Array, ArrayRef, ListArray, MapArray};
use arrow_buffer::OffsetBuffer;

/// The items of all lists of the array, and of no other.
#[must_use]
pub fn items(list: &ListArray) -> ArrayRef {
    let (start, length) = span(list.offsets());
    list.values().slice(start, length)
}

/// Keys and values of all maps of the array, and of no other.
#[must_use]
pub fn entries(map: &MapArray) -> [ArrayRef; 2] {
    let (start, length) = span(map.offsets());
    [map.keys().slice(start, length), map.values().slice(start, length)]
}

fn span(offsets: &OffsetBuffer<i32>) -> (usize, usize) {
    let place = |offset: i32| usize::try_from(offset).unwrap_or_default();
    let (start, end) = (place(offsets.first()), place(offsets.last()));
    (start, end - start)
}
