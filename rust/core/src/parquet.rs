//! Arrow batches to Parquet files, row groups in parallel.
