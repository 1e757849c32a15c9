//! The JSON of a config: all of its problems at once, no I/O.

use std::path::PathBuf;

use headrace_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

/// One object of the config and what is wrong with it.
#[derive(Debug)]
pub struct Section<'a> {
    object: &'a Map<String, Value>,
    /// Path of the object, ending in its dot.
    place: String,
    problems: Vec<String>,
}

/// A value, or all that is wrong with it.
pub type Read<T> = std::result::Result<T, Vec<String>>;

/// Has `read` take a config apart.
///
/// # Errors
/// [`ErrorKind::Config`] with every problem.
pub fn parse<T>(json: &str, read: impl FnOnce(&mut Section<'_>) -> Option<T>) -> Result<T> {
    let refused = |message: String| Error::new(ErrorKind::Config, message);
    let value: Value = serde_json::from_str(json)
        .map_err(|error| refused(format!("the config is not JSON: {error}")))?;
    let Value::Object(object) = value else {
        return Err(refused("the config is not a JSON object".to_owned()));
    };
    let mut section = Section { object: &object, place: String::new(), problems: Vec::new() };
    match read(&mut section) {
        Some(found) if section.problems.is_empty() => Ok(found),
        _ => Err(refused(section.problems.join("; "))),
    }
}

impl Section<'_> {
    /// Has `read` take an object within a config apart; its problems begin with a dot.
    ///
    /// # Errors
    /// Every problem.
    pub fn within<T>(
        object: &Map<String, Value>,
        read: impl FnOnce(&mut Section<'_>) -> Option<T>,
    ) -> Read<T> {
        let mut section = Section { object, place: ".".to_owned(), problems: Vec::new() };
        match read(&mut section) {
            Some(found) if section.problems.is_empty() => Ok(found),
            _ => Err(section.problems),
        }
    }

    /// Notes every key that is none of `known`.
    pub fn refuse_others(&mut self, known: &[&str]) {
        for key in self.object.keys().filter(|key| !known.contains(&key.as_str())) {
            let place = &self.place;
            self.problems.push(format!("{place}{key} is no key: {}", known.join(", ")));
        }
    }

    /// Notes a problem that lies between keys.
    pub fn refuse(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// The value of a key that must be there.
    pub fn require<T>(&mut self, key: &str, read: impl Fn(&Value) -> Read<T>) -> Option<T> {
        if !self.object.contains_key(key) {
            self.problems.push(format!("{}{key} is missing", self.place));
        }
        self.take(key, read)
    }

    /// The value of a key, where it is there.
    pub fn take<T>(&mut self, key: &str, read: impl Fn(&Value) -> Read<T>) -> Option<T> {
        match read(self.object.get(key)?) {
            Ok(value) => Some(value),
            Err(problems) => {
                let place = &self.place;
                // What a list says of its items starts with their index.
                let lines = problems.into_iter().map(|problem| match problem.strip_prefix('[') {
                    Some(_) => format!("{place}{key}{problem}"),
                    None => format!("{place}{key}: {problem}"),
                });
                self.problems.extend(lines);
                None
            }
        }
    }
}

/// One problem.
///
/// # Errors
/// Always.
pub fn said<T>(problem: &str) -> Read<T> {
    Err(vec![problem.to_owned()])
}

/// A text.
///
/// # Errors
/// Where it is none.
pub fn text(value: &Value) -> Read<String> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => said("is not a string"),
    }
}

/// What the core reads from a text.
///
/// # Errors
/// Where it is no text, or not one that the core reads.
pub fn parsed<T>(value: &Value, parse: impl Fn(&str) -> Result<T>) -> Read<T> {
    parse(&text(value)?).map_err(|error| vec![error.message().to_owned()])
}

/// One character.
///
/// # Errors
/// Where it is none.
pub fn character(value: &Value) -> Read<char> {
    let text = text(value)?;
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => Ok(one),
        _ => said("is not one character"),
    }
}

/// True or false.
///
/// # Errors
/// Where it is neither.
pub fn flag(value: &Value) -> Read<bool> {
    value.as_bool().map_or_else(|| said("is not true or false"), Ok)
}

/// A path of the file system.
///
/// # Errors
/// Where it is none.
pub fn path(value: &Value) -> Read<PathBuf> {
    match text(value)? {
        path if path.is_empty() => said("is empty"),
        path if path.contains('\0') => said("holds a NUL"),
        path => Ok(path.into()),
    }
}

/// `null`, or what `read` takes.
///
/// # Errors
/// Those of `read`.
pub fn optional<T>(value: &Value, read: impl Fn(&Value) -> Read<T>) -> Read<Option<T>> {
    if value.is_null() { Ok(None) } else { read(value).map(Some) }
}

/// A list of what `read` takes.
///
/// # Errors
/// Where it is no list, and every item that is not taken.
pub fn list<T>(value: &Value, read: impl Fn(&Value) -> Read<T>) -> Read<Vec<T>> {
    let Some(items) = value.as_array() else { return said("is not a list") };
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        match read(item) {
            Ok(item) => found.push(item),
            Err(wrong) => {
                problems.extend(wrong.into_iter().map(|problem| format!("[{index}] {problem}")));
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// A whole number, at least 1.
///
/// # Errors
/// Where it is none.
pub fn size(value: &Value) -> Read<usize> {
    // A quarter more than a row group's bytes must still be a usize.
    let size = value.as_u64().and_then(|size| isize::try_from(size).ok());
    match size {
        Some(size) if size > 0 => Ok(size.unsigned_abs()),
        _ => said("is not a whole number, at least 1"),
    }
}
