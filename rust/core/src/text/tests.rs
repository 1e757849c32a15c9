//! Laws of the grammar: what is written is what is read, and nothing else is.

use proptest::prelude::*;

use arrow_schema::TimeUnit::{self, Microsecond, Millisecond, Nanosecond, Second};
use arrow_schema::{DataType, Field};

use super::*;

#[test]
fn ints_are_exact_or_nothing() {
    assert_eq!(parse_int(b"0"), Some(0));
    assert_eq!(parse_int(b"+007"), Some(7));
    assert_eq!(parse_int(b"-9223372036854775808"), Some(i64::MIN));
    assert_eq!(parse_int(b"9223372036854775807"), Some(i64::MAX));
    assert_eq!(parse_int(b"00000000000000000000000000000012"), Some(12));
    for text in ["", "+", "-", "3.9", " 1", "1 ", "1_0", "9223372036854775808", "+-1", "0x1", "1e3"]
    {
        assert_eq!(parse_int(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(parse_int(b"-9223372036854775809"), None);
}

#[test]
fn floats_are_finite_unless_spelled() {
    assert_eq!(parse_float(b".5"), Some(0.5));
    assert_eq!(parse_float(b"5."), Some(5.0));
    assert_eq!(parse_float(b"-1.5e-3"), Some(-0.0015));
    assert_eq!(parse_float(b"-Infinity"), Some(f64::NEG_INFINITY));
    assert!(parse_float(b"NaN").is_some_and(f64::is_nan));
    assert!(parse_float(b"-0").is_some_and(f64::is_sign_negative));
    for text in ["", ".", "e5", "1e", "1e+", "1e400", "-1e400", "1.2.3", " 1", "1f", "0x1p3", "1_0"]
    {
        assert_eq!(parse_float(text.as_bytes()), None, "{text:?}");
        assert_eq!(parse_float32(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(parse_float32(b"1e39"), None);
    assert_eq!(parse_float32(b"inf"), Some(f32::INFINITY));
    assert_eq!(parse_float32(b"0.1"), Some(0.1));
}

#[test]
fn decimals_lose_no_digit() {
    assert_eq!(parse_decimal(b"1.5", 15, 2), Some(150));
    assert_eq!(parse_decimal(b"-1.50000000000000000000000000", 15, 2), Some(-150));
    assert_eq!(parse_decimal(b"+1.5000", 15, 2), Some(150));
    assert_eq!(parse_decimal(b"9999999999999.99", 15, 2), Some(999_999_999_999_999));
    assert_eq!(parse_decimal(b"10000000000000.00", 15, 2), None);
    assert_eq!(parse_decimal(b"000000000000000000000000000001", 1, 0), Some(1));
    assert_eq!(parse_decimal(&[b'9'; 38], 38, 0), Some(10_i128.pow(38) - 1));
    assert_eq!(parse_decimal(&[b'9'; 39], 38, 0), None);
    for text in ["", ".", "1.", ".5", "1.005", "1e2", "NaN", " 1", "1,0", "--1", "1.0x", "1.00x"] {
        assert_eq!(parse_decimal(text.as_bytes(), 15, 2), None, "{text:?}");
        assert_eq!(parse_decimal(text.as_bytes(), 38, 2), None, "{text:?}");
        assert_eq!(
            parse_decimal(text.as_bytes(), 38, 20),
            if text == "1.005" { Some(100_500_000_000_000_000_000) } else { None }
        );
    }
}

#[test]
fn dates_exist() {
    assert_eq!(parse_date(b"1970-01-01"), Some(0));
    assert_eq!(parse_date(b"0001-01-01"), Some(-719_162));
    assert_eq!(parse_date(b"9999-12-31"), Some(2_932_896));
    assert_eq!(parse_date(b"2000-02-29"), Some(11_016));
    for text in [
        "1900-02-29",
        "0000-01-01",
        "2000-13-01",
        "2000-00-01",
        "2000-01-32",
        "2000-01-00",
        "2000-1-1",
        "20000101",
        "2000-01-01 ",
        "2000/01/01",
        "",
        "-001-01-01",
    ] {
        assert_eq!(parse_date(text.as_bytes()), None, "{text:?}");
    }
}

#[test]
fn timestamps_are_zoned_or_not() {
    let at = |text: &str| parse_timestamp(text.as_bytes(), Microsecond, false);
    let zoned = |text: &str| parse_timestamp(text.as_bytes(), Microsecond, true);
    assert_eq!(at("1970-01-01T00:00"), Some(0));
    assert_eq!(at("1970-01-01 00:00:01.5"), Some(1_500_000));
    assert_eq!(at("1970-01-01 00:00:00.000001000"), Some(1));
    assert_eq!(zoned("1970-01-01T01:00:00Z"), Some(3_600_000_000));
    assert_eq!(zoned("1970-01-01T01:00+01:00"), Some(0));
    assert_eq!(zoned("1970-01-01T01:00:00.25-0030"), Some(5_400_250_000));
    assert_eq!(zoned("1970-01-01 01:00:00+01"), Some(0));
    assert_eq!(zoned("0001-01-01T00:00:00+01"), None);
    assert_eq!(zoned("9999-12-31T23:59:59-01"), None);
    assert_eq!(zoned("0001-01-01T00:00:00-01"), Some(-62_135_593_200_000_000));
    for text in [
        "1970-01-01",
        "1970-01-01T00",
        "1970-01-01T24:00",
        "1970-01-01T00:60",
        "1970-01-01T00:00:60",
        "1970-01-01T00:00:00.",
        "1970-01-01T00:00:00.0000001",
        "1970-01-01T00:00:00.0000000000",
        "1970-01-01T00:00.5",
        "1970-01-01t00:00",
        "1970-01-01T00:00Z",
        "",
    ] {
        assert_eq!(at(text), None, "{text:?}");
    }
    for text in [
        "1970-01-01T00:00",
        "1970-01-01T00:00z",
        "1970-01-01T00:00 Z",
        "1970-01-01T00:00+1",
        "1970-01-01T00:00+24",
        "1970-01-01T00:00+00:60",
        "1970-01-01T00:00+00:00:00",
        "1970-01-01T00:00*01",
    ] {
        assert_eq!(zoned(text), None, "{text:?}");
    }
}

#[test]
fn timestamps_lose_no_digit_of_their_unit() {
    let at = |text: &str, unit| parse_timestamp(text.as_bytes(), unit, false);
    assert_eq!(at("1970-01-01T00:00:01.000", Second), Some(1));
    assert_eq!(at("1970-01-01T00:00:01.001", Second), None);
    assert_eq!(at("1969-12-31T23:59:59.999", Millisecond), Some(-1));
    assert_eq!(at("1969-12-31T23:59:59.9995", Millisecond), None);
    assert_eq!(at("1970-01-01T00:00:00.000000001", Nanosecond), Some(1));
    assert_eq!(at("1970-01-01T00:00:00.0000000001", Nanosecond), None);
    assert_eq!(at("9999-12-31T23:59:59.999", Millisecond), Some(253_402_300_799_999));
    // The first and the last nanosecond of 64 bits, and those beside them.
    assert_eq!(at("1677-09-21T00:12:43.145224192", Nanosecond), Some(i64::MIN));
    assert_eq!(at("1677-09-21T00:12:43.145224191", Nanosecond), None);
    assert_eq!(at("2262-04-11T23:47:16.854775807", Nanosecond), Some(i64::MAX));
    assert_eq!(at("2262-04-11T23:47:16.854775808", Nanosecond), None);
}

#[test]
fn times_are_of_one_day() {
    assert_eq!(parse_time(b"00:00", Second), Some(0));
    assert_eq!(parse_time(b"23:59:59", Second), Some(86_399));
    assert_eq!(parse_time(b"23:59:59.000", Second), Some(86_399));
    assert_eq!(parse_time(b"12:00:00.5", Millisecond), Some(43_200_500));
    assert_eq!(parse_time(b"00:00:00.000001", Microsecond), Some(1));
    assert_eq!(parse_time(b"23:59:59.999999999", Nanosecond), Some(86_399_999_999_999));
    for text in [
        "",
        "1:00",
        "24:00",
        "00:60",
        "00:00:60",
        "00:00.5",
        "00:00:00.",
        "00:00:00.0000000001",
        "00:00Z",
        " 00:00",
        "00:00 ",
        "000000",
        "00:00:00.1s",
    ] {
        assert_eq!(parse_time(text.as_bytes(), Nanosecond), None, "{text:?}");
    }
    assert_eq!(parse_time(b"00:00:00.5", Second), None);
    assert_eq!(parse_time(b"00:00:00.0005", Millisecond), None);
    assert_eq!(parse_time(b"00:00:00.0000005", Microsecond), None);
}

#[test]
fn uuids_are_hyphenated() {
    let bytes = Some(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef_u128.to_be_bytes());
    assert_eq!(parse_uuid(b"01234567-89ab-cdef-0123-456789abcdef"), bytes);
    assert_eq!(parse_uuid(b"01234567-89AB-CDEF-0123-456789abcdef"), bytes);
    for text in [
        "",
        "0123456789abcdef0123456789abcdef",
        "{01234567-89ab-cdef-0123-456789abcdef}",
        "01234567-89ab-cdef-0123-456789abcdeg",
        "0123456-789ab-cdef-0123-456789abcdef",
        "01234567-89ab-cdef-0123-456789abcde",
        "01234567-89ab-cdef-0123-456789abc\u{e9}f",
    ] {
        assert_eq!(parse_uuid(text.as_bytes()), None, "{text:?}");
    }
}

#[test]
fn binary_data_are_base64_with_padding() {
    assert_eq!(parse_binary(b""), Some(vec![]));
    assert_eq!(parse_binary(b"AP8="), Some(vec![0, 255]));
    for text in ["AP8", "AP9=", "AP8=\n", " AP8=", "_-8=", "A", "="] {
        assert_eq!(parse_binary(text.as_bytes()), None, "{text:?}");
    }
}

#[test]
fn json_is_one_value() {
    for text in ["null", " {\"a\": [1, 2.5e3]} ", "\"\u{e9}\"", "1e999", "{\"a\": 1, \"a\": 2}"] {
        assert!(is_json(text.as_bytes()), "{text}");
    }
    for text in ["", "{", "nul", "[1,]", "1 2", "'a'", "NaN", "\"\n\"", "01", "{a: 1}"] {
        assert!(!is_json(text.as_bytes()), "{text}");
    }
    assert!(!is_json(b"\"\xff\""));
    assert!(!is_json("[".repeat(100_000).as_bytes()));
}

#[test]
fn complaints_name_the_type() {
    assert_eq!(complaint(&Field::new("n", DataType::Int64, true)), "is not an int64");
    assert_eq!(
        complaint(&Field::new("n", DataType::Decimal128(15, 2), true)),
        "is not a decimal128(15, 2)"
    );
    assert_eq!(excerpt(&"é".repeat(300)).chars().count(), EXCERPT_CHARS);
    assert_eq!(excerpt("short"), "short");
}

proptest! {
    #[test]
    fn an_int_round_trips(value: i64) {
        prop_assert_eq!(parse_int(value.to_string().as_bytes()), Some(value));
    }

    #[test]
    fn a_float_round_trips(bits: u64) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        for text in [format!("{value}"), format!("{value:e}")] {
            prop_assert_eq!(parse_float(text.as_bytes()).map(f64::to_bits), Some(bits));
        }
    }

    #[test]
    fn a_float_is_what_std_reads(text in "[+-]?[0-9]{0,19}\\.?[0-9]{0,9}([eE][+-]?[0-9]{1,2})?") {
        prop_assert_eq!(parse_float(text.as_bytes()), text.parse::<f64>().ok());
        prop_assert_eq!(
            parse_float32(text.as_bytes()),
            text.parse::<f32>().ok().filter(|value| value.is_finite())
        );
    }

    #[test]
    fn a_decimal_round_trips(value in -10_i128.pow(38) + 1..10_i128.pow(38), scale in 0_usize..=38) {
        let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if scale == 0 { "" } else { "." };
        let sign = if value < 0 { "-" } else { "" };
        let text = format!("{sign}{whole}{point}{fraction}");
        let scale = i8::try_from(scale).unwrap();
        prop_assert_eq!(parse_decimal(text.as_bytes(), 38, scale), Some(value));
    }

    #[test]
    fn short_and_long_decimals_agree(text in "[+-]?[0-9]{0,4}(\\.[0-9]{0,4})?", zeros in 0_usize..3) {
        let long = match text.strip_prefix(['+', '-']) {
            Some(rest) => format!("{}{:0>30}{rest}", &text[..1], ""),
            None => format!("{:0>30}{text}", ""),
        };
        let whole = text.trim_start_matches(['+', '-']);
        prop_assume!(whole.starts_with(|first: char| first.is_ascii_digit()));
        let scale = i8::try_from(zeros).unwrap();
        prop_assert_eq!(
            parse_decimal(text.as_bytes(), 6, scale),
            parse_decimal(long.as_bytes(), 6, scale)
        );
    }

    #[test]
    fn a_date_follows_the_day_before(days in -719_162_i32..2_932_896) {
        let text = |days: i32| {
            arrow_array::types::Date32Type::to_naive_date_opt(days).unwrap().to_string()
        };
        prop_assert_eq!(parse_date(text(days).as_bytes()), Some(days));
    }

    #[test]
    fn a_moment_round_trips(value: i64, unit in units(), zoned: bool) {
        let mut text = Vec::new();

        if write_timestamp(value, unit, zoned, &mut text) {
            prop_assert_eq!(parse_timestamp(&text, unit, zoned), Some(value));
        }
    }

    #[test]
    fn a_time_round_trips(nanos in 0..86_400_000_000_000_i64, unit in units()) {
        let value = nanos / in_nanos(unit);
        let mut text = Vec::new();

        prop_assert!(write_time(value, unit, &mut text));

        prop_assert_eq!(parse_time(&text, unit), Some(value));
    }

    #[test]
    fn bytes_and_uuids_round_trip(bytes: Vec<u8>, id: [u8; 16]) {
        let (mut base64, mut uuid) = (Vec::new(), Vec::new());

        prop_assert!(write_binary(&bytes, &mut base64));
        write_uuid(&id, &mut uuid);

        prop_assert_eq!(parse_binary(&base64), Some(bytes));
        prop_assert_eq!(parse_uuid(&uuid), Some(id));
    }

    #[test]
    fn no_text_makes_a_parser_panic(text: Vec<u8>, unit in units(), zoned: bool) {
        let is_value = [
            parse_time(&text, unit).is_some(),
            parse_timestamp(&text, unit, zoned).is_some(),
            parse_uuid(&text).is_some(),
            parse_binary(&text).is_some(),
        ];

        prop_assert!(text.is_ascii() || is_value == [false; 4]);
        let parsed = serde_json::from_slice::<serde_json::Value>(&text);
        prop_assert!(is_json(&text) || parsed.is_err());
    }
}

fn units() -> impl Strategy<Value = TimeUnit> {
    prop::sample::select(vec![Second, Millisecond, Microsecond, Nanosecond])
}

fn in_nanos(unit: TimeUnit) -> i64 {
    match unit {
        Second => 1_000_000_000,
        Millisecond => 1_000_000,
        Microsecond => 1_000,
        Nanosecond => 1,
    }
}
