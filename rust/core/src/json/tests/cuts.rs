//! Arrays of records, cut into parts that are no larger than a batch.

use proptest::prelude::*;

use super::*;
use crate::json::cuts;

fn parts(json: &str, rows: usize, bytes: usize) -> Vec<(&str, usize)> {
    let cuts = cuts(json.as_bytes(), rows, bytes).unwrap();
    cuts.into_iter().map(|cut| (&json[cut.bytes], cut.records)).collect()
}

#[test]
fn a_part_ends_where_it_would_grow_too_large() {
    let json = r#" [ {"a": 1} , {"a": "],["},{}, 7 ] "#;

    assert_eq!(parts(json, 9, 99), [(r#"{"a": 1} , {"a": "],["},{}, 7"#, 4)]);
    assert_eq!(parts(json, 3, 99), [(r#"{"a": 1} , {"a": "],["},{}"#, 3), ("7", 1)]);
    assert_eq!(parts(json, 9, 23), [(r#"{"a": 1} , {"a": "],["}"#, 2), ("{}, 7", 2)]);
    assert_eq!(parts(json, 9, 1).len(), 4);
    assert_eq!(parts(" [ ] ", 9, 99), []);
}

#[test]
fn what_is_no_array_is_refused_where_it_stands() {
    for (json, kind, at) in [
        ("  {}", ErrorKind::Contract, 2),
        ("[1 2", ErrorKind::Decode, 4),
        ("[1] 2", ErrorKind::Decode, 4),
        ("[1,", ErrorKind::Decode, 3),
    ] {
        let error = cuts(json.as_bytes(), 9, 9).unwrap_err();
        assert_eq!((error.kind(), error.location().byte_offset), (kind, Some(at)), "{json}");
    }
}

proptest! {
    /// Put together again the parts are the array, and none is larger than it may be.
    #[test]
    fn parts_are_the_whole(
        records in prop::collection::vec("[a-z\\[\\],{}]{0,8}", 0..20), rows in 1..5_usize,
        bytes in 1..40_usize,
    ) {
        let json = serde_json::to_string(&records).unwrap();

        let parts = parts(&json, rows, bytes);

        let texts: Vec<&str> = parts.iter().map(|(text, _)| *text).collect();
        prop_assert_eq!(format!("[{}]", texts.join(",")), &json[..]);
        prop_assert_eq!(parts.iter().map(|(_, records)| records).sum::<usize>(), records.len());
        for (text, records) in parts {
            prop_assert!(records <= rows && (records == 1 || text.len() <= bytes));
        }
    }
}
