//! The writer that a caller holds: gathers batches and cuts row groups.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::parquet::arrow::add_encoded_arrow_schema_to_metadata;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::TypePtr;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::append::Appender;
use super::encode::{Encoder, root};
use super::ids::with_field_ids;
use super::options::{FileOptions, properties};
use super::pool::Pool;
use super::seconds::{stored, stored_schema};
use super::{batch_bytes, conform, failure};
use crate::Result;
use crate::sink::{FileSink, Sink};

/// A Parquet file being written; row groups are encoded in parallel and appended in order.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int64Array, RecordBatch};
/// use headrace_core::parquet::{Compression, FileOptions, FileWriter};
///
/// let batch = RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(vec![1, 2])) as _)])?;
/// let path = std::env::temp_dir().join(format!("headrace-{}.parquet", std::process::id()));
/// let mut file = FileWriter::create(FileOptions {
///     path: path.clone(),
///     schema: batch.schema(),
///     compression: Compression::Zstd,
///     row_group_bytes: 4 << 20,
///     metadata: Vec::new(),
///     field_ids: Default::default(),
/// })?;
/// file.write(&batch)?;
/// assert_eq!(file.close()?.rows, 2);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FileWriter {
    options: FileOptions,
    /// Of the file, where it is not that of the batches.
    stored: SchemaRef,
    root: TypePtr,
    appender: Arc<Appender>,
    encoder: Option<Arc<Encoder>>,
    gathered: Vec<RecordBatch>,
    gathered_bytes: usize,
    row_groups: usize,
    progress: Arc<Progress>,
}

/// What a file holds so far; readable at any time from any thread.
#[derive(Debug, Default)]
pub struct Progress {
    rows: AtomicU64,
    buffered_bytes: AtomicU64,
    written_bytes: Arc<AtomicU64>,
}

/// A file that is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Rows in it.
    pub rows: u64,
    /// Its length [bytes].
    pub bytes: u64,
}

impl Progress {
    /// Rows taken so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Arrow bytes of the rows not yet handed to an encoder.
    #[must_use]
    pub fn buffered_bytes(&self) -> u64 {
        self.buffered_bytes.load(Ordering::Relaxed)
    }

    /// Bytes in the file so far, and of row groups that are encoded and wait for their turn.
    #[must_use]
    pub fn written_bytes(&self) -> u64 {
        self.written_bytes.load(Ordering::Relaxed)
    }
}

impl FileWriter {
    /// Creates the file at the options' path; it must not exist.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Write`] where it cannot be created, [`crate::ErrorKind::Config`] where Parquet has no
    /// such column type or there is no column.
    pub fn create(options: FileOptions) -> Result<Self> {
        Self::open(options, |path| Ok(Box::new(FileSink::create(path)?)))
    }

    /// Writes the file to `sink`; the options' path is for messages alone.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn over(sink: Box<dyn Sink>, options: FileOptions) -> Result<Self> {
        Self::open(options, |_| Ok(sink))
    }

    fn open(
        options: FileOptions,
        sink: impl FnOnce(&Path) -> Result<Box<dyn Sink>>,
    ) -> Result<Self> {
        let stored = stored_schema(&options.schema);
        let root = root(&with_field_ids(&stored, &options.field_ids))?;
        let mut properties = properties(&options)?.build();
        add_encoded_arrow_schema_to_metadata(&stored, &mut properties);
        let sink = sink(&options.path)?;
        let sink = SerializedFileWriter::new(sink, Arc::clone(&root), Arc::new(properties))
            .map_err(|error| failure(&options.path, &error))?;
        let progress = Arc::new(Progress::default());
        let counter = Arc::clone(&progress.written_bytes);
        Ok(Self {
            stored,
            root,
            appender: Arc::new(Appender::new(options.path.clone(), sink, counter)),
            encoder: None,
            gathered: Vec::new(),
            gathered_bytes: 0,
            row_groups: 0,
            progress,
            options,
        })
    }

    /// What the file holds so far.
    #[must_use]
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Takes the rows of `batch`, without copying them; waits while as many row groups are in
    /// flight as there are threads.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Contract`] where its columns are not the file's or a required one holds a
    /// null; the file is then as before. Otherwise the failure of an earlier row group, after
    /// which the file takes no more.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.appender.check()?;
        let mut rest = stored(conform(batch, &self.options.schema)?, &self.stored)?;
        self.progress.rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        while rest.num_rows() > 0 {
            let rows = self.fitting_rows(&rest);
            let head = rest.slice(0, rows);
            rest = rest.slice(rows, rest.num_rows() - rows);
            self.gathered_bytes += batch_bytes(&head);
            self.gathered.push(head);
            self.count();
            if self.gathered_bytes >= self.options.row_group_bytes {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Rows of `batch` that the open row group takes, at least one. A quarter more than its size
    /// is let pass, for a batch that is cut keeps all of its memory until its last part is done.
    fn fitting_rows(&self, batch: &RecordBatch) -> usize {
        let target = self.options.row_group_bytes;
        let bytes = batch_bytes(batch).max(1);
        if self.gathered_bytes + bytes <= target + target / 4 {
            return batch.num_rows();
        }
        let room = target.saturating_sub(self.gathered_bytes);
        let rows = batch.num_rows() as u128 * room as u128 / bytes as u128;
        usize::try_from(rows).unwrap_or(usize::MAX).clamp(1, batch.num_rows())
    }

    /// Ends the row group and hands it to an encoder; nothing where no row is gathered.
    ///
    /// # Errors
    /// The failure of an earlier row group; that of a wait that was interrupted.
    pub fn flush(&mut self) -> Result<()> {
        self.appender.check()?;
        if self.gathered.is_empty() {
            return Ok(());
        }
        let encoder = if let Some(encoder) = &self.encoder {
            Arc::clone(encoder)
        } else {
            let root = Arc::clone(&self.root);
            let encoder =
                Arc::new(Encoder::new(&self.options, &self.stored, root, &self.gathered)?);
            Arc::clone(self.encoder.insert(encoder))
        };
        let pool = Pool::shared()?;
        let slot = pool.slot()?;
        let (index, batches) = (self.row_groups, std::mem::take(&mut self.gathered));
        self.row_groups += 1;
        self.gathered_bytes = 0;
        self.count();
        let appender = Arc::clone(&self.appender);
        appender.enter();
        pool.submit(Box::new(move || appender.run(&encoder, index, batches, slot)));
        Ok(())
    }

    /// Writes what is left and the footer, and closes the sink.
    ///
    /// # Errors
    /// The failure of any row group, or the sink's.
    pub fn close(mut self) -> Result<Summary> {
        self.flush()?;
        let sink = self.appender.finish()?.into_inner();
        let bytes = sink.map_err(|error| failure(&self.options.path, &error))?.close()?;
        self.progress.written_bytes.store(bytes, Ordering::Relaxed);
        Ok(Summary { rows: self.progress.rows(), bytes })
    }

    /// Drops what is in flight and the sink; a local file stays on the disk without a footer.
    pub fn abort(self) {
        self.appender.stop();
        // Whatever went wrong before is of no interest now.
        drop(self.appender.finish());
    }

    fn count(&self) {
        self.progress.buffered_bytes.store(self.gathered_bytes as u64, Ordering::Relaxed);
    }
}

impl Drop for FileWriter {
    /// Never waits: what is in flight ends by itself, and the last task closes the file.
    fn drop(&mut self) {
        self.appender.stop();
    }
}

impl std::fmt::Debug for FileWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileWriter").field("path", &self.options.path).finish_non_exhaustive()
    }
}
