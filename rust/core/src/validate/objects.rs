//! How many members a struct or a map has, and which it must have.

use std::fmt::Arguments;

use arrow_array::cast::AsArray;
use arrow_array::{Array, MapArray, StringArray, StructArray};
use arrow_schema::DataType;

use super::lists::Count;
use super::rules::ColumnRules;
use crate::Result;

/// The rules' names.
pub(super) const OF_PROPERTIES: [&str; 2] = ["minProperties", "maxProperties"];

/// Members of structs that are not null: how many there may be. Which must be so is for their own
/// columns to check.
#[derive(Debug)]
pub(super) struct Structs(Count);

impl Structs {
    pub(super) fn compile(rules: &ColumnRules) -> Result<Self> {
        let suited = [OF_PROPERTIES[0], OF_PROPERTIES[1], "requiredProperties", "properties"];
        rules.check_suited(&suited)?;
        Ok(Self(count_of(rules)))
    }

    /// Whether there is any rule to check.
    pub(super) fn is_idle(&self) -> bool {
        self.0.is_idle()
    }

    pub(super) fn may_break(&self, array: &StructArray) -> bool {
        (0..array.len()).any(|row| array.is_valid(row) && self.0.is_broken(members(array, row)))
    }

    /// Calls `broken` with row, rule and expectation for each rule that a struct breaks.
    pub(super) fn explain(
        &self,
        array: &StructArray,
        mut broken: impl FnMut(usize, &'static str, Arguments<'_>),
    ) {
        for row in (0..array.len()).filter(|&row| array.is_valid(row)) {
            let found = self.0.explain(members(array, row), OF_PROPERTIES, "properties");
            if let Some((rule, what)) = found {
                broken(row, rule, format_args!("{what}"));
            }
        }
    }
}

fn members(array: &StructArray, row: usize) -> usize {
    array.columns().iter().filter(|column| column.is_valid(row)).count()
}

/// Entries of maps: how many there may be, and the keys that must be among them.
#[derive(Debug)]
pub(super) struct Maps {
    count: Count,
    required: Vec<String>,
}

impl Maps {
    pub(super) fn compile(rules: &ColumnRules) -> Result<Self> {
        rules.check_suited(&[OF_PROPERTIES[0], OF_PROPERTIES[1], "requiredProperties"])?;
        let has_names = match rules.data_type() {
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(pair) => *pair[0].data_type() == DataType::Utf8,
                _ => false,
            },
            _ => false,
        };
        if !has_names && !rules.required_properties.is_empty() {
            return Err(rules.unsuited("requiredProperties"));
        }
        Ok(Self { count: count_of(rules), required: rules.required_properties.clone() })
    }

    /// Whether there is any rule to check.
    pub(super) fn is_idle(&self) -> bool {
        self.count.is_idle() && self.required.is_empty()
    }

    pub(super) fn may_break(&self, array: &MapArray) -> bool {
        (0..array.len()).any(|row| {
            array.is_valid(row)
                && (self.count.is_broken(length(array, row))
                    || self.lacking(array, row).next().is_some())
        })
    }

    /// Calls `broken` with row, rule and expectation for each rule that a map breaks.
    pub(super) fn explain(
        &self,
        array: &MapArray,
        mut broken: impl FnMut(usize, &'static str, Arguments<'_>),
    ) {
        for row in (0..array.len()).filter(|&row| array.is_valid(row)) {
            for name in self.lacking(array, row) {
                broken(row, "required", format_args!("has no {name:?}"));
            }
            let found = self.count.explain(length(array, row), OF_PROPERTIES, "properties");
            if let Some((rule, what)) = found {
                broken(row, rule, format_args!("{what}"));
            }
        }
    }

    fn lacking<'a>(&'a self, array: &MapArray, row: usize) -> impl Iterator<Item = &'a String> {
        let entries = (!self.required.is_empty()).then(|| array.value(row));
        self.required.iter().filter(move |name| {
            let keys: Option<&StringArray> =
                entries.as_ref().and_then(|entries| entries.column(0).as_string_opt());
            keys.is_some_and(|keys| !keys.iter().flatten().any(|key| key == name.as_str()))
        })
    }
}

fn length(array: &MapArray, row: usize) -> usize {
    usize::try_from(array.value_length(row)).unwrap_or_default()
}

fn count_of(rules: &ColumnRules) -> Count {
    Count { least: rules.min_properties, most: rules.max_properties }
}
