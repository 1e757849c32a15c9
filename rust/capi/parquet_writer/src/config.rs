//! The JSON of `create_writer`.

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use arrow_schema::SchemaRef;
use headrace_abi::columns::schema;
use headrace_abi::section::{self, parsed, path, size};
use headrace_core::Result;
use headrace_core::parquet::Compression;

/// Arrow bytes of a row group, as the engine's own writers have it: it bounds memory.
const DEFAULT_ROW_GROUP_BYTES: usize = 4 << 20;

/// Target size of a file: what object stores and query engines like best.
const DEFAULT_FILE_BYTES: usize = 128 << 20;

const KEYS: [&str; 5] = ["output_path", "schema", "compression", "row_group_bytes", "file_bytes"];

/// Where and how a writer writes.
#[derive(Debug)]
pub(crate) struct Config {
    /// Directory of the files.
    pub(crate) output_path: PathBuf,
    /// Columns, at least one, each name once.
    pub(crate) schema: SchemaRef,
    /// Codec of the pages.
    pub(crate) compression: Compression,
    /// Arrow bytes at which a row group ends, at least 1.
    pub(crate) row_group_bytes: usize,
    /// Bytes at which a file ends, at least 1.
    pub(crate) file_bytes: usize,
}

impl Config {
    /// Reads what the caller of `create_writer` hands over.
    ///
    /// # Errors
    /// [`headrace_core::ErrorKind::Config`] with every problem.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        section::parse(json, |section| {
            section.refuse_others(&KEYS);
            let output_path = section.require("output_path", path);
            let schema = section.require("schema", schema);
            let compression = section.take("compression", |value| parsed(value, str::parse));
            let row_group_bytes = section.take("row_group_bytes", size);
            let file_bytes = section.take("file_bytes", size);
            Some(Self {
                output_path: output_path?,
                schema: schema?,
                compression: compression.unwrap_or_default(),
                row_group_bytes: row_group_bytes.unwrap_or(DEFAULT_ROW_GROUP_BYTES),
                file_bytes: file_bytes.unwrap_or(DEFAULT_FILE_BYTES),
            })
        })
    }
}
