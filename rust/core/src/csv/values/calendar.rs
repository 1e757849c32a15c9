//! Dates and times by a format, a part of what `strptime` takes.

use crate::csv::dialect::Token;
use crate::text;

/// What a format is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Date,
    Time,
    Timestamp,
}

/// What a directive tells. No format may tell one thing twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Day,
    DayOfYear,
    Weekday,
    Hour,
    Half,
    Minute,
    Second,
    Fraction,
    Zone,
}

/// How the text of a directive looks.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// From so many digits to so many, as many as there are.
    Digits(usize, usize),
    /// Two digits of a year: 69 to 99 are of the 20th century, 00 to 68 of the 21st, as POSIX has
    /// it.
    ShortYear,
    /// An hour from 1 to 12, of the half day that `%p` tells.
    HalfDayHour,
    /// One of these words in any case, or its first three letters where `true`.
    Word(&'static [&'static str], bool),
    /// One to nine digits behind a decimal mark, which is a literal.
    Fraction,
    /// `Z`, `+HH:MM`, `+HHMM` or `+HH`, or the same with `-`.
    Zone,
}

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: &[&str] =
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const HALVES: &[&str] = &["am", "pm"];

/// Every directive but `%%`: its letter, what it tells, and how that looks.
const DIRECTIVES: &[(char, Part, Form)] = &[
    ('Y', Part::Year, Form::Digits(4, 4)),
    ('y', Part::Year, Form::ShortYear),
    ('m', Part::Month, Form::Digits(1, 2)),
    ('b', Part::Month, Form::Word(MONTHS, true)),
    ('B', Part::Month, Form::Word(MONTHS, false)),
    ('d', Part::Day, Form::Digits(1, 2)),
    ('j', Part::DayOfYear, Form::Digits(1, 3)),
    ('a', Part::Weekday, Form::Word(WEEKDAYS, true)),
    ('A', Part::Weekday, Form::Word(WEEKDAYS, false)),
    ('H', Part::Hour, Form::Digits(1, 2)),
    ('I', Part::Hour, Form::HalfDayHour),
    ('p', Part::Half, Form::Word(HALVES, false)),
    ('M', Part::Minute, Form::Digits(1, 2)),
    ('S', Part::Second, Form::Digits(1, 2)),
    ('f', Part::Fraction, Form::Fraction),
    ('z', Part::Zone, Form::Zone),
];

#[derive(Debug, Clone, Copy)]
enum Item {
    Literal(Token),
    Directive(Part, Form),
}

/// A format, parsed.
#[derive(Debug, Clone)]
pub(in crate::csv) struct Pattern {
    items: Vec<Item>,
    kind: Kind,
    is_half_day: bool,
}

/// What a text tells by a format.
#[derive(Debug, Default)]
struct Told<'a> {
    year: u32,
    month: u32,
    day: u32,
    day_of_year: Option<u32>,
    weekday: Option<u32>,
    hour: u32,
    is_afternoon: bool,
    minute: u32,
    second: u32,
    fraction: &'a [u8],
    zone: &'a [u8],
}

impl Pattern {
    /// Parses `format`.
    ///
    /// # Errors
    /// What is wrong with it: a directive that is none, a thing told twice, or one not told.
    pub(super) fn parse(format: &str, kind: Kind) -> Result<Self, String> {
        let mut items = Vec::new();
        let mut parts: Vec<Part> = Vec::new();
        let mut is_half_day = false;
        let mut characters = format.chars();
        while let Some(character) = characters.next() {
            if character != '%' {
                items.push(Item::Literal(Token::new(character)));
                continue;
            }
            let letter = characters.next().ok_or("ends with a single %; write %%")?;
            if letter == '%' {
                items.push(Item::Literal(Token::new('%')));
                continue;
            }
            let known = DIRECTIVES.iter().find(|(one, ..)| *one == letter);
            let &(_, part, form) = known.ok_or_else(|| {
                let known: Vec<_> = DIRECTIVES.iter().map(|(one, ..)| format!("%{one}")).collect();
                format!("%{letter} is no directive; known: {} and %%", known.join(" "))
            })?;
            if parts.contains(&part) {
                return Err(format!("%{letter} tells again what another directive tells"));
            }
            is_half_day |= matches!(form, Form::HalfDayHour);
            parts.push(part);
            items.push(Item::Directive(part, form));
        }
        check(&parts, is_half_day, kind)?;
        Ok(Self { items, kind, is_half_day })
    }

    /// Adds the value as the grammar spells it to `out`; false where `text` is not of the format.
    /// What a field of a date or time may be is for the grammar to say.
    pub(super) fn translate(&self, text: &[u8], out: &mut Vec<u8>) -> bool {
        self.tell(text).and_then(|told| self.write(&told, out)).is_some()
    }

    fn tell<'a>(&self, text: &'a [u8]) -> Option<Told<'a>> {
        let mut told = Told::default();
        let mut rest = text;
        for item in &self.items {
            match item {
                Item::Literal(token) => {
                    rest = token.begins(rest).then(|| &rest[token.len()..])?;
                }
                Item::Directive(part, form) => {
                    let (length, number) = form.read(rest)?;
                    let (one, after) = rest.split_at(length);
                    told.note(*part, one, number);
                    rest = after;
                }
            }
        }
        rest.is_empty().then_some(told)
    }

    fn write(&self, told: &Told<'_>, out: &mut Vec<u8>) -> Option<()> {
        use std::io::Write;

        if self.kind != Kind::Time {
            let (month, day) = match told.day_of_year {
                Some(number) => month_and_day(told.year, number)?,
                None => (told.month, told.day),
            };
            write!(out, "{:04}-{month:02}-{day:02}", told.year).ok()?;
            let days = text::parse_date(out)?;
            // 1970-01-01 was a Thursday.
            let weekday = (days + 3).rem_euclid(7).cast_unsigned();
            told.weekday.is_none_or(|told| told == weekday).then_some(())?;
        }
        if self.kind == Kind::Timestamp {
            out.push(b'T');
        }
        if self.kind != Kind::Date {
            let hour = if self.is_half_day {
                (1..=12).contains(&told.hour).then_some(())?;
                told.hour % 12 + if told.is_afternoon { 12 } else { 0 }
            } else {
                told.hour
            };
            write!(out, "{hour:02}:{:02}:{:02}", told.minute, told.second).ok()?;
            if !told.fraction.is_empty() {
                out.push(b'.');
                out.extend_from_slice(told.fraction);
            }
            out.extend_from_slice(told.zone);
        }
        Some(())
    }
}

/// Whether a format with these parts tells all that `kind` needs, and no more.
fn check(parts: &[Part], is_half_day: bool, kind: Kind) -> Result<(), String> {
    use Part::{Day, DayOfYear, Fraction, Half, Hour, Minute, Month, Second, Weekday, Year, Zone};

    let has = |part| parts.contains(&part);
    let dates = [Year, Month, Day, DayOfYear, Weekday].into_iter().any(has);
    let times = [Hour, Half, Minute, Second, Fraction].into_iter().any(has);
    let is_date =
        has(Year) && if has(DayOfYear) { !has(Month) && !has(Day) } else { has(Month) && has(Day) };
    let message = if kind == Kind::Time && (dates || has(Zone)) {
        "a time of day has no date and no zone"
    } else if kind == Kind::Date && (times || has(Zone)) {
        "a date has no time and no zone"
    } else if kind != Kind::Time && !is_date {
        "needs a year, and a month and a day, or else the day of the year"
    } else if (kind == Kind::Time || times) && !has(Hour) {
        "needs an hour"
    } else if is_half_day != has(Half) {
        "%I and %p need one another"
    } else if has(Second) && !has(Minute) || has(Fraction) && !has(Second) {
        "%S needs %M, and %f needs %S"
    } else {
        return Ok(());
    };
    Err(message.into())
}

impl Form {
    /// The bytes of `text` that are of this form, and the number that they are.
    fn read(self, text: &[u8]) -> Option<(usize, u32)> {
        match self {
            Self::Digits(least, most) => digits(text, least, most),
            Self::ShortYear => {
                let (length, year) = digits(text, 2, 2)?;
                Some((length, if year < 69 { 2000 + year } else { 1900 + year }))
            }
            Self::HalfDayHour => digits(text, 1, 2),
            Self::Word(words, is_short) => {
                let length = |word: &str| if is_short { 3 } else { word.len() };
                let at = words.iter().position(|word| {
                    let begin = text.get(..length(word));
                    begin.is_some_and(|begin| {
                        begin.eq_ignore_ascii_case(&word.as_bytes()[..begin.len()])
                    })
                })?;
                Some((length(words[at]), u32::try_from(at).ok()?))
            }
            Self::Fraction => digits(text, 1, 9),
            Self::Zone => Some((zone_len(text)?, 0)),
        }
    }
}

/// As many digits as there are, up to `most`.
fn digits(text: &[u8], least: usize, most: usize) -> Option<(usize, u32)> {
    let digits = text.iter().take(most).take_while(|byte| byte.is_ascii_digit());
    let (length, number) = digits
        .fold((0, 0), |(length, number), byte| (length + 1, number * 10 + u32::from(byte - b'0')));
    (length >= least).then_some((length, number))
}

fn zone_len(text: &[u8]) -> Option<usize> {
    let two = |at: usize| text.get(at..at + 2).is_some_and(|t| t.iter().all(u8::is_ascii_digit));
    match text.first()? {
        b'Z' => Some(1),
        b'+' | b'-' if two(1) => Some(match text.get(3) {
            Some(b':') if two(4) => 6,
            _ if two(3) => 5,
            _ => 3,
        }),
        _ => None,
    }
}

impl<'a> Told<'a> {
    fn note(&mut self, part: Part, text: &'a [u8], number: u32) {
        match part {
            Part::Year => self.year = number,
            // A name is counted from 0.
            Part::Month if text[0].is_ascii_alphabetic() => self.month = number + 1,
            Part::Month => self.month = number,
            Part::Day => self.day = number,
            Part::DayOfYear => self.day_of_year = Some(number),
            Part::Weekday => self.weekday = Some(number),
            Part::Hour => self.hour = number,
            Part::Half => self.is_afternoon = number == 1,
            Part::Minute => self.minute = number,
            Part::Second => self.second = number,
            Part::Fraction => self.fraction = text,
            Part::Zone => self.zone = text,
        }
    }
}

/// Month and day of the day of a year, counted from 1.
fn month_and_day(year: u32, day_of_year: u32) -> Option<(u32, u32)> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut left = day_of_year;
    for (month, days) in (1..).zip([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        let days = days + u32::from(month == 2 && is_leap);
        if left <= days {
            return (left > 0).then_some((month, left));
        }
        left -= days;
    }
    None
}
