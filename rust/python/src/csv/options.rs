//! Arguments to the core's options.

use std::sync::{Mutex, MutexGuard};

use headrace_core::csv::{Compression, CsvOptions};
use headrace_core::{Error, ErrorKind, Location, Result};

/// The lock of a reader whose earlier call panicked: what it holds can no longer be trusted, and
/// to go on could pass over records.
pub(super) fn locked<T>(reader: &Mutex<T>) -> Result<MutexGuard<'_, T>> {
    reader.lock().map_err(|_| Error::new(ErrorKind::Internal, "an earlier call panicked"))
}

/// The options that every entry takes.
pub(super) struct Arguments<'a> {
    pub(super) delimiter: &'a str,
    pub(super) quote: &'a str,
    pub(super) header: bool,
    pub(super) null_values: Vec<String>,
    pub(super) compression: &'a str,
}

impl Arguments<'_> {
    pub(super) fn parse(self) -> Result<CsvOptions> {
        let options = CsvOptions {
            delimiter: single_byte("delimiter", self.delimiter)?,
            quote: single_byte("quote", self.quote)?,
            header: self.header,
            null_values: self.null_values,
            compression: Compression::parse(self.compression)?,
        };
        options.check()?;
        Ok(options)
    }
}

fn single_byte(field: &str, text: &str) -> Result<u8> {
    if let [byte] = text.as_bytes() {
        return Ok(*byte);
    }
    let message = format!("the {field} must be one ASCII character, not {text:?}");
    let place = Location { field: Some(field.to_owned()), ..Location::default() };
    Err(Error::new(ErrorKind::Config, message).at(place))
}
