//! Keys seen so far, within a budget: exact, or an error that says so.

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema};

use super::step::at;
use crate::types::spelled;
use crate::validate::identity;
use crate::validate::keys::{ByteSet, Key, KeySet};
use crate::{Error, ErrorKind, Location, Result};

/// The first row of each key is new; a null equals a null.
#[derive(Debug)]
pub struct Deduplicate {
    names: Vec<String>,
    /// Positions and types of the key's columns, once they are known.
    columns: Vec<(usize, DataType)>,
    /// Memory that the keys may take [bytes].
    budget: usize,
    seen: KeySet,
    buffer: Vec<u8>,
}

impl Default for Deduplicate {
    fn default() -> Self {
        Self::new(Vec::new(), 0)
    }
}

impl Deduplicate {
    /// Of the columns `names`, whose keys may take `budget` of memory [bytes].
    #[must_use]
    pub fn new(names: Vec<String>, budget: usize) -> Self {
        let seen = KeySet::Bytes(ByteSet::default());
        Self { names, columns: Vec::new(), budget, seen, buffer: Vec::new() }
    }

    /// The same keys for the columns of `schema`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with the column where there is none of that name, or its values have
    /// no equality; [`ErrorKind::Contract`] where the type of a key changes after the first row.
    pub fn rebound(mut self, schema: &Schema) -> Result<Self> {
        let mut columns = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let Ok(index) = schema.index_of(name) else {
                let error = Error::new(ErrorKind::Config, format!("there is no column {name:?}"));
                return Err(at(error, name));
            };
            let field = schema.field(index);
            if !identity::is_key(field) {
                let message = format!("values of {} cannot be told apart", spelled(field));
                return Err(at(Error::new(ErrorKind::Config, message), name));
            }
            columns.push((index, field.data_type().clone()));
        }
        let types = |columns: &[(usize, DataType)]| {
            columns.iter().map(|(_, data_type)| data_type.clone()).collect::<Vec<_>>()
        };
        if self.seen.len() > 0 && types(&self.columns) != types(&columns) {
            let message = "the type of a key cannot change once its values are known";
            return Err(self.failure(message.to_owned()));
        }
        self.columns = columns;
        Ok(self)
    }

    /// Whether the key of each row is seen for the first time.
    ///
    /// # Errors
    /// [`ErrorKind::Contract`] where the keys exceed their memory.
    pub(super) fn new_rows(&mut self, batch: &RecordBatch) -> Result<Vec<bool>> {
        let mut is_new = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            self.buffer.clear();
            for (index, _) in &self.columns {
                identity::write(batch.column(*index).as_ref(), row, &mut self.buffer);
            }
            let key = Key::Bytes(&self.buffer);
            let is_known = self.seen.contains(key);
            if !is_known {
                let left = self.budget.saturating_sub(self.seen.bytes());
                if !self.seen.insert(key, left) {
                    let message = format!(
                        "over {} different values of {} cannot be told apart in {} bytes: raise \
                         bytes of deduplicate",
                        self.seen.len(),
                        self.names.join(", "),
                        self.budget
                    );
                    return Err(self.failure(message));
                }
            }
            is_new.push(!is_known);
        }
        Ok(is_new)
    }

    fn failure(&self, message: String) -> Error {
        let (field, rule) = (Some(self.names.join(", ")), Some("deduplicate".to_owned()));
        Error::new(ErrorKind::Contract, message).at(Location { field, rule, ..Location::default() })
    }
}
