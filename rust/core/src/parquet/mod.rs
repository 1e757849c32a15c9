//! Arrow batches to Parquet files, row groups in parallel.

mod columns;

pub use columns::{batch_bytes, conform, same_columns};
