use arrow_schema::{DataType, Field};
use proptest::prelude::*;

use super::{field, holds, is_json, is_uuid, parse, plain, retyped, spell, spell_field};
use crate::ErrorKind;

/// Spellings of types without members.
fn scalars() -> impl Strategy<Value = String> {
    let fixed = vec![
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "float",
        "double",
        "string",
        "binary",
        "date32[day]",
        "time32[s]",
        "time32[ms]",
        "time64[us]",
        "time64[ns]",
        "extension<arrow.uuid>",
        "extension<arrow.json>",
    ];
    let zones = vec!["", ", tz=UTC", ", tz=+05:30", ", tz=Europe/Berlin", ", tz=Etc/GMT+5"];
    prop_oneof![
        proptest::sample::select(fixed).prop_map(str::to_owned),
        (proptest::sample::select(vec!["s", "ms", "us", "ns"]), proptest::sample::select(zones))
            .prop_map(|(unit, zone)| format!("timestamp[{unit}{zone}]")),
        (1_u8..=38)
            .prop_flat_map(|precision| (Just(precision), 0..=precision))
            .prop_map(|(precision, scale)| format!("decimal128({precision}, {scale})")),
    ]
}

fn keys() -> impl Strategy<Value = String> {
    let fixed = vec!["string", "int64", "date32[day]", "extension<arrow.uuid>", "decimal128(5, 2)"];
    proptest::sample::select(fixed).prop_map(str::to_owned)
}

fn members(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (inner, any::<bool>())
        .prop_map(|(inner, nullable)| if nullable { inner } else { inner + " not null" })
}

/// Spellings of all types.
fn spellings() -> impl Strategy<Value = String> {
    scalars().prop_recursive(4, 24, 4, |inner| {
        let names = "[^\0]{0,6}|[a-z_]{1,4}";
        prop_oneof![
            members(inner.clone()).prop_map(|item| format!("list<item: {item}>")),
            (keys(), members(inner.clone()))
                .prop_map(|(key, value)| format!("map<{key}, {value}>")),
            prop::collection::btree_map(names, members(inner), 1..4).prop_map(|fields| {
                let fields = fields.iter().map(|(name, member)| {
                    let plain = super::is_identifier(name);
                    let name =
                        if plain { name.clone() } else { serde_json::json!(name).to_string() };
                    format!("{name}: {member}")
                });
                format!("struct<{}>", fields.collect::<Vec<_>>().join(", "))
            }),
        ]
    })
}

proptest! {
    /// A spelling is the type's, and the type the spelling's: nothing of either is lost.
    #[test]
    fn spelling_a_parsed_type_round_trips(spelling in spellings()) {
        let column = field("c", &spelling, true).unwrap();

        let spelled = spell_field(&column);

        prop_assert_eq!(spelled.as_deref(), Some(spelling.as_str()));
        prop_assert_eq!(field("c", &spelled.unwrap(), true).unwrap(), column);
    }

    /// No text makes the parser panic, and what it takes is spelled in one way.
    #[test]
    fn parsing_any_text_is_safe(spelling in "([a-z0-9]{0,9}[<>,: \"\\[\\]()]{0,2}){0,6}") {
        if let Ok(column) = field("c", &spelling, true) {
            let spelled = spell_field(&column).unwrap();
            prop_assert_eq!(field("c", &spelled, true).unwrap(), column);
        }
    }
}

/// Other spellings of a type mean the same.
#[test]
fn aliases_are_the_types_themselves() {
    for (alias, spelling) in [
        ("float32", "float"),
        ("float64", "double"),
        ("date", "date32[day]"),
        ("date32", "date32[day]"),
        ("uuid", "extension<arrow.uuid>"),
        ("json", "extension<arrow.json>"),
        ("decimal128(5,2)", "decimal128(5, 2)"),
        ("list<int8>", "list<item: int8>"),
        ("list<element: int8 not null>", "list<item: int8 not null>"),
        ("list<element: list<int8>>", "list<item: list<item: int8>>"),
        ("map<string not null, json>", "map<string, extension<arrow.json>>"),
        ("struct<a b: int8>", "struct<\"a b\": int8>"),
    ] {
        let (left, right) = (field("c", alias, true), field("c", spelling, true));

        assert_eq!(left.unwrap(), right.unwrap(), "{alias}");
    }
}

/// What is no type is refused with its reason.
#[test]
fn other_spellings_are_refused() {
    for (spelling, why) in [
        ("", "\"\""),
        ("uint8", "\"uint8\""),
        ("int64 ", "the end is expected before \" \""),
        ("list", "ends where \"<\""),
        ("list<int8", "ends where \">\""),
        ("list<value: int8>", "no column type"),
        ("struct<>", "the name of a field"),
        ("struct<a: int8, a: int8>", "stands twice"),
        ("struct<\"a\\u0000\": int8>", "NUL"),
        ("map<double, int8>", "keys of a map"),
        ("map<json, int8>", "keys of a map"),
        ("time32[us]", "the units of time32"),
        ("time64[s]", "the units of time64"),
        ("timestamp[us, tz=]", "a time zone is"),
        ("timestamp[us, tz=+24:00]", "a time zone is"),
        ("timestamp[us, tz=Europe/ Berlin]", "a time zone is"),
        ("timestamp[m]", "units are"),
        ("extension<arrow.bool8>", "known extensions"),
        ("decimal128(39, 0)", "a precision is"),
        ("decimal128(3, 4)", "a precision is"),
        ("decimal128(3, -1)", "a number is expected"),
    ] {
        let error = parse(spelling).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(why), "{spelling}: {}", error.message());
    }
    let deep = "list<".repeat(100_000);
    assert!(parse(&deep).unwrap_err().message().ends_with("more than 64 deep"));
}

/// An extension type is told from its storage by the field.
#[test]
fn extension_types_are_of_the_field() {
    let (uuid, json) = (field("u", "uuid", true).unwrap(), field("j", "json", true).unwrap());

    assert!(is_uuid(&uuid) && is_json(&json));
    assert!(!is_json(&field("s", "string", true).unwrap()));
    assert_eq!(uuid.data_type(), &DataType::FixedSizeBinary(16));
    assert_eq!(spell(json.data_type()).as_deref(), Some("string"));
    assert_eq!(
        spell_field(
            &field("u", "uuid", true).unwrap().with_metadata(arrow_schema::Metadata::default())
        ),
        None
    );
    assert_eq!(spell(&DataType::UInt8), None);
}

/// A type holds those from which every value comes without loss, and no other.
#[test]
fn a_type_holds_narrower_ones() {
    for (wide, narrow, back) in [
        ("int64", "int64", true),
        ("int64", "int32", false),
        ("double", "float", false),
        ("double", "int32", false),
        ("decimal128(10, 2)", "decimal128(5, 2)", false),
        ("decimal128(10, 4)", "decimal128(8, 2)", false),
        ("decimal128(19, 0)", "int64", false),
        ("timestamp[ns]", "timestamp[us]", false),
        ("timestamp[us, tz=UTC]", "timestamp[us, tz=+01:00]", true),
        ("time64[us]", "time32[s]", false),
        ("list<item: int64>", "list<item: int8>", false),
        ("struct<a: int64>", "struct<a: int8 not null>", false),
        ("map<string, int64>", "map<string, int8>", false),
        ("extension<arrow.uuid>", "extension<arrow.uuid>", true),
        ("string", "extension<arrow.json>", false),
    ] {
        let (wide, narrow) = (field("w", wide, true).unwrap(), field("n", narrow, true).unwrap());

        assert!(holds(&wide, &narrow), "{wide} {narrow}");
        assert_eq!(holds(&narrow, &wide), back, "{narrow} {wide}");
    }
    for (one, other) in [
        ("int64", "double"),
        ("decimal128(5, 2)", "decimal128(5, 3)"),
        ("decimal128(18, 0)", "int64"),
        ("float", "int32"),
        ("string", "int64"),
        ("timestamp[us]", "timestamp[us, tz=UTC]"),
        ("date32[day]", "timestamp[us]"),
        ("struct<a: int8>", "struct<b: int8>"),
        ("extension<arrow.uuid>", "string"),
    ] {
        let (one, other) = (field("o", one, true).unwrap(), field("t", other, true).unwrap());

        assert!(!holds(&one, &other), "{one} {other}");
        assert!(!holds(&other, &one), "{other} {one}");
    }
    let utf8 = field("s", "string", true).unwrap();
    for narrow in [
        DataType::Null,
        DataType::LargeUtf8,
        DataType::Utf8View,
        DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into()),
    ] {
        assert!(holds(&utf8, &arrow_schema::Field::new("n", narrow, true)));
    }
}

/// Data from elsewhere are the same column, whatever its producer calls what is nested.
#[test]
fn plain_types_have_our_names_and_no_metadata_of_others() {
    let noted = |name: &str, data_type: DataType, nullable: bool| {
        let note = std::collections::HashMap::from([("note".to_owned(), "x".to_owned())]);
        Field::new(name, data_type, nullable).with_metadata(note)
    };
    let uuid = field("u", "uuid", false).unwrap();
    let items = DataType::List(noted("element", DataType::Int8, false).into());
    let pair = vec![noted("keys", DataType::Utf8, false), uuid.clone().with_name("values")];
    let pair = noted("key_value", DataType::Struct(pair.into()), false);
    let map = DataType::Map(pair.into(), true);
    let members = DataType::Struct(vec![noted("l", items, true), noted("m", map, true)].into());

    let found = plain(&noted("a", members, false));

    let spelling =
        "struct<l: list<item: int8 not null>, m: map<string, extension<arrow.uuid> not null>>";
    assert_eq!(found, field("a", spelling, false).unwrap());
    assert_eq!(plain(&found), found);
    assert_eq!(plain(&uuid), uuid);
}

proptest! {
    /// A column of ours is plain already, and its values are those that they were.
    #[test]
    fn columns_of_ours_are_plain(spelling in spellings()) {
        let column = field("c", &spelling, true).unwrap();
        let array = arrow_array::new_null_array(column.data_type(), 3);

        prop_assert_eq!(plain(&column), column.clone());
        prop_assert!(std::sync::Arc::ptr_eq(&retyped(&array, column.data_type()).unwrap(), &array));
    }
}
