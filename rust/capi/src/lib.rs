//! The JSON C ABI of headrace as a shared library: a Parquet writer for every language that can
//! call C.
//!
//! - [`ffi`]: the exported functions; the only module with `unsafe`.
//! - `handle`: what a pointer of the caller stands for: locks, keeps the last error, stops panics.
//! - `writer`: batches into files that roll by bytes.
//! - `records`: JSON records to Arrow, exactly or not at all.
//! - `config`: the JSON of `create_writer`.
//!
//! # Config
//! An object: `output_path` (a directory, created where missing), `schema` (a list of `{"name",
//! "type", "nullable"}`; `nullable` is true where absent), and optionally `compression` (`zstd`,
//! `snappy`, `gzip`, `none`), `row_group_bytes` (4 MiB) and `file_bytes` (128 MiB). Any other key
//! is refused.
//!
//! # Records
//! An array of objects; a key that is absent is null. Nothing is rounded or trimmed:
//!
//! | column | takes |
//! |---|---|
//! | `bool` | `true`, `false` |
//! | `int8` … `int64` | a number without point and exponent |
//! | `float`, `double` | a number (one without point and exponent must be exact), `{"$float": "NaN"}`, `"Infinity"`, `"-Infinity"` |
//! | `decimal128(p, s)` | a text or number without exponent, `{"$decimal": "1.50"}` |
//! | `string` | a text |
//! | `date32[day]` | `"2024-02-29"`, `{"$date": "2024-02-29"}` |
//! | `timestamp[us]` | `"2024-02-29T12:00:00.5"`, `{"$timestamp": …}`; with `tz=UTC` the text ends in a zone |

mod config;
pub mod ffi;
mod handle;
mod records;
mod writer;
