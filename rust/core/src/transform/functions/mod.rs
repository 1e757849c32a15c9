//! The functions of the language, and the operators that are functions within.
//!
//! - `text`: of strings. `like`: patterns. `number`: of numbers. `time`: of dates and times.

mod like;
mod number;
mod text;
mod time;

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow_schema::DataType;

use super::column::{Call, Column};

/// A function: what it is called, takes and gives.
#[derive(Debug)]
pub struct Function {
    /// How an expression calls it.
    pub name: &'static str,
    /// Its arguments, for people; those in brackets may be left out.
    pub arguments: &'static str,
    /// What it gives, for people.
    pub meaning: &'static str,
    pub(super) takes: &'static [Take],
    /// How many arguments may not be left out.
    pub(super) least: usize,
    pub(super) gives: Gives,
    pub(super) call: fn(Call<'_>, &DataType) -> ArrayRef,
}

/// What an argument must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    Text,
    Int,
    Double,
    /// An integer, decimal or double.
    Number,
    /// A date, time of day or timestamp.
    Moment,
    /// A date or timestamp.
    Day,
    /// A literal that names a unit of time.
    Unit,
    /// A literal that is a regular expression.
    Pattern,
}

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    Text,
    Int,
    Double,
    Bool,
    Date,
    /// The type of this argument.
    Same(usize),
    /// The type of the first argument; of a decimal one of as many places as the second argument
    /// says, else of none, and with a digit more before them, for 9.9 becomes 10.
    Rounded,
}

/// The function of that name, in any case.
pub(super) fn named(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name.eq_ignore_ascii_case(name))
}

/// Every function that is called by name, those of one kind together.
pub fn all() -> impl Iterator<Item = &'static Function> {
    text::FUNCTIONS.iter().chain(number::FUNCTIONS).chain(time::FUNCTIONS)
}

/// `like` and `ilike`, which have a syntax of their own.
pub(super) fn pattern_operator(name: &str) -> &'static Function {
    if name == "like" { &like::LIKE } else { &like::ILIKE }
}

pub(super) use text::{JOIN, hexadecimal};
pub(super) use time::{PARTS, TRUNCATED};

fn texts(call: &Call<'_>, value: impl Fn(&[Column], usize) -> Option<String>) -> ArrayRef {
    let values = (0..call.rows).map(|row| value(call.args, row));
    Arc::new(values.collect::<StringArray>())
}

fn ints(call: &Call<'_>, value: impl Fn(&[Column], usize) -> Option<i64>) -> ArrayRef {
    let values = (0..call.rows).map(|row| value(call.args, row));
    Arc::new(values.collect::<Int64Array>())
}

fn truths(call: &Call<'_>, value: impl Fn(&[Column], usize) -> Option<bool>) -> ArrayRef {
    let values = (0..call.rows).map(|row| value(call.args, row));
    Arc::new(values.collect::<BooleanArray>())
}

fn doubles(
    call: Call<'_>,
    value: impl Fn(&[Column], usize) -> Option<Result<f64, &'static str>>,
) -> ArrayRef {
    Arc::new(call.each(value).into_iter().collect::<Float64Array>())
}
