//! JSON records to the schema that holds them all, where nobody has declared one.

use std::collections::HashSet;

use arrow_schema::{Field, Schema, SchemaRef};

use super::cursor::{Cursor, Token};
use super::decode::{checked, each_record};
use super::fault::{Fault, Read};
use super::map::{NOT_PAIR, not_entry};
use super::{cell, is_tag, quoted};
use crate::kind::{Kind, join_members, unit};
use crate::{Result, text};

/// Values within values; more would let a text exhaust the stack.
const MAX_DEPTH: usize = 64;

/// The narrowest schema that holds all records of a JSON array: tagged values by their tag, integers
/// int64, or a decimal beyond; other numbers double; arrays lists and objects structs.
///
/// Columns in order of first appearance, all nullable; a column of nothing but nulls is a string.
/// Decimals get all 38 digits and the scale that the records need. Dates and times without a tag are
/// strings. Times and timestamps are microseconds, nanoseconds where a value has more digits.
///
/// # Errors
/// [`crate::ErrorKind::Decode`] where it is not JSON in UTF-8, is nested too deep, or has 2 GiB or more.
/// [`crate::ErrorKind::Contract`] naming the first record (from 0) and field with values of two kinds, with a
/// tagged value that is none, or that no column type holds.
pub fn infer(json: &[u8]) -> Result<SchemaRef> {
    let mut cursor = Cursor::new(checked(json)?);
    let mut columns = Vec::new();
    each_record(&mut cursor, |cursor| {
        let at = cursor.at();
        let found = members(cursor, 0)?;
        join_members(&mut columns, found).map_err(|clash| Fault::clash(clash, Some(at)))
    })?;
    let field = |(name, kind): &(String, Kind)| {
        kind.field(name, true).map_err(|clash| Fault::clash(clash, None))
    };
    let fields = columns.iter().map(field);
    let fields = fields.collect::<Read<Vec<Field>>>().map_err(|fault| fault.into_error(None))?;
    Ok(Schema::new(fields).into())
}

/// The members of the object that follows.
fn members(cursor: &mut Cursor<'_>, depth: usize) -> Read<Vec<(String, Kind)>> {
    cursor.enter();
    let mut names = HashSet::new();
    let mut members = Vec::new();
    while cursor.next(b'}', members.is_empty())? {
        let at = cursor.at();
        cursor.key()?;
        let name = cursor.last_key().to_owned();
        if !names.insert(name.clone()) {
            return Err(Fault::unfit("is there twice", at).within_key(&name));
        }
        let kind = value(cursor, depth + 1).map_err(|fault| fault.within_key(&name))?;
        members.push((name, kind));
    }
    Ok(members)
}

/// The kind of the value that follows.
fn value(cursor: &mut Cursor<'_>, depth: usize) -> Read<Kind> {
    let token = cursor.peek()?;
    if depth > MAX_DEPTH {
        let what = format!("values are nested more than {MAX_DEPTH} deep");
        return Err(Fault::unfit(what, cursor.at()));
    }
    Ok(match token {
        Token::Null => {
            cursor.null()?;
            Kind::Null
        }
        Token::Bool => {
            cursor.bool()?;
            Kind::Bool
        }
        Token::Text => {
            cursor.string()?;
            Kind::Text
        }
        Token::Number => {
            let at = cursor.at();
            number(cursor.number()?).ok_or_else(|| Fault::unfit("the number is no double", at))?
        }
        Token::Array => Kind::List(Box::new(items(cursor, depth)?)),
        Token::Object => object(cursor, depth)?,
    })
}

fn number(number: &str) -> Option<Kind> {
    if !cell::is_int(number) {
        return text::parse_float(number.as_bytes()).map(|_| Kind::Float);
    }
    Some(Kind::Int {
        digits: number.trim_start_matches('-').len(),
        is_long: text::parse_int(number.as_bytes()).is_some(),
        is_exact: cell::exact_double(number).is_some(),
    })
}

/// What the items of the array that follows have in common.
fn items(cursor: &mut Cursor<'_>, depth: usize) -> Read<Kind> {
    cursor.enter();
    let mut joined = Kind::Null;
    let mut index = 0;
    while cursor.next(b']', index == 0)? {
        cursor.peek()?;
        let at = cursor.at();
        let within = |fault: Fault| fault.within_item(index);
        let found = value(cursor, depth + 1).map_err(within)?;
        joined.join(found).map_err(|clash| within(Fault::clash(clash, Some(at))))?;
        index += 1;
    }
    Ok(joined)
}

/// A tagged value where a tag is the only key, otherwise a struct.
fn object(cursor: &mut Cursor<'_>, depth: usize) -> Read<Kind> {
    let Some(tag) = cursor.only_key(is_tag)? else {
        return members(cursor, depth).map(Kind::Struct);
    };
    let at = cursor.at();
    let kind = cell::tagged(cursor, &quoted(&tag), |token, cursor| match (&*tag, token) {
        ("$struct", Token::Object) => members(cursor, depth).map(Kind::Struct).map(Some),
        ("$map", Token::Array) => entries(cursor, depth).map(Some),
        ("$date", Token::Number) => Ok(cell::int::<i32>(token, cursor)?.map(|_| Kind::Date)),
        (tag, _) => cell::text(token, cursor, |text| tagged(tag, text)),
    })?;
    kind.ok_or_else(|| Fault::unfit(format!("what stands behind {tag} is none"), at))
}

/// What the entries of a map have in common.
fn entries(cursor: &mut Cursor<'_>, depth: usize) -> Read<Kind> {
    cursor.enter();
    let (mut keys, mut values) = (Kind::Null, Kind::Null);
    let mut index = 0;
    while cursor.next(b']', index == 0)? {
        let token = cursor.peek()?;
        let at = cursor.at();
        let within = |fault: Fault| fault.within_item(index);
        if token != Token::Array {
            return Err(within(Fault::unfit(not_entry(token), at)));
        }
        cursor.enter();
        for (part, joined) in [&mut keys, &mut values].into_iter().enumerate() {
            if !cursor.next(b']', part == 0)? {
                return Err(within(Fault::unfit(NOT_PAIR, at)));
            }
            let within_part = |fault: Fault| within(fault.within_item(part));
            let found = value(cursor, depth + 1).map_err(within_part)?;
            joined.join(found).map_err(|clash| within_part(Fault::clash(clash, Some(at))))?;
        }
        if cursor.next(b']', false)? {
            return Err(within(Fault::unfit(NOT_PAIR, at)));
        }
        index += 1;
    }
    Ok(Kind::Map(Box::new((keys, values))))
}

/// The kind of a text behind `tag`, or `None` where it is not what the tag says.
fn tagged(tag: &str, text: &str) -> Option<Kind> {
    Some(match tag {
        "$decimal" => {
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
            let is_number =
                |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number(whole) || !is_number(fraction) {
                return None;
            }
            let scale = if digits.contains('.') { fraction.len() } else { 0 };
            Kind::Decimal { whole: whole.trim_start_matches('0').len(), scale }
        }
        "$float" => cell::parse_non_finite(text).map(|_| Kind::Float)?,
        "$bytes" => text::parse_binary(text.as_bytes()).map(|_| Kind::Bytes)?,
        "$uuid" => text::parse_uuid(text.as_bytes()).map(|_| Kind::Uuid)?,
        "$json" => Kind::Json,
        "$date" => text::parse_date(text.as_bytes()).map(|_| Kind::Date)?,
        "$time" => {
            let digits = text::fraction_digits(text);
            text::parse_time(text.as_bytes(), unit(digits)).map(|_| Kind::Time { digits })?
        }
        "$timestamp" => {
            let digits = text::fraction_digits(text);
            let reads =
                |zoned| text::parse_timestamp(text.as_bytes(), unit(digits), zoned).is_some();
            let is_zoned = [false, true].into_iter().find(|zoned| reads(*zoned))?;
            Kind::Timestamp { digits, is_zoned }
        }
        _ => return None,
    })
}
