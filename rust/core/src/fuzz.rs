//! The bodies of the fuzz targets: laws that hold for every input. `rust/fuzz` runs them with
//! libFuzzer; the tests run them over its corpus.

#[cfg(test)]
mod tests;

pub use crate::airbyte::fuzz::airbyte;
pub use crate::csv::fuzz::csv_reader;
pub use crate::json::fuzz::json_records;
pub use crate::postgres::fuzz::postgres_copy;
pub use crate::validate::fuzz::rules;

/// A target: a law that panics where it is broken.
pub type Target = fn(&[u8]);

/// Every target by the name of its corpus.
pub const TARGETS: [(&str, Target); 5] = [
    ("airbyte", airbyte),
    ("csv_reader", csv_reader),
    ("json_records", json_records),
    ("postgres_copy", postgres_copy),
    ("rules", rules),
];

/// An input whose first bytes choose among alternatives; what is left is data.
#[derive(Debug)]
pub(crate) struct Choices<'a>(pub(crate) &'a [u8]);

impl<'a> Choices<'a> {
    /// The next byte, or 0 behind the last.
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()]
    }

    pub(crate) fn bool(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// The text up to the next line feed, invalid UTF-8 replaced.
    pub(crate) fn line(&mut self) -> String {
        let end = self.0.iter().position(|&byte| byte == b'\n').unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        String::from_utf8_lossy(line).into_owned()
    }

    /// What is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }
}
