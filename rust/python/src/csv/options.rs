//! Arguments to the core's options.

use headrace_core::csv::{Compression, CsvOptions};
use headrace_core::{Error, ErrorKind, Location, Result};

/// The options that every entry takes.
pub(super) struct Arguments<'a> {
    pub(super) delimiter: &'a str,
    pub(super) quote: &'a str,
    pub(super) header: bool,
    pub(super) null_values: Option<Vec<String>>,
    pub(super) compression: &'a str,
}

impl Arguments<'_> {
    pub(super) fn parse(self) -> Result<CsvOptions> {
        let options = CsvOptions {
            delimiter: single_byte("delimiter", self.delimiter)?,
            quote: single_byte("quote", self.quote)?,
            header: self.header,
            null_values: self.null_values.unwrap_or_else(|| vec![String::new()]),
            compression: Compression::parse(self.compression)?,
        };
        options.check()?;
        Ok(options)
    }
}

fn single_byte(field: &str, text: &str) -> Result<u8> {
    match text.as_bytes() {
        [byte] => Ok(*byte),
        _ => {
            let message = format!("the {field} must be one ASCII character, not {text:?}");
            let field = Some(field.to_owned());
            Err(Error::new(ErrorKind::Config, message)
                .at(Location { field, ..Location::default() }))
        }
    }
}
