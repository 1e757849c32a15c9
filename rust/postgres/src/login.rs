//! The start of a session.

use std::time::Instant;

use fallible_iterator::FallibleIterator;
use headrace_core::{Error, ErrorKind, Result};
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;

use crate::channel::{Channel, Patience};
use crate::fault;
use crate::options::Options;
use crate::socket::Socket;

/// A session that is ready for queries.
pub(crate) fn login(options: &Options, patience: Patience<'_>) -> Result<Channel> {
    let deadline = Instant::now() + options.connect_timeout;
    let mut channel = Channel::new(Socket::connect(options, deadline)?, deadline);
    let parameters = [
        ("user", options.user.as_str()),
        ("database", options.database.as_str()),
        ("application_name", options.application_name.as_str()),
        ("client_encoding", "UTF8"),
    ];
    frontend::startup_message(parameters, &mut channel.out).map_err(fault::of_protocol)?;
    channel.send()?;
    loop {
        match channel.message(patience)? {
            Message::AuthenticationOk | Message::BackendKeyData(_) => {}
            Message::AuthenticationCleartextPassword => {
                if !channel.socket.is_secured() && !options.host.starts_with('/') {
                    let message = "the server asks for the password in clear, on a connection \
                                   without TLS: set sslmode=require, or have it ask for SCRAM";
                    return Err(Error::new(ErrorKind::Permission, message));
                }
                answer(&mut channel, password(options)?.as_bytes())?;
            }
            Message::AuthenticationMd5Password(body) => {
                let user = options.user.as_bytes();
                let hash = md5_hash(user, password(options)?.as_bytes(), body.salt());
                answer(&mut channel, hash.as_bytes())?;
            }
            Message::AuthenticationSasl(body) => {
                let is_offered = body.mechanisms().any(|name| Ok(name == SCRAM_SHA_256));
                if !is_offered.map_err(fault::of_protocol)? {
                    return Err(unsupported("none of its mechanisms is SCRAM-SHA-256"));
                }
                scram(&mut channel, password(options)?, patience)?;
            }
            Message::AuthenticationGss
            | Message::AuthenticationSspi
            | Message::AuthenticationKerberosV5
            | Message::AuthenticationScmCredential => {
                return Err(unsupported("it asks for Kerberos or the like"));
            }
            Message::ErrorResponse(body) => return Err(fault::of_server(body.fields())),
            Message::ReadyForQuery(_) => {
                channel.deadline = None;
                return Ok(channel);
            }
            _ => return Err(fault::of_protocol("an unexpected message at the start")),
        }
    }
}

fn password(options: &Options) -> Result<&str> {
    options.password.as_deref().ok_or_else(|| {
        let message = "the server asks for a password, and the dsn has none";
        Error::new(ErrorKind::Permission, message)
    })
}

fn unsupported(why: &str) -> Error {
    Error::new(ErrorKind::Permission, format!("the server's way to log in is unknown: {why}"))
}

fn answer(channel: &mut Channel, password: &[u8]) -> Result<()> {
    frontend::password_message(password, &mut channel.out).map_err(fault::of_protocol)?;
    channel.send()
}

/// The server proves that it knows the password, too.
fn scram(channel: &mut Channel, password: &str, patience: Patience<'_>) -> Result<()> {
    let mut scram = ScramSha256::new(password.as_bytes(), ChannelBinding::unsupported());
    frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), &mut channel.out)
        .map_err(fault::of_protocol)?;
    channel.send()?;
    let message = channel.message(patience)?;
    let Message::AuthenticationSaslContinue(body) = message else { return Err(other(&message)) };
    scram.update(body.data()).map_err(fault::of_protocol)?;
    frontend::sasl_response(scram.message(), &mut channel.out).map_err(fault::of_protocol)?;
    channel.send()?;
    let message = channel.message(patience)?;
    let Message::AuthenticationSaslFinal(body) = message else { return Err(other(&message)) };
    scram.finish(body.data()).map_err(fault::of_protocol)
}

fn other(message: &Message) -> Error {
    match message {
        Message::ErrorResponse(body) => fault::of_server(body.fields()),
        _ => fault::of_protocol("an unexpected message instead of SCRAM's"),
    }
}
