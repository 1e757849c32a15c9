//! Laws of the config: what is named is taken, what is wrong is all named at once.

use super::*;

fn problems(json: &str) -> String {
    Config::parse(json).unwrap_err().message().to_owned()
}

#[test]
fn keys_are_taken_and_defaults_are_the_engines() {
    let least = Config::parse(r#"{"path": "a.csv"}"#).unwrap();
    let full = Config::parse(
        r##"{"path": ["a.csv", "/b.csv"], "base_dir": "/in", "batch_rows": 3, "batch_bytes": 4,
            "sample_rows": 5, "schema": [{"name": "a", "type": "int64"}], "delimiter": "§",
            "quote": null, "escape": "\\", "comment": "#", "skip_lines": 2, "header": false,
            "trim": true, "null_values": ["-"], "encoding": "latin-1", "compression": "gzip",
            "decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y", "true_values": ["ja"],
            "false_values": ["nein"]}"##,
    )
    .unwrap();

    assert_eq!(least.paths, [PathBuf::from("a.csv")]);
    assert!(least.schema.is_none());
    assert_eq!((least.batch_rows, least.batch_bytes, least.sample_rows), (10_000, 1 << 20, 10_000));
    assert_eq!((least.options.delimiter, least.options.quote), (',', Some('"')));
    assert_eq!(full.paths, [PathBuf::from("/in/a.csv"), PathBuf::from("/b.csv")]);
    assert_eq!((full.batch_rows, full.batch_bytes, full.sample_rows), (3, 4, 5));
    assert_eq!(full.schema.unwrap().fields().len(), 1);
    let options = full.options;
    assert_eq!((options.delimiter, options.quote, options.escape), ('§', None, Some('\\')));
    assert_eq!((options.comment, options.skip_lines), (Some('#'), 2));
    assert_eq!((options.header, options.trim), (false, true));
    assert_eq!(options.null_values, ["-"]);
    assert_eq!((options.values.decimal, options.values.thousands), (',', Some('.')));
    assert_eq!(options.values.date_format.as_deref(), Some("%d.%m.%Y"));
    assert_eq!(options.values.true_values.unwrap(), ["ja"]);
}

#[test]
fn every_problem_is_named_at_once() {
    let found = problems(
        r#"{"path": [], "columns": 3, "delimiter": ",,", "quote": ";", "escape": ";",
            "null_values": ["", 7], "schema": [], "encoding": "ebcdic", "batch_rows": 0}"#,
    );

    let lines: Vec<_> = found.split("; ").collect();
    assert!(lines[0].starts_with("columns is no key: path, schema"), "{}", lines[0]);
    assert_eq!(lines[1], "path: is an empty list");
    assert_eq!(lines[2], "schema: has no column");
    assert_eq!(lines[3], "batch_rows: is not a whole number, at least 1");
    assert_eq!(lines[4], "delimiter: is not one character");
    assert_eq!(lines[5], "null_values[1] is not a string");
    assert!(lines[6].starts_with("encoding: "), "{}", lines[6]);
    assert_eq!(lines[7..], ["escape: must differ from quote"]);
}

#[test]
fn what_is_no_config_is_refused() {
    assert_eq!(problems("{}"), "path is missing");
    assert_eq!(problems("[]"), "the config is not a JSON object");
}

#[test]
fn a_policy_that_is_not_fail_gives_the_columns_of_the_file() {
    let drift = |drift: &str| {
        let json = format!(r#"{{"path": "a.csv", "drift": {drift}}}"#);
        Config::parse(&json).map(|c| (c.options.new_columns, c.options.may_lack_columns))
    };

    assert_eq!(drift("{}").unwrap(), (NewColumns::Fail, false));
    assert_eq!(
        drift(r#"{"new_column": "ignore", "removed_column": "fail"}"#).unwrap(),
        (NewColumns::Evolve, false)
    );
    assert_eq!(
        drift(r#"{"new_column": "fail", "removed_column": "evolve"}"#).unwrap(),
        (NewColumns::Fail, true)
    );
    let wrong = drift(r#"{"new_column": "maybe", "columns": 1}"#).unwrap_err().message().to_owned();
    assert!(wrong.contains("drift: .columns is no key"), "{wrong}");
    assert!(wrong.contains(r#"drift: .new_column: "maybe" is none of"#), "{wrong}");
}
