//! Batches in and out by the Arrow C Data Interface.
//!
//! <https://arrow.apache.org/docs/format/CDataInterface.html>

#![expect(unsafe_code, reason = "the interface hands over pointers to C structs")]

#[cfg(test)]
mod tests;

use std::ptr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_schema::DataType;
use headrace_core::foreign::{checked, fault};
use headrace_core::{Error, ErrorKind, Result};

/// The batch behind two C structs, which are taken whatever comes of it: they are marked as
/// released, and what they held is released once.
///
/// # Errors
/// [`ErrorKind::Plugin`] where one is NULL or released before, or the data break the interface.
///
/// # Safety
/// Each is NULL or points to a struct as the interface describes it, the caller's to give away.
pub unsafe fn take(
    schema: *mut FFI_ArrowSchema,
    array: *mut FFI_ArrowArray,
) -> Result<RecordBatch> {
    if schema.is_null() || array.is_null() {
        return Err(Error::new(ErrorKind::Plugin, "the schema or the array is NULL"));
    }
    // SAFETY: not NULL, and the rest is the caller's promise.
    let (schema, array) =
        unsafe { (FFI_ArrowSchema::from_raw(schema), FFI_ArrowArray::from_raw(array)) };
    if array.is_released() {
        return Err(Error::new(ErrorKind::Plugin, "the array was released before"));
    }
    let data_type = DataType::try_from(&schema).map_err(|error| fault(&error))?;
    if !matches!(data_type, DataType::Struct(_)) {
        let message = format!("the Arrow data are {data_type}, not columns (a struct)");
        return Err(Error::new(ErrorKind::Plugin, message));
    }
    // SAFETY: the two belong together by the caller's promise.
    let data = unsafe { from_ffi(array, &schema) }.map_err(|error| fault(&error))?;
    checked(StructArray::from(data))
}

/// Fills two C structs with a batch; they are then the caller's to release.
///
/// # Errors
/// [`ErrorKind::Plugin`] where one is NULL or the batch has no form in the interface; nothing is
/// filled then.
///
/// # Safety
/// Each is NULL or points to room for such a struct.
pub unsafe fn give(
    batch: RecordBatch,
    schema: *mut FFI_ArrowSchema,
    array: *mut FFI_ArrowArray,
) -> Result<()> {
    if schema.is_null() || array.is_null() {
        return Err(Error::new(ErrorKind::Plugin, "the schema or the array is NULL"));
    }
    let given = to_ffi(&StructArray::from(batch).into_data()).map_err(|error| fault(&error))?;
    // SAFETY: there is room by the caller's promise; what was there is no struct yet.
    unsafe {
        ptr::write(array, given.0);
        ptr::write(schema, given.1);
    }
    Ok(())
}
