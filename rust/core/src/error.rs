//! The one error of the core: what happened, and where.

use std::fmt;
use std::path::PathBuf;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What happened. Exhaustive on purpose: a new kind must break the binding's `match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Nothing at the path, or something that is not a file.
    NotFound,
    /// The operating system refused access.
    Permission,
    /// A source that was not reached, or was lost.
    Connection,
    /// Any other failure while reading.
    Read,
    /// Bytes that do not parse.
    Decode,
    /// Well-formed data that break the declared schema.
    Contract,
    /// A file, disk or sink that could not be written.
    Write,
    /// A target that was not reached, was lost, or is too busy.
    TargetConnection,
    /// A target that refused the credentials, or is not who it should be.
    TargetAuth,
    /// A condition of a write that does not hold: somebody else was first.
    Conflict,
    /// An option, type or rule that is not valid.
    Config,
    /// A plugin handed over something that is not what it declared.
    Plugin,
    /// Our own bug.
    Internal,
}

impl ErrorKind {
    /// Every kind, for the binding's test of its own map.
    pub const ALL: [Self; 13] = [
        Self::NotFound,
        Self::Permission,
        Self::Connection,
        Self::Read,
        Self::Decode,
        Self::Contract,
        Self::Write,
        Self::TargetConnection,
        Self::TargetAuth,
        Self::Conflict,
        Self::Config,
        Self::Plugin,
        Self::Internal,
    ];

    /// The kind's stable name, as it crosses to Python.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Permission => "permission",
            Self::Connection => "connection",
            Self::Read => "read",
            Self::Decode => "decode",
            Self::Contract => "contract",
            Self::Write => "write",
            Self::TargetConnection => "target_connection",
            Self::TargetAuth => "target_auth",
            Self::Conflict => "conflict",
            Self::Config => "config",
            Self::Plugin => "plugin",
            Self::Internal => "internal",
        }
    }
}

/// Where it happened; what is unknown stays `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: Option<PathBuf>,
    /// Line of the file, from 1.
    pub line: Option<u64>,
    /// Offset in the decompressed bytes of the file, from 0.
    pub byte_offset: Option<u64>,
    /// The column's name.
    pub field: Option<String>,
    /// The rule that was broken.
    pub rule: Option<String>,
}

/// An error with its kind and place.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    location: Location,
}

impl Error {
    /// An error of `kind` without a place.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), location: Location::default() }))
    }

    /// The same error at `location`.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.0.location = location;
        self
    }

    /// What an operating system error means for someone reading `path`.
    #[must_use]
    pub fn reading(path: &std::path::Path, error: &std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::IsADirectory => ErrorKind::NotFound,
            std::io::ErrorKind::PermissionDenied => ErrorKind::Permission,
            _ => ErrorKind::Read,
        };
        Self::new(kind, format!("cannot read {}: {error}", path.display()))
            .at(Location { path: Some(path.to_path_buf()), ..Location::default() })
    }

    /// What an operating system error means for someone writing `path`; a sink's own stays as it is.
    #[must_use]
    pub fn writing(path: &std::path::Path, error: &std::io::Error) -> Self {
        if let Some(own) = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            return own.clone();
        }
        Self::new(ErrorKind::Write, format!("cannot write {}: {error}", path.display()))
            .at(Location { path: Some(path.to_path_buf()), ..Location::default() })
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Where it happened.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.0.location
    }

    /// What happened, in words, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}
