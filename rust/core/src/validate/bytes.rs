//! Lengths and allowed values of binary data and UUIDs.

use std::fmt::Arguments;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BinaryArray};
use arrow_schema::DataType;
use hashbrown::HashSet;

use super::rules::ColumnRules;
use crate::{Result, text};

/// The rules of one column of bytes.
#[derive(Debug)]
pub(super) struct Bytes {
    allowed: Option<HashSet<Vec<u8>>>,
    min_length: Option<usize>,
    max_length: Option<usize>,
}

impl Bytes {
    pub(super) fn compile(rules: &ColumnRules) -> Result<Self> {
        let is_binary = *rules.data_type() == DataType::Binary;
        rules.check_suited(if is_binary {
            &["enum", "minLength", "maxLength"]
        } else {
            &["enum"]
        })?;
        let parse = |text: &str| {
            if is_binary {
                text::parse_binary(text.as_bytes())
            } else {
                text::parse_uuid(text.as_bytes()).map(|uuid| uuid.to_vec())
            }
        };
        let allowed = rules.allowed.as_ref().map(|texts| {
            let value = |text: &String| parse(text).ok_or_else(|| rules.unreadable("enum", text));
            texts.iter().map(value).collect::<Result<_>>()
        });
        let (min_length, max_length) = (rules.min_length, rules.max_length);
        Ok(Self { allowed: allowed.transpose()?, min_length, max_length })
    }

    /// Whether there is any rule to check.
    pub(super) fn is_idle(&self) -> bool {
        self.allowed.is_none() && self.min_length.is_none() && self.max_length.is_none()
    }

    pub(super) fn may_break(&self, array: &dyn Array) -> bool {
        (0..array.len()).any(|row| array.is_valid(row) && self.is_broken(value(array, row)))
    }

    /// Calls `broken` with row, rule and expectation for each rule that a value breaks.
    pub(super) fn explain(
        &self,
        array: &dyn Array,
        mut broken: impl FnMut(usize, &'static str, Arguments<'_>),
    ) {
        for row in (0..array.len()).filter(|&row| array.is_valid(row)) {
            let bytes = value(array, row);
            if !self.is_allowed(bytes) {
                broken(row, "enum", format_args!("is not one of the allowed values"));
            }
            if let Some(least) = self.min_length.filter(|least| bytes.len() < *least) {
                broken(row, "minLength", format_args!("is shorter than {least} bytes"));
            }
            if let Some(greatest) = self.max_length.filter(|greatest| bytes.len() > *greatest) {
                broken(row, "maxLength", format_args!("is longer than {greatest} bytes"));
            }
        }
    }

    fn is_broken(&self, bytes: &[u8]) -> bool {
        self.min_length.is_some_and(|least| bytes.len() < least)
            || self.max_length.is_some_and(|greatest| bytes.len() > greatest)
            || !self.is_allowed(bytes)
    }

    fn is_allowed(&self, bytes: &[u8]) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.contains(bytes))
    }
}

/// The bytes at `row`, of binary data or of a UUID.
pub(super) fn value(array: &dyn Array, row: usize) -> &[u8] {
    match array.as_any().downcast_ref::<BinaryArray>() {
        Some(binary) => binary.value(row),
        None => AsArray::as_fixed_size_binary(array).value(row),
    }
}
