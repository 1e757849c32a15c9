//! Laws of a handle: the last error is the last call's, and what broke stays broken.

use std::path::PathBuf;

use super::*;

/// A directory that is gone at the end of its test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("headrace-handle-{}-{name}", std::process::id())))
    }

    fn handle(&self) -> Handle {
        let columns = json!([{"name": "a", "type": "int64"}]);
        let config = json!({"output_path": self.0.to_str(), "schema": columns, "file_bytes": 1});
        Handle::create(&config.to_string()).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[test]
fn a_success_clears_the_last_error() {
    let place = Place::new("clears");
    let handle = place.handle();

    assert_eq!(handle.last_error(), None);
    assert_eq!(handle.write(Ok("[3]")), None);
    assert_eq!(handle.last_error().unwrap(), "record 0: the number is not a JSON object");
    // Asking is no call of its own.
    assert!(handle.last_error().is_some());
    assert_eq!(handle.write(Ok("[]")).unwrap(), "[]");
    assert_eq!(handle.last_error(), None);
}

#[test]
fn a_closed_writer_takes_nothing_and_closes_again() {
    let place = Place::new("closed");
    let handle = place.handle();

    let files: Value = serde_json::from_str(&handle.write(Ok(r#"[{"a": 1}]"#)).unwrap()).unwrap();

    assert_eq!(files[0]["rows"], 1);
    assert!(files[0]["path"].as_str().unwrap().starts_with(place.0.to_str().unwrap()));
    assert!(files[0]["bytes"].as_u64().unwrap() > 0);
    assert_eq!(handle.close().unwrap(), "[]");
    assert_eq!(handle.close().unwrap(), "[]");
    assert_eq!(handle.write(Ok("[]")), None);
    assert_eq!(handle.last_error().unwrap(), "the writer is closed");
}

#[test]
fn a_panic_becomes_an_error_and_the_writer_refuses() {
    let place = Place::new("panic");
    let handle = place.handle();

    let outcome: Option<()> = handle.attempt(|_| panic!("out of {}", "luck"));

    assert_eq!(outcome, None);
    assert_eq!(handle.last_error().unwrap(), "a fault of the library: out of luck");
    let refusal = "the writer takes no more since: a fault of the library: out of luck";
    for _ in 0..2 {
        assert_eq!(handle.write(Ok("[]")), None);
        assert_eq!(handle.last_error().unwrap(), refusal);
        assert_eq!(handle.close(), None);
        assert_eq!(handle.last_error().unwrap(), refusal);
    }
}

#[test]
fn a_close_that_fails_stays_failed() {
    let place = Place::new("close");
    let handle = place.handle();
    std::fs::remove_dir(&place.0).unwrap();

    assert_eq!(handle.write(Ok(r#"[{"a": 1}]"#)), None);
    let reason = handle.last_error().unwrap();

    assert_eq!((handle.close(), handle.last_error()), (None, Some(reason.clone())));
    let refusal = format!("the writer takes no more since: {reason}");
    assert_eq!((handle.close(), handle.last_error()), (None, Some(refusal)));
}

#[test]
fn threads_take_turns() {
    let place = Place::new("threads");
    let handle = place.handle();

    let rows: u64 = std::thread::scope(|scope| {
        let write = || handle.write(Ok(r#"[{"a": 1}, {"a": 2}]"#)).unwrap();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(write)).collect();
        let files = threads.into_iter().map(|thread| thread.join().unwrap());
        files
            .map(|json| serde_json::from_str::<Value>(&json).unwrap()[0]["rows"].as_u64().unwrap())
            .sum()
    });

    assert_eq!(rows, 16);
}
