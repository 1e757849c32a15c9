//! The values of one column as an array.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, FixedSizeBinaryBuilder, PrimitiveBuilder, StringBuilder,
};
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{ArrayRef, ArrowPrimitiveType};
use arrow_schema::{DataType, Field, TimeUnit};
use headrace_core::{Error, ErrorKind, Location, text, types};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBoolMethods, PyString};

use super::source::Source;
use super::{cell, nested};
use crate::error::to_py_err;

/// Characters of a value that a violation shows.
const SHOWN_CHARACTERS: usize = 200;

/// A value that does not fit.
pub(super) struct Fault {
    /// Its place among the cells.
    pub(super) index: usize,
    /// From the column to it: `.city`, `[3]`, or nothing.
    pub(super) path: String,
    pub(super) rule: &'static str,
    pub(super) value: Option<String>,
    pub(super) message: String,
}

/// The array of the source's values; those that do not fit are null in it and reported.
pub(super) fn array<'py>(
    py: Python<'py>,
    field: &Field,
    source: &Source<'_, 'py>,
    faults: &mut Vec<Fault>,
) -> PyResult<ArrayRef> {
    let column = Column { py, field, source };
    match field.data_type() {
        DataType::Boolean => column.booleans(faults),
        DataType::Int8 => column.primitive::<Int8Type>(faults, cell::int),
        DataType::Int16 => column.primitive::<Int16Type>(faults, cell::int),
        DataType::Int32 => column.primitive::<Int32Type>(faults, cell::int),
        DataType::Int64 => column.primitive::<Int64Type>(faults, cell::int),
        DataType::Float32 => column.primitive::<Float32Type>(faults, cell::single),
        DataType::Float64 => column.primitive::<Float64Type>(faults, cell::double),
        DataType::Date32 => column.primitive::<Date32Type>(faults, cell::date),
        DataType::Utf8 => column.strings(faults),
        &DataType::Decimal128(precision, scale) => column
            .primitive::<Decimal128Type>(faults, |value| cell::decimal(value, precision, scale)),
        &DataType::Time32(unit) => {
            let time = |value: &Bound<'_, PyAny>| cell::time(value, unit)?.try_into().ok();
            match unit {
                TimeUnit::Second => column.primitive::<Time32SecondType>(faults, time),
                _ => column.primitive::<Time32MillisecondType>(faults, time),
            }
        }
        &DataType::Time64(unit) => {
            let time = |value: &Bound<'_, PyAny>| cell::time(value, unit);
            match unit {
                TimeUnit::Nanosecond => column.primitive::<Time64NanosecondType>(faults, time),
                _ => column.primitive::<Time64MicrosecondType>(faults, time),
            }
        }
        &DataType::Timestamp(unit, ref zone) => {
            let zoned = zone.is_some();
            let at = |value: &Bound<'_, PyAny>| cell::timestamp(value, unit, zoned);
            match unit {
                TimeUnit::Second => column.primitive::<TimestampSecondType>(faults, at),
                TimeUnit::Millisecond => column.primitive::<TimestampMillisecondType>(faults, at),
                TimeUnit::Microsecond => column.primitive::<TimestampMicrosecondType>(faults, at),
                TimeUnit::Nanosecond => column.primitive::<TimestampNanosecondType>(faults, at),
            }
        }
        DataType::Binary => column.binary(faults),
        DataType::FixedSizeBinary(types::UUID_BYTES) if types::is_uuid(field) => {
            column.uuids(faults)
        }
        DataType::List(item) => nested::list(&column, item, faults),
        DataType::Struct(fields) => nested::structs(&column, fields, faults),
        DataType::Map(entries, _) => nested::map(&column, entries, faults),
        other => {
            let message = format!("rows cannot fill a column of type {other}");
            Err(column.error(ErrorKind::Config, message))
        }
    }
}

/// What an array is made of.
pub(super) struct Column<'a, 'py> {
    pub(super) py: Python<'py>,
    pub(super) field: &'a Field,
    pub(super) source: &'a Source<'a, 'py>,
}

impl<'py> Column<'_, 'py> {
    /// Calls `take` with each value, `None` for null; its `Err` is the broken rule.
    fn each(
        &self,
        faults: &mut Vec<Fault>,
        mut take: impl FnMut(Option<&Bound<'py, PyAny>>) -> Result<(), &'static str>,
    ) -> PyResult<()> {
        self.source.each(|index, value| {
            if let Err(rule) = take(value)
                && let Some(value) = value
            {
                faults.push(self.fault(index, rule, value)?);
            }
            Ok(())
        })
    }

    fn primitive<T: ArrowPrimitiveType>(
        &self,
        faults: &mut Vec<Fault>,
        exact: impl Fn(&Bound<'py, PyAny>) -> Option<T::Native>,
    ) -> PyResult<ArrayRef> {
        let mut builder = PrimitiveBuilder::<T>::with_capacity(self.source.len())
            .with_data_type(self.field.data_type().clone());
        self.each(faults, |value| {
            let taken = value.and_then(&exact);
            builder.append_option(taken);
            if taken.is_none() { Err("type") } else { Ok(()) }
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn booleans(&self, faults: &mut Vec<Fault>) -> PyResult<ArrayRef> {
        let mut builder = BooleanBuilder::with_capacity(self.source.len());
        self.each(faults, |value| {
            let taken =
                value.and_then(|value| value.cast::<PyBool>().ok()).map(PyBoolMethods::is_true);
            builder.append_option(taken);
            if taken.is_none() { Err("type") } else { Ok(()) }
        })?;
        Ok(Arc::new(builder.finish()))
    }

    /// Strings, and those that are JSON.
    fn strings(&self, faults: &mut Vec<Fault>) -> PyResult<ArrayRef> {
        let mut builder = StringBuilder::with_capacity(self.source.len(), self.source.len() * 8);
        let mut room = Room::default();
        let is_json = types::is_json(self.field);
        self.each(faults, |value| {
            let taken = match value.map(|value| value.cast::<PyString>()) {
                Some(Ok(text)) => text.to_str().map_err(|_| "utf8"),
                _ => Err("type"),
            };
            let taken = taken.and_then(|text| {
                let fits = !is_json || text::is_json(text.as_bytes());
                if fits { Ok(text) } else { Err("type") }
            });
            match taken {
                Ok(text) if room.takes(text.len()) => builder.append_value(text),
                _ => builder.append_null(),
            }
            taken.map(drop)
        })?;
        self.check(&room)?;
        Ok(Arc::new(builder.finish()))
    }

    fn binary(&self, faults: &mut Vec<Fault>) -> PyResult<ArrayRef> {
        let mut builder = BinaryBuilder::with_capacity(self.source.len(), self.source.len() * 8);
        let mut room = Room::default();
        self.each(faults, |value| {
            let taken = value.and_then(cell::bytes);
            match &taken {
                Some(bytes) if room.takes(bytes.len()) => builder.append_value(bytes),
                _ => builder.append_null(),
            }
            if taken.is_none() { Err("type") } else { Ok(()) }
        })?;
        self.check(&room)?;
        Ok(Arc::new(builder.finish()))
    }

    fn uuids(&self, faults: &mut Vec<Fault>) -> PyResult<ArrayRef> {
        let mut builder =
            FixedSizeBinaryBuilder::with_capacity(self.source.len(), types::UUID_BYTES);
        self.each(faults, |value| {
            let taken = value.and_then(cell::uuid);
            // The builder refuses bytes of another length only.
            if taken.is_none_or(|bytes| builder.append_value(bytes).is_err()) {
                builder.append_null();
                return Err("type");
            }
            Ok(())
        })?;
        Ok(Arc::new(builder.finish()))
    }

    pub(super) fn fault(
        &self,
        index: usize,
        rule: &'static str,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<Fault> {
        let message = if rule == "utf8" {
            "is not valid UTF-8".to_owned()
        } else {
            text::complaint(self.field)
        };
        Ok(Fault { index, path: String::new(), rule, value: Some(shown(value)?), message })
    }

    fn check(&self, room: &Room) -> PyResult<()> {
        if !room.is_exceeded {
            return Ok(());
        }
        let message = "a batch holds at most 2 GiB of text a column; make it shorter";
        Err(self.error(ErrorKind::Plugin, message.to_owned()))
    }

    pub(super) fn error(&self, kind: ErrorKind, message: String) -> PyErr {
        let location = Location { field: Some(self.field.name().clone()), ..Location::default() };
        to_py_err(self.py, &Error::new(kind, message).at(location))
    }
}

/// A column of strings or bytes counts them in 31 bits, and its builder panics beyond.
struct Room {
    left: usize,
    is_exceeded: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self { left: i32::MAX as usize, is_exceeded: false }
    }
}

impl Room {
    fn takes(&mut self, bytes: usize) -> bool {
        self.is_exceeded |= bytes > self.left;
        self.left = self.left.saturating_sub(bytes);
        !self.is_exceeded
    }
}

/// The repr of a value, cut.
pub(super) fn shown(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = value.repr()?;
    Ok(text.to_string_lossy().chars().take(SHOWN_CHARACTERS).collect())
}
