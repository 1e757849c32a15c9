//! Laws of Iceberg's partitions; `tests/engine/test_partition_terms.py` holds them to
//! `PyIceberg`'s for any values.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{
    Array, ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, StructArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow_schema::{DataType, Field};

use super::super::murmur::{murmur3, murmur3_decimal, murmur3_long};
use super::super::{Term, Transform, partition_by_terms};
use crate::{ErrorKind, Result};

fn terms(spelled: &[&str]) -> Vec<Term> {
    spelled.iter().map(|term| term.parse().unwrap()).collect()
}

fn one(name: &str, array: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([(name, array)]).unwrap()
}

fn values(array: ArrayRef, term: &str) -> Result<Vec<Option<String>>> {
    let parts = partition_by_terms(&one("c", array), &terms(&[term]))?;
    Ok(parts.into_iter().map(|part| part.values[0].clone()).collect())
}

/// <https://iceberg.apache.org/spec/#appendix-b-32-bit-hash-requirements>
#[test]
fn hashes_are_those_of_the_specification() {
    let signed = |hash: u32| i64::from(hash.cast_signed());
    let uuid = 0xf79c_3e09_677c_4bbd_a479_3f34_9cb7_85e7_u128.to_be_bytes();
    let found = [
        (signed(murmur3_long(34)), 2_017_239_379),
        (signed(murmur3_decimal(1420)), -500_754_589),
        (signed(murmur3_long(17_486)), -653_330_422),
        (signed(murmur3_long(81_068_000_000)), -662_762_989),
        (signed(murmur3_long(1_510_871_468_000_000)), -2_047_944_441),
        (signed(murmur3_long(1_510_871_468_000_001)), -1_207_196_810),
        (signed(murmur3(b"iceberg")), 1_210_000_089),
        (signed(murmur3(&uuid)), 1_488_055_340),
        (signed(murmur3(&[0, 1, 2, 3])), -188_683_207),
        (signed(murmur3_long(1)), 1_392_991_556),
    ];

    for (hash, expected) in found {
        assert_eq!(hash, expected);
    }
}

#[test]
fn terms_are_spelled_one_way() {
    let spelled = [
        ("id", Transform::Identity, "id", "id"),
        (" identity( id ) ", Transform::Identity, "id", "id"),
        ("bucket(16,id)", Transform::Bucket(16), "id", "bucket(16, id)"),
        ("truncate(4, a b)", Transform::Truncate(4), "a b", "truncate(4, a b)"),
        ("day(a, b)", Transform::Day, "a, b", "day(a, b)"),
        ("bucket(2, day(x))", Transform::Bucket(2), "day(x)", "bucket(2, day(x))"),
        ("Sum(x)", Transform::Identity, "Sum(x)", "Sum(x)"),
    ];

    for (text, transform, column, shown) in spelled {
        let term: Term = text.parse().unwrap();
        assert_eq!(term, Term { transform, column: column.into() });
        assert_eq!(term.to_string(), shown);
    }
    for text in ["days(x)", "bucket(x)", "bucket(0, x)", "bucket(-1, x)", "day(3, x)", "f(x)"] {
        assert_eq!(text.parse::<Term>().unwrap_err().kind(), ErrorKind::Config, "{text}");
    }
}

#[test]
fn parts_keep_every_column_and_say_their_values_twice() {
    let micros = Arc::new(TimestampMicrosecondArray::from(vec![Some(-1), Some(0), None, Some(-2)]));
    let batch = RecordBatch::try_from_iter([
        ("ts", micros as ArrayRef),
        ("row", Arc::new(Int64Array::from(vec![0, 1, 2, 3]))),
    ])
    .unwrap();

    let parts = partition_by_terms(&batch, &terms(&["hour(ts)", "year(ts)"])).unwrap();

    let texts = |part: &super::super::TermPart| {
        part.folders.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
    };
    assert_eq!(parts.len(), 3);
    assert_eq!(parts[0].values, [Some("-1".to_owned()), Some("-1".to_owned())]);
    assert_eq!(texts(&parts[0]), ["ts_hour=1969-12-31-23", "ts_year=1969"]);
    assert_eq!(texts(&parts[1]), ["ts_hour=1970-01-01-00", "ts_year=1970"]);
    assert_eq!(texts(&parts[2]), ["ts_hour=null", "ts_year=null"]);
    assert_eq!(parts[2].values, [None, None]);
    assert_eq!(parts[0].batch.schema(), batch.schema());
    assert_eq!(parts[0].batch.column(1).as_primitive::<Int64Type>().values(), &[0, 3]);
}

#[test]
fn no_rows_make_no_parts_and_one_part_shares_the_buffers() {
    let batch = one("c", Arc::new(Int64Array::from(vec![7, 7])));

    assert!(partition_by_terms(&batch.slice(0, 0), &terms(&["c"])).unwrap().is_empty());
    for spec in [&["bucket(1, c)"][..], &["void(c)"], &[]] {
        let parts = partition_by_terms(&batch, &terms(spec)).unwrap();
        assert_eq!(parts.len(), 1);
        let pointer = |batch: &RecordBatch| batch.column(0).to_data().buffers()[0].as_ptr();
        assert_eq!(pointer(&parts[0].batch), pointer(&batch));
    }
}

#[test]
fn a_column_within_structs_is_null_where_they_are() {
    let inner = Arc::new(Int64Array::from(vec![Some(1), Some(2), None])) as ArrayRef;
    let field = Arc::new(Field::new("x", DataType::Int64, true));
    let s = StructArray::new(vec![field].into(), vec![inner], Some(vec![true, false, true].into()));
    let batch = one("s", Arc::new(s));

    let parts = partition_by_terms(&batch, &terms(&["truncate(10, s.x)"])).unwrap();

    let found: Vec<_> = parts.iter().map(|part| part.values[0].as_deref()).collect();
    assert_eq!(found, [Some("0"), None]);
    assert_eq!(parts[1].batch.num_rows(), 2);
}

#[test]
fn a_name_with_a_point_comes_before_a_path() {
    let inner = Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    let field = Arc::new(Field::new("x", DataType::Int64, true));
    let s = StructArray::new(vec![field].into(), vec![inner], None);
    let named = Arc::new(Int64Array::from(vec![5])) as ArrayRef;
    let batch =
        RecordBatch::try_from_iter([("s", Arc::new(s) as ArrayRef), ("s.x", named)]).unwrap();

    let parts = partition_by_terms(&batch, &terms(&["s.x"])).unwrap();

    assert_eq!(parts[0].values, [Some("5".to_owned())]);
}

#[test]
fn what_iceberg_has_no_result_for_is_refused() {
    let decimals = Decimal128Array::from(vec![-99_999]).with_precision_and_scale(5, 2).unwrap();
    let far = TimestampMicrosecondArray::from(vec![i64::MAX]);
    let beyond: [(ArrayRef, &str); 4] = [
        (Arc::new(Int64Array::from(vec![i64::MIN])), "truncate(10, c)"),
        (Arc::new(arrow_array::Int32Array::from(vec![i32::MIN])), "truncate(10, c)"),
        (Arc::new(decimals), "truncate(50, c)"),
        (Arc::new(far), "hour(c)"),
    ];

    for (array, term) in beyond {
        let error = values(array, term).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Contract);
        assert_eq!(error.location().field.as_deref(), Some("c"));
    }
    // Beneath a null lies any number.
    let hidden = Int64Array::new(vec![i64::MIN].into(), Some(vec![false].into()));
    assert_eq!(values(Arc::new(hidden), "truncate(10, c)").unwrap(), [None]);
}

#[test]
fn types_that_a_transform_does_not_take_are_refused_by_name() {
    let text = || Arc::new(StringArray::from(vec!["x"])) as ArrayRef;
    let day = || Arc::new(Date32Array::from(vec![1])) as ArrayRef;
    let misfits: [(ArrayRef, &str); 5] = [
        (text(), "day(c)"),
        (day(), "hour(c)"),
        (day(), "truncate(2, c)"),
        (Arc::new(Float64Array::from(vec![1.0])), "c"),
        (text(), "bucket(2, d)"),
    ];

    for (array, term) in misfits {
        let error = values(array, term).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Config, "{term}");
    }
}

#[test]
fn nanoseconds_share_the_buckets_of_their_microseconds() {
    let micros = Arc::new(TimestampMicrosecondArray::from(vec![-1, 1_510_871_468_000_001]));
    let nanos = Arc::new(TimestampNanosecondArray::from(vec![-999, 1_510_871_468_000_001_999]));

    let term = "bucket(1000, c)";

    assert_eq!(values(nanos, term).unwrap(), values(micros, term).unwrap());
}
