//! Types without a schema: tags give theirs, the rest the narrowest.

use super::*;
use crate::json::infer;

/// The spelling of the column that holds all of `values`.
fn inferred(values: &[&str]) -> String {
    let records: Vec<_> = values.iter().map(|value| format!("{{\"a\":{value}}}")).collect();
    let schema = infer(format!("[{}]", records.join(",")).as_bytes()).unwrap();
    assert!(schema.field(0).is_nullable());
    types::spelled(schema.field(0))
}

fn refused(values: &[&str]) -> String {
    let records: Vec<_> = values.iter().map(|value| format!("{{\"a\":{value}}}")).collect();
    let error = infer(format!("[{}]", records.join(",")).as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Contract, "{error}");
    error.message().to_owned()
}

#[test]
fn a_column_is_the_narrowest_that_holds_its_values() {
    for (values, spelling) in [
        (&["null"][..], "string"),
        (&["true", "null"], "bool"),
        (&["1", "-9223372036854775808"], "int64"),
        (&["1", "9223372036854775808"], "decimal128(38, 0)"),
        (&["1", "1.5"], "double"),
        (&["1e3"], "double"),
        (&["1.5", r#"{"$float":"NaN"}"#, "9007199254740992"], "double"),
        (&["\"x\"", "\"2000-01-01\""], "string"),
        (&[r#"{"$decimal":"1.50"}"#, "12", r#"{"$decimal":"-1.125"}"#], "decimal128(38, 3)"),
        (&[r#"{"$bytes":"AP8="}"#], "binary"),
        (&[r#"{"$uuid":"00112233-4455-6677-8899-aabbccddeeff"}"#], "extension<arrow.uuid>"),
        (&[r#"{"$json":"{}"}"#], "extension<arrow.json>"),
        (&[r#"{"$date":"2000-01-01"}"#, r#"{"$date":2932897}"#], "date32[day]"),
        (&[r#"{"$time":"00:00:00.5"}"#], "time64[us]"),
        (&[r#"{"$time":"00:00"}"#, r#"{"$time":"00:00:00.1234567"}"#], "time64[ns]"),
        (&[r#"{"$timestamp":"2000-01-01T00:00"}"#], "timestamp[us]"),
        (&[r#"{"$timestamp":"2000-01-01T00:00:00.123456789Z"}"#], "timestamp[ns, tz=UTC]"),
        (&["[]", "[null]", "[1]", "[2.5]"], "list<item: double>"),
        (&["[]"], "list<item: string>"),
        (&[r#"{"x":1}"#, r#"{"y":[],"x":null}"#], "struct<x: int64, y: list<item: string>>"),
        (&[r#"{"$map":[["a",1]]}"#, r#"{"$map":[]}"#], "map<string, int64>"),
        (&[r#"{"$map":[[1,{"x":{"$date":"2000-01-01"}}]]}"#], "map<int64, struct<x: date32[day]>>"),
        (&[r#"{"$struct":{"$decimal":"x"}}"#], "struct<\"$decimal\": string>"),
        (&[r#"{"$decimal":"1","b":2}"#], "struct<\"$decimal\": string, b: int64>"),
        (&[r#"{"$other":"x"}"#], "struct<\"$other\": string>"),
    ] {
        assert_eq!(inferred(values), spelling, "{values:?}");
    }
}

#[test]
fn columns_come_in_order_of_first_appearance() {
    let schema = infer(br#"[{"b":1},{"c":true,"a":null,"b":2},{}]"#).unwrap();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["b", "c", "a"]);
    assert_eq!(infer(b"[]").unwrap().fields().len(), 0);
}

#[test]
fn what_no_type_holds_is_refused_with_its_place() {
    for (values, message) in [
        (&["1", "\"x\""][..], r#"record 1, field "a": holds integers and strings"#),
        (&["1.5", r#"{"$decimal":"1"}"#], r#"record 1, field "a": holds floats and decimals"#),
        (
            &["1.5", "9007199254740993"],
            r#"record 1, field "a": holds floats and an integer that no double is"#,
        ),
        (&["[1, true]"], r#"record 0, field "a[1]": holds integers and booleans"#),
        (&[r#"{"x":1}"#, r#"{"x":[]}"#], r#"record 1, field "a.x": holds integers and lists"#),
        (&["1e400"], r#"record 0, field "a": the number is no double"#),
        (&[r#"{"$decimal":"x"}"#], r#"record 0, field "a": what stands behind $decimal is none"#),
        (&[r#"{"$decimal":1}"#], r#"record 0, field "a": what stands behind $decimal is none"#),
        (&[r#"{"$timestamp":1}"#], r#"record 0, field "a": what stands behind $timestamp is none"#),
        (&[r#"{"$map":[[1]]}"#], r#"record 0, field "a[0]": is no entry of a map: [key, value]"#),
        (&[r#"{"$map":[[1.5,1]]}"#], r#"field "a": holds a map whose keys are floats"#),
        (&["{}"], r#"field "a": holds objects without a member"#),
        (&[r#"{"x":1,"x":1}"#], r#"record 0, field "a.x": is there twice"#),
        (&[&"9".repeat(39)], r#"field "a": needs over 38 digits"#),
    ] {
        assert_eq!(refused(values), message);
    }
}

#[test]
fn depth_is_bounded_and_costs_no_more_than_the_text() {
    for (open, close) in
        [("[", "]"), ("{\"a\":", "}"), ("{\"$struct\":{\"x\":", "}}"), ("{\"$map\":[[1,", "]]}")]
    {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert!(!inferred(&[&nested(30)]).is_empty());
        assert!(refused(&[&nested(65)]).ends_with("values are nested more than 64 deep"));
        let unclosed = format!("[{{\"a\":{}", open.repeat(1_000_000));
        assert!(infer(unclosed.as_bytes()).is_err());
    }
}
