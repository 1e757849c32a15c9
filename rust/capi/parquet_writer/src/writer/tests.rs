//! Laws of the files: every row once, each file whole, no name twice.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use parquet::file::reader::{FileReader, SerializedFileReader};

use super::*;

/// A directory that is gone at the end of its test.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let name = format!("headrace-writer-{}", file_name(0));
        Self(std::env::temp_dir().join(name))
    }

    fn writer(&self, file_bytes: usize) -> Writer {
        let path = serde_json::to_string(self.0.to_str().unwrap()).unwrap();
        let config = format!(
            r#"{{"output_path": {path}, "schema": [{{"name": "a", "type": "int64"}}],
                 "row_group_bytes": 1, "file_bytes": {file_bytes}}}"#
        );
        Writer::create(Config::parse(&config).unwrap()).unwrap()
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn rows(path: &Path) -> u64 {
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    reader.metadata().file_metadata().num_rows().unsigned_abs()
}

#[test]
fn files_roll_with_the_batch_that_fills_them() {
    let place = Place::new();
    // The first byte of a file is more than its target.
    let mut writer = place.writer(1);

    let first = writer.write(r#"[{"a": 1}, {"a": 2}]"#).unwrap();
    let second = writer.write(r#"[{"a": 3}]"#).unwrap();
    let last = writer.close().unwrap();

    assert_eq!((first.len(), second.len(), last.len()), (1, 1, 0));
    for (file, expected) in first.iter().chain(&second).zip([2, 1]) {
        assert_eq!((file.rows, rows(&file.path)), (expected, expected));
        assert_eq!(file.bytes, file.path.metadata().unwrap().len());
    }
    assert_eq!(place.files().len(), 2);
}

#[test]
fn a_file_goes_on_across_batches() {
    let place = Place::new();
    let mut writer = place.writer(1 << 20);

    for _ in 0..10 {
        assert_eq!(writer.write(r#"[{"a": 1}, {}]"#).unwrap(), []);
    }
    let files = writer.close().unwrap();

    assert_eq!(files.len(), 1);
    assert_eq!((files[0].rows, rows(&files[0].path)), (20, 20));
}

#[test]
fn no_rows_make_no_file() {
    let place = Place::new();
    let mut writer = place.writer(1);

    assert_eq!(writer.write("[]").unwrap(), []);
    assert_eq!(writer.close().unwrap(), []);

    assert_eq!(place.files(), Vec::<PathBuf>::new());
}

#[test]
fn a_batch_that_does_not_fit_leaves_the_writer_as_it_was() {
    let place = Place::new();
    let mut writer = place.writer(1 << 20);

    writer.write(r#"[{"a": 1}]"#).unwrap();
    let error = writer.write(r#"[{"a": 2}, {"a": "x"}]"#).unwrap_err();
    writer.write(r#"[{"a": 3}]"#).unwrap();
    let files = writer.close().unwrap();

    assert_eq!(error.kind(), ErrorKind::Contract);
    assert_eq!(rows(&files[0].path), 2);
}

#[test]
fn a_failure_to_write_is_final() {
    let place = Place::new();
    let mut writer = place.writer(1);
    fs::remove_dir(&place.0).unwrap();

    let first = writer.write(r#"[{"a": 1}]"#).unwrap_err();
    fs::create_dir(&place.0).unwrap();
    let second = writer.write(r#"[{"a": 1}]"#).unwrap_err();
    let last = writer.close().unwrap_err();

    for error in [&first, &second, &last] {
        assert_eq!((error.kind(), error.message()), (ErrorKind::Write, first.message()));
    }
    assert_eq!(place.files(), Vec::<PathBuf>::new());
}

#[test]
fn a_writer_that_is_dropped_leaves_only_whole_files() {
    let place = Place::new();
    let (mut whole, mut half) = (place.writer(1), place.writer(1 << 20));
    let files = whole.write(r#"[{"a": 1}]"#).unwrap();
    half.write(r#"[{"a": 2}]"#).unwrap();
    assert_eq!(place.files().len(), 2);

    drop((whole, half));

    assert_eq!(place.files(), [files[0].path.clone()]);
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let place = Place::new();
    fs::write(&place.0, "a file").unwrap();
    let config = format!(
        r#"{{"output_path": {:?}, "schema": [{{"name": "a", "type": "int64"}}]}}"#,
        place.0.join("below").to_str().unwrap()
    );

    let error = Writer::create(Config::parse(&config).unwrap()).unwrap_err();

    fs::remove_file(&place.0).unwrap();
    assert_eq!(error.kind(), ErrorKind::Write);
}

#[test]
fn names_never_repeat() {
    let threads: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(|| (0..1_000).map(|_| file_name(0)).collect::<Vec<_>>()))
        .collect();

    let names: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();

    assert_eq!(names.iter().collect::<HashSet<_>>().len(), 4_000);
    for name in names {
        assert!(name.starts_with("part-0-") && name.ends_with(".parquet"), "{name}");
    }
}
