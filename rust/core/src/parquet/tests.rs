//! Laws of the Parquet writer.
