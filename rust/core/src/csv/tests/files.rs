//! Files: headers, drift, compression, and batches that never span two of them.

use std::io::Write;

use flate2::Compression as Level;
use flate2::write::GzEncoder;

use super::*;
use crate::ErrorKind;
use crate::csv::Compression;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn failure(bytes: impl AsRef<[u8]>, columns: &[&str]) -> (ErrorKind, String, String) {
    let outcome = read(bytes, columns);
    let failure = outcome.expect_failure();
    let place = failure.location();
    assert!(place.path.is_some());
    let rule = place.rule.clone().unwrap_or_default();
    (failure.kind(), rule, place.field.clone().unwrap_or_default())
}

#[test]
fn columns_are_found_by_name() {
    let outcome = read("\"b\",a\n1,2\n", &["a", "b"]);
    assert_eq!((outcome.texts(0), outcome.texts(1)), (some(&["2"]), some(&["1"])));
}

#[test]
fn a_header_that_does_not_fit_is_fatal() {
    let kind = ErrorKind::Decode;
    assert_eq!(failure("a,a\n", &["a"]), (kind, "header".into(), "a".into()));
    assert_eq!(failure(b"a,\xff\n", &["a"]).1, "utf8");
    assert_eq!(failure("\"a\"x,b\n", &["a"]).1, "quote");
    assert_eq!(failure("\"a\n", &["a"]).1, "quote");
    let kind = ErrorKind::Contract;
    assert_eq!(failure("a,x\n", &["a"]), (kind, "drift.new_column".into(), "x".into()));
    assert_eq!(failure("a\n1\n", &["a", "b"]), (kind, "drift.removed_column".into(), "b".into()));
}

#[test]
fn an_empty_file_has_no_header() {
    for text in ["", "\u{feff}", "\n\r\n"] {
        let outcome = read(text, &["a"]);
        let failure = outcome.expect_failure();
        assert_eq!(failure.kind(), ErrorKind::Decode);
        assert!(failure.message().ends_with("is empty: expected a header"));
    }
    let outcome = read_with("", &["a", "b"], headless(), Limits::default());
    assert!(outcome.failure.is_none());
    assert_eq!((outcome.batches.len(), outcome.batches[0].num_records), (1, 0));
    assert!(outcome.batches[0].last_of_file);
}

#[test]
fn a_header_alone_is_no_rows() {
    for text in ["a,b", "a,b\n", "a,b\r\n\n"] {
        let outcome = read(text, &["a", "b"]);
        assert!(outcome.failure.is_none());
        assert_eq!((outcome.batches.len(), outcome.batches[0].batch.num_rows()), (1, 0));
        assert!(outcome.batches[0].last_of_file);
    }
}

#[test]
fn without_a_header_columns_are_positional() {
    let read = |text: &str| read_with(text, &["a", "b"], headless(), Limits::default());
    let outcome = read("\n1,2\n3\n4,5");
    assert_eq!(outcome.texts(0), some(&["1", "4"]));
    assert_eq!(outcome.rules(), ["columns"]);
    let outcome = read("1,2,3\n4,5\n");
    assert!(outcome.batches.is_empty());
    assert_eq!(outcome.expect_failure().kind(), ErrorKind::Contract);
}

#[test]
fn files_are_opened_one_after_another() {
    let first = TempFile::new("a\n1\n");
    let missing = PathBuf::from("/nonexistent/file.csv");
    let paths = vec![first.path().to_path_buf(), missing.clone()];
    let options = CsvOptions::default();
    let outcome = drain(CsvReader::new(paths, &schema(&["a"]), options, 10, 100).unwrap());
    assert_eq!(outcome.texts(0), some(&["1"]));
    let failure = outcome.expect_failure();
    assert_eq!(failure.kind(), ErrorKind::NotFound);
    assert_eq!(failure.location().path, Some(missing));
    let options = CsvOptions::default();
    let reader = CsvReader::new(vec![std::env::temp_dir()], &schema(&["a"]), options, 10, 100);
    assert_eq!(drain(reader.unwrap()).expect_failure().kind(), ErrorKind::NotFound);
}

#[test]
fn a_batch_never_spans_two_files() {
    let files = [TempFile::new("a\n1\n2\n3\n"), TempFile::new("a\n"), TempFile::new("a\n4\n")];
    let paths = files.iter().map(|file| file.path().to_path_buf()).collect();
    let options = CsvOptions::default();
    let outcome = drain(CsvReader::new(paths, &schema(&["a"]), options, 2, 100).unwrap());
    let shape: Vec<_> =
        outcome.batches.iter().map(|batch| (batch.num_records, batch.last_of_file)).collect();
    assert_eq!(shape, [(2, false), (1, true), (0, true), (1, true)]);
    assert_eq!(outcome.batches[3].path, files[2].path());
}

#[test]
fn batches_are_bounded_by_bytes_too() {
    let file = TempFile::new("a\n111\n222\n333\n444\n");
    let paths = vec![file.path().to_path_buf()];
    let options = CsvOptions::default();
    let outcome = drain(CsvReader::new(paths, &schema(&["a"]), options, 100, 6).unwrap());
    let sizes: Vec<_> = outcome.batches.iter().map(|batch| batch.num_records).collect();
    assert_eq!(sizes, [2, 2]);
    assert!(outcome.batches[1].last_of_file);
}

#[test]
fn gzip_is_known_by_its_bytes_and_read_whole() {
    let mut bytes = gzip(b"a\n1\n");
    bytes.extend(gzip(b"2\n"));
    bytes.extend(gzip(b""));
    let outcome = read(&bytes, &["a"]);
    assert_eq!(outcome.texts(0), some(&["1", "2"]));
    assert_eq!(outcome.batches[0].position(1), Some((3, 4)));
    let plain = CsvOptions { compression: Compression::None, ..CsvOptions::default() };
    assert!(read_with(&bytes, &["a"], plain, Limits::default()).failure.is_some());
}

#[test]
fn damaged_gzip_is_fatal_wherever_it_is_damaged() {
    let mut text = b"a\n".to_vec();
    (0..2_000).for_each(|row| text.extend(format!("{row}\n").bytes()));
    let whole = [gzip(&text), gzip(b"7\n")].concat();
    let first_member = whole.len() - gzip(b"7\n").len();
    for length in (2..whole.len()).filter(|length| *length != first_member) {
        let outcome = read(&whole[..length], &["a"]);
        assert_eq!(outcome.expect_failure().kind(), ErrorKind::Decode, "cut at {length}");
        assert!(outcome.expect_failure().location().path.is_some());
        assert!(outcome.batches.iter().all(|batch| !batch.last_of_file));
    }
    let mut corrupt = whole.clone();
    corrupt[first_member - 6] ^= 1;
    assert_eq!(read(&corrupt, &["a"]).expect_failure().kind(), ErrorKind::Decode);
    let forced = CsvOptions { compression: Compression::Gzip, ..CsvOptions::default() };
    for bytes in [&b""[..], b"a\n1\n"] {
        let outcome = read_with(bytes, &["a"], forced.clone(), Limits::default());
        assert_eq!(outcome.expect_failure().kind(), ErrorKind::Decode);
    }
}
