//! A batch by Iceberg's partitions.

use std::fmt::Write as _;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, FieldRef, Schema};

use super::groups::{codes, groups, taken};
use super::source;
use super::term::{Term, Transform};
use super::transform::{check, transformed};
use crate::text::civil;
use crate::{Error, ErrorKind, Result, types, value};

/// The rows of a batch that share their partition.
#[derive(Debug, Clone)]
pub struct TermPart {
    /// Text of each term's value, exact: numbers as digits, ordinals of years, months, days and
    /// hours among them, dates and times as ISO, bytes as hexadecimal digits; `None` for null.
    pub values: Vec<Option<String>>,
    /// Name and value of each term for people and folders: `ts_day` and `2024-01-01`, `null` for
    /// null.
    pub folders: Vec<(String, String)>,
    /// Those rows in their order, with every column.
    pub batch: RecordBatch,
}

/// Checks that each term names a column and takes its type.
///
/// # Errors
/// [`ErrorKind::Config`] where one does not.
pub fn check_terms(schema: &Schema, terms: &[Term]) -> Result<()> {
    for term in terms {
        let found = source::find(schema.fields(), &term.column);
        let (_, field) = found.ok_or_else(|| source::absent(&term.column))?;
        check(term, field)?;
    }
    Ok(())
}

/// One part for each combination of the terms' values, in order of first appearance.
///
/// Nothing is copied where all rows share one combination. Of a batch without rows there are no
/// parts.
///
/// # Errors
/// [`ErrorKind::Config`] where a term names no column, or does not take its type;
/// [`ErrorKind::Contract`] where Iceberg has no result for a value.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use arrow_array::{ArrayRef, Date32Array, RecordBatch};
/// use headrace_core::partition::partition_by_terms;
///
/// let days = Arc::new(Date32Array::from(vec![0, 40, 1])) as ArrayRef;
/// let batch = RecordBatch::try_from_iter([("d", days)])?;
/// let parts = partition_by_terms(&batch, &["month(d)".parse()?])?;
/// assert_eq!(parts[0].values, [Some("0".to_owned())]);
/// assert_eq!(parts[0].folders, [("d_month".to_owned(), "1970-01".to_owned())]);
/// assert_eq!(parts[0].batch.num_rows(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn partition_by_terms(batch: &RecordBatch, terms: &[Term]) -> Result<Vec<TermPart>> {
    check_terms(batch.schema_ref(), terms)?;
    let keys = terms
        .iter()
        .map(|term| {
            let (field, values) = source::values(batch, &term.column)?;
            Ok((term, field, transformed(term, &values)?))
        })
        .collect::<Result<Vec<_>>>()?;
    let codes = keys.iter().map(|(term, _, values)| {
        let message = format!("{term}: {} has no keys", values.data_type());
        codes(values).ok_or_else(|| Error::new(ErrorKind::Internal, message))
    });
    let groups = groups(batch.num_rows(), codes)?;
    let parts = taken(batch, groups)?.into_iter().map(|(first, batch)| {
        let values: Vec<_> = keys.iter().map(|(_, field, of)| exact(field, of, first)).collect();
        let folders = keys
            .iter()
            .zip(&values)
            .map(|((term, _, of), value)| (term.name(), shown(term, of, first, value.as_deref())));
        TermPart { folders: folders.collect(), values, batch }
    });
    Ok(parts.collect())
}

/// The value's text, from which it can be had again.
fn exact(source: &FieldRef, values: &ArrayRef, row: usize) -> Option<String> {
    let bytes = match values.data_type() {
        _ if values.is_null(row) => return None,
        DataType::Binary => values.as_binary::<i32>().value(row),
        DataType::FixedSizeBinary(_) if !types::is_uuid(source) => {
            values.as_fixed_size_binary().value(row)
        }
        _ => return value::text(values, row),
    };
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    Some(digits)
}

/// The value as people read it, as Iceberg's own libraries name folders.
fn shown(term: &Term, values: &ArrayRef, row: usize, exact: Option<&str>) -> String {
    let Some(exact) = exact else { return "null".to_owned() };
    let ordinal = || i64::from(values.as_primitive::<Int32Type>().value(row));
    let date = |days: i64| {
        let (year, month, day) = civil(days);
        format!("{year:04}-{month:02}-{day:02}")
    };
    match term.transform {
        Transform::Year => format!("{:04}", 1970 + ordinal()),
        Transform::Month => {
            let months = ordinal();
            format!("{:04}-{:02}", 1970 + months.div_euclid(12), months.rem_euclid(12) + 1)
        }
        Transform::Day => date(ordinal()),
        Transform::Hour => {
            let hours = ordinal();
            format!("{}-{:02}", date(hours.div_euclid(24)), hours.rem_euclid(24))
        }
        _ => exact.to_owned(),
    }
}
