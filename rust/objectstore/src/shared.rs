//! A sink that several hold: who writes, and who watches and may give it up.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use headrace_core::sink::{FileSink, Sink};
use headrace_core::{Error, ErrorKind, Location, Result};

use crate::Store;
use crate::upload::{Progress, Upload};

/// A sink that several hold: a local file, or an upload whose parts go out in the background.
///
/// # Examples
/// ```
/// use headrace_objectstore::SharedSink;
///
/// let path = std::env::temp_dir().join(format!("headrace-sink-{}", std::process::id()));
/// let sink = SharedSink::file(&path)?;
/// sink.write(b"all of it")?;
/// assert_eq!(sink.close()?, 9);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SharedSink(Arc<Shared>);

struct Shared {
    name: PathBuf,
    place: Mutex<Option<Place>>,
    progress: Arc<Progress>,
    closed: OnceLock<Result<(u64, Vec<String>)>>,
}

enum Place {
    File(FileSink),
    Upload(Upload),
}

impl SharedSink {
    /// A new local file.
    ///
    /// # Errors
    /// Kind `write` with the system's words.
    pub fn file(path: &Path) -> Result<Self> {
        let place = Place::File(FileSink::create(path)?);
        Ok(Self::new(path.to_path_buf(), place, Arc::default()))
    }

    pub(crate) fn upload(
        store: Store,
        key: &str,
        id: &str,
        part_bytes: usize,
        in_flight: usize,
    ) -> Result<Self> {
        let progress = Arc::<Progress>::default();
        let name = store.place(key);
        let upload = Upload::new(store, key, id, part_bytes, in_flight, Arc::clone(&progress))?;
        Ok(Self::new(name, Place::Upload(upload), progress))
    }

    fn new(name: PathBuf, place: Place, progress: Arc<Progress>) -> Self {
        let (place, closed) = (Mutex::new(Some(place)), OnceLock::new());
        Self(Arc::new(Shared { name, place, progress, closed }))
    }

    /// Takes all of `data`; waits while too many parts are under way.
    ///
    /// # Errors
    /// Of this or an earlier part: as [`Store`] says. Kind `write` where it is closed, or more than
    /// [`crate::MAX_PARTS`] parts.
    pub fn write(&self, data: &[u8]) -> Result<()> {
        let mut place = self.locked();
        match place.as_mut().ok_or_else(|| self.ended())? {
            Place::Upload(upload) => self.unless_aborted(upload.write(data)),
            Place::File(file) => {
                let written = file.write_all(data);
                written.map_err(|error| Error::writing(&self.0.name, &error))?;
                self.0.progress.written_bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    /// Sends what is held, where that is enough for a part; whether it was.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn send_held(&self) -> Result<bool> {
        match self.locked().as_mut().ok_or_else(|| self.ended())? {
            Place::Upload(upload) => self.unless_aborted(upload.send_held()),
            Place::File(_) => Ok(false),
        }
    }

    /// Ends it: the file is on the disk then, or all parts are on the server, which has no object yet.
    /// How many bytes; to be called twice is fine.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn close(&self) -> Result<u64> {
        let mut place = self.locked();
        let Some(open) = place.take() else {
            let (bytes, _) = self.0.closed.get().ok_or_else(|| self.ended())?.clone()?;
            return Ok(bytes);
        };
        let done = match open {
            Place::File(file) => Box::new(file).close().map(|bytes| (bytes, Vec::new())),
            Place::Upload(upload) => {
                let parts = self.unless_aborted(upload.close());
                parts.map(|parts| (self.written_bytes(), parts))
            }
        };
        Ok(self.0.closed.get_or_init(|| done).clone()?.0)
    }

    /// Gives it up: whoever waits in it ends, nothing more is sent. A local file stays on the disk,
    /// an upload stays open.
    pub fn abort(&self) {
        self.0.progress.is_given_up.store(true, Ordering::Relaxed);
        drop(self.locked().take());
    }

    /// What it is called in a message.
    #[must_use]
    pub fn name(&self) -> &Path {
        &self.0.name
    }

    /// Bytes taken so far.
    #[must_use]
    pub fn written_bytes(&self) -> u64 {
        self.0.progress.written_bytes.load(Ordering::Relaxed)
    }

    /// Bytes held for the next part.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.0.progress.held_bytes.load(Ordering::Relaxed)
    }

    /// Whether it was closed, well.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.0.closed.get(), Some(Ok(_)))
    }

    /// Ids of the parts in order, once it is closed.
    #[must_use]
    pub fn parts(&self) -> &[String] {
        match self.0.closed.get() {
            Some(Ok((_, parts))) => parts,
            _ => &[],
        }
    }

    fn locked(&self) -> MutexGuard<'_, Option<Place>> {
        self.0.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unless_aborted<T>(&self, done: Result<T>) -> Result<T> {
        let is_given_up = self.0.progress.is_given_up();
        done.map_err(|error| if is_given_up { self.ended() } else { error })
    }

    fn ended(&self) -> Error {
        let name = &self.0.name;
        let message = format!("cannot write {}: it was closed or given up", name.display());
        Error::new(ErrorKind::Write, message)
            .at(Location { path: Some(name.clone()), ..Location::default() })
    }
}

impl Write for SharedSink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Self::write(self, data).map_err(io::Error::other)?;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for SharedSink {
    fn name(&self) -> &Path {
        Self::name(self)
    }

    fn close(self: Box<Self>) -> Result<u64> {
        Self::close(&self)
    }
}
