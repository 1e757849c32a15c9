//! Laws of strings: no panic and no NUL crosses.

use super::*;

/// The library's string, taken and given back.
fn taken(string: *mut c_char) -> Option<String> {
    if string.is_null() {
        return None;
    }
    // SAFETY: it comes from `given`.
    let text = unsafe { CStr::from_ptr(string) }.to_str().unwrap().to_owned();
    // SAFETY: as above, and nobody uses it after.
    unsafe { free(string) };
    Some(text)
}

#[test]
fn a_panic_or_a_nul_does_not_cross() {
    assert!(given(|| panic!("on purpose")).is_null());
    assert_eq!(taken(given(|| Some("a\0b".to_owned()))).unwrap(), "a\\0b");
    assert!(given(|| None).is_null());
}
