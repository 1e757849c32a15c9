//! What the exported functions do with a writer.

#[cfg(test)]
mod tests;

use arrow_array::RecordBatch;
use headrace_abi::handle::{Handle, State};
use headrace_core::{Error, ErrorKind, Result};

use crate::config::Config;
use crate::writer::{Writer, listed};

/// Opens the writer of a JSON config.
///
/// # Errors
/// Those of [`Config::parse`] and [`Writer::create`].
pub(crate) fn open(config_json: &str) -> Result<Writer> {
    Writer::create(Config::parse(config_json)?)
}

/// Writes the records of a JSON array; returns the files that they completed, as JSON.
pub(crate) fn write(handle: &Handle<Writer>, records_json: Result<&str>) -> Option<String> {
    handle.attempt(|state| Ok(listed(&opened(state)?.write(records_json?)?)))
}

/// Writes the rows of a batch; as [`write`].
pub(crate) fn write_arrow(handle: &Handle<Writer>, batch: Result<RecordBatch>) -> Option<String> {
    handle.attempt(|state| Ok(listed(&opened(state)?.write_arrow(&batch?)?)))
}

/// Ends the files that are open; returns them as JSON, none where it was closed before.
pub(crate) fn close(handle: &Handle<Writer>) -> Option<String> {
    handle.attempt(|state| match std::mem::replace(state, State::Closed) {
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

fn opened(state: &mut State<Writer>) -> Result<&mut Writer> {
    match state {
        State::Open(writer) => Ok(writer),
        State::Closed => Err(Error::new(ErrorKind::Write, "the writer is closed")),
        State::Refusing(reason) => Err(refusal(reason)),
    }
}

fn refusal(reason: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("the writer takes no more since: {reason}"))
}
