//! The state machine that finds fields and records. It looks at structural bytes only, which a
//! mask of 64 bytes at a time finds.

/// A field of an index entry is quoted.
pub(super) const QUOTED: u32 = 1 << 31;
/// A quoted field contains doubled quotes.
pub(super) const ESCAPED: u32 = 1 << 30;
/// The bits of an entry that are a position; a block with a record of 64 MiB stays far below.
pub(super) const POSITION: u32 = ESCAPED - 1;

/// Bytes looked at together: the bits of a mask.
const LANES: usize = 64;

/// The bytes with a meaning, beside line ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    pub(super) quote: u8,
}

impl Dialect {
    /// 1 for a structural byte, else 0: without a branch, so that the compiler takes 16 at once.
    #[inline]
    fn is_structural(self, byte: u8) -> u8 {
        u8::from(byte == self.delimiter)
            | u8::from(byte == self.quote)
            | u8::from(byte == b'\n')
            | u8::from(byte == b'\r')
    }

    /// Bit `n` is set where byte `n` is structural.
    #[inline]
    fn mask(self, lanes: &[u8; LANES]) -> u64 {
        let flags = lanes.map(|byte| self.is_structural(byte));
        let mut mask = 0;
        for (at, word) in flags.as_chunks::<8>().0.iter().enumerate() {
            // Gathers the lowest bit of each byte in the top byte: byte n moves by 56 - 7n.
            let bits = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            mask |= bits << (8 * at);
        }
        mask
    }
}

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
    /// Whether a field of it is quoted.
    pub(super) has_quotes: bool,
    /// Whether something else than a delimiter or a record end follows a closing quote.
    pub(super) is_malformed: bool,
}

/// What takes records as they are found.
pub(super) trait Sink {
    /// Takes a record. Its entries are `entries[record.first_entry..]`: where the record begins,
    /// then of each field the position behind its delimiter or terminator, with the field's flags.
    /// The sink keeps them or truncates them. False stops the scan behind this record.
    fn take(&mut self, entries: &mut Vec<u32>, record: &Record) -> bool;
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
    /// The next record has more bytes than a record may have.
    TooLong,
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
    /// Bytes that one record may have.
    pub(super) record_bytes: usize,
}

/// The record under way.
struct State {
    /// Index of the field's first byte.
    field_start: usize,
    /// Structural bytes before this index have been dealt with.
    passed: usize,
    flags: u32,
    in_quotes: bool,
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
        let mut state = State::at(*cursor, entries);
        let mut base = cursor.position;
        let stop = 'scan: loop {
            let rest = self.data.get(base..).unwrap_or_default();
            let mut mask = match rest.first_chunk::<LANES>() {
                Some(lanes) => self.dialect.mask(lanes),
                None if !rest.is_empty() => {
                    let mut lanes = [0; LANES];
                    lanes[..rest.len()].copy_from_slice(rest);
                    // Beyond the end lie zeros, and zero may be the delimiter.
                    self.dialect.mask(&lanes) & !(u64::MAX << rest.len())
                }
                None => break self.finish(&mut state, cursor, entries, sink),
            };
            while mask != 0 {
                let at = base + mask.trailing_zeros() as usize;
                mask &= mask - 1;
                let byte = self.data[at];
                if byte == self.dialect.delimiter && !state.in_quotes {
                    entries.push(entry(at + 1, state.flags));
                    state.flags = 0;
                    state.field_start = at + 1;
                } else if at >= state.passed
                    && let Step::Stop(stop) = self.step(at, byte, &mut state, cursor, entries, sink)
                {
                    break 'scan stop;
                }
            }
            base += LANES;
        };
        entries.truncate(state.record.first_entry);
        stop
    }

    #[inline]
    fn step<S: Sink>(
        &self,
        at: usize,
        byte: u8,
        state: &mut State,
        cursor: &mut Cursor,
        entries: &mut Vec<u32>,
        sink: &mut S,
    ) -> Step {
        if byte == self.dialect.quote {
            return self.quote(at, state);
        }
        if byte == self.dialect.delimiter {
            return Step::Go;
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
        entries.push(entry(at + 1, state.flags));
        self.end_record(at, next, state, cursor, entries, sink)
    }

    fn quote(&self, at: usize, state: &mut State) -> Step {
        if !state.in_quotes {
            if at == state.field_start {
                state.in_quotes = true;
                state.flags = QUOTED;
                state.quote_line = state.line;
                state.record.has_quotes = true;
            }
            return Step::Go;
        }
        match self.data.get(at + 1) {
            Some(&next) if next == self.dialect.quote => {
                state.flags |= ESCAPED;
                state.passed = at + 2;
            }
            None if !self.is_last => return Step::Stop(Stop::Starved),
            None => state.in_quotes = false,
            Some(&next) => {
                state.in_quotes = false;
                state.record.is_malformed |=
                    next != self.dialect.delimiter && next != b'\n' && next != b'\r';
            }
        }
        Step::Go
    }

    fn end_record<S: Sink>(
        &self,
        end: usize,
        next: usize,
        state: &mut State,
        cursor: &mut Cursor,
        entries: &mut Vec<u32>,
        sink: &mut S,
    ) -> Step {
        state.record.end = end;
        if end - state.record.start > self.record_bytes {
            return Step::Stop(Stop::TooLong);
        }
        let is_skipped = self.skips_blank && end == state.record.start;
        let goes_on = if is_skipped {
            entries.truncate(state.record.first_entry);
            true
        } else {
            sink.take(entries, &state.record)
        };
        *cursor = Cursor { position: next, line: state.line };
        *state = State::at(*cursor, entries);
        if goes_on { Step::Go } else { Step::Stop(Stop::Full) }
    }

    /// What the end of the bytes means.
    fn finish<S: Sink>(
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
        if end - state.record.start > self.record_bytes {
            return Stop::TooLong;
        }
        if state.in_quotes {
            return Stop::OpenQuote(state.quote_line);
        }
        entries.push(entry(end + 1, state.flags));
        match self.end_record(end, end, state, cursor, entries, sink) {
            Step::Go => Stop::Starved,
            Step::Stop(stop) => stop,
        }
    }
}

impl State {
    fn at(cursor: Cursor, entries: &mut Vec<u32>) -> Self {
        let record = Record {
            start: cursor.position,
            end: cursor.position,
            line: cursor.line,
            first_entry: entries.len(),
            has_quotes: false,
            is_malformed: false,
        };
        entries.push(entry(cursor.position, 0));
        Self {
            field_start: cursor.position,
            passed: cursor.position,
            flags: 0,
            in_quotes: false,
            line: cursor.line,
            quote_line: cursor.line,
            record,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a block is far below 2^30 bytes")]
fn entry(position: usize, flags: u32) -> u32 {
    position as u32 & POSITION | flags
}
