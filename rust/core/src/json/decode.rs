//! JSON to a batch of a given schema: exactly, or an error that names record and field.

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;

use super::column::internal;
use super::cursor::{Cursor, Token};
use super::fault::{Fault, Read};
use super::members::Members;
use super::{Form, MAX_JSON_BYTES};
use crate::{Error, ErrorKind, Result};

/// The rows of a JSON array of objects, in order. Keys may come in any order, each once; an absent
/// key is null.
///
/// # Errors
/// [`ErrorKind::Decode`] where it is not JSON in UTF-8 or has 2 GiB or more,
/// [`ErrorKind::Contract`] naming the first record (from 0) and field that do not fit,
/// [`ErrorKind::Config`] naming a column whose type headrace does not have.
///
/// # Examples
/// ```
/// use arrow_schema::{Schema, SchemaRef};
/// use headrace_core::{json, types};
///
/// let price = types::field("price", "decimal128(15, 2)", true)?;
/// let schema: SchemaRef = Schema::new(vec![price]).into();
/// let batch = json::decode(br#"[{"price": "1.5"}, {"price": null}]"#, &schema)?;
/// let mut written = Vec::new();
/// json::encode(&batch, &mut written)?;
/// assert_eq!(written, br#"[{"price":{"$decimal":"1.50"}},{"price":null}]"#);
/// # Ok::<(), headrace_core::Error>(())
/// ```
pub fn decode(json: &[u8], schema: &SchemaRef) -> Result<RecordBatch> {
    filled(checked(json)?, schema, &mut Members::new(schema.fields(), Form::Tagged)?)
}

/// The rows of all that there is, read into `members`.
///
/// # Errors
/// As [`decode`].
pub(super) fn filled(json: &str, schema: &SchemaRef, members: &mut Members) -> Result<RecordBatch> {
    let mut cursor = Cursor::new(json);
    let rows = each_record(&mut cursor, |cursor| members.read(cursor))?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(SchemaRef::clone(schema), members.finish()?, &options)
        .map_err(|error| internal(&error))
}

/// The JSON as text.
///
/// # Errors
/// [`ErrorKind::Decode`].
pub(super) fn checked(json: &[u8]) -> Result<&str> {
    if json.len() > MAX_JSON_BYTES {
        return Err(Error::new(ErrorKind::Decode, "a batch must be smaller than 2 GiB"));
    }
    std::str::from_utf8(json)
        .map_err(|error| Fault::not_json("it is not UTF-8", error.valid_up_to()).into_error(None))
}

/// Has `read` take each object of the array that is all there is; returns their number.
///
/// # Errors
/// [`ErrorKind::Decode`] and [`ErrorKind::Contract`].
pub(super) fn each_record<'a>(
    cursor: &mut Cursor<'a>,
    mut read: impl FnMut(&mut Cursor<'a>) -> Read<()>,
) -> Result<usize> {
    let outside = |fault: Fault| fault.into_error(None);
    if cursor.peek().map_err(outside)? != Token::Array {
        return Err(outside(Fault::unfit("the records are not a JSON array", cursor.at())));
    }
    cursor.enter();
    let mut record = 0;
    while cursor.next(b']', record == 0).map_err(outside)? {
        let within = |fault: Fault| fault.into_error(Some(record));
        let token = cursor.peek().map_err(within)?;
        if token != Token::Object {
            let what = format!("{} is not a JSON object", token.name());
            return Err(within(Fault::unfit(what, cursor.at())));
        }
        read(cursor).map_err(within)?;
        record += 1;
    }
    cursor.end().map_err(outside)?;
    Ok(record)
}
