//! A client of Postgres that reads. Knows no Python.
//!
//! Its own, and small, because the libraries there are hand over a COPY row by row, which costs more
//! than to decode it; the messages and the authentication are those of `postgres-protocol`, and TLS
//! is that of `rustls`. It waits on the calling thread, and asks it now and then whether to go on.
//!
//! - `channel`: messages on a socket.
//! - `connection`: a session: queries, descriptions, COPY.
//! - `fault`: what servers and sockets complain of, as errors of the core.
//! - `login`: the start of a session.
//! - `options`: where and how to connect.
//! - `socket`: TCP, local sockets, and TLS on the first.
//! - `tls`: whom to trust.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod channel;
mod connection;
mod fault;
mod login;
mod options;
mod socket;
mod tls;

pub use connection::{Connection, Described};
pub use options::{Options, SslMode};
