//! The bytes of one object, in parts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::BytesMut;
use headrace_core::{Error, ErrorKind, Result};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::Store;
use crate::runtime::{handle, wait_unless};

/// Parts of an object at most.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const MAX_PARTS: usize = 10_000;

/// Bytes of every part but the last, at least; the same page.
pub const MIN_PART_BYTES: usize = 5 << 20;

/// Parts of all uploads that are under way at once: as many files as there are partitions may be
/// open, and each of these holds a part that fills.
pub const PARTS_UNDER_WAY: usize = 1;

static UNDER_WAY: Semaphore = Semaphore::const_new(PARTS_UNDER_WAY);

/// How a buffer starts, so that a small object takes little; it grows to a part.
const FIRST_BYTES: usize = 64 << 10;

/// Sends parts in the background: holds one that fills, and at most `in_flight` that are under way,
/// of [`PARTS_UNDER_WAY`] of all uploads together.
pub(crate) struct Upload {
    store: Store,
    key: String,
    id: String,
    part_bytes: usize,
    in_flight: usize,
    held: BytesMut,
    sending: JoinSet<Sent>,
    parts: Vec<String>,
    /// After it, nothing is taken.
    failure: Option<Error>,
    progress: Arc<Progress>,
}

/// What was taken so far, and whether more is wanted; for any thread at any time.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub written_bytes: AtomicU64,
    pub held_bytes: AtomicU64,
    /// Set by who wants no more of it: all waiting in it ends.
    pub is_given_up: AtomicBool,
}

/// A part's index and its id.
type Sent = (usize, Result<String>);

impl Progress {
    pub(crate) fn is_given_up(&self) -> bool {
        self.is_given_up.load(Ordering::Relaxed)
    }
}

impl Upload {
    pub(crate) fn new(
        store: Store,
        key: &str,
        id: &str,
        part_bytes: usize,
        in_flight: usize,
        progress: Arc<Progress>,
    ) -> Result<Self> {
        if part_bytes < MIN_PART_BYTES {
            let message = format!("a part has at least {MIN_PART_BYTES} bytes");
            return Err(Error::new(ErrorKind::Config, message));
        }
        if in_flight == 0 {
            return Err(Error::new(ErrorKind::Config, "at least one part is to be under way"));
        }
        Ok(Self {
            store,
            key: key.to_owned(),
            id: id.to_owned(),
            part_bytes,
            in_flight,
            held: BytesMut::new(),
            sending: JoinSet::new(),
            parts: Vec::new(),
            failure: None,
            progress,
        })
    }

    /// Takes bytes; waits while too many parts are under way.
    ///
    /// # Errors
    /// The failure of a part, this or an earlier one; the sink takes no more after it.
    pub(crate) fn write(&mut self, mut data: &[u8]) -> Result<()> {
        self.check()?;
        while !data.is_empty() {
            let room = self.part_bytes - self.held.len();
            let (now, rest) = data.split_at(room.min(data.len()));
            data = rest;
            if self.held.capacity() - self.held.len() < now.len() {
                self.held.reserve(now.len().max(self.held.len()).max(FIRST_BYTES).min(room));
            }
            self.held.extend_from_slice(now);
            self.progress.written_bytes.fetch_add(now.len() as u64, Ordering::Relaxed);
            self.count();
            if self.held.len() == self.part_bytes {
                self.send()?;
            }
        }
        Ok(())
    }

    /// As if so many parts were sent, which would take too long.
    #[cfg(test)]
    pub(crate) fn pretend(&mut self, parts: usize) {
        self.parts.resize(parts, String::new());
    }

    /// Sends what is held, where that may be a part; whether it was.
    pub(crate) fn send_held(&mut self) -> Result<bool> {
        self.check()?;
        let is_part = self.held.len() >= MIN_PART_BYTES;
        if is_part {
            self.send()?;
        }
        Ok(is_part)
    }

    /// Sends the rest and waits until the server has all; ids of the parts, in order.
    pub(crate) fn close(mut self) -> Result<Vec<String>> {
        self.check()?;
        // An object without bytes has one part without any.
        if !self.held.is_empty() || self.parts.is_empty() {
            self.send()?;
        }
        while !self.sending.is_empty() {
            self.join()?;
        }
        Ok(std::mem::take(&mut self.parts))
    }

    /// The first failure of any part.
    fn check(&mut self) -> Result<()> {
        while let Some(sent) = self.sending.try_join_next() {
            self.note(sent.map_err(|error| panicked(&error)))?;
        }
        self.failure.clone().map_or(Ok(()), Err)
    }

    fn send(&mut self) -> Result<()> {
        if self.parts.len() == MAX_PARTS {
            let message = format!(
                "{} is larger than {MAX_PARTS} parts of {} bytes, the most that S3 takes; \
                 let files be smaller or parts larger",
                self.key, self.part_bytes
            );
            return self.fail(Error::new(ErrorKind::Write, message));
        }
        while self.sending.len() >= self.in_flight {
            self.join()?;
        }
        let permit = match wait_unless(|| self.progress.is_given_up(), UNDER_WAY.acquire()) {
            Ok(permit) => {
                permit.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?
            }
            Err(interrupted) => return self.fail(interrupted),
        };
        let index = self.parts.len();
        self.parts.push(String::new());
        let part = std::mem::take(&mut self.held).freeze();
        self.count();
        let (store, key, id) = (self.store.clone(), self.key.clone(), self.id.clone());
        let sent = async move {
            let sent = store.put_part(&key, &id, index, part).await;
            drop(permit);
            (index, sent)
        };
        self.sending.spawn_on(sent, &handle()?);
        Ok(())
    }

    /// Waits for a part that is under way.
    fn join(&mut self) -> Result<()> {
        let progress = Arc::clone(&self.progress);
        match wait_unless(|| progress.is_given_up(), self.sending.join_next()) {
            Ok(None) => Ok(()),
            Ok(Some(sent)) => self.note(sent.map_err(|error| panicked(&error))),
            Err(interrupted) => self.fail(interrupted),
        }
    }

    fn note(&mut self, sent: Result<Sent>) -> Result<()> {
        let (index, part) = match sent {
            Ok(sent) => sent,
            Err(error) => return self.fail(error),
        };
        match part {
            Ok(part) => {
                self.parts[index] = part;
                Ok(())
            }
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: Error) -> Result<()> {
        Err(self.failure.get_or_insert(error).clone())
    }

    fn count(&self) {
        self.progress.held_bytes.store(self.held.len() as u64, Ordering::Relaxed);
    }
}

fn panicked(error: &tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Internal, format!("a part was lost: {error}"))
}
