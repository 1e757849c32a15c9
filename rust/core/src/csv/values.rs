//! How values are spelled in fields, where it is not as the grammar of [`crate::text`] has it.
//!
//! A spelling is a translation: it turns a field into the text that the grammar reads, or finds
//! that it is no value. So there is still one grammar, and one place that knows what a type holds.
//!
//! - `number`: decimal marks and groups of thousands.
//! - `calendar`: dates and times by a format.

mod calendar;
mod number;

use arrow_schema::DataType;

use super::options::Problem;
use calendar::{Kind, Pattern};
use number::Marks;

/// How values are spelled in fields.
#[derive(Debug, Clone)]
pub struct ValueOptions {
    /// Before the fraction of a number.
    pub decimal: char,
    /// Between groups of three digits of a number's whole part, where there are groups.
    pub thousands: Option<char>,
    /// The format of dates; `None` is `%Y-%m-%d`.
    pub date_format: Option<String>,
    /// The format of times of day; `None` is the grammar's.
    pub time_format: Option<String>,
    /// The format of timestamps; `None` is the grammar's.
    pub timestamp_format: Option<String>,
    /// What is true; `None` is `true` in any case.
    pub true_values: Option<Vec<String>>,
    /// What is false; `None` is `false` in any case.
    pub false_values: Option<Vec<String>>,
}

impl Default for ValueOptions {
    fn default() -> Self {
        Self {
            decimal: '.',
            thousands: None,
            date_format: None,
            time_format: None,
            timestamp_format: None,
            true_values: None,
            false_values: None,
        }
    }
}

impl ValueOptions {
    /// Every option that cannot be meant, beside these spellings of null.
    pub(super) fn problems(&self, null_values: &[String]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, mark) in [("decimal", Some(self.decimal)), ("thousands", self.thousands)] {
            let is_part = |one: char| one.is_ascii_alphanumeric() || "+-\r\n".contains(one);
            if mark.is_some_and(is_part) {
                let message = "cannot be a letter, a digit, a sign or a line end";
                problems.push((name, message.to_owned()));
            }
        }
        if self.thousands == Some(self.decimal) {
            problems.push(("thousands", "must differ from decimal".into()));
        }
        for (name, kind, format) in self.formats() {
            if let Some(format) = format
                && let Err(message) = Pattern::parse(format, kind)
            {
                problems.push((name, message));
            }
        }
        problems.extend(self.word_problems(null_values));
        problems
    }

    fn formats(&self) -> [(&'static str, Kind, Option<&str>); 3] {
        [
            ("date_format", Kind::Date, self.date_format.as_deref()),
            ("time_format", Kind::Time, self.time_format.as_deref()),
            ("timestamp_format", Kind::Timestamp, self.timestamp_format.as_deref()),
        ]
    }

    fn word_problems(&self, null_values: &[String]) -> Vec<Problem> {
        let mut problems = Vec::new();
        let lists = [("true_values", &self.true_values), ("false_values", &self.false_values)];
        for (name, words) in lists {
            let Some(words) = words else { continue };
            if words.is_empty() {
                problems.push((name, "must have a spelling at least".into()));
            }
            for word in words.iter().filter(|word| null_values.contains(word)) {
                problems.push((name, format!("{word:?} is a spelling of null too")));
            }
        }
        let words = Words::of(self);
        for (name, list) in lists {
            let both = list
                .iter()
                .flatten()
                .find(|word| words.is_true(word.as_bytes()) && words.is_false(word.as_bytes()));
            if let Some(word) = both {
                problems.push((name, format!("{word:?} would be both true and false")));
            }
        }
        problems
    }
}

/// How the fields of a column are spelled.
#[derive(Debug, Clone)]
pub(super) enum Spelling {
    Number(Marks),
    Time(Pattern),
    Bool(Words),
}

impl Spelling {
    /// The spelling of values of `data_type`; `None` where it is the grammar's.
    pub(super) fn of(data_type: &DataType, options: &ValueOptions) -> Option<Self> {
        let pattern = |kind| {
            let mut formats = options.formats().into_iter();
            let (_, _, format) = formats.find(|(_, other, _)| *other == kind)?;
            // One that cannot be parsed has been refused by `problems`.
            Pattern::parse(format?, kind).ok().map(Self::Time)
        };
        match data_type {
            DataType::Boolean => Words::of(options).has_lists().map(Self::Bool),
            DataType::Date32 => pattern(Kind::Date),
            DataType::Time32(_) | DataType::Time64(_) => pattern(Kind::Time),
            DataType::Timestamp(..) => pattern(Kind::Timestamp),
            other if other.is_numeric() => {
                Marks::new(options.decimal, options.thousands).map(Self::Number)
            }
            _ => None,
        }
    }

    /// `field` as the grammar spells it, in `scratch`; what no grammar reads where it is no value.
    pub(super) fn canonical<'a>(&self, field: &[u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        scratch.clear();
        let is_value = match self {
            Self::Number(marks) => marks.translate(field, scratch),
            Self::Time(pattern) => pattern.translate(field, scratch),
            Self::Bool(words) => words.translate(field, scratch),
        };
        if is_value { scratch } else { b"" }
    }
}

/// The spellings of true and false.
#[derive(Debug, Clone)]
pub(super) struct Words {
    yes: Option<Vec<String>>,
    no: Option<Vec<String>>,
}

impl Words {
    fn of(options: &ValueOptions) -> Self {
        Self { yes: options.true_values.clone(), no: options.false_values.clone() }
    }

    fn has_lists(self) -> Option<Self> {
        (self.yes.is_some() || self.no.is_some()).then_some(self)
    }

    fn is_true(&self, text: &[u8]) -> bool {
        is_word(self.yes.as_deref(), "true", text)
    }

    fn is_false(&self, text: &[u8]) -> bool {
        is_word(self.no.as_deref(), "false", text)
    }

    fn translate(&self, text: &[u8], out: &mut Vec<u8>) -> bool {
        let (is_true, is_false) = (self.is_true(text), self.is_false(text));
        out.extend_from_slice(if is_true { b"true" } else { b"false" });
        is_true || is_false
    }
}

/// Whether `text` is one of `list`, or `default` in any case where there is no list.
fn is_word(list: Option<&[String]>, default: &str, text: &[u8]) -> bool {
    match list {
        Some(list) => list.iter().any(|word| word.as_bytes() == text),
        None => text.eq_ignore_ascii_case(default.as_bytes()),
    }
}
