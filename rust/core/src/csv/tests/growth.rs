//! Files that grow: what is read in pieces is what is read whole; and streams, which come once.

use proptest::prelude::*;

use super::laws::{COLUMNS, dialects, encoded, texts};
use super::*;
use crate::ErrorKind;
use crate::csv::{CsvFile, Encoding, FilePosition, infer_csv};

/// What is told of records: line, offset, and the row or the rules that it breaks.
type Told = Vec<(u64, u64, String)>;

fn told(file: CsvFile, options: &CsvOptions) -> (Told, FilePosition, Option<Error>) {
    let reader = CsvReader::new(vec![file], &schema(&COLUMNS), options.clone(), 3, 1 << 20);
    let outcome = drain(reader.unwrap());
    let mut told = Told::new();
    for batch in &outcome.batches {
        for row in 0..batch.batch.num_rows() {
            let (line, offset) = batch.position(row).unwrap();
            told.push((line, offset, format!("{:?}", batch.batch.slice(row, 1).columns())));
        }
        told.extend(
            batch.rejects.iter().map(|reject| {
                (reject.line, reject.byte_offset, format!("{:?}", reject.violations))
            }),
        );
    }
    told.sort();
    let end = outcome.batches.last().map(|batch| batch.end).unwrap_or_default();
    (told, end, outcome.failure)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_grows_is_read_once(
        text in texts(),
        options in dialects(),
        mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let file = TempFile::new(encoded(&options, &text));
        let bytes = std::fs::read(file.path()).unwrap();
        let (whole, _, whole_failure) = told(file.path().into(), &options);
        let mut lengths: Vec<_> = cuts.drain(..).map(|cut| cut.index(bytes.len() + 1)).collect();
        lengths.sort_unstable();
        let mut read = Told::new();
        let (mut from, mut early) = (None, None);
        for length in lengths {
            std::fs::write(file.path(), &bytes[..length]).unwrap();
            let part = CsvFile::from(file.path()).growing();
            let part = from.map_or(part.clone(), |position| part.read_from(position));
            let (more, end, failure) = told(part, &options);
            // Before there is a header, nothing has been read.
            if failure.is_some() && from.is_none() && more.is_empty() {
                continue;
            }
            read.extend(more);
            from = Some(end);
            if failure.is_some() {
                early = failure;
                break;
            }
        }
        std::fs::write(file.path(), &bytes).unwrap();
        let rest = CsvFile::from(file.path());
        let rest = from.map_or(rest.clone(), |position| rest.read_from(position));
        // A reader that failed would fail at every later run.
        let failure = if early.is_some() {
            early
        } else {
            let (more, _, failure) = told(rest, &options);
            read.extend(more);
            failure
        };
        prop_assert_eq!(failure.map(|error| error.message().to_owned()),
            whole_failure.map(|error| error.message().to_owned()));
        prop_assert_eq!(read, whole);
    }
}

#[test]
fn what_no_line_end_ends_is_left() {
    for (text, rows, rest) in [
        ("a\n1\n2", 1, 4),
        ("a\n1\n2\r", 1, 4),
        ("a\n1\r\n", 1, 5),
        ("a\n1\n\"2\n", 1, 4),
        ("a\n", 0, 2),
    ] {
        let file = TempFile::new(text);
        let growing = CsvFile::from(file.path()).growing();
        let reader = CsvReader::new(vec![growing], &schema(&["a"]), CsvOptions::default(), 9, 99);
        let outcome = drain(reader.unwrap());
        assert!(outcome.failure.is_none());
        assert_eq!(outcome.rows().num_rows(), rows, "{text:?}");
        assert_eq!(outcome.batches.last().unwrap().end.byte_offset, rest, "{text:?}");
    }
    let file = TempFile::new("a,b");
    let growing = CsvFile::from(file.path()).growing();
    let reader = CsvReader::new(vec![growing], &schema(&["a", "b"]), CsvOptions::default(), 9, 99);
    let outcome = drain(reader.unwrap());
    assert!(outcome.expect_failure().message().contains("has no header yet"));
}

#[test]
fn what_is_compressed_does_not_grow() {
    let file = TempFile::new(b"\x1f\x8b\x08\0");
    let growing = CsvFile::from(file.path()).growing();
    let reader = CsvReader::new(vec![growing], &schema(&["a"]), CsvOptions::default(), 9, 99);
    let outcome = drain(reader.unwrap());
    assert_eq!(outcome.expect_failure().kind(), ErrorKind::Read);
    assert!(outcome.expect_failure().message().contains("set grown_file: change"));
}

#[test]
fn a_stream_is_sampled_and_then_read_once() {
    let lines: Vec<_> = (0..100_000).map(|row| row.to_string()).collect();
    let text = lines.join("\n");
    for encoding in [Encoding::Utf8, Encoding::Latin1] {
        let file = TempFile::new(format!("a\n{text}"));
        let options = CsvOptions { encoding, ..CsvOptions::default() };
        let stream = CsvFile::stream(file.path().to_path_buf());
        for _ in 0..2 {
            let schema = infer_csv(std::slice::from_ref(&stream), &options, 10).unwrap();
            assert_eq!(types::spell(schema.field(0).data_type()).unwrap(), "int64");
        }
        let read = |stream: &CsvFile| {
            let files = vec![stream.clone()];
            drain(
                CsvReader::new(files, &schema(&["a"]), options.clone(), 1 << 20, 1 << 30).unwrap(),
            )
        };
        assert_eq!(read(&stream).texts(0).len(), 100_000);
        let again = read(&stream);
        assert!(again.expect_failure().message().contains("can be read once"));
    }
}
