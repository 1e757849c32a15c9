//! Laws of the interface: what goes out comes in, what is taken is marked as released.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, StringArray};

use super::*;

fn batch() -> RecordBatch {
    let columns: [(&str, ArrayRef); 2] = [
        ("id", Arc::new(Int64Array::from(vec![Some(i64::MAX), None, Some(i64::MIN)]))),
        ("text", Arc::new(StringArray::from(vec![Some("é"), Some(""), None]))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn what_goes_out_comes_in_and_is_marked_as_released() {
    let (mut schema, mut array) = (FFI_ArrowSchema::empty(), FFI_ArrowArray::empty());

    // SAFETY: two structs of our own.
    let (back, again) = unsafe {
        give(batch().slice(1, 2), &raw mut schema, &raw mut array).unwrap();
        let back = take(&raw mut schema, &raw mut array).unwrap();
        (back, take(&raw mut schema, &raw mut array))
    };

    assert_eq!(back.columns(), batch().slice(1, 2).columns());
    assert!(array.is_released());
    assert_eq!(again.unwrap_err().message(), "the array was released before");
}

#[test]
fn null_is_an_error() {
    let (mut schema, mut array) = (FFI_ArrowSchema::empty(), FFI_ArrowArray::empty());

    // SAFETY: NULL and structs of our own.
    let errors = unsafe {
        [
            take(ptr::null_mut(), &raw mut array).unwrap_err(),
            take(&raw mut schema, ptr::null_mut()).unwrap_err(),
            give(batch(), &raw mut schema, ptr::null_mut()).unwrap_err(),
        ]
    };

    for error in errors {
        assert_eq!(error.message(), "the schema or the array is NULL");
    }
}

#[test]
fn an_array_that_is_no_struct_is_an_error() {
    let data = Int64Array::from(vec![1]).into_data();
    let (mut array, mut schema) = to_ffi(&data).unwrap();

    // SAFETY: two structs of our own.
    let error = unsafe { take(&raw mut schema, &raw mut array) }.unwrap_err();

    assert_eq!(error.message(), "the Arrow data are Int64, not columns (a struct)");
}
