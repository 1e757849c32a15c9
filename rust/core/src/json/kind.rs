//! What the values of a key have in common, and the column type that holds them all.

use std::sync::Arc;

use arrow_schema::{DECIMAL128_MAX_PRECISION, DataType, Field, Fields, TimeUnit};

use super::fault::{Fault, Read};
use crate::types;

/// Digits of the widest decimal.
const MAX_DECIMAL_DIGITS: usize = 38;

/// What all values of a key seen so far have in common.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool,
    /// Digits of the longest, whether each fits an int64, and each a double exactly.
    Int {
        digits: usize,
        is_long: bool,
        is_exact: bool,
    },
    Float,
    /// Most digits before and after the point.
    Decimal {
        whole: usize,
        scale: usize,
    },
    Text,
    Bytes,
    Uuid,
    Json,
    Date,
    /// Most digits of a second's fraction.
    Time {
        digits: usize,
    },
    Timestamp {
        digits: usize,
        is_zoned: bool,
    },
    List(Box<Kind>),
    /// Members in order of first appearance.
    Struct(Vec<(String, Kind)>),
    Map(Box<(Kind, Kind)>),
}

/// Digits of a second that a microsecond has.
const MICRO_DIGITS: usize = 6;

impl Kind {
    /// What it is called in a message.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "booleans",
            Self::Int { .. } => "integers",
            Self::Float => "floats",
            Self::Decimal { .. } => "decimals",
            Self::Text => "strings",
            Self::Bytes => "bytes",
            Self::Uuid => "UUIDs",
            Self::Json => "JSON texts",
            Self::Date => "dates",
            Self::Time { .. } => "times",
            Self::Timestamp { is_zoned: false, .. } => "timestamps without a zone",
            Self::Timestamp { is_zoned: true, .. } => "timestamps with a zone",
            Self::List(_) => "lists",
            Self::Struct(_) => "objects",
            Self::Map(_) => "maps",
        }
    }

    /// Whether keys of a map may be so.
    const fn is_key(&self) -> bool {
        !matches!(self, Self::Float | Self::Json | Self::List(_) | Self::Struct(_) | Self::Map(_))
    }

    /// Makes this what holds `found` too, a value at byte `at`.
    ///
    /// # Errors
    /// Where nothing holds both; this is then as before.
    pub(super) fn join(&mut self, found: Self, at: usize) -> Read<()> {
        let joined = match (&mut *self, found) {
            (_, Self::Null) => return Ok(()),
            (Self::Null, other) => other,
            (
                &mut Self::Int { digits: a, is_long, is_exact },
                Self::Int { digits: b, is_long: long, is_exact: exact },
            ) => Self::Int {
                digits: a.max(b),
                is_long: is_long && long,
                is_exact: is_exact && exact,
            },
            (Self::Int { is_exact: true, .. }, Self::Float)
            | (Self::Float, Self::Int { is_exact: true, .. }) => Self::Float,
            (Self::Int { is_exact: false, .. }, Self::Float)
            | (Self::Float, Self::Int { is_exact: false, .. }) => {
                return Err(Fault::unfit("holds floats and an integer that no double is", at));
            }
            (&mut Self::Int { digits, .. }, Self::Decimal { whole, scale })
            | (&mut Self::Decimal { whole, scale }, Self::Int { digits, .. }) => {
                Self::Decimal { whole: whole.max(digits), scale }
            }
            (&mut Self::Decimal { whole: a, scale: b }, Self::Decimal { whole, scale }) => {
                Self::Decimal { whole: a.max(whole), scale: b.max(scale) }
            }
            (&mut Self::Time { digits: a }, Self::Time { digits }) => {
                Self::Time { digits: a.max(digits) }
            }
            (
                &mut Self::Timestamp { digits: a, is_zoned },
                Self::Timestamp { digits, is_zoned: zoned },
            ) if is_zoned == zoned => Self::Timestamp { digits: a.max(digits), is_zoned },
            (Self::List(items), Self::List(found)) => return items.join(*found, at),
            (Self::Map(entries), Self::Map(found)) => {
                let (key, value) = *found;
                return entries.0.join(key, at).and_then(|()| entries.1.join(value, at));
            }
            (Self::Struct(members), Self::Struct(found)) => {
                return join_members(members, found, at);
            }
            (known, found) if *known == found => return Ok(()),
            (known, found) => {
                let what = format!("holds {} and {}", known.name(), found.name());
                return Err(Fault::unfit(what, at));
            }
        };
        *self = joined;
        Ok(())
    }

    /// The column of these values. Nothing but nulls are a string.
    ///
    /// # Errors
    /// Where no column type holds them.
    pub(super) fn field(&self, name: &str, is_nullable: bool) -> Read<Field> {
        let spelling = match self {
            Self::Uuid => Some("uuid"),
            Self::Json => Some("json"),
            _ => None,
        };
        let field = match spelling {
            // Types that are one only by their field.
            Some(spelling) => types::field(name, spelling, is_nullable)
                .map_err(|error| Fault::unplaced(error.message())),
            None => self.data_type().map(|found| Field::new(name, found, is_nullable)),
        };
        field.map_err(|fault| fault.within_key(name))
    }

    fn data_type(&self) -> Read<DataType> {
        Ok(match self {
            Self::Null | Self::Text | Self::Json => DataType::Utf8,
            Self::Bool => DataType::Boolean,
            Self::Int { is_long: true, .. } => DataType::Int64,
            Self::Int { digits, .. } => decimal(*digits, 0)?,
            Self::Decimal { whole, scale } => decimal(*whole, *scale)?,
            Self::Float => DataType::Float64,
            Self::Bytes => DataType::Binary,
            Self::Uuid => DataType::FixedSizeBinary(types::UUID_BYTES),
            Self::Date => DataType::Date32,
            Self::Time { digits } => DataType::Time64(unit(*digits)),
            Self::Timestamp { digits, is_zoned } => {
                DataType::Timestamp(unit(*digits), is_zoned.then(|| "UTC".into()))
            }
            Self::List(item) => DataType::List(Arc::new(item.field("item", true)?)),
            Self::Struct(members) if members.is_empty() => {
                return Err(Fault::unplaced("holds objects without a member"));
            }
            Self::Struct(members) => {
                let members = members.iter().map(|(name, kind)| kind.field(name, true));
                DataType::Struct(members.collect::<Read<Fields>>()?)
            }
            Self::Map(entries) => {
                let (key, value) = &**entries;
                if !key.is_key() {
                    let what = format!("holds a map whose keys are {}", key.name());
                    return Err(Fault::unplaced(&what));
                }
                let pair = [key.field("key", false)?, value.field("value", true)?];
                let entries = DataType::Struct(Fields::from_iter(pair));
                DataType::Map(Arc::new(Field::new("entries", entries, false)), false)
            }
        })
    }
}

/// The decimal of so many digits.
fn decimal(whole: usize, scale: usize) -> Read<DataType> {
    let fits = whole.saturating_add(scale) <= MAX_DECIMAL_DIGITS;
    match i8::try_from(scale) {
        Ok(scale) if fits => Ok(DataType::Decimal128(DECIMAL128_MAX_PRECISION, scale)),
        _ => Err(Fault::unplaced(&format!("needs over {MAX_DECIMAL_DIGITS} digits"))),
    }
}

/// Microseconds, as everywhere where none is declared, or what finer fractions need.
pub(super) fn unit(digits: usize) -> TimeUnit {
    if digits > MICRO_DIGITS { TimeUnit::Nanosecond } else { TimeUnit::Microsecond }
}

/// Joins the kinds of objects member by member; a member that some lack is null there.
pub(super) fn join_members(
    members: &mut Vec<(String, Kind)>,
    found: Vec<(String, Kind)>,
    at: usize,
) -> Read<()> {
    for (index, (name, kind)) in found.into_iter().enumerate() {
        // Objects mostly agree on their order.
        let known = match members.get(index) {
            Some((known, _)) if *known == name => Some(index),
            _ => members.iter().position(|(known, _)| *known == name),
        };
        match known {
            Some(known) => {
                let joined = members[known].1.join(kind, at);
                joined.map_err(|fault| fault.within_key(&name))?;
            }
            None => members.push((name, kind)),
        }
    }
    Ok(())
}
