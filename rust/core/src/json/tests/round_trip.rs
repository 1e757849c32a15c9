//! What is written is read as it was, with the schema and without it.

use proptest::prelude::*;

use super::batches::batches;
use super::*;
use crate::json::infer;

proptest! {
    #[test]
    fn reader_after_writer_is_the_identity_for_every_type(batch in batches()) {
        let written = encoded(&batch);
        prop_assert!(!written.contains('\0'));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&written).is_ok(), "{}", written);
        let read = decode(written.as_bytes(), batch.schema_ref());
        prop_assert_eq!(read.unwrap_or_else(|error| panic!("{error}: {written}")), batch, "{}", written);
    }

    #[test]
    fn where_batches_are_cut_changes_nothing(batch in batches(), cut in 0_usize..12) {
        let cut = cut.min(batch.num_rows());
        let (head, tail) = (batch.slice(0, cut), batch.slice(cut, batch.num_rows() - cut));
        let parts = [head, tail].map(|part| {
            let written = encoded(&part);
            written[1..written.len() - 1].to_owned()
        });
        let joined = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>();
        prop_assert_eq!(format!("[{}]", joined.join(",")), encoded(&batch));
    }

    #[test]
    fn what_is_inferred_reads_all_records(batch in batches()) {
        let written = encoded(&batch);
        // Nothing holds a year beyond four digits beside a text, nanoseconds of such a year, or
        // decimals of over 38 digits; then it is said so.
        if let Ok(schema) = infer(written.as_bytes()) {
            let read = decode(written.as_bytes(), &schema);
            if let Ok(read) = read {
                prop_assert_eq!(read.num_rows(), batch.num_rows());
            } else {
                let error = read.unwrap_err();
                prop_assert!(written.contains("$timestamp"), "{}: {}", error, written);
            }
        }
    }
}
