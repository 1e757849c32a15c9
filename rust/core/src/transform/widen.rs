//! Operands as their operator takes them.

use arrow_array::ArrayRef;
use arrow_array::types::{Decimal128Type, Float64Type};
use arrow_schema::{DataType, Field};

use super::arithmetic::OVERFLOW;
use super::cast::cast;
use super::column::Call;

/// The operand as its operator takes it: nothing is lost, but that a number next to a double is
/// the nearest double.
pub(super) fn widen(call: Call<'_>, from: &Field, to: &Field) -> ArrayRef {
    if from.data_type() == to.data_type() {
        return call.args[0].array.clone();
    }
    match (from.data_type(), to.data_type()) {
        (DataType::Decimal128(_, scale), DataType::Float64) => call
            .numbers::<Float64Type>(to.data_type(), |args, row| {
                Some(Ok(nearest(args[0].decimal(row)?, *scale)))
            }),
        #[expect(clippy::cast_precision_loss, reason = "rounding is what is asked for")]
        (DataType::Int64, DataType::Float64) => call
            .numbers::<Float64Type>(to.data_type(), |args, row| Some(Ok(args[0].int(row)? as f64))),
        (DataType::Decimal128(_, from), DataType::Decimal128(precision, scale)) => {
            let limit = 10_i128.checked_pow((*precision).into()).unwrap_or(i128::MAX);
            call.numbers::<Decimal128Type>(to.data_type(), |args, row| {
                let value = rescaled(args[0].decimal(row)?, *from, *scale);
                Some(value.filter(|v| v.abs() < limit).ok_or(OVERFLOW))
            })
        }
        _ => cast(call, from, to),
    }
}

/// The double next to a number of so many decimal places.
pub(super) fn nearest(unscaled: i128, scale: i8) -> f64 {
    // Correctly rounded, as reading its text is.
    #[expect(clippy::cast_precision_loss, reason = "rounding is what is asked for")]
    if scale == 0 {
        unscaled as f64
    } else {
        format!("{unscaled}e-{scale}").parse().unwrap_or(f64::NAN)
    }
}

/// The same number with so many decimal places, where it has no more.
pub(super) fn rescaled(unscaled: i128, from: i8, to: i8) -> Option<i128> {
    let power = 10_i128.checked_pow(u32::from(from.abs_diff(to)))?;
    if to >= from {
        unscaled.checked_mul(power)
    } else {
        (unscaled % power == 0).then(|| unscaled / power)
    }
}
