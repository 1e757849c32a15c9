//! One value of each type: which JSON it is, and what is none.

use std::fmt::Debug;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrowPrimitiveType};

use super::*;

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

#[test]
fn ints_are_exact_to_their_edges() {
    holds::<Int64Type>(
        "int64",
        &[("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN), ("-0", 0)],
    );
    holds::<Int8Type>("int8", &[("127", 127), ("-128", -128)]);
    holds::<Int16Type>("int16", &[("32767", i16::MAX), ("-32768", i16::MIN)]);
    holds::<Int32Type>("int32", &[("2147483647", i32::MAX), ("-2147483648", i32::MIN)]);
    refuses("int8", &["128", "-129"]);
    refuses("int16", &["32768"]);
    refuses("int32", &["2147483648"]);
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
            ("5e-324", 5e-324),
            ("1e-400", 0.0),
            ("9007199254740992", 9_007_199_254_740_992.0),
            ("123456789012345683968", 123_456_789_012_345_680_000.0),
            ("123456789012345680000.0", 123_456_789_012_345_680_000.0),
            (r#"{"$float": "Infinity"}"#, f64::INFINITY),
            (r#" { "$float" : "-Infinity" } "#, f64::NEG_INFINITY),
        ],
    );
    holds::<Float32Type>("float", &[("0.1", 0.1), ("16777216", 16_777_216.0), ("1e-45", 1e-45)]);
    holds::<Float32Type>("float", &[("9999999.99", 10_000_000.0), ("16777217.0", 16_777_216.0)]);
    assert!(value::<Float64Type>("double", r#"{"$float":"NaN"}"#).unwrap().is_nan());
    assert!(value::<Float32Type>("float", r#"{"$float":"NaN"}"#).unwrap().is_nan());
    assert!(value::<Float64Type>("double", "-0").unwrap().is_sign_negative());
    // The shortest spelling of a double, but as an integer another number.
    refuses("double", &["123456789012345680000"]);
    refuses("double", &["9007199254740993", "1e400", "\"1\"", "\"NaN\"", "false"]);
    refuses("double", &[r#"{"$float": "nan"}"#, r#"{"$float": "1"}"#, r#"{"$decimal": "1"}"#]);
    refuses("double", &[r#"{"$float": "NaN", "$float": "NaN"}"#, r#"{"$float": 1}"#, "{}"]);
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
            (r#"{"$decimal": "\u0031.5"}"#, 150),
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
    assert_eq!(rewritten("decimal128(15, 2)", "-0.05"), r#"{"$decimal":"-0.05"}"#);
    assert_eq!(rewritten("decimal128(2, 2)", "0"), r#"{"$decimal":"0.00"}"#);
    assert_eq!(rewritten("decimal128(3, 0)", "-120"), r#"{"$decimal":"-120"}"#);
}

#[test]
fn dates_are_iso_texts_or_days_beyond_four_digits() {
    holds::<Date32Type>(
        "date",
        &[
            ("\"2000-02-29\"", 11_016),
            (r#"{"$date": "1970-01-02"}"#, 1),
            (r#"{"$date": 2932897}"#, 2_932_897),
        ],
    );
    refuses("date", &["\"1900-02-29\"", "11016", "\"2000-02-29T00:00\"", "[2000, 2, 29]"]);
    refuses("date", &[r#"{"$date": 2147483648}"#, r#"{"$date": 1.0}"#, r#"{"$date": null}"#]);
    assert_eq!(rewritten("date", "\"0001-01-01\""), r#"{"$date":"0001-01-01"}"#);
    assert_eq!(rewritten("date", r#"{"$date": 2932896}"#), r#"{"$date":"9999-12-31"}"#);
    assert_eq!(rewritten("date", r#"{"$date": 2932897}"#), r#"{"$date":2932897}"#);
    assert_eq!(rewritten("date", r#"{"$date": -719163}"#), r#"{"$date":-719163}"#);
}

#[test]
fn times_have_the_digits_of_their_unit() {
    holds::<Time32SecondType>("time32[s]", &[("\"23:59:59\"", 86_399), ("\"00:01\"", 60)]);
    holds::<Time32MillisecondType>("time32[ms]", &[(r#"{"$time": "00:00:01.5"}"#, 1_500)]);
    holds::<Time64MicrosecondType>("time64[us]", &[("\"00:00:00.000001\"", 1)]);
    holds::<Time64NanosecondType>("time64[ns]", &[("\"00:00:00.123456789\"", 123_456_789)]);
    refuses("time32[s]", &["\"24:00:00\"", "\"00:00:00.5\"", "1", r#"{"$time": 1}"#]);
    refuses("time32[ms]", &["\"00:00:00.0001\"", "\"00:00:60\"", "\"1:00:00\"", "\"00:00Z\""]);
    refuses("time64[ns]", &["\"00:00:00.1234567890\"", "\"00:00:00.\"", "\"00:00.5\""]);
    assert_eq!(rewritten("time32[s]", "\"01:02:03\""), r#"{"$time":"01:02:03"}"#);
    assert_eq!(rewritten("time32[ms]", "\"01:02\""), r#"{"$time":"01:02:00.000"}"#);
    assert_eq!(rewritten("time64[us]", "\"01:02:03.04\""), r#"{"$time":"01:02:03.040000"}"#);
    assert_eq!(rewritten("time64[ns]", "\"23:59:59.9\""), r#"{"$time":"23:59:59.900000000"}"#);
}

#[test]
fn timestamps_are_in_utc_where_they_have_a_zone() {
    holds::<TimestampMicrosecondType>(
        "timestamp[us]",
        &[
            ("\"1970-01-01T00:00:01.5\"", 1_500_000),
            (r#"{"$timestamp": "1970-01-01 00:00:00.000001"}"#, 1),
            (r#"{"$timestamp": -62135596800000001}"#, -62_135_596_800_000_001),
        ],
    );
    holds::<TimestampMicrosecondType>(
        "timestamp[us, tz=UTC]",
        &[("\"1970-01-01T01:00:00+01:00\"", 0), (r#"{"$timestamp": "1970-01-01T00:00Z"}"#, 0)],
    );
    holds::<TimestampSecondType>("timestamp[s]", &[("\"1969-12-31T23:59:59.0\"", -1)]);
    holds::<TimestampMillisecondType>("timestamp[ms]", &[("\"1969-12-31T23:59:59.999\"", -1)]);
    holds::<TimestampNanosecondType>(
        "timestamp[ns, tz=Europe/Berlin]",
        &[("\"1970-01-01T01:00:00.000000001+01\"", 1)],
    );
    refuses("timestamp[us]", &["\"1970-01-01T00:00Z\"", "0", r#"{"$date": "1970-01-01"}"#]);
    refuses("timestamp[us, tz=UTC]", &["\"1970-01-01T00:00\"", "\"1970-01-01T00:00:00.0000001Z\""]);
    refuses("timestamp[ms]", &["\"1970-01-01T00:00:00.0001\"", "\"1970-01-01T00:00+01:00.5\""]);
    // Nanoseconds end in 2262.
    refuses("timestamp[ns]", &["\"2262-04-11T23:47:16.854775808\"", "\"2263-01-01T00:00:00\""]);
    for (spelling, json) in [
        ("timestamp[s]", r#"{"$timestamp":"0001-01-01T00:00:00"}"#),
        ("timestamp[ms]", r#"{"$timestamp":"1969-12-31T23:59:59.999"}"#),
        ("timestamp[us, tz=UTC]", r#"{"$timestamp":"9999-12-31T23:59:59.999999Z"}"#),
        ("timestamp[us]", r#"{"$timestamp":253402300800000000}"#),
        ("timestamp[s]", r#"{"$timestamp":9223372036854775807}"#),
        ("timestamp[ns, tz=Asia/Tokyo]", r#"{"$timestamp":"2262-04-11T23:47:16.854775807Z"}"#),
        ("timestamp[ns]", r#"{"$timestamp":"1677-09-21T00:12:43.145224192"}"#),
    ] {
        assert_eq!(rewritten(spelling, json), json, "{spelling}");
    }
}

#[test]
fn texts_and_booleans_are_themselves() {
    let text = |json: &str| column("string", json).unwrap().as_string::<i32>().value(0).to_owned();
    assert_eq!(text(r#""""#), "");
    assert_eq!(text(r#""00123""#), "00123");
    assert_eq!(text(r#"" a\u0000\"\\\/\b\f\n\r\t\ud83d\ude00é""#), " a\0\"\\/\u{8}\u{c}\n\r\t😀é");
    assert_eq!(text(r#""{\"$float\": \"NaN\"}""#), r#"{"$float": "NaN"}"#);
    assert!(column("bool", "true").unwrap().as_boolean().value(0));
    assert!(!column("bool", "false").unwrap().as_boolean().value(0));
    refuses("string", &["1", "true", "[]", "{}", r#"{"$decimal": "1"}"#]);
    refuses("bool", &["1", "\"true\"", "0"]);
    // No NUL, which would end the text for a C program.
    assert_eq!(rewritten("string", r#""\u0000\u001f\u007fé\/""#), "\"\\u0000\\u001f\u{7f}é/\"");
}

#[test]
fn bytes_uuids_and_json_texts_are_tagged() {
    let bytes = |json: &str| column("binary", json).unwrap().as_binary::<i32>().value(0).to_owned();
    assert_eq!(bytes(r#"{"$bytes": ""}"#), b"");
    assert_eq!(bytes(r#"{"$bytes": "AP8="}"#), b"\0\xff");
    refuses("binary", &["\"AP8=\"", r#"{"$bytes": "AP8"}"#, r#"{"$bytes": "A-8="}"#, "1"]);
    assert_eq!(rewritten("binary", r#"{"$bytes":"\u0041P8="}"#), r#"{"$bytes":"AP8="}"#);

    let id = r#"{"$uuid":"00112233-4455-6677-8899-aabbccddeeff"}"#;
    assert_eq!(rewritten("uuid", "\"00112233-4455-6677-8899-AABBCCDDEEFF\""), id);
    assert_eq!(rewritten("uuid", id), id);
    refuses(
        "uuid",
        &[
            "\"00112233445566778899aabbccddeeff\"",
            "\"\"",
            "\"0é112233-4455-6677-8899-aabbccddeef\"",
        ],
    );

    // Byte for byte: neither space nor the spelling of a number is ours to change.
    let json = r#"{"$json":"{ \"a\" : 1.0e0 }"}"#;
    assert_eq!(rewritten("json", json), json);
    assert_eq!(rewritten("json", r#""{ \"a\" : 1.0e0 }""#), json);
    refuses("json", &["{}", "1", "[1]", "\"\"", r#""{""#, r#"{"$json": "01"}"#]);
}

#[test]
fn nested_values_go_by_their_type() {
    for (spelling, json) in [
        ("list<item: int64>", "[1,null,3]"),
        ("list<item: list<item: string>>", r#"[[],null,["a"]]"#),
        ("struct<x: int64, y: date32[day]>", r#"{"x":1,"y":{"$date":"2000-01-01"}}"#),
        ("map<string, int64>", r#"{"$map":[["b",1],["a",null],["b",2]]}"#),
        ("map<int64, bool>", r#"{"$map":[]}"#),
        (
            "map<uuid, json>",
            r#"{"$map":[[{"$uuid":"00112233-4455-6677-8899-aabbccddeeff"},null]]}"#,
        ),
        // An object of one key, which is a tag.
        ("struct<\"$decimal\": string>", r#"{"$struct":{"$decimal":"x"}}"#),
        (
            "struct<\"$struct\": struct<\"$struct\": int64>>",
            r#"{"$struct":{"$struct":{"$struct":{"$struct":1}}}}"#,
        ),
        ("struct<\"$decimal\": string, b: int64>", r#"{"$decimal":"x","b":null}"#),
        ("struct<\"$other\": string>", r#"{"$other":"x"}"#),
    ] {
        assert_eq!(rewritten(spelling, json), json, "{spelling}");
    }
    assert_eq!(rewritten("map<string, int64>", r#"[["a", 1]]"#), r#"{"$map":[["a",1]]}"#);
    assert_eq!(rewritten("struct<x: int64, y: bool>", "{}"), r#"{"x":null,"y":null}"#);
    let bare = r#"{"$decimal": "x"}"#;
    assert_eq!(rewritten("struct<\"$decimal\": string>", bare), r#"{"$struct":{"$decimal":"x"}}"#);
    refuses("list<item: int64>", &["1", "{}", "\"[]\""]);
    refuses("struct<x: int64>", &["1", "[]"]);
    refuses("map<string, int64>", &["1", r#"{"a": 1}"#, r#"{"$map": {}}"#]);
}

#[test]
fn a_time_outside_its_day_and_a_decimal_beyond_its_digits_are_not_written() {
    let column = |array: ArrayRef, spelling: &str| {
        RecordBatch::try_new(schema(&[("a", spelling, true)]), vec![array]).unwrap()
    };
    let time = arrow_array::Time32SecondArray::from(vec![0, 86_400]);
    let decimal = arrow_array::Decimal128Array::from(vec![9, 10]);
    let decimal = decimal.with_precision_and_scale(1, 0).unwrap();
    for (batch, what) in [
        (column(Arc::new(time), "time32[s]"), "the time is outside of a day"),
        (
            column(Arc::new(decimal), "decimal128(1, 0)"),
            "the decimal has more digits than its precision",
        ),
    ] {
        let mut written = b"kept".to_vec();
        let error = encode(&batch, &mut written).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Contract);
        assert_eq!(error.message(), format!("record 1, field \"a\": {what}"));
        assert_eq!(written, b"kept");
    }
}
