//! What is wrong with records, and where: the path grows on the way out.

use crate::kind::Clash;
use crate::reject::Violation;
use crate::{Error, ErrorKind, Location, text};

/// The result of reading or writing a part of a record.
pub(crate) type Read<T> = std::result::Result<T, Fault>;

/// What is wrong with a value. Boxed: results are returned for each value, faults once.
#[derive(Debug)]
pub(crate) struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    /// Without the place and without the value, which may be a secret: `the string is not an int64`.
    what: String,
    /// `address.city`, `tags[3]`; empty for the record itself.
    path: String,
    /// Byte of the JSON, where there is one.
    at: Option<usize>,
}

impl Fault {
    fn new(kind: ErrorKind, what: String, at: Option<usize>) -> Self {
        Self(Box::new(Inner { kind, what, path: String::new(), at }))
    }

    /// The text at byte `at` is not JSON.
    pub(super) fn not_json(what: &str, at: usize) -> Self {
        Self::new(ErrorKind::Decode, what.to_owned(), Some(at))
    }

    /// The value at byte `at` is JSON, but not what is wanted.
    pub(super) fn unfit(what: impl Into<String>, at: usize) -> Self {
        Self::new(ErrorKind::Contract, what.into(), Some(at))
    }

    /// A value at byte `at`, or at no one place, that no column holds beside the others.
    pub(super) fn clash(clash: Clash, at: Option<usize>) -> Self {
        let Clash { path, what } = clash;
        Self(Box::new(Inner { kind: ErrorKind::Contract, what, path, at }))
    }

    /// Something wrong that is at no one place in JSON.
    pub(super) fn unplaced(what: &str) -> Self {
        Self::new(ErrorKind::Contract, what.to_owned(), None)
    }

    /// The fault as seen from the object that has it at `key`.
    pub(super) fn within_key(mut self, key: &str) -> Self {
        let path = &mut self.0.path;
        if !path.is_empty() && !path.starts_with('[') {
            path.insert(0, '.');
        }
        path.insert_str(0, text::excerpt(key));
        self
    }

    /// The fault as seen from the array that has it at `index`.
    pub(super) fn within_item(mut self, index: usize) -> Self {
        let path = &mut self.0.path;
        let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
        path.insert_str(0, &format!("[{index}]{dot}"));
        self
    }

    /// What a record broke, whose value at fault is `value`.
    pub(super) fn into_violation(self, value: Option<&str>) -> Violation {
        let Inner { what, path, .. } = *self.0;
        Violation {
            field: (!path.is_empty()).then_some(path),
            rule: "type",
            value: value.map(|value| text::excerpt(value).to_owned()),
            message: what,
        }
    }

    /// The error of record `record`, from 0; `None` where it is not within a record.
    pub(super) fn into_error(self, record: Option<usize>) -> Error {
        let Inner { kind, what, path, at } = *self.0;
        let place = match (record, path.is_empty()) {
            (None, true) => String::new(),
            (None, false) => format!("field {path:?}"),
            (Some(record), true) => format!("record {record}"),
            (Some(record), false) => format!("record {record}, field {path:?}"),
        };
        let message = if kind == ErrorKind::Decode {
            let byte = at.map_or_else(String::new, |at| format!(" at byte {at}"));
            let place = if place.is_empty() { place } else { format!(" ({place})") };
            format!("the records are not JSON: {what}{byte}{place}")
        } else if place.is_empty() {
            what
        } else {
            format!("{place}: {what}")
        };
        Error::new(kind, message).at(Location {
            byte_offset: at.and_then(|at| u64::try_from(at).ok()),
            field: (!path.is_empty()).then_some(path),
            ..Location::default()
        })
    }
}
