//! The fields of a block's well-formed rows, and the records that are none.

use std::borrow::Cow;

use super::dialect::{Dialect, ESCAPED, PADDED, POSITION, QUOTED};
use super::input::Input;
use super::options::NullValues;
use super::scan::{Record, Sink, Stop};
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
    fn take(&mut self, _data: &[u8], entries: &mut Vec<u32>, record: &Record) -> bool {
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
            let (start, end) = (position(entries[0]), self.end(entries[self.width]));
            if let Err(error) = std::str::from_utf8(&data[start..end]) {
                let at = start + error.valid_up_to();
                let column = entries[1..].partition_point(|&entry| position(entry) <= at);
                let (from, to) = (entries[column], entries[column + 1]);
                let fault = Fault::Utf8(column, (position(from), self.end(to)), to);
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
        (position(self.entries[from]), self.end(self.entries[from + self.width]))
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
        let (dialect, width) = (&self.dialect, self.dialect.delimiter.len());
        self.entries.chunks_exact(self.width + 1).map(move |row| {
            let (from, to) = (row[column], row[column + 1]);
            Field { raw: &data[position(from)..position(to) - width], flags: to, dialect }
        })
    }

    /// The field of `column` in `row`.
    pub(super) fn field<'a>(&'a self, data: &'a [u8], row: usize, column: usize) -> Field<'a> {
        let at = row * (self.width + 1) + column;
        let (from, to) = (self.entries[at], self.entries[at + 1]);
        Field { raw: &data[position(from)..self.end(to)], flags: to, dialect: &self.dialect }
    }

    /// Behind the last byte of the field whose entry this is.
    fn end(&self, entry: u32) -> usize {
        position(entry) - self.dialect.delimiter.len()
    }
}

/// One field as it stands in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    /// Quotes and padding included.
    pub(super) raw: &'a [u8],
    pub(super) flags: u32,
    pub(super) dialect: &'a Dialect,
}

impl<'a> Field<'a> {
    #[inline]
    pub(super) fn is_quoted(self) -> bool {
        self.flags & QUOTED != 0
    }

    /// The value's bytes where they stand in the file as they are.
    #[inline]
    pub(super) fn plain(self) -> Option<&'a [u8]> {
        match self.flags & (QUOTED | ESCAPED | PADDED) {
            0 => Some(self.raw),
            QUOTED => Some(&self.raw[1..self.raw.len() - 1]),
            _ => None,
        }
    }

    /// The value's bytes.
    #[inline]
    pub(super) fn value(self) -> Cow<'a, [u8]> {
        self.plain().map_or_else(|| self.dialect.value(self.raw, self.flags), Cow::Borrowed)
    }

    /// Whether it is null: unquoted, and a spelling of null as it stands in the file.
    #[inline]
    pub(super) fn is_null(self, null_values: &NullValues) -> bool {
        !self.is_quoted() && null_values.contains(self.dialect.stripped(self.raw, self.flags))
    }
}

fn position(entry: u32) -> usize {
    (entry & POSITION) as usize
}

impl Malformed {
    /// What is wrong, `names` being the file's columns. Invalid UTF-8 goes before all else: who
    /// decodes first cannot see the rest.
    pub(super) fn violation(&self, rows: &Rows, data: &[u8], names: &[String]) -> Violation {
        let is_text = std::str::from_utf8(&data[self.start..self.end]).is_ok();
        let (not_text, complaint) = rows.dialect.encoding.complaint();
        let (rule, field, value, message) = match self.fault {
            Fault::Utf8(column, (start, end), flags) => {
                let value = rows.dialect.value(&data[start..end], flags);
                let value = text::excerpt(&String::from_utf8_lossy(&value)).to_owned();
                (not_text, names.get(column).cloned(), Some(value), complaint)
            }
            _ if !is_text => (not_text, None, None, complaint),
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
