//! Where and how to connect.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use headrace_core::{Error, ErrorKind};

/// How far TLS is asked for, and whom it is to show.
///
/// <https://www.postgresql.org/docs/current/libpq-ssl.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// No TLS.
    Disable,
    /// TLS where the server has it, with whatever certificate.
    Prefer,
    /// TLS, with whatever certificate; as `verify-ca` where a root certificate is given.
    Require,
    /// TLS, with a certificate that a trusted one has signed.
    VerifyCa,
    /// Likewise, and the certificate is the host's.
    VerifyFull,
}

impl SslMode {
    /// Every mode by its name.
    pub const ALL: [(&str, Self); 5] = [
        ("disable", Self::Disable),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];
}

impl FromStr for SslMode {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, mode)| *mode).ok_or_else(|| {
            let known = Self::ALL.map(|(name, _)| name).join(", ");
            Error::new(ErrorKind::Config, format!("sslmode is one of {known}"))
        })
    }
}

/// Where and how to connect.
#[derive(Clone)]
pub struct Options {
    /// A name, an address, or the folder of a local socket where it begins with `/`.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The user.
    pub user: String,
    /// The user's password, where there is one.
    pub password: Option<String>,
    /// The database.
    pub database: String,
    /// How far TLS is asked for.
    pub ssl_mode: SslMode,
    /// PEM file of trusted certificates; `None` for those of the operating system.
    pub root_cert: Option<PathBuf>,
    /// PEM files of a certificate of one's own and its key.
    pub own_cert: Option<(PathBuf, PathBuf)>,
    /// Until the session must stand.
    pub connect_timeout: Duration,
    /// How the session calls itself.
    pub application_name: String,
}

impl std::fmt::Debug for Options {
    /// Where, and never how: a password is nowhere shown.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}", self.host, self.port)
    }
}
