//! The values of one column of a batch under construction.

use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type,
};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, FixedSizeBinaryArray, PrimitiveArray, StringArray,
    make_array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, NullBufferBuilder, OffsetBuffer};
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType, Field, TimeUnit};

use super::interval::Interval;
use super::list::Lists;
use super::numeric::Numeric;
use super::spelling::{self, jsonb};
use super::{Wire, moment};
use crate::{Error, ErrorKind, Result, types};

/// Why a field is no value of its column.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// A value that the column cannot hold: the record is left out.
    Unfit,
    /// No value of the type that the column is said to come as: the stream is not what it claims.
    Corrupt,
}

pub(super) type Read<T> = std::result::Result<T, Wrong>;

/// The bytes of a field, from the front.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

macro_rules! number {
    ($($name:ident),*) => {$(
        pub(super) fn $name(&mut self) -> Read<$name> {
            let (first, rest) = self.0.split_first_chunk().ok_or(Wrong::Corrupt)?;
            self.0 = rest;
            Ok($name::from_be_bytes(*first))
        }
    )*};
}

impl<'a> Bytes<'a> {
    number!(u16, i16, u32, i32, i64);

    pub(super) fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        let (first, rest) = self.0.split_at_checked(count).ok_or(Wrong::Corrupt)?;
        self.0 = rest;
        Ok(first)
    }

    pub(super) fn end(self) -> Read<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Wrong::Corrupt) }
    }
}

/// A value of so many bytes, no more.
pub(super) fn fixed<const N: usize>(field: &[u8]) -> Read<[u8; N]> {
    field.try_into().map_err(|_| Wrong::Corrupt)
}

/// A column under construction.
pub(super) struct Values {
    wire: Wire,
    data_type: DataType,
    buffer: Store,
    nulls: NullBufferBuilder,
}

/// Dates, times and timestamps are the numbers that store them.
enum Store {
    Bool(Vec<bool>),
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Decimal(Vec<i128>, u8, i8),
    Text(Vec<i32>, Vec<u8>),
    Binary(Vec<i32>, Vec<u8>),
    Uuid(Vec<u8>),
    Date(Vec<i32>),
    Time32(Vec<i32>, TimeUnit),
    Time64(Vec<i64>, TimeUnit),
    Timestamp(Vec<i64>, TimeUnit),
    List(Box<Lists>),
}

impl Values {
    /// An empty column with room for `rows`.
    ///
    /// # Errors
    /// `Config` where such values do not go into such a column.
    pub(super) fn new(wire: &Wire, field: &Field, rows: usize) -> Result<Self> {
        if !wire.fits(field) {
            let spelling = types::spelled(field);
            let message = format!("a column of {spelling} cannot hold what comes as {wire}");
            return Err(Error::new(ErrorKind::Config, message));
        }
        let texts = || {
            let mut ends = Vec::with_capacity(rows + 1);
            ends.push(0);
            ends
        };
        let buffer = match field.data_type() {
            DataType::Boolean => Store::Bool(Vec::with_capacity(rows)),
            DataType::Int8 => Store::Int8(Vec::with_capacity(rows)),
            DataType::Int16 => Store::Int16(Vec::with_capacity(rows)),
            DataType::Int32 => Store::Int32(Vec::with_capacity(rows)),
            DataType::Int64 => Store::Int64(Vec::with_capacity(rows)),
            DataType::Float32 => Store::Float(Vec::with_capacity(rows)),
            DataType::Float64 => Store::Double(Vec::with_capacity(rows)),
            &DataType::Decimal128(precision, scale) => {
                Store::Decimal(Vec::with_capacity(rows), precision, scale)
            }
            DataType::Utf8 => Store::Text(texts(), Vec::new()),
            DataType::Binary => Store::Binary(texts(), Vec::new()),
            DataType::FixedSizeBinary(_) => Store::Uuid(Vec::with_capacity(rows * 16)),
            DataType::Date32 => Store::Date(Vec::with_capacity(rows)),
            &DataType::Time32(unit) => Store::Time32(Vec::with_capacity(rows), unit),
            &DataType::Time64(unit) => Store::Time64(Vec::with_capacity(rows), unit),
            &DataType::Timestamp(unit, _) => Store::Timestamp(Vec::with_capacity(rows), unit),
            DataType::List(item) => Store::List(Box::new(Lists::new(wire, item)?)),
            // `fits` lets nothing else pass.
            other => return Err(Error::new(ErrorKind::Internal, format!("a column of {other}"))),
        };
        Ok(Self {
            wire: wire.clone(),
            data_type: field.data_type().clone(),
            buffer,
            nulls: NullBufferBuilder::new(rows),
        })
    }

    /// Adds a field, `None` for null; where it is wrong, a placeholder stands for it.
    pub(super) fn push(&mut self, field: Option<&[u8]>) -> Read<()> {
        let Some(field) = field else {
            self.nulls.append_null();
            self.pad();
            return Ok(());
        };
        self.nulls.append_non_null();
        let read = self.read(field);
        if read.is_err() {
            self.pad();
        }
        read
    }

    /// Adds a value that is not null; where it is wrong, nothing is added.
    fn read(&mut self, field: &[u8]) -> Read<()> {
        match &mut self.buffer {
            Store::Bool(values) => match fixed(field)? {
                [0] => values.push(false),
                [1] => values.push(true),
                _ => return Err(Wrong::Corrupt),
            },
            Store::Int8(values) => values.push(narrow(&self.wire, field)?),
            Store::Int16(values) => values.push(narrow(&self.wire, field)?),
            Store::Int32(values) => values.push(narrow(&self.wire, field)?),
            Store::Int64(values) => values.push(narrow(&self.wire, field)?),
            Store::Float(values) => values.push(f32::from_be_bytes(fixed(field)?)),
            Store::Double(values) => values.push(match self.wire {
                Wire::Float4 => f64::from(f32::from_be_bytes(fixed(field)?)),
                _ => f64::from_be_bytes(fixed(field)?),
            }),
            Store::Decimal(values, precision, scale) => {
                let value = Numeric::new(field)?.unscaled(*precision, *scale);
                values.push(value.ok_or(Wrong::Unfit)?);
            }
            Store::Text(ends, bytes) => {
                text(&self.wire, field, bytes)?;
                ends.push(end_of(bytes)?);
            }
            Store::Binary(ends, bytes) => {
                bytes.extend_from_slice(field);
                ends.push(end_of(bytes)?);
            }
            Store::Uuid(bytes) => bytes.extend_from_slice(&fixed::<16>(field)?),
            Store::Date(values) => {
                values.push(moment::date(i32::from_be_bytes(fixed(field)?)).ok_or(Wrong::Unfit)?);
            }
            Store::Time32(values, unit) => {
                let value = moment::time(i64::from_be_bytes(fixed(field)?), *unit);
                let value = value.and_then(|value| i32::try_from(value).ok());
                values.push(value.ok_or(Wrong::Unfit)?);
            }
            Store::Time64(values, unit) => {
                let value = moment::time(i64::from_be_bytes(fixed(field)?), *unit);
                values.push(value.ok_or(Wrong::Unfit)?);
            }
            Store::Timestamp(values, unit) => {
                let value = moment::timestamp(i64::from_be_bytes(fixed(field)?), *unit);
                values.push(value.ok_or(Wrong::Unfit)?);
            }
            Store::List(lists) => lists.read(field)?,
        }
        Ok(())
    }

    /// Adds a value that is none, and is not null.
    pub(super) fn push_placeholder(&mut self) {
        self.nulls.append_non_null();
        self.pad();
    }

    /// Adds a placeholder.
    fn pad(&mut self) {
        match &mut self.buffer {
            Store::Bool(values) => values.push(false),
            Store::Int8(values) => values.push(0),
            Store::Int16(values) => values.push(0),
            Store::Int32(values) | Store::Date(values) | Store::Time32(values, _) => {
                values.push(0);
            }
            Store::Int64(values) | Store::Time64(values, _) | Store::Timestamp(values, _) => {
                values.push(0);
            }
            Store::Float(values) => values.push(0.0),
            Store::Double(values) => values.push(0.0),
            Store::Decimal(values, ..) => values.push(0),
            Store::Text(ends, bytes) | Store::Binary(ends, bytes) => {
                // What a wrong value left behind is no part of the placeholder.
                let end = ends.last().copied().unwrap_or_default();
                bytes.truncate(usize::try_from(end).unwrap_or_default());
                ends.push(end);
            }
            Store::Uuid(bytes) => bytes.extend_from_slice(&[0; 16]),
            Store::List(lists) => lists.pad(),
        }
    }

    /// The column as an array.
    ///
    /// # Errors
    /// `Internal` where Arrow refuses what was built.
    pub(super) fn finish(mut self) -> Result<ArrayRef> {
        let nulls = self.nulls.finish();
        let to = self.data_type;
        Ok(match self.buffer {
            Store::Bool(values) => Arc::new(BooleanArray::new(BooleanBuffer::from(values), nulls)),
            Store::Int8(values) => primitive::<Int8Type>(values, nulls, to)?,
            Store::Int16(values) => primitive::<Int16Type>(values, nulls, to)?,
            Store::Int32(values) | Store::Time32(values, _) => {
                primitive::<Int32Type>(values, nulls, to)?
            }
            Store::Int64(values) | Store::Time64(values, _) | Store::Timestamp(values, _) => {
                primitive::<Int64Type>(values, nulls, to)?
            }
            Store::Date(values) => primitive::<Date32Type>(values, nulls, to)?,
            Store::Float(values) => primitive::<Float32Type>(values, nulls, to)?,
            Store::Double(values) => primitive::<Float64Type>(values, nulls, to)?,
            Store::Decimal(values, ..) => {
                let array = PrimitiveArray::<Decimal128Type>::new(values.into(), nulls);
                Arc::new(array.with_data_type(to))
            }
            Store::Text(ends, bytes) => {
                let ends = OffsetBuffer::new(ends.into());
                let array = StringArray::try_new(ends, Buffer::from_vec(bytes), nulls);
                Arc::new(array.map_err(|error| internal(&error))?)
            }
            Store::Binary(ends, bytes) => {
                let ends = OffsetBuffer::new(ends.into());
                let array = BinaryArray::try_new(ends, Buffer::from_vec(bytes), nulls);
                Arc::new(array.map_err(|error| internal(&error))?)
            }
            Store::Uuid(bytes) => {
                let bytes = Buffer::from_vec(bytes);
                let array = FixedSizeBinaryArray::try_new(types::UUID_BYTES, bytes, nulls);
                Arc::new(array.map_err(|error| internal(&error))?)
            }
            Store::List(lists) => lists.finish(nulls)?,
        })
    }
}

/// An Arrow error that only a bug of ours can cause.
pub(super) fn internal(error: &ArrowError) -> Error {
    Error::new(ErrorKind::Internal, error.to_string())
}

fn primitive<T: ArrowPrimitiveType>(
    values: Vec<T::Native>,
    nulls: Option<NullBuffer>,
    data_type: DataType,
) -> Result<ArrayRef> {
    let length = values.len();
    // Numbers become the dates and times that they store.
    let data = ArrayData::builder(data_type)
        .len(length)
        .nulls(nulls)
        .add_buffer(Buffer::from_vec(values))
        .build();
    data.map(make_array).map_err(|error| internal(&error))
}

/// An integer of any width, where the column's has room for it.
fn narrow<T: TryFrom<i64>>(wire: &Wire, field: &[u8]) -> Read<T> {
    let value = match wire {
        Wire::Int2 => i64::from(i16::from_be_bytes(fixed(field)?)),
        Wire::Int4 => i64::from(i32::from_be_bytes(fixed(field)?)),
        Wire::Oid => i64::from(u32::from_be_bytes(fixed(field)?)),
        Wire::Numeric => {
            let value = Numeric::new(field)?.unscaled(19, 0);
            value.and_then(|value| i64::try_from(value).ok()).ok_or(Wrong::Unfit)?
        }
        _ => i64::from_be_bytes(fixed(field)?),
    };
    T::try_from(value).map_err(|_| Wrong::Unfit)
}

/// Adds the text of a value.
fn text(wire: &Wire, field: &[u8], out: &mut Vec<u8>) -> Read<()> {
    match wire {
        Wire::Text | Wire::Json => out.extend_from_slice(utf8(field)?.as_bytes()),
        Wire::Jsonb => out.extend_from_slice(utf8(jsonb(field)?)?.as_bytes()),
        Wire::Interval if !Interval::new(field)?.is_finite() => return Err(Wrong::Unfit),
        other => out.extend_from_slice(spelling::text(other, field)?.as_bytes()),
    }
    Ok(())
}

/// A server whose database has no encoding gives whatever bytes it was given.
pub(super) fn utf8(field: &[u8]) -> Read<&str> {
    std::str::from_utf8(field).map_err(|_| Wrong::Unfit)
}

fn end_of(bytes: &[u8]) -> Read<i32> {
    // A batch is bounded by bytes far below.
    i32::try_from(bytes.len()).map_err(|_| Wrong::Unfit)
}
