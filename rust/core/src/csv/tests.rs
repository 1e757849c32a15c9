//! Laws of the CSV half, and the files they are tried on.

mod encodings;
mod files;
mod growth;
mod infer;
mod laws;
mod records;
mod scanner;
mod values;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{Field, Schema};
use arrow_select::concat::concat_batches;

use super::limits::Limits;
use super::{CsvBatch, CsvOptions, CsvReader};
use crate::reject::RejectedRecord;
use crate::{Error, types};

/// A file that is gone when this is.
struct TempFile(PathBuf);

impl TempFile {
    fn new(bytes: impl AsRef<[u8]>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("headrace-csv-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// `name:type` a column.
fn schema(columns: &[&str]) -> Schema {
    let fields = columns.iter().map(|column| {
        let (name, spelling) = column.split_once(':').unwrap_or((column, "string"));
        Field::new(name, types::parse(spelling).unwrap(), false)
    });
    Schema::new(fields.collect::<Vec<_>>())
}

/// Everything that came out of a reader.
struct Outcome {
    batches: Vec<CsvBatch>,
    failure: Option<Error>,
}

impl Outcome {
    fn rows(&self) -> RecordBatch {
        let batches = self.batches.iter().map(|batch| &batch.batch);
        concat_batches(&self.batches[0].batch.schema(), batches).unwrap()
    }

    /// A text column; null is `None`.
    fn texts(&self, column: usize) -> Vec<Option<String>> {
        if self.batches.is_empty() {
            return vec![];
        }
        let rows = self.rows();
        let texts = rows.column(column).as_string::<i32>();
        texts.iter().map(|text| text.map(Into::into)).collect()
    }

    fn rejects(&self) -> Vec<&RejectedRecord> {
        self.batches.iter().flat_map(|batch| &batch.rejects).collect()
    }

    /// Rules broken, in order.
    fn rules(&self) -> Vec<&'static str> {
        self.rejects().iter().flat_map(|reject| &reject.violations).map(|one| one.rule).collect()
    }

    fn expect_failure(&self) -> &Error {
        self.failure.as_ref().expect("the reader should have failed")
    }
}

fn drain(mut reader: CsvReader) -> Outcome {
    let mut batches = Vec::new();
    loop {
        match reader.next_batch() {
            Ok(Some(batch)) => batches.push(batch),
            Ok(None) => return Outcome { batches, failure: None },
            Err(failure) => return Outcome { batches, failure: Some(failure) },
        }
    }
}

fn read_with(
    bytes: impl AsRef<[u8]>,
    columns: &[&str],
    options: CsvOptions,
    limits: Limits,
) -> Outcome {
    let file = TempFile::new(bytes);
    let paths = vec![file.path().to_path_buf()];
    let reader = CsvReader::new(paths, &schema(columns), options, 10_000, 4 << 20).unwrap();
    drain(reader.with_limits(limits))
}

fn read(bytes: impl AsRef<[u8]>, columns: &[&str]) -> Outcome {
    read_with(bytes, columns, CsvOptions::default(), Limits::default())
}

fn headless() -> CsvOptions {
    CsvOptions { header: false, ..CsvOptions::default() }
}

/// Texts as a text column gives them.
fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| Some((*text).to_owned())).collect()
}
