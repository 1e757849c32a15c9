//! Laws of the calls: both ways out give the same rows, an error is final, the end stays the end.

use std::path::PathBuf;

use serde_json::json;

use super::*;

/// A file that is gone at the end of its test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str, text: &str) -> Self {
        let name = format!("headrace-reader-{}-{name}.csv", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn handle(&self, columns: &serde_json::Value) -> Handle<Reader> {
        let mut config = json!({"path": self.0.to_str(), "batch_rows": 2});
        if !columns.is_null() {
            config["schema"] = columns.clone();
        }
        Handle::new(open(&config.to_string()).unwrap())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

#[test]
fn both_ways_out_give_the_same_rows_and_the_end_stays_the_end() {
    let place = Place::new("same", "id,price\n1,1.50\n-9223372036854775808,\n3,0.01\n");
    let columns = json!([{"name": "id", "type": "int64", "nullable": false},
                         {"name": "price", "type": "decimal128(5, 2)"}]);
    let (by_json, by_arrow) = (place.handle(&columns), place.handle(&columns));

    let texts: Vec<_> = std::iter::from_fn(|| next_json(&by_json)).collect();
    let mut batches = Vec::new();
    while let Next::Batch(batch) = next_arrow(&by_arrow).unwrap() {
        batches.push(batch);
    }

    assert_eq!(
        texts,
        [
            r#"[{"id":1,"price":{"$decimal":"1.50"}},{"id":-9223372036854775808,"price":null}]"#,
            r#"[{"id":3,"price":{"$decimal":"0.01"}}]"#
        ]
    );
    let schema = batches[0].schema();
    for (text, batch) in texts.iter().zip(&batches) {
        assert_eq!(&json::decode(text.as_bytes(), &schema).unwrap(), batch);
    }
    assert_eq!((next_json(&by_json), by_json.last_error()), (None, None));
    assert_eq!(next_arrow(&by_arrow), Some(Next::End));
    assert!(super::schema(&by_json).unwrap().contains(r#""name":"id""#));
}

#[test]
fn a_record_that_is_no_row_is_named_and_final() {
    let place = Place::new("bad", "id\n1\n2\nx\n4\n");
    let handle = place.handle(&json!([{"name": "id", "type": "int64"}]));

    assert!(next_json(&handle).is_some());
    assert_eq!(next_json(&handle), None);
    let told = handle.last_error().unwrap();

    let place = format!("(file {}, line 4, byte_offset 7, field id, rule type)", place.0.display());
    assert_eq!(told, format!("is not an int64 {place}"));
    assert_eq!(next_json(&handle), None);
    assert_eq!(handle.last_error().unwrap(), format!("the reader gives no more since: {told}"));
}

#[test]
fn without_a_schema_the_file_tells_it() {
    let place = Place::new("infer", "id,name\n1,Ada\n");
    let handle = place.handle(&serde_json::Value::Null);

    let told: serde_json::Value = serde_json::from_str(&schema(&handle).unwrap()).unwrap();

    assert_eq!((&told[0]["type"], &told[1]["type"]), (&json!("int64"), &json!("string")));
}

#[test]
fn what_is_not_there_is_an_error() {
    let missing = json!({"path": "/nowhere/a.csv", "schema": [{"name": "a", "type": "int64"}]});
    let handle = Handle::new(open(&missing.to_string()).unwrap());

    assert_eq!(next_arrow(&handle), None);
    assert!(handle.last_error().unwrap().contains("/nowhere/a.csv"));
    assert!(open(r#"{"path": "/nowhere/a.csv"}"#).is_err());
}
