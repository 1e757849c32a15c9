//! The exported functions. Nothing here but pointers: what they do is in the safe modules.
//!
//! Strings in are NUL-terminated UTF-8 and stay the caller's; strings out are the library's and go
//! back to [`free_string`]. A writer may be called from any thread; only its end is the caller's to
//! order. No call panics or unwinds.

#![expect(unsafe_code, reason = "a C ABI takes raw pointers and exports unmangled names")]

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

use headrace_core::{Error, ErrorKind, Result};

use crate::handle::{Handle, contained};

/// Version of these functions and of their JSON.
const ABI_VERSION: u32 = 1;

thread_local! {
    /// What the thread's last call without a writer said, where it failed.
    static LAST_ERROR: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The version of this ABI: 1.
#[unsafe(no_mangle)]
pub extern "C" fn abi_version() -> u32 {
    ABI_VERSION
}

/// Opens a writer by its JSON config. NULL on failure; `last_error(NULL)` tells why.
///
/// # Safety
/// `config_json` is NULL or points to a NUL-terminated string that does not change meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn create_writer(config_json: *const c_char) -> *mut c_void {
    let created = contained(|| {
        // SAFETY: the caller's promise, word for word.
        let config = unsafe { text(config_json, "config_json") }?;
        Handle::create(config)
    });
    match created.and_then(|result| result) {
        Ok(handle) => {
            remember(None);
            Box::into_raw(Box::new(handle)).cast()
        }
        Err(error) => {
            remember(Some(&error));
            ptr::null_mut()
        }
    }
}

/// Writes a JSON array of records, all or none. A JSON array of the files that are complete now,
/// each `{"path", "rows", "bytes"}`; NULL on failure, and `last_error(writer)` tells why.
///
/// # Safety
/// `writer` is NULL or from [`create_writer`] and not yet freed; `records_json` is NULL or points
/// to a NUL-terminated string that does not change meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write_batch(
    writer: *mut c_void,
    records_json: *const c_char,
) -> *mut c_char {
    // SAFETY: the caller's promise, word for word.
    let records = unsafe { text(records_json, "records_json") };
    // SAFETY: as above.
    match unsafe { handle(writer) } {
        Some(handle) => given(|| handle.write(records)),
        None => ptr::null_mut(),
    }
}

/// Ends the writer's open files. A JSON array of them, as [`write_batch`] returns it, and an empty
/// one where it was closed before; NULL on failure, and `last_error(writer)` tells why. The writer
/// must still be freed.
///
/// # Safety
/// `writer` is NULL or from [`create_writer`] and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close_writer(writer: *mut c_void) -> *mut c_char {
    // SAFETY: the caller's promise, word for word.
    match unsafe { handle(writer) } {
        Some(handle) => given(|| handle.close()),
        None => ptr::null_mut(),
    }
}

/// What the writer's last call said; NULL where it succeeded. For NULL, what the thread's last
/// call without a writer said: [`create_writer`], or any function that was given NULL for one.
///
/// # Safety
/// `writer` is NULL or from [`create_writer`] and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn last_error(writer: *mut c_void) -> *mut c_char {
    if writer.is_null() {
        return given(|| LAST_ERROR.try_with(|last| last.borrow().clone()).ok().flatten());
    }
    // SAFETY: the caller's promise, word for word.
    match unsafe { handle(writer) } {
        Some(handle) => given(|| handle.last_error()),
        None => ptr::null_mut(),
    }
}

/// Ends a writer's life. Files that it did not complete are removed. NULL is let pass.
///
/// # Safety
/// `writer` is NULL or from [`create_writer`] and not yet freed, and no call on it is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_writer(writer: *mut c_void) {
    if writer.is_null() {
        return;
    }
    // SAFETY: by the caller's promise it is what `create_writer` made of a box, and nobody else's.
    let handle = unsafe { Box::from_raw(writer.cast::<Handle>()) };
    // The caller has given it up and hears of nothing more.
    drop(contained(|| drop(handle)));
}

/// Takes back a string. NULL is let pass.
///
/// # Safety
/// `string` is NULL or from a function of this library and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_string(string: *mut c_char) {
    if !string.is_null() {
        // SAFETY: by the caller's promise it is what `given` made of a `CString`.
        drop(unsafe { CString::from_raw(string) });
    }
}

/// The caller's string `name`.
///
/// # Errors
/// [`ErrorKind::Plugin`] where it is NULL or not UTF-8.
///
/// # Safety
/// `string` is NULL or points to a NUL-terminated string that lives and stays for `'a`.
unsafe fn text<'a>(string: *const c_char, name: &str) -> Result<&'a str> {
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

/// The writer behind a pointer; NULL is remembered as the thread's last error.
///
/// # Safety
/// `writer` is NULL or from [`create_writer`] and not freed during `'a`.
unsafe fn handle<'a>(writer: *mut c_void) -> Option<&'a Handle> {
    // SAFETY: by the caller's promise it is a `Handle`, shared only: its inside is behind a lock.
    let found = unsafe { writer.cast::<Handle>().as_ref() };
    if found.is_none() {
        remember(Some(&Error::new(ErrorKind::Plugin, "the writer is NULL")));
    }
    found
}

/// What `work` returns, as a string that the caller owns; NULL for nothing.
fn given(work: impl FnOnce() -> Option<String>) -> *mut c_char {
    // JSON escapes NUL; the words of a system or a panic could hold one.
    let string = contained(|| work().and_then(|text| CString::new(text.replace('\0', "\\0")).ok()));
    string.ok().flatten().map_or(ptr::null_mut(), CString::into_raw)
}

fn remember(error: Option<&Error>) {
    let message = error.map(ToString::to_string);
    // A thread that is ending has nobody left to ask; what was there before is of no interest.
    drop(LAST_ERROR.try_with(|last| last.replace(message)));
}
