//! Where records and fields end.

use std::fmt::Write;

use arrow_schema::DataType;

use super::*;
use crate::ErrorKind;

#[test]
fn a_record_ends_at_lf_crlf_or_cr() {
    let outcome = read("a,b\r\n1,2\r3,4\n5,6", &["a", "b"]);
    assert_eq!(outcome.texts(0), some(&["1", "3", "5"]));
    assert_eq!(outcome.texts(1), some(&["2", "4", "6"]));
    let batch = &outcome.batches[0];
    let places: Vec<_> = (0..4).map(|row| batch.position(row)).collect();
    assert_eq!(places, [Some((2, 5)), Some((3, 9)), Some((4, 13)), None]);
}

#[test]
fn quotes_hold_delimiters_newlines_and_doubled_quotes() {
    let outcome = read("a,b\n\"x,\r\ny\",\"say \"\"hi\"\"\"\n\"\"\"\",z", &["a", "b"]);
    assert_eq!(outcome.texts(0), some(&["x,\r\ny", "\""]));
    assert_eq!(outcome.texts(1), some(&["say \"hi\"", "z"]));
    assert_eq!(outcome.batches[0].position(1), Some((4, 25)));
}

#[test]
fn a_quote_within_an_unquoted_field_is_data() {
    let outcome = read("a,b\nx\"y,\" z\n5\",6\n", &["a", "b"]);
    assert_eq!(outcome.rules(), ["columns"]);
    let outcome = read("a,b\nx\"y,z\"\n5\",6\n", &["a", "b"]);
    assert_eq!(outcome.texts(0), some(&["x\"y", "5\""]));
    assert_eq!(outcome.texts(1), some(&["z\"", "6"]));
}

#[test]
fn junk_behind_a_closing_quote_rejects_up_to_the_record_end() {
    let outcome = read("a,b\n\"x\"y,\"p\nq\"\n1,2\n\"x\" ,3\n", &["a", "b"]);
    assert_eq!(outcome.texts(0), some(&["1"]));
    assert_eq!(outcome.rules(), ["quote", "quote"]);
    let rejects = outcome.rejects();
    assert_eq!(rejects[0].record, "\"x\"y,\"p\nq\"");
    assert_eq!((rejects[1].index, rejects[1].line, rejects[1].byte_offset), (2, 5, 19));
    assert_eq!(rejects[1].violations[0].field, None);
}

#[test]
fn a_quote_never_closed_is_fatal_behind_what_came_before() {
    let outcome = read("a,b\n1,2\n3,4\n5\n,\"6,\n7", &["a", "b"]);
    assert_eq!(outcome.texts(0), some(&["1", "3"]));
    assert_eq!(outcome.rules(), ["columns"]);
    assert!(!outcome.batches[0].last_of_file);
    let failure = outcome.expect_failure();
    assert_eq!(failure.kind(), ErrorKind::Decode);
    assert_eq!(failure.message(), "the quote opened at line 5 is never closed");
    assert_eq!((failure.location().line, failure.location().byte_offset), (Some(5), Some(14)));
}

#[test]
fn a_reader_that_failed_keeps_failing() {
    let file = TempFile::new("a\n\"");
    let paths = vec![file.path().to_path_buf()];
    let mut reader =
        CsvReader::new(paths, &schema(&["a"]), CsvOptions::default(), 10, 100).unwrap();
    for _ in 0..3 {
        assert_eq!(reader.next_batch().unwrap_err().kind(), ErrorKind::Decode);
    }
}

#[test]
fn nul_is_data() {
    let outcome = read("a,b\n\0,x\0y\n", &["a", "b"]);
    assert_eq!(outcome.texts(0), some(&["\0"]));
    assert_eq!(outcome.texts(1), some(&["x\0y"]));
}

#[test]
fn a_byte_order_mark_is_skipped_and_counted() {
    let outcome = read("\u{feff}\"a\",b\n1,2\n", &["a", "b"]);
    assert_eq!(outcome.texts(0), some(&["1"]));
    assert_eq!(outcome.batches[0].position(0), Some((2, 9)));
}

#[test]
fn invalid_utf8_rejects_its_record_and_names_the_field() {
    let outcome = read(b"a,b\n1,2\n3,x\xff\xe2\x82\n\xff\n4,5\n\"\"\"\xff\",\n", &["a", "b"]);
    assert_eq!(outcome.texts(1), some(&["2", "5"]));
    let rejects = outcome.rejects();
    let named = &rejects[0].violations[0];
    assert_eq!((named.rule, named.field.as_deref()), ("utf8", Some("b")));
    assert_eq!(named.value.as_deref(), Some("x\u{fffd}\u{fffd}"));
    assert_eq!((rejects[0].index, rejects[0].line, rejects[0].byte_offset), (1, 3, 8));
    let unnamed = &rejects[1].violations[0];
    assert_eq!((unnamed.rule, unnamed.field.as_deref()), ("utf8", None));
    assert_eq!(rejects[2].violations[0].value.as_deref(), Some("\"\u{fffd}"));
}

#[test]
fn a_blank_line_is_a_record_of_one_column_only() {
    let outcome = read("a,b\n\n1,2\r\n\r\n\r\n", &["a", "b"]);
    assert_eq!(outcome.texts(0), some(&["1"]));
    assert!(outcome.rejects().is_empty());
    let outcome = read("a\n\nx\n\"\"\n\n", &["a"]);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(outcome.texts(0), [None, text("x"), text(""), None]);
}

#[test]
fn a_ragged_record_is_rejected_with_both_counts() {
    let outcome = read("a,b\n1\n1,2,3\n\"\"\n4,5\n", &["a", "b"]);
    assert_eq!(outcome.texts(0), some(&["4"]));
    let messages: Vec<_> =
        outcome.rejects().iter().map(|reject| reject.violations[0].message.clone()).collect();
    assert_eq!(
        messages,
        ["expected 2 fields, found 1", "expected 2 fields, found 3", "expected 2 fields, found 1"]
    );
    assert_eq!(outcome.rules(), ["columns"; 3]);
}

#[test]
fn a_record_beyond_the_limit_is_fatal_with_its_place() {
    let limits = Limits { block_bytes: 4, record_bytes: 8, field_bytes: 1 << 20 };
    let read = |text: &str| read_with(text, &["a"], CsvOptions::default(), limits);
    assert_eq!(read("a\n12345678\r\n1\n").texts(0), some(&["12345678", "1"]));
    for text in ["a\n1\n123456789\n", "a\n1\n\"23456789", "a\n1\n1234567890123456789"] {
        let outcome = read(text);
        assert_eq!(outcome.texts(0), some(&["1"]));
        let failure = outcome.expect_failure();
        assert_eq!(failure.message(), "a record is longer than 0 MiB");
        assert_eq!(failure.location().byte_offset, Some(4));
    }
}

#[test]
fn a_rejected_record_is_cut_at_64_kib() {
    let outcome = read(format!("a,b\n{}\n", "é".repeat(40_000)), &["a", "b"]);
    assert_eq!(outcome.rejects()[0].record.len(), 64 << 10);
    let outcome = read(format!("a,b\n1{}\n", "é".repeat(40_000)), &["a", "b"]);
    assert_eq!(outcome.rejects()[0].record.len(), (64 << 10) - 1);
}

#[test]
fn a_batch_has_room_for_little_more_than_its_rows() {
    let schema = Schema::new(vec![
        Field::new("number", DataType::Int64, true),
        Field::new("text", DataType::Utf8, true),
    ]);
    let mut text = String::from("number,text\n");
    for row in 0..2_000 {
        let _ = writeln!(text, "{row},{}", "x".repeat(300 + row % 7));
    }
    let file = TempFile::new(text);
    let paths = vec![file.path().to_path_buf()];
    let reader = CsvReader::new(paths, &schema, CsvOptions::default(), 10_000, 100 << 10).unwrap();
    let batches = drain(reader).batches;
    assert!(batches.len() > 3);
    for batch in &batches[1..batches.len() - 1] {
        for array in batch.batch.columns() {
            let data = array.to_data();
            let room: usize = data.buffers().iter().map(arrow_buffer::Buffer::capacity).sum();
            let needed = data.get_slice_memory_size().unwrap();
            assert!(room <= needed + needed / 8, "room for {room} bytes, {needed} are needed");
        }
    }
}
