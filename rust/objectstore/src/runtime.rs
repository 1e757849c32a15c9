//! The one thread that talks to servers, and waiting for it.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use headrace_core::{Error, ErrorKind, Result};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::Patience;

/// How often somebody who waits is asked whether to go on.
const TICK: Duration = Duration::from_millis(100);

/// Threads that look up names, at most; they end when they are idle.
const LOOKUP_THREADS: usize = 2;

/// The process that made it, for a fork takes along no thread, and the runtime.
static RUNTIME: Mutex<Option<(u32, &'static Runtime)>> = Mutex::new(None);

/// The process's runtime, made when it is first asked for.
pub(crate) fn handle() -> Result<Handle> {
    let mut made = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((maker, runtime)) = *made
        && maker == process
    {
        return Ok(runtime.handle().clone());
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(LOOKUP_THREADS)
        .thread_name("headrace-s3")
        .enable_all()
        .build()
        .map_err(|error| Error::new(ErrorKind::Write, format!("cannot start a thread: {error}")))?;
    // It lasts as long as the process.
    let runtime: &'static Runtime = Box::leak(Box::new(runtime));
    *made = Some((process, runtime));
    Ok(runtime.handle().clone())
}

/// Waits on this thread for `work`, for as long as there is patience.
///
/// # Errors
/// Kind `internal` where patience has ended; `work` is then dropped, and what it asked for may or
/// may not have happened.
pub(crate) fn wait<T>(work: impl Future<Output = T>, patience: Patience<'_>) -> Result<T> {
    handle()?.block_on(async {
        let mut work = pin!(work);
        loop {
            match tokio::time::timeout(TICK, &mut work).await {
                Ok(done) => return Ok(done),
                Err(_) if patience() => {}
                Err(_) => return Err(Error::new(ErrorKind::Internal, "interrupted")),
            }
        }
    })
}
