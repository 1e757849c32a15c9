//! Laws of records as JSON, for every input.

use arrow_schema::{Schema, SchemaRef};

use super::{decode, encode, infer};
use crate::fuzz::Choices;
use crate::{ErrorKind, types};

/// Reads arbitrary bytes as records. The first line is the type of the one column, `a`; without
/// it the types are inferred.
///
/// # Panics
/// Where reading panics, fails with any but a typed error, or where what was read does not come
/// back as it was from what is written of it.
pub fn json_records(data: &[u8]) {
    let mut choices = Choices(data);
    let spelling = choices.line();
    let json = choices.rest();
    let schema: SchemaRef = if spelling.is_empty() {
        match infer(json) {
            Ok(schema) => schema,
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::Decode | ErrorKind::Contract), "{error}");
                return;
            }
        }
    } else {
        let Ok(field) = types::field("a", &spelling, true) else { return };
        Schema::new(vec![field]).into()
    };
    let batch = match decode(json, &schema) {
        Ok(batch) => batch,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Decode | ErrorKind::Contract), "{error}");
            return;
        }
    };
    if let Err(error) = serde_json::from_slice::<serde_json::Value>(json) {
        // It has limits of its own.
        let limits = ["number out of range", "recursion limit exceeded"];
        assert!(limits.iter().any(|limit| error.to_string().starts_with(limit)), "{error}");
    }
    let mut written = Vec::new();
    if let Err(error) = encode(&batch, &mut written) {
        panic!("what was read cannot be written: {error}");
    }
    assert!(!written.contains(&0), "NUL ends a C string");
    match decode(&written, &schema) {
        Ok(again) => assert_eq!(again, batch),
        Err(error) => panic!("what was written cannot be read: {error}"),
    }
}
