//! A file's text as UTF-8, whatever its encoding.

use std::path::Path;

use super::encoding::{CHARACTER_BYTES, Encoding};
use super::file::CsvFile;
use super::options::CsvOptions;
use super::source::Source;
use crate::{Error, Location, Result};

/// Bytes read from the file at once where it is not UTF-8 itself.
const RAW_BYTES: usize = 64 << 10;

/// Bytes that tell a byte order mark.
const HEAD_BYTES: usize = 4;

/// The text of one file.
pub(super) struct Text {
    source: Source,
    encoding: Encoding,
    /// Bytes of the file that are still to be made text: `raw[start..end]`.
    raw: Vec<u8>,
    start: usize,
    end: usize,
    /// Whether nothing follows `raw` in the file.
    is_end: bool,
    /// An error met behind `raw`.
    failure: Option<Error>,
    /// Whether a character that is not whole yet is left.
    is_growing: bool,
}

/// What a read gave.
pub(super) struct Filled {
    /// Bytes written to the buffer.
    pub(super) length: usize,
    /// Whether nothing follows them in the file.
    pub(super) is_end: bool,
    /// What is wrong behind them.
    pub(super) failure: Option<Error>,
}

impl Text {
    /// Opens a file and looks at its first bytes.
    ///
    /// # Errors
    /// `NotFound`, `Permission` and `Read` from the file system; `Decode` where the file has the
    /// byte order mark of another encoding than the one declared.
    pub(super) fn open(file: &CsvFile, options: &CsvOptions) -> Result<Self> {
        let path = file.path();
        let mut source = Source::open(file, options.compression)?;
        let mut raw = vec![0; HEAD_BYTES];
        let (end, result) = source.read(&mut raw);
        let failure = result.err();
        let encoding = match &failure {
            Some(_) => options.encoding,
            None => {
                options.encoding.resolved(&raw[..end]).map_err(|error| in_file(&error, path))?
            }
        };
        let is_end = failure.is_none() && end < HEAD_BYTES;
        Ok(Self {
            source,
            encoding,
            raw,
            start: 0,
            end,
            is_end,
            failure,
            is_growing: file.is_growing,
        })
    }

    /// Goes on at `offset` of the file, where a character begins.
    pub(super) fn restart(&mut self, offset: u64) -> Result<()> {
        (self.start, self.end, self.is_end, self.failure) = (0, 0, false, None);
        self.source.restart(offset)
    }

    pub(super) fn path(&self) -> &Path {
        self.source.path()
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Fills `buffer`, but for the bytes of a character that does not fit; of another encoding
    /// than UTF-8, it must have room for one.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Filled {
        let mut length = 0;
        loop {
            let (used, written) = self.take(&mut buffer[length..]);
            self.start += used;
            length += written;
            let room = buffer.len() - length;
            let is_full =
                if self.encoding == Encoding::Utf8 { room == 0 } else { room < CHARACTER_BYTES };
            if is_full && (self.start < self.end || !self.is_end) {
                return Filled { length, is_end: false, failure: None };
            }
            if self.is_end && (self.start == self.end || self.is_growing) {
                return Filled { length, is_end: true, failure: None };
            }
            if let Some(failure) = self.failure.take() {
                return Filled { length, is_end: false, failure: Some(failure) };
            }
            if self.encoding == Encoding::Utf8 {
                // Behind the head, straight into the buffer.
                let (more, result) = self.source.read(&mut buffer[length..]);
                length += more;
                let is_end = result.is_ok() && length < buffer.len();
                self.is_end = is_end;
                return Filled { length, is_end, failure: result.err() };
            }
            self.refill();
        }
    }

    /// Moves what is left of `raw` to `buffer`: the bytes used up, and those written.
    fn take(&self, buffer: &mut [u8]) -> (usize, usize) {
        let raw = &self.raw[self.start..self.end];
        if self.encoding == Encoding::Utf8 {
            let length = raw.len().min(buffer.len());
            buffer[..length].copy_from_slice(&raw[..length]);
            return (length, length);
        }
        self.encoding.transcode(raw, buffer, self.is_end && !self.is_growing)
    }

    /// Reads on, behind what is left of `raw`.
    fn refill(&mut self) {
        self.raw.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.raw.resize(RAW_BYTES, 0);
        let (more, result) = self.source.read(&mut self.raw[self.end..]);
        self.end += more;
        self.failure = result.err();
        self.is_end = self.failure.is_none() && self.end < self.raw.len();
    }
}

/// `error`, which says what the file at `path` does.
fn in_file(error: &Error, path: &Path) -> Error {
    let place = Location { path: Some(path.to_path_buf()), ..error.location().clone() };
    Error::new(error.kind(), format!("{} {}", path.display(), error.message())).at(place)
}
