//! Encoded row groups into the file, in their order.
//!
//! Workers append themselves, whichever has the next one, so that no row group waits for the
//! caller: one thread may write to many files and never blocks itself.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use ::parquet::arrow::arrow_writer::ArrowColumnChunk;
use ::parquet::errors::ParquetError;
use ::parquet::file::writer::SerializedFileWriter;
use arrow_array::RecordBatch;

use super::encode::Encoder;
use super::pool::{Slot, lock, pause};
use crate::{Error, ErrorKind, Location, Result};

pub(super) type Sink = SerializedFileWriter<Box<dyn crate::sink::Sink>>;

/// What the caller and the workers of one file share.
pub(super) struct Appender {
    path: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
    is_stopped: AtomicBool,
    written_bytes: Arc<AtomicU64>,
}

struct State {
    /// Absent while a worker appends with it, and once it is closed or lost to a panic.
    sink: Option<Sink>,
    ready: BTreeMap<usize, (Vec<ArrowColumnChunk>, Slot)>,
    /// Index of the row group that the file takes next.
    next: usize,
    in_flight: usize,
    failure: Option<Error>,
}

impl Appender {
    pub(super) fn new(path: PathBuf, sink: Sink, written_bytes: Arc<AtomicU64>) -> Self {
        written_bytes.store(sink.bytes_written() as u64, Ordering::Relaxed);
        let state = State {
            sink: Some(sink),
            ready: BTreeMap::new(),
            next: 0,
            in_flight: 0,
            failure: None,
        };
        let (state, changed) = (Mutex::new(state), Condvar::new());
        Self { path, state, changed, is_stopped: AtomicBool::new(false), written_bytes }
    }

    /// The first failure of any row group; the file takes no more after it.
    pub(super) fn check(&self) -> Result<()> {
        match &lock(&self.state).failure {
            Some(first) => Err(first.clone()),
            None => Ok(()),
        }
    }

    /// Counts a row group as in flight; its task must call [`Self::run`].
    pub(super) fn enter(&self) {
        lock(&self.state).in_flight += 1;
    }

    /// Encodes row group `index` and appends it where it is its turn. Runs on a worker.
    pub(super) fn run(
        &self,
        encoder: &Encoder,
        index: usize,
        batches: Vec<RecordBatch>,
        slot: Slot,
    ) {
        let outcome = self.guarded(|| {
            if self.is_stopped.load(Ordering::Relaxed) {
                return Ok(None);
            }
            encoder.encode(index, batches, || self.is_stopped.load(Ordering::Relaxed))
        });
        let mut state = lock(&self.state);
        match outcome {
            Ok(Some(chunks)) => {
                state.ready.insert(index, (chunks, slot));
            }
            Ok(None) => state.in_flight -= 1,
            Err(error) => {
                state.in_flight -= 1;
                self.fail(&mut state, error);
            }
        }
        drop(state);
        self.append_ready();
    }

    /// Appends whatever is next in line, unless another worker is at it: it goes on with ours.
    fn append_ready(&self) {
        let mut state = lock(&self.state);
        loop {
            if state.failure.is_some() || self.is_stopped.load(Ordering::Relaxed) {
                state.in_flight -= state.ready.len();
                state.ready.clear();
                break;
            }
            self.count(&state);
            let next = state.next;
            if state.sink.is_none() || !state.ready.contains_key(&next) {
                break;
            }
            let (Some(mut sink), Some((chunks, slot))) =
                (state.sink.take(), state.ready.remove(&next))
            else {
                break;
            };
            drop(state);
            let appended = self.guarded(|| append(&mut sink, chunks));
            drop(slot);
            state = lock(&self.state);
            state.sink = Some(sink);
            state.next += 1;
            state.in_flight -= 1;
            if let Err(error) = appended {
                self.fail(&mut state, error);
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Stops all work of this file, without waiting for it.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Waits until no row group is in flight and hands over the file.
    ///
    /// # Errors
    /// The first failure of any row group; that of a wait that was interrupted.
    pub(super) fn finish(&self) -> Result<Sink> {
        let mut state = lock(&self.state);
        while state.in_flight > 0 {
            state = pause(&self.changed, state)?;
        }
        let sink = state.sink.take();
        drop(state);
        self.check()?;
        sink.ok_or_else(|| self.internal("the file was closed before"))
    }

    fn fail(&self, state: &mut State, error: Error) {
        state.failure.get_or_insert(error);
        self.stop();
    }

    fn count(&self, state: &State) {
        let Some(sink) = &state.sink else { return };
        let waiting = state.ready.values().flat_map(|(chunks, _)| chunks);
        let waiting: u64 = waiting.map(|chunk| chunk.close().bytes_written).sum();
        self.written_bytes.store(sink.bytes_written() as u64 + waiting, Ordering::Relaxed);
    }

    /// A panic in `work` is an error like any other.
    pub(super) fn guarded<T>(
        &self,
        work: impl FnOnce() -> std::result::Result<T, ParquetError>,
    ) -> Result<T> {
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(result) => result.map_err(|error| super::failure(&self.path, &error)),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                Err(self.internal(text.unwrap_or("a panic without words")))
            }
        }
    }

    fn internal(&self, what: &str) -> Error {
        let message = format!("cannot write {}: {what}", self.path.display());
        Error::new(ErrorKind::Internal, message)
            .at(Location { path: Some(self.path.clone()), ..Location::default() })
    }
}

fn append(sink: &mut Sink, chunks: Vec<ArrowColumnChunk>) -> std::result::Result<(), ParquetError> {
    let mut group = sink.next_row_group()?;
    for chunk in chunks {
        chunk.append_to_row_group(&mut group)?;
    }
    group.close()?;
    Ok(())
}
