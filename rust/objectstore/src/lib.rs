//! A client of S3 that streams, on top of the crate `object_store`. Knows no Python.
//!
//! It adds what exactly-once commits need and that crate does not give: requests that are never
//! repeated where a repetition could lie, a list of open uploads, errors that tell a refusal from a
//! server that was not reached, and a sink whose parts go out in the background, in bounded memory.
//!
//! - `fault`: what servers and sockets complain of, as errors of the core.
//! - `options`: where and how to connect.
//! - `runtime`: the one thread that talks to servers, and waiting for it.
//! - `shared`: a sink that several hold.
//! - `store`: the objects of a bucket.
//! - `upload`: the bytes of one object, in parts.
//! - `uploads`: the list of open uploads.
//! - `watch`: what a server answered, kept aside.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod fault;
mod options;
mod runtime;
mod shared;
mod store;
mod upload;
mod uploads;
mod watch;

#[cfg(test)]
mod tests;

pub use options::{Keys, Options};
pub use shared::SharedSink;
pub use store::{Condition, Store};
pub use upload::{MAX_PARTS, MIN_PART_BYTES, PARTS_UNDER_WAY};
