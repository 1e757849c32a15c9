//! Values, nulls and what breaks rule `type`.

use arrow_array::types::{Decimal128Type, Float32Type, Int64Type, TimestampMicrosecondType};
use arrow_schema::DataType;

use super::*;
use crate::ErrorKind;
use crate::csv::CsvFile;

#[test]
fn only_an_unquoted_null_spelling_is_null() {
    let options =
        CsvOptions { null_values: vec![String::new(), "NA".into()], ..CsvOptions::default() };
    let text = "a,b\n,1\n\"\",2\nNA,3\n\"NA\",4\nNAN,NA\n";
    let outcome = read_with(text, &["a", "b:int64"], options, Limits::default());
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(outcome.texts(0), [None, text(""), None, text("NA"), text("NAN")]);
    let rows = outcome.rows();
    assert_eq!(rows.column(1).as_primitive::<Int64Type>().null_count(), 1);
}

#[test]
fn a_quoted_empty_is_no_number() {
    let outcome = read("a,b\n\"\",1\n\"7\",2\n,3\n", &["a:int64", "b:int64"]);
    assert_eq!(outcome.rules(), ["type"]);
    let violation = &outcome.rejects()[0].violations[0];
    assert_eq!(violation.message, "is not an int64");
    assert_eq!(violation.value.as_deref(), Some(""));
    let rows = outcome.rows();
    let column = rows.column(0).as_primitive::<Int64Type>();
    assert_eq!(column.iter().collect::<Vec<_>>(), [Some(7), None]);
}

#[test]
fn every_violation_is_collected_in_column_order() {
    let long = "x".repeat(300);
    let text = format!("b,a,c\nz,1,t\n1,y,true\n2,3,false\nq,\"{long}\",0\n");
    let outcome = read(text, &["a:int8", "b:double", "c:bool"]);
    let rejects = outcome.rejects();
    let fields = |at: usize| {
        rejects[at].violations.iter().map(|one| one.field.clone().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((fields(0), fields(1)), (vec!["b".into(), "c".into()], vec!["a".to_owned()]));
    assert_eq!(fields(2), ["a", "b", "c"]);
    assert_eq!(rejects.iter().map(|reject| reject.index).collect::<Vec<_>>(), [0, 1, 3]);
    assert_eq!(rejects[2].violations[0].value.as_ref().map(String::len), Some(200));
    assert_eq!(rejects[2].violations[0].message, "is not an int8");
    assert_eq!(outcome.rows().num_rows(), 1);
    assert_eq!(outcome.batches[0].position(0), Some((4, 21)));
    assert_eq!(outcome.batches[0].num_records, 4);
}

#[test]
fn every_type_is_built_as_declared_and_nullable() {
    let types = [
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "float",
        "double",
        "decimal128(15, 2)",
        "string",
        "date32[day]",
        "timestamp[us]",
        "timestamp[us, tz=UTC]",
    ];
    let columns: Vec<_> =
        types.iter().enumerate().map(|(at, name)| format!("c{at}:{name}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let header: Vec<_> = (0..types.len()).map(|at| format!("c{at}")).collect();
    let text = format!(
        "{}\nTRUE,-128,-32768,+7,9223372036854775807,0.1,1e308,12.5,x,1970-01-02,\
         1970-01-01T00:00:01,1970-01-01T01:00+01\n{}\n",
        header.join(","),
        ",".repeat(types.len() - 1)
    );
    let outcome = read(text, &columns);
    assert!(outcome.rejects().is_empty());
    let rows = outcome.rows();
    for (at, spelling) in types.iter().enumerate() {
        let field = rows.schema().field(at).clone();
        assert!(field.is_nullable());
        assert_eq!(types::spell(field.data_type()).as_deref(), Some(*spelling));
        assert!(rows.column(at).is_valid(0) && rows.column(at).is_null(1), "{spelling}");
    }
    assert_eq!(rows.column(7).as_primitive::<Decimal128Type>().value(0), 1250);
    assert!((rows.column(5).as_primitive::<Float32Type>().value(0) - 0.1).abs() < f32::EPSILON);
    assert_eq!(rows.column(11).as_primitive::<TimestampMicrosecondType>().value(0), 0);
}

#[test]
fn out_of_range_is_no_value() {
    let outcome = read(
        "a,b,c\n128,1,1\n1,1e39,1\n1,1,1000\n1,1,1.001\n",
        &["a:int8", "b:float", "c:decimal128(5, 2)"],
    );
    let rejects = outcome.rejects();
    let fields: Vec<_> =
        rejects.iter().filter_map(|one| one.violations[0].field.as_deref()).collect();
    assert_eq!(fields, ["a", "b", "c", "c"]);
}

#[test]
fn options_that_cannot_be_meant_are_refused() {
    let refused = |options: CsvOptions| {
        let error =
            CsvReader::new(Vec::<CsvFile>::new(), &schema(&["a"]), options, 1, 1).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.location().field.clone().unwrap()
    };
    for spelling in ["a,b", "\"", "x\n", "\r"] {
        let null_values = vec![spelling.to_owned()];
        assert_eq!(refused(CsvOptions { null_values, ..CsvOptions::default() }), "null_values");
    }
    assert_eq!(refused(CsvOptions { delimiter: '\n', ..CsvOptions::default() }), "delimiter");
    assert_eq!(refused(CsvOptions { quote: Some(','), ..CsvOptions::default() }), "quote");
    let twice = CsvOptions { escape: Some('#'), comment: Some('#'), ..CsvOptions::default() };
    assert_eq!(refused(twice), "comment");
    let blank = CsvOptions { escape: Some(' '), trim: true, ..CsvOptions::default() };
    assert_eq!(refused(blank), "escape");
    let large = Schema::new(vec![Field::new("a", DataType::LargeBinary, true)]);
    for schema in [Schema::empty(), large] {
        let error = CsvReader::new(Vec::<CsvFile>::new(), &schema, CsvOptions::default(), 1, 1)
            .err()
            .unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}

#[test]
fn another_dialect_is_read() {
    let options = CsvOptions { delimiter: '\0', quote: Some('\''), ..CsvOptions::default() };
    let outcome = read_with("a\0b\n'1\0'\0\"2\"", &["a", "b"], options, Limits::default());
    assert_eq!(outcome.texts(0), some(&["1\0"]));
    assert_eq!(outcome.texts(1), some(&["\"2\""]));
}
