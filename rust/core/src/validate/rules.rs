//! What a contract asks of a column, as text.

use arrow_schema::{DataType, Field};

use crate::{Error, ErrorKind, Location, Result, types};

/// The rules of one column, or of what is nested in one; texts are values of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a rule of its own")]
pub struct ColumnRules {
    /// Name and type. Whether nulls are allowed is for `required` to say, but within a column: there
    /// the type says it.
    pub field: Field,
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
    /// What the text is spelled as: a name of [`FORMATS`](super::FORMATS).
    pub format: Option<String>,
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
    /// The least length [characters; bytes of binary data].
    pub min_length: Option<usize>,
    /// The greatest length [characters; bytes of binary data].
    pub max_length: Option<usize>,
    /// The least items of a list, also of one that is JSON.
    pub min_items: Option<usize>,
    /// The most items of a list, also of one that is JSON.
    pub max_items: Option<usize>,
    /// No item of a list may come twice, null among them.
    pub unique_items: bool,
    /// The least members of a struct that are not null, entries of a map, or keys of an object
    /// that is JSON.
    pub min_properties: Option<usize>,
    /// The most of them.
    pub max_properties: Option<usize>,
    /// Members of a struct that must not be null, keys that a map or an object that is JSON must
    /// have.
    pub required_properties: Vec<String>,
    /// The rules of a list's items.
    pub items: Option<Box<ColumnRules>>,
    /// The rules of a struct's members, of those that have any.
    pub properties: Vec<ColumnRules>,
}

impl ColumnRules {
    /// A column without rules.
    #[must_use]
    pub fn new(name: impl Into<String>, data_type: DataType) -> Self {
        Self::of(Field::new(name, data_type, true))
    }

    /// A column without rules, of a type that only a field can say: UUIDs and JSON.
    #[must_use]
    pub fn of(field: Field) -> Self {
        Self {
            field,
            required: false,
            unique: false,
            primary_key: false,
            allowed: None,
            pattern: None,
            format: None,
            minimum: None,
            maximum: None,
            exclusive_minimum: None,
            exclusive_maximum: None,
            multiple_of: None,
            min_length: None,
            max_length: None,
            min_items: None,
            max_items: None,
            unique_items: false,
            min_properties: None,
            max_properties: None,
            required_properties: Vec::new(),
            items: None,
            properties: Vec::new(),
        }
    }

    pub(super) fn data_type(&self) -> &DataType {
        self.field.data_type()
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

    /// Refuses every rule that is set and not among `suited`; required, unique and the key aside.
    pub(super) fn check_suited(&self, suited: &[&str]) -> Result<()> {
        let set = [
            ("enum", self.allowed.is_some()),
            ("pattern", self.pattern.is_some()),
            ("format", self.format.is_some()),
            ("minimum", self.minimum.is_some()),
            ("maximum", self.maximum.is_some()),
            ("exclusiveMinimum", self.exclusive_minimum.is_some()),
            ("exclusiveMaximum", self.exclusive_maximum.is_some()),
            ("multipleOf", self.multiple_of.is_some()),
            ("minLength", self.min_length.is_some()),
            ("maxLength", self.max_length.is_some()),
            ("minItems", self.min_items.is_some()),
            ("maxItems", self.max_items.is_some()),
            ("uniqueItems", self.unique_items),
            ("minProperties", self.min_properties.is_some()),
            ("maxProperties", self.max_properties.is_some()),
            ("requiredProperties", !self.required_properties.is_empty()),
            ("items", self.items.is_some()),
            ("properties", !self.properties.is_empty()),
        ];
        match set.into_iter().find(|(rule, is_set)| *is_set && !suited.contains(rule)) {
            Some((rule, _)) => Err(self.unsuited(rule)),
            None => Ok(()),
        }
    }

    /// Refuses limits of a length or count between which there is none.
    pub(super) fn check_counts(&self) -> Result<()> {
        for (least, from, most, to) in [
            ("minLength", self.min_length, "maxLength", self.max_length),
            ("minItems", self.min_items, "maxItems", self.max_items),
            ("minProperties", self.min_properties, "maxProperties", self.max_properties),
        ] {
            if let (Some(from), Some(to)) = (from, to)
                && from > to
            {
                let what = format!("no value is between {least} {from} and {most} {to}");
                return Err(self.refused(most, &what));
            }
        }
        Ok(())
    }

    /// The rule does not suit the column's type.
    pub(super) fn unsuited(&self, rule: &'static str) -> Error {
        let spelled = types::spelled(&self.field);
        self.refused(rule, &format!("a column of type {spelled} has no {rule}"))
    }

    /// The rule's text is not a value of the column's type.
    pub(super) fn unreadable(&self, rule: &'static str, text: &str) -> Error {
        let spelled = types::spelled(&self.field);
        self.refused(rule, &format!("{rule} {text:?} is not a value of type {spelled}"))
    }

    pub(super) fn refused(&self, rule: &'static str, what: &str) -> Error {
        let name = self.field.name();
        let location = Location {
            field: Some(name.clone()),
            rule: Some(rule.to_owned()),
            ..Location::default()
        };
        Error::new(ErrorKind::Config, format!("field {name:?}: {what}")).at(location)
    }

    /// The rules of what is nested in the column are at fault.
    pub(super) fn refused_within(&self, rule: &'static str, error: &Error) -> Error {
        self.refused(rule, &format!("{rule}: {}", error.message()))
    }
}
