//! Bytes in any pieces to lines.

use memchr::memchr;

use crate::{Error, ErrorKind, Location, Result};

/// Of a line, its end not counted [bytes]: what the engine holds of one record.
pub const MAX_LINE_BYTES: usize = 64 << 20;

/// Where a line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: u64,
    /// In all that was printed, from 0.
    pub(super) byte_offset: u64,
}

impl Place {
    pub(super) fn location(self) -> Location {
        Location {
            line: Some(self.line),
            byte_offset: Some(self.byte_offset),
            ..Location::default()
        }
    }
}

/// Lines, of which the last may not have ended yet.
pub(super) struct Lines {
    rest: Vec<u8>,
    place: Place,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { rest: Vec::new(), place: Place { line: 1, byte_offset: 0 } }
    }

    /// Hands each line that ends within `bytes` to `take`, without its end.
    ///
    /// # Errors
    /// What `take` says; [`ErrorKind::Decode`] where a line has more than [`MAX_LINE_BYTES`].
    pub(super) fn feed(
        &mut self,
        mut bytes: &[u8],
        mut take: impl FnMut(Place, &[u8]) -> Result<()>,
    ) -> Result<()> {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, behind) = (&bytes[..end], &bytes[end + 1..]);
            self.check(line.len())?;
            let length = if self.rest.is_empty() {
                take(self.place, line)?;
                line.len()
            } else {
                self.rest.extend_from_slice(line);
                take(self.place, &self.rest)?;
                let length = self.rest.len();
                // A long line leaves no room behind that no other needs.
                self.rest = Vec::new();
                length
            };
            self.place.line += 1;
            self.place.byte_offset += length as u64 + 1;
            bytes = behind;
        }
        self.check(bytes.len())?;
        self.rest.extend_from_slice(bytes);
        Ok(())
    }

    /// Hands on what stands behind the last end of a line.
    ///
    /// # Errors
    /// What `take` says.
    pub(super) fn finish(
        &mut self,
        mut take: impl FnMut(Place, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() { Ok(()) } else { take(self.place, &rest) }
    }

    fn check(&self, more: usize) -> Result<()> {
        if self.rest.len() + more <= MAX_LINE_BYTES {
            return Ok(());
        }
        let message = format!("the line has more than {} MiB", MAX_LINE_BYTES >> 20);
        Err(Error::new(ErrorKind::Decode, message).at(self.place.location()))
    }
}
