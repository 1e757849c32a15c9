//! Functions of numbers, each in the type of its argument where that holds the result.

use arrow_array::ArrayRef;
use arrow_array::types::{Decimal128Type, Float64Type, Int64Type};
use arrow_schema::DataType;

use super::{Function, Gives, Take, doubles};
use crate::transform::arithmetic::OVERFLOW;
use crate::transform::column::Call;
use crate::transform::widen::rescaled;
use Take::{Double, Int, Number};

const fn function(
    name: &'static str,
    arguments: &'static str,
    meaning: &'static str,
    takes: (&'static [Take], usize),
    call: fn(Call<'_>, &DataType) -> ArrayRef,
) -> Function {
    let gives = match takes.0[0] {
        Take::Double => Gives::Double,
        _ => Gives::Same(0),
    };
    Function { name, arguments, meaning, takes: takes.0, least: takes.1, gives, call }
}

const fn rounding(
    name: &'static str,
    arguments: &'static str,
    meaning: &'static str,
    takes: (&'static [Take], usize),
    call: fn(Call<'_>, &DataType) -> ArrayRef,
) -> Function {
    Function { gives: Gives::Rounded, ..function(name, arguments, meaning, takes, call) }
}

pub(super) static FUNCTIONS: &[Function] = &[
    function("abs", "number", "without its sign", (&[Number], 1), |call, to| {
        each(call, to, i64::checked_abs, i128::checked_abs, f64::abs)
    }),
    function("sign", "number", "-1, 0 or 1", (&[Number], 1), |call, to| {
        let one = power(to);
        match to {
            DataType::Decimal128(..) => call.numbers::<Decimal128Type>(to, move |a, row| {
                Some(one.checked_mul(a[0].decimal(row)?.signum()).ok_or(OVERFLOW))
            }),
            _ => each(
                call,
                to,
                |v| Some(v.signum()),
                |_| None,
                |v| {
                    if v == 0.0 || v.is_nan() { 0.0 } else { v.signum() }
                },
            ),
        }
    }),
    rounding("floor", "number", "the next whole number below", (&[Number], 1), |call, to| {
        let one = power(call.args[0].data_type());
        each_whole(call, to, move |v| v.div_euclid(one), f64::floor)
    }),
    rounding("ceil", "number", "the next whole number above", (&[Number], 1), |call, to| {
        let one = power(call.args[0].data_type());
        each_whole(call, to, move |v| -(-v).div_euclid(one), f64::ceil)
    }),
    rounding("trunc", "number", "without its fraction", (&[Number], 1), |call, to| {
        let one = power(call.args[0].data_type());
        each_whole(call, to, move |v| v / one, f64::trunc)
    }),
    rounding(
        "round",
        "number[, places]",
        "the nearest number of so many decimal places, else whole; halves go away from 0",
        (&[Number, Int], 1),
        |call, to| round(call, to),
    ),
    function("sqrt", "number", "its square root", (&[Double], 1), |call, _| {
        doubles(call, |a, row| {
            let value = a[0].double(row)?;
            Some(if value < 0.0 {
                Err("the square root of a negative number")
            } else {
                Ok(value.sqrt())
            })
        })
    }),
    function("ln", "number", "its natural logarithm", (&[Double], 1), |call, _| {
        doubles(call, |a, row| {
            let value = a[0].double(row)?;
            Some(if value <= 0.0 {
                Err("the logarithm of a number that is not positive")
            } else {
                Ok(value.ln())
            })
        })
    }),
    function("exp", "number", "e to this power", (&[Double], 1), |call, _| {
        doubles(call, |a, row| {
            let (value, found) = (a[0].double(row)?, a[0].double(row)?.exp());
            Some(if found.is_infinite() && value.is_finite() { Err(OVERFLOW) } else { Ok(found) })
        })
    }),
    function(
        "power",
        "number, exponent",
        "the number to this power",
        (&[Double, Double], 2),
        |call, _| {
            doubles(call, |a, row| {
                let (base, exponent) = (a[0].double(row)?, a[1].double(row)?);
                let found = base.powf(exponent);
                let is_fine = found.is_finite() || !base.is_finite() || !exponent.is_finite();
                Some(if is_fine { Ok(found) } else { Err(OVERFLOW) })
            })
        },
    ),
];

/// The unscaled 1 of a decimal; 1 of other numbers.
fn power(data_type: &DataType) -> i128 {
    match data_type {
        DataType::Decimal128(_, scale) => 10_i128.pow(scale.unsigned_abs().into()),
        _ => 1,
    }
}

fn each(
    call: Call<'_>,
    to: &DataType,
    long: impl Fn(i64) -> Option<i64>,
    decimal: impl Fn(i128) -> Option<i128>,
    double: impl Fn(f64) -> f64,
) -> ArrayRef {
    match to {
        DataType::Decimal128(precision, _) => {
            let limit = 10_i128.checked_pow((*precision).into()).unwrap_or(i128::MAX);
            call.numbers::<Decimal128Type>(to, move |a, row| {
                let found = decimal(a[0].decimal(row)?).filter(|v| v.abs() < limit);
                Some(found.ok_or(OVERFLOW))
            })
        }
        DataType::Float64 => {
            call.numbers::<Float64Type>(to, |a, row| Some(Ok(double(a[0].double(row)?))))
        }
        _ => call.numbers::<Int64Type>(to, |a, row| Some(long(a[0].int(row)?).ok_or(OVERFLOW))),
    }
}

/// A decimal becomes one without a fraction.
fn each_whole(
    call: Call<'_>,
    to: &DataType,
    decimal: impl Fn(i128) -> i128,
    double: impl Fn(f64) -> f64,
) -> ArrayRef {
    each(call, to, Some, |value| Some(decimal(value)), double)
}

fn round(call: Call<'_>, to: &DataType) -> ArrayRef {
    let places = |a: &[super::Column], row| a.get(1).map_or(Some(0), |places| places.int(row));
    match (call.args[0].data_type().clone(), to) {
        (DataType::Decimal128(_, from), DataType::Decimal128(precision, scale)) => {
            let limit = 10_i128.checked_pow((*precision).into()).unwrap_or(i128::MAX);
            let scale = *scale;
            call.numbers::<Decimal128Type>(to, move |a, row| {
                let (value, places) = (a[0].decimal(row)?, places(a, row)?);
                let found = halves_away(value, i64::from(from).saturating_sub(places));
                let found = found.and_then(|value| rescaled(value, from, scale));
                Some(found.filter(|v| v.abs() < limit).ok_or(OVERFLOW))
            })
        }
        (DataType::Float64, _) => call.numbers::<Float64Type>(to, move |a, row| {
            let (value, places) = (a[0].double(row)?, places(a, row)?);
            Some(Ok(rounded(value, places)))
        }),
        _ => call.numbers::<Int64Type>(to, move |a, row| {
            let (value, places) = (a[0].int(row)?, places(a, row)?);
            let found = halves_away(value.into(), places.saturating_neg());
            Some(found.and_then(|v| i64::try_from(v).ok()).ok_or(OVERFLOW))
        }),
    }
}

fn rounded(value: f64, places: i64) -> f64 {
    let places = i32::try_from(places.clamp(-400, 400)).unwrap_or(0);
    let power = 10_f64.powi(places.abs());
    let found =
        if places >= 0 { (value * power).round() / power } else { (value / power).round() * power };
    if found.is_finite() || !value.is_finite() {
        found
    } else if places > 0 {
        value // so many places that it has none beyond
    } else {
        0.0
    }
}

/// The nearest multiple of a power of ten.
fn halves_away(value: i128, exponent: i64) -> Option<i128> {
    if exponent <= 0 {
        return Some(value);
    }
    let Some(power) = u32::try_from(exponent).ok().and_then(|e| 10_i128.checked_pow(e)) else {
        return Some(0);
    };
    let rest = value % power;
    let down = value - rest;
    if rest.abs() >= power - rest.abs() {
        down.checked_add(power * value.signum())
    } else {
        Some(down)
    }
}
