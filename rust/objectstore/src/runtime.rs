//! The one thread that talks to servers, and waiting for it.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use headrace_core::{Error, ErrorKind, Result, patience};
use tokio::runtime::{Builder, Handle, Runtime};

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

/// Waits on this thread for `work`, which is dropped where the wait is interrupted: what it asked for
/// may or may not have happened.
///
/// # Errors
/// That of an interrupted wait.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> Result<T> {
    wait_unless(|| false, work)
}

/// The same, which ends as well once `is_over`.
pub(crate) fn wait_unless<T>(
    is_over: impl Fn() -> bool,
    work: impl Future<Output = T>,
) -> Result<T> {
    handle()?.block_on(async {
        let mut work = pin!(work);
        loop {
            match tokio::time::timeout(patience::TICK, &mut work).await {
                Ok(done) => return Ok(done),
                Err(_) if patience::goes_on() && !is_over() => {}
                Err(_) => return Err(patience::interrupted()),
            }
        }
    })
}
