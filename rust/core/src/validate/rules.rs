//! What a contract asks of a column, as text.

use arrow_schema::DataType;

use crate::{Error, ErrorKind, Location, types};

/// The rules of one column; texts are values of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRules {
    /// The column's name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// No value may be null.
    pub required: bool,
    /// No value may come twice; nulls may.
    pub unique: bool,
    /// A part of the key that all such columns make together: required, and unique as a whole.
    pub primary_key: bool,
    /// The allowed values.
    pub allowed: Option<Vec<String>>,
    /// A regular expression that must match somewhere in the text.
    pub pattern: Option<String>,
    /// The least value allowed.
    pub minimum: Option<String>,
    /// The greatest value allowed.
    pub maximum: Option<String>,
    /// The greatest value below those allowed.
    pub exclusive_minimum: Option<String>,
    /// The least value above those allowed.
    pub exclusive_maximum: Option<String>,
    /// What every value is a multiple of, above zero.
    pub multiple_of: Option<String>,
    /// The least length [characters].
    pub min_length: Option<usize>,
    /// The greatest length [characters].
    pub max_length: Option<usize>,
}

impl ColumnRules {
    /// A column without rules.
    #[must_use]
    pub fn new(name: impl Into<String>, data_type: DataType) -> Self {
        Self {
            name: name.into(),
            data_type,
            required: false,
            unique: false,
            primary_key: false,
            allowed: None,
            pattern: None,
            minimum: None,
            maximum: None,
            exclusive_minimum: None,
            exclusive_maximum: None,
            multiple_of: None,
            min_length: None,
            max_length: None,
        }
    }

    /// The four bounds with their rules' names: the least and the greatest, then the exclusive.
    pub(super) fn bounds(&self) -> [(&'static str, Option<&str>); 4] {
        [
            ("minimum", self.minimum.as_deref()),
            ("maximum", self.maximum.as_deref()),
            ("exclusiveMinimum", self.exclusive_minimum.as_deref()),
            ("exclusiveMaximum", self.exclusive_maximum.as_deref()),
        ]
    }

    /// The rule does not suit the column's type.
    pub(super) fn unsuited(&self, rule: &'static str) -> Error {
        let spelled = self.spelled();
        self.refused(rule, &format!("a column of type {spelled} has no {rule}"))
    }

    /// The rule's text is not a value of the column's type.
    pub(super) fn unreadable(&self, rule: &'static str, text: &str) -> Error {
        let spelled = self.spelled();
        self.refused(rule, &format!("{rule} {text:?} is not a value of type {spelled}"))
    }

    pub(super) fn refused(&self, rule: &'static str, what: &str) -> Error {
        let location = Location {
            field: Some(self.name.clone()),
            rule: Some(rule.to_owned()),
            ..Location::default()
        };
        Error::new(ErrorKind::Config, format!("field {:?}: {what}", self.name)).at(location)
    }

    fn spelled(&self) -> String {
        types::spell(&self.data_type).unwrap_or_else(|| self.data_type.to_string())
    }
}
