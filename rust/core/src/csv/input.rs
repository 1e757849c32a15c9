//! Blocks of whole records from a source: what is not yet consumed moves to the front, and the
//! block grows only for a record that does not fit.

use std::path::Path;

use super::decode::Text;
use super::dialect::Dialect;
use super::encoding::{CHARACTER_BYTES, Encoding, Offsets};
use super::file::{CsvFile, FilePosition};
use super::limits::Limits;
use super::options::CsvOptions;
use super::scan::{Cursor, Scan, Sink, Stop};
use crate::{Error, ErrorKind, Location, Result};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One file, a block at a time.
pub(super) struct Input {
    text: Text,
    limits: Limits,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that are filled.
    length: usize,
    /// Offset of the buffer's first byte in the file, and in its text.
    offset: u64,
    text_offset: u64,
    /// Where in the file the buffer's other bytes come from.
    offsets: Offsets,
    /// An error met behind bytes that have not been used up yet.
    failure: Option<Error>,
    /// Where the next record begins, in `buffer`.
    pub(super) cursor: Cursor,
    /// Whether nothing follows `data()` in the file.
    pub(super) is_last: bool,
    /// Whether what no line end ends is left.
    is_growing: bool,
    /// The names of the columns, as far as they are known.
    pub(super) names: Vec<String>,
}

impl Input {
    /// Opens a file and steps over a byte order mark.
    fn open(file: &CsvFile, options: &CsvOptions, limits: Limits) -> Result<Self> {
        let text = Text::open(file, options)?;
        let offsets = Offsets::new(text.encoding());
        let mut input = Self {
            text,
            limits,
            buffer: Vec::new(),
            length: 0,
            offset: 0,
            text_offset: 0,
            offsets,
            failure: None,
            cursor: Cursor::default(),
            is_last: false,
            is_growing: file.is_growing,
            names: Vec::new(),
        };
        while input.length < BOM.len() && !input.is_last {
            input.refill()?;
        }
        if input.data().starts_with(BOM) {
            input.cursor.position = BOM.len();
        }
        Ok(input)
    }

    /// Opens a file and steps over what `options` say stands before the first record.
    pub(super) fn open_at(file: &CsvFile, options: &CsvOptions, limits: Limits) -> Result<Self> {
        let mut input = Self::open(file, options, limits)?;
        let mut left = options.skip_lines;
        while left > 0 && input.skip_line()? {
            left -= 1;
        }
        Ok(input)
    }

    /// Goes on at `position` of the file, which is the beginning of a record, unless what stands
    /// before the first record had not been there when that was the end.
    ///
    /// # Errors
    /// `NotFound`, `Permission` and `Read` from the file system.
    pub(super) fn jump(&mut self, position: FilePosition) -> Result<()> {
        if position.byte_offset <= self.file_position().byte_offset {
            return Ok(());
        }
        self.text.restart(position.byte_offset)?;
        (self.length, self.text_offset, self.offset) = (0, 0, position.byte_offset);
        self.offsets.index(&[]);
        self.failure = None;
        self.cursor = Cursor { position: 0, line: position.line };
        self.is_last = false;
        Ok(())
    }

    /// Where the next record begins in the file.
    pub(super) fn file_position(&self) -> FilePosition {
        let Cursor { position, line } = self.cursor;
        FilePosition { byte_offset: self.offset(position), line }
    }

    /// How many bytes may follow the cursor, as far as is known; records are fewer, for each takes
    /// at least one, its line end or one of its fields.
    pub(super) fn bytes_at_most(&self) -> usize {
        if self.is_last { self.length - self.cursor.position } else { usize::MAX }
    }

    /// Whether the file goes on with what no line end ends, and what may grow is left.
    pub(super) fn leaves_rest(&self) -> bool {
        self.is_growing && self.cursor.position < self.length
    }

    /// Steps over one line, however long; false where the file ends within it.
    fn skip_line(&mut self) -> Result<bool> {
        loop {
            let rest = &self.data()[self.cursor.position..];
            let end = memchr::memchr2(b'\n', b'\r', rest);
            // A line feed may follow a carriage return that nothing follows so far.
            let is_known = end.is_some_and(|at| rest[at] == b'\n' || at + 1 < rest.len());
            if let Some(at) = end.filter(|_| is_known || self.is_last) {
                let length = if rest[at..].starts_with(b"\r\n") { 2 } else { 1 };
                self.cursor.position += at + length;
                self.cursor.line += 1;
                return Ok(true);
            }
            self.cursor.position += end.unwrap_or(rest.len());
            if self.is_last {
                return Ok(false);
            }
            self.refill()?;
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.text.path()
    }

    pub(super) fn data(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Offset in the file of the byte at `position` in the buffer.
    pub(super) fn offset(&self, position: usize) -> u64 {
        self.offset + self.offsets.at(self.data(), position)
    }

    /// Offset in the file's text, as UTF-8, of the byte at `position` in the buffer.
    pub(super) fn text_offset(&self, position: usize) -> u64 {
        self.text_offset + position as u64
    }

    /// Hands the whole records of the buffer to `sink`, from the cursor on.
    pub(super) fn scan<S: Sink>(
        &mut self,
        dialect: Dialect,
        skips_blank: bool,
        entries: &mut Vec<u32>,
        sink: &mut S,
    ) -> Stop {
        let mut cursor = self.cursor;
        let scan = Scan {
            dialect,
            data: self.data(),
            is_last: self.is_last && !self.is_growing,
            skips_blank,
            limits: self.limits,
        };
        let stop = scan.run(&mut cursor, entries, sink);
        self.cursor = cursor;
        stop
    }

    /// Repeats `step`, which scans the buffer, until it is full, the file ends or something fails.
    pub(super) fn gather(&mut self, mut step: impl FnMut(&mut Self) -> Stop) -> Gathered {
        loop {
            let failure = match step(self) {
                Stop::Full => return self.look_ahead(),
                Stop::Starved if self.is_last => {
                    return Gathered { last_of_file: true, failure: None };
                }
                Stop::Starved => match self.refill() {
                    Ok(()) => continue,
                    Err(failure) => failure,
                },
                other => self.fatal(other),
            };
            return Gathered { last_of_file: false, failure: Some(failure) };
        }
    }

    /// Whether anything follows the cursor.
    fn look_ahead(&mut self) -> Gathered {
        while self.cursor.position == self.length && !self.is_last {
            if let Err(failure) = self.refill() {
                return Gathered { last_of_file: false, failure: Some(failure) };
            }
        }
        Gathered { last_of_file: self.cursor.position == self.length, failure: None }
    }

    /// Keeps what is not consumed and reads on. Positions in the buffer change.
    ///
    /// # Errors
    /// What the source raises, after the bytes before it have been handed out; `Decode` where a
    /// record outgrows the limit.
    pub(super) fn refill(&mut self) -> Result<()> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let kept = self.length - self.cursor.position;
        // One byte more may be a carriage return whose line feed has not been read.
        if kept > self.limits.record_bytes + 1 {
            return Err(self.too_long());
        }
        self.offset = self.offset(self.cursor.position);
        self.text_offset = self.text_offset(self.cursor.position);
        self.buffer.copy_within(self.cursor.position..self.length, 0);
        self.cursor.position = 0;
        self.length = kept;
        let block = self.limits.block_bytes.max(1);
        let wanted = if kept < block { block } else { kept * 2 };
        let is_utf8 = self.text.encoding() == Encoding::Utf8;
        let wanted = if is_utf8 { wanted } else { wanted.max(kept + CHARACTER_BYTES) };
        if self.buffer.len() != wanted {
            self.buffer.resize(wanted, 0);
            self.buffer.shrink_to(wanted);
        }
        let filled = self.text.read(&mut self.buffer[kept..]);
        self.length += filled.length;
        self.is_last = filled.is_end;
        self.offsets.index(&self.buffer[..self.length]);
        match filled.failure {
            Some(error) if filled.length == 0 => return Err(error),
            failure => self.failure = failure,
        }
        Ok(())
    }

    fn too_long(&self) -> Error {
        let mebibytes = self.limits.record_bytes >> 20;
        self.decode_error(format!("a record is longer than {mebibytes} MiB"), None, None)
    }

    /// What a stop that nothing can follow means; the record begins at the cursor.
    pub(super) fn fatal(&self, stop: Stop) -> Error {
        match stop {
            Stop::OpenQuote(line) => {
                let message = format!("the quote opened at line {line} is never closed");
                self.decode_error(message, Some("quote"), None)
            }
            Stop::OpenEscape(line) => {
                let message =
                    format!("line {line} ends the file with an escape that nothing follows");
                self.decode_error(message, Some("escape"), None)
            }
            Stop::TooLong => self.too_long(),
            Stop::FieldTooLong { column, position, line } => {
                let mebibytes = self.limits.field_bytes >> 20;
                let message =
                    format!("the field of column {} is longer than {mebibytes} MiB", column + 1);
                let name = self.names.get(column).map(String::as_str);
                Error::new(ErrorKind::Decode, message).at(self.place(
                    Cursor { position, line },
                    None,
                    name,
                ))
            }
            Stop::Full | Stop::Starved => Error::new(ErrorKind::Internal, "a scan went on"),
        }
    }

    /// A fatal error of the record at the cursor.
    pub(super) fn decode_error(
        &self,
        message: String,
        rule: Option<&str>,
        field: Option<&str>,
    ) -> Error {
        Error::new(ErrorKind::Decode, message).at(self.place(self.cursor, rule, field))
    }

    /// The place `at` in this file.
    pub(super) fn place(&self, at: Cursor, rule: Option<&str>, field: Option<&str>) -> Location {
        Location {
            path: Some(self.path().to_path_buf()),
            line: Some(at.line),
            byte_offset: Some(self.offset(at.position)),
            field: field.map(Into::into),
            rule: rule.map(Into::into),
        }
    }
}

/// How gathering ended.
pub(super) struct Gathered {
    /// Whether nothing follows in the file.
    pub(super) last_of_file: bool,
    /// What is wrong behind the records gathered.
    pub(super) failure: Option<Error>,
}

/// The same error once more: a reader that failed keeps failing, and is never read as at its end.
pub(super) fn again(error: &Error) -> Error {
    Error::new(error.kind(), error.message()).at(error.location().clone())
}
