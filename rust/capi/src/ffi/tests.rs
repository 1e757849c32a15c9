//! Laws of the boundary: NULL and bad UTF-8 are errors, and every error can be asked for.

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
        assert_eq!(error_of(none).unwrap(), "the writer is NULL");
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
fn a_panic_or_a_nul_does_not_cross() {
    assert!(given(|| panic!("on purpose")).is_null());
    assert_eq!(taken(given(|| Some("a\0b".to_owned()))).unwrap(), "a\\0b");
    assert!(given(|| None).is_null());
}
