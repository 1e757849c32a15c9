//! The text of an expression to a syntax tree: SQL's, in DuckDB's dialect.

use std::any::TypeId;

use sqlparser::ast::{Expr, Spanned};
use sqlparser::dialect::{Dialect, DuckDbDialect};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

/// Expressions within expressions; more would exhaust the stack.
const MAX_DEPTH: usize = 64;

/// The longest expression [bytes]: a chain of operators is as deep as it is long, and so is the
/// stack that lets go of it.
const MAX_BYTES: usize = 8 << 10;

/// What is wrong with an expression, and where in its text, in characters from 1; 0 where unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) at: u64,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(at: u64, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

/// DuckDB's dialect, as far as expressions have one, with DuckDB's precedence of `||`.
#[derive(Debug)]
struct Language;

impl Dialect for Language {
    fn dialect(&self) -> TypeId {
        TypeId::of::<DuckDbDialect>()
    }

    fn is_identifier_start(&self, char: char) -> bool {
        DuckDbDialect.is_identifier_start(char)
    }

    fn is_identifier_part(&self, char: char) -> bool {
        DuckDbDialect.is_identifier_part(char)
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        DuckDbDialect.identifier_quote_style(identifier)
    }

    fn allow_extract_single_quotes(&self) -> bool {
        DuckDbDialect.allow_extract_single_quotes()
    }

    fn supports_comparison_in_between_low_bound(&self) -> bool {
        DuckDbDialect.supports_comparison_in_between_low_bound()
    }

    fn supports_comma_separated_trim(&self) -> bool {
        DuckDbDialect.supports_comma_separated_trim()
    }

    fn supports_numeric_literal_underscores(&self) -> bool {
        DuckDbDialect.supports_numeric_literal_underscores()
    }

    fn supports_nested_comments(&self) -> bool {
        DuckDbDialect.supports_nested_comments()
    }

    fn supports_notnull_operator(&self) -> bool {
        DuckDbDialect.supports_notnull_operator()
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        // Looser than `+` and tighter than comparison; the parser has it beside `*`.
        let between = self.prec_value(sqlparser::dialect::Precedence::Ampersand);
        (parser.peek_token_ref().token == Token::StringConcat).then_some(Ok(between))
    }
}

pub(super) fn parse(text: &str) -> Result<Expr, Refusal> {
    if text.len() > MAX_BYTES {
        return Err(Refusal::new(0, format!("is longer than {MAX_BYTES} bytes")));
    }
    let refused = |error: ParserError| {
        let message = error.to_string();
        let message = message.trim_start_matches("sql parser error: ");
        let (said, place) = message.split_once(" at Line: ").unwrap_or((message, ""));
        let column = place.rsplit_once("Column: ").and_then(|(_, column)| column.parse().ok());
        Refusal::new(column.unwrap_or(0), format!("does not parse: {said}"))
    };
    let mut parser = Parser::new(&Language)
        .with_recursion_limit(MAX_DEPTH)
        .try_with_sql(text)
        .map_err(refused)?;
    let parsed = parser.parse_expr().map_err(refused)?;
    let next = parser.peek_token();
    if next.token != Token::EOF {
        let message =
            format!("ends before {:?}, which nothing joins to it", next.token.to_string());
        return Err(Refusal::new(next.span.start.column, message));
    }
    Ok(parsed)
}

/// Where an expression begins.
pub(super) fn place(parsed: &Expr) -> u64 {
    let mut first = parsed;
    // Long chains lean to the left.
    while let Expr::BinaryOp { left, .. } = first {
        first = left;
    }
    first.span().start.column
}
