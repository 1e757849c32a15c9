//! What a pointer of the caller stands for: one writer behind a lock, its last error, and a stop
//! for panics.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use headrace_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use crate::config::Config;
use crate::writer::{FileMetadata, Writer};

/// A writer that any thread may call, one call at a time.
#[derive(Debug)]
pub(crate) struct Handle(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    state: State,
    /// Message of the last call, where it failed.
    last_error: Option<String>,
}

#[derive(Debug)]
enum State {
    Open(Box<Writer>),
    Closed,
    /// Something broke; the words say what.
    Refusing(String),
}

impl Handle {
    /// Opens the writer of a JSON config.
    ///
    /// # Errors
    /// Those of [`Config::parse`] and [`Writer::create`].
    pub(crate) fn create(config_json: &str) -> Result<Self> {
        let writer = Writer::create(Config::parse(config_json)?)?;
        let state = State::Open(Box::new(writer));
        Ok(Self(Mutex::new(Inner { state, last_error: None })))
    }

    /// Writes the records of a JSON array; returns the files that they completed, as JSON.
    pub(crate) fn write(&self, records_json: Result<&str>) -> Option<String> {
        self.attempt(|state| match state {
            State::Open(writer) => Ok(listed(&writer.write(records_json?)?)),
            State::Closed => Err(Error::new(ErrorKind::Write, "the writer is closed")),
            State::Refusing(reason) => Err(refusal(reason)),
        })
    }

    /// Ends the files that are open; returns them as JSON, none where it was closed before.
    pub(crate) fn close(&self) -> Option<String> {
        self.attempt(|state| match std::mem::replace(state, State::Closed) {
            State::Open(writer) => match writer.close() {
                Ok(files) => Ok(listed(&files)),
                Err(error) => {
                    *state = State::Refusing(error.message().to_owned());
                    Err(error)
                }
            },
            State::Closed => Ok(listed(&[])),
            State::Refusing(reason) => {
                let error = refusal(&reason);
                *state = State::Refusing(reason);
                Err(error)
            }
        })
    }

    /// What the last call said, where it failed.
    pub(crate) fn last_error(&self) -> Option<String> {
        self.lock().last_error.clone()
    }

    /// `None` where `work` fails; where it panics, the writer takes no more.
    fn attempt<T>(&self, work: impl FnOnce(&mut State) -> Result<T>) -> Option<T> {
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

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `work`; a panic in it is an error.
///
/// # Errors
/// [`ErrorKind::Internal`] with the words of the panic.
pub(crate) fn contained<T>(work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        Error::new(ErrorKind::Internal, format!("a fault of the library: {}", words(&*panic)))
    })
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words")
}

fn refusal(reason: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("the writer takes no more since: {reason}"))
}

fn listed(files: &[FileMetadata]) -> String {
    let entries = files.iter().map(|file| {
        // The directory came as JSON, so that the path is text.
        json!({"path": file.path.to_string_lossy(), "rows": file.rows, "bytes": file.bytes})
    });
    Value::Array(entries.collect()).to_string()
}
