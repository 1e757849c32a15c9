//! What servers and sockets complain of, as errors of the core.

use std::io;

use fallible_iterator::FallibleIterator;
use headrace_core::{Error, ErrorKind};
use postgres_protocol::message::backend::ErrorFields;

/// What a server's complaint means for who reads from it, by the beginning of its SQLSTATE.
///
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
const KINDS: [(&str, ErrorKind); 16] = [
    ("08", ErrorKind::Connection),    // connection exception
    ("28", ErrorKind::Permission),    // invalid authorization
    ("3D000", ErrorKind::NotFound),   // no such database
    ("3F000", ErrorKind::NotFound),   // no such schema
    ("40", ErrorKind::Connection),    // transaction rolled back: deadlock, recovery on a standby
    ("42501", ErrorKind::Permission), // insufficient privilege
    ("42P01", ErrorKind::NotFound),   // no such table
    ("53", ErrorKind::Connection),    // too many connections, disk full, out of memory
    ("55P03", ErrorKind::Connection), // a lock that is not to be had
    ("57014", ErrorKind::Connection), // cancelled: a statement's timeout
    ("57P01", ErrorKind::Connection), // the administrator ended it
    ("57P02", ErrorKind::Connection), // another session crashed
    ("57P03", ErrorKind::Connection), // starting up, shutting down
    ("57P05", ErrorKind::Connection), // a session's timeout
    ("25P03", ErrorKind::Connection), // likewise, of an idle transaction
    ("25P04", ErrorKind::Connection), // likewise, of any transaction
];

/// The error that a server's message is. Its details may hold values of rows, and are left out.
pub(crate) fn of_server(mut fields: ErrorFields<'_>) -> Error {
    let (mut code, mut message) = (String::new(), String::new());
    while let Ok(Some(field)) = fields.next() {
        let text = || String::from_utf8_lossy(field.value_bytes()).into_owned();
        match field.type_() {
            b'C' => code = text(),
            b'M' => message = text(),
            _ => {}
        }
    }
    let found = KINDS.iter().find(|(start, _)| code.starts_with(start));
    let kind = found.map_or(ErrorKind::Read, |(_, kind)| *kind);
    Error::new(kind, format!("Postgres says: {message} (SQLSTATE {code})"))
}

/// The error that a socket's is.
pub(crate) fn of_socket(what: &str, error: &io::Error) -> Error {
    Error::new(ErrorKind::Connection, format!("{what}: {error}"))
}

/// A server that does not speak as it should.
pub(crate) fn of_protocol(message: impl std::fmt::Display) -> Error {
    let message = format!("the server does not speak Postgres's protocol: {message}");
    Error::new(ErrorKind::Read, message)
}
