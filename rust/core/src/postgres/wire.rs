//! How values of a type come over the wire, and the columns that hold them.

use std::str::FromStr;

use arrow_schema::{DataType, Field};

use crate::{Error, ErrorKind, types};

/// How the values of a column come: a type's own binary format.
///
/// <https://www.postgresql.org/docs/current/sql-copy.html>, and the `…send` function of each type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wire {
    /// One byte.
    Bool,
    /// Two bytes.
    Int2,
    /// Four bytes.
    Int4,
    /// Eight bytes.
    Int8,
    /// Four bytes without a sign.
    Oid,
    /// Four bytes.
    Float4,
    /// Eight bytes.
    Float8,
    /// Digits to the base 10,000.
    Numeric,
    /// Characters.
    Text,
    /// Bytes.
    Bytea,
    /// Days since 2000.
    Date,
    /// Microseconds since midnight.
    Time,
    /// Microseconds since 2000, on some clock.
    Timestamp,
    /// Microseconds since 2000 in UTC.
    Timestamptz,
    /// Microseconds, days and months.
    Interval,
    /// Sixteen bytes.
    Uuid,
    /// Characters.
    Json,
    /// A version, and characters.
    Jsonb,
    /// Dimensions, and items.
    List(Box<Wire>),
}

/// A type that is decoded, by its number in the catalog.
#[derive(Debug)]
pub struct Known {
    /// Its number in `pg_type`.
    pub oid: u32,
    /// That of the arrays of it.
    pub array_oid: u32,
    /// How it comes, as [`Wire`] is written.
    pub wire: &'static str,
    /// How SQL calls it.
    pub sql: &'static str,
    /// The column's type where no contract tells another.
    pub arrow: &'static str,
    /// What else a contract may tell, and what is no value of the column.
    pub note: &'static str,
}

/// Every type that is decoded.
///
/// Source: `pg_type.dat` of Postgres; the numbers of built-in types never change.
#[rustfmt::skip]
pub const KNOWN: [Known; 21] = [
    Known { oid: 16, array_oid: 1000, wire: "bool", sql: "boolean", arrow: "bool", note: "" },
    Known { oid: 21, array_oid: 1005, wire: "int2", sql: "smallint", arrow: "int16", note: "or any integer type that has room for each value" },
    Known { oid: 23, array_oid: 1007, wire: "int4", sql: "integer", arrow: "int32", note: "likewise" },
    Known { oid: 20, array_oid: 1016, wire: "int8", sql: "bigint", arrow: "int64", note: "likewise" },
    Known { oid: 26, array_oid: 1028, wire: "oid", sql: "oid", arrow: "int64", note: "likewise" },
    Known { oid: 700, array_oid: 1021, wire: "float4", sql: "real", arrow: "float", note: "or `double`" },
    Known { oid: 701, array_oid: 1022, wire: "float8", sql: "double precision", arrow: "double", note: "" },
    Known { oid: 1700, array_oid: 1231, wire: "numeric", sql: "numeric(p, s)", arrow: "decimal128(p, s)", note: "`string` where p is not given or above 38; or any decimal that holds each value exactly, or an integer; NaN and infinities are refused by all but `string`" },
    Known { oid: 25, array_oid: 1009, wire: "text", sql: "text", arrow: "string", note: "" },
    Known { oid: 1043, array_oid: 1015, wire: "text", sql: "varchar(n)", arrow: "string", note: "" },
    Known { oid: 1042, array_oid: 1014, wire: "text", sql: "char(n)", arrow: "string", note: "padded with spaces, as Postgres gives it" },
    Known { oid: 19, array_oid: 1003, wire: "text", sql: "name", arrow: "string", note: "" },
    Known { oid: 17, array_oid: 1001, wire: "bytea", sql: "bytea", arrow: "binary", note: "" },
    Known { oid: 1082, array_oid: 1182, wire: "date", sql: "date", arrow: "date32[day]", note: "infinities are refused" },
    Known { oid: 1083, array_oid: 1183, wire: "time", sql: "time", arrow: "time64[us]", note: "or another unit that holds each value; 24:00:00 is refused" },
    Known { oid: 1114, array_oid: 1115, wire: "timestamp", sql: "timestamp", arrow: "timestamp[us]", note: "or another unit that holds each value; infinities are refused" },
    Known { oid: 1184, array_oid: 1185, wire: "timestamptz", sql: "timestamptz", arrow: "timestamp[us, tz=UTC]", note: "likewise; an instant, whatever the session's zone" },
    Known { oid: 1186, array_oid: 1187, wire: "interval", sql: "interval", arrow: "string", note: "ISO 8601: `P1Y2M3DT4H5M6.7S`; infinities are refused" },
    Known { oid: 2950, array_oid: 2951, wire: "uuid", sql: "uuid", arrow: "extension<arrow.uuid>", note: "or `string`" },
    Known { oid: 114, array_oid: 199, wire: "json", sql: "json", arrow: "extension<arrow.json>", note: "or `string`" },
    Known { oid: 3802, array_oid: 3807, wire: "jsonb", sql: "jsonb", arrow: "extension<arrow.json>", note: "or `string`" },
];

/// The header of a value in a catalog's modifier.
const MODIFIER_HEADER: i32 = 4;

impl Wire {
    /// Whether a column of `field` can take such values: every one, or each that fits exactly.
    #[must_use]
    pub fn fits(&self, field: &Field) -> bool {
        use DataType as T;
        let data_type = field.data_type();
        if types::is_uuid(field) {
            return *self == Self::Uuid;
        }
        if types::is_json(field) {
            return matches!(self, Self::Json | Self::Jsonb);
        }
        match self {
            Self::Bool => *data_type == T::Boolean,
            Self::Int2 | Self::Int4 | Self::Int8 | Self::Oid => is_int(data_type),
            Self::Float4 => matches!(data_type, T::Float32 | T::Float64),
            Self::Float8 => *data_type == T::Float64,
            Self::Numeric => matches!(data_type, T::Decimal128(..) | T::Utf8) || is_int(data_type),
            Self::Bytea => *data_type == T::Binary,
            Self::Date => *data_type == T::Date32,
            Self::Time => matches!(data_type, T::Time32(_) | T::Time64(_)),
            Self::Timestamp => matches!(data_type, T::Timestamp(_, None)),
            Self::Timestamptz => matches!(data_type, T::Timestamp(_, Some(_))),
            Self::Text | Self::Interval | Self::Uuid | Self::Json | Self::Jsonb => {
                *data_type == T::Utf8
            }
            Self::List(item) => match data_type {
                T::List(field) => item.fits(field),
                _ => false,
            },
        }
    }

    /// The column type of such values where no contract tells one.
    ///
    /// `modifier` is the catalog's for the column, -1 where there is none.
    #[must_use]
    pub fn spelling(&self, modifier: i32) -> String {
        match self {
            Self::List(item) => format!("list<item: {}>", item.spelling(modifier)),
            Self::Numeric => decimal(modifier).unwrap_or_else(|| "string".to_owned()),
            other => {
                let name = other.to_string();
                let known = KNOWN.iter().find(|known| known.wire == name);
                known.map_or("string", |known| known.arrow).to_owned()
            }
        }
    }
}

/// The decimal that holds every `numeric` of that modifier, where one does.
fn decimal(modifier: i32) -> Option<String> {
    let packed = modifier.checked_sub(MODIFIER_HEADER).filter(|packed| *packed >= 0)?;
    let precision = (packed >> 16) & 0xffff;
    // Eleven bits with a sign: a scale may be negative, or above the precision.
    let scale = ((packed & 0x7ff) ^ 1024) - 1024;
    let (digits, scale) = match scale {
        ..0 => (precision - scale, 0),
        _ => (precision.max(scale), scale),
    };
    (1..=38).contains(&digits).then(|| format!("decimal128({digits}, {scale})"))
}

pub(super) fn is_int(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64)
}

const NAMES: [(&str, Wire); 18] = [
    ("bool", Wire::Bool),
    ("int2", Wire::Int2),
    ("int4", Wire::Int4),
    ("int8", Wire::Int8),
    ("oid", Wire::Oid),
    ("float4", Wire::Float4),
    ("float8", Wire::Float8),
    ("numeric", Wire::Numeric),
    ("text", Wire::Text),
    ("bytea", Wire::Bytea),
    ("date", Wire::Date),
    ("time", Wire::Time),
    ("timestamp", Wire::Timestamp),
    ("timestamptz", Wire::Timestamptz),
    ("interval", Wire::Interval),
    ("uuid", Wire::Uuid),
    ("json", Wire::Json),
    ("jsonb", Wire::Jsonb),
];

impl FromStr for Wire {
    type Err = Error;

    /// `int4`, or `int4[]` for arrays of it.
    fn from_str(name: &str) -> Result<Self, Error> {
        if let Some(item) = name.strip_suffix("[]") {
            return Ok(Self::List(Box::new(item.parse()?)));
        }
        let found = NAMES.iter().find(|(known, _)| *known == name);
        let unknown = || Error::new(ErrorKind::Config, format!("no values come as {name:?}"));
        found.map(|(_, wire)| wire.clone()).ok_or_else(unknown)
    }
}

impl std::fmt::Display for Wire {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::List(item) => write!(out, "{item}[]"),
            other => {
                let found = NAMES.iter().find(|(_, wire)| wire == other);
                out.write_str(found.map_or("", |(name, _)| name))
            }
        }
    }
}
