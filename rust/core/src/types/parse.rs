//! From spelling to type.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, TimeUnit};

use super::{Logical, MAX_DEPTH, is_key, is_zone, map_of};
use crate::{Error, ErrorKind, Result};

/// The type that `spelling` names, for a UUID and JSON the one that stores it.
///
/// # Errors
/// [`ErrorKind::Config`] where headrace has no such column type.
pub fn parse(spelling: &str) -> Result<DataType> {
    logical(spelling).map(Logical::storage)
}

/// The type that `spelling` names.
pub(super) fn logical(spelling: &str) -> Result<Logical> {
    let mut parser = Parser { rest: spelling, depth: 0 };
    let parsed = parser.logical().and_then(|found| {
        if parser.rest.is_empty() { Ok(found) } else { Err(parser.unexpected("the end")) }
    });
    parsed.map_err(|why| {
        let colon = if why.is_empty() { "" } else { ": " };
        Error::new(ErrorKind::Config, format!("there is no column type {spelling:?}{colon}{why}"))
    })
}

/// Fails with what is wrong with a spelling; empty where the name alone is.
type Parsed<T> = std::result::Result<T, String>;

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn logical(&mut self) -> Parsed<Logical> {
        if self.depth == MAX_DEPTH {
            return Err(format!("types are nested more than {MAX_DEPTH} deep"));
        }
        self.depth += 1;
        let end = self.rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let found = match name {
            "uuid" => Logical::Uuid,
            "json" => Logical::Json,
            "extension" => self.extension()?,
            name => Logical::Plain(self.plain(name)?),
        };
        self.depth -= 1;
        Ok(found)
    }

    fn extension(&mut self) -> Parsed<Logical> {
        for (spelling, found) in [("<arrow.uuid>", Logical::Uuid), ("<arrow.json>", Logical::Json)]
        {
            if self.take(spelling) {
                return Ok(found);
            }
        }
        Err("known extensions are arrow.uuid and arrow.json".to_owned())
    }

    fn plain(&mut self, name: &str) -> Parsed<DataType> {
        Ok(match name {
            "bool" => DataType::Boolean,
            "int8" => DataType::Int8,
            "int16" => DataType::Int16,
            "int32" => DataType::Int32,
            "int64" => DataType::Int64,
            "float" | "float32" => DataType::Float32,
            "double" | "float64" => DataType::Float64,
            "string" => DataType::Utf8,
            "binary" => DataType::Binary,
            "date" => DataType::Date32,
            "date32" => {
                self.take("[day]");
                DataType::Date32
            }
            "time32" => match self.unit()? {
                unit @ (TimeUnit::Second | TimeUnit::Millisecond) => DataType::Time32(unit),
                _ => return Err("the units of time32 are s and ms".to_owned()),
            },
            "time64" => match self.unit()? {
                unit @ (TimeUnit::Microsecond | TimeUnit::Nanosecond) => DataType::Time64(unit),
                _ => return Err("the units of time64 are us and ns".to_owned()),
            },
            "timestamp" => self.timestamp()?,
            "decimal128" => self.decimal()?,
            "list" => {
                self.expect("<")?;
                let item = self.item()?;
                self.expect(">")?;
                DataType::List(Arc::new(item))
            }
            "struct" => self.fields()?,
            "map" => self.map()?,
            _ => return Err(String::new()),
        })
    }

    /// `[us]`.
    fn unit(&mut self) -> Parsed<TimeUnit> {
        self.expect("[")?;
        let unit = self.unit_name()?;
        self.expect("]")?;
        Ok(unit)
    }

    fn unit_name(&mut self) -> Parsed<TimeUnit> {
        let units = [
            ("s", TimeUnit::Second),
            ("ms", TimeUnit::Millisecond),
            ("us", TimeUnit::Microsecond),
            ("ns", TimeUnit::Nanosecond),
        ];
        let end = self.rest.find([']', ',']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        let found = units.iter().find(|(known, _)| *known == name);
        let (_, unit) = found.ok_or_else(|| "units are s, ms, us and ns".to_owned())?;
        self.rest = rest;
        Ok(*unit)
    }

    /// `[us]` or `[us, tz=UTC]`.
    fn timestamp(&mut self) -> Parsed<DataType> {
        self.expect("[")?;
        let unit = self.unit_name()?;
        let zone = if self.take(", tz=") {
            let end = self.rest.find(']').unwrap_or(self.rest.len());
            let (zone, rest) = self.rest.split_at(end);
            if !is_zone(zone) {
                let message = "a time zone is UTC, an offset such as +01:00, or an IANA name";
                return Err(message.to_owned());
            }
            self.rest = rest;
            Some(zone.into())
        } else {
            None
        };
        self.expect("]")?;
        Ok(DataType::Timestamp(unit, zone))
    }

    /// `(15, 2)`.
    fn decimal(&mut self) -> Parsed<DataType> {
        self.expect("(")?;
        let precision: u8 = self.number()?;
        self.expect(",")?;
        self.take(" ");
        let scale: u8 = self.number()?;
        self.expect(")")?;
        if !(1..=38).contains(&precision) || scale > precision {
            return Err("a precision is 1 to 38, a scale 0 to the precision".to_owned());
        }
        Ok(DataType::Decimal128(precision, scale.cast_signed()))
    }

    fn number(&mut self) -> Parsed<u8> {
        let end = self.rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        let number = digits.parse().map_err(|_| self.unexpected("a number"))?;
        self.rest = rest;
        Ok(number)
    }

    /// The item of a list: `item: int64 not null`, or only the type.
    fn item(&mut self) -> Parsed<Field> {
        for name in ["item: ", "element: "] {
            self.take(name);
        }
        self.member("item")
    }

    /// A type that may be `not null`.
    fn member(&mut self, name: impl Into<String>) -> Parsed<Field> {
        let logical = self.logical()?;
        let nullable = !self.take(" not null");
        Ok(logical.field(name, nullable))
    }

    /// `<a: int64, "b c": string not null>`.
    fn fields(&mut self) -> Parsed<DataType> {
        self.expect("<")?;
        let mut fields: Vec<Field> = Vec::new();
        loop {
            let name = self.name()?;
            if fields.iter().any(|field| *field.name() == name) {
                return Err(format!("field {name:?} of a struct stands twice"));
            }
            self.expect(": ")?;
            fields.push(self.member(name)?);
            if !self.take(", ") {
                break;
            }
        }
        self.expect(">")?;
        Ok(DataType::Struct(Fields::from(fields)))
    }

    /// A JSON string, or what stands before the colon as pyarrow writes it.
    fn name(&mut self) -> Parsed<String> {
        let (name, rest) = if self.rest.starts_with('"') {
            let mut names = serde_json::Deserializer::from_str(self.rest).into_iter::<String>();
            let name = names.next().and_then(std::result::Result::ok);
            let name = name.ok_or_else(|| self.unexpected("a name as a JSON string"))?;
            (name, &self.rest[names.byte_offset()..])
        } else {
            let end = self.rest.find([':', ',', '<', '>', '"']).unwrap_or(self.rest.len());
            let (name, rest) = self.rest.split_at(end);
            if name.is_empty() || name.trim() != name {
                return Err(self.unexpected("the name of a field"));
            }
            (name.to_owned(), rest)
        };
        if name.contains('\0') {
            return Err("a name cannot hold a NUL character".to_owned());
        }
        self.rest = rest;
        Ok(name)
    }

    /// `<string, int64 not null>`.
    fn map(&mut self) -> Parsed<DataType> {
        self.expect("<")?;
        let key = self.logical()?;
        if key == Logical::Json || !is_key(&key.clone().storage()) {
            let message = "keys of a map are neither nested nor json nor floating point";
            return Err(message.to_owned());
        }
        self.take(" not null");
        self.expect(", ")?;
        let value = self.logical()?;
        let nullable = !self.take(" not null");
        self.expect(">")?;
        Ok(map_of(key, value, nullable))
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Parsed<()> {
        if self.take(token) { Ok(()) } else { Err(self.unexpected(&format!("{token:?}"))) }
    }

    fn unexpected(&self, wanted: &str) -> String {
        if self.rest.is_empty() {
            format!("it ends where {wanted} is expected")
        } else {
            format!("{wanted} is expected before {:?}", self.rest)
        }
    }
}
