//! Laws of the CSV half, for every input.

use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use arrow_select::concat::concat_batches;

use super::limits::Limits;
use super::{Compression, CsvOptions, CsvReader, CsvScanner, Encoding, ValueOptions};
use crate::fuzz::Choices;
use crate::reject::RejectedRecord;
use crate::{Error, ErrorKind, Location, types};

/// Types of the first column; the second is a string.
const TYPES: [&str; 16] = [
    "int64",
    "string",
    "double",
    "bool",
    "date",
    "timestamp[us, tz=UTC]",
    "decimal128(9, 2)",
    "int8",
    "timestamp[ns]",
    "time64[ns]",
    "binary",
    "uuid",
    "json",
    "list<item: int64>",
    "struct<x: int64, y: string>",
    "float",
];

/// How a file is cut, which must not show.
struct Cut {
    limits: Limits,
    batch_rows: usize,
    batch_bytes: usize,
}

/// Everything of a result that must not depend on how it was cut.
#[derive(Debug, PartialEq)]
struct Story {
    rows: Option<RecordBatch>,
    places: Vec<(u64, u64)>,
    rejects: Vec<RejectedRecord>,
    failure: Option<(ErrorKind, String, Location)>,
}

/// Reads arbitrary bytes as a file of two columns. The first seventeen bytes choose the dialect, the
/// type of the first column, and how the file is cut.
///
/// # Panics
/// Where reading panics, where it shows how the file was cut, and where the scanner finds other
/// records than the reader.
pub fn csv_reader(data: &[u8]) {
    let mut choices = Choices(data);
    let options = CsvOptions {
        delimiter: choices.one(&[',', ';', '\t', '|', ' ', 'é', '\u{20ad}']),
        quote: choices.one(&[Some('"'), Some('\''), Some('é'), None]),
        escape: choices.one(&[None, None, Some('\\'), Some('€'), Some('"')]),
        comment: choices.one(&[None, None, Some('#'), Some('€')]),
        skip_lines: u64::from(choices.byte() % 4).saturating_sub(1),
        header: choices.bool(),
        trim: choices.bool(),
        null_values: vec![choices.one(&["", "NULL", "-", "\\N"]).into()],
        values: ValueOptions {
            decimal: choices.one(&['.', '.', ',']),
            thousands: choices.one(&[None, None, Some(','), Some('.'), Some(' ')]),
            date_format: choices.one(&[None, Some("%d/%m/%Y"), Some("%Y%m%d")]).map(Into::into),
            ..ValueOptions::default()
        },
        encoding: choices.one(&Encoding::ALL).2,
        compression: Compression::None,
        ..CsvOptions::default()
    };
    let spelling = choices.one(&TYPES);
    let block_bytes = usize::from(choices.byte()) + 1;
    let batch_rows = usize::from(choices.byte() % 8) + 1;
    let batch_bytes = usize::from(choices.byte()) + 1;
    let field_bytes = choices.one(&[1 << 20, 8, 100]);
    let limits = Limits { block_bytes, record_bytes: 1 << 20, field_bytes };
    let cut = Cut { limits, batch_rows, batch_bytes };
    let whole = Cut {
        limits: Limits { block_bytes: 4 << 10, ..limits },
        // A reader has room for a batch of so many rows at once.
        batch_rows: data.len() + 1,
        batch_bytes: 1 << 20,
    };

    let fields = [("a", spelling), ("b", "string")];
    let fields = fields.into_iter().map(|(name, spelling)| types::field(name, spelling, true));
    let Ok(fields) = fields.collect::<crate::Result<Vec<_>>>() else { return };
    let schema = Schema::new(fields);
    let mut head: String = (0..options.skip_lines).map(|_| "passed over\n").collect();
    if options.header {
        head.extend(["b", options.delimiter.encode_utf8(&mut [0; 4]), "a\n"]);
    }
    let path = written(&[&encoded(&head, options.encoding), choices.rest()].concat());
    let Some(told) = story(&path, &schema, &options, &whole) else {
        assert!(!options.problems().is_empty(), "options in order are refused");
        return;
    };
    assert_eq!(story(&path, &schema, &options, &cut).as_ref(), Some(&told));
    if options.header {
        same_records(&path, &schema, &options, &cut, &told);
    }
}

/// The text in an encoding; a character that it lacks is a question mark.
fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    let units = text.encode_utf16();
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16 => {
            std::iter::once(0xfeff).chain(units).flat_map(u16::to_le_bytes).collect()
        }
        Encoding::Utf16Le => units.flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => units.flat_map(u16::to_be_bytes).collect(),
        Encoding::Latin1 | Encoding::Windows1252 => {
            text.chars().map(|char| u8::try_from(char).unwrap_or(b'?')).collect()
        }
    }
}

/// A file of these bytes, the only one of this process.
fn written(bytes: &[u8]) -> PathBuf {
    let name = format!("headrace-fuzz-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    if let Err(error) = std::fs::write(&path, bytes) {
        panic!("cannot write {}: {error}", path.display());
    }
    path
}

/// What comes out of a reader; `None` where the options cannot be meant.
fn story(path: &Path, schema: &Schema, options: &CsvOptions, cut: &Cut) -> Option<Story> {
    let paths = vec![path.to_path_buf()];
    let reader =
        CsvReader::new(paths, schema, options.clone(), cut.batch_rows, cut.batch_bytes).ok()?;
    let mut reader = reader.with_limits(cut.limits);
    let (mut batches, mut places, mut rejects, mut records) = (vec![], vec![], vec![], 0);
    let failure = loop {
        match reader.next_batch() {
            Ok(Some(batch)) => {
                assert!(batch.num_records <= cut.batch_rows);
                assert_eq!(batch.num_records, batch.batch.num_rows() + batch.rejects.len());
                places.extend((0..batch.batch.num_rows()).filter_map(|row| batch.position(row)));
                rejects.extend(batch.rejects.iter().map(|reject| RejectedRecord {
                    index: reject.index + records,
                    ..reject.clone()
                }));
                records += batch.num_records;
                batches.push(batch.batch);
            }
            Ok(None) => break None,
            Err(error) => break Some(told(&error)),
        }
    };
    let rows = batches.first().filter(|_| records > 0).map(|first| {
        concat_batches(&first.schema(), &batches).unwrap_or_else(|error| panic!("{error}"))
    });
    assert_eq!(places.len(), rows.as_ref().map_or(0, RecordBatch::num_rows));
    Some(Story { rows, places, rejects, failure })
}

fn told(error: &Error) -> (ErrorKind, String, Location) {
    (error.kind(), error.message().to_owned(), error.location().clone())
}

/// The scanner finds the records that the reader tells of, and fails where it fails.
fn same_records(path: &Path, schema: &Schema, options: &CsvOptions, cut: &Cut, told: &Story) {
    let scanner = CsvScanner::open_with(
        &path.to_path_buf().into(),
        options,
        None,
        cut.batch_rows,
        cut.batch_bytes,
        cut.limits,
    );
    let scanner = scanner.and_then(|mut scanner| scanner.columns(schema, options).map(|_| scanner));
    let mut places = Vec::new();
    let failed = match scanner {
        Err(_) => true,
        Ok(mut scanner) => loop {
            match scanner.next_block() {
                Ok(Some(block)) => {
                    assert!(block.spans.iter().all(|span| span.end <= block.data.len()));
                    places.extend(block.spans.iter().map(|span| (span.line, span.byte_offset)));
                }
                Ok(None) => break false,
                Err(_) => break true,
            }
        },
    };
    let rejects = told.rejects.iter().map(|reject| (reject.line, reject.byte_offset));
    let mut expected: Vec<_> = told.places.iter().copied().chain(rejects).collect();
    expected.sort_unstable();
    assert_eq!((places, failed), (expected, told.failure.is_some()));
}
