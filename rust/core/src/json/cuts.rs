//! Where an array of records may be cut, so that no part is larger than a batch.

use std::ops::Range;

use super::cursor::{Cursor, Token};
use super::decode::checked;
use super::fault::{Fault, Read};
use crate::Result;

/// A part of an array: whole records and what stands between them, without the array's brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Where it stands in the JSON.
    pub bytes: Range<usize>,
    /// How many records it has, at least one.
    pub records: usize,
}

/// The parts of an array, in order, each of at most `rows` records and, where it has more than one,
/// of at most `bytes` bytes.
///
/// Records are passed over, not looked at closely: whoever reads them finds whether they are JSON.
///
/// # Errors
/// [`crate::ErrorKind::Decode`] where what was passed is not JSON in UTF-8, or has 2 GiB or more,
/// [`crate::ErrorKind::Contract`] where it is no array.
pub fn cuts(json: &[u8], rows: usize, bytes: usize) -> Result<Vec<Cut>> {
    found(&mut Cursor::new(checked(json)?), rows, bytes).map_err(|fault| fault.into_error(None))
}

fn found(cursor: &mut Cursor<'_>, rows: usize, bytes: usize) -> Read<Vec<Cut>> {
    if cursor.peek()? != Token::Array {
        return Err(Fault::unfit("the records are not a JSON array", cursor.at()));
    }
    cursor.enter();
    let mut cuts: Vec<Cut> = Vec::new();
    while cursor.next(b']', cuts.is_empty())? {
        cursor.peek()?;
        let start = cursor.at();
        let end = start + cursor.raw()?.len();
        match cuts.last_mut() {
            Some(cut) if cut.records < rows && end - cut.bytes.start <= bytes => {
                cut.bytes.end = end;
                cut.records += 1;
            }
            _ => cuts.push(Cut { bytes: start..end, records: 1 }),
        }
    }
    cursor.end()?;
    Ok(cuts)
}
