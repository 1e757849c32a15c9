//! TCP, local sockets, and TLS on the first.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use headrace_core::{Error, ErrorKind, Result};
use postgres_protocol::message::frontend;
use rustls::{ClientConnection, StreamOwned};
use socket2::{SockRef, TcpKeepalive};

use crate::fault;
use crate::options::{Options, SslMode};
use crate::tls;

/// How long a read waits before the caller is asked whether to go on.
pub(crate) const TICK: Duration = Duration::from_millis(200);

/// A peer that is gone without a word is noticed after `IDLE` and `RETRIES` times `INTERVAL`.
const IDLE: Duration = Duration::from_secs(30);
const INTERVAL: Duration = Duration::from_secs(10);
#[cfg(not(windows))]
const RETRIES: u32 = 3;

/// Until a request must have left.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// A connected socket, whose reads give `WouldBlock` after a [`TICK`].
pub(crate) enum Socket {
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    #[cfg(unix)]
    Local(UnixStream),
}

impl Socket {
    /// A socket to the server, with TLS as far as it is asked for.
    pub(crate) fn connect(options: &Options, deadline: Instant) -> Result<Self> {
        if options.host.starts_with('/') {
            return Self::local(options);
        }
        let stream = reach(options, deadline)?;
        Self::tuned(&stream).map_err(|error| fault::of_socket("the socket", &error))?;
        match options.ssl_mode {
            SslMode::Disable => Ok(Self::Tcp(stream)),
            mode => Self::secured(stream, options, mode, deadline),
        }
    }

    #[cfg(unix)]
    fn local(options: &Options) -> Result<Self> {
        let path = format!("{}/.s.PGSQL.{}", options.host, options.port);
        let stream = UnixStream::connect(&path).and_then(|stream| {
            stream.set_read_timeout(Some(TICK))?;
            stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
            Ok(stream)
        });
        stream.map(Self::Local).map_err(|error| fault::of_socket(&path, &error))
    }

    #[cfg(not(unix))]
    fn local(_: &Options) -> Result<Self> {
        let message = "local sockets are there on Unix only: give a host's name";
        Err(Error::new(ErrorKind::Config, message))
    }

    fn tuned(stream: &TcpStream) -> io::Result<()> {
        let keepalive = TcpKeepalive::new().with_time(IDLE).with_interval(INTERVAL);
        #[cfg(not(windows))]
        let keepalive = keepalive.with_retries(RETRIES);
        SockRef::from(stream).set_tcp_keepalive(&keepalive)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
        stream.set_read_timeout(Some(TICK))
    }

    fn secured(
        mut stream: TcpStream,
        options: &Options,
        mode: SslMode,
        deadline: Instant,
    ) -> Result<Self> {
        let mut request = BytesMut::new();
        frontend::ssl_request(&mut request);
        stream.write_all(&request).map_err(|error| fault::of_socket("asking for TLS", &error))?;
        // One byte and no more: what a stranger put behind it must not pass for the server's.
        let mut answer = [0; 1];
        patient(deadline, || stream.read_exact(&mut answer))?;
        match (answer[0], mode) {
            (b'S', _) => {
                let connection = tls::client(options, mode)?;
                let mut stream = StreamOwned::new(connection, stream);
                patient(deadline, || {
                    while stream.conn.is_handshaking() {
                        stream.conn.complete_io(&mut stream.sock)?;
                    }
                    Ok(())
                })?;
                Ok(Self::Tls(Box::new(stream)))
            }
            (b'N', SslMode::Prefer) => Ok(Self::Tcp(stream)),
            (b'N', _) => {
                let message = "the server has no TLS, which sslmode asks for";
                Err(Error::new(ErrorKind::Read, message))
            }
            _ => Err(fault::of_protocol("no answer to the request for TLS")),
        }
    }

    /// Whether what is sent is encrypted.
    pub(crate) fn is_secured(&self) -> bool {
        matches!(self, Self::Tls(_))
    }
}

/// Tries again until it is done, or the deadline has passed.
fn patient(deadline: Instant, mut attempt: impl FnMut() -> io::Result<()>) -> Result<()> {
    loop {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(error) if is_tick(&error) && Instant::now() < deadline => {}
            Err(error) if is_tick(&error) => return Err(late()),
            Err(error) => return Err(tls::failure(&error)),
        }
    }
}

/// A server that does not answer in time.
pub(crate) fn late() -> Error {
    Error::new(ErrorKind::Connection, "the server did not answer in time")
}

/// Whether nothing came for a [`TICK`].
pub(crate) fn is_tick(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::WouldBlock | K::TimedOut | K::Interrupted)
}

/// A connection to one of the host's addresses, the first that answers.
fn reach(options: &Options, deadline: Instant) -> Result<TcpStream> {
    let place = (options.host.as_str(), options.port);
    let addresses =
        place.to_socket_addrs().map_err(|error| fault::of_socket(&options.host, &error))?;
    let mut failure = Error::new(ErrorKind::Connection, "the host has no address");
    for address in addresses {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late());
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = fault::of_socket(&address.to_string(), &error),
        }
    }
    Err(failure)
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
            #[cfg(unix)]
            Self::Local(stream) => stream.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(data),
            Self::Tls(stream) => stream.write(data),
            #[cfg(unix)]
            Self::Local(stream) => stream.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
            #[cfg(unix)]
            Self::Local(stream) => stream.flush(),
        }
    }
}
