//! Where in a document its records stand.

use std::ops::Range;

use super::cursor::{Cursor, Token};
use super::decode::checked;
use super::fault::Read;
use crate::Result;

/// The bytes of the value below the keys of `path`, one within the other; `None` where there is no
/// such key. Of a key that is there twice the first counts.
///
/// What stands around it is not looked at closely: whoever reads it finds whether it is JSON.
///
/// # Errors
/// [`crate::ErrorKind::Decode`] where what was passed is not JSON in UTF-8, or has 2 GiB or more.
pub fn locate(json: &[u8], path: &[String]) -> Result<Option<Range<usize>>> {
    let text = checked(json)?;
    let mut cursor = Cursor::new(text);
    find(&mut cursor, text, path).map_err(|fault| fault.into_error(None))
}

fn find(cursor: &mut Cursor<'_>, text: &str, path: &[String]) -> Read<Option<Range<usize>>> {
    let Some((last, outer)) = path.split_last() else {
        cursor.peek()?;
        let end = text.trim_end_matches([' ', '\t', '\n', '\r']).len();
        return Ok(Some(cursor.at()..end));
    };
    for key in outer {
        if !enter(cursor, key)? {
            return Ok(None);
        }
    }
    if !enter(cursor, last)? {
        return Ok(None);
    }
    cursor.peek()?;
    let start = cursor.at();
    let value = cursor.raw()?;
    Ok(Some(start..start + value.len()))
}

/// Moves before the value of `key` of the object that follows; false where there is none.
fn enter(cursor: &mut Cursor<'_>, key: &str) -> Read<bool> {
    if cursor.peek()? != Token::Object {
        return Ok(false);
    }
    cursor.enter();
    let mut is_first = true;
    while cursor.next(b'}', is_first)? {
        cursor.key()?;
        if cursor.last_key() == key {
            return Ok(true);
        }
        cursor.raw()?;
        is_first = false;
    }
    Ok(false)
}
