//! Postgres's binary `COPY … TO STDOUT` to Arrow batches.
//!
//! The stream comes in chunks of any size; nothing here connects to anything. A stream that is cut
//! or corrupt is an error, never the end of the data.
//!
//! - `decoder`: records to batches, cut by rows and bytes.
//! - `frames`: header, records and trailer of the stream.
//! - `fuzz`: the laws that hold whatever the bytes are.
//! - `interval`: intervals as ISO 8601 text.
//! - `moment`: dates, times and timestamps in the units of Arrow.
//! - `numeric`: decimals, exactly.
//! - `spelling`: the text of a value, as Postgres itself reads it.
//! - `values`: the values of a column; `list`: those of a column of arrays.
//! - `wire`: how values of a type come, and the columns that hold them.

mod decoder;
mod frames;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod interval;
mod list;
mod moment;
mod numeric;
mod spelling;
#[cfg(test)]
mod tests;
mod values;
mod wire;

pub use decoder::{Column, CopyBatch, CopyDecoder, Rejected};
pub use wire::{KNOWN, Known, Wire};
