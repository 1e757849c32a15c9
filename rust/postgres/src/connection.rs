//! A session: queries, descriptions, COPY.

use fallible_iterator::FallibleIterator;
use headrace_core::postgres::{CopyBatch, CopyDecoder};
use headrace_core::{Error, ErrorKind, Result};
use postgres_protocol::message::backend::{DataRowBody, Message, RowDescriptionBody};
use postgres_protocol::message::frontend;

use crate::channel::{Channel, Patience};
use crate::fault;
use crate::login::login;
use crate::options::Options;

const COPY_DATA: u8 = b'd';
const COPY_DONE: u8 = b'c';

/// A column of a query's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// The number of its type in the catalog; of a domain, that of its base.
    pub type_oid: u32,
    /// The type's modifier, -1 where there is none.
    pub modifier: i32,
    /// The table that it is a column of; 0 where it is none's.
    pub table_oid: u32,
    /// Its number in that table.
    pub column: i16,
}

/// A session with a server.
pub struct Connection {
    channel: Channel,
    copy: Option<Copy>,
}

/// A COPY that is under way.
struct Copy {
    decoder: CopyDecoder,
    /// Of the message that is being read, bytes that are still to come.
    left: usize,
    records: u64,
    has_ended: bool,
}

impl Connection {
    /// Connects and logs in.
    ///
    /// `patience` is asked now and then while the server is waited for; the wait ends where it is
    /// false. So it is with all that waits.
    ///
    /// # Errors
    /// `Connection` where the server is not reached in time or refuses sessions, `Permission` where
    /// it refuses the credentials, `NotFound` where it has no such database, `Read` where TLS fails.
    pub fn open(options: &Options, patience: &mut dyn FnMut() -> bool) -> Result<Self> {
        Ok(Self { channel: login(options, patience)?, copy: None })
    }

    /// The rows of the last statement of a script, as text.
    ///
    /// # Errors
    /// What the server says; `Connection` where it is lost.
    pub fn query(
        &mut self,
        sql: &str,
        patience: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<Vec<Option<String>>>> {
        self.check_idle()?;
        frontend::query(sql, &mut self.channel.out).map_err(fault::of_protocol)?;
        self.channel.send()?;
        let (mut rows, mut failure) = (Vec::new(), None);
        loop {
            match self.channel.message(patience)? {
                Message::RowDescription(_) => rows.clear(),
                Message::DataRow(body) => rows.push(texts(&body)?),
                Message::ErrorResponse(body) => failure = Some(fault::of_server(body.fields())),
                Message::CommandComplete(_) | Message::EmptyQueryResponse => {}
                Message::ReadyForQuery(_) => return failure.map_or(Ok(rows), Err),
                _ => return Err(fault::of_protocol("an unexpected answer to a query")),
            }
        }
    }

    /// The columns of a query, which is not run.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub fn describe(
        &mut self,
        sql: &str,
        patience: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<Described>> {
        self.check_idle()?;
        let out = &mut self.channel.out;
        frontend::parse("", sql, [], out)
            .and_then(|()| frontend::describe(b'S', "", out))
            .map_err(fault::of_protocol)?;
        frontend::sync(&mut self.channel.out);
        self.channel.send()?;
        let (mut columns, mut failure) = (Vec::new(), None);
        loop {
            match self.channel.message(patience)? {
                Message::RowDescription(body) => columns = described(&body)?,
                Message::ErrorResponse(body) => failure = Some(fault::of_server(body.fields())),
                Message::ParseComplete | Message::ParameterDescription(_) | Message::NoData => {}
                Message::ReadyForQuery(_) => return failure.map_or(Ok(columns), Err),
                _ => return Err(fault::of_protocol("an unexpected answer to a description")),
            }
        }
    }

    /// Starts a `COPY … TO STDOUT (FORMAT binary)`, whose batches are then to be taken.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub fn copy(
        &mut self,
        sql: &str,
        decoder: CopyDecoder,
        patience: &mut dyn FnMut() -> bool,
    ) -> Result<()> {
        self.check_idle()?;
        frontend::query(sql, &mut self.channel.out).map_err(fault::of_protocol)?;
        self.channel.send()?;
        match self.channel.message(patience)? {
            Message::CopyOutResponse(body) if body.format() == 1 => {
                self.copy = Some(Copy { decoder, left: 0, records: 0, has_ended: false });
                Ok(())
            }
            Message::ErrorResponse(body) => {
                let failure = fault::of_server(body.fields());
                self.drain(patience);
                Err(failure)
            }
            _ => Err(fault::of_protocol("an unexpected answer to a COPY")),
        }
    }

    /// The next batch of the COPY under way; `None` behind the last.
    ///
    /// # Errors
    /// `Decode` where the stream is none, is cut, or has not as many records as the server counts;
    /// what the server says; `Connection` where it is lost.
    pub fn next_batch(&mut self, patience: &mut dyn FnMut() -> bool) -> Result<Option<CopyBatch>> {
        let Some(mut copy) = self.copy.take() else { return Ok(None) };
        while !copy.has_ended && !copy.decoder.is_full() {
            self.advance(&mut copy, patience)?;
        }
        let batch = copy.decoder.take_batch()?;
        // Behind the last batch of a COPY, a query may follow.
        if !copy.has_ended {
            self.copy = Some(copy);
        }
        Ok(batch)
    }

    /// Reads on, as far as something has come or the batch is full.
    fn advance(&mut self, copy: &mut Copy, patience: Patience<'_>) -> Result<()> {
        let channel = &mut self.channel;
        if copy.left > 0 {
            if channel.data().is_empty() {
                channel.fill(patience)?;
            }
            let data = channel.data();
            let before = copy.decoder.num_records();
            let taken = copy.decoder.feed(&data[..data.len().min(copy.left)])?;
            copy.records += (copy.decoder.num_records() - before) as u64;
            copy.left -= taken;
            channel.consume(taken);
            return Ok(());
        }
        match channel.header(patience)? {
            (COPY_DATA, length) => {
                channel.consume_header();
                copy.left = length;
            }
            (COPY_DONE, _) => {
                channel.message(patience)?;
                copy.decoder.finish()?;
                self.conclude(copy, patience)?;
            }
            _ => match channel.message(patience)? {
                Message::ErrorResponse(body) => {
                    let failure = fault::of_server(body.fields());
                    self.drain(patience);
                    return Err(failure);
                }
                _ => return Err(fault::of_protocol("an unexpected message within a COPY")),
            },
        }
        Ok(())
    }

    /// Compares what the server counts with what has come.
    fn conclude(&mut self, copy: &mut Copy, patience: Patience<'_>) -> Result<()> {
        loop {
            match self.channel.message(patience)? {
                Message::CommandComplete(body) => {
                    let tag = body.tag().map_err(fault::of_protocol)?;
                    let sent = tag.strip_prefix("COPY ").and_then(|count| count.parse().ok());
                    if sent.is_some_and(|sent: u64| sent != copy.records) {
                        let message =
                            format!("the server sent {tag:?}, but {} have come", copy.records);
                        return Err(Error::new(ErrorKind::Decode, message));
                    }
                }
                Message::ReadyForQuery(_) => {
                    copy.has_ended = true;
                    return Ok(());
                }
                Message::ErrorResponse(body) => return Err(fault::of_server(body.fields())),
                _ => return Err(fault::of_protocol("an unexpected message behind a COPY")),
            }
        }
    }

    /// Passes over what is left of an answer that failed; a server that ends a session may not have
    /// any, and the failure says why.
    fn drain(&mut self, patience: Patience<'_>) {
        while let Ok(message) = self.channel.message(patience) {
            if matches!(message, Message::ReadyForQuery(_)) {
                return;
            }
        }
    }

    fn check_idle(&self) -> Result<()> {
        if self.copy.is_none() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Internal, "a COPY is under way on this connection"))
    }
}

impl Drop for Connection {
    /// Says goodbye, so that the server does not log a lost connection; it need not arrive.
    fn drop(&mut self) {
        frontend::terminate(&mut self.channel.out);
        let _ = self.channel.send();
    }
}

fn texts(row: &DataRowBody) -> Result<Vec<Option<String>>> {
    let buffer = row.buffer();
    row.ranges()
        .map(|range| {
            Ok(range.map(|range| {
                String::from_utf8_lossy(buffer.get(range).unwrap_or_default()).into_owned()
            }))
        })
        .collect()
        .map_err(fault::of_protocol)
}

fn described(body: &RowDescriptionBody) -> Result<Vec<Described>> {
    body.fields()
        .map(|field| {
            Ok(Described {
                name: field.name().to_owned(),
                type_oid: field.type_oid(),
                modifier: field.type_modifier(),
                table_oid: field.table_oid(),
                column: field.column_id(),
            })
        })
        .collect()
        .map_err(fault::of_protocol)
}
