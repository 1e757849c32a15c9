//! The values of one column of a batch under construction.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Decimal128Builder, FixedSizeBinaryBuilder, Float32Builder,
    Float64Builder, Int8Builder, Int16Builder, Int32Builder, Int64Builder, StringBuilder,
};
use arrow_array::{Array, ArrayRef, make_array};
use arrow_schema::{DataType, Field, FieldRef, TimeUnit};

use super::Form;
use super::cell;
use super::cursor::{Cursor, Token};
use super::fault::{Fault, Read};
use super::list::ListColumn;
use super::map::MapColumn;
use super::members::StructColumn;
use crate::{Error, ErrorKind, Location, Result, text, types};

/// A field and its values.
pub(super) struct Column {
    field: FieldRef,
    values: Values,
}

/// The values of one column. Dates and times are the numbers that store them.
enum Values {
    Bool(BooleanBuilder),
    Int8(Int8Builder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float(Float32Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder, u8, i8),
    String(StringBuilder),
    Json(StringBuilder, Form),
    Binary(BinaryBuilder, Vec<u8>),
    Uuid(FixedSizeBinaryBuilder),
    Date(Int32Builder),
    Time32(Int32Builder, TimeUnit),
    Time64(Int64Builder, TimeUnit),
    Timestamp(Int64Builder, TimeUnit, bool),
    List(Box<ListColumn>),
    Struct(Box<StructColumn>),
    Map(Box<MapColumn>),
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

/// The same for each kind of values that has a builder.
macro_rules! with_builder {
    ($values:expr, $builder:ident => $then:expr, $nested:ident => $nested_then:expr) => {
        match $values {
            Values::Bool($builder) => $then,
            Values::Int8($builder) => $then,
            Values::Int16($builder) => $then,
            Values::Int32($builder) | Values::Date($builder) | Values::Time32($builder, _) => $then,
            Values::Int64($builder)
            | Values::Time64($builder, _)
            | Values::Timestamp($builder, ..) => $then,
            Values::Float($builder) => $then,
            Values::Double($builder) => $then,
            Values::Decimal($builder, ..) => $then,
            Values::String($builder) | Values::Json($builder, _) => $then,
            Values::Binary($builder, _) => $then,
            Values::Uuid($builder) => $then,
            Values::List($nested) => $nested_then,
            Values::Struct($nested) => $nested_then,
            Values::Map($nested) => $nested_then,
        }
    };
}

impl Column {
    /// An empty column.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where headrace has no such column type.
    pub(super) fn new(field: &FieldRef, form: Form) -> Result<Self> {
        Ok(Self { field: Arc::clone(field), values: Values::new(field, form)? })
    }

    pub(super) fn field(&self) -> &Field {
        &self.field
    }

    /// Reads the next value.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Read<()> {
        let token = cursor.peek()?;
        let at = cursor.at();
        if token == Token::Null {
            cursor.null()?;
            return self.push_null(at);
        }
        if self.values.read(token, cursor)? {
            return Ok(());
        }
        let complaint = text::complaint(&self.field);
        Err(Fault::unfit(format!("{} {complaint}", token.name()), at))
    }

    /// Adds the null, or the lack of a value, that the JSON has at byte `at`.
    pub(super) fn push_null(&mut self, at: usize) -> Read<()> {
        if !self.field.is_nullable() {
            return Err(Fault::unfit("is null or missing though it is required", at));
        }
        self.pad();
        Ok(())
    }

    /// Adds a null whatever the field says, for what lies within a null.
    pub(super) fn pad(&mut self) {
        with_builder!(&mut self.values, builder => builder.append_null(), nested => nested.pad());
    }

    /// The column as an array.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] only.
    pub(super) fn finish(self) -> Result<ArrayRef> {
        let array: ArrayRef = with_builder!(
            self.values,
            builder => { let mut builder = builder; Arc::new(builder.finish()) },
            nested => nested.finish()?
        );
        if array.data_type() == self.field.data_type() {
            return Ok(array);
        }
        // Numbers become the dates and times that they store.
        let data_type = self.field.data_type().clone();
        let data = array.into_data().into_builder().data_type(data_type).build();
        data.map(make_array).map_err(|error| internal(&error))
    }
}

/// What Arrow has to object to a batch of our own making.
pub(super) fn internal(error: &arrow_schema::ArrowError) -> Error {
    Error::new(ErrorKind::Internal, error.to_string())
}

impl Values {
    fn new(field: &FieldRef, form: Form) -> Result<Self> {
        Ok(match field.data_type() {
            _ if types::is_json(field) => Self::Json(StringBuilder::new(), form),
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            DataType::Int8 => Self::Int8(Int8Builder::new()),
            DataType::Int16 => Self::Int16(Int16Builder::new()),
            DataType::Int32 => Self::Int32(Int32Builder::new()),
            DataType::Int64 => Self::Int64(Int64Builder::new()),
            DataType::Float32 => Self::Float(Float32Builder::new()),
            DataType::Float64 => Self::Double(Float64Builder::new()),
            data_type @ &DataType::Decimal128(precision, scale) => {
                let builder = Decimal128Builder::new().with_data_type(data_type.clone());
                Self::Decimal(builder, precision, scale)
            }
            DataType::Utf8 => Self::String(StringBuilder::new()),
            DataType::Binary => Self::Binary(BinaryBuilder::new(), Vec::new()),
            &DataType::FixedSizeBinary(types::UUID_BYTES) => {
                Self::Uuid(FixedSizeBinaryBuilder::new(types::UUID_BYTES))
            }
            DataType::Date32 => Self::Date(Int32Builder::new()),
            &DataType::Time32(unit) => Self::Time32(Int32Builder::new(), unit),
            &DataType::Time64(unit) => Self::Time64(Int64Builder::new(), unit),
            &DataType::Timestamp(unit, ref zone) => {
                Self::Timestamp(Int64Builder::new(), unit, zone.is_some())
            }
            DataType::List(item) => Self::List(Box::new(ListColumn::new(item, form)?)),
            DataType::Struct(fields) if !fields.is_empty() => {
                Self::Struct(Box::new(StructColumn::new(fields, form)?))
            }
            DataType::Map(entries, false) => Self::Map(Box::new(MapColumn::new(entries, form)?)),
            _ => return Err(no_form(field)),
        })
    }

    /// Reads a value that is not null; false, and nothing added, where it is none of the type.
    fn read(&mut self, token: Token, cursor: &mut Cursor<'_>) -> Read<bool> {
        Ok(match self {
            Self::Bool(builder) if token == Token::Bool => {
                builder.append_value(cursor.bool()?);
                true
            }
            Self::Bool(_) => false,
            Self::Int8(builder) => append!(builder, cell::int(token, cursor)?),
            Self::Int16(builder) => append!(builder, cell::int(token, cursor)?),
            Self::Int32(builder) => append!(builder, cell::int(token, cursor)?),
            Self::Int64(builder) => append!(builder, cell::int(token, cursor)?),
            Self::Float(builder) => append!(builder, cell::single(token, cursor)?),
            Self::Double(builder) => append!(builder, cell::double(token, cursor)?),
            Self::Decimal(builder, precision, scale) => {
                append!(builder, cell::decimal(token, cursor, *precision, *scale)?)
            }
            Self::String(builder) => {
                let append = |text: &str| {
                    builder.append_value(text);
                    Some(())
                };
                cell::text(token, cursor, append)?.is_some()
            }
            Self::Json(builder, Form::Plain) => {
                let value = cursor.raw()?;
                text::is_json(value.as_bytes()).then(|| builder.append_value(value)).is_some()
            }
            Self::Json(builder, Form::Tagged) => {
                let append =
                    |text: &str| text::is_json(text.as_bytes()).then(|| builder.append_value(text));
                cell::text_or_tag(token, cursor, "\"$json\"", append)?.is_some()
            }
            Self::Binary(builder, bytes) => {
                // Without its tag a text would be taken for bytes that it only resembles.
                let decode = |text: &str| {
                    bytes.clear();
                    text::decode_binary(text.as_bytes(), bytes)
                        .then(|| builder.append_value(&bytes))
                };
                let read = |token, cursor: &mut Cursor<'_>| cell::text(token, cursor, decode);
                token == Token::Object && cell::tagged(cursor, "\"$bytes\"", read)?.is_some()
            }
            Self::Uuid(builder) => {
                let parse = |text: &str| text::parse_uuid(text.as_bytes());
                let bytes = cell::text_or_tag(token, cursor, "\"$uuid\"", parse)?;
                // The builder refuses bytes of another length only.
                bytes.is_some_and(|bytes| builder.append_value(bytes).is_ok())
            }
            Self::Date(builder) => {
                let parse = |text: &str| text::parse_date(text.as_bytes());
                append!(builder, cell::moment(token, cursor, "\"$date\"", parse)?)
            }
            Self::Time32(builder, unit) => {
                let parse = |text: &str| text::parse_time(text.as_bytes(), *unit);
                let value = cell::text_or_tag(token, cursor, "\"$time\"", parse)?;
                append!(builder, value.and_then(|value| i32::try_from(value).ok()))
            }
            Self::Time64(builder, unit) => {
                let parse = |text: &str| text::parse_time(text.as_bytes(), *unit);
                append!(builder, cell::text_or_tag(token, cursor, "\"$time\"", parse)?)
            }
            Self::Timestamp(builder, unit, zoned) => {
                let parse = |text: &str| text::parse_timestamp(text.as_bytes(), *unit, *zoned);
                append!(builder, cell::moment(token, cursor, "\"$timestamp\"", parse)?)
            }
            Self::List(list) => token == Token::Array && list.read(cursor)?,
            Self::Struct(columns) => token == Token::Object && columns.read(cursor)?,
            Self::Map(map) => map.read(token, cursor)?,
        })
    }
}

/// A column type that has no form in JSON.
pub(super) fn no_form(field: &Field) -> Error {
    let message = format!("records have no form for a {}", types::spelled(field));
    let location = Location { field: Some(field.name().clone()), ..Location::default() };
    Error::new(ErrorKind::Config, message).at(location)
}
