//! A CSV reader behind the C ABI of headrace: a shared library for every language that can call C.
//!
//! - [`ffi`]: the exported functions; the only module with `unsafe`.
//! - `calls`: what they do.
//! - `config`: the JSON of `create_reader`.
//!
//! # Config
//! An object: `path` (one or a list), and optionally `schema` (a list of `{"name", "type",
//! "nullable"}`; told from `sample_rows` records of the first file where absent), `base_dir` (what
//! a relative path is relative to), `batch_rows`, `batch_bytes`, `drift` (an object of `new_column`
//! and `removed_column`, each `fail`, `ignore` or `evolve`; where one is not `fail`, the batches have
//! the columns that the file has), and the dialect: `delimiter`,
//! `quote`, `escape`, `comment`, `skip_lines`, `encoding`, `header`, `trim`, `null_values`,
//! `decimal`, `thousands`, `date_format`, `time_format`, `timestamp_format`, `true_values`,
//! `false_values`, `compression`. Any other key is refused.
//!
//! # Records
//! A record that is no row of the schema ends the reading with an error that names its place: who
//! wants such records quarantined reads the file with headrace's own reader.

mod calls;
mod config;
pub mod ffi;
