//! A connector's output to batches and messages, in the order of its lines.

use super::envelope::{self, Line, Record};
use super::lines::{Lines, Place};
use super::pending::{Batch, Pending, Stream};
use crate::{Error, ErrorKind, Result, text};

/// What the output holds, in its order: a batch comes before the STATE that follows its records.
#[derive(Debug)]
pub enum Event {
    /// Records of one stream.
    Batch(Box<Batch>),
    /// Any other message, as its line has it.
    Message {
        /// From 1.
        line: u64,
        /// The JSON.
        text: String,
    },
    /// A line that is no message.
    Noise {
        /// From 1.
        line: u64,
        /// Its beginning.
        text: String,
    },
}

/// How far a batch goes.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Records of a batch.
    pub rows: usize,
    /// Of the texts of a batch, exceeded by at most one record [bytes].
    pub bytes: usize,
}

/// Reads what a connector prints.
pub struct Decoder {
    lines: Lines,
    reading: Reading,
    failure: Option<Error>,
}

/// All but the lines, which are borrowed while one of them is read.
struct Reading {
    streams: Vec<Pending>,
    bounds: Bounds,
    passes_over: bool,
    events: Vec<Event>,
}

impl Decoder {
    /// A decoder of nothing yet.
    ///
    /// Args:
    /// - `passes_over`: whether keys that are no column are passed over; else a record that has one
    ///   is rejected.
    #[must_use]
    pub fn new(streams: Vec<Stream>, bounds: Bounds, passes_over: bool) -> Self {
        let streams = streams.into_iter().map(Pending::new).collect();
        let reading = Reading { streams, bounds, passes_over, events: Vec::new() };
        Self { lines: Lines::new(), reading, failure: None }
    }

    /// What `bytes`, and what was kept of those before, hold.
    ///
    /// # Errors
    /// At the call after the one that gave what stands before it: [`ErrorKind::Decode`] where a line
    /// is too long, or a record's line is not JSON; [`ErrorKind::Plugin`] where a record is of no
    /// stream that is read.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Event>> {
        let Self { lines, reading, .. } = self;
        if self.failure.is_none() {
            self.failure = lines.feed(bytes, |place, line| reading.take(place, line)).err();
        }
        self.told()
    }

    /// What is left at the end of the output.
    ///
    /// # Errors
    /// As [`Self::feed`], which must be called until it gives nothing more.
    pub fn finish(&mut self) -> Result<Vec<Event>> {
        let Self { lines, reading, .. } = self;
        if self.failure.is_none() {
            let rest = lines.finish(|place, line| reading.take(place, line));
            self.failure = rest.and_then(|()| reading.flush()).err();
        }
        self.told()
    }

    fn told(&mut self) -> Result<Vec<Event>> {
        if self.reading.events.is_empty()
            && let Some(error) = self.failure.take()
        {
            return Err(error);
        }
        Ok(std::mem::take(&mut self.reading.events))
    }
}

impl Reading {
    fn take(&mut self, place: Place, line: &[u8]) -> Result<()> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let Ok(text) = std::str::from_utf8(line) else { return self.noise(place, line) };
        match envelope::read(text) {
            Ok(Line::Record(record)) => self.record(place, &record),
            Ok(Line::Message { is_state }) => {
                if is_state {
                    self.flush()?;
                }
                self.events.push(Event::Message { line: place.line, text: text.to_owned() });
                Ok(())
            }
            Ok(Line::Noise) | Err(_) => self.noise(place, line),
        }
    }

    fn record(&mut self, place: Place, record: &Record<'_>) -> Result<()> {
        let index = self.index(record).ok_or_else(|| {
            let name = record.stream.as_deref().map(text::excerpt);
            let what = name.map_or_else(
                || "says no stream, and not one alone is read".to_owned(),
                |name| format!("is of stream {name:?}, which is not read"),
            );
            Error::new(ErrorKind::Plugin, format!("a record {what}")).at(place.location())
        })?;
        let pending = &mut self.streams[index];
        pending.push(place, record.data);
        if pending.rows() >= self.bounds.rows || pending.bytes() >= self.bounds.bytes {
            self.cut(index)?;
        }
        Ok(())
    }

    fn index(&self, record: &Record<'_>) -> Option<usize> {
        let Some(name) = &record.stream else {
            return (self.streams.len() == 1).then_some(0);
        };
        self.streams.iter().position(|pending| {
            pending.stream.name == *name
                && pending.stream.namespace.as_deref() == record.namespace.as_deref()
        })
    }

    fn cut(&mut self, index: usize) -> Result<()> {
        if let Some(batch) = self.streams[index].take(index, self.passes_over)? {
            self.events.push(Event::Batch(Box::new(batch)));
        }
        Ok(())
    }

    /// Cuts what all streams have, so that it comes before what follows.
    fn flush(&mut self) -> Result<()> {
        (0..self.streams.len()).try_for_each(|index| self.cut(index))
    }

    /// A line that is no message. A record whose line is broken is not passed over with it.
    fn noise(&mut self, place: Place, line: &[u8]) -> Result<()> {
        if is_broken_record(line) {
            let error = Error::new(ErrorKind::Decode, "the line of a record is not JSON in UTF-8");
            return Err(error.at(place.location()));
        }
        let text = String::from_utf8_lossy(&line[..line.len().min(NOISE_BYTES)]).into_owned();
        self.events.push(Event::Noise { line: place.line, text });
        Ok(())
    }
}

/// Of a line that is no message [bytes].
const NOISE_BYTES: usize = 1 << 10;

/// Of a line's beginning, in which a record's type stands where it is one [bytes].
const TYPE_BYTES: usize = 64;

/// Whether a line that is no message begins as a record does.
fn is_broken_record(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let start = &line[..line.len().min(TYPE_BYTES)];
    let has = |what: &[u8]| memchr::memmem::find(start, what).is_some();
    start.first() == Some(&b'{') && has(b"\"type\"") && has(b"\"RECORD\"")
}
