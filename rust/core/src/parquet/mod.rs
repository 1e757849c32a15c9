//! Arrow batches to Parquet files, row groups in parallel.
//!
//! - [`file`]: the writer that a caller holds: gathers batches and cuts row groups.
//! - [`append`]: encoded row groups into the file, in their order.
//! - [`encode`]: one row group to column chunks. [`dictionary`]: which columns get one.
//! - [`pool`]: the threads that encode, one set for the process.
//! - [`footer`]: what a file that is closed says of its columns. [`ids`]: their ids.
//! - [`columns`]: what a batch must be to enter a file. [`seconds`]: what Parquet has no type for.
//!
//! Memory of the process is bounded by the threads of the pool (at most 4): each has one row group
//! in flight, its Arrow data (`row_group_bytes` and up to a quarter more) and the encoded pages of
//! it. Each open file gathers one more row group. Page tables and dictionaries come on top.

mod append;
mod columns;
mod dictionary;
mod encode;
mod file;
mod footer;
mod ids;
mod options;
mod pool;
mod seconds;

#[cfg(test)]
mod tests;

pub use columns::{batch_bytes, conform, joined, same_columns};
pub use file::{FileWriter, Progress, Summary};
pub use footer::{ColumnFacts, Footer};
pub use ids::{FieldIds, with_field_ids};
pub use options::{Compression, FileOptions};
pub use seconds::{stored, stored_schema};

use std::path::Path;

use ::parquet::errors::ParquetError;

use crate::{Error, ErrorKind, Location};

/// What the Parquet library's error means for the file at `path`.
fn failure(path: &Path, error: &ParquetError) -> Error {
    if let ParquetError::External(source) = error
        && let Some(io) = source.downcast_ref::<std::io::Error>()
    {
        return Error::writing(path, io);
    }
    Error::new(ErrorKind::Write, format!("cannot write {}: {error}", path.display()))
        .at(Location { path: Some(path.to_path_buf()), ..Location::default() })
}
