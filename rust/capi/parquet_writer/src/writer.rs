//! Batches into Parquet files that roll by bytes, each under a name of its own.

#[cfg(test)]
mod tests;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use arrow_array::RecordBatch;
use headrace_core::parquet::{FieldIds, FileOptions, FileWriter, conform};
use headrace_core::{Error, ErrorKind, Result, json};
use serde_json::{Value, json};

use crate::config::Config;

/// A file that is complete and on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileMetadata {
    /// Where it is, below the `output_path` as that was given.
    pub(crate) path: PathBuf,
    /// Rows in it.
    pub(crate) rows: u64,
    /// Its length [bytes].
    pub(crate) bytes: u64,
}

/// Files as JSON.
pub(crate) fn listed(files: &[FileMetadata]) -> String {
    let entries = files.iter().map(|file| {
        // The directory came as JSON, so that the path is text.
        json!({"path": file.path.to_string_lossy(), "rows": file.rows, "bytes": file.bytes})
    });
    Value::Array(entries.collect()).to_string()
}

/// Writes records to the files of one directory. Dropped before it is closed, it removes the file
/// that is not complete.
#[derive(Debug)]
pub(crate) struct Writer {
    config: Config,
    open: Option<OpenFile>,
    files: u64,
    /// The first failure to write; rows are lost, so nothing is taken after it.
    failure: Option<(ErrorKind, String)>,
}

#[derive(Debug)]
struct OpenFile {
    path: PathBuf,
    file: FileWriter,
}

impl Writer {
    /// Creates the directory where it is missing; files come with the first rows.
    ///
    /// # Errors
    /// [`ErrorKind::Write`] where the directory cannot be made.
    pub(crate) fn create(config: Config) -> Result<Self> {
        fs::create_dir_all(&config.output_path)
            .map_err(|error| Error::writing(&config.output_path, &error))?;
        Ok(Self { config, open: None, files: 0, failure: None })
    }

    /// Takes the records of a JSON array, all or none; returns the files that they completed. A
    /// file ends with the batch that fills it.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] and [`ErrorKind::Contract`] where the records do not fit the schema;
    /// the writer is then as before. [`ErrorKind::Write`] where the disk refuses; the writer then
    /// takes no more.
    pub(crate) fn write(&mut self, records_json: &str) -> Result<Vec<FileMetadata>> {
        self.check()?;
        let batch = json::decode(records_json.as_bytes(), &self.config.schema)?;
        let written = self.append(&batch);
        self.noted(written)
    }

    /// As [`Self::write`], the rows of a batch.
    ///
    /// # Errors
    /// [`ErrorKind::Contract`] where the batch has other columns than the schema; the writer is
    /// then as before. [`ErrorKind::Write`] as for [`Self::write`].
    pub(crate) fn write_arrow(&mut self, batch: &RecordBatch) -> Result<Vec<FileMetadata>> {
        self.check()?;
        let batch = conform(batch, &self.config.schema)?;
        let written = self.append(&batch);
        self.noted(written)
    }

    /// Ends the file that is open; returns it.
    ///
    /// # Errors
    /// [`ErrorKind::Write`], also of an earlier call.
    pub(crate) fn close(mut self) -> Result<Vec<FileMetadata>> {
        self.check()?;
        self.complete()
    }

    fn check(&self) -> Result<()> {
        match &self.failure {
            Some((kind, message)) => Err(Error::new(*kind, message)),
            None => Ok(()),
        }
    }

    fn noted<T>(&mut self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result {
            self.failure = Some((error.kind(), error.message().to_owned()));
        }
        result
    }

    fn append(&mut self, batch: &RecordBatch) -> Result<Vec<FileMetadata>> {
        if batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        let open = match self.open.take() {
            Some(open) => open,
            None => self.open_file()?,
        };
        let open = self.open.insert(open);
        open.file.write(batch)?;
        let written = usize::try_from(open.file.progress().written_bytes()).unwrap_or(usize::MAX);
        if written < self.config.file_bytes {
            return Ok(Vec::new());
        }
        self.complete()
    }

    fn open_file(&mut self) -> Result<OpenFile> {
        let path = self.config.output_path.join(file_name(self.files));
        let file = FileWriter::create(FileOptions {
            path: path.clone(),
            schema: self.config.schema.clone(),
            compression: self.config.compression,
            row_group_bytes: self.config.row_group_bytes,
            metadata: Vec::new(),
            field_ids: FieldIds::new(),
        })?;
        self.files += 1;
        Ok(OpenFile { path, file })
    }

    fn complete(&mut self) -> Result<Vec<FileMetadata>> {
        let Some(OpenFile { path, file }) = self.open.take() else { return Ok(Vec::new()) };
        match file.close() {
            Ok(summary) => {
                Ok(vec![FileMetadata { path, rows: summary.rows, bytes: summary.bytes }])
            }
            Err(error) => {
                remove(&path);
                Err(error)
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(OpenFile { path, file }) = self.open.take() {
            file.abort();
            remove(&path);
        }
    }
}

/// Removes a file that never got its footer: no reader could open it.
fn remove(path: &std::path::Path) {
    // There is nobody left to tell, and what failed before matters more.
    drop(fs::remove_file(path));
}

/// `part-<n>-<unique>.parquet`: process, time and a count of the process never repeat together.
fn file_name(number: u64) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let process = std::process::id();
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |past| past.as_nanos());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("part-{number}-{process:x}-{nanos:x}-{count:x}.parquet")
}
