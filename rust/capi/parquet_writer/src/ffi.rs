//! The exported functions. Nothing here but pointers: what they do is in the safe modules.
//!
//! Strings in are NUL-terminated UTF-8 and stay the caller's; strings out are the library's and go
//! back to [`free_string`]. A writer may be called from any thread; only its end is the caller's to
//! order. No call panics or unwinds.

#![expect(unsafe_code, reason = "a C ABI takes raw pointers and exports unmangled names")]

#[cfg(test)]
mod tests;

use std::ffi::{c_char, c_void};
use std::ptr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use headrace_abi::strings::{self, given, text};
use headrace_abi::{ABI_VERSION, arrow, handle};

use crate::calls;
use crate::writer::Writer;

/// Optional. The version of this ABI: 1. A library without it is taken to have version 1.
#[unsafe(no_mangle)]
pub extern "C" fn abi_version() -> u32 {
    ABI_VERSION
}

/// Takes back a string that a function of the library returned, once. NULL is let pass.
///
/// # Safety
/// `string` is NULL or from a function of this library and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_string(string: *mut c_char) {
    // SAFETY: the caller's promise, word for word.
    unsafe { strings::free(string) }
}

/// Optional. Why the last call on `handle`, a reader or a writer, failed; NULL or empty where it
/// did not. For NULL: why the calling thread's last `create_reader` or `create_writer` failed.
///
/// # Safety
/// `handle` is NULL or from [`create_writer`] and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn last_error(handle: *mut c_void) -> *mut c_char {
    // SAFETY: the caller's promise, word for word.
    given(|| unsafe { handle::last_error::<Writer>(handle) })
}

/// Opens a writer by its JSON config. NULL is a failure, and `last_error(NULL)` tells why.
///
/// # Safety
/// `config_json` is NULL or points to a NUL-terminated string that does not change meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn create_writer(config_json: *const c_char) -> *mut c_void {
    // SAFETY: the caller's promise, word for word.
    handle::created(|| calls::open(unsafe { text(config_json, "config_json") }?))
}

/// Writes a JSON array of records, all or none. A JSON array of the files that are complete now,
/// each `{"path", "rows", "bytes"}`, or an object with such `files`. NULL is always a failure.
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
    match unsafe { handle::of(writer) } {
        Some(handle) => given(|| calls::write(handle, records)),
        None => ptr::null_mut(),
    }
}

/// Optional, and taken in place of `write_batch` where it is there: writes the rows of a struct
/// array, all or none, and returns as `write_batch` does. The library takes schema and array over,
/// whatever comes of it, and releases each once.
///
/// # Safety
/// `writer` as for [`write_batch`]; `schema` and `array` are NULL or point to structs as the Arrow
/// C Data Interface describes them, the caller's to give away.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write_batch_arrow(
    writer: *mut c_void,
    schema: *mut FFI_ArrowSchema,
    array: *mut FFI_ArrowArray,
) -> *mut c_char {
    // SAFETY: the caller's promise, word for word.
    let batch = handle::contained(|| unsafe { arrow::take(schema, array) });
    // SAFETY: as above.
    match unsafe { handle::of(writer) } {
        Some(handle) => given(|| calls::write_arrow(handle, batch.and_then(|batch| batch))),
        None => ptr::null_mut(),
    }
}

/// Optional. Ends the writer's open files and returns them as `write_batch` does; none where it
/// was closed before. NULL is a failure. A library without it writes whole files in each call.
///
/// # Safety
/// `writer` is NULL or from [`create_writer`] and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close_writer(writer: *mut c_void) -> *mut c_char {
    // SAFETY: the caller's promise, word for word.
    match unsafe { handle::of(writer) } {
        Some(handle) => given(|| calls::close(handle)),
        None => ptr::null_mut(),
    }
}

/// Optional. Ends a writer's life, once; files that it did not complete are removed. NULL is let
/// pass.
///
/// # Safety
/// `writer` is NULL or from [`create_writer`] and not yet freed, and no call on it is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_writer(writer: *mut c_void) {
    // SAFETY: the caller's promise, word for word.
    unsafe { handle::free::<Writer>(writer) }
}
