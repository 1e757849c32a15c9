//! Records: keys, their order, and what is wrong with them.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use arrow_schema::{DataType, Field};
use proptest::prelude::*;

use super::*;

#[test]
fn keys_come_in_any_order_and_absent_is_null() {
    let schema = schema(&[("a", "int64", true), ("b", "string", false), ("c", "date", true)]);

    let json = r#"[{"c": "1970-01-02", "b": "x", "a": 1}, {"b": "y", "a": null}, {"\u0062": "z"}]"#;
    let batch = decode(json.as_bytes(), &schema).unwrap();

    assert_eq!(batch.schema_ref(), &schema);
    let numbers = batch.column(0).as_primitive::<Int64Type>();
    assert_eq!(numbers.iter().collect::<Vec<_>>(), [Some(1), None, None]);
    let texts = batch.column(1).as_string::<i32>();
    assert_eq!(texts.iter().collect::<Vec<_>>(), [Some("x"), Some("y"), Some("z")]);
    let dates = batch.column(2).as_primitive::<Date32Type>();
    assert_eq!(dates.iter().collect::<Vec<_>>(), [Some(1), None, None]);
    assert_eq!(decode(b" [ ] ", &schema).unwrap().num_rows(), 0);
}

#[test]
fn rows_of_no_columns_are_counted() {
    let batch = decode(b"[{}, {}]", &schema(&[])).unwrap();
    assert_eq!(batch.num_rows(), 2);
    assert_eq!(encoded(&batch), "[{},{}]");
    assert_eq!(encoded(&batch.slice(0, 0)), "[]");
}

#[test]
fn an_error_names_the_record_and_the_field_but_no_value() {
    let columns = [("a", "int64", true), ("b", "string", false)];
    let good = r#"{"b": "x"}"#;
    let contract = |record: &str, message: &str| {
        let error = failure(&columns, &format!("[{good}, {good}, {record}]"));
        assert_eq!((error.kind(), error.message()), (ErrorKind::Contract, message));
    };

    contract(r#"{"b": "x", "a": "secret"}"#, r#"record 2, field "a": the string is not an int64"#);
    contract(r#"{"b": {"$x": "secret"}}"#, r#"record 2, field "b": the object is not a string"#);
    contract(r#"{"b": "x", "d": 1}"#, r#"record 2, field "d": is not a column of the schema"#);
    contract(r#"{"b": "x", "b": "x"}"#, r#"record 2, field "b": is there twice"#);
    contract(r#"{"b": "x", "\u0062": "x"}"#, r#"record 2, field "b": is there twice"#);
    let required = r#"record 2, field "b": is null or missing though it is required"#;
    contract(r#"{"b": null}"#, required);
    contract(r#"{"a": 1}"#, required);
    contract("{}", required);
    for (record, kind) in [
        ("\"secret\"", "the string"),
        ("1", "the number"),
        ("null", "null"),
        ("[]", "the array"),
        ("true", "the boolean"),
    ] {
        contract(record, &format!("record 2: {kind} is not a JSON object"));
    }
    for list in ["{}", "null", "3", "\"secret\""] {
        let error = failure(&columns, list);
        assert_eq!(error.kind(), ErrorKind::Contract);
        assert_eq!(error.message(), "the records are not a JSON array");
    }
}

#[test]
fn a_path_leads_to_the_value_within_a_field() {
    let columns = [
        ("address", "struct<city: string not null, tags: list<item: int64>>", true),
        ("scores", "map<string, list<item: int8 not null>>", true),
    ];
    for (record, path, what) in [
        (r#"{"address": {"city": 1}}"#, "address.city", "the number is not a string"),
        (r#"{"address": {}}"#, "address.city", "is null or missing though it is required"),
        (r#"{"address": {"city": "", "x": 1}}"#, "address.x", "is not a column of the schema"),
        (
            r#"{"address": {"city": "", "tags": [1, 2, "3"]}}"#,
            "address.tags[2]",
            "the string is not an int64",
        ),
        (
            r#"{"scores": [["a", []], ["b", [1, 300]]]}"#,
            "scores[1][1][1]",
            "the number is not an int8",
        ),
        (
            r#"{"scores": {"$map": [["a", [null]]]}}"#,
            "scores[0][1][0]",
            "is null or missing though it is required",
        ),
        (r#"{"scores": [[null, []]]}"#, "scores[0][0]", "is null or missing though it is required"),
        (r#"{"scores": [["a"]]}"#, "scores[0]", "is no entry of a map: [key, value]"),
        (r#"{"scores": [["a", [], 1]]}"#, "scores[0]", "is no entry of a map: [key, value]"),
        (r#"{"scores": [{}]}"#, "scores[0]", "the object is no entry of a map: [key, value]"),
    ] {
        let error = failure(&columns, &format!("[{record}]"));
        assert_eq!(error.message(), format!("record 0, field {path:?}: {what}"));
        assert_eq!(error.location().field.as_deref(), Some(path));
        assert_eq!(error.kind(), ErrorKind::Contract);
    }
}

#[test]
fn a_null_struct_may_lack_what_it_requires() {
    let column = ("a", "struct<x: int64 not null, y: struct<z: string not null> not null>", true);
    let json = r#"[{"a":null},{"a":{"x":1,"y":{"z":""}}}]"#;
    let batch = decode(json.as_bytes(), &schema(&[column])).unwrap();
    assert_eq!(batch.column(0).null_count(), 1);
    assert_eq!(encoded(&batch), json);
}

#[test]
fn what_is_not_json_is_refused_with_its_byte() {
    let columns = [("a", "double", true), ("b", "string", true)];
    for (json, byte) in [
        ("", 0),
        ("[", 1),
        ("[{]", 2),
        ("[{}", 3),
        ("[{}] []", 5),
        ("[{},]", 4),
        ("[{\"a\": 1,}]", 9),
        ("[{\"a\": 01}]", 8),
        ("[{\"a\": -}]", 8),
        ("[{\"a\": 1.}]", 9),
        ("[{\"a\": 1e}]", 9),
        ("[{\"a\": NaN}]", 7),
        ("[{\"a\": nul}]", 7),
        ("[{\"a\": +1}]", 7),
        ("[{\"a\": .5}]", 7),
        ("[{\"b\": \"\\x\"}]", 9),
        ("[{\"b\": \"\\u12g4\"}]", 10),
        ("[{\"b\": \"\\u12", 10),
        ("[{\"b\": \"\\", 9),
        ("[{\"b\": \"x", 9),
        ("[{a: 1}]", 2),
        ("[{\"b\" 1}]", 6),
        ("[{\"a\": {\"$float\": }}]", 18),
        ("[{\"b\": \"\n\"}]", 8),
        ("[{\"b\": \"\0\"}]", 8),
        ("[{\"b\": \"\\ud83d\"}]", 8),
        ("[{\"b\": \"\\ude00\\ud83d\"}]", 8),
        ("[{\"b\": \"\\ud83d\\ud83d\"}]", 8),
        ("[{\"b\": \"\\ud83dx\"}]", 8),
        ("\u{feff}[]", 0),
    ] {
        let error = failure(&columns, json);
        assert_eq!(error.kind(), ErrorKind::Decode, "{json} {error}");
        assert!(error.message().starts_with("the records are not JSON: "), "{json} {error}");
        assert_eq!(error.location().byte_offset, Some(byte), "{json} {error}");
    }
    let error = decode(b"[{\"b\": \"\xff\"}]", &schema(&columns)).unwrap_err();
    assert_eq!(error.message(), "the records are not JSON: it is not UTF-8 at byte 8");
    let error = failure(&columns, "[{}, {\"a\": x}]");
    let message =
        "the records are not JSON: a value is expected at byte 11 (record 1, field \"a\")";
    assert_eq!(error.message(), message);
}

#[test]
fn deep_values_do_not_overflow_the_stack() {
    for open in ["[", "{\"a\":", "{\"$map\":[["] {
        refuses("string", &[&open.repeat(1_000_000)]);
    }
}

#[test]
fn a_column_that_json_has_no_form_for_is_refused_by_name() {
    let large = Field::new("a", DataType::LargeUtf8, true);
    let schema: SchemaRef = Arc::new(Schema::new(vec![large.clone()]));
    let batch = RecordBatch::new_empty(Arc::clone(&schema));
    for error in [decode(b"[]", &schema).unwrap_err(), encode(&batch, &mut Vec::new()).unwrap_err()]
    {
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(error.location().field.as_deref(), Some("a"));
    }
    let twice = Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, true); 2]));
    assert_eq!(decode(b"[]", &twice).unwrap_err().kind(), ErrorKind::Config);
}

proptest! {
    #[test]
    fn any_text_is_rows_or_an_error(json in "[\\[\\]{}\",:a$0-9.eE\\\\ -]{0,40}") {
        let rows = decode(json.as_bytes(), &schema(&[("a", "double", true)]));
        let is_json = serde_json::from_str::<serde_json::Value>(&json).is_ok();
        prop_assert!(is_json || rows.is_err());
    }

    #[test]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "that is the law"
    )]
    fn an_integer_is_a_float_only_where_it_stays_itself(bits: i64, cut in 0_u32..64, back in 0_u32..64) {
        let number: i64 = (bits >> cut) << back;
        let (double, single) = (number as f64, number as f32);
        let is_taken = |spelling| column(spelling, &number.to_string()).is_ok();
        prop_assert_eq!(is_taken("double"), double as i128 == i128::from(number));
        prop_assert_eq!(is_taken("float"), single as i128 == i128::from(number));
    }
}
