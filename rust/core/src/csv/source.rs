//! A file's decompressed bytes.

use std::fs::File;
use std::io::{Cursor, ErrorKind as IoKind, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::options::Compression;
use crate::{Error, ErrorKind, Location, Result};

/// RFC 1952, section 2.3.1: ID1 and ID2.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

type Bytes = Box<dyn Read + Send>;

/// The bytes of one file, decompressed.
pub(super) struct Source {
    path: PathBuf,
    bytes: Bytes,
    /// The name of the compression in use, for messages.
    codec: Option<&'static str>,
}

impl Source {
    pub(super) fn open(path: &Path, compression: Compression) -> Result<Self> {
        let mut file = File::open(path).map_err(|error| Error::reading(path, &error))?;
        let mut magic = [0; GZIP_MAGIC.len()];
        let length = match compression {
            Compression::Auto => {
                read_full(&mut file, &mut magic).map_err(|error| Error::reading(path, &error))?
            }
            Compression::None | Compression::Gzip => 0,
        };
        let raw = Cursor::new(magic).take(length as u64).chain(file);
        let is_gzip = match compression {
            Compression::Auto => magic[..length] == GZIP_MAGIC,
            Compression::None => false,
            Compression::Gzip => true,
        };
        let (bytes, codec): (Bytes, _) = if is_gzip {
            (Box::new(MultiGzDecoder::new(raw)), Some("gzip"))
        } else {
            (Box::new(raw), None)
        };
        Ok(Self { path: path.to_path_buf(), bytes, codec })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads until `buffer` is full or the file ends; the length says which. What was read before
    /// an error comes with it.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> (usize, Result<()>) {
        let mut length = 0;
        while length < buffer.len() {
            match self.bytes.read(&mut buffer[length..]) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(error) if error.kind() == IoKind::Interrupted => {}
                Err(error) => return (length, Err(self.failure(&error))),
            }
        }
        (length, Ok(()))
    }

    fn failure(&self, error: &std::io::Error) -> Error {
        match self.codec {
            // The operating system's own errors have a number; a codec's have none.
            Some(codec) if error.raw_os_error().is_none() => {
                let path = self.path.display();
                Error::new(
                    ErrorKind::Decode,
                    format!("{path} is truncated or corrupt {codec}: {error}"),
                )
                .at(Location { path: Some(self.path.clone()), ..Location::default() })
            }
            _ => Error::reading(&self.path, error),
        }
    }
}

fn read_full(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == IoKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
