//! What the values of a key have in common, and the column type that holds them all: the types of
//! records that nobody has declared.

use std::sync::Arc;

use arrow_schema::{DECIMAL128_MAX_PRECISION, DataType, Field, Fields, TimeUnit};

use crate::{text, types};

/// Digits of the widest decimal.
const MAX_DECIMAL_DIGITS: usize = 38;

/// What all values of a key seen so far have in common.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Nothing: no value is known.
    Null,
    /// Booleans.
    Bool,
    /// Digits of the longest, whether each fits an int64, and each a double exactly.
    #[allow(missing_docs, reason = "above")]
    Int { digits: usize, is_long: bool, is_exact: bool },
    /// Floating point.
    Float,
    /// Most digits before and after the point.
    #[allow(missing_docs, reason = "above")]
    Decimal { whole: usize, scale: usize },
    /// Strings.
    Text,
    /// Binary data.
    Bytes,
    /// UUIDs.
    Uuid,
    /// JSON texts.
    Json,
    /// Dates.
    Date,
    /// Times; most digits of a second's fraction.
    #[allow(missing_docs, reason = "above")]
    Time { digits: usize },
    /// Timestamps; most digits of a second's fraction, and whether they name instants.
    #[allow(missing_docs, reason = "above")]
    Timestamp { digits: usize, is_zoned: bool },
    /// Lists of such items.
    List(Box<Kind>),
    /// Structs; members in order of first appearance.
    Struct(Vec<(String, Kind)>),
    /// Maps from such keys to such values.
    Map(Box<(Kind, Kind)>),
}

/// Values of two kinds that no column holds both of, or of one that none holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// To the value within the key's own: `.city`; empty for itself.
    pub path: String,
    /// What the column would hold, in words.
    pub what: String,
}

impl Clash {
    fn new(what: impl Into<String>) -> Self {
        Self { path: String::new(), what: what.into() }
    }

    /// The same, seen from the object that has it at `key`.
    #[must_use]
    pub fn within_key(mut self, key: &str) -> Self {
        if !self.path.is_empty() && !self.path.starts_with('[') {
            self.path.insert(0, '.');
        }
        self.path.insert_str(0, text::excerpt(key));
        self
    }
}

/// Digits of a second that a microsecond has.
const MICRO_DIGITS: usize = 6;

impl Kind {
    /// What it is called in a message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
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

    /// Makes this what holds `found` too.
    ///
    /// # Errors
    /// Where nothing holds both; this is then as before.
    pub fn join(&mut self, found: Self) -> Result<(), Clash> {
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
                return Err(Clash::new("holds floats and an integer that no double is"));
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
            (Self::List(items), Self::List(found)) => return items.join(*found),
            (Self::Map(entries), Self::Map(found)) => {
                let (key, value) = *found;
                return entries.0.join(key).and_then(|()| entries.1.join(value));
            }
            (Self::Struct(members), Self::Struct(found)) => {
                return join_members(members, found);
            }
            (known, found) if *known == found => return Ok(()),
            (known, found) => {
                let what = format!("holds {} and {}", known.name(), found.name());
                return Err(Clash::new(what));
            }
        };
        *self = joined;
        Ok(())
    }

    /// The column of these values. Nothing but nulls are a string.
    ///
    /// # Errors
    /// Where no column type holds them.
    pub fn field(&self, name: &str, is_nullable: bool) -> Result<Field, Clash> {
        let spelling = match self {
            Self::Uuid => Some("uuid"),
            Self::Json => Some("json"),
            _ => None,
        };
        let field = match spelling {
            // Types that are one only by their field.
            Some(spelling) => types::field(name, spelling, is_nullable)
                .map_err(|error| Clash::new(error.message())),
            None => self.data_type().map(|found| Field::new(name, found, is_nullable)),
        };
        field.map_err(|clash| clash.within_key(name))
    }

    fn data_type(&self) -> Result<DataType, Clash> {
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
                return Err(Clash::new("holds objects without a member"));
            }
            Self::Struct(members) => {
                let members = members.iter().map(|(name, kind)| kind.field(name, true));
                DataType::Struct(members.collect::<Result<Fields, Clash>>()?)
            }
            Self::Map(entries) => {
                let (key, value) = &**entries;
                if !key.is_key() {
                    return Err(Clash::new(format!("holds a map whose keys are {}", key.name())));
                }
                let pair = [key.field("key", false)?, value.field("value", true)?];
                let entries = DataType::Struct(Fields::from_iter(pair));
                DataType::Map(Arc::new(Field::new("entries", entries, false)), false)
            }
        })
    }
}

/// The decimal of so many digits.
fn decimal(whole: usize, scale: usize) -> Result<DataType, Clash> {
    let fits = whole.saturating_add(scale) <= MAX_DECIMAL_DIGITS;
    match i8::try_from(scale) {
        Ok(scale) if fits => Ok(DataType::Decimal128(DECIMAL128_MAX_PRECISION, scale)),
        _ => Err(Clash::new(format!("needs over {MAX_DECIMAL_DIGITS} digits"))),
    }
}

/// Microseconds, as everywhere where none is declared, or what finer fractions need.
#[must_use]
pub fn unit(digits: usize) -> TimeUnit {
    if digits > MICRO_DIGITS { TimeUnit::Nanosecond } else { TimeUnit::Microsecond }
}

/// Joins the kinds of objects member by member; a member that some lack is null there.
///
/// # Errors
/// As [`Kind::join`]; the members before are then joined.
pub fn join_members(
    members: &mut Vec<(String, Kind)>,
    found: Vec<(String, Kind)>,
) -> Result<(), Clash> {
    for (index, (name, kind)) in found.into_iter().enumerate() {
        // Objects mostly agree on their order.
        let known = match members.get(index) {
            Some((known, _)) if *known == name => Some(index),
            _ => members.iter().position(|(known, _)| *known == name),
        };
        match known {
            Some(known) => {
                let joined = members[known].1.join(kind);
                joined.map_err(|clash| clash.within_key(&name))?;
            }
            None => members.push((name, kind)),
        }
    }
    Ok(())
}
