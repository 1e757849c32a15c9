//! Columns whose values take long enough to read that a call for each of them is no matter.

use std::sync::Arc;

use arrow_array::types::{ArrowPrimitiveType, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, PrimitiveArray, make_array};
use arrow_buffer::{Buffer, NullBuffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, FieldRef};

use super::{end_of, internal};
use crate::json::JsonTexts;
use crate::{Error, ErrorKind, Result, text, types};

/// The values of such a column.
pub(super) trait Builder: Send {
    /// Adds the value that `text` is; false where it is none, and a placeholder stands for it, as
    /// it does for a null.
    fn push(&mut self, text: Option<&[u8]>) -> Result<bool>;

    /// The column as an array.
    fn finish(self: Box<Self>, nulls: Option<NullBuffer>) -> Result<ArrayRef>;
}

/// An empty column of `field`.
///
/// # Errors
/// `Config` where CSV has no such type.
pub(super) fn builder(field: &FieldRef) -> Result<Box<dyn Builder>> {
    let data_type = field.data_type().clone();
    Ok(match data_type {
        _ if types::is_json(field) => Box::new(Bytes::new(data_type, |text, bytes| {
            bytes.extend_from_slice(text);
            text::is_json(text)
        })),
        _ if types::is_uuid(field) => Box::new(Uuids(Vec::new())),
        DataType::Time32(unit) => {
            Box::new(Numbers::<Int32Type, _>::new(data_type, move |text: &[u8]| {
                text::parse_time(text, unit)?.try_into().ok()
            }))
        }
        DataType::Time64(unit) => {
            Box::new(Numbers::<Int64Type, _>::new(data_type, move |text: &[u8]| {
                text::parse_time(text, unit)
            }))
        }
        DataType::Timestamp(unit, ref zone) => {
            let zoned = zone.is_some();
            Box::new(Numbers::<Int64Type, _>::new(data_type, move |text: &[u8]| {
                text::parse_timestamp(text, unit, zoned)
            }))
        }
        DataType::Binary => Box::new(Bytes::new(data_type, text::decode_binary)),
        DataType::List(_) | DataType::Struct(_) | DataType::Map(..) => {
            // Whether a null may be is for the contract to say, behind the reader.
            let field = Arc::new(field.as_ref().clone().with_nullable(true));
            Box::new(Nested(JsonTexts::new(&field)?, 0))
        }
        other => {
            let message = format!("a CSV column cannot have type {other}");
            return Err(Error::new(ErrorKind::Config, message));
        }
    })
}

/// Times and timestamps, as the numbers that store them.
struct Numbers<T: ArrowPrimitiveType, R> {
    values: Vec<T::Native>,
    data_type: DataType,
    read: R,
}

impl<T: ArrowPrimitiveType, R: Fn(&[u8]) -> Option<T::Native>> Numbers<T, R> {
    fn new(data_type: DataType, read: R) -> Self {
        Self { values: Vec::new(), data_type, read }
    }
}

impl<T: ArrowPrimitiveType, R: Fn(&[u8]) -> Option<T::Native> + Send> Builder for Numbers<T, R> {
    fn push(&mut self, text: Option<&[u8]>) -> Result<bool> {
        let value = text.and_then(&self.read);
        self.values.push(value.unwrap_or_default());
        Ok(value.is_some())
    }

    fn finish(self: Box<Self>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        let array = PrimitiveArray::<T>::new(self.values.into(), nulls);
        let data = array.into_data().into_builder().data_type(self.data_type).build();
        data.map(make_array).map_err(|error| internal(&error))
    }
}

/// Bytes, or texts that not every text is.
struct Bytes {
    data_type: DataType,
    offsets: Vec<i32>,
    data: Vec<u8>,
    /// Adds what a text stands for; false where it stands for nothing.
    read: fn(&[u8], &mut Vec<u8>) -> bool,
}

impl Bytes {
    fn new(data_type: DataType, read: fn(&[u8], &mut Vec<u8>) -> bool) -> Self {
        Self { data_type, offsets: vec![0], data: Vec::new(), read }
    }
}

impl Builder for Bytes {
    fn push(&mut self, text: Option<&[u8]>) -> Result<bool> {
        let start = self.data.len();
        let is_value = text.is_some_and(|text| (self.read)(text, &mut self.data));
        if !is_value {
            self.data.truncate(start);
        }
        self.offsets.push(end_of(&self.data));
        Ok(is_value)
    }

    fn finish(self: Box<Self>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        let data = ArrayData::builder(self.data_type)
            .len(self.offsets.len() - 1)
            .nulls(nulls)
            .add_buffer(Buffer::from_vec(self.offsets))
            .add_buffer(Buffer::from_vec(self.data));
        data.build().map(make_array).map_err(|error| internal(&error))
    }
}

struct Uuids(Vec<u8>);

impl Builder for Uuids {
    fn push(&mut self, text: Option<&[u8]>) -> Result<bool> {
        let value = text.and_then(text::parse_uuid);
        self.0.extend_from_slice(&value.unwrap_or_default());
        Ok(value.is_some())
    }

    fn finish(self: Box<Self>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        let bytes = Buffer::from_vec(self.0);
        let array = FixedSizeBinaryArray::try_new(types::UUID_BYTES, bytes, nulls);
        Ok(Arc::new(array.map_err(|error| internal(&error))?))
    }
}

/// Lists, structs and maps as JSON, and the texts since memory was given back.
struct Nested(JsonTexts, usize);

/// Texts that are tried before the memory of the trial is given back.
const TRIED_TEXTS: usize = 1024;

impl Builder for Nested {
    fn push(&mut self, text: Option<&[u8]>) -> Result<bool> {
        let is_value = match text {
            Some(text) => self.0.push(text)?,
            None => false,
        };
        if !is_value {
            self.0.push_null();
        }
        self.1 += 1;
        if self.1 == TRIED_TEXTS {
            self.0.forget()?;
            self.1 = 0;
        }
        Ok(is_value)
    }

    /// The JSON knows its own nulls.
    fn finish(self: Box<Self>, _nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        self.0.finish()
    }
}
