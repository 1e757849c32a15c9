//! A Parquet writer behind the C ABI of headrace: a shared library for every language that can
//! call C.
//!
//! - [`ffi`]: the exported functions; the only module with `unsafe`.
//! - `calls`: what they do.
//! - `writer`: batches into files that roll by bytes.
//! - `config`: the JSON of `create_writer`.
//!
//! # Config
//! An object: `output_path` (a directory, created where missing), `schema` (a list of `{"name",
//! "type", "nullable"}`; `nullable` is true where absent), and optionally `compression` (`zstd`,
//! `snappy`, `gzip`, `none`), `row_group_bytes` (4 MiB) and `file_bytes` (128 MiB). Any other key
//! is refused.
//!
//! # Records
//! An array of objects; a key that is absent is null. Nothing is rounded or trimmed. The forms of
//! each type are those of [`headrace_core::json`]: `docs/json.md` has the table.

mod calls;
mod config;
pub mod ffi;
mod writer;
