//! `like`: `%` is any text, `_` any one character; nothing is escaped unless `escape` says by what.

use arrow_schema::DataType;

use super::text::lower;
use super::{Function, Gives, Take, truths};
use crate::transform::column::{Call, Column};
use arrow_array::ArrayRef;

pub(super) static LIKE: Function = Function {
    name: "like",
    arguments: "text, pattern[, escape]",
    meaning: "whether the whole text has the pattern",
    takes: &[Take::Text, Take::Text, Take::Text],
    least: 2,
    gives: Gives::Bool,
    call: |call, _: &DataType| like(&call, str::to_owned),
};

pub(super) static ILIKE: Function = Function {
    name: "ilike",
    arguments: "text, pattern[, escape]",
    meaning: "whether the whole text has the pattern, whatever its case",
    takes: &[Take::Text, Take::Text, Take::Text],
    least: 2,
    gives: Gives::Bool,
    call: |call, _: &DataType| like(&call, lower),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Any,
    One,
    Char(char),
}

fn like(call: &Call<'_>, fold: fn(&str) -> String) -> ArrayRef {
    let escape_of = |args: &[Column], row| match args.get(2) {
        None => Some(None),
        Some(escape) => escape.text(row).map(|escape| escape.chars().next()),
    };
    let is_settled = call.args[1..].iter().all(|arg| arg.is_constant);
    let settled = is_settled
        .then(|| Some(tokens(&fold(call.args[1].text(0)?), escape_of(call.args, 0)?)))
        .flatten();
    truths(call, |args, row| {
        let text = args[0].text(row)?;
        let pattern = args[1].text(row)?;
        let escape = escape_of(args, row)?;
        let text: Vec<char> = fold(text).chars().collect();
        Some(match &settled {
            Some(tokens) => matches(&text, tokens),
            None => matches(&text, &tokens(&fold(pattern), escape)),
        })
    })
}

fn tokens(pattern: &str, escape: Option<char>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        tokens.push(match char {
            _ if Some(char) == escape => Token::Char(chars.next().unwrap_or(char)),
            '%' => Token::Any,
            '_' => Token::One,
            _ => Token::Char(char),
        });
    }
    tokens
}

/// Goes back to the last `%` alone, so that the time is at most the product of the lengths.
fn matches(text: &[char], tokens: &[Token]) -> bool {
    let (mut at, mut token) = (0, 0);
    let mut resume: Option<(usize, usize)> = None;
    while at < text.len() {
        match tokens.get(token) {
            Some(Token::Any) => {
                resume = Some((at, token + 1));
                token += 1;
            }
            Some(Token::One) => (at, token) = (at + 1, token + 1),
            Some(Token::Char(char)) if *char == text[at] => (at, token) = (at + 1, token + 1),
            _ => match &mut resume {
                Some((start, next)) => {
                    *start += 1;
                    (at, token) = (*start, *next);
                }
                None => return false,
            },
        }
    }
    tokens[token..].iter().all(|token| *token == Token::Any)
}
