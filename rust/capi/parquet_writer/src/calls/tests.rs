//! Laws of the calls: what is closed or broken takes nothing, and both ways in give the same.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, StringArray};
use serde_json::{Value, json};

use super::*;

/// A directory that is gone at the end of its test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("headrace-calls-{}-{name}", std::process::id())))
    }

    fn handle(&self) -> Handle<Writer> {
        let columns = json!([{"name": "a", "type": "int64", "nullable": false}]);
        let config = json!({"output_path": self.0.to_str(), "schema": columns, "file_bytes": 1});
        Handle::new(open(&config.to_string()).unwrap())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn batch(name: &str, column: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([(name, column)]).unwrap()
}

fn parsed(files: Option<String>) -> Value {
    serde_json::from_str(&files.unwrap()).unwrap()
}

#[test]
fn a_closed_writer_takes_nothing_and_closes_again() {
    let place = Place::new("closed");
    let handle = place.handle();

    let files = parsed(write(&handle, Ok(r#"[{"a": 1}]"#)));

    assert_eq!(files[0]["rows"], 1);
    assert!(files[0]["path"].as_str().unwrap().starts_with(place.0.to_str().unwrap()));
    assert!(files[0]["bytes"].as_u64().unwrap() > 0);
    assert_eq!(close(&handle).unwrap(), "[]");
    assert_eq!(close(&handle).unwrap(), "[]");
    assert_eq!(write(&handle, Ok("[]")), None);
    assert_eq!(handle.last_error().unwrap(), "the writer is closed");
}

#[test]
fn a_batch_gives_the_file_that_its_json_gives() {
    let place = Place::new("same");
    let handle = place.handle();

    let column: ArrayRef = Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX]));
    let by_arrow = parsed(write_arrow(&handle, Ok(batch("a", column))));
    let json = format!(r#"[{{"a": {}}}, {{"a": {}}}]"#, i64::MIN, i64::MAX);
    let by_json = parsed(write(&handle, Ok(&json)));

    let read = |files: &Value| std::fs::read(files[0]["path"].as_str().unwrap()).unwrap();
    assert_eq!(read(&by_arrow), read(&by_json));
}

#[test]
fn a_batch_of_other_columns_is_refused_and_the_writer_goes_on() {
    let place = Place::new("other");
    let handle = place.handle();
    let int = |values: Vec<Option<i64>>| -> ArrayRef { Arc::new(Int64Array::from(values)) };

    let mut told = Vec::new();
    for wrong in [
        batch("a", Arc::new(StringArray::from(vec!["x"]))),
        batch("b", int(vec![Some(1)])),
        batch("a", int(vec![None])),
    ] {
        assert_eq!(write_arrow(&handle, Ok(wrong)), None);
        told.push(handle.last_error().unwrap());
    }

    assert!(told[0].starts_with("column \"a\" "), "{}", told[0]);
    assert_eq!(told[2], "column \"a\" holds a null though it is required");
    assert_eq!(parsed(write_arrow(&handle, Ok(batch("a", int(vec![Some(1)])))))[0]["rows"], 1);
}

#[test]
fn a_panic_becomes_an_error_and_the_writer_refuses() {
    let place = Place::new("panic");
    let handle = place.handle();

    let outcome: Option<()> = handle.attempt(|_| panic!("out of {}", "luck"));

    assert_eq!(outcome, None);
    let refusal = "the writer takes no more since: a fault of the library: out of luck";
    for _ in 0..2 {
        assert_eq!(write(&handle, Ok("[]")), None);
        assert_eq!(handle.last_error().unwrap(), refusal);
        assert_eq!(close(&handle), None);
        assert_eq!(handle.last_error().unwrap(), refusal);
    }
}

#[test]
fn a_close_that_fails_stays_failed() {
    let place = Place::new("close");
    let handle = place.handle();
    std::fs::remove_dir(&place.0).unwrap();

    assert_eq!(write(&handle, Ok(r#"[{"a": 1}]"#)), None);
    let reason = handle.last_error().unwrap();

    assert_eq!((close(&handle), handle.last_error()), (None, Some(reason.clone())));
    let refusal = format!("the writer takes no more since: {reason}");
    assert_eq!((close(&handle), handle.last_error()), (None, Some(refusal)));
}
