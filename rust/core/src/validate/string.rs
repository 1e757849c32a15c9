//! Lengths, patterns, formats and allowed values of strings.

use std::fmt::Arguments;

use arrow_array::{Array, StringArray};
use hashbrown::HashSet;
use regex::Regex;

use super::format::{self, Check};
use super::rules::ColumnRules;
use crate::Result;

/// The rules of one column of strings.
#[derive(Debug)]
pub(super) struct Strings {
    allowed: Option<HashSet<String>>,
    pattern: Option<Regex>,
    format: Option<(String, Check)>,
    min_length: Option<usize>,
    max_length: Option<usize>,
}

impl Strings {
    pub(super) fn compile(rules: &ColumnRules) -> Result<Self> {
        rules.check_suited(&["enum", "pattern", "format", "minLength", "maxLength"])?;
        let format = rules.format.as_ref().map(|name| match format::check_of(name) {
            Some(check) => Ok((name.clone(), check)),
            None => Err(rules.refused("format", &format!("there is no format {name:?}"))),
        });
        let pattern = rules.pattern.as_ref().map(|pattern| {
            Regex::new(pattern).map_err(|error| {
                // The library draws the pattern over several lines; its last says what is wrong.
                let error = error.to_string();
                let reason = error.lines().last().unwrap_or_default();
                let reason = reason.trim_start_matches("error: ");
                rules.refused("pattern", &format!("pattern {pattern:?} is not supported: {reason}"))
            })
        });
        Ok(Self {
            allowed: rules.allowed.as_ref().map(|values| values.iter().cloned().collect()),
            pattern: pattern.transpose()?,
            format: format.transpose()?,
            min_length: rules.min_length,
            max_length: rules.max_length,
        })
    }

    /// Whether there is any rule to check.
    pub(super) fn is_idle(&self) -> bool {
        self.allowed.is_none()
            && self.pattern.is_none()
            && self.format.is_none()
            && self.min_length.is_none()
            && self.max_length.is_none()
    }

    pub(super) fn may_break(&self, array: &StringArray) -> bool {
        array.iter().flatten().any(|text| self.is_broken(text))
    }

    fn is_broken(&self, text: &str) -> bool {
        !self.is_long_enough(text)
            || !self.is_short_enough(text)
            || !self.is_allowed(text)
            || !self.is_matching(text)
            || !self.is_formatted(text)
    }

    /// Calls `broken` with row, rule and expectation for each rule that a value breaks.
    pub(super) fn explain(
        &self,
        array: &StringArray,
        mut broken: impl FnMut(usize, &'static str, Arguments<'_>),
    ) {
        for row in (0..array.len()).filter(|&row| array.is_valid(row)) {
            let text = array.value(row);
            if !self.is_allowed(text) {
                broken(row, "enum", format_args!("is not one of the allowed values"));
            }
            if let Some(pattern) = self.pattern.as_ref().filter(|_| !self.is_matching(text)) {
                broken(row, "pattern", format_args!("does not match {}", pattern.as_str()));
            }
            if let Some((name, _)) = self.format.as_ref().filter(|_| !self.is_formatted(text)) {
                broken(row, "format", format_args!("is not of format {name}"));
            }
            if let Some(least) = self.min_length.filter(|_| !self.is_long_enough(text)) {
                broken(row, "minLength", format_args!("is shorter than {least} characters"));
            }
            if let Some(greatest) = self.max_length.filter(|_| !self.is_short_enough(text)) {
                broken(row, "maxLength", format_args!("is longer than {greatest} characters"));
            }
        }
    }

    fn is_allowed(&self, text: &str) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.contains(text))
    }

    fn is_matching(&self, text: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
    }

    fn is_formatted(&self, text: &str) -> bool {
        self.format.as_ref().is_none_or(|(_, is_spelled_so)| is_spelled_so(text))
    }

    /// A character takes 1 to 4 bytes, so most lengths are settled without counting.
    fn is_long_enough(&self, text: &str) -> bool {
        self.min_length.is_none_or(|least| {
            text.len() >= least
                && (text.len().div_ceil(4) >= least || text.chars().count() >= least)
        })
    }

    fn is_short_enough(&self, text: &str) -> bool {
        self.max_length.is_none_or(|greatest| {
            text.len() <= greatest
                || (text.len().div_ceil(4) <= greatest && text.chars().count() <= greatest)
        })
    }
}
