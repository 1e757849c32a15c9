//! Rejected records as Python sees them.

use headrace_core::reject;

/// `(field, rule, value, message)`: one broken rule of one row.
pub(crate) type Violation = (Option<String>, &'static str, Option<String>, String);

/// `(index, line, byte_offset, violations, record)`.
pub(crate) type RejectedRecord = (usize, u64, u64, Vec<Violation>, String);

pub(crate) fn violation(violation: &reject::Violation) -> Violation {
    let reject::Violation { field, rule, value, message } = violation;
    (field.clone(), rule, value.clone(), message.clone())
}

pub(crate) fn rejected(records: &[reject::RejectedRecord]) -> Vec<RejectedRecord> {
    let rejected = records.iter().map(|record| {
        let violations = record.violations.iter().map(violation).collect();
        (record.index, record.line, record.byte_offset, violations, record.record.clone())
    });
    rejected.collect()
}
