//! The values of one key, over all rows, as one array.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, PrimitiveBuilder, StringBuilder};
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType,
};
use arrow_array::{ArrayRef, ArrowPrimitiveType};
use arrow_schema::{DataType, Field, TimeUnit};
use headrace_core::reject::Violation;
use headrace_core::{Error, ErrorKind, Location};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBoolMethods, PyDict, PyString};

use super::cell;
use crate::error::to_py_err;
use crate::schema::spell;

/// Characters of a value that a violation shows.
const SHOWN_CHARACTERS: usize = 200;

/// What reading the columns found beside the values.
pub(super) struct Findings {
    /// How many columns each row has a key for.
    pub(super) hits: Vec<usize>,
    /// Row and broken rule, column after column.
    pub(super) violations: Vec<(usize, Violation)>,
}

/// The array of `field` over `rows`; values that do not fit are null in it and reported.
pub(super) fn read_column(
    rows: &[Bound<'_, PyDict>],
    py: Python<'_>,
    field: &Field,
    findings: &mut Findings,
) -> PyResult<ArrayRef> {
    let reader = Reader { rows, key: PyString::intern(py, field.name()), field };
    let data_type = field.data_type();
    match data_type {
        DataType::Boolean => reader.booleans(findings),
        DataType::Int8 => reader.primitive::<Int8Type>(findings, cell::int),
        DataType::Int16 => reader.primitive::<Int16Type>(findings, cell::int),
        DataType::Int32 => reader.primitive::<Int32Type>(findings, cell::int),
        DataType::Int64 => reader.primitive::<Int64Type>(findings, cell::int),
        DataType::Float32 => reader.primitive::<Float32Type>(findings, cell::single),
        DataType::Float64 => reader.primitive::<Float64Type>(findings, cell::double),
        DataType::Date32 => reader.primitive::<Date32Type>(findings, cell::date),
        DataType::Utf8 => reader.strings(findings),
        DataType::Decimal128(precision, scale) => reader
            .primitive::<Decimal128Type>(findings, |value| {
                cell::decimal(value, *precision, *scale)
            }),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let zoned = zone.is_some();
            reader.primitive::<TimestampMicrosecondType>(findings, |value| {
                cell::timestamp(value, zoned)
            })
        }
        other => {
            let message = format!("rows cannot fill a column of type {other}");
            let location = Location { field: Some(field.name().clone()), ..Location::default() };
            Err(to_py_err(py, &Error::new(ErrorKind::Config, message).at(location)))
        }
    }
}

struct Reader<'a, 'py> {
    rows: &'a [Bound<'py, PyDict>],
    key: Bound<'py, PyString>,
    field: &'a Field,
}

impl<'py> Reader<'_, 'py> {
    /// Calls `take` with each row's value, `None` for null; its `Err` is the broken rule.
    fn each(
        &self,
        findings: &mut Findings,
        mut take: impl FnMut(Option<&Bound<'py, PyAny>>) -> Result<(), &'static str>,
    ) -> PyResult<()> {
        for (index, row) in self.rows.iter().enumerate() {
            let found = row.get_item(&self.key)?;
            findings.hits[index] += usize::from(found.is_some());
            let value = found.as_ref().filter(|value| !value.is_none());
            if let Err(rule) = take(value)
                && let Some(value) = value
            {
                findings.violations.push((index, self.violation(rule, value)?));
            }
        }
        Ok(())
    }

    fn primitive<T: ArrowPrimitiveType>(
        &self,
        findings: &mut Findings,
        exact: impl Fn(&Bound<'py, PyAny>) -> Option<T::Native>,
    ) -> PyResult<ArrayRef> {
        let mut builder = PrimitiveBuilder::<T>::with_capacity(self.rows.len())
            .with_data_type(self.field.data_type().clone());
        self.each(findings, |value| {
            let taken = value.and_then(&exact);
            builder.append_option(taken);
            if taken.is_none() { Err("type") } else { Ok(()) }
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn booleans(&self, findings: &mut Findings) -> PyResult<ArrayRef> {
        let mut builder = BooleanBuilder::with_capacity(self.rows.len());
        self.each(findings, |value| {
            let taken =
                value.and_then(|value| value.cast::<PyBool>().ok()).map(PyBoolMethods::is_true);
            builder.append_option(taken);
            if taken.is_none() { Err("type") } else { Ok(()) }
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn strings(&self, findings: &mut Findings) -> PyResult<ArrayRef> {
        let mut builder = StringBuilder::with_capacity(self.rows.len(), self.rows.len() * 8);
        // A string column counts its bytes in 31 bits and its builder panics beyond.
        let mut room = i32::MAX as usize;
        let mut is_full = false;
        self.each(findings, |value| {
            let Some(Ok(text)) = value.map(|value| value.cast::<PyString>()) else {
                builder.append_null();
                return Err("type");
            };
            let Ok(text) = text.to_str() else {
                builder.append_null();
                return Err("utf8");
            };
            if text.len() > room {
                is_full = true;
                builder.append_null();
                return Ok(());
            }
            room -= text.len();
            builder.append_value(text);
            Ok(())
        })?;
        if is_full {
            let location =
                Location { field: Some(self.field.name().clone()), ..Location::default() };
            let message = "a batch holds at most 2 GiB of text a column; make it shorter";
            let error = Error::new(ErrorKind::Plugin, message).at(location);
            return Err(to_py_err(self.key.py(), &error));
        }
        Ok(Arc::new(builder.finish()))
    }

    fn violation(&self, rule: &'static str, value: &Bound<'py, PyAny>) -> PyResult<Violation> {
        let message = if rule == "utf8" {
            "is not valid UTF-8".to_owned()
        } else {
            let spelled = spell(self.field.data_type());
            let article = if spelled.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            format!("is not {article} {spelled}")
        };
        Ok(Violation {
            field: Some(self.field.name().clone()),
            rule,
            value: Some(shown(value)?),
            message,
        })
    }
}

/// The repr of a value, cut.
pub(super) fn shown(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = value.repr()?;
    Ok(text.to_string_lossy().chars().take(SHOWN_CHARACTERS).collect())
}
