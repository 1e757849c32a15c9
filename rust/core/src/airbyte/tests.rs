//! Tests of the decoder.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_schema::Schema;
use proptest::prelude::*;

use super::{Bounds, Decoder, Event, Stream};
use crate::{ErrorKind, Result, types};

fn stream(name: &str) -> Stream {
    let fields = [("id", "int64"), ("name", "string"), ("more", "json")];
    let fields = fields.map(|(name, spelling)| types::field(name, spelling, true).unwrap());
    Stream { name: name.to_owned(), namespace: None, schema: Schema::new(fields.to_vec()).into() }
}

fn decoder(names: &[&str], rows: usize) -> Decoder {
    let streams = names.iter().map(|name| stream(name)).collect();
    Decoder::new(streams, Bounds { rows, bytes: 1 << 20 }, false)
}

/// What a batch, message or line says, for comparison.
fn told(event: &Event) -> String {
    match event {
        Event::Batch(found) => {
            let ids = found.batch["id"].as_primitive::<Int64Type>().values().to_vec();
            let rejects = found.rejects.iter().map(|reject| reject.line);
            format!("{} {ids:?} {:?}", found.stream, rejects.collect::<Vec<_>>())
        }
        Event::Message { line, text } => format!("{line} {text}"),
        Event::Noise { line, text } => format!("{line} noise {text}"),
    }
}

/// All that an output holds, which comes in pieces of `piece` bytes.
fn read(output: &[u8], piece: usize, mut decoder: Decoder) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for bytes in output.chunks(piece) {
        found.extend(decoder.feed(bytes)?.iter().map(told));
    }
    loop {
        let rest = decoder.finish()?;
        if rest.is_empty() {
            return Ok(found);
        }
        found.extend(rest.iter().map(told));
    }
}

const OUTPUT: &str = r#"{"type":"LOG","log":{}}
starting …
{"type":"RECORD","record":{"stream":"a","data":{"id":1,"name":"x"},"emitted_at":5}}
{"record":{"emitted_at":5, "data" : {"id":2,"more":{"k":[1, "}"]}},"stream":"b"},"type":"RECORD"}
{"type":"RECORD","record":{"stream":"a","data":{"id":"3"},"emitted_at":5}}
{"type":"RECORD","record":{"stream":"\u0061","data":{"id":4},"emitted_at":5}}

{"type":"STATE","state":{}}
{"type":"RECORD","record":{"stream":"a","data":{"id":NaN},"emitted_at":5}}
{"type":"RECORD","record":{"stream":"a","data":{"id":6},"emitted_at":5}}"#;

#[test]
fn records_come_by_stream_before_the_state_that_follows_them() {
    let found = read(OUTPUT.as_bytes(), 1 << 20, decoder(&["a", "b"], 100)).unwrap();
    let expected = [
        r#"1 {"type":"LOG","log":{}}"#,
        "2 noise starting …",
        "0 [1, 4] [5]",
        "1 [2] []",
        r#"8 {"type":"STATE","state":{}}"#,
        "0 [6] [9]",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_record_without_data_is_an_error_and_not_passed_over() {
    let output = "{\"type\":\"RECORD\",\"record\":{\"stream\":\"a\",\"data\":}}\n";
    let error = read(output.as_bytes(), 1 << 20, decoder(&["a"], 100)).unwrap_err();
    assert_eq!((error.kind(), error.location().line), (ErrorKind::Decode, Some(1)));
}

#[test]
fn rows_know_their_lines_beside_rejects() {
    let mut decoder = decoder(&["a", "b"], 100);
    let events = decoder.feed(OUTPUT.as_bytes()).unwrap();
    let Event::Batch(batch) = &events[2] else { panic!("{events:?}") };
    let lines: Vec<_> = (0..3).map(|row| batch.position(row).map(|place| place.0)).collect();
    assert_eq!(lines, [Some(3), Some(6), None]);
    let offset = batch.position(1).unwrap().1;
    assert!(OUTPUT[usize::try_from(offset).unwrap()..].contains("\\u0061"));
}

#[test]
fn the_short_form_is_read_where_one_stream_is() {
    let output = br#"{"type": "RECORD", "record": {"id": 7, "name": "x"}}"#;
    assert_eq!(read(output, 9, decoder(&["a"], 100)).unwrap(), ["0 [7] []"]);
    let refused = read(output, 9, decoder(&["a", "b"], 100)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Plugin);
    assert_eq!(refused.location().line, Some(1));
}

#[test]
fn a_record_of_a_stream_that_is_not_read_is_an_error_after_what_stands_before() {
    let output =
        [OUTPUT, r#"{"type":"RECORD","record":{"stream":"c","data":{"id":1}}}"#].join("\n");
    let mut decoder = decoder(&["a", "b"], 100);
    assert_eq!(decoder.feed(format!("{output}\n").as_bytes()).unwrap().len(), 5);
    assert_eq!(decoder.feed(b"").unwrap_err().kind(), ErrorKind::Plugin);
}

#[test]
fn the_broken_line_of_a_record_is_no_noise() {
    for line in [r#"{"type":"RECORD","record":{"stream":"a","da"#, "{\"type\": \"RECORD\", \u{1}"] {
        let refused = read(line.as_bytes(), 7, decoder(&["a"], 100)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Decode);
    }
}

#[test]
fn what_is_no_object_is_a_reject() {
    let output = br#"{"type":"RECORD","record":{"stream":"a","data":[1]}}
{"type":"RECORD","record":{"stream":"a","data":{"id":1} {"id":2}}}
{"type":"RECORD","record":{"stream":"a","data":{"id":3}}}"#;
    assert_eq!(read(output, 50, decoder(&["a"], 100)).unwrap(), ["0 [3] [1, 2]"]);
}

#[test]
fn a_line_beyond_bounds_is_an_error() {
    let mut decoder = decoder(&["a"], 1);
    let piece = vec![b'x'; super::MAX_LINE_BYTES];
    decoder.feed(&piece).unwrap();
    let refused = decoder.feed(b"xx").unwrap_err();
    assert_eq!((refused.kind(), refused.location().line), (ErrorKind::Decode, Some(1)));
}

proptest! {
    /// Where bytes are cut does not matter.
    #[test]
    fn pieces_do_not_matter(piece in 1_usize..200, rows in 1_usize..4) {
        let whole = read(OUTPUT.as_bytes(), OUTPUT.len(), decoder(&["a", "b"], rows)).unwrap();
        let found = read(OUTPUT.as_bytes(), piece, decoder(&["a", "b"], rows)).unwrap();
        prop_assert_eq!(found, whole);
    }
}
