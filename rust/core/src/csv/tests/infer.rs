//! Types from a sample.

use super::*;
use crate::csv::infer::infer_with;
use crate::csv::{CsvFile, infer_csv};
use crate::{ErrorKind, Result};

fn infer(text: impl AsRef<[u8]>, options: &CsvOptions, sample_rows: usize) -> Result<Vec<String>> {
    let file = TempFile::new(text);
    let schema = infer_csv(&[file.path().into()], options, sample_rows)?;
    assert!(schema.fields().iter().all(|field| field.is_nullable()));
    let spellings = schema.fields().iter().map(|field| types::spell(field.data_type()).unwrap());
    Ok(spellings.collect())
}

/// The type of a column that holds `values`.
fn column(values: &[&str]) -> String {
    let text = values.iter().fold("a,b\n".to_owned(), |text, value| text + value + ",\n");
    infer(text, &CsvOptions::default(), 100).unwrap().remove(0)
}

#[test]
fn the_narrowest_type_that_holds_all_is_taken() {
    assert_eq!(column(&["1", "-9223372036854775808", "", "0"]), "int64");
    assert_eq!(column(&["1", "\"2\""]), "int64");
    assert_eq!(column(&["1", "2.5", "-1e-3"]), "double");
    assert_eq!(column(&["true", "FALSE"]), "bool");
    assert_eq!(column(&["2024-02-29"]), "date32[day]");
    assert_eq!(column(&["2024-02-29T00:00Z", "2024-02-29 00:00:01+02"]), "timestamp[us, tz=UTC]");
    assert_eq!(column(&["2024-02-29T00:00"]), "timestamp[us]");
    for values in [
        &["007"][..],
        &["+1"],
        &["1", "x"],
        &["", ""],
        &["1", "\"\""],
        &["1", "true"],
        &["2024-02-29", "2024-02-29T00:00"],
        &["2024-02-30"],
        &["1."],
        &[".5"],
        &["nan"],
        &["1e400"],
        &["00.5"],
        &["-"],
    ] {
        assert_eq!(column(values), "string", "{values:?}");
    }
}

#[test]
fn digits_that_a_double_would_lose_stay_text() {
    assert_eq!(column(&["9223372036854775808"]), "string");
    assert_eq!(column(&["9007199254740993", "0.5"]), "string");
    assert_eq!(column(&["9007199254740992", "0.5"]), "double");
    assert_eq!(column(&["-0", "1"]), "double");
}

#[test]
fn names_come_from_the_header_or_are_numbered() {
    let file = TempFile::new("x,y\n1,2\n");
    let paths = [file.path().to_path_buf()];
    let names = |options| {
        let schema = infer_csv(&paths.clone().map(CsvFile::new), &options, 10).unwrap();
        schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(CsvOptions::default()), ["x", "y"]);
    assert_eq!(names(headless()), ["column_1", "column_2"]);
}

#[test]
fn only_the_sample_is_looked_at() {
    let options = CsvOptions::default();
    assert_eq!(infer("a\n1\nx\n", &options, 1).unwrap(), ["int64"]);
    assert_eq!(infer("a,b\n1,2\nx\n\"", &options, 1).unwrap(), ["int64", "int64"]);
    assert_eq!(infer("a,b\n", &options, 1).unwrap(), ["string", "string"]);
    assert_eq!(infer("", &headless(), 1).unwrap(), [""; 0]);
}

#[test]
fn a_bad_record_in_the_sample_is_fatal() {
    for text in [&b"a,b\n1,2\n1\n"[..], b"a,b\n1,2\n\"1\"x,2\n", b"a,b\n1,2\n\xff,2\n"] {
        let error = infer(text, &CsvOptions::default(), 10).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!((error.location().line, error.location().byte_offset), (Some(3), Some(8)));
    }
    assert!(infer("a,b\n1,2\n\"", &CsvOptions::default(), 10).is_err());
    assert!(infer("", &CsvOptions::default(), 10).is_err());
    assert_eq!(infer_csv(&[], &CsvOptions::default(), 1).unwrap_err().kind(), ErrorKind::Config);
}

#[test]
fn inference_ignores_the_block_size() {
    let file = TempFile::new("a,b\n1,\"x\ny\"\n2.5,\n\n3,z\n");
    let paths = [file.path().to_path_buf()];
    let whole = infer_csv(&paths.clone().map(CsvFile::new), &CsvOptions::default(), 10).unwrap();
    for block_bytes in 1..20 {
        let limits = Limits { block_bytes, record_bytes: 1 << 20, field_bytes: 1 << 20 };
        assert_eq!(
            infer_with(&paths.clone().map(CsvFile::new), &CsvOptions::default(), 10, limits)
                .unwrap(),
            whole
        );
    }
}
