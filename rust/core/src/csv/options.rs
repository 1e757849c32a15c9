//! The dialect of a CSV file, and what is null in it.

use super::compression::Compression;
use super::encoding::Encoding;
use super::values::ValueOptions;
use crate::{Error, ErrorKind, Location, Result};

/// What becomes of a file's columns that the schema lacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NewColumns {
    /// They are an error.
    #[default]
    Fail,
    /// They are left out.
    Ignore,
    /// They are strings behind the schema's columns.
    Evolve,
}

impl NewColumns {
    /// The policy that `name` spells.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for any other name.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "fail" => Ok(Self::Fail),
            "ignore" => Ok(Self::Ignore),
            "evolve" => Ok(Self::Evolve),
            _ => Err(config("new_columns", format!("{name:?} is none of fail, ignore, evolve"))),
        }
    }
}

/// How the bytes of a CSV file are read.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    /// Between fields: one character, no line end.
    pub delimiter: char,
    /// Around fields: one character, no line end; `None` where no character quotes.
    pub quote: Option<char>,
    /// Makes the next character data, within quotes and outside.
    pub escape: Option<char>,
    /// A line that begins with it, where a record would begin, is no record.
    pub comment: Option<char>,
    /// Lines passed over before the header, whatever they hold.
    pub skip_lines: u64,
    /// Whether the first record names the columns.
    pub header: bool,
    /// Whether spaces and tabs around fields, outside quotes, are no part of them.
    pub trim: bool,
    /// Unquoted fields that are null.
    pub null_values: Vec<String>,
    /// How values are spelled.
    pub values: ValueOptions,
    /// How the file encodes its text.
    pub encoding: Encoding,
    /// How the file is compressed.
    pub compression: Compression,
    /// What becomes of columns that the schema lacks.
    pub new_columns: NewColumns,
    /// Whether a file may lack columns of the schema: its batches then lack them too.
    pub may_lack_columns: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: ',',
            quote: Some('"'),
            escape: None,
            comment: None,
            skip_lines: 0,
            header: true,
            trim: false,
            null_values: vec![String::new()],
            values: ValueOptions::default(),
            encoding: Encoding::Utf8,
            compression: Compression::Auto,
            new_columns: NewColumns::Fail,
            may_lack_columns: false,
        }
    }
}

/// An option that cannot be meant: its name, and why.
pub type Problem = (&'static str, String);

impl CsvOptions {
    /// Whether these options can be meant.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], naming the option: the first of [`Self::problems`].
    pub fn check(&self) -> Result<()> {
        match self.problems().into_iter().next() {
            Some((name, message)) => Err(config(name, message)),
            None => Ok(()),
        }
    }

    /// Every option that cannot be meant: delimiter, quote, escape and comment must differ and be
    /// no line ends, nor blanks where fields are trimmed; and every spelling of null must be a
    /// text that an unquoted field can have. Marks and spellings of values must be apart, and
    /// formats complete.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut taken: Vec<(&str, char)> = Vec::new();
        let marks = [
            ("delimiter", Some(self.delimiter)),
            ("quote", self.quote),
            ("escape", self.escape),
            ("comment", self.comment),
        ];
        for (name, character) in marks {
            let Some(character) = character else { continue };
            if is_line_end(character) {
                problems.push((name, "cannot be a line end".into()));
            } else if let Some((other, _)) = taken.iter().find(|(_, one)| *one == character) {
                problems.push((name, format!("must differ from {other}")));
            } else if self.trim && name != "delimiter" && is_blank(character) {
                problems.push((name, "cannot be a space or a tab where fields are trimmed".into()));
            }
            taken.push((name, character));
        }
        for spelling in &self.null_values {
            let is_mark = |one| one == self.delimiter || Some(one) == self.quote;
            if spelling.chars().any(|one| is_mark(one) || is_line_end(one)) {
                let message = format!("{spelling:?} holds the delimiter, the quote or a line end");
                problems.push(("null_values", message));
            } else if self.trim && (spelling.starts_with(is_blank) || spelling.ends_with(is_blank))
            {
                let message = format!("{spelling:?} is never met where fields are trimmed");
                problems.push(("null_values", message));
            }
        }
        problems.extend(self.values.problems(&self.null_values));
        problems
    }
}

fn is_line_end(character: char) -> bool {
    character == '\n' || character == '\r'
}

fn is_blank(character: char) -> bool {
    character == ' ' || character == '\t'
}

pub(super) fn config(field: &str, message: String) -> Error {
    Error::new(ErrorKind::Config, message)
        .at(Location { field: Some(field.into()), ..Location::default() })
}

/// The spellings of null, quick to rule out.
#[derive(Debug, Clone)]
pub(super) struct NullValues {
    spellings: Vec<Box<[u8]>>,
    /// Bit `n` is set where a spelling has `n` bytes; longer ones share bit 63.
    lengths: u64,
}

impl NullValues {
    /// A set of `spellings`.
    pub(super) fn new<S: AsRef<[u8]>>(spellings: &[S]) -> Self {
        let spellings: Vec<Box<[u8]>> = spellings.iter().map(|one| one.as_ref().into()).collect();
        let lengths = spellings.iter().fold(0, |bits, one| bits | 1 << one.len().min(63));
        Self { spellings, lengths }
    }

    /// Whether `text` is one of the spellings.
    #[inline]
    pub(super) fn contains(&self, text: &[u8]) -> bool {
        self.lengths >> text.len().min(63) & 1 == 1
            && self.spellings.iter().any(|one| **one == *text)
    }
}
