//! One text to one Python value.

use arrow_schema::{DataType, TimeUnit};
use headrace_core::text;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString, PyTzInfo};

/// The Python callables that make what Rust cannot.
pub(super) struct Makers<'py> {
    decimal: Bound<'py, PyAny>,
    date: Bound<'py, PyAny>,
    timestamp: Bound<'py, PyAny>,
    utc: Bound<'py, PyTzInfo>,
}

impl<'py> Makers<'py> {
    pub(super) fn new(py: Python<'py>) -> PyResult<Self> {
        let datetime = py.import("datetime")?;
        Ok(Self {
            decimal: py.import("decimal")?.getattr("Decimal")?,
            date: datetime.getattr("date")?.getattr("fromisoformat")?,
            timestamp: datetime.getattr("datetime")?.getattr("fromisoformat")?,
            utc: PyTzInfo::utc(py)?.to_owned(),
        })
    }

    /// The value of `data_type` that `cell` spells, `text` being its UTF-8; `None` where it is
    /// none.
    pub(super) fn make(
        &self,
        cell: &Bound<'py, PyString>,
        text: &[u8],
        data_type: &DataType,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = cell.py();
        let value = match data_type {
            DataType::Utf8 => Some(cell.clone().into_any()),
            DataType::Int64 => text::parse_int(text).map(|value| PyInt::new(py, value).into_any()),
            DataType::Int8 => narrow::<i8>(py, text),
            DataType::Int16 => narrow::<i16>(py, text),
            DataType::Int32 => narrow::<i32>(py, text),
            DataType::Float64 => {
                text::parse_float(text).map(|value| PyFloat::new(py, value).into_any())
            }
            DataType::Float32 => {
                text::parse_float32(text).map(|value| PyFloat::new(py, value.into()).into_any())
            }
            DataType::Boolean => {
                text::parse_bool(text).map(|value| PyBool::new(py, value).to_owned().into_any())
            }
            &DataType::Decimal128(precision, scale) => {
                match text::parse_decimal(text, precision, scale) {
                    Some(unscaled) => Some(self.decimal(cell, text, unscaled, scale)?),
                    None => None,
                }
            }
            // The grammar is narrower than ISO 8601, so what passes it cannot be refused.
            DataType::Date32 => match text::parse_date(text) {
                Some(_) => Some(self.date.call1((cell,))?),
                None => None,
            },
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                match text::parse_timestamp(text, zone.is_some()) {
                    Some(_) => Some(self.timestamp(cell, text, zone.is_some())?),
                    None => None,
                }
            }
            _ => None,
        };
        Ok(value)
    }

    /// A decimal with exactly `scale` fraction digits, as Arrow holds it.
    fn decimal(
        &self,
        cell: &Bound<'py, PyString>,
        text: &[u8],
        unscaled: i128,
        scale: i8,
    ) -> PyResult<Bound<'py, PyAny>> {
        let scale = usize::from(scale.unsigned_abs());
        let fraction = text.iter().rev().position(|&byte| byte == b'.').unwrap_or(0);
        // Arrow has no negative zero.
        if fraction == scale && unscaled != 0 {
            return self.decimal.call1((cell,));
        }
        let sign = if unscaled < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if scale == 0 { "" } else { "." };
        self.decimal.call1((format!("{sign}{whole}{point}{fraction}"),))
    }

    fn timestamp(
        &self,
        cell: &Bound<'py, PyString>,
        text: &[u8],
        zoned: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let value = self.timestamp.call1((cell,))?;
        if zoned && text.last() != Some(&b'Z') {
            return value.call_method1("astimezone", (&self.utc,));
        }
        Ok(value)
    }
}

fn narrow<'py, T>(py: Python<'py>, text: &[u8]) -> Option<Bound<'py, PyAny>>
where
    T: TryFrom<i64>,
{
    let value = text::parse_int(text)?;
    T::try_from(value).ok()?;
    Some(PyInt::new(py, value).into_any())
}
