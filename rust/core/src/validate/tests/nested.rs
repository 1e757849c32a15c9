//! Laws of rules within columns, and of the types beside numbers and strings.

use arrow_array::{ListArray, StructArray, new_null_array};
use arrow_buffer::{NullBuffer, OffsetBuffer};

use super::*;
use crate::json;
use crate::types;

/// The column `a` of type `spelling` without rules.
fn of(spelling: &str) -> ColumnRules {
    ColumnRules::of(types::field("a", spelling, true).unwrap())
}

/// A rule's member of a struct.
fn member(name: &str, spelling: &str) -> ColumnRules {
    ColumnRules::of(types::field(name, spelling, true).unwrap())
}

/// Path, rule and row of all violations among `values` of column `a`, a JSON array.
fn found(rules: &ColumnRules, values: &str) -> Vec<(usize, String, &'static str)> {
    let (batch, rules) = (batch_of(rules, values), rules.clone());
    let verdict = Validator::compile(&[rules], PLENTY).unwrap().validate(&batch).unwrap();
    assert_eq!(verdict.valid.num_rows() + verdict.violations.len(), batch.num_rows());
    let rows = verdict.violations.into_iter();
    rows.flat_map(|(row, all)| {
        all.into_iter().map(move |one| (row, one.field.unwrap_or_default(), one.rule))
    })
    .collect()
}

fn batch_of(rules: &ColumnRules, values: &str) -> RecordBatch {
    let schema = Arc::new(Schema::new(vec![rules.field.clone()]));
    let values: Vec<serde_json::Value> = serde_json::from_str(values).unwrap();
    let records: Vec<_> =
        values.into_iter().map(|value| serde_json::json!({ "a": value })).collect();
    json::decode(serde_json::to_string(&records).unwrap().as_bytes(), &schema).unwrap()
}

fn at(row: usize, path: &str, rule: &'static str) -> (usize, String, &'static str) {
    (row, path.to_owned(), rule)
}

#[test]
fn bounds_and_allowed_values_are_of_every_type_of_time() {
    for (spelling, below, least, above) in [
        ("time32[s]", "11:59:59", "12:00:00", "12:00:01"),
        ("time32[ms]", "11:59:59.999", "12:00", "12:00:00.001"),
        ("time64[us]", "11:59:59.999999", "12:00", "12:00:00.000001"),
        ("time64[ns]", "11:59:59.999999999", "12:00", "12:00:00.000000001"),
        ("timestamp[s]", "1969-12-31T23:59:59", "1970-01-01T00:00", "1970-01-01T00:00:01"),
        (
            "timestamp[ms, tz=+01:00]",
            "1969-12-31T23:59:59.999Z",
            "1970-01-01T01:00+01:00",
            "1970-01-01T00:00:00.001Z",
        ),
        (
            "timestamp[ns, tz=UTC]",
            "1677-09-21T00:12:43.145224192Z",
            "1970-01-01T00:00Z",
            "2262-04-11T23:47:16.854775807Z",
        ),
    ] {
        let bounds = ColumnRules {
            minimum: Some(least.into()),
            exclusive_maximum: Some(above.into()),
            ..of(spelling)
        };
        let allowed = ColumnRules { allowed: Some(vec![least.into()]), ..of(spelling) };
        let values = serde_json::json!([below, least, null, above]).to_string();

        assert_eq!(
            found(&bounds, &values),
            [at(0, "a", "minimum"), at(3, "a", "exclusiveMaximum")],
            "{spelling}"
        );
        assert_eq!(found(&allowed, &values), [at(0, "a", "enum"), at(3, "a", "enum")]);
    }
}

#[test]
fn a_bound_finer_than_its_column_is_refused() {
    let rules = ColumnRules { maximum: Some("12:00:00.5".into()), ..of("time32[s]") };

    assert_eq!(refused(rules), (ErrorKind::Config, Some("a".into()), Some("maximum".into())));
}

#[test]
fn bytes_have_lengths_and_allowed_values() {
    let binary = ColumnRules {
        allowed: Some(vec!["AP8=".into(), "AAAAAA==".into()]),
        min_length: Some(1),
        max_length: Some(3),
        ..of("binary")
    };
    let uuid = ColumnRules {
        allowed: Some(vec!["00000000-0000-0000-0000-0000000000AA".into()]),
        ..of("uuid")
    };

    assert_eq!(
        found(&binary, r#"[{"$bytes": "AP8="}, {"$bytes": ""}, {"$bytes": "AAAAAA=="}, null]"#),
        [at(1, "a", "enum"), at(1, "a", "minLength"), at(2, "a", "maxLength")]
    );
    assert_eq!(
        found(
            &uuid,
            r#"["00000000-0000-0000-0000-0000000000aa", "00000000-0000-0000-0000-0000000000ab"]"#
        ),
        [at(1, "a", "enum")]
    );
}

#[test]
fn json_is_json_and_has_the_shape_that_is_asked_for() {
    let column = |texts: Vec<Option<&str>>| one("a", StringArray::from(texts));
    let rules = ColumnRules {
        allowed: None,
        min_items: Some(1),
        max_properties: Some(1),
        required_properties: vec!["k".into()],
        ..of("json")
    };
    let batch = column(vec![
        Some("{"),
        Some(r#" {"k": 1}"#),
        Some(r#"{"k": 1, "k": 2}"#),
        Some(r#"{"K": 1, "l": 2}"#),
        Some("[]"),
        Some("[[]]"),
        Some("1e999"),
        None,
    ]);

    let verdict = Validator::compile(&[rules], PLENTY).unwrap().validate(&batch).unwrap();
    let plain = Validator::compile(&[of("json")], PLENTY).unwrap().validate(&batch).unwrap();

    assert_eq!(
        listed(&verdict, 0),
        [(0, "type"), (3, "required"), (3, "maxProperties"), (4, "minItems")]
    );
    assert_eq!(listed(&plain, 0), [(0, "type")]);
}

#[test]
fn lists_count_their_items_and_tell_them_apart() {
    let rules = ColumnRules {
        min_items: Some(1),
        max_items: Some(2),
        unique_items: true,
        ..of("list<item: double>")
    };
    let nested = ColumnRules {
        unique_items: true,
        ..of("list<item: struct<x: string, y: list<item: int8>>>")
    };

    assert_eq!(
        found(&rules, r"[[], [1.0], null, [0.0, -0.0], [null, null], [1.0, 2.0, 3.0]]"),
        [
            at(0, "a", "minItems"),
            at(3, "a", "uniqueItems"),
            at(4, "a", "uniqueItems"),
            at(5, "a", "maxItems")
        ]
    );
    assert_eq!(
        found(
            &nested,
            r#"[[{"x": "a", "y": [1]}, {"x": "a", "y": [1]}], [{"x": "a", "y": [1]}, {"x": "a", "y": [1, null]}, null]]"#
        ),
        [at(0, "a", "uniqueItems")]
    );
}

#[test]
fn objects_count_their_members_and_name_those_they_need() {
    let structs = ColumnRules {
        min_properties: Some(2),
        required_properties: vec!["y".into()],
        ..of("struct<x: int8, y: int8, z: int8>")
    };
    let maps = ColumnRules {
        min_properties: Some(1),
        max_properties: Some(1),
        required_properties: vec!["k".into()],
        ..of("map<string, int8>")
    };

    assert_eq!(
        found(&structs, r#"[{"x": 1, "y": 1}, {"x": 1, "z": 1}, {"y": 1}, null]"#),
        [at(1, "a.y", "required"), at(2, "a", "minProperties")]
    );
    assert_eq!(
        found(&maps, r#"[{"$map": []}, {"$map": [["k", null]]}, {"$map": [["j", 1], ["k", 1]]}]"#),
        [at(0, "a", "required"), at(0, "a", "minProperties"), at(2, "a", "maxProperties")]
    );
}

#[test]
fn rules_reach_what_is_nested_and_violations_name_the_path() {
    let city = ColumnRules { pattern: Some("^[A-Z]".into()), ..member("city", "string") };
    let tag = ColumnRules { max_length: Some(2), ..member("item", "string") };
    let tags = ColumnRules { items: Some(Box::new(tag)), ..member("tags", "list<item: string>") };
    let rules = ColumnRules {
        items: Some(Box::new(ColumnRules {
            properties: vec![tags, city],
            ..member("item", "struct<city: string, tags: list<item: string>>")
        })),
        ..of("list<item: struct<city: string, tags: list<item: string>>>")
    };

    let values = r#"[
        [{"city": "Bonn", "tags": ["ab", null, "abc"]}, {"city": "bonn", "tags": null}],
        null,
        [null, {"city": null, "tags": ["abc"]}]
    ]"#;

    assert_eq!(
        found(&rules, values),
        [
            at(0, "a[1].city", "pattern"),
            at(0, "a[0].tags[2]", "maxLength"),
            at(2, "a[1].tags[0]", "maxLength")
        ]
    );
}

#[test]
fn a_null_where_the_nested_type_has_none_is_a_violation() {
    // Rules say what the type of Arrow data from elsewhere does not.
    let hollow = |spelling: &str| {
        let field = types::field("a", spelling, true).unwrap();
        let null = new_null_array(&DataType::Int8, 3);
        let array: ArrayRef = match field.data_type() {
            DataType::Struct(fields) => {
                let nulls = NullBuffer::from(vec![true, false, true]);
                let fields = fields.iter().map(|field| field.as_ref().clone().with_nullable(true));
                Arc::new(StructArray::new(fields.collect(), vec![null], Some(nulls)))
            }
            DataType::List(item) => {
                let item = item.as_ref().clone().with_nullable(true);
                let offsets = OffsetBuffer::from_lengths([1, 2]);
                Arc::new(ListArray::new(item.into(), offsets, null, None))
            }
            other => panic!("{other}"),
        };
        let column = column::Column::compile(&ColumnRules::of(field)).unwrap();
        let mut violations = BTreeMap::new();
        assert!(column.breaks(array.as_ref()));
        column.explain(array.as_ref(), &mut violations);
        let rows = violations.into_iter();
        rows.flat_map(|(row, all)| all.into_iter().map(move |one| (row, one.field.unwrap())))
            .collect::<Vec<_>>()
    };

    assert_eq!(hollow("struct<x: int8 not null>"), [(0, "a.x".into()), (2, "a.x".into())]);
    assert_eq!(
        hollow("list<item: int8 not null>"),
        [(0, "a[0]".to_owned()), (1, "a[0]".into()), (1, "a[1]".into())]
    );
}

#[test]
fn nested_rules_that_cannot_be_meant_name_their_column() {
    let item = ColumnRules { pattern: Some("a".into()), ..member("item", "int8") };
    let list = ColumnRules { items: Some(Box::new(item)), ..of("list<item: int8>") };
    let stranger = ColumnRules { properties: vec![member("y", "int8")], ..of("struct<x: int8>") };
    let needed = ColumnRules { required_properties: vec!["y".into()], ..of("struct<x: int8>") };
    let texts = ColumnRules { unique_items: true, ..of("list<item: json>") };
    let numbers = ColumnRules { required_properties: vec!["1".into()], ..of("map<int64, int8>") };

    for (rules, rule) in [
        (list, "items"),
        (stranger, "properties"),
        (needed, "requiredProperties"),
        (texts, "uniqueItems"),
        (numbers, "requiredProperties"),
        (ColumnRules { min_items: Some(1), ..of("string") }, "minItems"),
        (ColumnRules { pattern: Some("a".into()), ..of("binary") }, "pattern"),
        (ColumnRules { format: Some("email".into()), ..of("json") }, "format"),
        (ColumnRules { format: Some("password".into()), ..of("string") }, "format"),
        (ColumnRules { unique: true, ..of("json") }, "unique"),
        (ColumnRules { unique: true, ..of("list<item: int8>") }, "unique"),
    ] {
        assert_eq!(refused(rules), (ErrorKind::Config, Some("a".into()), Some(rule.into())));
    }
}

#[test]
fn every_scalar_can_be_a_key() {
    for (spelling, values) in [
        ("bool", r"[true, false, true]"),
        ("float", r#"[0.0, {"$float": "NaN"}, -0.0]"#),
        ("decimal128(38, 2)", r#"["1.00", "1.01", "1.00"]"#),
        ("binary", r#"[{"$bytes": "AP8="}, {"$bytes": ""}, {"$bytes": "AP8="}]"#),
        (
            "uuid",
            r#"["00000000-0000-0000-0000-0000000000aa", "00000000-0000-0000-0000-0000000000ab", "00000000-0000-0000-0000-0000000000AA"]"#,
        ),
        ("date32", r#"["1970-01-01", "1970-01-02", "1970-01-01"]"#),
        ("time32[s]", r#"["12:00", "12:01", "12:00:00"]"#),
        ("time64[ns]", r#"["12:00", "12:01", "12:00:00"]"#),
        ("timestamp[ns]", r#"["1970-01-01T00:00", "1970-01-01T00:01", "1970-01-01T00:00"]"#),
        (
            "timestamp[s, tz=Europe/Berlin]",
            r#"["1970-01-01T00:00Z", "1970-01-01T00:00+01:00", "1970-01-01T01:00+01:00"]"#,
        ),
    ] {
        let rules = ColumnRules { unique: true, ..of(spelling) };
        let mut validator = Validator::compile(std::slice::from_ref(&rules), PLENTY).unwrap();
        let batch = batch_of(&rules, values);

        assert_eq!(listed(&validator.validate(&batch).unwrap(), 0), [(2, "unique")], "{spelling}");
        assert_eq!(validator.validate(&batch).unwrap().violations.len(), 3, "{spelling}");
    }
}

#[test]
fn the_nested_fields_of_an_error_are_shown_as_json() {
    let rules = ColumnRules { max_items: Some(1), ..of("list<item: date32>") };
    let batch = batch_of(&rules, r#"[["1970-01-01", null]]"#);

    let verdict = Validator::compile(&[rules], PLENTY).unwrap().validate(&batch).unwrap();

    let shown = verdict.violations[&0][0].value.as_deref();
    assert_eq!(shown, Some(r#"[{"$date":"1970-01-01"},null]"#));
}

proptest! {
    /// A slice of a batch is judged as its rows are within the batch.
    #[test]
    fn the_nested_verdict_ignores_cuts(
        values in prop::collection::vec(
            prop::option::of(prop::collection::vec(prop::option::of("[a-c]{0,3}"), 0..4)),
            1..30,
        ),
        cut in 0_usize..30,
    ) {
        let item = ColumnRules { max_length: Some(2), ..member("item", "string") };
        let rules = ColumnRules {
            items: Some(Box::new(item)),
            unique_items: true,
            max_items: Some(2),
            ..of("list<item: string>")
        };
        let batch = batch_of(&rules, &serde_json::to_string(&values).unwrap());
        let cut = cut.min(values.len());
        let judged = |batch: &RecordBatch| {
            Validator::compile(std::slice::from_ref(&rules), PLENTY).unwrap().validate(batch).unwrap().violations
        };

        let whole = judged(&batch);
        let mut parts = judged(&batch.slice(0, cut));
        for (row, violations) in judged(&batch.slice(cut, values.len() - cut)) {
            parts.insert(row + cut, violations);
        }

        prop_assert_eq!(&parts, &whole);
        let count = Validator::compile(std::slice::from_ref(&rules), PLENTY).unwrap().count(&batch);
        prop_assert_eq!(count.unwrap(), whole.len());
    }
}
