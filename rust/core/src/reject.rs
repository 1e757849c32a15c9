//! A row that could not be taken, and why.

/// One broken rule of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The column, or `None` where the whole record is at fault.
    pub field: Option<String>,
    /// The rule's name: `type`, `required`, `unique`, `enum`, `pattern`, `minimum`,
    /// `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`, `minLength`, `maxLength`,
    /// `columns` (ragged), `utf8`, `quote`.
    pub rule: &'static str,
    /// The value at fault as text, cut to 200 characters; `None` for null.
    pub value: Option<String>,
    /// What was expected, in words, without the place and without the value.
    pub message: String,
}

/// A record that a reader could not turn into a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRecord {
    /// Index among all records of its batch, good and rejected together, from 0.
    pub index: usize,
    /// Line of the file at which the record begins, from 1.
    pub line: u64,
    /// Offset of the record in the decompressed bytes of the file, from 0.
    pub byte_offset: u64,
    /// Every fault found in it, in column order, at least one.
    pub violations: Vec<Violation>,
    /// The record's own text, invalid UTF-8 replaced, cut to 64 KiB.
    pub record: String,
}
