//! A file of a CSV source, and what of it is to be read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::stream::Stream;

/// Where in a file a record begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FilePosition {
    /// Offset in the decompressed bytes of the file, from 0.
    pub byte_offset: u64,
    /// Line of the file, from 1.
    pub line: u64,
}

/// A file of a CSV source.
#[derive(Debug, Clone)]
pub struct CsvFile {
    path: PathBuf,
    stream: Option<Arc<Stream>>,
    is_sampled: bool,
    /// Where its records are read from; the header is read at the beginning all the same.
    pub(super) from: Option<FilePosition>,
    /// Whether what no line end ends is left to be read once the file has grown.
    pub(super) is_growing: bool,
}

impl CsvFile {
    /// The file at `path`, from its beginning to its end.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, stream: None, is_sampled: false, from: None, is_growing: false }
    }

    /// What comes once, and cannot be read again: standard input where `path` is `-`, else a pipe.
    /// It is opened where it is first read. A sample for [`super::infer_csv`] is kept for the
    /// reader, in up to 32 MiB.
    #[must_use]
    pub fn stream(path: PathBuf) -> Self {
        let stream = Some(Arc::new(Stream::new(&path)));
        Self { stream, ..Self::new(path) }
    }

    /// The same file, whose records are read from `from` on.
    #[must_use]
    pub fn read_from(self, from: FilePosition) -> Self {
        Self { from: Some(from), ..self }
    }

    /// The same file, which may grow: a record, or a header, that no line end ends is not read. Nor
    /// is what ends with a carriage return, behind which a line feed may come.
    #[must_use]
    pub fn growing(self) -> Self {
        Self { is_growing: true, ..self }
    }

    /// The same file, of which what is read stays to be read.
    pub(super) fn sampled(self) -> Self {
        Self { is_sampled: true, ..self }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its bytes, from `offset` on.
    pub(super) fn open(&self, offset: u64) -> std::io::Result<Box<dyn Read + Send>> {
        match &self.stream {
            Some(stream) if self.is_sampled => stream.sample(),
            Some(stream) => stream.spend(),
            None => {
                let mut file = File::open(&self.path)?;
                if offset > 0 {
                    file.seek(SeekFrom::Start(offset))?;
                }
                Ok(Box::new(file))
            }
        }
    }
}

impl From<PathBuf> for CsvFile {
    fn from(path: PathBuf) -> Self {
        Self::new(path)
    }
}

impl From<&Path> for CsvFile {
    fn from(path: &Path) -> Self {
        Self::new(path.to_path_buf())
    }
}
