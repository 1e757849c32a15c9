//! Arrow batches against the rules of a contract.

use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;

use crate::{Error, ErrorKind, Result};

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
