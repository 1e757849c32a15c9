//! How many items a list has, and whether they differ.

use std::fmt::Arguments;

use arrow_array::{Array, ListArray};
use arrow_schema::{DataType, Field};
use hashbrown::HashSet;

use super::identity;
use super::rules::ColumnRules;
use crate::{Result, types};

/// The rules of one column of lists, but for those of its items.
#[derive(Debug)]
pub(super) struct Lists {
    count: Count,
    is_unique: bool,
}

/// The least and the most of what there may be.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) least: Option<usize>,
    pub(super) most: Option<usize>,
}

impl Count {
    pub(super) fn is_idle(self) -> bool {
        self.least.is_none() && self.most.is_none()
    }

    pub(super) fn is_broken(self, count: usize) -> bool {
        self.least.is_some_and(|least| count < least) || self.most.is_some_and(|most| count > most)
    }

    /// The rule of `rules`, the least first, that a count breaks, and what was expected.
    pub(super) fn explain(
        self,
        count: usize,
        rules: [&'static str; 2],
        what: &str,
    ) -> Option<(&'static str, String)> {
        if let Some(least) = self.least.filter(|least| count < *least) {
            return Some((rules[0], format!("has fewer than {least} {what}")));
        }
        let most = self.most.filter(|most| count > *most)?;
        Some((rules[1], format!("has more than {most} {what}")))
    }
}

/// The rules' names.
pub(super) const OF_ITEMS: [&str; 2] = ["minItems", "maxItems"];

impl Lists {
    pub(super) fn compile(rules: &ColumnRules) -> Result<Self> {
        rules.check_suited(&["minItems", "maxItems", "uniqueItems", "items"])?;
        if rules.unique_items && holds_json(&rules.field) {
            let what = "items that are JSON may be spelled in many ways, and have no uniqueItems";
            return Err(rules.refused("uniqueItems", what));
        }
        let count = Count { least: rules.min_items, most: rules.max_items };
        Ok(Self { count, is_unique: rules.unique_items })
    }

    /// Whether there is any rule to check.
    pub(super) fn is_idle(&self) -> bool {
        self.count.is_idle() && !self.is_unique
    }

    pub(super) fn may_break(&self, array: &ListArray) -> bool {
        let mut items = Distinct::default();
        (0..array.len()).any(|row| {
            array.is_valid(row)
                && (self.count.is_broken(length(array, row))
                    || (self.is_unique && !items.differ(array, row)))
        })
    }

    /// Calls `broken` with row, rule and expectation for each rule that a list breaks.
    pub(super) fn explain(
        &self,
        array: &ListArray,
        mut broken: impl FnMut(usize, &'static str, Arguments<'_>),
    ) {
        let mut items = Distinct::default();
        for row in (0..array.len()).filter(|&row| array.is_valid(row)) {
            if let Some((rule, what)) = self.count.explain(length(array, row), OF_ITEMS, "items") {
                broken(row, rule, format_args!("{what}"));
            }
            if self.is_unique && !items.differ(array, row) {
                broken(row, "uniqueItems", format_args!("has an item twice"));
            }
        }
    }
}

fn length(array: &ListArray, row: usize) -> usize {
    usize::try_from(array.value_length(row)).unwrap_or_default()
}

fn holds_json(field: &Field) -> bool {
    types::is_json(field)
        || match field.data_type() {
            DataType::List(item) => holds_json(item),
            DataType::Struct(fields) => fields.iter().any(|field| holds_json(field)),
            DataType::Map(entries, _) => holds_json(entries),
            _ => false,
        }
}

/// Finds out whether items differ; keeps its memory from list to list.
#[derive(Default)]
struct Distinct(HashSet<Vec<u8>>);

impl Distinct {
    fn differ(&mut self, array: &ListArray, row: usize) -> bool {
        if length(array, row) < 2 {
            return true;
        }
        self.0.clear();
        let items = array.value(row);
        (0..items.len()).all(|item| {
            let mut key = Vec::new();
            identity::write(items.as_ref(), item, &mut key);
            self.0.insert(key)
        })
    }
}
