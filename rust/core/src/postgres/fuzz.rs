//! Laws of the stream, for every input.

use arrow_schema::{Field, Schema};
use arrow_select::concat::concat_batches;

use super::{Column, CopyDecoder, Rejected, Wire};
use crate::fuzz::Choices;
use crate::{ErrorKind, Location, types};

/// How values come, and the column that takes them.
pub(super) const COLUMNS: [(&str, &str); 24] = [
    ("bool", "bool"),
    ("int2", "int8"),
    ("int4", "int64"),
    ("int8", "int32"),
    ("oid", "int64"),
    ("float4", "double"),
    ("float8", "double"),
    ("numeric", "decimal128(9, 2)"),
    ("numeric", "string"),
    ("numeric", "int64"),
    ("text", "string"),
    ("bytea", "binary"),
    ("date", "date32[day]"),
    ("time", "time64[us]"),
    ("timestamp", "timestamp[us]"),
    ("timestamptz", "timestamp[ns, tz=UTC]"),
    ("interval", "string"),
    ("uuid", "uuid"),
    ("json", "json"),
    ("jsonb", "json"),
    ("int4[]", "list<item: int32>"),
    ("text[]", "list<item: string not null>"),
    ("numeric[]", "list<item: decimal128(38, 6)>"),
    ("uuid[]", "list<item: string>"),
];

/// Everything of a result that must not depend on how the stream was cut.
#[derive(Debug, PartialEq)]
struct Story {
    rows: arrow_array::RecordBatch,
    rejects: Vec<Rejected>,
    records: usize,
    key: Vec<Option<String>>,
    failure: Option<(ErrorKind, String, Location)>,
}

/// Reads arbitrary bytes as a stream of two columns. The first bytes choose the columns, and how the
/// stream is cut.
///
/// # Panics
/// Where decoding panics, fails with anything but a typed error, or shows how the stream was cut.
pub fn postgres_copy(data: &[u8]) {
    let mut choices = Choices(data);
    let columns = [choices.one(&COLUMNS), choices.one(&COLUMNS)];
    let (chunk, rows) = (usize::from(choices.byte()) + 1, usize::from(choices.byte()) + 1);
    let bytes = usize::from(choices.byte()) + 1;
    let stream = choices.rest();
    let whole = story(columns, stream, stream.len().max(1), usize::MAX, usize::MAX);
    if let Some((kind, message, _)) = &whole.failure {
        assert!(matches!(kind, ErrorKind::Decode), "{message}");
    }
    let cut = story(columns, stream, chunk, rows, bytes);
    assert_eq!(whole, cut, "cut into chunks of {chunk}, batches of {rows} rows or {bytes} bytes");
}

pub(super) fn column(name: &str, (wire, spelling): (&str, &str)) -> Column {
    let field = types::field(name, spelling, true).unwrap_or_else(|error| panic!("{error}"));
    let wire: Wire = wire.parse().unwrap_or_else(|error| panic!("{error}"));
    Column { name: name.to_owned(), wire, field: Some(field), is_key: true }
}

fn story(
    columns: [(&str, &str); 2],
    stream: &[u8],
    chunk: usize,
    rows: usize,
    bytes: usize,
) -> Story {
    let columns = vec![column("a", columns[0]), column("b", columns[1])];
    let fields = columns.iter().filter_map(|column| column.field.clone());
    let schema = Schema::new(fields.collect::<Vec<Field>>()).into();
    let mut decoder = CopyDecoder::new(columns, rows, bytes).unwrap_or_else(|e| panic!("{e}"));
    let mut batches = Vec::new();
    let mut story = Story {
        rows: arrow_array::RecordBatch::new_empty(schema),
        rejects: Vec::new(),
        records: 0,
        key: Vec::new(),
        failure: None,
    };
    let mut take = |decoder: &mut CopyDecoder, story: &mut Story| {
        let taken = decoder.take_batch().unwrap_or_else(|error| panic!("{error}"));
        let Some(batch) = taken else { return };
        let rejects = batch.rejects.into_iter();
        story.rejects.extend(
            rejects.map(|reject| Rejected { index: reject.index + story.records, ..reject }),
        );
        story.records += batch.num_records;
        story.key = batch.last_key;
        batches.push(batch.batch);
    };
    let mut failure = None;
    'stream: for part in stream.chunks(chunk) {
        let mut at = 0;
        while at < part.len() {
            match decoder.feed(&part[at..]) {
                Ok(taken) => at += taken,
                Err(error) => {
                    failure = Some(error);
                    break 'stream;
                }
            }
            if decoder.is_full() {
                take(&mut decoder, &mut story);
            }
        }
    }
    take(&mut decoder, &mut story);
    let failure = failure.or_else(|| decoder.finish().err());
    story.failure =
        failure.map(|error| (error.kind(), error.message().to_owned(), error.location().clone()));
    let batches = batches.iter();
    story.rows = concat_batches(story.rows.schema_ref(), batches).unwrap_or_else(|e| panic!("{e}"));
    story
}
