//! The names of a file's columns, and where the schema's are among them.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use hashbrown::{HashMap, HashSet};

use super::dialect::{Dialect, POSITION};
use super::input::Input;
use super::options::{CsvOptions, NewColumns};
use super::scan::{Cursor, Record, Sink, Stop};
use crate::{Error, ErrorKind, Location, Result};

/// The first record of a file, which stands at the input's cursor.
pub(super) struct FirstRecord {
    /// As a [`Sink`] gets them.
    entries: Vec<u32>,
    pub(super) is_malformed: bool,
    /// Where the next record begins.
    next: Cursor,
}

impl FirstRecord {
    pub(super) fn width(&self) -> usize {
        self.entries.len() - 1
    }
}

struct First {
    record: Option<Record>,
}

impl Sink for First {
    fn take(&mut self, _data: &[u8], _entries: &mut Vec<u32>, record: &Record) -> bool {
        self.record = Some(*record);
        false
    }
}

/// Finds the first record and leaves the cursor on it; `None` where there is none.
pub(super) fn find(
    input: &mut Input,
    dialect: Dialect,
    skips_blank: bool,
) -> Result<Option<FirstRecord>> {
    let mut first = First { record: None };
    loop {
        let mut entries = Vec::new();
        let stop = input.scan(dialect, skips_blank, &mut entries, &mut first);
        if let Some(record) = first.record {
            let next = input.cursor;
            input.cursor = Cursor { position: record.start, line: record.line };
            return Ok(Some(FirstRecord { entries, is_malformed: record.is_malformed, next }));
        }
        match stop {
            Stop::Starved if input.is_last => return Ok(None),
            Stop::Starved => input.refill()?,
            stop => return Err(input.fatal(stop)),
        }
    }
}

/// Reads the header and steps over it. Blank lines before it are skipped.
///
/// # Errors
/// `Decode` where there is none, or where a name is not UTF-8, badly quoted or not unique.
pub(super) fn read(input: &mut Input, dialect: Dialect) -> Result<Vec<String>> {
    let Some(first) = find(input, dialect, true)? else {
        let path = input.path().display();
        let message = if input.leaves_rest() {
            format!("{path} has no header yet: a line end is to end it")
        } else {
            format!("{path} is empty: expected a header")
        };
        return Err(input.decode_error(message, Some("header"), None));
    };
    if first.is_malformed {
        let message = "the header has something other than a delimiter after a closing quote";
        return Err(input.decode_error(message.into(), Some("quote"), None));
    }
    let mut names = Vec::with_capacity(first.width());
    let mut seen = HashSet::new();
    for pair in first.entries.windows(2) {
        let (from, to) = ((pair[0] & POSITION) as usize, (pair[1] & POSITION) as usize);
        let text = dialect.value(&input.data()[from..to - dialect.delimiter.len()], pair[1]);
        let Ok(name) = std::str::from_utf8(&text) else {
            let (rule, complaint) = dialect.encoding.complaint();
            let message = format!("the name of column {} {complaint}", names.len() + 1);
            return Err(input.decode_error(message, Some(rule), None));
        };
        if !seen.insert(name.to_owned()) {
            let message = format!("the header names column {name:?} twice");
            return Err(input.decode_error(message, Some("header"), Some(name)));
        }
        names.push(name.to_owned());
    }
    input.cursor = first.next;
    input.names.clone_from(&names);
    Ok(names)
}

/// Where the columns of a schema are in a file.
#[derive(Debug, Clone)]
pub struct Located {
    /// The columns of the file's batches: those of the schema that it has, then others as strings;
    /// all nullable.
    pub schema: SchemaRef,
    /// The index in the file of each.
    pub columns: Vec<usize>,
    /// The names of the file's columns that are left out.
    pub left_out: Vec<String>,
}

/// Where the columns of `schema` are among those of the file.
///
/// # Errors
/// `Contract`, rules `drift.new_column` and `drift.removed_column`, where the two sets differ and
/// the options do not allow it, or have nothing in common.
pub(super) fn locate(
    input: &Input,
    names: &[String],
    schema: &Schema,
    options: &CsvOptions,
) -> Result<Located> {
    let drift = |rule: &str, name: &str, message: String| {
        let path = Some(input.path().to_path_buf());
        let (field, rule) = (Some(name.to_owned()), Some(rule.to_owned()));
        Error::new(ErrorKind::Contract, message).at(Location {
            path,
            field,
            rule,
            ..Location::default()
        })
    };
    let added = || names.iter().filter(|name| schema.fields().find(name).is_none());
    if let (Some(name), NewColumns::Fail) = (added().next(), options.new_columns) {
        let message = format!("the file has column {name:?}, which the schema lacks");
        return Err(drift("drift.new_column", name, message));
    }
    let indices: HashMap<&str, usize> =
        names.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for field in schema.fields() {
        if let Some(&index) = indices.get(field.name().as_str()) {
            columns.push(index);
            fields.push(field.as_ref().clone().with_nullable(true));
        } else if !options.may_lack_columns {
            let name = field.name();
            let message = format!("the file lacks column {name:?} of the schema");
            return Err(drift("drift.removed_column", name, message));
        }
    }
    if fields.is_empty() {
        let name = schema.fields().first().map_or("", |field| field.name());
        let message = "the file has none of the schema's columns".to_owned();
        return Err(drift("drift.removed_column", name, message));
    }
    let mut left_out: Vec<String> = added().cloned().collect();
    if options.new_columns == NewColumns::Evolve {
        for name in left_out.drain(..) {
            columns.push(indices[name.as_str()]);
            fields.push(Field::new(name, DataType::Utf8, true));
        }
    }
    Ok(Located { schema: Arc::new(Schema::new(fields)), columns, left_out })
}

/// Whether the first record of a file without a header has `width` fields. One that is badly
/// quoted is left to be rejected.
///
/// # Errors
/// `Contract`, rule `columns`, where it has another number.
pub(super) fn check_width(input: &mut Input, dialect: Dialect, width: usize) -> Result<()> {
    match find(input, dialect, width > 1) {
        Ok(Some(first)) if first.width() != width && !first.is_malformed => {
            let found = first.width();
            let message = format!("the first record has {found} fields, the schema {width}");
            let place = input.place(input.cursor, Some("columns"), None);
            Err(Error::new(ErrorKind::Contract, message).at(place))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Bytes of blank lines at the beginning of a file that may be looked through.
const BLANK_BYTES: usize = 1 << 20;

/// The fields of the first record that is not blank, in a file without a header. 1 where there
/// are blank lines only; `None` where there is no record at all. The cursor stays where it is.
///
/// # Errors
/// What reading the file raises.
pub(super) fn guess_width(input: &mut Input, dialect: Dialect) -> Result<Option<usize>> {
    let mut first = First { record: None };
    loop {
        let start = input.cursor;
        let mut entries = Vec::new();
        let stop = input.scan(dialect, true, &mut entries, &mut first);
        let reached = std::mem::replace(&mut input.cursor, start);
        if first.record.is_some() {
            return Ok(Some(entries.len() - 1));
        }
        let blank_bytes = reached.position - start.position;
        if stop != Stop::Starved || blank_bytes > BLANK_BYTES {
            return Ok(Some(1));
        }
        if input.is_last {
            input.scan(dialect, false, &mut entries, &mut first);
            input.cursor = start;
            return Ok(first.record.map(|_| 1));
        }
        input.refill()?;
    }
}
