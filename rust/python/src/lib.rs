//! The extension module `headrace._rust`: arguments in, work detached, results out.
//!
//! - [`error`]: the one door for errors, and for leaving the interpreter.
//! - [`schema`], [`batch`], [`rows`]: Arrow in and out, and Python rows.
//! - [`heap`]: the C library's heap, told to give back memory.
//! - [`pages`]: pages of libraries, given back.
//! - [`reject`]: rejected records, and what they break.
//! - [`airbyte`]: what an Airbyte connector prints.
//! - [`csv`]: the native CSV reader and the scanner beside Python's parser.
//! - [`json`]: records as JSON, and back.
//! - [`validate`]: the contract's rules.
//! - [`objectstore`]: the objects of a bucket. [`sink`]: where bytes go.
//! - [`postgres`]: sessions with Postgres.
//! - [`transform`]: steps between a reader and the contract.
//! - [`parquet`]: the Parquet file writer.

mod airbyte;
mod batch;
mod csv;
mod error;
mod heap;
mod json;
mod objectstore;
mod pages;
mod parquet;
mod postgres;
mod reject;
mod rows;
mod schema;
mod sink;
mod transform;
mod validate;

use pyo3::prelude::*;

#[pymodule]
fn _rust(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::register(module)?;
    heap::register(module)?;
    pages::register(module)?;
    schema::register(module)?;
    batch::register(module)?;
    rows::register(module)?;
    airbyte::register(module)?;
    csv::register(module)?;
    json::register(module)?;
    validate::register(module)?;
    transform::register(module)?;
    sink::register(module)?;
    objectstore::register(module)?;
    parquet::register(module)?;
    postgres::register(module)?;
    Ok(())
}
