//! Laws of validation. Those on decimals, dates, timestamps and bools read bounds through
//! `crate::text`.

mod formats;
mod nested;

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int8Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, TimeUnit};
use proptest::prelude::*;

use super::*;

const PLENTY: usize = 1 << 24;

fn one(name: &str, array: impl Array + 'static) -> RecordBatch {
    RecordBatch::try_from_iter([(name, Arc::new(array) as ArrayRef)]).unwrap()
}

fn rules(data_type: DataType) -> ColumnRules {
    ColumnRules::new("a", data_type)
}

/// Row and rule of all violations.
fn broken(rules: ColumnRules, array: impl Array + 'static) -> Vec<(usize, &'static str)> {
    let mut validator = Validator::compile(&[rules], PLENTY).unwrap();
    let verdict = validator.validate(&one("a", array)).unwrap();
    listed(&verdict, 0)
}

fn listed(verdict: &Verdict, offset: usize) -> Vec<(usize, &'static str)> {
    let rows = verdict.violations.iter();
    rows.flat_map(|(row, all)| all.iter().map(move |one| (row + offset, one.rule))).collect()
}

fn refused(rules: ColumnRules) -> (ErrorKind, Option<String>, Option<String>) {
    let error = Validator::compile(&[rules], PLENTY).unwrap_err();
    (error.kind(), error.location().field.clone(), error.location().rule.clone())
}

#[test]
fn bounds_hold_at_their_edges_and_nulls_pass() {
    let rules = ColumnRules {
        minimum: Some("0".into()),
        exclusive_maximum: Some("3".into()),
        ..rules(DataType::Int64)
    };

    let found = broken(rules, Int64Array::from(vec![Some(-1), Some(0), None, Some(2), Some(3)]));

    assert_eq!(found, [(0, "minimum"), (4, "exclusiveMaximum")]);
}

#[test]
fn bounds_beyond_the_column_type_are_kept() {
    let wide = ColumnRules { minimum: Some("-1000".into()), ..rules(DataType::Int8) };

    assert_eq!(broken(wide, Int8Array::from(vec![-128])), []);
}

#[test]
fn bounds_between_which_no_value_is_are_refused() {
    let bounds = |kind: DataType, [least, above, most, below]: [&str; 4]| {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ColumnRules {
            minimum: given(least),
            exclusive_minimum: given(above),
            maximum: given(most),
            exclusive_maximum: given(below),
            ..rules(kind)
        }
    };
    let time = || DataType::Time32(TimeUnit::Second);
    let least = i64::MIN.to_string();
    for (kind, texts, rule) in [
        (DataType::Int64, ["5", "", "4", ""], "maximum"),
        (DataType::Int64, ["5", "", "", "5"], "exclusiveMaximum"),
        (DataType::Int64, ["", "5", "5", ""], "maximum"),
        (DataType::Int64, ["", "5", "", "6"], "exclusiveMaximum"),
        (DataType::Int64, ["1", "7", "9", "8"], "exclusiveMaximum"),
        (DataType::Int64, ["", "9223372036854775807", "", ""], "exclusiveMinimum"),
        (DataType::Int64, ["", "", "", &least], "exclusiveMaximum"),
        (DataType::Decimal128(5, 1), ["", "1.0", "", "1.1"], "exclusiveMaximum"),
        (DataType::Float64, ["", "1.0", "1.0", ""], "maximum"),
        (DataType::Float64, ["inf", "", "-inf", ""], "maximum"),
        (DataType::Date32, ["", "2024-02-28", "", "2024-02-29"], "exclusiveMaximum"),
        (time(), ["12:00:01", "", "12:00:00", ""], "maximum"),
    ] {
        let expected = (ErrorKind::Config, Some("a".to_owned()), Some(rule.to_owned()));
        assert_eq!(refused(bounds(kind, texts)), expected, "{texts:?}");
    }
    for (kind, texts) in [
        (DataType::Int64, ["5", "", "5", ""]),
        (DataType::Int64, ["", "5", "", "7"]),
        (DataType::Float64, ["", "1.0", "", "1.0000000000000004"]),
        (time(), ["", "23:59:58", "", ""]),
    ] {
        assert!(Validator::compile(&[bounds(kind, texts)], PLENTY).is_ok(), "{texts:?}");
    }
}

#[test]
fn counts_between_which_none_is_are_refused() {
    let lengths = |least, most| ColumnRules {
        min_length: Some(least),
        max_length: Some(most),
        ..rules(DataType::Utf8)
    };

    assert_eq!(refused(lengths(3, 2)).2, Some("maxLength".to_owned()));
    assert!(Validator::compile(&[lengths(2, 2)], PLENTY).is_ok());
}

#[test]
fn nan_breaks_bounds() {
    let rules = ColumnRules { minimum: Some("-inf".into()), ..rules(DataType::Float64) };

    assert_eq!(
        broken(rules, Float64Array::from(vec![f64::NAN, f64::NEG_INFINITY])),
        [(0, "minimum")]
    );
}

#[test]
fn single_precision_is_compared_in_single_precision() {
    let rules = ColumnRules {
        allowed: Some(vec!["0.1".into()]),
        maximum: Some("0.1".into()),
        multiple_of: Some("0.1".into()),
        ..rules(DataType::Float32)
    };

    assert_eq!(broken(rules, Float32Array::from(vec![0.1, 0.2])), [(1, "enum"), (1, "maximum")]);
}

#[test]
fn multiples_of_a_tenth_are_found_among_doubles() {
    let rules = ColumnRules { multiple_of: Some("0.1".into()), ..rules(DataType::Float64) };

    let found = broken(rules, Float64Array::from(vec![0.3, 1.1, 0.0, -0.7, 0.35, f64::INFINITY]));

    assert_eq!(found, [(4, "multipleOf"), (5, "multipleOf")]);
}

#[test]
fn lengths_count_characters() {
    let rules = ColumnRules { min_length: Some(2), max_length: Some(3), ..rules(DataType::Utf8) };

    let found = broken(rules, StringArray::from(vec!["é", "éé", "🎈🎈🎈", "abcd", "🎈"]));

    assert_eq!(found, [(0, "minLength"), (3, "maxLength"), (4, "minLength")]);
}

#[test]
fn patterns_match_anywhere() {
    let rules = ColumnRules { pattern: Some("b+$".into()), ..rules(DataType::Utf8) };

    assert_eq!(
        broken(rules, StringArray::from(vec!["abb", "ba", "b\n"])),
        [(1, "pattern"), (2, "pattern")]
    );
}

#[test]
fn unsupported_patterns_name_field_and_rule() {
    for pattern in ["(?=a)", r"(a)\1", "("] {
        let rules = ColumnRules { pattern: Some(pattern.into()), ..rules(DataType::Utf8) };

        assert_eq!(refused(rules), (ErrorKind::Config, Some("a".into()), Some("pattern".into())));
    }
}

#[test]
fn rules_that_do_not_suit_the_type_are_refused() {
    let cases = [
        (ColumnRules { minimum: Some("1".into()), ..rules(DataType::Utf8) }, "minimum"),
        (ColumnRules { minimum: Some("1.5".into()), ..rules(DataType::Int64) }, "minimum"),
        (ColumnRules { maximum: Some("nan".into()), ..rules(DataType::Float64) }, "maximum"),
        (ColumnRules { multiple_of: Some("0".into()), ..rules(DataType::Int64) }, "multipleOf"),
        (ColumnRules { multiple_of: Some("1".into()), ..rules(DataType::Date32) }, "multipleOf"),
        (ColumnRules { max_length: Some(1), ..rules(DataType::Int64) }, "maxLength"),
        (ColumnRules { allowed: Some(vec!["x".into()]), ..rules(DataType::Int64) }, "enum"),
    ];

    for (rules, rule) in cases {
        assert_eq!(refused(rules), (ErrorKind::Config, Some("a".into()), Some(rule.into())));
    }
}

#[test]
fn bounds_of_decimals_dates_and_timestamps_are_exact() {
    let decimal =
        ColumnRules { minimum: Some("0.10".into()), ..rules(DataType::Decimal128(38, 2)) };
    let decimals = Decimal128Array::from(vec![9, 10]).with_precision_and_scale(38, 2).unwrap();
    let date = ColumnRules { maximum: Some("1970-01-02".into()), ..rules(DataType::Date32) };
    let zoned = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let time =
        ColumnRules { exclusive_minimum: Some("1970-01-01T00:00:00Z".into()), ..rules(zoned) };
    let times = TimestampMicrosecondArray::from(vec![0, 1]).with_timezone("UTC");
    let flag = ColumnRules { allowed: Some(vec!["true".into()]), ..rules(DataType::Boolean) };

    assert_eq!(broken(decimal, decimals), [(0, "minimum")]);
    assert_eq!(broken(date, Date32Array::from(vec![1, 2])), [(1, "maximum")]);
    assert_eq!(broken(time, times), [(0, "exclusiveMinimum")]);
    assert_eq!(
        broken(flag, BooleanArray::from(vec![Some(true), Some(false), None])),
        [(1, "enum")]
    );
}

#[test]
fn required_is_broken_by_null_alone_and_shows_no_value() {
    let rules = ColumnRules { required: true, ..rules(DataType::Utf8) };
    let mut validator = Validator::compile(&[rules], PLENTY).unwrap();

    let verdict = validator.validate(&one("a", StringArray::from(vec![None, Some("")]))).unwrap();

    assert_eq!(listed(&verdict, 0), [(0, "required")]);
    assert_eq!(verdict.violations[&0][0].value, None);
    assert_eq!(verdict.valid.num_rows(), 1);
}

#[test]
fn a_clean_batch_is_handed_back_itself() {
    let batch = one("a", Int64Array::from(vec![1]));
    let mut validator = Validator::compile(&[rules(DataType::Int64)], PLENTY).unwrap();

    let verdict = validator.validate(&batch).unwrap();

    assert!(Arc::ptr_eq(verdict.valid.column(0), batch.column(0)));
}

#[test]
fn other_columns_than_the_rules_are_refused() {
    let mut validator = Validator::compile(&[rules(DataType::Int64)], PLENTY).unwrap();

    for batch in [one("b", Int64Array::from(vec![1])), one("a", StringArray::from(vec!["1"]))] {
        let error = validator.validate(&batch).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Contract);
        assert_eq!(error.location().field.as_deref(), Some("a"));
    }
}

#[test]
fn keys_over_the_budget_end_in_an_error_that_names_the_option() {
    for budget in [0, 1 << 10, 1 << 19] {
        let long = ColumnRules { unique: true, ..rules(DataType::Int64) };
        let text = ColumnRules { unique: true, ..rules(DataType::Utf8) };
        let numbers: Vec<i64> = (0..100_000).collect();
        let texts: Vec<String> = numbers.iter().map(|number| format!("key {number}")).collect();

        let errors = [
            Validator::compile(&[long], budget)
                .unwrap()
                .validate(&one("a", Int64Array::from(numbers))),
            Validator::compile(&[text], budget)
                .unwrap()
                .validate(&one("a", StringArray::from(texts))),
        ];

        for error in errors {
            let error = error.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Contract);
            assert_eq!(error.location().rule.as_deref(), Some("unique"));
            assert!(error.message().contains("validation.unique_bytes"));
        }
    }
}

#[test]
fn parts_of_a_key_do_not_run_together() {
    let part =
        |name: &str| ColumnRules { primary_key: true, ..ColumnRules::new(name, DataType::Utf8) };
    let mut validator = Validator::compile(&[part("a"), part("b")], PLENTY).unwrap();
    let batch = RecordBatch::try_from_iter([
        ("a", Arc::new(StringArray::from(vec!["x", "xy", "x", ""])) as ArrayRef),
        ("b", Arc::new(StringArray::from(vec!["yz", "z", "yz", "xyz"]))),
    ])
    .unwrap();

    let verdict = validator.validate(&batch).unwrap();

    assert_eq!(listed(&verdict, 0), [(2, "unique")]);
    assert_eq!(verdict.violations[&2][0].field, None);
}

proptest! {
    #[test]
    fn the_verdict_ignores_cuts(
        values in prop::collection::vec((prop::option::of(-3_i64..6), prop::option::of("[a-c]{0,2}")), 1..80),
        cuts in prop::collection::vec(0_usize..80, 0..6),
    ) {
        let (numbers, texts): (Vec<_>, Vec<_>) = values.iter().cloned().unzip();
        let rules = [
            ColumnRules { unique: true, minimum: Some("-2".into()), ..ColumnRules::new("n", DataType::Int64) },
            ColumnRules { unique: true, pattern: Some("^[ab]*$".into()), ..ColumnRules::new("t", DataType::Utf8) },
        ];
        let batch = RecordBatch::try_from_iter([
            ("n", Arc::new(Int64Array::from(numbers)) as ArrayRef),
            ("t", Arc::new(StringArray::from(texts))),
        ]).unwrap();

        let whole = Validator::compile(&rules, PLENTY).unwrap().validate(&batch).unwrap();
        let mut edges: Vec<usize> = cuts.into_iter().map(|cut| cut.min(values.len())).collect();
        edges.extend([0, values.len()]);
        edges.sort_unstable();
        let mut validator = Validator::compile(&rules, PLENTY).unwrap();
        let mut pieces = Vec::new();
        for pair in edges.windows(2) {
            let verdict = validator.validate(&batch.slice(pair[0], pair[1] - pair[0])).unwrap();
            pieces.extend(listed(&verdict, pair[0]));
        }

        prop_assert_eq!(pieces, listed(&whole, 0));
        let count = Validator::compile(&rules, PLENTY).unwrap().count(&batch).unwrap();
        prop_assert_eq!(count, whole.violations.len());
        let mut seen = std::collections::HashSet::new();
        let valid = whole.valid.column(0).to_data();
        let valid = Int64Array::from(valid);
        prop_assert!(valid.iter().flatten().all(|number| number >= -2 && seen.insert(number)));
    }
}
