//! The values of one column of a batch under construction.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder, Float64Builder, Int8Builder,
    Int16Builder, Int32Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_schema::{DataType, TimeUnit};
use headrace_core::{Error, ErrorKind, Result};

use super::cell::Cell;

/// The values of one column.
pub(super) enum Column {
    Bool(BooleanBuilder),
    Int8(Int8Builder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float(Float32Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder, u8, i8),
    Text(StringBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder, bool),
}

/// Appends a value that is there; false where there is none.
macro_rules! append {
    ($builder:expr, $value:expr) => {
        if let Some(value) = $value {
            $builder.append_value(value);
            true
        } else {
            false
        }
    };
}

impl Column {
    /// An empty column.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where JSON has no such type.
    pub(super) fn new(data_type: &DataType) -> Result<Self> {
        Ok(match data_type {
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            DataType::Int8 => Self::Int8(Int8Builder::new()),
            DataType::Int16 => Self::Int16(Int16Builder::new()),
            DataType::Int32 => Self::Int32(Int32Builder::new()),
            DataType::Int64 => Self::Int64(Int64Builder::new()),
            DataType::Float32 => Self::Float(Float32Builder::new()),
            DataType::Float64 => Self::Double(Float64Builder::new()),
            &DataType::Decimal128(precision, scale) => {
                let builder = Decimal128Builder::new().with_data_type(data_type.clone());
                Self::Decimal(builder, precision, scale)
            }
            DataType::Utf8 => Self::Text(StringBuilder::new()),
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                let builder = TimestampMicrosecondBuilder::new().with_data_type(data_type.clone());
                Self::Timestamp(builder, zone.is_some())
            }
            other => {
                let message = format!("records cannot fill a column of type {other}");
                return Err(Error::new(ErrorKind::Config, message));
            }
        })
    }

    /// Adds `cell`; false, and nothing added, where it is no value of the column's type.
    #[must_use]
    pub(super) fn push(&mut self, cell: &Cell<'_>) -> bool {
        match self {
            Self::Bool(builder) => append!(builder, cell.bool()),
            Self::Int8(builder) => append!(builder, cell.int()),
            Self::Int16(builder) => append!(builder, cell.int()),
            Self::Int32(builder) => append!(builder, cell.int()),
            Self::Int64(builder) => append!(builder, cell.int()),
            Self::Float(builder) => append!(builder, cell.single()),
            Self::Double(builder) => append!(builder, cell.double()),
            Self::Decimal(builder, precision, scale) => {
                append!(builder, cell.decimal(*precision, *scale))
            }
            Self::Text(builder) => append!(builder, cell.text()),
            Self::Date(builder) => append!(builder, cell.date()),
            Self::Timestamp(builder, zoned) => append!(builder, cell.timestamp(*zoned)),
        }
    }

    /// Adds a null.
    pub(super) fn push_null(&mut self) {
        match self {
            Self::Bool(builder) => builder.append_null(),
            Self::Int8(builder) => builder.append_null(),
            Self::Int16(builder) => builder.append_null(),
            Self::Int32(builder) => builder.append_null(),
            Self::Int64(builder) => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Double(builder) => builder.append_null(),
            Self::Decimal(builder, ..) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Timestamp(builder, _) => builder.append_null(),
        }
    }

    /// The column as an array.
    pub(super) fn finish(self) -> ArrayRef {
        match self {
            Self::Bool(mut builder) => Arc::new(builder.finish()),
            Self::Int8(mut builder) => Arc::new(builder.finish()),
            Self::Int16(mut builder) => Arc::new(builder.finish()),
            Self::Int32(mut builder) => Arc::new(builder.finish()),
            Self::Int64(mut builder) => Arc::new(builder.finish()),
            Self::Float(mut builder) => Arc::new(builder.finish()),
            Self::Double(mut builder) => Arc::new(builder.finish()),
            Self::Decimal(mut builder, ..) => Arc::new(builder.finish()),
            Self::Text(mut builder) => Arc::new(builder.finish()),
            Self::Date(mut builder) => Arc::new(builder.finish()),
            Self::Timestamp(mut builder, _) => Arc::new(builder.finish()),
        }
    }
}
