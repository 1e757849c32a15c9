//! Laws of the boundary: NULL is an error, the end is none, and both ways out give the rows.

use std::ffi::{CStr, CString};

use super::*;

/// The library's string, taken and given back.
fn taken(string: *mut c_char) -> Option<String> {
    if string.is_null() {
        return None;
    }
    // SAFETY: it comes from a function of this library.
    let text = unsafe { CStr::from_ptr(string) }.to_str().unwrap().to_owned();
    // SAFETY: as above, and nobody uses it after.
    unsafe { free_string(string) };
    Some(text)
}

#[test]
fn a_file_is_read_to_its_end_by_json_and_by_arrow() {
    let path = std::env::temp_dir().join(format!("headrace-reader-ffi-{}", std::process::id()));
    std::fs::write(&path, "a\n1\n2\n").unwrap();
    let config = CString::new(format!(r#"{{"path": {:?}}}"#, path.to_str().unwrap())).unwrap();
    let (mut schema, mut array) = (FFI_ArrowSchema::empty(), FFI_ArrowArray::empty());

    // SAFETY: C strings, living readers, and structs of our own.
    unsafe {
        let (json, by_arrow) = (create_reader(config.as_ptr()), create_reader(config.as_ptr()));
        assert_eq!(taken(extract_batch(json)).unwrap(), r#"[{"a":1},{"a":2}]"#);
        assert_eq!((taken(extract_batch(json)), taken(last_error(json))), (None, None));
        assert_eq!(extract_batch_arrow(by_arrow, &raw mut schema, &raw mut array), 1);
        assert_eq!(arrow::take(&raw mut schema, &raw mut array).unwrap().num_rows(), 2);
        assert_eq!(extract_batch_arrow(by_arrow, &raw mut schema, &raw mut array), 0);
        // Where there is no room the batch is lost, and the reader does not go on without it.
        let lost = create_reader(config.as_ptr());
        assert_eq!(extract_batch_arrow(lost, ptr::null_mut(), &raw mut array), -1);
        assert_eq!(taken(last_error(lost)).unwrap(), "the schema or the array is NULL");
        assert_eq!(extract_batch_arrow(lost, &raw mut schema, &raw mut array), -1);
        free_reader(lost);
        free_reader(json);
        free_reader(by_arrow);
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn null_is_an_error() {
    let none = ptr::null_mut();

    // SAFETY: NULL and C strings.
    unsafe {
        assert_eq!(abi_version(), 1);
        assert!(create_reader(ptr::null()).is_null());
        assert_eq!(taken(last_error(none)).unwrap(), "config_json is NULL");
        assert!(create_reader(c"{}".as_ptr()).is_null());
        assert_eq!(taken(last_error(none)).unwrap(), "path is missing");
        assert!(extract_batch(none).is_null());
        assert_eq!(taken(last_error(none)).unwrap(), "the handle is NULL");
        assert!(reader_schema(none).is_null());
        assert_eq!(extract_batch_arrow(none, ptr::null_mut(), ptr::null_mut()), -1);
        free_reader(none);
        free_string(ptr::null_mut());
    }
}
