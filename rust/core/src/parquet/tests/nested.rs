//! Laws of nested columns: their memory, their dictionaries, their names, and seconds within them.

use super::*;
use crate::{json, types};

/// The column `a` of type `spelling` with these values, a JSON array.
fn column(spelling: &str, values: &serde_json::Value) -> RecordBatch {
    let field = types::field("a", spelling, true).unwrap();
    let values = values.as_array().unwrap().iter();
    let records: Vec<_> = values.map(|value| serde_json::json!({ "a": value })).collect();
    let schema = Arc::new(Schema::new(vec![field]));
    json::decode(serde_json::to_string(&records).unwrap().as_bytes(), &schema).unwrap()
}

fn lists(rows: i64) -> RecordBatch {
    let values: Vec<_> = (0..rows).map(|row| serde_json::json!([row, row + 1, row + 2])).collect();
    column("list<item: int64>", &values.into())
}

fn written(batch: &RecordBatch, row_group_bytes: usize) -> (RecordBatch, ParquetMetaData) {
    let place = Place::new();
    let mut file = FileWriter::create(place.options(batch.schema(), row_group_bytes)).unwrap();
    file.write(batch).unwrap();
    file.close().unwrap();
    place.read()
}

#[test]
fn a_slice_of_lists_counts_its_own_items() {
    let batch = lists(1_000);
    let whole = batch_bytes(&batch);

    let parts: usize = (0..10).map(|part| batch_bytes(&batch.slice(part * 100, 100))).sum();

    assert!(parts >= whole && parts < whole + whole / 10, "{parts} {whole}");
}

#[test]
fn row_groups_of_lists_are_cut_by_their_own_bytes() {
    let (found, metadata) = written(&lists(1_000), 4_000);

    let groups = metadata.num_row_groups();
    assert!((7..=10).contains(&groups), "{groups}");
    assert_eq!(found.num_rows(), 1_000);
}

#[test]
fn each_leaf_has_a_dictionary_or_none_by_its_own_values() {
    let values: Vec<_> =
        (0..500).map(|row| serde_json::json!({"x": [row], "y": row % 3, "z": "same"})).collect();
    let batch = column("struct<x: list<item: int64>, y: int64, z: string>", &values.into());

    let (_, metadata) = written(&batch, 1 << 20);

    let has_dictionary =
        |leaf: usize| metadata.row_group(0).column(leaf).dictionary_page_offset().is_some();
    assert_eq!([0, 1, 2].map(has_dictionary), [false, true, true]);
}

#[test]
fn what_is_nested_has_the_names_of_the_format() {
    let batch = column("map<string, list<item: int8>>", &serde_json::json!([]));

    let (_, metadata) = written(&batch, 1 << 20);

    let schema = metadata.file_metadata().schema_descr();
    let paths: Vec<_> = schema.columns().iter().map(|leaf| leaf.path().string()).collect();
    assert_eq!(paths, ["a.key_value.key", "a.key_value.value.list.element"]);
}

#[test]
fn seconds_are_milliseconds_wherever_they_are() {
    let spelling = "struct<x: list<item: timestamp[s, tz=UTC]>, y: map<time32[s], timestamp[s]>>";
    let batch = column(
        spelling,
        &serde_json::json!([
            {
                "x": ["1969-12-31T23:59:59Z", null],
                "y": {"$map": [["00:00:01", "9999-12-31T23:59:59"]]}
            },
            null
        ]),
    );

    let (found, _) = written(&batch, 1 << 20);

    let plain = types::plain(found.schema().field(0));
    assert_eq!(types::spelled(&plain), spelling.replace("[s", "[ms"));
    let mut text = Vec::new();
    let column = types::retyped(found.column(0), plain.data_type()).unwrap();
    let schema = Arc::new(Schema::new(vec![plain]));
    json::encode(&RecordBatch::try_new(schema, vec![column]).unwrap(), &mut text).unwrap();
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "[{\"a\":{\"x\":[{\"$timestamp\":\"1969-12-31T23:59:59.000Z\"},null],\
         \"y\":{\"$map\":[[{\"$time\":\"00:00:01.000\"},{\"$timestamp\":\"9999-12-31T23:59:59.000\"}]]}}},\
         {\"a\":null}]"
    );
}

#[test]
fn seconds_beyond_milliseconds_are_refused_and_those_behind_a_null_are_not() {
    let field = types::field("a", "timestamp[s]", true).unwrap();
    let schema = Arc::new(Schema::new(vec![field]));
    let of = |values: Vec<i64>, is_valid: bool| {
        let nulls = arrow_buffer::NullBuffer::from(vec![is_valid; values.len()]);
        let array = arrow_array::TimestampSecondArray::new(values.into(), Some(nulls));
        RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(array)]).unwrap()
    };
    let target = stored_schema(&schema);

    let error = stored(of(vec![i64::MAX], true), &target).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Contract);
    assert_eq!(error.location().field.as_deref(), Some("a"));
    assert_eq!(stored(of(vec![i64::MAX], false), &target).unwrap().num_rows(), 1);
    assert!(Arc::ptr_eq(&stored_schema(&target), &target));
}
