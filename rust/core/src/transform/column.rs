//! The values of an expression while it is evaluated, and what rows fault.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray, UInt32Array};
use arrow_schema::DataType;
use arrow_select::take::take;

/// Why a row has no value: character of the expression from 1 (0 where unknown), and reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: u64,
    pub(super) reason: &'static str,
}

/// The first fault of each row that has one.
pub(super) type Faults = BTreeMap<usize, Fault>;

/// A value for each row, or one for all of them.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) array: ArrayRef,
    /// Whether `array` has one value, which is that of every row.
    pub(super) is_constant: bool,
}

impl Column {
    /// The index in `array` of the value of `row`.
    #[inline]
    pub(super) fn index(&self, row: usize) -> usize {
        if self.is_constant { 0 } else { row }
    }

    pub(super) fn data_type(&self) -> &DataType {
        self.array.data_type()
    }

    #[inline]
    pub(super) fn primitive<T: ArrowPrimitiveType>(&self, row: usize) -> Option<T::Native> {
        let (array, row) = (self.array.as_primitive::<T>(), self.index(row));
        array.is_valid(row).then(|| array.value(row))
    }

    #[inline]
    pub(super) fn bool(&self, row: usize) -> Option<bool> {
        let (array, row) = (self.array.as_boolean(), self.index(row));
        array.is_valid(row).then(|| array.value(row))
    }

    #[inline]
    pub(super) fn text(&self, row: usize) -> Option<&str> {
        let (array, row) = (self.array.as_string::<i32>(), self.index(row));
        array.is_valid(row).then(|| array.value(row))
    }

    pub(super) fn int(&self, row: usize) -> Option<i64> {
        self.primitive::<Int64Type>(row)
    }

    pub(super) fn double(&self, row: usize) -> Option<f64> {
        self.primitive::<Float64Type>(row)
    }

    pub(super) fn decimal(&self, row: usize) -> Option<i128> {
        self.primitive::<Decimal128Type>(row)
    }

    pub(super) fn date(&self, row: usize) -> Option<i32> {
        self.primitive::<Date32Type>(row)
    }

    /// The column with a value of its own for each of `rows` rows.
    pub(super) fn spread(self, rows: usize) -> ArrayRef {
        if !self.is_constant {
            return self.array;
        }
        let zeros = UInt32Array::from_value(0, rows);
        take(self.array.as_ref(), &zeros, None).unwrap_or(self.array)
    }
}

/// What an operator is given: its operands, how many rows they have, and where faults go.
pub(super) struct Call<'a> {
    pub(super) args: &'a [Column],
    /// One where all operands are constant.
    pub(super) rows: usize,
    pub(super) at: u64,
    pub(super) faults: &'a mut Faults,
}

impl Call<'_> {
    /// Sets the row aside; its value is then null.
    pub(super) fn fault(&mut self, row: usize, reason: &'static str) {
        self.faults.entry(row).or_insert(Fault { at: self.at, reason });
    }

    /// A value, or a fault, for each row; `None` is null.
    pub(super) fn each<T>(
        mut self,
        value: impl Fn(&[Column], usize) -> Option<Result<T, &'static str>>,
    ) -> Vec<Option<T>> {
        let mut values = Vec::with_capacity(self.rows);
        for row in 0..self.rows {
            values.push(match value(self.args, row) {
                None => None,
                Some(Ok(value)) => Some(value),
                Some(Err(reason)) => {
                    self.fault(row, reason);
                    None
                }
            });
        }
        values
    }

    /// As [`Call::each`], as Arrow data of `data_type`.
    pub(super) fn numbers<T: ArrowPrimitiveType>(
        self,
        data_type: &DataType,
        value: impl Fn(&[Column], usize) -> Option<Result<T::Native, &'static str>>,
    ) -> ArrayRef {
        let values = self.each(value).into_iter();
        let array: PrimitiveArray<T> = values.collect();
        Arc::new(array.with_data_type(data_type.clone()))
    }

    /// True, false or null for each row.
    pub(super) fn bools(self, value: impl Fn(&[Column], usize) -> Option<bool>) -> ArrayRef {
        let values = (0..self.rows).map(|row| value(self.args, row));
        Arc::new(values.collect::<BooleanArray>())
    }
}
