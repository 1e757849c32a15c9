//! Keys seen so far, within a budget: exact, or an error that says so.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_schema::DataType;
use hashbrown::HashSet;

use super::column::shown;
use super::identity;
use super::keys::{ByteSet, Key, KeySet};
use super::rules::ColumnRules;
use crate::reject::Violation;
use crate::{Error, ErrorKind, Location, Result};

/// The keys of all `unique` fields and of the primary key.
#[derive(Debug)]
pub(super) struct Unique {
    constraints: Vec<Constraint>,
    /// Memory that all keys may take together [bytes].
    budget: usize,
    /// Whether rows that break a rule enter the data all the same, and with them their keys.
    pub(super) bad_rows_pass: bool,
}

#[derive(Debug)]
struct Constraint {
    /// Positions of the columns that make the key.
    columns: Vec<usize>,
    names: Vec<String>,
    seen: KeySet,
    /// Room for a key of several columns while it is put together.
    buffer: Vec<u8>,
}

impl Unique {
    pub(super) fn new(rules: &[ColumnRules], budget: usize) -> Result<Self> {
        let mut constraints = Vec::new();
        let positions = |wanted: fn(&ColumnRules) -> bool| -> Vec<usize> {
            (0..rules.len()).filter(|&i| wanted(&rules[i])).collect()
        };
        let primary = positions(|rule| rule.primary_key);
        for position in positions(|rule| rule.unique) {
            if primary != [position] {
                constraints.push(Constraint::new(rules, vec![position])?);
            }
        }
        if !primary.is_empty() {
            constraints.push(Constraint::new(rules, primary)?);
        }
        Ok(Self { constraints, budget, bad_rows_pass: false })
    }

    /// Whether there is no key.
    pub(super) fn is_idle(&self) -> bool {
        self.constraints.is_empty()
    }

    /// Whether the column at `index` is a key, or a part of one.
    pub(super) fn has(&self, index: usize) -> bool {
        self.constraints.iter().any(|constraint| constraint.columns.contains(&index))
    }

    /// Adds a violation for each row whose key was seen in a row before. A row that breaks any
    /// other rule neither is checked nor leaves its keys, for it does not enter the data; unless
    /// bad rows pass.
    pub(super) fn check(
        &mut self,
        batch: &RecordBatch,
        violations: &mut BTreeMap<usize, Vec<Violation>>,
    ) -> Result<()> {
        if self.is_idle() {
            return Ok(());
        }
        for row in 0..batch.num_rows() {
            if !self.bad_rows_pass && violations.contains_key(&row) {
                continue;
            }
            let broken: Vec<Violation> = self
                .constraints
                .iter_mut()
                .filter_map(|constraint| constraint.broken(batch, row))
                .collect();
            if broken.is_empty() || self.bad_rows_pass {
                self.remember(batch, row, !broken.is_empty())?;
            }
            if !broken.is_empty() {
                violations.entry(row).or_default().extend(broken);
            }
        }
        Ok(())
    }

    /// Keeps the keys of a row; with `may_be_known` those that are not kept yet.
    fn remember(&mut self, batch: &RecordBatch, row: usize, may_be_known: bool) -> Result<()> {
        let mut taken: usize = self.constraints.iter().map(Constraint::bytes).sum();
        for constraint in &mut self.constraints {
            if may_be_known && constraint.broken(batch, row).is_some() {
                continue;
            }
            let before = constraint.bytes();
            if !constraint.remember(batch, row, self.budget.saturating_sub(taken)) {
                return Err(constraint.over_budget(self.budget));
            }
            taken += constraint.bytes() - before;
        }
        Ok(())
    }
}

impl Constraint {
    fn new(rules: &[ColumnRules], columns: Vec<usize>) -> Result<Self> {
        for &position in &columns {
            let rule = &rules[position];
            if !identity::is_key(&rule.field) {
                return Err(rule.unsuited("unique"));
            }
        }
        let seen = match (columns.as_slice(), rules[columns[0]].data_type()) {
            ([_], DataType::Utf8 | DataType::Binary | DataType::FixedSizeBinary(_)) => {
                KeySet::Bytes(ByteSet::default())
            }
            ([_], DataType::Decimal128(_, _)) => KeySet::Wide(HashSet::new()),
            ([_], _) => KeySet::Long(HashSet::new()),
            _ => KeySet::Bytes(ByteSet::default()),
        };
        let names = columns.iter().map(|&position| rules[position].field.name().clone()).collect();
        Ok(Self { columns, names, seen, buffer: Vec::new() })
    }

    fn broken(&mut self, batch: &RecordBatch, row: usize) -> Option<Violation> {
        let key = key(&self.columns, &mut self.buffer, batch, row)?;
        if !self.seen.contains(key) {
            return None;
        }
        let texts =
            self.columns.iter().map(|&position| shown(batch.column(position).as_ref(), row));
        let value = texts.map(Option::unwrap_or_default).collect::<Vec<_>>().join(", ");
        let (field, message) = match self.names.as_slice() {
            [name] => (Some(name.clone()), "was seen before".to_owned()),
            names => (None, format!("the key ({}) was seen before", names.join(", "))),
        };
        Some(Violation { field, rule: "unique", value: Some(value), message })
    }

    /// Whether the key fits into `budget` more bytes.
    fn remember(&mut self, batch: &RecordBatch, row: usize, budget: usize) -> bool {
        match key(&self.columns, &mut self.buffer, batch, row) {
            Some(key) => self.seen.insert(key, budget),
            None => true,
        }
    }

    fn bytes(&self) -> usize {
        self.seen.bytes() + self.buffer.capacity()
    }

    fn over_budget(&self, budget: usize) -> Error {
        let names = self.names.join(", ");
        let message = format!(
            "over {} different values of {names} cannot be told apart in {budget} bytes: raise \
             validation.unique_bytes",
            self.seen.len()
        );
        let location =
            Location { field: Some(names), rule: Some("unique".to_owned()), ..Location::default() };
        Error::new(ErrorKind::Contract, message).at(location)
    }
}

/// The key of `row`, or `None` where a part of it is null: that is not known to equal anything.
fn key<'a>(
    columns: &[usize],
    buffer: &'a mut Vec<u8>,
    batch: &'a RecordBatch,
    row: usize,
) -> Option<Key<'a>> {
    if let [position] = columns {
        return identity::key(batch.column(*position), row);
    }
    buffer.clear();
    for &position in columns {
        identity::key(batch.column(position), row)?.write(buffer);
    }
    Some(Key::Bytes(buffer))
}
