//! What never changes the result.

use proptest::prelude::*;

use super::*;
use crate::csv::scanner::{CsvScanner, RecordSpan};
use crate::{ErrorKind, Location};

const COLUMNS: [&str; 2] = ["a:int64", "b:string"];

/// Bytes in which every structural byte is likely, and some are no UTF-8.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(&b","[..]), 3 => Just(&b"\n"[..]), 2 => Just(&b"\r\n"[..]), 1 => Just(&b"\r"[..]),
        3 => Just(&b"\""[..]), 1 => Just(&b"\"\""[..]), 4 => Just(&b"12"[..]),
        1 => Just(&b"x"[..]), 1 => Just("é".as_bytes()), 1 => Just(&b"\xff"[..]),
        1 => Just(&b"\xe2\x82"[..]), 1 => Just(&b"\0"[..]),
        2 => Just(&b"7,long text that crosses a mask of sixty-four bytes, \"or\" so\n"[..]),
        2 => Just(&b"8,\"quoted, \"\"text\"\"\r\nof several lines\"\n"[..]),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Everything of a result that must not depend on how it was cut.
#[derive(Debug, PartialEq)]
struct Story {
    rows: Option<RecordBatch>,
    places: Vec<(u64, u64)>,
    rejects: Vec<RejectedRecord>,
    failure: Option<(ErrorKind, String, Location)>,
}

fn story(path: &Path, options: &CsvOptions, limits: Limits, rows: usize, bytes: usize) -> Story {
    let paths = vec![path.to_path_buf()];
    let reader = CsvReader::new(paths, &schema(&COLUMNS), options.clone(), rows, bytes).unwrap();
    let outcome = drain(reader.with_limits(limits));
    let mut records = 0;
    let mut rejects = Vec::new();
    let mut places = Vec::new();
    for batch in &outcome.batches {
        assert!(batch.num_records <= rows);
        assert_eq!(batch.num_records, batch.batch.num_rows() + batch.rejects.len());
        places.extend((0..batch.batch.num_rows()).map(|row| batch.position(row).unwrap()));
        rejects.extend(batch.rejects.iter().map(|reject| {
            let index = reject.index + records;
            RejectedRecord { index, ..reject.clone() }
        }));
        records += batch.num_records;
    }
    let lasts = outcome.batches.iter().filter(|batch| batch.last_of_file).count();
    assert_eq!(lasts, usize::from(outcome.failure.is_none()));
    let failure = outcome.failure.as_ref();
    let failure =
        failure.map(|error| (error.kind(), error.message().to_owned(), error.location().clone()));
    Story { rows: (records > 0).then(|| outcome.rows()), places, rejects, failure }
}

fn unbounded(block_bytes: usize) -> Limits {
    Limits { block_bytes, record_bytes: 1 << 20 }
}

/// The records with their places in the file, all bytes handed out, and whether it failed.
fn scan(
    path: &Path,
    options: &CsvOptions,
    limits: Limits,
    block_rows: usize,
) -> (Vec<RecordSpan>, Vec<u8>, bool) {
    let mut scanner = CsvScanner::open_with(path, options, None, block_rows, 50, limits).unwrap();
    let (mut spans, mut bytes) = (Vec::new(), Vec::new());
    loop {
        match scanner.next_block() {
            Ok(Some(block)) => {
                assert!(block.spans.len() <= block_rows);
                spans.extend(block.spans.iter().map(|span| {
                    let (start, end) = (span.start + bytes.len(), span.end + bytes.len());
                    RecordSpan { start, end, ..*span }
                }));
                bytes.extend(block.data);
            }
            Ok(None) => return (spans, bytes, false),
            Err(_) => return (spans, bytes, true),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_result_ignores_block_and_batch_sizes(
        text in texts(),
        header: bool,
        block_bytes in 1_usize..200,
        batch_rows in 1_usize..6,
        batch_bytes in 1_usize..100,
    ) {
        let head = if header { &b"b,a\n"[..] } else { b"" };
        let file = TempFile::new([head, &text].concat());
        let options = CsvOptions { header, ..CsvOptions::default() };
        let whole = story(file.path(), &options, Limits::default(), 10_000, 4 << 20);
        let cut = story(file.path(), &options, unbounded(block_bytes), batch_rows, batch_bytes);
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn the_record_limit_ignores_block_sizes(
        text in texts(),
        block_bytes in 1_usize..200,
        record_bytes in 1_usize..60,
    ) {
        let file = TempFile::new([b"b,a\n", &text[..]].concat());
        let limits = |block_bytes| Limits { block_bytes, record_bytes: record_bytes.max(3) };
        let options = CsvOptions::default();
        let whole = story(file.path(), &options, limits(1 << 16), 10_000, 4 << 20);
        let cut = story(file.path(), &options, limits(block_bytes), 10_000, 4 << 20);
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn scanner_and_reader_find_the_same_records(
        text in texts(),
        block_bytes in 1_usize..200,
        block_rows in 1_usize..6,
    ) {
        let file = TempFile::new([b"b,a\n", &text[..]].concat());
        let options = CsvOptions::default();
        let story = story(file.path(), &options, Limits::default(), 10_000, 4 << 20);
        let (spans, bytes, failed) = scan(file.path(), &options, unbounded(block_bytes), block_rows);
        let places: Vec<_> = spans.iter().map(|span| (span.line, span.byte_offset)).collect();
        let rejects = story.rejects.iter().map(|reject| (reject.line, reject.byte_offset));
        let mut expected: Vec<_> = story.places.iter().copied().chain(rejects).collect();
        expected.sort_unstable();
        prop_assert_eq!(places, expected);
        prop_assert_eq!(failed, story.failure.is_some());
        prop_assert!(text.starts_with(&bytes) && (failed || bytes.len() == text.len()));
    }

    #[test]
    fn blocks_ignore_the_block_size(
        text in texts(),
        block_bytes in 1_usize..200,
        block_rows in 1_usize..6,
    ) {
        let file = TempFile::new(&text);
        let whole = scan(file.path(), &headless(), Limits::default(), 10_000);
        let cut = scan(file.path(), &headless(), unbounded(block_bytes), block_rows);
        prop_assert_eq!((&whole.0, whole.2), (&cut.0, cut.2));
        // Blank lines before a fault may come with the block or not at all.
        prop_assert!(whole.2 || whole.1 == cut.1);
    }

    #[test]
    fn what_is_quoted_round_trips(rows in prop::collection::vec(("\\PC{0,70}|[\",\r\n]{0,9}", any::<i64>()), 0..20)) {
        let mut text = "b,a\n".to_owned();
        for (one, other) in &rows {
            let one = one.replace('"', "\"\"");
            text.extend(["\"", &one, "\",", &other.to_string(), "\r\n"]);
        }
        let outcome = read(text, &COLUMNS);
        let expected: Vec<_> = rows.iter().map(|(one, _)| Some(one.clone())).collect();
        prop_assert_eq!(outcome.texts(1), expected);
    }
}
