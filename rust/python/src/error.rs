//! The one door for errors, and for leaving the interpreter.

use std::cell::Cell;
use std::rc::Rc;

use headrace_core::{Error, ErrorKind, patience};
use pyo3::prelude::*;
use pyo3::types::PyDict;

pyo3::create_exception!(
    headrace._rust,
    NativeFailure,
    pyo3::exceptions::PyException,
    "What the core reports: args are (kind, message, location)."
);

/// The only place work leaves the interpreter and errors come back.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> headrace_core::Result<T> + Send,
) -> PyResult<T> {
    py.detach(work).map_err(|error| to_py_err(py, &error))
}

/// Works without the interpreter, which is asked now and then, while this thread waits, whether
/// somebody interrupts.
pub(crate) fn interruptible<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> headrace_core::Result<T> + Send,
) -> PyResult<T> {
    let (interrupt, result) = py.detach(|| {
        let interrupt = Rc::new(Cell::new(None));
        let told = Rc::clone(&interrupt);
        let mut goes_on = true;
        let ask = move || {
            // Once is enough: whatever waits after that ends, too.
            if goes_on {
                #[expect(clippy::redundant_closure_for_method_calls, reason = "of any lifetime")]
                let found = Python::attach(|py| py.check_signals()).err();
                goes_on = found.is_none();
                told.set(found);
            }
            goes_on
        };
        let result = patience::while_asked(ask, work);
        (interrupt.take(), result)
    });
    match interrupt {
        Some(interrupt) => Err(interrupt),
        None => result.map_err(|error| to_py_err(py, &error)),
    }
}

/// The core's error as the one exception that `_native.py` maps to classes.
pub(crate) fn to_py_err(py: Python<'_>, error: &Error) -> PyErr {
    let place = error.location();
    let location = PyDict::new(py);
    let filled = location
        .set_item("path", place.path.as_ref().map(|path| path.to_string_lossy().into_owned()))
        .and_then(|()| location.set_item("line", place.line))
        .and_then(|()| location.set_item("byte_offset", place.byte_offset))
        .and_then(|()| location.set_item("field", place.field.as_deref()))
        .and_then(|()| location.set_item("rule", place.rule.as_deref()));
    match filled {
        Ok(()) => NativeFailure::new_err((
            error.kind().name(),
            error.message().to_owned(),
            location.unbind(),
        )),
        Err(error) => error,
    }
}

#[pyfunction]
fn error_kinds() -> Vec<&'static str> {
    ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("NativeFailure", module.py().get_type::<NativeFailure>())?;
    module.add_function(wrap_pyfunction!(error_kinds, module)?)
}
