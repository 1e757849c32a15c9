//! An expression of the language, compiled for the columns of a schema.

use std::collections::BTreeMap;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};

use super::column::{Column, Faults};
use super::compile::Compiler;
use super::evaluate::evaluate;
use super::node::Node;
use super::syntax::{Refusal, parse};
use crate::types::spelled;
use crate::{Error, ErrorKind, Result};

/// An expression and what it needs to be evaluated.
///
/// # Examples
/// ```
/// use arrow_schema::{DataType, Field, Schema};
/// use headrace_core::transform::Expression;
///
/// let schema = Schema::new(vec![Field::new("delay", DataType::Int32, true)]);
/// let found = Expression::compile("delay is not null and delay + 1 > 60", &schema)?;
/// assert_eq!(*found.field("late").data_type(), DataType::Boolean);
///
/// let wrong = Expression::compile("delay > 'an hour'", &schema);
/// assert!(wrong.unwrap_err().message().contains("no type in common"));
/// # Ok::<(), headrace_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Expression {
    text: String,
    node: Node,
}

/// Refuses what is wrong with an expression whatever the columns are: its syntax, the functions it
/// calls, and how.
///
/// # Errors
/// [`ErrorKind::Config`], which names the expression and the place.
pub fn check(text: &str) -> Result<()> {
    let found = parse(text).and_then(|parsed| Compiler::new(None).node(&parsed));
    found.map(drop).map_err(|refusal| refused(text, &refusal))
}

impl Expression {
    /// Compiles the text against the columns of `schema`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], which names the expression, and the place and the column at fault.
    pub fn compile(text: &str, schema: &Schema) -> Result<Self> {
        let parsed = parse(text).map_err(|refusal| refused(text, &refusal))?;
        let compiler = Compiler::new(Some(schema));
        let node = compiler.node(&parsed).map_err(|refusal| refused(text, &refusal))?;
        Ok(Self { text: text.to_owned(), node })
    }

    /// As [`Expression::compile`], of an expression that is true or false.
    ///
    /// # Errors
    /// As there, and where it is neither.
    pub fn condition(text: &str, schema: &Schema) -> Result<Self> {
        let found = Self::compile(text, schema)?;
        match found.node.data_type() {
            DataType::Boolean | DataType::Null => Ok(found),
            _ => {
                let message = format!("is no condition but {}", spelled(&found.node.field));
                Err(refused(text, &Refusal::new(0, message)))
            }
        }
    }

    /// The column of that name that it gives; one of nulls alone is of strings.
    #[must_use]
    pub fn field(&self, name: &str) -> Field {
        let field = self.node.field.clone().with_name(name);
        match field.data_type() {
            DataType::Null => field.with_data_type(DataType::Utf8).with_nullable(true),
            _ => field,
        }
    }

    /// Its values, null where a row faults, and the reasons of those that do.
    pub(super) fn evaluate(
        &self,
        batch: &RecordBatch,
    ) -> Result<(Column, BTreeMap<usize, String>)> {
        let mut faults = Faults::new();
        let column = evaluate(&self.node, batch, &mut faults)?;
        let reasons = faults.into_iter().map(|(row, fault)| {
            let place =
                if fault.at == 0 { String::new() } else { format!(" at character {}", fault.at) };
            (row, format!("{}{place} of `{}`", fault.reason, self.text))
        });
        Ok((column, reasons.collect()))
    }

    /// As [`Expression::evaluate`], a value for each row.
    pub(super) fn values(
        &self,
        batch: &RecordBatch,
    ) -> Result<(ArrayRef, BTreeMap<usize, String>)> {
        let (column, reasons) = self.evaluate(batch)?;
        let array = column.spread(batch.num_rows());
        match array.data_type() {
            DataType::Null => {
                let nulls = arrow_array::new_null_array(&DataType::Utf8, batch.num_rows());
                Ok((nulls, reasons))
            }
            _ => Ok((array, reasons)),
        }
    }
}

fn refused(text: &str, refusal: &Refusal) -> Error {
    let place = match refusal.at {
        0 => String::new(),
        at => format!(", character {at}"),
    };
    Error::new(ErrorKind::Config, format!("`{text}`{place}: {}", refusal.message))
}
