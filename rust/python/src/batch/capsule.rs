//! The Arrow `PyCapsule` interface: the only place that touches foreign pointers.
//!
//! <https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html>

use std::ffi::CStr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, to_ffi};
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Fields};
use headrace_abi::arrow::{data_of, type_of};
use headrace_core::foreign::checked;
use headrace_core::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use crate::error::{detached, to_py_err};
use crate::schema::foreign;

/// Names of the capsules, as the interface fixes them.
pub(crate) const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

/// The columns of anything with `__arrow_c_schema__`.
pub(crate) fn import_schema(source: &Bound<'_, PyAny>) -> PyResult<Fields> {
    let answer = export_of(source, "__arrow_c_schema__")?;
    match read_schema(answer.cast()?)? {
        DataType::Struct(fields) => Ok(fields),
        other => {
            let message = format!("the Arrow data are {other}, not columns (a struct)");
            Err(to_py_err(source.py(), &Error::new(ErrorKind::Plugin, message)))
        }
    }
}

/// The batch of anything with `__arrow_c_array__`, without copying its buffers.
pub(crate) fn import_batch(source: &Bound<'_, PyAny>) -> PyResult<RecordBatch> {
    let py = source.py();
    let answer = export_of(source, "__arrow_c_array__")?;
    let (schema, array): (Bound<'_, PyCapsule>, Bound<'_, PyCapsule>) =
        answer.cast::<PyTuple>()?.extract()?;
    let data = take_struct(&schema, &array)?;
    detached(py, || checked(data))
}

/// The batches of anything with `__arrow_c_stream__`, without copying their buffers.
pub(crate) fn import_stream(source: &Bound<'_, PyAny>) -> PyResult<Vec<RecordBatch>> {
    let answer = export_of(source, "__arrow_c_stream__")?;
    let stream = take_stream(answer.cast()?)?;
    // The producer takes the interpreter itself where it needs it.
    detached(source.py(), || {
        let reader = RecordBatchStreamReader::try_new(stream).map_err(|error| foreign(&error))?;
        let arrays = reader.map(|batch| batch.map(StructArray::from));
        arrays.map(|array| checked(array.map_err(|error| foreign(&error))?.into_data())).collect()
    })
}

/// Schema and array capsules of `batch`; the consumer shares its buffers.
pub(crate) fn export_batch<'py>(
    py: Python<'py>,
    batch: &RecordBatch,
) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
    let array = StructArray::from(batch.clone());
    let (array, schema) =
        to_ffi(&array.into_data()).map_err(|error| to_py_err(py, &foreign(&error)))?;
    Ok((
        PyCapsule::new_with_value(py, schema, SCHEMA)?,
        PyCapsule::new_with_value(py, array, ARRAY)?,
    ))
}

fn export_of<'py>(source: &Bound<'py, PyAny>, method: &str) -> PyResult<Bound<'py, PyAny>> {
    if !source.hasattr(method)? {
        let message =
            format!("{} is not Arrow data: it has no {method}", source.get_type().name()?);
        return Err(to_py_err(source.py(), &Error::new(ErrorKind::Plugin, message)));
    }
    source.call_method0(method)
}

#[allow(unsafe_code, reason = "the capsule interface hands over a pointer to the C struct")]
fn read_schema(capsule: &Bound<'_, PyCapsule>) -> PyResult<DataType> {
    let pointer = capsule.pointer_checked(Some(SCHEMA))?.cast::<FFI_ArrowSchema>();
    // SAFETY: a capsule of this name holds an initialised `ArrowSchema` until it is destroyed,
    // and we hold the capsule while we read.
    unsafe { type_of(pointer.as_ref()) }.map_err(|error| to_py_err(capsule.py(), &error))
}

#[allow(unsafe_code, reason = "the capsule interface hands over a pointer to the C struct")]
fn take_struct(schema: &Bound<'_, PyCapsule>, array: &Bound<'_, PyCapsule>) -> PyResult<ArrayData> {
    let schema = schema.pointer_checked(Some(SCHEMA))?.cast::<FFI_ArrowSchema>();
    let pointer = array.pointer_checked(Some(ARRAY))?.cast::<FFI_ArrowArray>();
    // SAFETY: capsules of these names hold initialised C structs; `from_raw` moves the array out
    // and marks the original as released, so that it is released once, when the last buffer goes.
    let data = unsafe {
        let owned = FFI_ArrowArray::from_raw(pointer.as_ptr());
        if owned.is_released() {
            Err(Error::new(ErrorKind::Plugin, "the Arrow data were consumed before"))
        } else {
            data_of(owned, schema.as_ref())
        }
    };
    data.map_err(|error| to_py_err(array.py(), &error))
}

#[allow(unsafe_code, reason = "the capsule interface hands over a pointer to the C struct")]
fn take_stream(capsule: &Bound<'_, PyCapsule>) -> PyResult<FFI_ArrowArrayStream> {
    let pointer = capsule.pointer_checked(Some(STREAM))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: as for the array: the stream is moved out and the original marked as released.
    Ok(unsafe { FFI_ArrowArrayStream::from_raw(pointer.as_ptr()) })
}
