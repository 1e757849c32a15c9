//! One column against its rules, and what is nested in it.

use std::collections::BTreeMap;
use std::fmt::Arguments;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields};

use super::rules::ColumnRules;
use super::values::Values;
use crate::reject::Violation;
use crate::types::{entries, items};
use crate::{Result, text, value};

/// A column with its rules compiled.
#[derive(Debug)]
pub(super) struct Column {
    name: String,
    is_required: bool,
    values: Values,
    nested: Nested,
}

/// The columns within a column, as far as they have rules.
#[derive(Debug)]
enum Nested {
    None,
    Items(Box<Column>),
    /// With each one's index in the struct.
    Members(Vec<(usize, Column)>),
    /// Of a map, where keys and values may have rules.
    Entries(Box<[Column; 2]>),
}

/// Broken rules by row.
type Violations = BTreeMap<usize, Vec<Violation>>;

/// From a place in an array to row and path; `None` where the value is within none.
type Place<'a> = &'a dyn Fn(usize) -> Option<(usize, String)>;

impl Column {
    /// # Errors
    /// [`crate::ErrorKind::Config`] with field and rule.
    pub(super) fn compile(rules: &ColumnRules) -> Result<Self> {
        Ok(Self {
            name: rules.field.name().clone(),
            is_required: rules.required || rules.primary_key,
            values: Values::compile(rules)?,
            nested: Nested::compile(rules)?,
        })
    }

    /// The column `field` within another: its type says whether nulls are allowed.
    fn within(field: &Field, given: Option<&ColumnRules>, is_required: bool) -> Result<Self> {
        let mut rules = given.cloned().unwrap_or_else(|| ColumnRules::of(field.clone()));
        rules.field = field.clone();
        rules.required |= is_required || !field.is_nullable();
        Self::compile(&rules)
    }

    /// Whether there is nothing to check.
    fn is_idle(&self) -> bool {
        !self.is_required
            && matches!(self.values, Values::Idle)
            && matches!(self.nested, Nested::None)
    }

    /// Whether the column may hold a violation; quick, and never wrong when it says no.
    pub(super) fn breaks(&self, array: &dyn Array) -> bool {
        (self.is_required && array.logical_null_count() > 0)
            || self.values.may_break(array)
            || self.nested.breaks(array)
    }

    /// Adds the violations of each row.
    pub(super) fn explain(&self, array: &dyn Array, violations: &mut Violations) {
        self.explain_at(array, &|row| Some((row, self.name.clone())), violations);
    }

    /// Marks each row that breaks a rule; no text is made of what it breaks.
    pub(super) fn mark(&self, array: &dyn Array, broken: &mut [bool]) {
        if self.is_required
            && let Some(nulls) = array.logical_nulls()
        {
            broken.iter_mut().zip(&nulls).for_each(|(broken, is_valid)| *broken |= !is_valid);
        }
        self.values.explain(array, |row, _, _| broken[row] = true);
        let mut within = Violations::new();
        self.nested.explain(array, &|row| Some((row, String::new())), &mut within);
        for row in within.into_keys() {
            broken[row] = true;
        }
    }

    fn explain_at(&self, array: &dyn Array, place: Place<'_>, violations: &mut Violations) {
        let mut broken = |index: usize, rule: &'static str, message: Arguments<'_>| {
            let Some((row, path)) = place(index) else { return };
            let (field, value) = (Some(path), shown(array, index));
            let message = message.to_string();
            violations.entry(row).or_default().push(Violation { field, rule, value, message });
        };
        if self.is_required
            && let Some(nulls) = array.logical_nulls()
        {
            for index in (0..array.len()).filter(|&index| nulls.is_null(index)) {
                broken(index, "required", format_args!("is required"));
            }
        }
        self.values.explain(array, broken);
        self.nested.explain(array, place, violations);
    }
}

impl Nested {
    fn compile(rules: &ColumnRules) -> Result<Self> {
        match rules.data_type() {
            DataType::List(item) => Self::items(rules, item),
            DataType::Struct(fields) => Self::members(rules, fields),
            DataType::Map(entries, _) => {
                let DataType::Struct(pair) = entries.data_type() else { return Ok(Self::None) };
                let [key, value] = &pair[..] else { return Ok(Self::None) };
                let column = |field: &Field| Column::within(field, None, false);
                // Keys are never null, which is all that could be wrong with a scalar one.
                let (key, value) = (column(key)?, column(value)?);
                let is_idle = matches!(key.values, Values::Idle) && value.is_idle();
                Ok(if is_idle { Self::None } else { Self::Entries(Box::new([key, value])) })
            }
            _ => Ok(Self::None),
        }
    }

    fn items(rules: &ColumnRules, item: &Field) -> Result<Self> {
        let column = Column::within(item, rules.items.as_deref(), false)
            .map_err(|error| rules.refused_within("items", &error))?;
        Ok(if column.is_idle() { Self::None } else { Self::Items(Box::new(column)) })
    }

    fn members(rules: &ColumnRules, fields: &Fields) -> Result<Self> {
        let given = rules.properties.iter().map(|member| ("properties", member.field.name()));
        let required = rules.required_properties.iter().map(|name| ("requiredProperties", name));
        for (rule, name) in given.chain(required) {
            if fields.find(name).is_none() {
                return Err(rules.refused(rule, &format!("there is no property {name:?}")));
            }
        }
        let mut members = Vec::new();
        for (index, field) in fields.iter().enumerate() {
            let given = rules.properties.iter().find(|member| member.field.name() == field.name());
            let is_required = rules.required_properties.contains(field.name());
            let column = Column::within(field, given, is_required)
                .map_err(|error| rules.refused_within("properties", &error))?;
            if !column.is_idle() {
                members.push((index, column));
            }
        }
        Ok(if members.is_empty() { Self::None } else { Self::Members(members) })
    }

    fn breaks(&self, array: &dyn Array) -> bool {
        match self {
            Self::None => false,
            Self::Items(column) => column.breaks(items(array.as_list()).as_ref()),
            Self::Members(members) => {
                let columns = array.as_struct().columns();
                members.iter().any(|(index, column)| column.breaks(columns[*index].as_ref()))
            }
            Self::Entries(pair) => {
                let [keys, values] = entries(array.as_map());
                pair[0].breaks(keys.as_ref()) || pair[1].breaks(values.as_ref())
            }
        }
    }

    fn explain(&self, array: &dyn Array, place: Place<'_>, violations: &mut Violations) {
        match self {
            Self::None => {}
            Self::Items(column) => {
                let list = array.as_list::<i32>();
                let owners = owners(array, list.offsets());
                let item = |index: usize| {
                    let (owner, number) = owners[index]?;
                    let (row, path) = place(owner)?;
                    Some((row, format!("{path}[{number}]")))
                };
                column.explain_at(items(list).as_ref(), &item, violations);
            }
            Self::Members(members) => {
                for (index, column) in members {
                    let member = |index: usize| {
                        let (row, path) = array.is_valid(index).then(|| place(index))??;
                        Some((row, format!("{path}.{}", column.name)))
                    };
                    let inner = array.as_struct().column(*index);
                    column.explain_at(inner.as_ref(), &member, violations);
                }
            }
            Self::Entries(pair) => {
                let map = array.as_map();
                let owners = owners(array, map.offsets());
                let [keys, values] = entries(map);
                let entry = |index: usize| {
                    let (row, path) = place(owners[index]?.0)?;
                    let key = shown(keys.as_ref(), index).unwrap_or_default();
                    Some((row, format!("{path}[{key}]")))
                };
                pair[0].explain_at(keys.as_ref(), &entry, violations);
                pair[1].explain_at(values.as_ref(), &entry, violations);
            }
        }
    }
}

/// Of each item: the place of its list, and its number there; `None` where the list is null.
fn owners(array: &dyn Array, offsets: &OffsetBuffer<i32>) -> Vec<Option<(usize, usize)>> {
    let lengths = offsets.lengths().enumerate();
    lengths
        .flat_map(|(list, length)| {
            let is_valid = array.is_valid(list);
            (0..length).map(move |number| is_valid.then_some((list, number)))
        })
        .collect()
}

/// The text of a value, cut; `None` for null.
pub(super) fn shown(array: &dyn Array, row: usize) -> Option<String> {
    value::text(array, row).map(|text| text::excerpt(&text).to_owned())
}
