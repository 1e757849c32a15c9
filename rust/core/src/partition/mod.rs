//! One batch to one batch for each partition.
//!
//! - this module: hive partitions, by the values of columns that leave the batch.
//! - [`term`]: how Iceberg's partitions are spelled. [`parts`]: a batch by such terms.
//! - [`transform`]: Iceberg's transforms of values; [`murmur`] is the hash of its buckets.
//! - [`source`]: the column of a term, which may lie within structs.
//! - [`groups`]: which rows share their values.

mod groups;
mod murmur;
mod parts;
mod source;
mod term;
mod transform;

#[cfg(test)]
mod tests;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field};

use crate::{Error, ErrorKind, Location, Result, types, value};
use groups::{codes, groups, internal, taken};

pub use parts::{TermPart, check_terms, partition_by_terms};
pub use term::{Term, Transform};

/// The rows of a batch that share their partition values.
#[derive(Debug, Clone)]
pub struct Part {
    /// Text of the value in each partition column, `None` for null.
    pub values: Vec<Option<String>>,
    /// Those rows in their order, without the partition columns.
    pub batch: RecordBatch,
}

/// One part for each combination of values in `columns`, in order of first appearance.
///
/// Nothing is copied where all rows share one combination. Of a batch without rows there are no
/// parts.
///
/// # Errors
/// [`ErrorKind::Config`] where a column is absent or of a type whose values do not name a
/// partition, floating point among them.
pub fn partition_by<S: AsRef<str>>(batch: &RecordBatch, columns: &[S]) -> Result<Vec<Part>> {
    let positions =
        columns.iter().map(|name| position(batch, name.as_ref())).collect::<Result<Vec<_>>>()?;
    let groups =
        groups(batch.num_rows(), positions.iter().map(|&position| column_codes(batch, position)))?;
    let rest: Vec<usize> = (0..batch.num_columns()).filter(|i| !positions.contains(i)).collect();
    let kept = batch.project(&rest).map_err(internal)?;
    let text = |row: usize, i: usize| value::text(batch.column(i).as_ref(), row);
    let parts = taken(&kept, groups)?.into_iter().map(|(first, rows)| Part {
        values: positions.iter().map(|&i| text(first, i)).collect(),
        batch: rows,
    });
    Ok(parts.collect())
}

/// Checks that values of the column can name a partition: those of a type whose text is exact and
/// one, so neither floating point, nor binary data, nor JSON, nor what is nested.
///
/// # Errors
/// [`ErrorKind::Config`] where they cannot.
pub fn check_column(field: &Field) -> Result<()> {
    use DataType::{Binary, Float16, Float32, Float64};
    let data_type = field.data_type();
    let is_known = types::spell_field(field).is_some() && !types::is_json(field);
    if is_known
        && !data_type.is_nested()
        && !matches!(data_type, Binary | Float16 | Float32 | Float64)
    {
        return Ok(());
    }
    Err(unnamed(field))
}

fn unnamed(field: &Field) -> Error {
    let name = field.name();
    let spelled = types::spelled(field);
    refused(name, format!("column {name:?} of type {spelled} cannot name a partition"))
}

fn refused(column: &str, message: String) -> Error {
    let location = Location { field: Some(column.to_owned()), ..Location::default() };
    Error::new(ErrorKind::Config, message).at(location)
}

fn position(batch: &RecordBatch, name: &str) -> Result<usize> {
    let absent = |_| refused(name, format!("there is no column {name:?} to partition by"));
    batch.schema_ref().index_of(name).map_err(absent)
}

fn column_codes(batch: &RecordBatch, position: usize) -> Result<Vec<u32>> {
    let field = batch.schema_ref().field(position);
    let is_bytes = match field.data_type() {
        DataType::Binary => true,
        DataType::FixedSizeBinary(bytes) => *bytes != types::UUID_BYTES,
        _ => types::is_json(field),
    };
    let found = if is_bytes { None } else { codes(batch.column(position)) };
    found.ok_or_else(|| unnamed(field))
}
