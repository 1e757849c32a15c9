//! What a thread's last call without a handle said, where it failed.

use std::cell::RefCell;

use headrace_core::{Error, Location};

thread_local! {
    static LAST_ERROR: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps what the call said; `None` where it succeeded.
pub fn remember(error: Option<&Error>) {
    let message = error.map(ToString::to_string);
    // A thread that is ending has nobody left to ask; what was there before is of no interest.
    drop(LAST_ERROR.try_with(|last| last.replace(message)));
}

/// What the call said, where it failed.
#[must_use]
pub fn recall() -> Option<String> {
    LAST_ERROR.try_with(|last| last.borrow().clone()).ok().flatten()
}

/// The same error with its place behind the words, for callers who get words alone.
#[must_use]
pub fn placed(error: &Error) -> Error {
    let Location { path, line, byte_offset, field, rule } = error.location();
    let facts = [
        path.as_ref().map(|path| format!("file {}", path.display())),
        line.map(|line| format!("line {line}")),
        byte_offset.map(|offset| format!("byte_offset {offset}")),
        field.as_ref().map(|field| format!("field {field}")),
        rule.as_ref().map(|rule| format!("rule {rule}")),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    let message = error.message();
    let message = if facts.is_empty() {
        message.to_owned()
    } else {
        format!("{message} ({})", facts.join(", "))
    };
    Error::new(error.kind(), message).at(error.location().clone())
}
