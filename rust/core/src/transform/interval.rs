//! Intervals: spans that are added to dates and timestamps, and stand nowhere else.

use arrow_schema::{DataType, TimeUnit};
use sqlparser::ast::{DateTimeField as F, Expr, Value};

use super::compile::{Compiler, folded};
use super::matching::{converted, taken};
use super::node::{Arithmetic, Interval, Node, Op};
use super::syntax::{Refusal, place};
use crate::types::spelled;

/// What a date becomes that an interval moves.
const MICROSECONDS: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The sum or difference where one side is an interval; a date is then a timestamp at midnight.
pub(super) fn shifted(
    compiler: &Compiler<'_>,
    left: &Expr,
    operator: Arithmetic,
    right: &Expr,
    at: u64,
) -> Result<Option<Node>, Refusal> {
    let (moved, by) = match (left, operator, right) {
        (Expr::Interval(_), Arithmetic::Add, other) => (other, left),
        (other, Arithmetic::Add | Arithmetic::Subtract, Expr::Interval(_)) => (other, right),
        _ => return Ok(None),
    };
    let sign = if operator == Arithmetic::Subtract { -1 } else { 1 };
    let by = interval(by, sign)?;
    let node = taken(compiler.node(moved)?)?;
    let node = match node.data_type() {
        DataType::Date32 | DataType::Null => converted(node, &MICROSECONDS),
        DataType::Timestamp(..) => node,
        _ => {
            let found = spelled(&node.field);
            let message = format!("an interval moves dates and timestamps, found {found}");
            return Err(Refusal::new(node.at, message));
        }
    };
    let data_type = node.data_type().clone();
    Ok(Some(folded(Node::new(Op::Shift(Box::new(node), by), data_type, at))))
}

/// `interval '3' month`, `interval 3 months` or `interval '3 months'`.
fn interval(parsed: &Expr, sign: i64) -> Result<Interval, Refusal> {
    let at = place(parsed);
    let refused = || {
        let message = "an interval is a whole number and a unit, such as interval 3 months";
        Refusal::new(at, message)
    };
    let Expr::Interval(found) = parsed else { return Err(refused()) };
    let Expr::Value(value) = found.value.as_ref() else { return Err(refused()) };
    let text = match &value.value {
        Value::Number(text, _) | Value::SingleQuotedString(text) => text.as_str(),
        _ => return Err(refused()),
    };
    let (number, unit) = if let Some(field) = &found.leading_field {
        (text.trim(), unit(field).to_owned())
    } else {
        let (number, unit) = text.trim().split_once(' ').ok_or_else(refused)?;
        (number, unit.trim().to_lowercase())
    };
    let number = number.parse::<i64>().ok().and_then(|number| number.checked_mul(sign));
    let number = number.ok_or_else(refused)?;
    let times = |factor: i64| number.checked_mul(factor).ok_or_else(refused);
    let mut interval = Interval::default();
    match unit.trim_end_matches('s') {
        "year" => interval.months = times(12)?,
        "month" => interval.months = number,
        "week" => interval.days = times(7)?,
        "day" => interval.days = number,
        "hour" => interval.nanos = times(3_600 * NANOS_PER_SECOND)?,
        "minute" => interval.nanos = times(60 * NANOS_PER_SECOND)?,
        "second" => interval.nanos = times(NANOS_PER_SECOND)?,
        "millisecond" => interval.nanos = times(1_000_000)?,
        "microsecond" => interval.nanos = times(1_000)?,
        _ => return Err(refused()),
    }
    Ok(interval)
}

/// The unit's name.
pub(super) fn unit(field: &F) -> &str {
    match field {
        F::Year | F::Years => "year",
        F::Quarter => "quarter",
        F::Month | F::Months => "month",
        F::Week(None) | F::Weeks => "week",
        F::Day | F::Days => "day",
        F::Hour | F::Hours => "hour",
        F::Minute | F::Minutes => "minute",
        F::Second | F::Seconds => "second",
        F::Millisecond | F::Milliseconds => "millisecond",
        F::Microsecond | F::Microseconds => "microsecond",
        F::Dow | F::DayOfWeek => "dow",
        F::Isodow => "isodow",
        F::Doy | F::DayOfYear => "doy",
        F::Epoch => "epoch",
        F::Custom(name) => &name.value,
        _ => "",
    }
}
