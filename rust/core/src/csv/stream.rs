//! Bytes that come once: standard input and pipes. A sample can be read before, and is read again.

use std::fs::File;
use std::io::{Error as IoError, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The path that means standard input.
pub(super) const STDIN: &str = "-";

/// Bytes of a sample that are kept until they are read.
const SAMPLE_BYTES: usize = 32 << 20;

/// Bytes of a file that can be read once.
#[derive(Debug)]
pub(super) struct Stream {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bytes: Option<Box<dyn Read + Send>>,
    /// What has been read for a sample.
    sample: Vec<u8>,
    /// Whether it has been read otherwise.
    is_spent: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("is_spent", &self.is_spent).finish_non_exhaustive()
    }
}

impl Stream {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), state: Mutex::default() }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        // A reader that panicked has handed out nothing, and what was kept still stands.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes from the first on, which stay to be read.
    pub(super) fn sample(self: &Arc<Self>) -> std::io::Result<Box<dyn Read + Send>> {
        drop(self.opened()?);
        Ok(Box::new(Sample { stream: Arc::clone(self), at: 0 }))
    }

    /// The bytes from the first on, once.
    pub(super) fn spend(&self) -> std::io::Result<Box<dyn Read + Send>> {
        let mut state = self.opened()?;
        let sample = std::io::Cursor::new(std::mem::take(&mut state.sample));
        let rest = state.bytes.take().unwrap_or_else(|| Box::new(std::io::empty()));
        state.is_spent = true;
        Ok(Box::new(sample.chain(rest)))
    }

    fn opened(&self) -> std::io::Result<MutexGuard<'_, State>> {
        let mut state = self.locked();
        if state.is_spent {
            return Err(IoError::other("it can be read once, and has been"));
        }
        if state.bytes.is_none() {
            state.bytes = Some(if self.path.as_os_str() == STDIN {
                Box::new(std::io::stdin())
            } else {
                Box::new(File::open(&self.path)?)
            });
        }
        Ok(state)
    }
}

/// A stream read for a sample.
struct Sample {
    stream: Arc<Stream>,
    at: usize,
}

impl Read for Sample {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut state = self.stream.locked();
        let State { bytes, sample, .. } = &mut *state;
        if self.at == sample.len()
            && let Some(bytes) = bytes
        {
            let length = bytes.read(buffer)?;
            if sample.len() + length > SAMPLE_BYTES {
                let message = format!(
                    "its sample takes more than {} MiB: set a smaller sample_rows, or a contract",
                    SAMPLE_BYTES >> 20
                );
                // What was read is kept nevertheless: nothing is lost.
                sample.extend_from_slice(&buffer[..length]);
                return Err(IoError::other(message));
            }
            sample.extend_from_slice(&buffer[..length]);
        }
        let kept = sample.get(self.at..).unwrap_or_default();
        let length = kept.len().min(buffer.len());
        buffer[..length].copy_from_slice(&kept[..length]);
        self.at += length;
        Ok(length)
    }
}
