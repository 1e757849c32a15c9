//! Strings in are NUL-terminated UTF-8 and stay the caller's; strings out are the library's and
//! come back to [`free`].

#![expect(unsafe_code, reason = "a C string is a raw pointer")]

#[cfg(test)]
mod tests;

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use headrace_core::{Error, ErrorKind, Result};

use crate::handle::contained;

/// The caller's string `name`.
///
/// # Errors
/// [`ErrorKind::Plugin`] where it is NULL or not UTF-8.
///
/// # Safety
/// `string` is NULL or points to a NUL-terminated string that lives and stays for `'a`.
pub unsafe fn text<'a>(string: *const c_char, name: &str) -> Result<&'a str> {
    if string.is_null() {
        return Err(Error::new(ErrorKind::Plugin, format!("{name} is NULL")));
    }
    // SAFETY: not NULL, and the rest is the caller's promise.
    let bytes = unsafe { CStr::from_ptr(string) };
    bytes.to_str().map_err(|error| {
        let message = format!("{name} is not UTF-8 at byte {}", error.valid_up_to());
        Error::new(ErrorKind::Plugin, message)
    })
}

/// What `work` returns, as a string that the caller owns; NULL for nothing, and for a panic.
pub fn given(work: impl FnOnce() -> Option<String>) -> *mut c_char {
    // JSON escapes NUL; the words of a system or a panic could hold one.
    let whole = |text: String| if text.contains('\0') { text.replace('\0', "\\0") } else { text };
    let string = contained(|| work().and_then(|text| CString::new(whole(text)).ok()));
    string.ok().flatten().map_or(ptr::null_mut(), CString::into_raw)
}

/// Takes back a string. NULL is let pass.
///
/// # Safety
/// `string` is NULL or from [`given`] and not yet freed.
pub unsafe fn free(string: *mut c_char) {
    if !string.is_null() {
        // SAFETY: by the caller's promise it is what `given` made of a `CString`.
        drop(unsafe { CString::from_raw(string) });
    }
}
