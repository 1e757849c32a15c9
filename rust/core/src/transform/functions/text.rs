//! Functions of strings, whose lengths and places are characters.

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use regex::Regex;
use sha2::{Digest, Sha256};

use super::{Function, Gives, Take, ints, texts, truths};
use crate::transform::column::{Call, Column};
use Take::{Int, Pattern, Text};

const fn function(
    name: &'static str,
    arguments: &'static str,
    meaning: &'static str,
    takes: (&'static [Take], usize),
    gives: Gives,
    call: fn(Call<'_>, &DataType) -> ArrayRef,
) -> Function {
    Function { name, arguments, meaning, takes: takes.0, least: takes.1, gives, call }
}

/// `||`: null where one side is.
pub(in crate::transform) static JOIN: Function =
    function("||", "text, text", "the texts joined", (&[Text, Text], 2), Gives::Text, |call, _| {
        texts(&call, |a, row| Some([a[0].text(row)?, a[1].text(row)?].concat()))
    });

pub(super) static FUNCTIONS: &[Function] = &[
    function("lower", "text", "the text in lower case", (&[Text], 1), Gives::Text, |call, _| {
        texts(&call, |a, row| Some(lower(a[0].text(row)?)))
    }),
    function("upper", "text", "the text in upper case", (&[Text], 1), Gives::Text, |call, _| {
        texts(&call, |a, row| Some(upper(a[0].text(row)?)))
    }),
    function("length", "text", "its characters", (&[Text], 1), Gives::Int, |call, _| {
        ints(&call, |a, row| i64::try_from(a[0].text(row)?.chars().count()).ok())
    }),
    function(
        "trim",
        "text[, characters]",
        "the text without these characters, else spaces, at both ends",
        (&[Text, Text], 1),
        Gives::Text,
        |call, _| trimmed(&call, |text, of| text.trim_matches(of)),
    ),
    function(
        "ltrim",
        "text[, characters]",
        "as `trim`, at the beginning alone",
        (&[Text, Text], 1),
        Gives::Text,
        |call, _| trimmed(&call, |text, of| text.trim_start_matches(of)),
    ),
    function(
        "rtrim",
        "text[, characters]",
        "as `trim`, at the end alone",
        (&[Text, Text], 1),
        Gives::Text,
        |call, _| trimmed(&call, |text, of| text.trim_end_matches(of)),
    ),
    function(
        "substring",
        "text, start[, count]",
        "`count` characters, else all, from character `start` on; the first is 1, the last -1; the \
         characters before `start` where `count` is negative",
        (&[Text, Int, Int], 2),
        Gives::Text,
        |call, _| {
            texts(&call, |a, row| {
                let (text, start) = (a[0].text(row)?, a[1].int(row)?);
                let start = match start {
                    1.. => start - 1,
                    0 => -1,
                    _ => characters(text).saturating_add(start),
                };
                let Some(count) = a.get(2) else { return Some(between(text, start, i64::MAX)) };
                let end = start.saturating_add(count.int(row)?);
                Some(between(text, start.min(end), start.max(end)))
            })
        },
    ),
    function(
        "left",
        "text, count",
        "its first characters; all but the last -`count` where that is negative",
        (&[Text, Int], 2),
        Gives::Text,
        |call, _| {
            texts(&call, |a, row| {
                let (text, count) = (a[0].text(row)?, a[1].int(row)?);
                Some(between(text, 0, from_end(text, count)))
            })
        },
    ),
    function(
        "right",
        "text, count",
        "its last characters; all but the first -`count` where that is negative",
        (&[Text, Int], 2),
        Gives::Text,
        |call, _| {
            texts(&call, |a, row| {
                let (text, count) = (a[0].text(row)?, a[1].int(row)?);
                let first = characters(text).saturating_sub(from_end(text, count));
                Some(between(text, first, i64::MAX))
            })
        },
    ),
    function(
        "replace",
        "text, old, new",
        "the text with every `old` replaced by `new`",
        (&[Text, Text, Text], 3),
        Gives::Text,
        |call, _| {
            texts(&call, |a, row| {
                let (text, old, new) = (a[0].text(row)?, a[1].text(row)?, a[2].text(row)?);
                Some(if old.is_empty() { text.to_owned() } else { text.replace(old, new) })
            })
        },
    ),
    function(
        "starts_with",
        "text, start",
        "whether the text begins so",
        (&[Text, Text], 2),
        Gives::Bool,
        |call, _| truths(&call, |a, row| Some(a[0].text(row)?.starts_with(a[1].text(row)?))),
    ),
    function(
        "ends_with",
        "text, end",
        "whether the text ends so",
        (&[Text, Text], 2),
        Gives::Bool,
        |call, _| truths(&call, |a, row| Some(a[0].text(row)?.ends_with(a[1].text(row)?))),
    ),
    function(
        "contains",
        "text, part",
        "whether the part is in the text",
        (&[Text, Text], 2),
        Gives::Bool,
        |call, _| truths(&call, |a, row| Some(a[0].text(row)?.contains(a[1].text(row)?))),
    ),
    function(
        "strpos",
        "text, part",
        "the character at which the part begins, from 1; 0 where it is not there",
        (&[Text, Text], 2),
        Gives::Int,
        |call, _| {
            ints(&call, |a, row| {
                let (text, part) = (a[0].text(row)?, a[1].text(row)?);
                match text.find(part) {
                    None => Some(0),
                    Some(at) => i64::try_from(text[..at].chars().count() + 1).ok(),
                }
            })
        },
    ),
    function(
        "split_part",
        "text, separator, index",
        "the part of that index, from 1, from the end where negative; empty where there is none; \
         an empty separator parts all characters",
        (&[Text, Text, Int], 3),
        Gives::Text,
        |call, _| {
            texts(&call, |a, row| {
                let (text, by, index) = (a[0].text(row)?, a[1].text(row)?, a[2].int(row)?);
                let mut parts: Vec<&str> = text.split(by).collect();
                if by.is_empty() {
                    // Character by character, less the nothing at both ends.
                    parts.retain(|part| !part.is_empty());
                }
                let at = match index {
                    0 => None,
                    1.. => usize::try_from(index - 1).ok(),
                    _ => usize::try_from(index.unsigned_abs())
                        .ok()
                        .and_then(|back| parts.len().checked_sub(back)),
                };
                let part = at.and_then(|at| parts.get(at)).copied();
                Some(part.unwrap_or_default().to_owned())
            })
        },
    ),
    function(
        "reverse",
        "text",
        "its characters from the last to the first",
        (&[Text], 1),
        Gives::Text,
        |call, _| texts(&call, |a, row| Some(a[0].text(row)?.chars().rev().collect())),
    ),
    function(
        "regexp_matches",
        "text, pattern",
        "whether a part of the text has the regular expression, which is a literal",
        (&[Text, Pattern], 2),
        Gives::Bool,
        |call, _| {
            let regex = call.args[1].text(0).and_then(|pattern| Regex::new(pattern).ok());
            truths(&call, |a, row| Some(regex.as_ref()?.is_match(a[0].text(row)?)))
        },
    ),
    function(
        "regexp_replace",
        "text, pattern, new",
        "the text with the first part that has the regular expression replaced by `new`, verbatim",
        (&[Text, Pattern, Text], 3),
        Gives::Text,
        |call, _| {
            let regex = call.args[1].text(0).and_then(|pattern| Regex::new(pattern).ok());
            texts(&call, |a, row| {
                let (text, new) = (a[0].text(row)?, a[2].text(row)?);
                Some(regex.as_ref()?.replace(text, regex::NoExpand(new)).into_owned())
            })
        },
    ),
    function(
        "sha256",
        "text",
        "its SHA-256 in hexadecimal digits",
        (&[Text], 1),
        Gives::Text,
        |call, _| texts(&call, |a, row| Some(hexadecimal(&Sha256::digest(a[0].text(row)?)))),
    ),
];

/// Bytes in lower-case hexadecimal digits.
pub(in crate::transform) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Character by character, each of one: no text changes its length.
pub(super) fn lower(text: &str) -> String {
    text.chars()
        .map(|char| if char == 'İ' { 'i' } else { single(char, char.to_lowercase()) })
        .collect()
}

fn upper(text: &str) -> String {
    text.chars().map(|char| simple_upper(char).unwrap_or(char)).collect()
}

/// Upper case in one character, which some have beside one in several: `ᾀ` is `ᾈ`, else `ἈΙ`.
///
/// Source: Unicode, UnicodeData.txt, its simple mappings; `ß` as DuckDB has it.
fn simple_upper(char: char) -> Option<char> {
    let further = |by| char::from_u32(u32::from(char) + by);
    match char {
        'ß' => Some('ẞ'),
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => further(8),
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => further(9),
        _ => Some(single(char, char.to_uppercase())),
    }
}

/// The one character of a mapping; the character itself where there are several.
fn single(char: char, mut cased: impl ExactSizeIterator<Item = char>) -> char {
    if cased.len() == 1 { cased.next().unwrap_or(char) } else { char }
}

fn trimmed(call: &Call<'_>, trim: for<'a> fn(&'a str, &[char]) -> &'a str) -> ArrayRef {
    texts(call, |a: &[Column], row| {
        let text = a[0].text(row)?;
        Some(
            match a.get(1) {
                None => trim(text, &[' ']),
                Some(characters) => trim(text, &characters.text(row)?.chars().collect::<Vec<_>>()),
            }
            .to_owned(),
        )
    })
}

fn characters(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// So many characters, or all but so many where negative.
fn from_end(text: &str, count: i64) -> i64 {
    if count >= 0 { count } else { characters(text).saturating_add(count).max(0) }
}

/// The characters from index `start` to before `end`, as far as there are any.
fn between(text: &str, start: i64, end: i64) -> String {
    let (start, end) = (start.max(0), end.max(0));
    let skipped = usize::try_from(start).unwrap_or(usize::MAX);
    let count = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
    text.chars().skip(skipped).take(count).collect()
}
