//! What a pointer of the caller stands for: one reader or writer behind a lock, its last error,
//! and a stop for panics.

#![expect(unsafe_code, reason = "a handle crosses C as a raw pointer")]

#[cfg(test)]
mod tests;

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use headrace_core::{Error, ErrorKind, Result};

use crate::last_error::{recall, remember};

/// A part that any thread may call, one call at a time.
#[derive(Debug)]
pub struct Handle<T>(Mutex<Inner<T>>);

#[derive(Debug)]
struct Inner<T> {
    state: State<T>,
    /// Message of the last call, where it failed.
    last_error: Option<String>,
}

/// Where a part is in its life.
#[derive(Debug)]
pub enum State<T> {
    /// It takes calls.
    Open(Box<T>),
    /// It has ended well.
    Closed,
    /// Something broke; the words say what.
    Refusing(String),
}

impl<T> Handle<T> {
    /// A handle of an open part.
    pub fn new(part: T) -> Self {
        Self(Mutex::new(Inner { state: State::Open(Box::new(part)), last_error: None }))
    }

    /// What the last call said, where it failed.
    pub fn last_error(&self) -> Option<String> {
        self.lock().last_error.clone()
    }

    /// `None` where `work` fails; where it panics, the part takes no more.
    pub fn attempt<R>(&self, work: impl FnOnce(&mut State<T>) -> Result<R>) -> Option<R> {
        let mut inner = self.lock();
        let outcome = contained(|| work(&mut inner.state)).unwrap_or_else(|error| {
            let broken = State::Refusing(error.message().to_owned());
            let broken = std::mem::replace(&mut inner.state, broken);
            // What is half done may panic again as it goes.
            contained(|| drop(broken)).and(Err(error))
        });
        match outcome {
            Ok(value) => {
                inner.last_error = None;
                Some(value)
            }
            Err(error) => {
                inner.last_error = Some(error.to_string());
                None
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pointer to a new part; NULL where `create` fails or panics, and the thread remembers why.
pub fn created<T>(create: impl FnOnce() -> Result<T>) -> *mut c_void {
    match contained(create).and_then(|part| part) {
        Ok(part) => {
            remember(None);
            Box::into_raw(Box::new(Handle::new(part))).cast()
        }
        Err(error) => {
            remember(Some(&error));
            ptr::null_mut()
        }
    }
}

/// The handle behind a pointer; NULL is remembered as the thread's last error.
///
/// # Safety
/// `pointer` is NULL or from [`created`] with the same `T` and not freed during `'a`.
pub unsafe fn of<'a, T>(pointer: *mut c_void) -> Option<&'a Handle<T>> {
    // SAFETY: by the caller's promise it is a `Handle`, shared only: its inside is behind a lock.
    let found = unsafe { pointer.cast::<Handle<T>>().as_ref() };
    if found.is_none() {
        remember(Some(&Error::new(ErrorKind::Plugin, "the handle is NULL")));
    }
    found
}

/// What the last call said, where it failed; for NULL, the thread's last call without a handle.
///
/// # Safety
/// As [`of`].
pub unsafe fn last_error<T>(pointer: *mut c_void) -> Option<String> {
    if pointer.is_null() {
        return recall();
    }
    // SAFETY: the caller's promise, word for word.
    unsafe { of::<T>(pointer) }.and_then(Handle::last_error)
}

/// Ends a part's life. NULL is let pass.
///
/// # Safety
/// `pointer` is NULL or from [`created`] with the same `T` and not yet freed, and no call on it is
/// under way.
pub unsafe fn free<T>(pointer: *mut c_void) {
    if pointer.is_null() {
        return;
    }
    // SAFETY: by the caller's promise it is what `created` made of a box, and nobody else's.
    let handle = unsafe { Box::from_raw(pointer.cast::<Handle<T>>()) };
    // The caller has given it up and hears of nothing more.
    drop(contained(|| drop(handle)));
}

/// Runs `work`; a panic in it is an error.
///
/// # Errors
/// [`ErrorKind::Internal`] with the words of the panic.
pub fn contained<T>(work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        Error::new(ErrorKind::Internal, format!("a fault of the library: {}", words(&*panic)))
    })
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words")
}
