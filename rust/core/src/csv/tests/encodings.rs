//! Encodings: every character, what is none, and the file's own offsets.

use proptest::prelude::*;

use super::*;
use crate::ErrorKind;
use crate::csv::Encoding;

fn of(encoding: Encoding) -> CsvOptions {
    CsvOptions { encoding, ..CsvOptions::default() }
}

fn read_as(encoding: Encoding, bytes: impl AsRef<[u8]>, columns: &[&str]) -> Outcome {
    read_with(bytes, columns, of(encoding), Limits::default())
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn offsets(outcome: &Outcome) -> Vec<(u64, u64)> {
    let batches = outcome.batches.iter();
    let rows = batches.flat_map(|batch| (0..batch.batch.num_rows()).map(|row| batch.position(row)));
    rows.flatten().collect()
}

#[test]
fn every_name_is_read_back() {
    for (name, _, encoding) in Encoding::ALL {
        assert_eq!(Encoding::parse(name).unwrap(), encoding);
    }
    let failure = Encoding::parse("utf-7").unwrap_err();
    assert_eq!(failure.kind(), ErrorKind::Config);
    assert_eq!(failure.location().field.as_deref(), Some("encoding"));
}

#[test]
fn every_byte_of_latin_1_is_the_character_of_its_number() {
    for byte in (0x80..=0xff).chain(*b"ab") {
        let outcome = read_as(Encoding::Latin1, [b"a\n", &[byte][..], b"\n"].concat(), &["a"]);
        assert_eq!(outcome.texts(0), some(&[&char::from(byte).to_string()]));
    }
}

#[test]
fn windows_1252_has_five_bytes_that_are_no_characters() {
    let mut invalid = Vec::new();
    for byte in 0x80..=0xff {
        let outcome =
            read_as(Encoding::Windows1252, [b"a\nx", &[byte][..], b"\n"].concat(), &["a"]);
        if outcome.texts(0).is_empty() {
            assert_eq!(outcome.rules(), ["encoding"]);
            assert_eq!(outcome.rejects()[0].violations[0].message, "is not valid Windows-1252");
            invalid.push(byte);
        }
    }
    assert_eq!(invalid, [0x81, 0x8d, 0x8f, 0x90, 0x9d]);
    let outcome = read_as(Encoding::Windows1252, b"a\n\x80\x93\x9f\xa0\xff\n", &["a"]);
    assert_eq!(outcome.texts(0), some(&["€“Ÿ\u{a0}ÿ"]));
}

#[test]
fn what_is_no_utf_16_rejects_its_record_alone() {
    let text = utf16("a,b\n😀,1\r\n", u16::to_le_bytes);
    for units in [&[0xd800_u16][..], &[0xdc00], &[0xdbff, 0x41], &[0xdc00, 0xd800]] {
        let units = units.iter().flat_map(|unit| unit.to_le_bytes());
        let mut bytes = text.clone();
        bytes.extend(units);
        bytes.extend(utf16(",é\nz,3\n", u16::to_le_bytes));
        let outcome = read_as(Encoding::Utf16Le, &bytes, &["a", "b"]);
        assert_eq!(outcome.texts(0), some(&["😀", "z"]));
        assert_eq!(outcome.rules(), ["encoding"]);
        let reject = outcome.rejects()[0];
        assert_eq!((reject.line, reject.byte_offset), (3, text.len() as u64));
        assert_eq!(reject.violations[0].field.as_deref(), Some("a"));
    }
    let odd = [utf16("a\n1\n2", u16::to_be_bytes), vec![0]].concat();
    let outcome = read_as(Encoding::Utf16Be, odd, &["a"]);
    assert_eq!(outcome.texts(0), some(&["1"]));
    assert_eq!(outcome.rules(), ["encoding"]);
}

#[test]
fn a_byte_order_mark_says_what_to_declare() {
    let cases: [(&[u8], Encoding, &str); 8] = [
        (b"\xff\xfea\0", Encoding::Utf8, "set encoding: utf-16"),
        (b"\xfe\xff\0a", Encoding::Utf8, "set encoding: utf-16"),
        (b"\xfe\xff\0a", Encoding::Utf16Le, "set encoding: utf-16"),
        (b"\xff\xfea\0", Encoding::Latin1, "set encoding: utf-16"),
        (b"\xef\xbb\xbfa\n", Encoding::Windows1252, "set encoding: utf-8"),
        (b"\xef\xbb\xbfa\n", Encoding::Utf16, "set encoding: utf-8"),
        (b"\xff\xfe\0\0a\0\0\0", Encoding::Utf8, "UTF-32, which is not read"),
        (b"a\0\n\0", Encoding::Utf16, "set encoding: utf-16le or encoding: utf-16be"),
    ];
    for (bytes, encoding, advice) in cases {
        let outcome = read_as(encoding, bytes, &["a"]);
        let failure = outcome.expect_failure();
        assert_eq!(failure.kind(), ErrorKind::Decode);
        assert!(failure.message().ends_with(advice), "{}", failure.message());
        let place = failure.location();
        assert_eq!((place.byte_offset, place.rule.as_deref()), (Some(0), Some("encoding")));
        assert!(place.path.is_some());
    }
}

#[test]
fn the_mark_of_the_encoding_itself_is_no_data() {
    for (bytes, encodings) in [
        (utf16("\u{feff}a\n1\n", u16::to_le_bytes), [Encoding::Utf16, Encoding::Utf16Le]),
        (utf16("\u{feff}a\n1\n", u16::to_be_bytes), [Encoding::Utf16, Encoding::Utf16Be]),
    ] {
        for encoding in encodings {
            let outcome = read_as(encoding, &bytes, &["a"]);
            assert_eq!(outcome.texts(0), some(&["1"]));
            assert_eq!(offsets(&outcome), [(2, 6)]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn offsets_are_those_of_the_file(
        texts in prop::collection::vec("[a-z😀é€\u{80}\u{ffff}\r]{0,40}", 0..40),
        block_bytes in 1_usize..400,
        is_little in any::<bool>(),
    ) {
        let (encoding, order): (_, fn(u16) -> [u8; 2]) =
            if is_little { (Encoding::Utf16Le, u16::to_le_bytes) } else { (Encoding::Utf16Be, u16::to_be_bytes) };
        let mut bytes = utf16("a,b\r\n", order);
        let mut expected = Vec::new();
        let mut line = 2;
        for text in &texts {
            expected.push((line, bytes.len() as u64));
            bytes.extend(utf16(&format!("1,\"{text}\"\r\n"), order));
            line += 1 + text.matches('\r').count() as u64;
        }
        let limits = Limits { block_bytes, record_bytes: 1 << 20, field_bytes: 1 << 20 };
        let outcome = read_with(&bytes, &["a", "b"], of(encoding), limits);
        prop_assert_eq!(offsets(&outcome), expected);
        let texts: Vec<_> = texts.into_iter().map(Some).collect();
        prop_assert_eq!(if texts.is_empty() { vec![] } else { outcome.texts(1) }, texts);
    }
}
