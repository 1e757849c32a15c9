//! Laws of a connector's output, for every input.

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use arrow_select::concat::concat_batches;

use super::{Bounds, Decoder, Event, Stream};
use crate::fuzz::Choices;
use crate::reject::Violation;
use crate::{Error, ErrorKind, Location, types};

/// Columns of a stream; those of a connector are mostly these.
const COLUMNS: [&str; 8] = [
    "int64",
    "double",
    "bool",
    "string",
    "json",
    "timestamp[us, tz=UTC]",
    "decimal128(38, 0)",
    "list<item: struct<id: int64>>",
];

/// Where a rejected record begins (line, byte offset), what it breaks, and its text.
type Rejected = (u64, u64, Vec<Violation>, String);

/// Everything of an output that must not depend on how it was cut.
#[derive(Debug, PartialEq)]
struct Story {
    /// Of each stream.
    rows: [RecordBatch; 2],
    /// Of each stream.
    rejects: [Vec<Rejected>; 2],
    /// Of each row its line and byte offset.
    places: [Vec<Option<(u64, u64)>>; 2],
    /// Messages and noise, with the rows of each stream before them.
    messages: Vec<(u64, String, [usize; 2])>,
    failure: Option<(ErrorKind, String, Location)>,
}

/// Reads arbitrary bytes as what a connector prints of the streams `a` and `b`. The first bytes
/// choose their columns, and how output and batches are cut.
///
/// # Panics
/// Where decoding panics, fails with anything but a typed error, or shows how the output was cut.
pub fn airbyte(data: &[u8]) {
    let mut choices = Choices(data);
    let columns = [choices.one(&COLUMNS), choices.one(&COLUMNS)];
    let passes_over = choices.bool();
    let chunk = usize::from(choices.byte()) + 1;
    let bounds =
        Bounds { rows: usize::from(choices.byte()) + 1, bytes: usize::from(choices.byte()) + 1 };
    let output = choices.rest();
    let unbound = Bounds { rows: usize::MAX, bytes: usize::MAX };
    let whole = story(columns, passes_over, unbound, output, output.len().max(1));
    if let Some((kind, message, _)) = &whole.failure {
        assert!(matches!(kind, ErrorKind::Decode | ErrorKind::Plugin), "{message}");
    }
    let pieces = story(columns, passes_over, bounds, output, chunk);
    assert_eq!(pieces, story(columns, passes_over, bounds, output, output.len().max(1)));
    // A batch that is full comes before the state that ends the others: what was read before a
    // failure is then more, and what was read in all is the same.
    if whole.failure.is_none() {
        assert_eq!(whole.rows, pieces.rows, "batches of {bounds:?}");
        assert_eq!(whole.rejects, pieces.rejects, "batches of {bounds:?}");
        assert_eq!(whole.places, pieces.places, "batches of {bounds:?}");
    }
}

fn stream(name: &str, spelling: &str) -> Stream {
    let fields = [("id", "int64"), ("v", spelling)];
    let fields = fields.map(|(name, spelling)| {
        types::field(name, spelling, true).unwrap_or_else(|error| panic!("{error}"))
    });
    Stream { name: name.to_owned(), namespace: None, schema: Schema::new(fields.to_vec()).into() }
}

fn story(
    columns: [&str; 2],
    passes_over: bool,
    bounds: Bounds,
    output: &[u8],
    chunk: usize,
) -> Story {
    let streams = vec![stream("a", columns[0]), stream("b", columns[1])];
    let schemas = [streams[0].schema.clone(), streams[1].schema.clone()];
    let mut decoder = Decoder::new(streams, bounds, passes_over);
    let mut events = Vec::new();
    let failure = told(&mut decoder, output, chunk, &mut events).err();
    gathered(&schemas, events, failure)
}

/// All events, each call repeated until it gives no more.
fn told(
    decoder: &mut Decoder,
    output: &[u8],
    chunk: usize,
    events: &mut Vec<Event>,
) -> crate::Result<()> {
    for piece in output.chunks(chunk) {
        let mut found = decoder.feed(piece)?;
        while !found.is_empty() {
            events.append(&mut found);
            found = decoder.feed(b"")?;
        }
    }
    let mut found = decoder.finish()?;
    while !found.is_empty() {
        events.append(&mut found);
        found = decoder.finish()?;
    }
    Ok(())
}

fn gathered(schemas: &[SchemaRef; 2], events: Vec<Event>, failure: Option<Error>) -> Story {
    let mut batches: [Vec<RecordBatch>; 2] = Default::default();
    let (mut rejects, mut places): ([Vec<_>; 2], [Vec<_>; 2]) = Default::default();
    let mut messages = Vec::new();
    for event in events {
        match event {
            Event::Batch(found) => {
                let rows = 0..found.batch.num_rows();
                places[found.stream].extend(rows.map(|row| found.position(row)));
                rejects[found.stream].extend(
                    found
                        .rejects
                        .into_iter()
                        .map(|r| (r.line, r.byte_offset, r.violations, r.record)),
                );
                batches[found.stream].push(found.batch);
            }
            Event::Message { line, text } | Event::Noise { line, text } => {
                messages.push((line, text, [places[0].len(), places[1].len()]));
            }
        }
    }
    let rows = [0, 1].map(|stream| {
        concat_batches(&schemas[stream], &batches[stream]).unwrap_or_else(|e| panic!("{e}"))
    });
    let failure =
        failure.map(|error| (error.kind(), error.message().to_owned(), error.location().clone()));
    Story { rows, rejects, places, messages, failure }
}
