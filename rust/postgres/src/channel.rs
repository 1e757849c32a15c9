//! Messages on a socket.

use std::io::{Read, Write};
use std::time::Instant;

use bytes::BytesMut;
use headrace_core::{Error, ErrorKind, Result};
use postgres_protocol::message::backend::Message;

use crate::fault;
use crate::socket::{Socket, is_tick, late};

/// Asked now and then while the server is waited for; false where the wait is to end.
pub(crate) type Patience<'a> = &'a mut dyn FnMut() -> bool;

/// Bytes of a read: rows are small, and so is what a core's cache holds.
const READ_BYTES: usize = 64 << 10;

/// Of a message that is not of a COPY; none that this client asks for is longer.
const MESSAGE_BYTES_MAX: usize = 16 << 20;

/// A message's kind, and the length of its body: itself included, as it is sent.
const HEADER_BYTES: usize = 5;
const LENGTH_BYTES: usize = 4;

pub(crate) struct Channel {
    pub(crate) socket: Socket,
    /// What has come and is still to be read is between `start` and `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Requests to be sent.
    pub(crate) out: BytesMut,
    /// Until the server must have answered.
    pub(crate) deadline: Option<Instant>,
}

impl Channel {
    pub(crate) fn new(socket: Socket, deadline: Instant) -> Self {
        Self {
            socket,
            buffer: vec![0; READ_BYTES],
            start: 0,
            end: 0,
            out: BytesMut::new(),
            deadline: Some(deadline),
        }
    }

    /// Sends what is in `out`.
    pub(crate) fn send(&mut self) -> Result<()> {
        let sent = self.socket.write_all(&self.out).and_then(|()| self.socket.flush());
        self.out.clear();
        sent.map_err(|error| fault::of_socket("sending to the server", &error))
    }

    /// What has come and is still to be read.
    pub(crate) fn data(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Passes over what was read.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    /// Waits for more.
    pub(crate) fn fill(&mut self, patience: Patience<'_>) -> Result<()> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            if self.end == self.buffer.len() {
                self.buffer.resize(2 * self.end, 0);
            }
        }
        loop {
            match self.socket.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    let message = "the server closed the connection";
                    return Err(Error::new(ErrorKind::Connection, message));
                }
                Ok(bytes) => {
                    self.end += bytes;
                    return Ok(());
                }
                Err(error) if is_tick(&error) => {
                    if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                        return Err(late());
                    }
                    if !patience() {
                        let message = "the wait for the server was ended";
                        return Err(Error::new(ErrorKind::Connection, message));
                    }
                }
                Err(error) => return Err(fault::of_socket("the connection was lost", &error)),
            }
        }
    }

    /// The kind of the next message and the length of its body, which stands behind it.
    pub(crate) fn header(&mut self, patience: Patience<'_>) -> Result<(u8, usize)> {
        while self.data().len() < HEADER_BYTES {
            self.fill(patience)?;
        }
        let data = self.data();
        let length = u32::from_be_bytes([data[1], data[2], data[3], data[4]]);
        let length = usize::try_from(length).ok().and_then(|all| all.checked_sub(LENGTH_BYTES));
        let length = length.ok_or_else(|| fault::of_protocol("a message without a length"))?;
        Ok((data[0], length))
    }

    /// Passes over a header.
    pub(crate) fn consume_header(&mut self) {
        self.consume(HEADER_BYTES);
    }

    /// The next message whole; what the server says unasked is passed over.
    pub(crate) fn message(&mut self, patience: Patience<'_>) -> Result<Message> {
        loop {
            let (_, length) = self.header(patience)?;
            if length > MESSAGE_BYTES_MAX {
                return Err(fault::of_protocol(format!("a message of {length} bytes")));
            }
            let whole = HEADER_BYTES + length;
            while self.data().len() < whole {
                self.fill(patience)?;
            }
            let mut bytes = BytesMut::from(&self.data()[..whole]);
            self.consume(whole);
            let message = Message::parse(&mut bytes).map_err(fault::of_protocol)?;
            match message {
                Some(
                    Message::NoticeResponse(_)
                    | Message::ParameterStatus(_)
                    | Message::NotificationResponse(_),
                ) => {}
                Some(message) => return Ok(message),
                None => return Err(fault::of_protocol("a message that is cut")),
            }
        }
    }
}
