//! Laws of the records: what is written is what the column holds, or nothing is taken.

use std::fmt::Debug;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int64Type,
    TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType};
use arrow_schema::{Field, Schema};
use headrace_core::types;
use proptest::prelude::*;

use super::*;

fn reader(columns: &[(&str, &str, bool)]) -> RecordReader {
    let field = |&(name, spelling, nullable): &(&str, &str, bool)| {
        Field::new(name, types::parse(spelling).unwrap(), nullable)
    };
    RecordReader::new(Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>())))
}

/// The column of one record whose only value is `json`.
fn column(spelling: &str, json: &str) -> Result<ArrayRef> {
    let batch = reader(&[("a", spelling, true)]).read(&format!(r#"[{{"a": {json}}}]"#))?;
    Ok(Arc::clone(batch.column(0)))
}

fn value<T: ArrowPrimitiveType>(spelling: &str, json: &str) -> Option<T::Native> {
    let array = column(spelling, json).ok()?;
    assert_eq!(array.null_count(), 0);
    Some(array.as_primitive::<T>().value(0))
}

fn holds<T: ArrowPrimitiveType>(spelling: &str, cases: &[(&str, T::Native)])
where
    T::Native: Debug,
{
    for (json, expected) in cases {
        assert_eq!(value::<T>(spelling, json).as_ref(), Some(expected), "{spelling} {json}");
    }
}

/// Every one of `cases` is refused with the record, the field and the type.
fn refuses(spelling: &str, cases: &[&str]) {
    for json in cases {
        let error = column(spelling, json).expect_err(json);
        let complaint = text::complaint(&types::parse(spelling).unwrap());
        assert_eq!(error.kind(), ErrorKind::Contract, "{json}");
        assert_eq!(error.location().field.as_deref(), Some("a"));
        assert!(error.message().starts_with("record 0, field \"a\": the "), "{error}");
        assert!(error.message().ends_with(&complaint), "{error}");
    }
}

fn failure(columns: &[(&str, &str, bool)], json: &str) -> (ErrorKind, String) {
    let error = reader(columns).read(json).expect_err(json);
    (error.kind(), error.message().to_owned())
}

#[test]
fn ints_are_exact_to_their_edges() {
    holds::<Int64Type>(
        "int64",
        &[("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN), ("0", 0)],
    );
    holds::<Int8Type>("int8", &[("127", 127), ("-128", -128)]);
    refuses("int8", &["128", "-129"]);
    refuses(
        "int64",
        &["9223372036854775808", "3.9", "3.0", "1e3", "\"1\"", "true", "[1]", "{}", "{\"a\": 1}"],
    );
}

#[test]
fn floats_are_finite_unless_tagged_and_whole_numbers_exact() {
    holds::<Float64Type>(
        "double",
        &[
            ("0.1", 0.1),
            ("-1.5e-3", -0.0015),
            ("1e+21", 1e21),
            ("9007199254740992", 9_007_199_254_740_992.0),
            // Both spellings of one double: the shortest and the exact one.
            ("123456789012345680000", 123_456_789_012_345_680_000.0),
            ("123456789012345683968", 123_456_789_012_345_680_000.0),
            (r#"{"$float": "Infinity"}"#, f64::INFINITY),
            (r#"{"$float": "-Infinity"}"#, f64::NEG_INFINITY),
        ],
    );
    holds::<Float32Type>("float", &[("0.1", 0.1), ("16777216", 16_777_216.0)]);
    assert!(value::<Float64Type>("double", r#"{"$float":"NaN"}"#).unwrap().is_nan());
    assert!(value::<Float32Type>("float", r#"{"$float":"NaN"}"#).unwrap().is_nan());
    assert!(value::<Float64Type>("double", "-0").unwrap().is_sign_negative());
    refuses("double", &["9007199254740993", "1e400", "\"1\"", "\"NaN\"", "false"]);
    refuses("double", &[r#"{"$float": "nan"}"#, r#"{"$float": "1"}"#, r#"{"$decimal": "1"}"#]);
    refuses("double", &[r#"{"$float": "NaN", "$float": "NaN"}"#, r#"{"$float": 1}"#]);
    refuses("float", &["16777217", "1e39", "-1e39"]);
}

#[test]
fn decimals_lose_no_digit() {
    let widest = "9".repeat(38);
    let limit = 10_i128.pow(38) - 1;
    holds::<Decimal128Type>(
        "decimal128(15, 2)",
        &[
            (r#""1.50""#, 150),
            (r#"{"$decimal": "1.50"}"#, 150),
            (r#" { "$decimal" : "-1.5" } "#, -150),
            ("1.1", 110),
            ("-9999999999999.99", -999_999_999_999_999),
        ],
    );
    holds::<Decimal128Type>(
        "decimal128(38, 0)",
        &[
            (&widest, limit),
            (&format!("\"-{widest}\""), -limit),
            (&format!("{{\"$decimal\": \"{widest}\"}}"), limit),
        ],
    );
    refuses("decimal128(15, 2)", &["1.005", "\"1.005\"", "1e2", "\"\"", "\"NaN\"", "true"]);
    refuses("decimal128(15, 2)", &["10000000000000", r#"{"$float": "1"}"#, r#"{"$decimal": 1}"#]);
    refuses("decimal128(38, 0)", &[&format!("{widest}0"), "0.1"]);
}

#[test]
fn dates_and_timestamps_are_iso_texts() {
    holds::<Date32Type>("date", &[("\"2000-02-29\"", 11_016), (r#"{"$date": "1970-01-02"}"#, 1)]);
    holds::<TimestampMicrosecondType>(
        "timestamp[us]",
        &[
            ("\"1970-01-01T00:00:01.5\"", 1_500_000),
            (r#"{"$timestamp": "1970-01-01 00:00:00.000001"}"#, 1),
        ],
    );
    holds::<TimestampMicrosecondType>(
        "timestamp[us, tz=UTC]",
        &[("\"1970-01-01T01:00:00+01:00\"", 0), (r#"{"$timestamp": "1970-01-01T00:00Z"}"#, 0)],
    );
    refuses("date", &["\"1900-02-29\"", "11016", "\"2000-02-29T00:00\"", "[2000, 2, 29]"]);
    refuses("timestamp[us]", &["\"1970-01-01T00:00Z\"", "0", r#"{"$date": "1970-01-01"}"#]);
    refuses("timestamp[us, tz=UTC]", &["\"1970-01-01T00:00\"", "\"1970-01-01T00:00:00.0000001Z\""]);
}

#[test]
fn texts_and_booleans_are_themselves() {
    let text = |json: &str| column("string", json).unwrap().as_string::<i32>().value(0).to_owned();
    assert_eq!(text(r#""""#), "");
    assert_eq!(text(r#""00123""#), "00123");
    assert_eq!(text(r#"" a\u0000\"\\\n\ud83d\ude00é""#), " a\0\"\\\n😀é");
    assert_eq!(text(r#""{\"$float\": \"NaN\"}""#), r#"{"$float": "NaN"}"#);
    assert!(column("bool", "true").unwrap().as_boolean().value(0));
    assert!(!column("bool", "false").unwrap().as_boolean().value(0));
    refuses("string", &["1", "true", "[]", "{}", r#"{"$decimal": "1"}"#, r#""\ud83d""#]);
    refuses("bool", &["1", "\"true\"", "0"]);
}

#[test]
fn keys_come_in_any_order_and_absent_is_null() {
    let reader = reader(&[("a", "int64", true), ("b", "string", false), ("c", "date", true)]);

    let batch = reader
        .read(r#"[{"c": "1970-01-02", "b": "x", "a": 1}, {"b": "y", "a": null}, {"\u0062": "z"}]"#)
        .unwrap();

    assert_eq!(batch.schema_ref(), &reader.schema);
    let numbers = batch.column(0).as_primitive::<Int64Type>();
    assert_eq!(numbers.iter().collect::<Vec<_>>(), [Some(1), None, None]);
    let texts = batch.column(1).as_string::<i32>();
    assert_eq!(texts.iter().collect::<Vec<_>>(), [Some("x"), Some("y"), Some("z")]);
    let dates = batch.column(2).as_primitive::<Date32Type>();
    assert_eq!(dates.iter().collect::<Vec<_>>(), [Some(1), None, None]);
    assert_eq!(reader.read(" [ ] ").unwrap().num_rows(), 0);
}

#[test]
fn an_error_names_the_record_and_the_field_but_no_value() {
    let columns = [("a", "int64", true), ("b", "string", false)];
    let good = r#"{"b": "x"}"#;
    let contract = |record: &str, message: &str| {
        let found = failure(&columns, &format!("[{good}, {good}, {record}]"));
        assert_eq!(found, (ErrorKind::Contract, message.to_owned()));
    };

    contract(r#"{"b": "x", "a": "secret"}"#, r#"record 2, field "a": the string is not an int64"#);
    contract(
        r#"{"b": {"$x": "secret"}}"#,
        r#"record 2, field "b": the tagged value is not a string"#,
    );
    contract(r#"{"b": "x", "d": 1}"#, r#"record 2, field "d": is not a column of the schema"#);
    contract(r#"{"b": "x", "b": "x"}"#, r#"record 2, field "b": is there twice"#);
    let required = r#"record 2, field "b": is null or missing though it is required"#;
    contract(r#"{"b": null}"#, required);
    contract(r#"{"a": 1}"#, required);
    contract("{}", required);
    for record in ["\"secret\"", "1", "null", "[]", "true"] {
        contract(record, "record 2 is not a JSON object");
    }
    for list in ["{}", "null", "3", "\"secret\""] {
        let message = "the records are not a JSON array".to_owned();
        assert_eq!(failure(&columns, list), (ErrorKind::Contract, message));
    }
}

#[test]
fn what_is_not_json_is_refused() {
    let columns = [("a", "double", true)];
    for json in [
        "",
        "[",
        "[{]",
        "[{}",
        "[{}] []",
        "[{},]",
        "[{\"a\": 1,}]",
        "[{\"a\": 01}]",
        "[{\"a\": NaN}]",
        "[{\"a\": +1}]",
        "[{\"a\": .5}]",
        "[{\"a\": \"\\x\"}]",
        "[{a: 1}]",
        "[{\"a\": tru}]",
        "[{\"a\": {\"$float\": }}]",
        "[{\"a\": \"\n\"}]",
    ] {
        let (kind, message) = failure(&columns, json);
        assert_eq!(kind, ErrorKind::Decode, "{json} {message}");
        assert!(message.starts_with("the records are not JSON: "), "{message}");
    }
}

#[test]
fn deep_values_do_not_overflow_the_stack() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    refuses("string", &[&deep]);
}

proptest! {
    #[test]
    fn an_int_round_trips(number: i64) {
        prop_assert_eq!(value::<Int64Type>("int64", &number.to_string()), Some(number));
    }

    #[test]
    fn a_double_round_trips(bits: u64) {
        let number = f64::from_bits(bits);
        prop_assume!(number.is_finite());
        for json in [serde_json::to_string(&number).unwrap(), format!("{number}")] {
            let found = value::<Float64Type>("double", &json).map(f64::to_bits);
            prop_assert_eq!(found, Some(bits), "{}", json);
        }
    }

    #[test]
    fn a_whole_double_is_that_number(number: i64) {
        let found = value::<Float64Type>("double", &number.to_string());
        // `{:.0}` writes every digit of a double.
        let is_same = found.is_none_or(|found| format!("{found:.0}") == number.to_string());
        prop_assert!(is_same);
    }

    #[test]
    fn a_text_round_trips(text: String) {
        let array = column("string", &serde_json::to_string(&text).unwrap()).unwrap();
        prop_assert_eq!(array.as_string::<i32>().value(0), text);
    }

    #[test]
    fn any_bytes_are_rows_or_an_error(json in "[\\[\\]{}\",:a$0-9.eE\\\\ -]{0,40}") {
        let rows = reader(&[("a", "double", true)]).read(&json).map(|batch| batch.num_rows());
        let is_json = serde_json::from_str::<serde_core::de::IgnoredAny>(&json).is_ok();
        prop_assert!(is_json || rows.is_err());
    }
}
