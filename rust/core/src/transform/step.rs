//! A step, compiled for the columns of a schema.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, FieldRef, Fields, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;

use super::cast::{cast, is_castable};
use super::column::{Call, Column, Faults};
use super::deduplicate::Deduplicate;
use super::expression::Expression;
use super::protect::{Hash, Mask};
use crate::reject::Violation;
use crate::text::{complaint, excerpt};
use crate::types::spelled;
use crate::{Error, ErrorKind, Location, Result, value};

/// What a step does with a batch of the columns that it was compiled for.
#[derive(Debug)]
pub struct Step {
    /// The columns that it gives.
    schema: SchemaRef,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Filter(Expression),
    /// Where each column comes from.
    Columns(Vec<Source>),
    Deduplicate(Deduplicate),
}

#[derive(Debug)]
enum Source {
    Same(usize),
    Expression(Box<Expression>),
    Cast(usize, Field),
    Mask(usize, Mask),
    Hash(usize, Hash),
}

/// A batch after a step.
#[derive(Debug)]
pub struct Outcome {
    /// The rows that are left.
    pub batch: RecordBatch,
    /// Which rows of the batch before they are; `None` where they are all.
    pub kept: Option<Vec<u32>>,
    /// What rows of the batch before could not take, by row; they are not left.
    pub violations: BTreeMap<usize, Vec<Violation>>,
}

impl Step {
    /// Leaves the rows for which the condition is true.
    ///
    /// # Errors
    /// As [`Expression::condition`].
    pub fn filter(schema: &SchemaRef, condition: &str) -> Result<Self> {
        let condition = Expression::condition(condition, schema)?;
        Ok(Self { schema: Arc::clone(schema), work: Work::Filter(condition) })
    }

    /// Adds columns, or puts them in the place of those of their name; each expression sees the
    /// columns before the step.
    ///
    /// # Errors
    /// As [`Expression::compile`], with the column in its location.
    pub fn derive(schema: &SchemaRef, columns: &[(String, String)]) -> Result<Self> {
        let mut made = Plan::of(schema);
        for (name, text) in columns {
            let found = Expression::compile(text, schema).map_err(|error| at(error, name))?;
            made.put(found.field(name), Source::Expression(Box::new(found)));
        }
        Ok(made.step())
    }

    /// Leaves these columns, in this order, each under its new name.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with the column where there is none of that name, or two of a new one.
    pub fn select(schema: &SchemaRef, columns: &[(String, String)]) -> Result<Self> {
        let mut made = Plan { fields: Vec::new(), sources: Vec::new() };
        for (name, new) in columns {
            let index = index_of(schema, name)?;
            if made.fields.iter().any(|field| field.name() == new) {
                let message = format!("there would be two columns {new:?}");
                return Err(at(Error::new(ErrorKind::Config, message), name));
            }
            made.fields.push(Arc::new(schema.field(index).clone().with_name(new)));
            made.sources.push(Source::Same(index));
        }
        Ok(made.step())
    }

    /// Casts columns exactly; a row whose value is none of the type breaks rule `type`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with the column where there is none of that name, or no value of its
    /// type is one of the other.
    pub fn cast(schema: &SchemaRef, columns: &[(String, Field)]) -> Result<Self> {
        let mut made = Plan::of(schema);
        for (name, to) in columns {
            let index = index_of(schema, name)?;
            let from = schema.field(index);
            let to = to.clone().with_name(name).with_nullable(from.is_nullable());
            if !is_castable(from, &to) {
                let message = format!("{} cannot be cast to {}", spelled(from), spelled(&to));
                return Err(at(Error::new(ErrorKind::Config, message), name));
            }
            made.put(to.clone(), Source::Cast(index, to));
        }
        Ok(made.step())
    }

    /// Hides the values of columns, which then are strings.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with the column where there is none of that name.
    pub fn mask(schema: &SchemaRef, columns: &[(String, Mask)]) -> Result<Self> {
        Plan::hiding(schema, columns, Source::Mask)
    }

    /// Replaces the values of columns by hashes, which are strings.
    ///
    /// # Errors
    /// As [`Step::mask`].
    pub fn hash(schema: &SchemaRef, columns: &[(String, Hash)]) -> Result<Self> {
        Plan::hiding(schema, columns, Source::Hash)
    }

    /// Leaves the first row of each key.
    ///
    /// # Errors
    /// As [`Deduplicate::rebound`].
    pub fn deduplicate(schema: &SchemaRef, keys: Deduplicate) -> Result<Self> {
        let work = Work::Deduplicate(keys.rebound(schema)?);
        Ok(Self { schema: Arc::clone(schema), work })
    }

    /// The same step for other columns; keys that were seen stay seen.
    ///
    /// # Errors
    /// As [`Deduplicate::rebound`]; [`ErrorKind::Internal`] of another step.
    pub fn rebound(&mut self, schema: &SchemaRef) -> Result<()> {
        let Work::Deduplicate(keys) = &mut self.work else {
            return Err(Error::new(ErrorKind::Internal, "only keys outlive a schema"));
        };
        *keys = std::mem::take(keys).rebound(schema)?;
        self.schema = Arc::clone(schema);
        Ok(())
    }

    /// The columns that it gives.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The batch after the step.
    ///
    /// # Errors
    /// [`ErrorKind::Contract`] where keys exceed their memory; [`ErrorKind::Internal`].
    pub fn apply(&mut self, batch: &RecordBatch) -> Result<Outcome> {
        match &mut self.work {
            Work::Filter(condition) => filtered(condition, batch),
            Work::Columns(sources) => columns(sources, &self.schema, batch),
            Work::Deduplicate(keys) => {
                let is_new = keys.new_rows(batch)?;
                kept(batch, &is_new, BTreeMap::new())
            }
        }
    }
}

/// Columns in the making.
struct Plan {
    fields: Vec<FieldRef>,
    sources: Vec<Source>,
}

impl Plan {
    fn of(schema: &SchemaRef) -> Self {
        let fields = schema.fields().iter().cloned().collect::<Vec<_>>();
        let sources = (0..fields.len()).map(Source::Same).collect();
        Self { fields, sources }
    }

    fn hiding<T: Clone>(
        schema: &SchemaRef,
        columns: &[(String, T)],
        source: fn(usize, T) -> Source,
    ) -> Result<Step> {
        let mut made = Self::of(schema);
        for (name, how) in columns {
            let index = index_of(schema, name)?;
            let nullable = schema.field(index).is_nullable();
            let field = Field::new(name, arrow_schema::DataType::Utf8, nullable);
            made.put(field, source(index, how.clone()));
        }
        Ok(made.step())
    }

    fn put(&mut self, field: Field, source: Source) {
        let known = self.fields.iter().position(|known| known.name() == field.name());
        if let Some(index) = known {
            (self.fields[index], self.sources[index]) = (Arc::new(field), source);
        } else {
            self.fields.push(Arc::new(field));
            self.sources.push(source);
        }
    }

    fn step(self) -> Step {
        let schema = Arc::new(Schema::new(Fields::from(self.fields)));
        Step { schema, work: Work::Columns(self.sources) }
    }
}

fn index_of(schema: &Schema, name: &str) -> Result<usize> {
    schema.index_of(name).map_err(|_| {
        let known = schema.fields().iter().map(|field| field.name().as_str());
        let known = known.collect::<Vec<_>>().join(", ");
        let message = format!("there is no column {name:?}; columns: {known}");
        at(Error::new(ErrorKind::Config, message), name)
    })
}

/// The error with the column it is about.
pub(super) fn at(error: Error, column: &str) -> Error {
    error.at(Location { field: Some(column.to_owned()), ..Location::default() })
}

fn filtered(condition: &Expression, batch: &RecordBatch) -> Result<Outcome> {
    let (column, reasons) = condition.evaluate(batch)?;
    let is_condition = *column.data_type() == arrow_schema::DataType::Boolean;
    let holds = |row| is_condition && column.bool(row) == Some(true);
    let mask = (0..batch.num_rows()).map(|row| holds(row) && !reasons.contains_key(&row));
    let mask: Vec<bool> = mask.collect();
    let violation = |reason| Violation {
        field: None,
        rule: "filter",
        value: None,
        message: format!("cannot be judged: {reason}"),
    };
    let violations = reasons.into_iter().map(|(row, reason)| (row, vec![violation(reason)]));
    let violations = violations.collect();
    kept(batch, &mask, violations)
}

fn columns(sources: &[Source], schema: &SchemaRef, batch: &RecordBatch) -> Result<Outcome> {
    let mut violations: BTreeMap<usize, Vec<Violation>> = BTreeMap::new();
    let mut arrays = Vec::with_capacity(sources.len());
    for (source, field) in sources.iter().zip(schema.fields()) {
        let array = match source {
            Source::Same(index) => Arc::clone(batch.column(*index)),
            Source::Expression(expression) => {
                let (array, reasons) = expression.values(batch)?;
                for (row, reason) in reasons {
                    let broken = violations.entry(row).or_default();
                    broken.push(violation(
                        field.name(),
                        "derive",
                        None,
                        &format!("cannot be derived: {reason}"),
                    ));
                }
                array
            }
            Source::Cast(index, to) => {
                let from = batch.schema_ref().field(*index);
                let source = batch.column(*index);
                let mut faults = Faults::new();
                let array = cast_all(source, from, to, &mut faults);
                for row in faults.into_keys() {
                    let value = value::text(source.as_ref(), row);
                    let value = value.as_deref().map(|text| excerpt(text).to_owned());
                    let broken = violations.entry(row).or_default();
                    broken.push(violation(field.name(), "type", value, &complaint(to)));
                }
                array
            }
            Source::Mask(index, mask) => mask.apply(batch.column(*index)),
            Source::Hash(index, hash) => hash.apply(batch.column(*index)),
        };
        arrays.push(array);
    }
    // A column that a fault left null is not yet without its row, whatever its field says.
    let open: Fields =
        schema.fields().iter().map(|f| f.as_ref().clone().with_nullable(true)).collect();
    let made = batch_of(Arc::new(Schema::new(open)), arrays, batch.num_rows())?;
    let mask: Vec<bool> = (0..batch.num_rows()).map(|row| !violations.contains_key(&row)).collect();
    let outcome = kept(&made, &mask, violations)?;
    let rows = outcome.batch.num_rows();
    let batch = batch_of(Arc::clone(schema), outcome.batch.columns().to_vec(), rows)?;
    Ok(Outcome { batch, ..outcome })
}

fn cast_all(source: &ArrayRef, from: &Field, to: &Field, faults: &mut Faults) -> ArrayRef {
    let args = [Column { array: Arc::clone(source), is_constant: false }];
    cast(Call { args: &args, rows: source.len(), at: 0, faults }, from, to)
}

fn violation(field: &str, rule: &'static str, value: Option<String>, message: &str) -> Violation {
    Violation { field: Some(field.to_owned()), rule, value, message: message.to_owned() }
}

/// The rows of `batch` for which `mask` is true.
fn kept(
    batch: &RecordBatch,
    mask: &[bool],
    violations: BTreeMap<usize, Vec<Violation>>,
) -> Result<Outcome> {
    if mask.iter().all(|is_kept| *is_kept) {
        return Ok(Outcome { batch: batch.clone(), kept: None, violations });
    }
    let kept = mask.iter().zip(0_u32..).filter(|(is_kept, _)| **is_kept).map(|(_, row)| row);
    let batch = filter_record_batch(batch, &BooleanArray::from(mask.to_vec()))
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
    Ok(Outcome { batch, kept: Some(kept.collect()), violations })
}

fn batch_of(schema: SchemaRef, arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, arrays, &options)
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
}
