//! Waiting that can be ended: by Ctrl-C, where the thread waits for a server.
//!
//! It goes by the thread and not by arguments, for what waits may lie below a library that has none
//! for it, such as a sink below the Parquet writer.

use std::cell::Cell;
use std::time::Duration;

use crate::{Error, ErrorKind};

/// How often whoever waits asks whether to go on.
pub const TICK: Duration = Duration::from_millis(100);

type Ask = Box<dyn FnMut() -> bool>;

thread_local! {
    static ASK: Cell<Option<Ask>> = const { Cell::new(None) };
}

/// Does `work`, in which whoever waits on this thread asks `goes_on`, about ten times a second.
///
/// # Examples
/// ```
/// use headrace_core::patience;
///
/// assert!(patience::goes_on()); // nobody says otherwise
/// assert!(!patience::while_asked(|| false, patience::goes_on));
/// assert!(patience::goes_on());
/// ```
pub fn while_asked<T>(goes_on: impl FnMut() -> bool + 'static, work: impl FnOnce() -> T) -> T {
    let before = ASK.replace(Some(Box::new(goes_on)));
    let done = work();
    ASK.set(before);
    done
}

/// Whether to go on waiting; on a thread whose waiting nobody may end, always.
#[must_use]
pub fn goes_on() -> bool {
    // Taken out, for what is asked may come back here.
    let Some(mut ask) = ASK.take() else { return true };
    let goes_on = ask();
    ASK.set(Some(ask));
    goes_on
}

/// The error of who went on no longer.
#[must_use]
pub fn interrupted() -> Error {
    Error::new(ErrorKind::Internal, "interrupted")
}
