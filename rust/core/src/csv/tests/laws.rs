//! What never changes the result.

use proptest::prelude::*;

use super::*;
use crate::csv::Encoding;
use crate::csv::scanner::{CsvScanner, RecordSpan};
use crate::{ErrorKind, Location};

pub(super) const COLUMNS: [&str; 2] = ["a:int64", "b:string"];

/// Bytes in which every structural byte is likely, and some are no UTF-8.
pub(super) fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(&b","[..]), 3 => Just(&b"\n"[..]), 2 => Just(&b"\r\n"[..]), 1 => Just(&b"\r"[..]),
        3 => Just(&b"\""[..]), 1 => Just(&b"\"\""[..]), 4 => Just(&b"12"[..]),
        1 => Just(&b"x"[..]), 1 => Just("é".as_bytes()), 1 => Just(&b"\xff"[..]),
        1 => Just(&b"\xe2\x82"[..]), 1 => Just(&b"\x9d"[..]), 1 => Just("😀".as_bytes()), 1 => Just(&b"\0"[..]), 2 => Just(&b"\\"[..]),
        1 => Just(&b"#"[..]), 2 => Just(&b" "[..]), 1 => Just(&b"\t"[..]), 1 => Just("€".as_bytes()),
        2 => Just(&b"7,long text that crosses a mask of sixty-four bytes, \"or\" so\n"[..]),
        2 => Just(&b"8,\"quoted, \"\"text\"\"\r\nof several lines\"\n"[..]),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Every dialect: most characters with a meaning are among the pieces of [`texts`].
pub(super) fn dialects() -> impl Strategy<Value = CsvOptions> {
    let quote = prop::sample::select(vec![Some('"'), Some('"'), Some('é'), None]);
    let escape = prop::sample::select(vec![None, Some('\\'), Some('€')]);
    let comment = prop::sample::select(vec![None, Some('#'), Some('x')]);
    let delimiter = prop::sample::select(vec![',', ',', '\u{20ad}']);
    let nulls = prop::sample::select(vec!["", "\\1", "12"]);
    let others = Encoding::ALL.map(|(.., encoding)| encoding);
    let encodings =
        prop_oneof![2 => Just(Encoding::Utf8), 1 => prop::sample::select(others.to_vec())];
    let lines = (0..3_u64, any::<bool>());
    (delimiter, quote, escape, comment, any::<bool>(), lines, nulls, encodings).prop_map(
        |(delimiter, quote, escape, comment, trim, lines, null, encoding)| CsvOptions {
            // Not every encoding has the other one.
            delimiter: if encoding == Encoding::Utf8 { delimiter } else { ',' },
            quote,
            escape,
            comment,
            skip_lines: lines.0,
            header: lines.1,
            trim,
            null_values: vec![null.into()],
            encoding,
            ..CsvOptions::default()
        },
    )
}

/// `skip_lines` lines, then the header in the dialect of `options`, where it has one.
fn head(options: &CsvOptions) -> Vec<u8> {
    let skipped =
        ["\"no record\n", "\r\n"].iter().take(usize::try_from(options.skip_lines).unwrap());
    let mut head: String = skipped.copied().collect();
    if options.header {
        head.extend(["b", &options.delimiter.to_string(), "a\n"]);
    }
    head.into()
}

/// `text` after its head, in the encoding of `options`; what is no UTF-8 in it is none there.
pub(super) fn encoded(options: &CsvOptions, text: &[u8]) -> Vec<u8> {
    let text = [&head(options), text].concat();
    let bytes: fn(u16) -> [u8; 2] = match options.encoding {
        Encoding::Utf8 | Encoding::Latin1 | Encoding::Windows1252 => return text,
        Encoding::Utf16 | Encoding::Utf16Le => u16::to_le_bytes,
        Encoding::Utf16Be => u16::to_be_bytes,
    };
    let mut units = vec![0xfeff];
    for chunk in text.utf8_chunks() {
        units.extend(chunk.valid().encode_utf16());
        units.extend(chunk.invalid().iter().map(|byte| 0xd800 + (u16::from(*byte) << 3)));
    }
    let mut encoded: Vec<u8> = units.into_iter().flat_map(bytes).collect();
    encoded.extend((text.len() % 5 == 0).then_some(b','));
    encoded
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
    Limits { block_bytes, record_bytes: 1 << 20, field_bytes: 1 << 20 }
}

/// The records with their places in the file, all bytes handed out, and whether it failed.
fn scan(
    path: &Path,
    options: &CsvOptions,
    limits: Limits,
    block_rows: usize,
) -> (Vec<RecordSpan>, Vec<u8>, bool) {
    let mut scanner =
        CsvScanner::open_with(&path.into(), options, None, block_rows, 50, limits).unwrap();
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
        options in dialects(),
        block_bytes in 1_usize..200,
        batch_rows in 1_usize..6,
        batch_bytes in 1_usize..100,
    ) {
        let file = TempFile::new(encoded(&options, &text));
        let whole = story(file.path(), &options, Limits::default(), 10_000, 4 << 20);
        let cut = story(file.path(), &options, unbounded(block_bytes), batch_rows, batch_bytes);
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn the_limits_ignore_block_sizes(
        text in texts(),
        block_bytes in 1_usize..200,
        record_bytes in 1_usize..60,
        field_bytes in 1_usize..40,
    ) {
        let file = TempFile::new([b"b,a\n", &text[..]].concat());
        let limits = |block_bytes| Limits { block_bytes, record_bytes: record_bytes.max(3), field_bytes };
        let options = CsvOptions::default();
        let whole = story(file.path(), &options, limits(1 << 16), 10_000, 4 << 20);
        let cut = story(file.path(), &options, limits(block_bytes), 10_000, 4 << 20);
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn scanner_and_reader_find_the_same_records(
        text in texts(),
        options in dialects(),
        block_bytes in 1_usize..200,
        block_rows in 1_usize..6,
    ) {
        let options = CsvOptions { header: true, ..options };
        let file = TempFile::new(encoded(&options, &text));
        let story = story(file.path(), &options, Limits::default(), 10_000, 4 << 20);
        let (spans, bytes, failed) = scan(file.path(), &options, unbounded(block_bytes), block_rows);
        let places: Vec<_> = spans.iter().map(|span| (span.line, span.byte_offset)).collect();
        let rejects = story.rejects.iter().map(|reject| (reject.line, reject.byte_offset));
        let mut expected: Vec<_> = story.places.iter().copied().chain(rejects).collect();
        expected.sort_unstable();
        prop_assert_eq!(places, expected);
        prop_assert_eq!(failed, story.failure.is_some());
        if options.encoding == Encoding::Utf8 && options.escape.is_none() && options.comment.is_none() && !options.trim {
            prop_assert!(text.starts_with(&bytes) && (failed || bytes.len() == text.len()));
        }
    }

    #[test]
    fn blocks_ignore_the_block_size(
        text in texts(),
        options in dialects(),
        block_bytes in 1_usize..200,
        block_rows in 1_usize..6,
    ) {
        let options = CsvOptions { header: false, skip_lines: 0, ..options };
        let file = TempFile::new(encoded(&options, &text));
        let whole = scan(file.path(), &options, Limits::default(), 10_000);
        let cut = scan(file.path(), &options, unbounded(block_bytes), block_rows);
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
