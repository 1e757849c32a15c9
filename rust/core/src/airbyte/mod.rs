//! What an Airbyte connector prints: records to Arrow batches by stream, other messages as texts.
//!
//! - `lines`: bytes in any pieces to lines.
//! - `envelope`: what a line is, without a tree of it.
//! - `pending`: the records of one stream that are to be a batch.
//! - `decoder`: all of it, in the order of the lines.
//!
//! Source: the Airbyte protocol, <https://docs.airbyte.com/platform/understanding-airbyte/airbyte-protocol>.

mod decoder;
mod envelope;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod lines;
mod pending;
#[cfg(test)]
mod tests;

pub use decoder::{Bounds, Decoder, Event};
pub use lines::MAX_LINE_BYTES;
pub use pending::{Batch, Stream};
