//! Laws of the boundary: NULL and bad UTF-8 are errors, and every error can be asked for.

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

fn error_of(writer: *mut c_void) -> Option<String> {
    // SAFETY: the tests hand over NULL or a living writer.
    taken(unsafe { last_error(writer) })
}

fn create(config: &CStr) -> *mut c_void {
    // SAFETY: a C string.
    unsafe { create_writer(config.as_ptr()) }
}

fn opened(name: &str) -> (*mut c_void, std::path::PathBuf) {
    let path = std::env::temp_dir().join(format!("headrace-ffi-{}-{name}", std::process::id()));
    let config = format!(
        r#"{{"output_path": {:?}, "schema": [{{"name": "a", "type": "int64"}}]}}"#,
        path.to_str().unwrap()
    );
    let writer = create(&CString::new(config).unwrap());
    assert!(!writer.is_null(), "{:?}", error_of(ptr::null_mut()));
    (writer, path)
}

#[test]
fn a_failed_create_tells_its_thread_until_one_succeeds() {
    assert_eq!(abi_version(), 1);
    assert_eq!(error_of(ptr::null_mut()), None);

    assert!(create(c"{}").is_null());
    let told = error_of(ptr::null_mut());
    let elsewhere = std::thread::spawn(|| error_of(ptr::null_mut())).join().unwrap();
    let (writer, path) = opened("create");

    assert_eq!(told.unwrap(), "output_path is missing; schema is missing");
    assert_eq!(elsewhere, None);
    assert_eq!(error_of(ptr::null_mut()), None);
    // SAFETY: it lives, and nobody uses it after.
    unsafe { free_writer(writer) };
    std::fs::remove_dir(path).unwrap();
}

#[test]
fn nulls_and_bad_utf8_are_errors() {
    let (writer, path) = opened("nulls");
    let none = ptr::null_mut();

    // SAFETY: NULL, C strings and a living writer.
    unsafe {
        assert!(create_writer(ptr::null()).is_null());
        assert_eq!(error_of(none).unwrap(), "config_json is NULL");
        assert!(create_writer(c"{\xFF}".as_ptr()).is_null());
        assert_eq!(error_of(none).unwrap(), "config_json is not UTF-8 at byte 1");
        assert!(write_batch(writer, ptr::null()).is_null());
        assert_eq!(error_of(writer).unwrap(), "records_json is NULL");
        assert!(write_batch(writer, c"[\xC3]".as_ptr()).is_null());
        assert_eq!(error_of(writer).unwrap(), "records_json is not UTF-8 at byte 1");
        assert!(write_batch(none, c"[]".as_ptr()).is_null());
        assert_eq!(error_of(none).unwrap(), "the handle is NULL");
        assert!(close_writer(none).is_null());
        assert_eq!(taken(write_batch(writer, c"[]".as_ptr())).unwrap(), "[]");
        assert_eq!(error_of(writer), None);
        free_writer(none);
        free_string(ptr::null_mut());
        free_writer(writer);
    }
    std::fs::remove_dir(path).unwrap();
}

#[test]
fn a_batch_goes_in_by_arrow_and_null_is_an_error() {
    let (writer, path) = opened("arrow");
    let column = arrow_array::Int64Array::from(vec![1, 2]);
    let columns: [(&str, arrow_array::ArrayRef); 1] = [("a", std::sync::Arc::new(column))];
    let batch = arrow_array::RecordBatch::try_from_iter(columns).unwrap();
    let (mut schema, mut array) = (FFI_ArrowSchema::empty(), FFI_ArrowArray::empty());

    // SAFETY: a living writer, structs of our own, and NULL.
    let (written, refused) = unsafe {
        arrow::give(batch, &raw mut schema, &raw mut array).unwrap();
        let written = taken(write_batch_arrow(writer, &raw mut schema, &raw mut array));
        (written, taken(write_batch_arrow(writer, ptr::null_mut(), ptr::null_mut())))
    };

    assert_eq!((written.as_deref(), refused), (Some("[]"), None));
    assert_eq!(error_of(writer).unwrap(), "the schema or the array is NULL");
    // SAFETY: it lives, and nobody uses it after.
    unsafe {
        let files = taken(close_writer(writer)).unwrap();
        assert!(files.contains("\"rows\":2"), "{files}");
        free_writer(writer);
    }
    std::fs::remove_dir_all(path).unwrap();
}
