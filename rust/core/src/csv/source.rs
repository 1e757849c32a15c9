//! A file's decompressed bytes.

use std::io::{Cursor, ErrorKind as IoKind, Read};
use std::path::Path;

use super::compression::{Compression, MAGIC_BYTES};
use super::file::CsvFile;
use crate::{Error, ErrorKind, Location, Result};

/// The bytes of one file, decompressed.
pub(super) struct Source {
    file: CsvFile,
    bytes: Box<dyn Read + Send>,
    /// The compression in use.
    compression: Compression,
    /// Bytes handed out so far.
    offset: u64,
}

impl Source {
    pub(super) fn open(file: &CsvFile, compression: Compression) -> Result<Self> {
        let path = file.path();
        let mut bytes = file.open(0).map_err(|error| Error::reading(path, &error))?;
        let mut magic = [0; MAGIC_BYTES];
        let length = match compression {
            Compression::Auto => {
                let (length, result) = read_full(&mut bytes, &mut magic);
                result.map_err(|error| Error::reading(path, &error))?;
                length
            }
            _ => 0,
        };
        let compression = compression.resolved(&magic[..length]);
        if file.is_growing && compression != Compression::None {
            let codec = compression.name();
            let message = format!(
                "{} is {codec}, which cannot be read on from where it ended: \
                 set grown_file: change",
                path.display()
            );
            let place = Location { path: Some(path.to_path_buf()), ..Location::default() };
            return Err(Error::new(ErrorKind::Read, message).at(place));
        }
        let raw = Cursor::new(magic).take(length as u64).chain(bytes);
        let bytes = compression.decoder(raw).map_err(|error| Error::reading(path, &error))?;
        Ok(Self { file: file.clone(), bytes, compression, offset: 0 })
    }

    /// Goes on at `offset` of the file, which is not compressed.
    pub(super) fn restart(&mut self, offset: u64) -> Result<()> {
        let opened = self.file.open(offset);
        self.bytes = opened.map_err(|error| Error::reading(self.file.path(), &error))?;
        self.offset = offset;
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Reads until `buffer` is full or the file ends; the length says which. What was read before
    /// an error comes with it.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> (usize, Result<()>) {
        let (length, result) = read_full(&mut self.bytes, buffer);
        self.offset += length as u64;
        (length, result.map_err(|error| self.failure(&error)))
    }

    fn failure(&self, error: &std::io::Error) -> Error {
        // The operating system's own errors have a number; a decoder's have none.
        if self.compression == Compression::None || error.raw_os_error().is_some() {
            return Error::reading(self.path(), error);
        }
        let (path, codec) = (self.path().display(), self.compression.name());
        let message = format!("{path} is truncated or corrupt {codec}: {error}");
        Error::new(ErrorKind::Decode, message).at(Location {
            path: Some(self.path().to_path_buf()),
            byte_offset: Some(self.offset),
            ..Location::default()
        })
    }
}

/// Reads until `buffer` is full or nothing is left.
fn read_full(bytes: &mut impl Read, buffer: &mut [u8]) -> (usize, std::io::Result<()>) {
    let mut length = 0;
    while length < buffer.len() {
        match bytes.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == IoKind::Interrupted => {}
            Err(error) => return (length, Err(error)),
        }
    }
    (length, Ok(()))
}
