//! How Iceberg's partitions are spelled: `day(ts)`, `bucket(16, id)`, or a column alone.

use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind, Result};

/// What becomes of a column's values.
///
/// <https://iceberg.apache.org/spec/#partition-transforms>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transform {
    /// They stay as they are.
    Identity,
    /// The hash modulo this number.
    Bucket(u32),
    /// Numbers rounded down to a multiple of this width, texts and bytes cut to this length.
    Truncate(u32),
    /// Years since 1970.
    Year,
    /// Months since 1970-01.
    Month,
    /// Days since 1970-01-01.
    Day,
    /// Hours since 1970-01-01T00.
    Hour,
    /// Null.
    Void,
}

/// A transform and the column whose values it takes.
///
/// # Examples
/// ```
/// use headrace_core::partition::{Term, Transform};
///
/// let term: Term = "bucket(16, id)".parse()?;
/// assert_eq!(term, Term { transform: Transform::Bucket(16), column: "id".into() });
/// assert_eq!(term.name(), "id_bucket_16");
/// # Ok::<(), headrace_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What becomes of the values.
    pub transform: Transform,
    /// The column, or by a path such as `s.x` one within structs.
    pub column: String,
}

impl Term {
    /// What the partition is called, as in folders: `ts_day`.
    #[must_use]
    pub fn name(&self) -> String {
        let Self { transform, column } = self;
        match transform {
            Transform::Identity => column.clone(),
            Transform::Bucket(count) => format!("{column}_bucket_{count}"),
            Transform::Truncate(width) => format!("{column}_trunc_{width}"),
            other => format!("{column}_{}", other.word()),
        }
    }
}

impl Transform {
    /// The name that terms begin with.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Bucket(_) => "bucket",
            Self::Truncate(_) => "truncate",
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Void => "void",
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, column) = (self.transform.word(), &self.column);
        match self.transform {
            Transform::Identity => f.write_str(column),
            Transform::Bucket(number) | Transform::Truncate(number) => {
                write!(f, "{word}({number}, {column})")
            }
            _ => write!(f, "{word}({column})"),
        }
    }
}

impl FromStr for Term {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let call = text.strip_suffix(')').and_then(|call| call.split_once('('));
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
        let Some((word, inner)) = call.filter(|(word, _)| is_word(word)) else {
            return Ok(Self { transform: Transform::Identity, column: text.to_owned() });
        };
        let (number, column) = match inner.split_once(',').map(|(head, tail)| (count(head), tail)) {
            Some((Some(number), tail)) => (Some(number), tail),
            _ => (None, inner),
        };
        let transform = match (word, number) {
            ("identity", None) => Transform::Identity,
            ("bucket", Some(number)) => Transform::Bucket(number),
            ("truncate", Some(number)) => Transform::Truncate(number),
            ("year", None) => Transform::Year,
            ("month", None) => Transform::Month,
            ("day", None) => Transform::Day,
            ("hour", None) => Transform::Hour,
            ("void", None) => Transform::Void,
            _ => return Err(unknown(text)),
        };
        Ok(Self { transform, column: column.trim().to_owned() })
    }
}

/// Digits of a number from 1 to what Iceberg's int holds.
fn count(digits: &str) -> Option<u32> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    let number = digits.parse::<i32>().ok().filter(|_| is_plain)?;
    u32::try_from(number).ok()
}

fn unknown(text: &str) -> Error {
    let message = format!(
        "{text:?} is no partition; those are a column, year(c), month(c), day(c), hour(c), \
         bucket(n, c), truncate(n, c), identity(c) and void(c)"
    );
    Error::new(ErrorKind::Config, message)
}
