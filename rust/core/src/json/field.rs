//! Fields of other formats that hold JSON.

use arrow_array::ArrayRef;
use arrow_schema::FieldRef;

use super::Form;
use super::column::Column;
use super::cursor::Cursor;
use crate::Result;

/// A column of JSON texts, one for each value.
pub(crate) struct JsonTexts {
    field: FieldRef,
    column: Column,
    /// Where a text is tried first: what breaks off within a value leaves a part of it behind.
    trial: Column,
}

impl JsonTexts {
    /// An empty column.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where JSON has no form for the type.
    pub(crate) fn new(field: &FieldRef) -> Result<Self> {
        Ok(Self {
            field: field.clone(),
            column: Column::new(field, Form::Tagged)?,
            trial: Column::new(field, Form::Tagged)?,
        })
    }

    /// Adds the value that `text` is; false, and nothing added, where it is none of the type.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) only.
    pub(crate) fn push(&mut self, text: &[u8]) -> Result<bool> {
        let Ok(text) = std::str::from_utf8(text) else { return Ok(false) };
        let mut cursor = Cursor::new(text);
        if self.trial.read(&mut cursor).and_then(|()| cursor.end()).is_err() {
            self.trial = Column::new(&self.field, Form::Tagged)?;
            return Ok(false);
        }
        self.column.read(&mut Cursor::new(text)).map_err(|fault| fault.into_error(None))?;
        Ok(true)
    }

    /// Adds a null, whatever the field says.
    pub(crate) fn push_null(&mut self) {
        self.column.pad();
    }

    /// Gives back the memory of what has been tried.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn forget(&mut self) -> Result<()> {
        self.trial = Column::new(&self.field, Form::Tagged)?;
        Ok(())
    }

    /// The column as an array.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) only.
    pub(crate) fn finish(self) -> Result<ArrayRef> {
        self.column.finish()
    }
}
