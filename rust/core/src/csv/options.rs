//! The dialect of a CSV file, and what is null in it.

use crate::{Error, ErrorKind, Location, Result};

/// How a file is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// Decided by the first bytes of the file, never by its name.
    #[default]
    Auto,
    /// Plain bytes.
    None,
    /// One or more gzip members.
    Gzip,
}

impl Compression {
    /// The compression that `name` spells.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for any other name.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            "gzip" => Ok(Self::Gzip),
            _ => {
                let known = "auto, none or gzip";
                Err(config("compression", format!("{name:?} is no compression: use {known}")))
            }
        }
    }
}

/// How the bytes of a CSV file are read.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    /// Between fields: one ASCII byte, no line end.
    pub delimiter: u8,
    /// Around fields: one ASCII byte, no line end.
    pub quote: u8,
    /// Whether the first record names the columns.
    pub header: bool,
    /// Unquoted fields that are null.
    pub null_values: Vec<String>,
    /// How the file is compressed.
    pub compression: Compression,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: b'"',
            header: true,
            null_values: vec![String::new()],
            compression: Compression::Auto,
        }
    }
}

impl CsvOptions {
    /// Whether these options can be meant.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], naming the option: delimiter and quote must be different ASCII bytes
    /// and no line end, and no null spelling may contain either or a line end.
    pub fn check(&self) -> Result<()> {
        for (name, byte) in [("delimiter", self.delimiter), ("quote", self.quote)] {
            if !byte.is_ascii() || byte == b'\n' || byte == b'\r' {
                let message = format!("the {name} must be one ASCII character and no line end");
                return Err(config(name, message));
            }
        }
        if self.delimiter == self.quote {
            return Err(config("quote", "delimiter and quote must differ".into()));
        }
        let forbidden = [self.delimiter, self.quote, b'\n', b'\r'];
        for spelling in &self.null_values {
            if spelling.bytes().any(|byte| forbidden.contains(&byte)) {
                let reason = "contains the delimiter, the quote or a line end";
                let message = format!("the null spelling {spelling:?} {reason}");
                return Err(config("null_values", message));
            }
        }
        Ok(())
    }
}

fn config(field: &str, message: String) -> Error {
    Error::new(ErrorKind::Config, message)
        .at(Location { field: Some(field.into()), ..Location::default() })
}

/// The spellings of null, quick to rule out.
#[derive(Debug, Clone)]
pub struct NullValues {
    spellings: Vec<Box<[u8]>>,
    /// Bit `n` is set where a spelling has `n` bytes; longer ones share bit 63.
    lengths: u64,
}

impl NullValues {
    /// A set of `spellings`.
    #[must_use]
    pub fn new<S: AsRef<[u8]>>(spellings: &[S]) -> Self {
        let spellings: Vec<Box<[u8]>> = spellings.iter().map(|one| one.as_ref().into()).collect();
        let lengths = spellings.iter().fold(0, |bits, one| bits | 1 << one.len().min(63));
        Self { spellings, lengths }
    }

    /// Whether `text` is one of the spellings.
    #[inline]
    #[must_use]
    pub fn contains(&self, text: &[u8]) -> bool {
        self.has_length(text.len()) && self.spellings.iter().any(|one| **one == *text)
    }

    /// Whether a spelling may have `length` bytes; false is certain.
    #[inline]
    pub(super) fn has_length(&self, length: usize) -> bool {
        self.lengths >> length.min(63) & 1 == 1
    }
}
