//! A C program, compiled against the shared library, writes files that the Parquet reader reads.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::Value;

/// A directory that is gone at the end of its test.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("headrace-c-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Runs `command`, which must succeed.
fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {} {told}", output.status);
    output
}

/// Where cargo put the shared library: beside this test.
fn library_folder() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_path_buf()
}

fn compile(place: &Path) -> PathBuf {
    let (program, folder) = (place.join("main"), library_folder());
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let mut command = Command::new(compiler);
    command.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&program);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/main.c"));
    command.arg("-L").arg(&folder).arg("-lparquet_writer");
    run(command.arg(format!("-Wl,-rpath,{}", folder.display())));
    program
}

/// Id and price of each row.
fn rows(path: &str) -> Vec<(i64, Option<String>)> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(|row| row.unwrap());
    rows.map(|row| {
        let price = row.get_decimal(1).ok().map(|_| row.to_string());
        (row.get_long(0).unwrap(), price)
    })
    .collect()
}

#[test]
fn a_c_program_writes_every_row_once_and_hears_of_every_error() {
    let place = Place::new();
    let out = place.0.join("out");

    // Cargo puts folders with older builds of the library before the one that was linked.
    let output = run(Command::new(compile(&place.0)).env_remove("LD_LIBRARY_PATH").arg(&out));

    let text = String::from_utf8(output.stdout).unwrap();
    let (mut files, mut told) = (Vec::new(), Vec::new());
    for line in text.lines() {
        match line.strip_prefix("write [") {
            Some(list) => files.push(serde_json::from_str::<Value>(&format!("[{list}")).unwrap()),
            None => told.push(line),
        }
    }
    assert_eq!(
        told,
        [
            "abi 1",
            "create NULL",
            "error output_path is missing; schema is missing",
            "error NULL",
            "write NULL",
            r#"error record 1, field "id": the number is not an int64"#,
            "close []",
            "write NULL",
            "error the writer is closed",
            "write NULL",
            "error the handle is NULL",
        ]
    );
    let path = |file: &Value| file[0]["path"].as_str().unwrap().to_owned();
    let found: Vec<_> = files.iter().map(|file| rows(&path(file))).collect();
    let price = |id: i64, price: &str| (id, Some(format!("{{id: {id}, price: {price}}}")));
    assert_eq!(found, [vec![price(i64::MAX, "1.50"), (i64::MIN, None)], vec![price(2, "-0.01")]]);
    for (file, count) in files.iter().zip([2, 1]) {
        assert_eq!(file[0]["rows"], count);
        assert_eq!(file[0]["bytes"], std::fs::metadata(path(file)).unwrap().len());
    }
    assert_eq!(std::fs::read_dir(out).unwrap().count(), 2);
}
