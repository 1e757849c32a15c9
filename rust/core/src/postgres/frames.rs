//! What a stream is made of: a header, records, a trailer; and where each ends.

use super::values::Bytes;
use crate::{Error, ErrorKind, Location, Result};

/// <https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS>
const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
const HEADER_BYTES: usize = SIGNATURE.len() + 8;
/// Flags of a header that a reader must know; there is none that it does.
const CRITICAL_FLAGS: u32 = 0xffff_0000;
const TRAILER: i16 = -1;
pub(super) const NULL: i32 = -1;

/// A longer record is refused, as by all readers [bytes].
const RECORD_BYTES_MAX: usize = 64 << 20;

/// Where the decoder is in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Header,
    /// So many bytes of the header are still to be passed over.
    Extension(usize),
    Records,
    Ended,
}

/// What stands at the front of some data.
pub(super) enum Frame {
    /// The beginning of something.
    Cut,
    /// So many bytes of something that is no record.
    Other(usize),
    /// A record, whole.
    Record,
}

/// The place in a stream of records of so many fields.
pub(super) struct Frames {
    columns: usize,
    place: Place,
    /// Bytes of the stream before those that are looked at.
    pub(super) offset: u64,
}

impl Frames {
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, place: Place::Header, offset: 0 }
    }

    /// Ends the stream.
    pub(super) fn finish(&self) -> Result<()> {
        match self.place {
            Place::Ended => Ok(()),
            _ => Err(self.broken("the stream ends before its end")),
        }
    }

    /// Takes the next whole thing from the front of `data`.
    pub(super) fn next(&mut self, data: &[u8]) -> Result<Frame> {
        if data.len() < self.wanted(data)? {
            return Ok(Frame::Cut);
        }
        match self.place {
            Place::Header => {
                self.place = Place::Extension(self.header(data)?);
                Ok(Frame::Other(HEADER_BYTES))
            }
            Place::Extension(left) => {
                let taken = left.min(data.len());
                self.place =
                    if taken == left { Place::Records } else { Place::Extension(left - taken) };
                // None, and there is no more to take: the next step is a record.
                if taken == 0 { self.next(data) } else { Ok(Frame::Other(taken)) }
            }
            Place::Records => {
                let mut bytes = Bytes(data);
                if bytes.i16() == Ok(TRAILER) {
                    self.place = Place::Ended;
                    return Ok(Frame::Other(2));
                }
                Ok(Frame::Record)
            }
            Place::Ended => Err(self.broken("the stream goes on behind its end")),
        }
    }

    /// Bytes that the next step needs at least, as far as `data` tells.
    pub(super) fn wanted(&self, data: &[u8]) -> Result<usize> {
        match self.place {
            Place::Header => Ok(HEADER_BYTES),
            Place::Extension(_) | Place::Ended => Ok(1),
            Place::Records => self.record_bytes(data),
        }
    }

    fn header(&self, data: &[u8]) -> Result<usize> {
        if !data.starts_with(SIGNATURE) {
            return Err(self.broken("the stream is no binary COPY: its signature is another"));
        }
        let mut bytes = Bytes(&data[SIGNATURE.len()..]);
        let (Ok(flags), Ok(extension)) = (bytes.u32(), bytes.u32()) else {
            return Err(self.broken("the header is cut"));
        };
        if flags & CRITICAL_FLAGS != 0 {
            return Err(self.broken(&format!("the header has unknown flags {flags:#x}")));
        }
        usize::try_from(extension).map_err(|_| self.broken("the header has no length"))
    }

    /// Bytes of the record at the front of `data`, or more than there are where it is cut.
    fn record_bytes(&self, data: &[u8]) -> Result<usize> {
        let Some(count) = data.first_chunk() else { return Ok(2) };
        let count = i16::from_be_bytes(*count);
        if count == TRAILER {
            return Ok(2);
        }
        if usize::try_from(count) != Ok(self.columns) {
            let columns = self.columns;
            return Err(self.broken(&format!("a record has {count} fields, not {columns}")));
        }
        let mut end = 2;
        for _ in 0..count {
            let Some(length) = data.get(end..).and_then(|rest| rest.first_chunk()) else {
                return Ok(end + 4);
            };
            end += 4 + match i32::from_be_bytes(*length) {
                NULL => 0,
                length => usize::try_from(length)
                    .map_err(|_| self.broken(&format!("a field has length {length}")))?,
            };
            if end > RECORD_BYTES_MAX {
                return Err(self.broken("a record is longer than 64 MiB"));
            }
        }
        Ok(end)
    }

    fn broken(&self, message: &str) -> Error {
        let place = Location { byte_offset: Some(self.offset), ..Location::default() };
        Error::new(ErrorKind::Decode, message).at(place)
    }
}
