//! The compiled rules of one column, whatever its type.

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType,
};
use arrow_schema::{DataType, TimeUnit};

use super::range::Range;
use super::rules::ColumnRules;
use super::string::Strings;
use crate::reject::Violation;
use crate::{Result, text, value};

/// Characters of a value that a violation shows.
const SHOWN_CHARACTERS: usize = 200;

/// Products of rounded operands are off by so many units in the last place.
const FLOAT_ULPS: f64 = 4.0;

#[derive(Debug)]
pub(super) struct Column {
    name: String,
    is_required: bool,
    rules: Rules,
}

#[derive(Debug)]
enum Rules {
    None,
    /// Allowed: false, true.
    Bool([bool; 2]),
    Long(Range<i64>),
    Decimal(Range<i128>),
    Double(Range<f64>),
    Text(Strings),
}

/// Calls `$method` of the range with the array in its own type.
macro_rules! of_long {
    ($range:expr, $array:expr, $method:ident $(, $argument:expr)*) => {
        match $array.data_type() {
            DataType::Int8 => $range.$method($array.as_primitive::<Int8Type>() $(, $argument)*),
            DataType::Int16 => $range.$method($array.as_primitive::<Int16Type>() $(, $argument)*),
            DataType::Int32 => $range.$method($array.as_primitive::<Int32Type>() $(, $argument)*),
            DataType::Date32 => $range.$method($array.as_primitive::<Date32Type>() $(, $argument)*),
            DataType::Timestamp(_, _) => {
                $range.$method($array.as_primitive::<TimestampMicrosecondType>() $(, $argument)*)
            }
            _ => $range.$method($array.as_primitive::<Int64Type>() $(, $argument)*),
        }
    };
}

macro_rules! of_double {
    ($range:expr, $array:expr, $method:ident $(, $argument:expr)*) => {
        match $array.data_type() {
            DataType::Float32 => $range.$method($array.as_primitive::<Float32Type>() $(, $argument)*),
            _ => $range.$method($array.as_primitive::<Float64Type>() $(, $argument)*),
        }
    };
}

impl Column {
    pub(super) fn compile(rules: &ColumnRules) -> Result<Self> {
        let compiled = match &rules.data_type {
            DataType::Utf8 => Rules::Text(strings(rules)?),
            DataType::Boolean => Rules::Bool(booleans(rules)?),
            other => {
                no_string_rules(rules)?;
                match other {
                    DataType::Float32 => Rules::Double(singles(rules)?),
                    DataType::Float64 => Rules::Double(doubles(rules)?),
                    DataType::Decimal128(precision, scale) => {
                        Rules::Decimal(decimals(rules, *precision, *scale)?)
                    }
                    _ => match longs(rules)? {
                        Some(range) => Rules::Long(range),
                        None => no_rules(rules)?,
                    },
                }
            }
        };
        let is_idle = match &compiled {
            Rules::None => true,
            Rules::Bool(allowed) => *allowed == [true, true],
            Rules::Long(range) => range.is_idle(),
            Rules::Decimal(range) => range.is_idle(),
            Rules::Double(range) => range.is_idle(),
            Rules::Text(strings) => strings.is_idle(),
        };
        Ok(Self {
            name: rules.name.clone(),
            is_required: rules.required || rules.primary_key,
            rules: if is_idle { Rules::None } else { compiled },
        })
    }

    /// Whether the column may hold a violation; quick, and never wrong when it says no.
    pub(super) fn breaks(&self, array: &dyn Array) -> bool {
        if self.is_required && array.logical_null_count() > 0 {
            return true;
        }
        match &self.rules {
            Rules::None => false,
            Rules::Bool(allowed) => {
                array.as_boolean().iter().flatten().any(|value| !allowed[usize::from(value)])
            }
            Rules::Long(range) => of_long!(range, array, may_break),
            Rules::Decimal(range) => range.may_break(array.as_primitive::<Decimal128Type>()),
            Rules::Double(range) => of_double!(range, array, may_break),
            Rules::Text(strings) => strings.may_break(array.as_string()),
        }
    }

    /// Adds the violations of each row.
    pub(super) fn explain(
        &self,
        array: &dyn Array,
        violations: &mut BTreeMap<usize, Vec<Violation>>,
    ) {
        let mut broken = |row: usize, rule: &'static str, message: String| {
            let field = Some(self.name.clone());
            let value = shown(array, row);
            violations.entry(row).or_default().push(Violation { field, rule, value, message });
        };
        if self.is_required
            && let Some(nulls) = array.logical_nulls()
        {
            for row in (0..array.len()).filter(|&row| nulls.is_null(row)) {
                broken(row, "required", "is required".to_owned());
            }
        }
        match &self.rules {
            Rules::None => {}
            Rules::Bool(allowed) => {
                for (row, value) in array.as_boolean().iter().enumerate() {
                    if value.is_some_and(|value| !allowed[usize::from(value)]) {
                        broken(row, "enum", "is not one of the allowed values".to_owned());
                    }
                }
            }
            Rules::Long(range) => of_long!(range, array, explain, broken),
            Rules::Decimal(range) => range.explain(array.as_primitive::<Decimal128Type>(), broken),
            Rules::Double(range) => of_double!(range, array, explain, broken),
            Rules::Text(strings) => strings.explain(array.as_string(), broken),
        }
    }
}

/// The text of a value, cut; `None` for null.
pub(super) fn shown(array: &dyn Array, row: usize) -> Option<String> {
    Some(value::text(array, row)?.chars().take(SHOWN_CHARACTERS).collect())
}

fn strings(rules: &ColumnRules) -> Result<Strings> {
    no_number_rules(rules)?;
    Strings::compile(rules)
}

fn booleans(rules: &ColumnRules) -> Result<[bool; 2]> {
    no_number_rules(rules)?;
    no_string_rules(rules)?;
    let Some(texts) = &rules.allowed else { return Ok([true, true]) };
    let mut allowed = [false, false];
    for text in texts {
        let value = text::parse_bool(text.as_bytes());
        allowed[usize::from(value.ok_or_else(|| rules.unreadable("enum", text))?)] = true;
    }
    Ok(allowed)
}

/// `None` for a type that has no rules of its own.
fn longs(rules: &ColumnRules) -> Result<Option<Range<i64>>> {
    let all = (i64::MIN, i64::MAX);
    let int = |text: &str| text::parse_int(text.as_bytes());
    if !rules.data_type.is_integer() && rules.multiple_of.is_some() {
        return Err(rules.unsuited("multipleOf"));
    }
    Ok(Some(match &rules.data_type {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            Range::compile(rules, all, 0.0, int)?
        }
        DataType::Date32 => Range::compile(rules, all, 0.0, |text| {
            text::parse_date(text.as_bytes()).map(i64::from)
        })?,
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            Range::compile(rules, all, 0.0, |text| {
                text::parse_timestamp(text.as_bytes(), TimeUnit::Microsecond, zone.is_some())
            })?
        }
        _ => return Ok(None),
    }))
}

fn decimals(rules: &ColumnRules, precision: u8, scale: i8) -> Result<Range<i128>> {
    Range::compile(rules, (i128::MIN, i128::MAX), 0.0, |text| {
        text::parse_decimal(text.as_bytes(), precision, scale)
    })
}

fn doubles(rules: &ColumnRules) -> Result<Range<f64>> {
    let all = (f64::NEG_INFINITY, f64::INFINITY);
    Range::compile(rules, all, FLOAT_ULPS * f64::EPSILON, |text| text::parse_float(text.as_bytes()))
}

/// A bound is a value of the column's type, hence rounded as a value would be.
#[allow(clippy::cast_possible_truncation, reason = "rounding is the point")]
fn singles(rules: &ColumnRules) -> Result<Range<f64>> {
    let all = (f64::NEG_INFINITY, f64::INFINITY);
    Range::compile(rules, all, FLOAT_ULPS * f64::from(f32::EPSILON), |text| {
        let wide = text::parse_float(text.as_bytes())?;
        let narrow = wide as f32;
        (narrow.is_finite() || !wide.is_finite()).then_some(f64::from(narrow))
    })
}

fn no_rules(rules: &ColumnRules) -> Result<Rules> {
    no_number_rules(rules)?;
    match rules.allowed {
        Some(_) => Err(rules.unsuited("enum")),
        None => Ok(Rules::None),
    }
}

fn no_number_rules(rules: &ColumnRules) -> Result<()> {
    let multiple = ("multipleOf", rules.multiple_of.as_deref());
    match rules.bounds().into_iter().chain([multiple]).find(|(_, text)| text.is_some()) {
        Some((rule, _)) => Err(rules.unsuited(rule)),
        None => Ok(()),
    }
}

fn no_string_rules(rules: &ColumnRules) -> Result<()> {
    if rules.pattern.is_some() {
        return Err(rules.unsuited("pattern"));
    }
    if rules.min_length.is_some() {
        return Err(rules.unsuited("minLength"));
    }
    if rules.max_length.is_some() {
        return Err(rules.unsuited("maxLength"));
    }
    Ok(())
}
