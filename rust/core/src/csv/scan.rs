//! The state machine that finds fields and records. It looks at structural bytes only, which a
//! mask of 64 bytes at a time finds.

use super::dialect::{Dialect, ESCAPED, PADDED, QUOTED, Token, entry, is_blank};
use super::limits::Limits;
use super::mask::{LANES, mask};

/// Where the next record begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    /// Index into the scanned bytes.
    pub(super) position: usize,
    /// Line of the file, from 1.
    pub(super) line: u64,
}

impl Default for Cursor {
    fn default() -> Self {
        Self { position: 0, line: 1 }
    }
}

/// A record that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    /// Index of its first byte.
    pub(super) start: usize,
    /// Index behind its last byte, the terminator excluded.
    pub(super) end: usize,
    /// Line of the file at which it begins, from 1.
    pub(super) line: u64,
    /// Index of its first entry.
    pub(super) first_entry: usize,
    /// Whether a field of it is quoted or has escapes.
    pub(super) has_marks: bool,
    /// Whether something else than a delimiter or a record end follows a closing quote.
    pub(super) is_malformed: bool,
}

/// What takes records as they are found.
pub(super) trait Sink {
    /// Takes a record of `data`. Its entries are `entries[record.first_entry..]`: where the record
    /// begins, then of each field the position behind its delimiter, with the field's flags; the
    /// last one as if a delimiter followed. The sink keeps them or truncates them. False stops the
    /// scan behind this record.
    fn take(&mut self, data: &[u8], entries: &mut Vec<u32>, record: &Record) -> bool;
}

/// Why a scan stopped. The cursor stands at the first record that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The sink said so.
    Full,
    /// No whole record is left; at the end of the file, nothing is left.
    Starved,
    /// The file ends within quotes that open at this line.
    OpenQuote(u64),
    /// The file ends with an escape that nothing follows, on this line.
    OpenEscape(u64),
    /// The next record has more bytes than a record may have.
    TooLong,
    /// A field of the next record has more bytes than a field may have.
    FieldTooLong { column: usize, position: usize, line: u64 },
}

/// What a scan needs to know of its bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'a> {
    pub(super) dialect: Dialect,
    pub(super) data: &'a [u8],
    /// Whether nothing follows `data` in the file.
    pub(super) is_last: bool,
    /// Whether a line with nothing at all is no record.
    pub(super) skips_blank: bool,
    pub(super) limits: Limits,
}

/// The record under way.
struct State {
    /// Index of the field's first byte.
    field_start: usize,
    /// Structural bytes before this index have been dealt with.
    passed: usize,
    flags: u32,
    in_quotes: bool,
    /// Whether this is a line that is no record.
    is_comment: bool,
    /// Whether the bytes end with an escape.
    is_dangling: bool,
    /// Line of the position reached.
    line: u64,
    /// Line at which the last quote opened.
    quote_line: u64,
    record: Record,
}

/// What one structural byte means for the scan.
enum Step {
    Go,
    Stop(Stop),
}

impl Scan<'_> {
    /// Hands the records from `cursor` on to `sink`, until a [`Stop`].
    pub(super) fn run<S: Sink>(
        &self,
        cursor: &mut Cursor,
        entries: &mut Vec<u32>,
        sink: &mut S,
    ) -> Stop {
        if self.dialect.is_plain() {
            self.run_as::<true, S>(cursor, entries, sink)
        } else {
            self.run_as::<false, S>(cursor, entries, sink)
        }
    }

    /// The scan, with what a plain dialect cannot need left out where `PLAIN`.
    fn run_as<const PLAIN: bool, S: Sink>(
        &self,
        cursor: &mut Cursor,
        entries: &mut Vec<u32>,
        sink: &mut S,
    ) -> Stop {
        let [delimiter, quote, escape] = self.dialect.leads;
        let structure = |lanes: &[u8; LANES]| {
            if PLAIN {
                mask(lanes, [delimiter, quote])
            } else {
                mask(lanes, [delimiter, quote, escape])
            }
        };
        let mut state = self.begin::<PLAIN>(*cursor, entries);
        let mut base = cursor.position;
        let stop = 'scan: loop {
            let rest = self.data.get(base..).unwrap_or_default();
            let mut mask = match rest.first_chunk::<LANES>() {
                Some(lanes) => structure(lanes),
                None if !rest.is_empty() => {
                    let mut lanes = [0; LANES];
                    lanes[..rest.len()].copy_from_slice(rest);
                    // Beyond the end lie zeros, and zero may be the delimiter.
                    structure(&lanes) & !(u64::MAX << rest.len())
                }
                None => break self.finish::<PLAIN, S>(&mut state, cursor, entries, sink),
            };
            while mask != 0 {
                let at = base + mask.trailing_zeros() as usize;
                mask &= mask - 1;
                let byte = self.data[at];
                if PLAIN && byte == delimiter && !state.in_quotes {
                    entries.push(entry(at + 1, state.flags));
                    state.flags = 0;
                    state.field_start = at + 1;
                } else if at >= state.passed
                    && let Step::Stop(stop) =
                        self.step::<PLAIN, S>(at, byte, &mut state, cursor, entries, sink)
                {
                    break 'scan stop;
                }
            }
            base += LANES;
        };
        let excess = self.excess(&state, entries, self.data.len(), true);
        entries.truncate(state.record.first_entry);
        if stop == Stop::Starved { excess.unwrap_or(stop) } else { stop }
    }

    #[inline]
    fn step<const PLAIN: bool, S: Sink>(
        &self,
        at: usize,
        byte: u8,
        state: &mut State,
        cursor: &mut Cursor,
        entries: &mut Vec<u32>,
        sink: &mut S,
    ) -> Step {
        if PLAIN {
            if byte == self.dialect.leads[1] {
                return self.quote::<PLAIN>(at, 1, state);
            }
            if byte == self.dialect.leads[0] {
                return Step::Go;
            }
        } else if byte != b'\n' && byte != b'\r' {
            return self.token(at, state, entries);
        }
        let next = match self.data.get(at + 1) {
            Some(b'\n') if byte == b'\r' => at + 2,
            // The line feed of this line end may be the next byte to be read.
            None if byte == b'\r' && !self.is_last => return Step::Stop(Stop::Starved),
            _ => at + 1,
        };
        state.passed = next;
        state.line += 1;
        if state.in_quotes {
            return Step::Go;
        }
        self.end_record::<PLAIN, S>(at, next, state, cursor, entries, sink)
    }

    /// What may be a delimiter, a quote or an escape, in a dialect that is not plain.
    fn token(&self, at: usize, state: &mut State, entries: &mut Vec<u32>) -> Step {
        let rest = &self.data[at..];
        let begins = |token: Option<Token>| token.filter(|token| token.begins(rest));
        if state.is_comment {
            return Step::Go;
        }
        if let Some(escape) = begins(self.dialect.escape) {
            state.flags |= ESCAPED;
            state.record.has_marks = true;
            let next = at + escape.len();
            state.is_dangling = next >= self.data.len();
            state.passed = next + self.dialect.token_len(&self.data[next..]);
            let follows = |byte| self.data.get(next + 1) == Some(&byte);
            match self.data.get(next) {
                Some(b'\n') => state.line += 1,
                // A line feed behind it is not escaped, and counts the line.
                Some(b'\r') if !follows(b'\n') => state.line += 1,
                _ => {}
            }
            return Step::Go;
        }
        if let Some(quote) = begins(self.dialect.quote) {
            return self.quote::<false>(at, quote.len(), state);
        }
        if !state.in_quotes && begins(Some(self.dialect.delimiter)).is_some() {
            let next = at + self.dialect.delimiter.len();
            entries.push(entry(next, self.flags::<false>(at, state)));
            state.flags = 0;
            state.field_start = next;
        }
        Step::Go
    }

    #[inline]
    fn quote<const PLAIN: bool>(&self, at: usize, length: usize, state: &mut State) -> Step {
        if !state.in_quotes {
            if at == state.field_start || (!PLAIN && self.is_padding(at, state)) {
                state.in_quotes = true;
                state.flags = if length == 1 { QUOTED } else { QUOTED | ESCAPED };
                state.quote_line = state.line;
                state.record.has_marks = true;
            }
            return Step::Go;
        }
        let next = at + length;
        let is_doubled = match self.data.get(next..) {
            None | Some([]) if !self.is_last => return Step::Stop(Stop::Starved),
            Some(rest) if PLAIN => rest.first() == Some(&self.dialect.leads[1]),
            rest => rest.is_some_and(|rest| self.dialect.quote.is_some_and(|q| q.begins(rest))),
        };
        if is_doubled {
            state.flags |= ESCAPED;
            state.passed = next + length;
        } else {
            state.in_quotes = false;
            state.record.is_malformed |= !self.ends_field::<PLAIN>(next);
        }
        Step::Go
    }

    /// Whether there is nothing but padding between the beginning of the field and `at`, and no
    /// quote has been.
    fn is_padding(&self, at: usize, state: &State) -> bool {
        let before = &self.data[state.field_start..at];
        self.dialect.trim && state.flags == 0 && before.iter().all(|&byte| is_blank(byte))
    }

    /// Whether the field ends at `at`, behind its closing quote.
    fn ends_field<const PLAIN: bool>(&self, at: usize) -> bool {
        let mut rest = self.data.get(at..).unwrap_or_default();
        loop {
            match rest {
                [] | [b'\n' | b'\r', ..] => return true,
                [byte, ..] if PLAIN => return *byte == self.dialect.leads[0],
                _ if self.dialect.delimiter.begins(rest) => return true,
                [byte, after @ ..] if self.dialect.trim && is_blank(*byte) => rest = after,
                _ => return false,
            }
        }
    }

    /// The flags of the field that ends at `end`.
    #[inline]
    fn flags<const PLAIN: bool>(&self, end: usize, state: &State) -> u32 {
        if PLAIN || !self.dialect.trim {
            return state.flags;
        }
        let ends = self.data.get(state.field_start..end).unwrap_or_default();
        let is_padded = [ends.first(), ends.last()].into_iter().flatten().any(|b| is_blank(*b));
        state.flags | if is_padded { PADDED } else { 0 }
    }

    fn end_record<const PLAIN: bool, S: Sink>(
        &self,
        end: usize,
        next: usize,
        state: &mut State,
        cursor: &mut Cursor,
        entries: &mut Vec<u32>,
        sink: &mut S,
    ) -> Step {
        let length = if PLAIN { 1 } else { self.dialect.delimiter.len() };
        let flags = self.flags::<PLAIN>(end, state);
        entries.push(entry(end + length, flags));
        state.record.end = end;
        if let Some(stop) = self.excess(state, entries, end, false) {
            return Step::Stop(stop);
        }
        let is_skipped = self.skips_blank && end == state.record.start
            || !PLAIN && (state.is_comment || self.is_padding_only(state, entries, flags));
        let goes_on = if is_skipped {
            entries.truncate(state.record.first_entry);
            true
        } else {
            sink.take(self.data, entries, &state.record)
        };
        *cursor = Cursor { position: next, line: state.line };
        *state = self.begin::<PLAIN>(*cursor, entries);
        if goes_on { Step::Go } else { Step::Stop(Stop::Full) }
    }

    /// Whether the record is a line of padding, and so as blank as an empty one.
    fn is_padding_only(&self, state: &State, entries: &[u32], flags: u32) -> bool {
        self.skips_blank
            && flags == PADDED
            && entries.len() - state.record.first_entry == 2
            && self.data[state.record.start..state.record.end].iter().all(|&byte| is_blank(byte))
    }

    /// What the end of the bytes means.
    fn finish<const PLAIN: bool, S: Sink>(
        &self,
        state: &mut State,
        cursor: &mut Cursor,
        entries: &mut Vec<u32>,
        sink: &mut S,
    ) -> Stop {
        let end = self.data.len();
        if !self.is_last || state.record.start >= end {
            return Stop::Starved;
        }
        if let Some(stop) = self.excess(state, entries, end, true) {
            return stop;
        }
        if end - state.record.start > self.limits.record_bytes {
            return Stop::TooLong;
        }
        if state.in_quotes {
            return Stop::OpenQuote(state.quote_line);
        }
        if state.is_dangling {
            return Stop::OpenEscape(state.line);
        }
        match self.end_record::<PLAIN, S>(end, end, state, cursor, entries, sink) {
            Step::Go => Stop::Starved,
            Step::Stop(stop) => stop,
        }
    }

    /// What of the record under way is too large.
    #[inline]
    fn excess(&self, state: &State, entries: &[u32], end: usize, is_open: bool) -> Option<Stop> {
        let entries = &entries[state.record.first_entry..];
        self.limits.excess(&self.dialect, self.data, &state.record, entries, end, is_open)
    }

    /// A record that begins at `cursor`.
    #[inline]
    fn begin<const PLAIN: bool>(&self, cursor: Cursor, entries: &mut Vec<u32>) -> State {
        let record = Record {
            start: cursor.position,
            end: cursor.position,
            line: cursor.line,
            first_entry: entries.len(),
            has_marks: false,
            is_malformed: false,
        };
        entries.push(entry(cursor.position, 0));
        let is_comment = !PLAIN
            && self.dialect.comment.is_some_and(|comment| {
                comment.begins(self.data.get(cursor.position..).unwrap_or_default())
            });
        State {
            field_start: cursor.position,
            passed: cursor.position,
            flags: 0,
            in_quotes: false,
            is_comment,
            is_dangling: false,
            line: cursor.line,
            quote_line: cursor.line,
            record,
        }
    }
}
