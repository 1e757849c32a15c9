//! Batches in and out by the Arrow C Data Interface.
//!
//! <https://arrow.apache.org/docs/format/CDataInterface.html>
//!
//! - `structs`: the C structs, checked before anything follows their pointers.

#![expect(unsafe_code, reason = "the interface hands over pointers to C structs")]

mod structs;
#[cfg(test)]
mod tests;

use std::ptr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type, to_ffi};
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_data::ArrayData;
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
    // SAFETY: the two belong together by the caller's promise.
    checked(unsafe { data_of(array, &schema) }?)
}

/// The type behind a C struct.
///
/// # Errors
/// [`ErrorKind::Plugin`] where it breaks the interface, or Arrow has no such type.
///
/// # Safety
/// What is not NULL in it points to what the interface says.
pub unsafe fn type_of(schema: &FFI_ArrowSchema) -> Result<DataType> {
    // SAFETY: the caller's promise, word for word.
    unsafe { structs::check_schema(schema) }?;
    DataType::try_from(schema).map_err(|error| fault(&error))
}

/// The struct array behind two C structs; what is in its buffers is not looked at.
///
/// # Errors
/// [`ErrorKind::Plugin`] where they break the interface, or are no struct array.
///
/// # Safety
/// The two belong together, and what is not NULL in them points to what the interface says.
pub unsafe fn data_of(array: FFI_ArrowArray, schema: &FFI_ArrowSchema) -> Result<ArrayData> {
    // SAFETY: the caller's promise, word for word.
    let data_type = unsafe { type_of(schema) }?;
    if !matches!(data_type, DataType::Struct(_)) {
        let message = format!("the Arrow data are {data_type}, not columns (a struct)");
        return Err(Error::new(ErrorKind::Plugin, message));
    }
    // SAFETY: as above, and what can be told of the array is true.
    unsafe {
        structs::check_array(&array, &data_type)?;
        from_ffi_and_data_type(array, data_type).map_err(|error| fault(&error))
    }
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
