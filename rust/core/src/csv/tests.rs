//! Laws of the CSV half.
