//! A batch to a JSON array of objects, row by row into one buffer.

use arrow_array::RecordBatch;

use super::write::Source;
use super::{MAX_JSON_BYTES, quoted};
use crate::parquet::batch_bytes;
use crate::{Error, ErrorKind, Result};

/// Appends the rows of `batch` to `out` as a JSON array of objects, columns in order, nulls
/// included. It is ASCII but for the texts, UTF-8, and free of NUL. After an error `out` is as it
/// was.
///
/// # Errors
/// [`ErrorKind::Contract`] naming the record (from 0) and field of a value that no JSON says: a time
/// outside its day, a decimal beyond its precision; or where 2 GiB do not hold the batch.
/// [`ErrorKind::Config`] naming a column whose type headrace does not have.
pub fn encode(batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    let written = write(batch, out);
    if written.is_err() {
        out.truncate(start);
    }
    written
}

fn write(batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
    let schema = batch.schema_ref();
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns
        .map(|(field, array)| Ok((quoted(field.name()) + ":", Source::new(field, array)?)))
        .collect::<Result<Vec<(String, Source<'_>)>>>()?;
    // An estimate: values are about as long as in memory, and each key comes with each row.
    let keys_bytes: usize = columns.iter().map(|(key, _)| key.len() + 1).sum();
    out.reserve(batch_bytes(batch) + batch.num_rows() * (keys_bytes + 2));
    let start = out.len();
    out.push(b'[');
    for row in 0..batch.num_rows() {
        out.extend_from_slice(if row == 0 { b"{" } else { b",{" });
        for (index, (key, source)) in columns.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(key.as_bytes());
            let name = || schema.field(index).name();
            let written = source.write(row, out);
            written.map_err(|fault| fault.within_key(name()).into_error(Some(row)))?;
        }
        out.push(b'}');
        if out.len() - start >= MAX_JSON_BYTES {
            let message = format!("the JSON of a batch has 2 GiB or more at record {row}");
            return Err(Error::new(ErrorKind::Contract, message));
        }
    }
    out.push(b']');
    Ok(())
}
