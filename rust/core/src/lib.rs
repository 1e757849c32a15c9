//! The native core of headrace. Knows no Python and tests without an interpreter.
//!
//! - [`error`]: the one error type, with a kind and a place.
//! - [`types`]: column types and their spellings.
//! - [`text`]: the one grammar that turns text into values.
//! - [`airbyte`]: the output of Airbyte connectors to Arrow batches.
//! - [`csv`]: CSV bytes to Arrow batches.
//! - `fuzz`: the bodies of the fuzz targets, in tests and under a fuzzer only.
//! - [`json`]: records as JSON, and back.
//! - `value`: the text of a value, for people and for names of partitions.
//! - [`kind`]: what values have in common, where nobody has declared their type.
//! - [`foreign`]: Arrow data of others, checked.
//! - [`reject`]: a row that could not be taken, and why.
//! - [`validate`]: Arrow batches against the rules of a contract.
//! - [`transform`]: steps between a reader and the contract, and their expressions.
//! - [`partition`]: one batch to one batch for each partition value.
//! - [`postgres`]: Postgres's binary COPY to Arrow batches.
//! - [`project`]: one batch to the columns of a schema.
//! - [`patience`]: waiting that can be ended.
//! - [`sink`]: where the bytes of a file go.
//! - [`parquet`]: Arrow batches to Parquet files, row groups in parallel.
#![forbid(unsafe_code)]

pub mod airbyte;
pub mod csv;
pub mod error;
pub mod foreign;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod json;
pub mod kind;
pub mod parquet;
pub mod partition;
pub mod patience;
pub mod postgres;
pub mod project;
pub mod reject;
pub mod sink;
pub mod text;
pub mod transform;
pub mod types;
pub mod validate;
mod value;

pub use error::{Error, ErrorKind, Location, Result};
