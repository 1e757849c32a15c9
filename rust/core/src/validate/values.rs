//! The compiled rules of a column's values, whatever their type.

use std::fmt::Arguments;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_schema::{DataType, TimeUnit};

use super::bytes::Bytes;
use super::json::Json;
use super::lists::Lists;
use super::objects::{Maps, Structs};
use super::range::Range;
use super::rules::ColumnRules;
use super::string::Strings;
use crate::{Result, text, types};

/// Products of rounded operands are off by so many units in the last place.
const FLOAT_ULPS: f64 = 4.0;

const OF_NUMBERS: [&str; 6] =
    ["enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

/// Rules of one type; what is nested has its own.
#[derive(Debug)]
pub(super) enum Values {
    Idle,
    /// Allowed: false, true.
    Bool([bool; 2]),
    Long(Range<i64>),
    Decimal(Range<i128>),
    Double(Range<f64>),
    Text(Strings),
    Bytes(Bytes),
    Json(Json),
    List(Lists),
    Struct(Structs),
    Map(Maps),
}

/// Calls `$method` of the range with the array in its own type.
macro_rules! of_long {
    ($range:expr, $array:expr, $method:ident $(, $argument:expr)*) => {{
        use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
        /// The call with the array as one of `$type`.
        macro_rules! call {
            ($type:ty) => {
                $range.$method($array.as_primitive::<$type>() $(, $argument)*)
            };
        }
        match $array.data_type() {
            DataType::Int8 => call!(Int8Type),
            DataType::Int16 => call!(Int16Type),
            DataType::Int32 => call!(Int32Type),
            DataType::Date32 => call!(Date32Type),
            DataType::Time32(Second) => call!(Time32SecondType),
            DataType::Time32(_) => call!(Time32MillisecondType),
            DataType::Time64(Nanosecond) => call!(Time64NanosecondType),
            DataType::Time64(_) => call!(Time64MicrosecondType),
            DataType::Timestamp(Second, _) => call!(TimestampSecondType),
            DataType::Timestamp(Millisecond, _) => call!(TimestampMillisecondType),
            DataType::Timestamp(Microsecond, _) => call!(TimestampMicrosecondType),
            DataType::Timestamp(Nanosecond, _) => call!(TimestampNanosecondType),
            _ => call!(Int64Type),
        }
    }};
}

macro_rules! of_double {
    ($range:expr, $array:expr, $method:ident $(, $argument:expr)*) => {
        match $array.data_type() {
            DataType::Float32 => $range.$method($array.as_primitive::<Float32Type>() $(, $argument)*),
            _ => $range.$method($array.as_primitive::<Float64Type>() $(, $argument)*),
        }
    };
}

impl Values {
    /// # Errors
    /// [`crate::ErrorKind::Config`] where a rule does not suit the type, is none of its values, or
    /// leaves no value at all together with another.
    pub(super) fn compile(rules: &ColumnRules) -> Result<Self> {
        let compiled = match rules.data_type() {
            _ if types::is_json(&rules.field) => Self::Json(Json::compile(rules)?),
            DataType::Utf8 => Self::Text(Strings::compile(rules)?),
            DataType::Boolean => Self::Bool(booleans(rules)?),
            DataType::Binary | DataType::FixedSizeBinary(types::UUID_BYTES) => {
                Self::Bytes(Bytes::compile(rules)?)
            }
            DataType::List(_) => Self::List(Lists::compile(rules)?),
            DataType::Struct(_) => Self::Struct(Structs::compile(rules)?),
            DataType::Map(..) => Self::Map(Maps::compile(rules)?),
            DataType::Float32 => Self::Double(singles(rules)?),
            DataType::Float64 => Self::Double(doubles(rules)?),
            &DataType::Decimal128(precision, scale) => {
                Self::Decimal(decimals(rules, precision, scale)?)
            }
            _ => longs(rules)?,
        };
        rules.check_counts()?;
        let is_idle = match &compiled {
            Self::Idle => true,
            Self::Bool(allowed) => *allowed == [true, true],
            Self::Long(range) => range.is_idle(),
            Self::Decimal(range) => range.is_idle(),
            Self::Double(range) => range.is_idle(),
            Self::Text(strings) => strings.is_idle(),
            Self::Bytes(bytes) => bytes.is_idle(),
            Self::Json(_) => false,
            Self::List(lists) => lists.is_idle(),
            Self::Struct(structs) => structs.is_idle(),
            Self::Map(maps) => maps.is_idle(),
        };
        Ok(if is_idle { Self::Idle } else { compiled })
    }

    /// Whether any value may break a rule; quick, and never wrong when it says no.
    pub(super) fn may_break(&self, array: &dyn Array) -> bool {
        match self {
            Self::Idle => false,
            Self::Bool(allowed) => {
                array.as_boolean().iter().flatten().any(|value| !allowed[usize::from(value)])
            }
            Self::Long(range) => of_long!(range, array, may_break),
            Self::Decimal(range) => range.may_break(array.as_primitive::<Decimal128Type>()),
            Self::Double(range) => of_double!(range, array, may_break),
            Self::Text(strings) => strings.may_break(array.as_string()),
            Self::Bytes(bytes) => bytes.may_break(array),
            Self::Json(json) => json.may_break(array.as_string()),
            Self::List(lists) => lists.may_break(array.as_list()),
            Self::Struct(structs) => structs.may_break(array.as_struct()),
            Self::Map(maps) => maps.may_break(array.as_map()),
        }
    }

    /// Calls `broken` with row, rule and expectation for each rule that a value breaks.
    pub(super) fn explain(
        &self,
        array: &dyn Array,
        mut broken: impl FnMut(usize, &'static str, Arguments<'_>),
    ) {
        match self {
            Self::Idle => {}
            Self::Bool(allowed) => {
                for (row, value) in array.as_boolean().iter().enumerate() {
                    if value.is_some_and(|value| !allowed[usize::from(value)]) {
                        broken(row, "enum", format_args!("is not one of the allowed values"));
                    }
                }
            }
            Self::Long(range) => of_long!(range, array, explain, broken),
            Self::Decimal(range) => range.explain(array.as_primitive::<Decimal128Type>(), broken),
            Self::Double(range) => of_double!(range, array, explain, broken),
            Self::Text(strings) => strings.explain(array.as_string(), broken),
            Self::Bytes(bytes) => bytes.explain(array, broken),
            Self::Json(json) => json.explain(array.as_string(), broken),
            Self::List(lists) => lists.explain(array.as_list(), broken),
            Self::Struct(structs) => structs.explain(array.as_struct(), broken),
            Self::Map(maps) => maps.explain(array.as_map(), broken),
        }
    }
}

fn booleans(rules: &ColumnRules) -> Result<[bool; 2]> {
    rules.check_suited(&["enum"])?;
    let Some(texts) = &rules.allowed else { return Ok([true, true]) };
    let mut allowed = [false, false];
    for text in texts {
        let value = text::parse_bool(text.as_bytes());
        allowed[usize::from(value.ok_or_else(|| rules.unreadable("enum", text))?)] = true;
    }
    Ok(allowed)
}

/// Integers, dates, times and timestamps; a type that has no rules of its own has none at all.
fn longs(rules: &ColumnRules) -> Result<Values> {
    let all = (i64::MIN, i64::MAX);
    let suited = if rules.data_type().is_integer() { &OF_NUMBERS[..] } else { &OF_NUMBERS[..5] };
    rules.check_suited(suited)?;
    let range = |parse: &dyn Fn(&[u8]) -> Option<i64>| {
        Range::compile(rules, all, 0.0, |text| parse(text.as_bytes())).map(Values::Long)
    };
    match *rules.data_type() {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            range(&text::parse_int)
        }
        DataType::Date32 => range(&|text| text::parse_date(text).map(i64::from)),
        DataType::Time32(unit) | DataType::Time64(unit) => {
            range(&|text| text::parse_time(text, unit))
        }
        DataType::Timestamp(unit, ref zone) => {
            range(&|text| text::parse_timestamp(text, unit, zone.is_some()))
        }
        _ => rules.check_suited(&[]).map(|()| Values::Idle),
    }
}

fn decimals(rules: &ColumnRules, precision: u8, scale: i8) -> Result<Range<i128>> {
    rules.check_suited(&OF_NUMBERS)?;
    Range::compile(rules, (i128::MIN, i128::MAX), 0.0, |text| {
        text::parse_decimal(text.as_bytes(), precision, scale)
    })
}

fn doubles(rules: &ColumnRules) -> Result<Range<f64>> {
    rules.check_suited(&OF_NUMBERS)?;
    let all = (f64::NEG_INFINITY, f64::INFINITY);
    Range::compile(rules, all, FLOAT_ULPS * f64::EPSILON, |text| text::parse_float(text.as_bytes()))
}

/// A bound is a value of the column's type, hence rounded as a value would be.
#[allow(clippy::cast_possible_truncation, reason = "rounding is the point")]
fn singles(rules: &ColumnRules) -> Result<Range<f64>> {
    rules.check_suited(&OF_NUMBERS)?;
    let all = (f64::NEG_INFINITY, f64::INFINITY);
    Range::compile(rules, all, FLOAT_ULPS * f64::from(f32::EPSILON), |text| {
        let wide = text::parse_float(text.as_bytes())?;
        let narrow = wide as f32;
        (narrow.is_finite() || !wide.is_finite()).then_some(f64::from(narrow))
    })
}
