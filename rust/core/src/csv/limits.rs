//! How large blocks, records and fields may be.

use super::dialect::{Dialect, POSITION, QUOTED, Token};
use super::scan::{Record, Stop};

/// Bytes of a block. 64 KiB to 512 KiB took the same user time on lineitem; 128 KiB, with its index
/// of fields, stays in a second-level cache and touches fewer fresh pages.
const BLOCK_BYTES: usize = 128 << 10;

/// Bytes that one record may have: a thousand fields of 128 KiB.
const RECORD_BYTES: usize = 128 << 20;

/// Bytes that one field may have, as UTF-8 between its delimiters, quotes around it left out: what
/// is doubled or escaped counts as written, for that is what a block must hold. Python's parser is
/// told as many characters of the value, which is never less.
const FIELD_BYTES: usize = 64 << 20;

/// The limits of an input, in bytes of text.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "a quantity carries its unit")]
pub(super) struct Limits {
    pub(super) block_bytes: usize,
    pub(super) record_bytes: usize,
    pub(super) field_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { block_bytes: BLOCK_BYTES, record_bytes: RECORD_BYTES, field_bytes: FIELD_BYTES }
    }
}

impl Limits {
    /// What of a record is too large: one that ends at `end`, or that goes on there where
    /// `is_open`. `entries` are those of its fields, the last one's only where it has ended.
    ///
    /// The first excess in the record counts, so that it does not matter where blocks are cut.
    #[inline]
    pub(super) fn excess(
        self,
        dialect: &Dialect,
        data: &[u8],
        record: &Record,
        entries: &[u32],
        end: usize,
        is_open: bool,
    ) -> Option<Stop> {
        let length = end.saturating_sub(record.start);
        if length <= self.record_bytes.min(self.field_bytes) {
            return None;
        }
        self.excess_of(dialect, data, record, entries, end, is_open)
    }

    #[cold]
    fn excess_of(
        self,
        dialect: &Dialect,
        data: &[u8],
        record: &Record,
        entries: &[u32],
        end: usize,
        is_open: bool,
    ) -> Option<Stop> {
        let quote = dialect.quote.map_or(0, Token::len);
        // Quotes around the field, and a carriage return that may belong to the record's end.
        let slack = 2 * quote + 1;
        let is_too_long = |start: usize, length: usize| {
            let limit = start - record.start + self.field_bytes + slack;
            length > self.field_bytes && limit <= self.record_bytes
        };
        let position = |entry: u32| (entry & POSITION) as usize;
        let stop = |column: usize, start: usize| {
            let before = &data[record.start..start];
            let line = record.line + line_ends(before);
            Some(Stop::FieldTooLong { column, position: start, line })
        };
        for (column, pair) in entries.windows(2).enumerate() {
            let (from, to) = (position(pair[0]), position(pair[1]) - dialect.delimiter.len());
            let edges = if pair[1] & QUOTED == 0 { 0 } else { 2 * quote };
            if is_too_long(from, (to - from).saturating_sub(edges)) {
                return stop(column, from);
            }
        }
        let last = entries.last().map_or(record.start, |entry| position(*entry));
        if is_open && is_too_long(last, end.saturating_sub(last + slack)) {
            return stop(entries.len() - 1, last);
        }
        (!is_open && end - record.start > self.record_bytes).then_some(Stop::TooLong)
    }
}

/// Line ends in `text`; a carriage return and a line feed are one.
fn line_ends(text: &[u8]) -> u64 {
    let ends = memchr::memchr2_iter(b'\n', b'\r', text);
    ends.filter(|&at| text[at] == b'\n' || text.get(at + 1) != Some(&b'\n')).count() as u64
}
