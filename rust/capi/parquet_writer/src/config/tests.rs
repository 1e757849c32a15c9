//! Laws of the config: what is named is taken, what is wrong is all named at once.

use arrow_schema::{DataType, Field, Schema, TimeUnit};
use headrace_core::ErrorKind;

use super::*;

fn problems(json: &str) -> String {
    let error = Config::parse(json).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error.message().to_owned()
}

#[test]
fn keys_are_taken_and_defaults_are_the_engines() {
    let columns = r#"[{"name": "a", "type": "int64", "nullable": false},
                      {"name": "é", "type": "timestamp[us, tz=UTC]"}]"#;

    let least =
        Config::parse(&format!(r#"{{"output_path": "out", "schema": {columns}}}"#)).unwrap();
    let full = Config::parse(&format!(
        r#"{{"output_path": "/o/ü", "schema": {columns}, "compression": "snappy",
             "row_group_bytes": 1, "file_bytes": 9223372036854775807}}"#
    ))
    .unwrap();

    assert_eq!(least.output_path, PathBuf::from("out"));
    assert_eq!(least.compression, Compression::Zstd);
    assert_eq!((least.row_group_bytes, least.file_bytes), (4 << 20, 128 << 20));
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(
        *least.schema,
        Schema::new(vec![Field::new("a", DataType::Int64, false), Field::new("é", utc, true)])
    );
    assert_eq!(full.output_path, PathBuf::from("/o/ü"));
    assert_eq!(full.compression, Compression::Snappy);
    assert_eq!((full.row_group_bytes, full.file_bytes), (1, isize::MAX.unsigned_abs()));
}

#[test]
fn every_problem_is_named_at_once() {
    let found = problems(
        r#"{"path": "x", "output_path": 3, "compression": "lzma", "row_group_bytes": 0,
            "file_bytes": "1MiB",
            "schema": [{"name": "a", "type": "int65"}, {"name": "b", "typ": "bool"}, 7,
                       {"name": "c", "type": "bool", "nullable": 1},
                       {"name": "d", "type": "bool"}, {"name": "d", "type": "date"}]}"#,
    );

    assert_eq!(
        found.split("; ").collect::<Vec<_>>(),
        [
            "path is no key: output_path, schema, compression, row_group_bytes, file_bytes",
            "output_path: is not a string",
            r#"schema[0].type: there is no column type "int65""#,
            "schema[1].typ is no key: name, type, nullable",
            "schema[1].type is missing",
            "schema[2] is not an object",
            "schema[3].nullable: is not true or false",
            r#"schema[5].name: "d" is there before"#,
            r#"compression: there is no compression "lzma": zstd, snappy, gzip, none"#,
            "row_group_bytes: is not a whole number, at least 1",
            "file_bytes: is not a whole number, at least 1",
        ]
    );
}

#[test]
fn what_is_no_config_is_refused() {
    assert_eq!(problems("{}"), "output_path is missing; schema is missing");
    assert_eq!(problems("[]"), "the config is not a JSON object");
    assert!(problems("{").starts_with("the config is not JSON: EOF"));
    assert_eq!(
        problems(r#"{"output_path": "", "schema": []}"#),
        "output_path: is empty; schema: has no column"
    );
    assert_eq!(
        problems(r#"{"output_path": "a\u0000b", "schema": {}}"#),
        "output_path: holds a NUL; schema: is not a list of columns"
    );
}
