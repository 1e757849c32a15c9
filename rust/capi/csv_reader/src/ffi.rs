//! The exported functions. Nothing here but pointers: what they do is in the safe modules.
//!
//! Strings in are NUL-terminated UTF-8 and stay the caller's; strings out are the library's and go
//! back to [`free_string`]. A reader may be called from any thread; only its end is the caller's to
//! order. No call panics or unwinds.

#![expect(unsafe_code, reason = "a C ABI takes raw pointers and exports unmangled names")]

#[cfg(test)]
mod tests;

use std::ffi::{c_char, c_int, c_void};
use std::ptr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use headrace_abi::strings::{self, given, text};
use headrace_abi::{ABI_VERSION, arrow, handle};

use crate::calls::{self, Next, Reader};

/// As in the writer's library.
#[unsafe(no_mangle)]
pub extern "C" fn abi_version() -> u32 {
    ABI_VERSION
}

/// As in the writer's library.
///
/// # Safety
/// `string` is NULL or from a function of this library and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_string(string: *mut c_char) {
    // SAFETY: the caller's promise, word for word.
    unsafe { strings::free(string) }
}

/// As in the writer's library.
///
/// # Safety
/// `handle` is NULL or from [`create_reader`] and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn last_error(handle: *mut c_void) -> *mut c_char {
    // SAFETY: the caller's promise, word for word.
    given(|| unsafe { handle::last_error::<Reader>(handle) })
}

/// Opens a reader by its JSON config. NULL is a failure, and `last_error(NULL)` tells why.
///
/// # Safety
/// `config_json` is NULL or points to a NUL-terminated string that does not change meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn create_reader(config_json: *const c_char) -> *mut c_void {
    // SAFETY: the caller's promise, word for word.
    handle::created(|| calls::open(unsafe { text(config_json, "config_json") }?))
}

/// Optional. The reader's columns: a JSON array of `{"name", "type", "nullable"}`. NULL is a
/// failure. Without it the contract's columns hold, or those of the first batch.
///
/// # Safety
/// `reader` is NULL or from [`create_reader`] and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reader_schema(reader: *mut c_void) -> *mut c_char {
    // SAFETY: the caller's promise, word for word.
    match unsafe { handle::of(reader) } {
        Some(handle) => given(|| calls::schema(handle)),
        None => ptr::null_mut(),
    }
}

/// The next records as a JSON array; an empty one is not the end. NULL is the end where
/// `last_error(reader)` is NULL or empty, and a failure otherwise; in a library without
/// `last_error` nobody can tell, and the run's report says so.
///
/// # Safety
/// `reader` is NULL or from [`create_reader`] and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn extract_batch(reader: *mut c_void) -> *mut c_char {
    // SAFETY: the caller's promise, word for word.
    match unsafe { handle::of(reader) } {
        Some(handle) => given(|| calls::next_json(handle)),
        None => ptr::null_mut(),
    }
}

/// Optional, and taken in place of `extract_batch` where it is there: 1 and the next records as a
/// struct array, which the caller then releases; 0 at the end, with nothing filled; -1 on failure,
/// with nothing filled, and `last_error(reader)` tells why.
///
/// # Safety
/// `reader` as for [`extract_batch`]; `schema` and `array` are NULL or point to room for such
/// structs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn extract_batch_arrow(
    reader: *mut c_void,
    schema: *mut FFI_ArrowSchema,
    array: *mut FFI_ArrowArray,
) -> c_int {
    let next = || {
        // SAFETY: the caller's promise, word for word.
        let handle = unsafe { handle::of::<Reader>(reader) }?;
        match calls::next_arrow(handle)? {
            Next::End => Some(0),
            Next::Batch(batch) => {
                // SAFETY: as above.
                calls::given(handle, || unsafe { arrow::give(batch, schema, array) }).map(|()| 1)
            }
        }
    };
    handle::contained(next).ok().flatten().unwrap_or(-1)
}

/// Optional. Ends a reader's life, once. NULL is let pass.
///
/// # Safety
/// `reader` is NULL or from [`create_reader`] and not yet freed, and no call on it is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_reader(reader: *mut c_void) {
    // SAFETY: the caller's promise, word for word.
    unsafe { handle::free::<Reader>(reader) }
}
