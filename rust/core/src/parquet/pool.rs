//! The threads that encode row groups, one set for the process.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::{Error, ErrorKind, Result, patience};

/// More threads than this gain little, for one row group in flight each costs memory.
const MAX_THREADS: usize = 4;

type Task = Box<dyn FnOnce() + Send>;

/// Threads with a queue, and as many slots as threads.
pub(super) struct Pool {
    queue: Mutex<VecDeque<Task>>,
    queued: Condvar,
    free: Mutex<usize>,
    freed: Condvar,
}

/// The right to have one row group in flight; given back when dropped.
pub(super) struct Slot(Arc<Pool>);

impl Drop for Slot {
    fn drop(&mut self) {
        *lock(&self.0.free) += 1;
        self.0.freed.notify_one();
    }
}

impl Pool {
    /// The pool of this process, started by whoever asks first.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] where the system gives no thread.
    pub(super) fn shared() -> Result<Arc<Self>> {
        static SHARED: Mutex<Option<(u32, Arc<Pool>)>> = Mutex::new(None);
        let mut shared = lock(&SHARED);
        // Threads do not survive a fork, so a child starts its own.
        let process = std::process::id();
        match &*shared {
            Some((owner, pool)) if *owner == process => Ok(Arc::clone(pool)),
            _ => {
                let pool = Self::start()?;
                *shared = Some((process, Arc::clone(&pool)));
                Ok(pool)
            }
        }
    }

    fn start() -> Result<Arc<Self>> {
        let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
        let pool = Arc::new(Self {
            queue: Mutex::new(VecDeque::new()),
            queued: Condvar::new(),
            free: Mutex::new(threads),
            freed: Condvar::new(),
        });
        for _ in 0..threads {
            let worker = Arc::clone(&pool);
            thread::Builder::new()
                .name("headrace-parquet".to_owned())
                .spawn(move || worker.work())
                .map_err(|error| {
                    Error::new(ErrorKind::Internal, format!("cannot start a thread: {error}"))
                })?;
        }
        Ok(pool)
    }

    /// Waits until fewer row groups are in flight than there are threads.
    ///
    /// # Errors
    /// That of an interrupted wait.
    pub(super) fn slot(self: &Arc<Self>) -> Result<Slot> {
        let mut free = lock(&self.free);
        while *free == 0 {
            free = pause(&self.freed, free)?;
        }
        *free -= 1;
        Ok(Slot(Arc::clone(self)))
    }

    /// Queues `task`; tasks begin in the order of their submission.
    pub(super) fn submit(&self, task: Task) {
        lock(&self.queue).push_back(task);
        self.queued.notify_one();
    }

    fn work(&self) {
        loop {
            let mut queue = lock(&self.queue);
            let task = loop {
                match queue.pop_front() {
                    Some(task) => break task,
                    None => queue = self.queued.wait(queue).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(queue);
            // Tasks report their own panics; this one keeps the thread alive all the same.
            drop(catch_unwind(AssertUnwindSafe(task)));
        }
    }
}

/// Waits for `changed`, not for ever.
///
/// # Errors
/// That of an interrupted wait.
pub(super) fn pause<'a, T>(
    changed: &Condvar,
    mut guard: MutexGuard<'a, T>,
) -> Result<MutexGuard<'a, T>> {
    let waited = changed.wait_timeout(guard, patience::TICK);
    let timed_out;
    (guard, timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
    if timed_out.timed_out() && !patience::goes_on() {
        return Err(patience::interrupted());
    }
    Ok(guard)
}

/// What a panic leaves behind a lock here is still whole: every change is one assignment.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
