//! Laws of validation.
