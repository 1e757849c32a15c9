//! Fields to Arrow arrays, a column at a time.
//!
//! - `other`: types beside those that files mostly have.

mod other;

use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{ArrayRef, BooleanArray, PrimitiveArray, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, FieldRef, TimeUnit};

use super::options::NullValues;
use super::rows::{Field, Rows};
use super::values::{Spelling, ValueOptions};
use crate::{Error, ErrorKind, Result, text, types};
use other::Builder;

/// The values of one column of a batch under construction.
pub(super) struct Column {
    data_type: DataType,
    values: Values,
    nulls: NullBufferBuilder,
    /// Where it is not the grammar's.
    spelling: Option<Spelling>,
    scratch: Vec<u8>,
    /// A bug of ours, told at the end.
    failure: Option<Error>,
}

enum Values {
    Bool(Vec<bool>),
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Decimal(Vec<i128>, u8, i8),
    Text(Vec<i32>, Vec<u8>),
    Date(Vec<i32>),
    Timestamp(Vec<i64>, bool),
    Other(Box<dyn Builder>),
}

/// The block that fields are taken from.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) data: &'a [u8],
    pub(super) rows: &'a Rows,
    pub(super) null_values: &'a NullValues,
}

/// The fields of one column in a block.
#[derive(Clone, Copy)]
struct Fields<'a> {
    block: Block<'a>,
    /// Of the column, in the file.
    index: usize,
    spelling: Option<&'a Spelling>,
}

impl<'a> Fields<'a> {
    #[inline]
    fn iter(&self) -> impl Iterator<Item = Field<'a>> {
        self.block.rows.fields(self.block.data, self.index)
    }
}

impl Column {
    /// An empty column with room for `rows`.
    ///
    /// # Errors
    /// `Config` where CSV has no such type.
    pub(super) fn new(field: &FieldRef, options: &ValueOptions, rows: usize) -> Result<Self> {
        let data_type = field.data_type();
        let values = match data_type {
            _ if types::is_json(field) => Values::Other(other::builder(field)?),
            DataType::Boolean => Values::Bool(Vec::with_capacity(rows)),
            DataType::Int8 => Values::Int8(Vec::with_capacity(rows)),
            DataType::Int16 => Values::Int16(Vec::with_capacity(rows)),
            DataType::Int32 => Values::Int32(Vec::with_capacity(rows)),
            DataType::Int64 => Values::Int64(Vec::with_capacity(rows)),
            DataType::Float32 => Values::Float(Vec::with_capacity(rows)),
            DataType::Float64 => Values::Double(Vec::with_capacity(rows)),
            &DataType::Decimal128(precision, scale) => {
                Values::Decimal(Vec::with_capacity(rows), precision, scale)
            }
            DataType::Utf8 => {
                let mut offsets = Vec::with_capacity(rows + 1);
                offsets.push(0);
                Values::Text(offsets, Vec::new())
            }
            DataType::Date32 => Values::Date(Vec::with_capacity(rows)),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                Values::Timestamp(Vec::with_capacity(rows), zone.is_some())
            }
            _ => Values::Other(other::builder(field)?),
        };
        Ok(Self {
            data_type: data_type.clone(),
            values,
            nulls: NullBufferBuilder::new(rows),
            spelling: Spelling::of(data_type, options),
            scratch: Vec::new(),
            failure: None,
        })
    }

    /// Makes room for so many bytes of text; other columns have what they need.
    pub(super) fn reserve_text(&mut self, room: usize) {
        if let Values::Text(_, bytes) = &mut self.values {
            bytes.reserve_exact(room);
        }
    }

    /// Adds the field of file column `index` of every row; `fault` hears of rows whose field is
    /// no value, which then hold a placeholder.
    pub(super) fn extend(&mut self, block: Block<'_>, index: usize, fault: impl FnMut(usize)) {
        let nulls = &mut self.nulls;
        let fields = Fields { block, index, spelling: self.spelling.as_ref() };
        match &mut self.values {
            Values::Bool(values) => parse(values, nulls, fields, fault, text::parse_bool),
            Values::Int8(values) => parse(values, nulls, fields, fault, narrow),
            Values::Int16(values) => parse(values, nulls, fields, fault, narrow),
            Values::Int32(values) => parse(values, nulls, fields, fault, narrow),
            Values::Int64(values) => parse(values, nulls, fields, fault, text::parse_int),
            Values::Float(values) => parse(values, nulls, fields, fault, text::parse_float32),
            Values::Double(values) => parse(values, nulls, fields, fault, text::parse_float),
            Values::Decimal(values, precision, scale) => {
                parse(values, nulls, fields, fault, |field| {
                    text::parse_decimal(field, *precision, *scale)
                });
            }
            Values::Text(offsets, bytes) => copy(offsets, bytes, nulls, fields),
            Values::Date(values) => parse(values, nulls, fields, fault, text::parse_date),
            Values::Timestamp(values, zoned) => {
                parse(values, nulls, fields, fault, |field| {
                    text::parse_timestamp(field, TimeUnit::Microsecond, *zoned)
                });
            }
            Values::Other(builder) => {
                if let Err(failure) = each(builder.as_mut(), nulls, fields, fault) {
                    self.failure = Some(failure);
                }
            }
        }
    }

    /// Adds a field that is not null; false where it is no value, and a placeholder stands for it.
    pub(super) fn push(&mut self, field: &[u8]) -> bool {
        self.nulls.append_non_null();
        let field = match &self.spelling {
            Some(spelling) => spelling.canonical(field, &mut self.scratch),
            None => field,
        };
        match &mut self.values {
            Values::Bool(values) => put(values, text::parse_bool(field)),
            Values::Int8(values) => put(values, narrow(field)),
            Values::Int16(values) => put(values, narrow(field)),
            Values::Int32(values) => put(values, narrow(field)),
            Values::Int64(values) => put(values, text::parse_int(field)),
            Values::Float(values) => put(values, text::parse_float32(field)),
            Values::Double(values) => put(values, text::parse_float(field)),
            Values::Decimal(values, precision, scale) => {
                put(values, text::parse_decimal(field, *precision, *scale))
            }
            Values::Text(offsets, bytes) => {
                bytes.extend_from_slice(field);
                offsets.push(end_of(bytes));
                true
            }
            Values::Date(values) => put(values, text::parse_date(field)),
            Values::Timestamp(values, zoned) => {
                put(values, text::parse_timestamp(field, TimeUnit::Microsecond, *zoned))
            }
            Values::Other(builder) => kept(&mut self.failure, builder.push(Some(field))),
        }
    }

    /// Adds a null.
    pub(super) fn push_null(&mut self) {
        self.nulls.append_null();
        match &mut self.values {
            Values::Bool(values) => values.push(false),
            Values::Int8(values) => values.push(0),
            Values::Int16(values) => values.push(0),
            Values::Int32(values) | Values::Date(values) => values.push(0),
            Values::Int64(values) | Values::Timestamp(values, _) => values.push(0),
            Values::Float(values) => values.push(0.0),
            Values::Double(values) => values.push(0.0),
            Values::Decimal(values, ..) => values.push(0),
            Values::Text(offsets, bytes) => offsets.push(end_of(bytes)),
            Values::Other(builder) => {
                kept(&mut self.failure, builder.push(None));
            }
        }
    }

    /// The column as an array, and none of it left behind.
    ///
    /// # Errors
    /// `Internal` where Arrow refuses what was built.
    pub(super) fn finish(mut self) -> Result<ArrayRef> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let nulls = self.nulls.finish();
        let data_type = self.data_type;
        let array: ArrayRef = match self.values {
            Values::Bool(values) => Arc::new(BooleanArray::new(BooleanBuffer::from(values), nulls)),
            Values::Int8(values) => primitive::<Int8Type>(values, nulls, data_type),
            Values::Int16(values) => primitive::<Int16Type>(values, nulls, data_type),
            Values::Int32(values) => primitive::<Int32Type>(values, nulls, data_type),
            Values::Int64(values) => primitive::<Int64Type>(values, nulls, data_type),
            Values::Float(values) => primitive::<Float32Type>(values, nulls, data_type),
            Values::Double(values) => primitive::<Float64Type>(values, nulls, data_type),
            Values::Decimal(values, ..) => primitive::<Decimal128Type>(values, nulls, data_type),
            Values::Date(values) => primitive::<Date32Type>(values, nulls, data_type),
            Values::Timestamp(values, _) => {
                primitive::<TimestampMicrosecondType>(values, nulls, data_type)
            }
            Values::Other(builder) => builder.finish(nulls)?,
            Values::Text(offsets, bytes) => {
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                let array = StringArray::try_new(offsets, Buffer::from_vec(bytes), nulls);
                Arc::new(array.map_err(|error| internal(&error))?)
            }
        };
        Ok(array)
    }
}

/// An Arrow error that only a bug of ours can cause.
pub(super) fn internal(error: &ArrowError) -> Error {
    Error::new(ErrorKind::Internal, error.to_string())
}

fn primitive<T: ArrowPrimitiveType>(
    values: Vec<T::Native>,
    nulls: Option<arrow_buffer::NullBuffer>,
    data_type: DataType,
) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(values.into(), nulls).with_data_type(data_type))
}

fn narrow<T: TryFrom<i64>>(field: &[u8]) -> Option<T> {
    text::parse_int(field).and_then(|value| value.try_into().ok())
}

fn parse<T: Default>(
    values: &mut Vec<T>,
    nulls: &mut NullBufferBuilder,
    fields: Fields<'_>,
    fault: impl FnMut(usize),
    read: impl Fn(&[u8]) -> Option<T>,
) {
    let Some(spelling) = fields.spelling else { return fill(values, nulls, fields, fault, read) };
    let mut scratch = Vec::new();
    let read = |text: &[u8]| read(spelling.canonical(text, &mut scratch));
    fill(values, nulls, fields, fault, read);
}

fn fill<T: Default>(
    values: &mut Vec<T>,
    nulls: &mut NullBufferBuilder,
    fields: Fields<'_>,
    mut fault: impl FnMut(usize),
    mut read: impl FnMut(&[u8]) -> Option<T>,
) {
    let null_values = fields.block.null_values;
    values.reserve(fields.block.rows.len());
    for (row, field) in fields.iter().enumerate() {
        let value = match field.plain() {
            Some(text) if !field.is_quoted() && null_values.contains(text) => {
                values.push(T::default());
                nulls.append_null();
                continue;
            }
            Some(text) => read(text),
            None if field.is_null(null_values) => {
                values.push(T::default());
                nulls.append_null();
                continue;
            }
            None => read(&field.value()),
        };
        nulls.append_non_null();
        values.push(value.unwrap_or_else(|| {
            fault(row);
            T::default()
        }));
    }
}

/// Adds the fields to a builder, which is asked for each.
fn each(
    builder: &mut dyn Builder,
    nulls: &mut NullBufferBuilder,
    fields: Fields<'_>,
    mut fault: impl FnMut(usize),
) -> Result<()> {
    let null_values = fields.block.null_values;
    let mut scratch = Vec::new();
    for (row, field) in fields.iter().enumerate() {
        if field.is_null(null_values) {
            nulls.append_null();
            builder.push(None)?;
            continue;
        }
        nulls.append_non_null();
        let value = field.value();
        let text = match fields.spelling {
            Some(spelling) => spelling.canonical(&value, &mut scratch),
            None => &value,
        };
        if !builder.push(Some(text))? {
            fault(row);
        }
    }
    Ok(())
}

/// Whether a value was one; what went wrong is kept.
fn kept(failure: &mut Option<Error>, result: Result<bool>) -> bool {
    result.unwrap_or_else(|error| {
        *failure = Some(error);
        false
    })
}

fn copy(
    offsets: &mut Vec<i32>,
    bytes: &mut Vec<u8>,
    nulls: &mut NullBufferBuilder,
    fields: Fields<'_>,
) {
    let null_values = fields.block.null_values;
    offsets.reserve(fields.block.rows.len());
    for field in fields.iter() {
        match field.plain() {
            Some(text) if is_null(field, text, null_values) => nulls.append_null(),
            Some(text) => {
                bytes.extend_from_slice(text);
                nulls.append_non_null();
            }
            None if field.is_null(null_values) => nulls.append_null(),
            None => {
                bytes.extend_from_slice(&field.value());
                nulls.append_non_null();
            }
        }
        offsets.push(end_of(bytes));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a batch has at most BATCH_BYTES_MAX and one record"
)]
fn end_of(bytes: &[u8]) -> i32 {
    bytes.len() as i32
}

fn put<T: Default>(values: &mut Vec<T>, value: Option<T>) -> bool {
    let is_value = value.is_some();
    values.push(value.unwrap_or_default());
    is_value
}

#[inline]
fn is_null(field: Field<'_>, text: &[u8], null_values: &NullValues) -> bool {
    !field.is_quoted() && null_values.contains(text)
}
