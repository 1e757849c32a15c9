//! The cursor against `serde_json`: the same texts are JSON, and they say the same.

use proptest::prelude::*;
use serde_json::Value;

use crate::json::cursor::{Cursor, Token};
use crate::json::fault::Read;

/// The value that follows, whatever it is.
fn value(cursor: &mut Cursor<'_>) -> Read<Value> {
    Ok(match cursor.peek()? {
        Token::Null => cursor.null().map(|()| Value::Null)?,
        Token::Bool => cursor.bool()?.into(),
        Token::Number => {
            // The digits are the cursor's word; what they come to is not its business.
            let digits = cursor.number()?;
            serde_json::from_str(digits).unwrap_or_else(|_| digits.into())
        }
        Token::Text => cursor.string()?.into(),
        Token::Array => {
            cursor.enter();
            let mut items = Vec::new();
            while cursor.next(b']', items.is_empty())? {
                items.push(value(cursor)?);
            }
            items.into()
        }
        Token::Object => {
            cursor.enter();
            let mut members = serde_json::Map::new();
            let mut is_first = true;
            while cursor.next(b'}', is_first)? {
                is_first = false;
                cursor.key()?;
                let key = cursor.last_key().to_owned();
                members.insert(key, value(cursor)?);
            }
            members.into()
        }
    })
}

fn read(text: &str) -> Option<Value> {
    let mut cursor = Cursor::new(text);
    let found = value(&mut cursor).ok()?;
    cursor.end().ok().map(|()| found)
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(".{0,3}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_writes_is_read_as_it_was(value in values(), is_pretty: bool) {
        let write = if is_pretty { serde_json::to_string_pretty } else { serde_json::to_string };
        let text = write(&value).unwrap();
        prop_assert_eq!(read(&text), Some(serde_json::from_str(&text).unwrap()));
    }

    #[test]
    fn what_serde_refuses_is_refused_and_nothing_else(
        text in "([\\[\\]{}\",:0-9.eE\\\\ untrfals-]|\\\\u[0-9a-fD-d]{4}|\"|\"a\":){0,24}",
    ) {
        match (read(&text), serde_json::from_str::<Value>(&text)) {
            (Some(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
            (None, Err(_)) => {}
            // serde_json holds 1e999 for no number.
            (Some(_), Err(error)) => prop_assert!(error.to_string().starts_with("number out of range")),
            (None, Ok(_)) => prop_assert!(false, "{}", text),
        }
    }
}
