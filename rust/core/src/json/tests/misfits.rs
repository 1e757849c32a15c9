//! Records of which some do not fit, and where records stand.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_schema::{Schema, SchemaRef};

use crate::json::{Form, Records, locate, records};
use crate::{ErrorKind, types};

fn schema() -> SchemaRef {
    let fields = [("id", "int64"), ("price", "decimal128(10, 2)"), ("more", "json")];
    let fields = fields.map(|(name, spelling)| types::field(name, spelling, true).unwrap());
    Schema::new(fields.to_vec()).into()
}

fn found(json: &str, form: Form, passes_over: bool) -> Records {
    records(json.as_bytes(), &schema(), form, passes_over).unwrap()
}

fn ids(records: &Records) -> Vec<i64> {
    records.batch["id"].as_primitive::<Int64Type>().values().to_vec()
}

#[test]
fn every_fault_of_a_misfit_is_told_and_the_others_stay() {
    let json = r#"[{"id": 1}, {"id": "x", "price": 1.555}, {"id": 3}]"#;
    let found = found(json, Form::Tagged, false);
    assert_eq!(ids(&found), [1, 3]);
    let [misfit] = &found.misfits[..] else { panic!("{:?}", found.misfits) };
    assert_eq!((misfit.index, misfit.byte_offset), (1, 12));
    let told = misfit.violations.iter().map(|v| (v.field.as_deref(), v.value.as_deref()));
    let told: Vec<_> = told.collect();
    assert_eq!(told, [(Some("id"), Some("\"x\"")), (Some("price"), Some("1.555"))]);
    assert_eq!(misfit.violations[0].message, "the string is not an int64");
    assert_eq!(misfit.record, r#"{"id": "x", "price": 1.555}"#);
}

#[test]
fn keys_that_are_no_column_are_told_with_their_first_value() {
    let json = r#"[{"id": 1, "x": null, "y": [1]}, {"x": 7}, {"x": "seven"}, {"id": 4}]"#;
    let strict = found(json, Form::Tagged, false);
    let unknown = [("x", "7"), ("y", "[1]")].map(|(key, value)| (key.into(), value.into()));
    assert_eq!(strict.unknown, unknown);
    assert_eq!((ids(&strict), strict.misfits.len()), (vec![4], 3));

    let passing = found(json, Form::Tagged, true);
    assert_eq!(passing.left_out, ["x", "y"]);
    assert_eq!((passing.batch.num_rows(), passing.misfits.len()), (4, 0));
}

#[test]
fn what_is_passed_over_must_be_json() {
    let refused = records(br#"[{"id": 1, "x": tru}]"#, &schema(), Form::Plain, true).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Decode);
}

#[test]
fn a_json_column_takes_plain_values_as_they_are() {
    let json = r#"[{"more": {"a": 1.0 }}, {"more": "a"}, {"more":[ 1,2 ] }, {"more": null}]"#;
    let found = found(json, Form::Plain, false);
    let texts: Vec<_> = found.batch["more"].as_string::<i32>().iter().collect();
    assert_eq!(texts, [Some(r#"{"a": 1.0 }"#), Some(r#""a""#), Some("[ 1,2 ]"), None]);
    assert!(found.misfits.is_empty());
}

#[test]
fn a_key_that_is_there_twice_is_a_misfit() {
    let found = found(r#"[{"id": 1, "id": 2}]"#, Form::Plain, true);
    assert_eq!(found.misfits[0].violations[0].message, "is there twice");
}

#[test]
fn records_are_located_below_their_keys() {
    let document = r#" {"a": {"x": "[", "data" : [ {"id": 1} ] , "z": 0}, "data": 1} "#;
    let span = |path: &[&str]| {
        let path: Vec<_> = path.iter().map(|&key| key.to_owned()).collect();
        locate(document.as_bytes(), &path).unwrap().map(|range| &document[range])
    };
    assert_eq!(span(&["a", "data"]), Some(r#"[ {"id": 1} ]"#));
    assert_eq!(span(&["data"]), Some("1"));
    assert_eq!(span(&[]), Some(document.trim()));
    assert_eq!(span(&["a", "y"]), None);
    assert_eq!(span(&["a", "x", "data"]), None);
}
