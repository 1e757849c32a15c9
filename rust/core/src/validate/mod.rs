//! Arrow batches against the rules of a contract.
//!
//! - [`rules`]: what a contract asks of a column, as text.
//! - [`column`]: one column against its rules, and what is nested in it.
//! - [`values`]: the compiled rules of its values, whatever their type:
//!   [`range`] (numbers, dates, times, timestamps), [`string`], [`bytes`] (UUIDs too), [`json`],
//!   [`lists`], [`objects`] (structs and maps).
//! - [`format`]: how strings are spelled.
//! - [`unique`]: keys seen so far, within a budget. [`keys`]: the set of them.
//! - [`identity`]: what equal values share.
//! - `fuzz`: laws for every input.

mod bytes;
mod column;
mod format;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
pub(crate) mod identity;
mod json;
pub(crate) mod keys;
mod lists;
mod objects;
mod range;
mod rules;
mod string;
mod unique;
mod values;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::{Fields, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;

pub use format::FORMATS;
pub use rules::ColumnRules;

use crate::parquet::same_columns;
use crate::reject::Violation;
use crate::{Error, ErrorKind, Location, Result};

/// The compiled rules of a contract. Keeps the keys of `unique` fields across batches.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int64Array, RecordBatch};
/// use arrow_schema::DataType;
/// use headrace_core::validate::{ColumnRules, Validator};
///
/// let rules = ColumnRules { minimum: Some("1".into()), ..ColumnRules::new("a", DataType::Int64) };
/// let mut validator = Validator::compile(&[rules], 1 << 20)?;
/// let batch = RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(vec![0, 1])) as _)])?;
/// let verdict = validator.validate(&batch)?;
/// assert_eq!(verdict.valid.num_rows(), 1);
/// assert_eq!(verdict.violations[&0][0].rule, "minimum");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Validator {
    schema: SchemaRef,
    columns: Vec<column::Column>,
    unique: unique::Unique,
}

/// What a batch's rows are worth.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The rows that break nothing; the very same batch where all are such.
    pub valid: RecordBatch,
    /// Broken rules by row of the batch, in column order, at least one each.
    pub violations: BTreeMap<usize, Vec<Violation>>,
}

impl Validator {
    /// Compiles the rules of all columns, in order. The keys of `unique` fields may take
    /// `unique_bytes` of memory in all [bytes].
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with field and rule where a rule does not suit its column's type, a
    /// bound is not a value of it, or a pattern is not supported.
    pub fn compile(rules: &[ColumnRules], unique_bytes: usize) -> Result<Self> {
        let fields = rules.iter().map(|rule| rule.field.clone().with_nullable(true));
        Ok(Self {
            schema: Arc::new(Schema::new(fields.collect::<Fields>())),
            columns: rules.iter().map(column::Column::compile).collect::<Result<_>>()?,
            unique: unique::Unique::new(rules, unique_bytes)?,
        })
    }

    /// Whether rows that break a rule enter the data all the same: their keys then count for
    /// `unique`, and they are checked for it.
    #[must_use]
    pub fn with_bad_rows_passing(mut self, bad_rows_pass: bool) -> Self {
        self.unique.bad_rows_pass = bad_rows_pass;
        self
    }

    /// Takes other rules for the batches to come: columns come at the end, types widen, nulls are
    /// allowed. The keys of the rows so far are kept.
    ///
    /// # Errors
    /// As [`Validator::compile`]; [`ErrorKind::Contract`] where the type of a key would change.
    pub fn evolve(&mut self, rules: &[ColumnRules]) -> Result<()> {
        let types = rules.iter().zip(self.schema.fields());
        for (index, (rule, field)) in types.enumerate() {
            if self.unique.has(index) && rule.data_type() != field.data_type() {
                let message = "the type of a key cannot change once its values are known";
                let (field, rule) =
                    (Some(rule.field.name().clone()), Some("drift.type_change".into()));
                let location = Location { field, rule, ..Location::default() };
                return Err(Error::new(ErrorKind::Contract, message).at(location));
            }
        }
        let evolved = Self::compile(rules, 0)?;
        (self.schema, self.columns) = (evolved.schema, evolved.columns);
        Ok(())
    }

    /// How many rows of `batch` break a rule, as [`Validator::validate`] would tell, and many times
    /// quicker where most do.
    ///
    /// # Errors
    /// As [`Validator::validate`].
    pub fn count(&mut self, batch: &RecordBatch) -> Result<usize> {
        same_columns(batch.schema_ref(), &self.schema)?;
        let mut broken = vec![false; batch.num_rows()];
        for (column, array) in self.columns.iter().zip(batch.columns()) {
            if column.breaks(array.as_ref()) {
                column.mark(array.as_ref(), &mut broken);
            }
        }
        let rows = broken.iter().enumerate().filter(|(_, is_broken)| **is_broken);
        if self.unique.is_idle() {
            return Ok(rows.count());
        }
        let mut violations = rows.map(|(row, _)| (row, Vec::new())).collect();
        self.unique.check(batch, &mut violations)?;
        Ok(violations.len())
    }

    /// Checks the rows of `batch`, which must have the columns of the rules. A row's verdict
    /// depends on the rows before it by `unique` alone, and never on where batches are cut.
    ///
    /// # Errors
    /// [`ErrorKind::Contract`] where the columns are not those of the rules, and where the keys of
    /// `unique` fields exceed their memory: the verdict would not be exact.
    pub fn validate(&mut self, batch: &RecordBatch) -> Result<Verdict> {
        same_columns(batch.schema_ref(), &self.schema)?;
        let mut violations = BTreeMap::new();
        for (column, array) in self.columns.iter().zip(batch.columns()) {
            if column.breaks(array.as_ref()) {
                column.explain(array.as_ref(), &mut violations);
            }
        }
        self.unique.check(batch, &mut violations)?;
        let valid = without_rows(batch, violations.keys().copied())?;
        Ok(Verdict { valid, violations })
    }
}

/// The batch without the rows `bad`; the very same batch where there are none.
///
/// # Errors
/// [`ErrorKind::Internal`] where the columns cannot be filtered.
pub fn without_rows(
    batch: &RecordBatch,
    bad: impl IntoIterator<Item = usize>,
) -> Result<RecordBatch> {
    let mut bad = bad.into_iter().peekable();
    if bad.peek().is_none() {
        return Ok(batch.clone());
    }
    let mut keep = vec![true; batch.num_rows()];
    for row in bad {
        keep[row] = false;
    }
    filter_record_batch(batch, &BooleanArray::from(keep))
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
}
