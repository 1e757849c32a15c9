//! Blocks of whole records for another parser.

use super::*;
use crate::csv::{CsvBlock, CsvScanner};
use crate::{ErrorKind, Result};

fn scan(text: impl AsRef<[u8]>, options: &CsvOptions, rows: usize) -> Result<Vec<CsvBlock>> {
    let file = TempFile::new(text);
    let mut scanner = CsvScanner::open(file.path(), options, rows, 1 << 20)?;
    std::iter::from_fn(|| scanner.next_block().transpose()).collect()
}

/// The records' own bytes.
fn records(block: &CsvBlock) -> Vec<&[u8]> {
    block.spans.iter().map(|span| &block.data[span.start..span.end]).collect()
}

#[test]
fn a_block_has_whole_records_and_their_places() {
    let text = "\u{feff}a,b\r\n1,2\n\n\"3\r\n\",\"\"\r5";
    let blocks = scan(text, &CsvOptions::default(), 2).unwrap();
    assert_eq!(blocks.len(), 2);
    assert_eq!(records(&blocks[0]), [&b"1,2"[..], b"\"3\r\n\",\"\""]);
    assert_eq!(records(&blocks[1]), [b"5"]);
    assert_eq!(blocks[0].settled_nulls, [(1, 1, false)]);
    assert_eq!([blocks[0].last_of_file, blocks[1].last_of_file], [false, true]);
    let places =
        blocks.iter().flat_map(|block| &block.spans).map(|span| (span.line, span.byte_offset));
    assert_eq!(places.collect::<Vec<_>>(), [(2, 8), (4, 13), (6, 22)]);
}

#[test]
fn quoted_null_spellings_are_listed() {
    let options = CsvOptions { null_values: vec!["NA".into()], ..CsvOptions::default() };
    let blocks = scan("a,b\nNA,\"NA\"\n\"\",\"NAN\"\n\"NA\",\"N\"\"\"\n", &options, 10).unwrap();
    assert_eq!(blocks[0].settled_nulls, [(0, 1, false), (2, 0, false)]);
}

#[test]
fn blank_lines_are_records_of_one_column() {
    let counts = |text: &str, options: &CsvOptions| {
        let blocks = scan(text, options, 10).unwrap();
        blocks.iter().map(|block| block.spans.len()).sum::<usize>()
    };
    assert_eq!(counts("a\n\n1\n\n", &CsvOptions::default()), 3);
    assert_eq!(counts("a,b\n\n1,2\n\n", &CsvOptions::default()), 1);
    assert_eq!(counts("\n1,2\n\n", &headless()), 1);
    assert_eq!(counts("\n1\n\n", &headless()), 3);
    assert_eq!(counts("\n\n", &headless()), 2);
    assert_eq!(counts("", &headless()), 0);
}

#[test]
fn records_before_a_fault_are_handed_out() {
    let file = TempFile::new("a,b\n1,2\n\"3,4\n");
    let mut scanner = CsvScanner::open(file.path(), &CsvOptions::default(), 10, 100).unwrap();
    assert_eq!(scanner.header(), Some(&["a".to_owned(), "b".to_owned()][..]));
    assert_eq!(records(&scanner.next_block().unwrap().unwrap()), [b"1,2"]);
    for _ in 0..2 {
        let failure = scanner.next_block().unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::Decode);
        assert_eq!(failure.location().line, Some(3));
    }
}

#[test]
fn an_empty_file_has_one_empty_block() {
    let blocks = scan("a,b\n", &CsvOptions::default(), 10).unwrap();
    assert_eq!((blocks.len(), blocks[0].spans.len(), blocks[0].last_of_file), (1, 0, true));
    assert!(scan("", &CsvOptions::default(), 10).is_err());
}
