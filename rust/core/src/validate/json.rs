//! JSON texts: that they are some, how many items or keys they have, and which values are allowed.

use std::fmt::{self, Arguments};

use arrow_array::{Array, StringArray};
use hashbrown::HashSet;
use serde_core::Deserialize;
use serde_core::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::lists::{Count, OF_ITEMS};
use super::objects::OF_PROPERTIES;
use super::rules::ColumnRules;
use crate::{Result, text};

/// The rules of one column of JSON; that each text is JSON is always one of them.
#[derive(Debug)]
pub(super) struct Json {
    /// Texts, byte for byte.
    allowed: Option<HashSet<String>>,
    items: Count,
    properties: Count,
    required: Vec<String>,
}

impl Json {
    pub(super) fn compile(rules: &ColumnRules) -> Result<Self> {
        let [[a, b], [c, d]] = [OF_ITEMS, OF_PROPERTIES];
        rules.check_suited(&["enum", a, b, c, d, "requiredProperties"])?;
        let texts = rules.allowed.iter().flatten();
        if let Some(text) = texts.clone().find(|text| !text::is_json(text.as_bytes())) {
            return Err(rules.unreadable("enum", text));
        }
        Ok(Self {
            allowed: rules.allowed.as_ref().map(|_| texts.cloned().collect()),
            items: Count { least: rules.min_items, most: rules.max_items },
            properties: Count { least: rules.min_properties, most: rules.max_properties },
            required: rules.required_properties.clone(),
        })
    }

    pub(super) fn may_break(&self, array: &StringArray) -> bool {
        array.iter().flatten().any(|text| {
            let mut is_broken = false;
            self.check(text, |_, _| is_broken = true);
            is_broken
        })
    }

    /// Calls `broken` with row, rule and expectation for each rule that a text breaks.
    pub(super) fn explain(
        &self,
        array: &StringArray,
        mut broken: impl FnMut(usize, &'static str, Arguments<'_>),
    ) {
        for row in (0..array.len()).filter(|&row| array.is_valid(row)) {
            self.check(array.value(row), |rule, what| broken(row, rule, what));
        }
    }

    fn check(&self, text: &str, mut broken: impl FnMut(&'static str, Arguments<'_>)) {
        let is_shaped =
            !self.items.is_idle() || !self.properties.is_idle() || !self.required.is_empty();
        let is_nested = text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with(['[', '{']);
        let shape = if is_shaped && is_nested {
            serde_json::from_str(text).ok()
        } else {
            text::is_json(text.as_bytes()).then_some(Shape::Other)
        };
        let Some(shape) = shape else { return broken("type", format_args!("is not JSON")) };
        if self.allowed.as_ref().is_some_and(|allowed| !allowed.contains(text)) {
            broken("enum", format_args!("is not one of the allowed values"));
        }
        let found = match &shape {
            Shape::Other => None,
            Shape::Array(length) => self.items.explain(*length, OF_ITEMS, "items"),
            Shape::Object(keys) => {
                for name in self.required.iter().filter(|name| !keys.contains(*name)) {
                    broken("required", format_args!("has no {name:?}"));
                }
                self.properties.explain(keys.len(), OF_PROPERTIES, "properties")
            }
        };
        if let Some((rule, what)) = found {
            broken(rule, format_args!("{what}"));
        }
    }
}

/// What a JSON text is, as far as the rules ask.
enum Shape {
    Array(usize),
    /// Each key once.
    Object(HashSet<String>),
    Other,
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Shape, A::Error> {
        let mut length = 0;
        while items.next_element::<IgnoredAny>()?.is_some() {
            length += 1;
        }
        Ok(Shape::Array(length))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<Shape, A::Error> {
        let mut keys = HashSet::new();
        while let Some((key, IgnoredAny)) = members.next_entry()? {
            keys.insert(key);
        }
        Ok(Shape::Object(keys))
    }
}
