//! The fields of a block's well-formed rows, and the records that are none.

use std::borrow::Cow;

use super::input::Input;
use super::scan::{Dialect, ESCAPED, POSITION, QUOTED, Record, Sink, Stop};
use crate::reject::Violation;
use crate::text;

/// What keeps a record from being a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It has this many fields, not the file's number.
    Columns(usize),
    /// Something other than a delimiter or record end follows a closing quote.
    Quote,
    /// Invalid UTF-8 in the field of this index, at these bytes of the block, with these flags.
    Utf8(usize, (usize, usize), u32),
}

/// A record that is no row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Malformed {
    /// First byte in the block.
    pub(super) start: usize,
    /// Behind the last byte, the terminator excluded.
    pub(super) end: usize,
    /// Line of the file, from 1.
    pub(super) line: u64,
    pub(super) fault: Fault,
}

/// How much may still be taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    /// Records, at least 1.
    pub(super) records: usize,
    /// Position in the block from which on no record is taken.
    pub(super) position: usize,
}

impl Quota {
    /// Notes one record and says whether another may follow.
    #[inline]
    pub(super) fn spend(&mut self, record: &Record) -> bool {
        self.records -= 1;
        self.records > 0 && record.end < self.position
    }
}

/// The rows of one block, as positions in it.
pub(super) struct Rows {
    dialect: Dialect,
    width: usize,
    entries: Vec<u32>,
    lines: Vec<u64>,
    malformed: Vec<Malformed>,
}

struct RowSink<'a> {
    width: usize,
    lines: &'a mut Vec<u64>,
    malformed: &'a mut Vec<Malformed>,
    quota: Quota,
}

impl Sink for RowSink<'_> {
    #[inline]
    fn take(&mut self, entries: &mut Vec<u32>, record: &Record) -> bool {
        let found = entries.len() - record.first_entry - 1;
        if found == self.width && !record.is_malformed {
            self.lines.push(record.line);
        } else {
            entries.truncate(record.first_entry);
            let fault = if record.is_malformed { Fault::Quote } else { Fault::Columns(found) };
            let &Record { start, end, line, .. } = record;
            self.malformed.push(Malformed { start, end, line, fault });
        }
        self.quota.spend(record)
    }
}

impl Rows {
    pub(super) fn new(dialect: Dialect, width: usize) -> Self {
        Self { dialect, width, entries: vec![], lines: vec![], malformed: vec![] }
    }

    /// Takes the rows of the input's block from its cursor on, instead of those held.
    pub(super) fn scan(&mut self, input: &mut Input, quota: Quota) -> Stop {
        self.entries.clear();
        self.lines.clear();
        self.malformed.clear();
        let start = input.cursor.position;
        let mut sink = RowSink {
            width: self.width,
            lines: &mut self.lines,
            malformed: &mut self.malformed,
            quota,
        };
        let stop = input.scan(self.dialect, self.width > 1, &mut self.entries, &mut sink);
        let end = input.cursor.position;
        // Cut at ASCII bytes, a valid block has valid fields only.
        if std::str::from_utf8(&input.data()[start..end]).is_err() {
            self.part_from_invalid(input.data());
        }
        stop
    }

    /// Moves the rows with invalid UTF-8 to the malformed records.
    fn part_from_invalid(&mut self, data: &[u8]) {
        let stride = self.width + 1;
        let mut kept = 0;
        for row in 0..self.lines.len() {
            let from = row * stride;
            let entries = &self.entries[from..from + stride];
            let (start, end) = (position(entries[0]), position(entries[self.width]) - 1);
            if let Err(error) = std::str::from_utf8(&data[start..end]) {
                let at = start + error.valid_up_to();
                let column = entries[1..].partition_point(|&entry| position(entry) <= at);
                let (from, to) = (entries[column], entries[column + 1]);
                let fault = Fault::Utf8(column, (position(from), position(to) - 1), to);
                self.malformed.push(Malformed { start, end, line: self.lines[row], fault });
            } else {
                self.entries.copy_within(from..from + stride, kept * stride);
                self.lines[kept] = self.lines[row];
                kept += 1;
            }
        }
        self.entries.truncate(kept * stride);
        self.lines.truncate(kept);
        self.malformed.sort_unstable_by_key(|record| record.start);
    }

    /// Rows that are well-formed.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// First byte of `row` in the block, and behind its last, the terminator excluded.
    pub(super) fn span(&self, row: usize) -> (usize, usize) {
        let from = row * (self.width + 1);
        (position(self.entries[from]), position(self.entries[from + self.width]) - 1)
    }

    /// The records that are no rows, in file order.
    pub(super) fn malformed(&self) -> &[Malformed] {
        &self.malformed
    }

    /// The field of `column` in each row.
    #[inline]
    pub(super) fn fields<'a>(
        &'a self,
        data: &'a [u8],
        column: usize,
    ) -> impl Iterator<Item = Field<'a>> {
        let quote = self.dialect.quote;
        self.entries.chunks_exact(self.width + 1).map(move |row| {
            let (from, to) = (row[column], row[column + 1]);
            Field { raw: &data[position(from)..position(to) - 1], flags: to, quote }
        })
    }

    /// The field of `column` in `row`.
    pub(super) fn field<'a>(&self, data: &'a [u8], row: usize, column: usize) -> Field<'a> {
        let at = row * (self.width + 1) + column;
        let (from, to) = (self.entries[at], self.entries[at + 1]);
        let raw = &data[position(from)..position(to) - 1];
        Field { raw, flags: to, quote: self.dialect.quote }
    }
}

/// One field as it stands in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    /// Quotes included.
    raw: &'a [u8],
    flags: u32,
    quote: u8,
}

impl<'a> Field<'a> {
    #[inline]
    pub(super) fn is_quoted(self) -> bool {
        self.flags & QUOTED != 0
    }

    /// The value's bytes where they stand in the file as they are.
    #[inline]
    pub(super) fn plain(self) -> Option<&'a [u8]> {
        match self.flags & (QUOTED | ESCAPED) {
            0 => Some(self.raw),
            QUOTED => Some(&self.raw[1..self.raw.len() - 1]),
            _ => None,
        }
    }

    /// The value's bytes.
    #[inline]
    pub(super) fn value(self) -> Cow<'a, [u8]> {
        self.plain().map_or_else(|| unquote(self.raw, self.quote), Cow::Borrowed)
    }
}

fn position(entry: u32) -> usize {
    (entry & POSITION) as usize
}

/// What is between the quotes, with doubled quotes single.
pub(super) fn unquote(raw: &[u8], quote: u8) -> Cow<'_, [u8]> {
    let inner = &raw[1..raw.len() - 1];
    if !inner.contains(&quote) {
        return Cow::Borrowed(inner);
    }
    let mut value = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr::memchr(quote, rest) {
        value.extend_from_slice(&rest[..=at]);
        rest = &rest[(at + 2).min(rest.len())..];
    }
    value.extend_from_slice(rest);
    Cow::Owned(value)
}

impl Malformed {
    /// What is wrong, `names` being the file's columns. Invalid UTF-8 goes before all else: who
    /// decodes first cannot see the rest.
    pub(super) fn violation(&self, data: &[u8], names: &[String]) -> Violation {
        let is_text = std::str::from_utf8(&data[self.start..self.end]).is_ok();
        let (rule, field, value, message) = match self.fault {
            Fault::Utf8(column, (start, end), flags) => {
                let raw = &data[start..end];
                let is_quoted = flags & QUOTED != 0;
                let value = if is_quoted { unquote(raw, raw[0]) } else { raw.into() };
                let value = text::excerpt(&String::from_utf8_lossy(&value)).to_owned();
                ("utf8", names.get(column).cloned(), Some(value), "is not valid UTF-8".into())
            }
            _ if !is_text => ("utf8", None, None, "is not valid UTF-8".into()),
            Fault::Quote => {
                let message = "expected a delimiter or the end of the record after a closing quote";
                ("quote", None, None, message.into())
            }
            Fault::Columns(found) => ("columns", None, None, ragged(names.len(), found)),
        };
        Violation { field, rule, value, message }
    }
}

/// What a record with another number of fields than the file gets to hear.
#[must_use]
pub fn ragged(expected: usize, found: usize) -> String {
    format!("expected {expected} fields, found {found}")
}
