//! Types from a sample of a file, never wider or narrower than what the sample says exactly.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::dialect::Dialect;
use super::file::CsvFile;
use super::header;
use super::input::Input;
use super::limits::Limits;
use super::options::{CsvOptions, NullValues};
use super::rows::{Quota, Rows};
use super::scan::Cursor;
use super::values::Spelling;
use crate::{Error, ErrorKind, Result, text};

/// Integers up to here are exact in an `f64`: 2^53.
const EXACT_DOUBLE: u64 = 1 << 53;

/// What a column may still be, most wanted first.
const KINDS: [Kind; 6] = [
    Kind { is_value: is_int, data_type: || DataType::Int64 },
    Kind { is_value: is_number, data_type: || DataType::Float64 },
    Kind { is_value: |text| text::parse_bool(text).is_some(), data_type: || DataType::Boolean },
    Kind { is_value: |text| text::parse_date(text).is_some(), data_type: || DataType::Date32 },
    Kind {
        is_value: |text| text::parse_timestamp(text, TimeUnit::Microsecond, true).is_some(),
        data_type: || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    },
    Kind {
        is_value: |text| text::parse_timestamp(text, TimeUnit::Microsecond, false).is_some(),
        data_type: || DataType::Timestamp(TimeUnit::Microsecond, None),
    },
];

struct Kind {
    is_value: fn(&[u8]) -> bool,
    data_type: fn() -> DataType,
}

/// How each of [`KINDS`] is spelled.
type Spellings = [Option<Spelling>; KINDS.len()];

/// What a column can be after the values seen.
#[derive(Debug, Clone, Copy, Default)]
struct Guess {
    has_values: bool,
    excluded: [bool; KINDS.len()],
}

impl Guess {
    fn see(&mut self, value: &[u8], spellings: &Spellings, scratch: &mut Vec<u8>) {
        self.has_values = true;
        let kinds = KINDS.iter().zip(spellings);
        for ((kind, spelling), excluded) in kinds.zip(&mut self.excluded) {
            if !*excluded {
                let value = match spelling {
                    Some(spelling) => spelling.canonical(value, scratch),
                    None => value,
                };
                *excluded = !(kind.is_value)(value);
            }
        }
    }

    fn data_type(self) -> DataType {
        let mut left = KINDS.iter().zip(&self.excluded).filter(|(_, excluded)| !**excluded);
        match left.next() {
            Some((kind, _)) if self.has_values => (kind.data_type)(),
            _ => DataType::Utf8,
        }
    }
}

/// `-?(0|[1-9][0-9]*)`, and what follows.
fn canonical_int(text: &[u8]) -> Option<&[u8]> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_canonical = length == 1 || (length > 1 && digits[0] != b'0');
    is_canonical.then(|| &digits[length..])
}

fn is_int(text: &[u8]) -> bool {
    // An integer has no negative zero.
    canonical_int(text).is_some_and(<[u8]>::is_empty)
        && text != b"-0"
        && text::parse_int(text).is_some()
}

/// A number that a double holds: integers beyond 2^53 are none, they would be rounded.
fn is_number(text: &[u8]) -> bool {
    match canonical_int(text) {
        None => false,
        Some([]) => text::parse_int(text).is_some_and(|value| value.unsigned_abs() <= EXACT_DOUBLE),
        Some([b'.', rest @ ..]) if !rest.first().is_some_and(u8::is_ascii_digit) => false,
        Some(_) => text::parse_float(text).is_some(),
    }
}

/// The types of the first of `files`, from its first `sample_rows` records; every column is
/// nullable, and one without a value is text.
///
/// # Errors
/// What reading the file raises; a record in the sample that is no row is `Decode` with its place.
/// [`ErrorKind::Config`] without a path.
pub fn infer_csv(files: &[CsvFile], options: &CsvOptions, sample_rows: usize) -> Result<SchemaRef> {
    infer_with(files, options, sample_rows, Limits::default())
}

pub(super) fn infer_with(
    files: &[CsvFile],
    options: &CsvOptions,
    sample_rows: usize,
    limits: Limits,
) -> Result<SchemaRef> {
    options.check()?;
    let Some(file) = files.first() else {
        return Err(Error::new(ErrorKind::Config, "there is no file to infer types from"));
    };
    let dialect = Dialect::new(options);
    let mut input = Input::open_at(&file.clone().sampled(), options, limits)?;
    let names = if options.header {
        header::read(&mut input, dialect)?
    } else {
        let width = header::guess_width(&mut input, dialect)?.unwrap_or(0);
        (1..=width).map(|number| format!("column_{number}")).collect()
    };
    let mut guesses = vec![Guess::default(); names.len()];
    if !names.is_empty() && sample_rows > 0 {
        sample(&mut input, dialect, options, &names, sample_rows, &mut guesses)?;
    }
    let fields = names.iter().zip(&guesses);
    let fields = fields.map(|(name, guess)| Field::new(name, guess.data_type(), true));
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

fn sample(
    input: &mut Input,
    dialect: Dialect,
    options: &CsvOptions,
    names: &[String],
    sample_rows: usize,
    guesses: &mut [Guess],
) -> Result<()> {
    let null_values = NullValues::new(&options.null_values);
    let spellings: Spellings =
        std::array::from_fn(|at| Spelling::of(&(KINDS[at].data_type)(), &options.values));
    let mut scratch = Vec::new();
    let mut rows = Rows::new(dialect, names.len());
    let (mut left, mut malformed) = (sample_rows, None);
    let gathered = input.gather(|input| {
        let stop = rows.scan(input, Quota { records: left, position: usize::MAX });
        left -= rows.len();
        if let Some(record) = rows.malformed().first() {
            let violation = record.violation(&rows, input.data(), names);
            let at = Cursor { position: record.start, line: record.line };
            let place = input.place(at, Some(violation.rule), violation.field.as_deref());
            malformed = Some(Error::new(ErrorKind::Decode, violation.message).at(place));
            return super::scan::Stop::Full;
        }
        for (column, guess) in guesses.iter_mut().enumerate() {
            for field in rows.fields(input.data(), column) {
                if !field.is_null(&null_values) {
                    guess.see(&field.value(), &spellings, &mut scratch);
                }
            }
        }
        stop
    });
    match malformed {
        Some(error) => Err(error),
        // Behind a full sample, nothing has been looked at.
        None if left == 0 => Ok(()),
        None => gathered.failure.map_or(Ok(()), Err),
    }
}
