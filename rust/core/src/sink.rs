//! Where the bytes of a file go.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Takes the bytes of one file. An [`Error`] of its own goes through [`io::Error::other`] unharmed.
pub trait Sink: Write + Send {
    /// What it is called in a message: a path, or a URL.
    fn name(&self) -> &Path;

    /// Ends the file and waits until its bytes are where they are to be; how many they are.
    ///
    /// # Errors
    /// That of any byte written, at the latest now.
    fn close(self: Box<Self>) -> Result<u64>;
}

/// A new local file.
#[derive(Debug)]
pub struct FileSink {
    path: PathBuf,
    file: File,
}

impl FileSink {
    /// Creates the file; it must not exist.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Write`] with the system's words.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let file = File::create_new(&path).map_err(|error| Error::writing(&path, &error))?;
        Ok(Self { path, file })
    }
}

impl Write for FileSink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.file.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Sink for FileSink {
    fn name(&self) -> &Path {
        &self.path
    }

    /// Waits until the disk has the file's content. Its name is as durable as its directory, which
    /// is the caller's to sync.
    fn close(self: Box<Self>) -> Result<u64> {
        let synced = self.file.sync_all().and_then(|()| self.file.metadata());
        Ok(synced.map_err(|error| Error::writing(&self.path, &error))?.len())
    }
}
