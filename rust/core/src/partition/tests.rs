//! Laws of partitioning.

mod terms;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use proptest::prelude::*;

use super::*;

fn batch(keys: &[Option<i64>], names: &[Option<&str>]) -> RecordBatch {
    let rows: Vec<i64> = (0..keys.len()).map(|row| i64::try_from(row).unwrap()).collect();
    RecordBatch::try_from_iter([
        ("key", Arc::new(Int64Array::from(keys.to_vec())) as ArrayRef),
        ("name", Arc::new(StringArray::from(names.to_vec()))),
        ("row", Arc::new(Int64Array::from(rows))),
    ])
    .unwrap()
}

fn rows(part: &Part) -> Vec<i64> {
    let (index, _) = part.batch.schema_ref().column_with_name("row").unwrap();
    part.batch.column(index).as_primitive::<Int64Type>().values().to_vec()
}

#[test]
fn parts_come_in_order_of_first_appearance() {
    let batch = batch(&[Some(2), Some(1), Some(2), None], &[None, Some("a"), None, Some("")]);

    let parts = partition_by(&batch, &["key", "name"]).unwrap();

    let found: Vec<_> = parts.iter().map(|part| (part.values.clone(), rows(part))).collect();
    assert_eq!(
        found,
        [
            (vec![Some("2".into()), None], vec![0, 2]),
            (vec![Some("1".into()), Some("a".into())], vec![1]),
            (vec![None, Some(String::new())], vec![3]),
        ]
    );
}

#[test]
fn one_combination_shares_the_buffers() {
    let batch = batch(&[Some(1), Some(1)], &[None, None]);

    let parts = partition_by(&batch, &["key"]).unwrap();

    assert_eq!(parts.len(), 1);
    assert_eq!(parts[0].batch.schema().fields().len(), 2);
    let pointer =
        |batch: &RecordBatch, index: usize| batch.column(index).to_data().buffers()[0].as_ptr();
    assert_eq!(pointer(&parts[0].batch, 1), pointer(&batch, 2));
}

#[test]
fn values_are_spelled_as_iso_and_exactly() {
    let decimals = Decimal128Array::from(vec![-5_i128]).with_precision_and_scale(10, 2).unwrap();
    let micros = TimestampMicrosecondArray::from(vec![-1_i64]);
    let batch = RecordBatch::try_from_iter([
        ("a", Arc::new(Date32Array::from(vec![-719_162])) as ArrayRef),
        ("b", Arc::new(decimals)),
        ("c", Arc::new(micros.clone())),
        ("d", Arc::new(micros.with_timezone("UTC"))),
    ])
    .unwrap();

    let parts = partition_by(&batch, &["a", "b", "c", "d"]).unwrap();

    let values: Vec<_> = parts[0].values.iter().flatten().map(String::as_str).collect();
    assert_eq!(
        values,
        ["0001-01-01", "-0.05", "1969-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999+00:00"]
    );
    assert_eq!(parts[0].batch.num_rows(), 1);
}

#[test]
fn floats_and_strangers_are_refused_by_name() {
    let floats = Arc::new(Float64Array::from(vec![1.0])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("f", floats)]).unwrap();

    for name in ["f", "g"] {
        let error = partition_by(&batch, &[name]).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(error.location().field.as_deref(), Some(name));
    }
}

proptest! {
    #[test]
    fn every_row_is_in_one_part_and_in_order(keys in prop::collection::vec(prop::option::of(0_i64..4), 0..60)) {
        let names: Vec<Option<&str>> = keys.iter().map(|key| key.map(|_| "x")).collect();
        let batch = batch(&keys, &names);

        let parts = partition_by(&batch, &["name", "key"]).unwrap();

        let mut all = Vec::new();
        for part in &parts {
            let rows = rows(part);
            prop_assert!(rows.is_sorted());
            for row in &rows {
                let key = keys[usize::try_from(*row).unwrap()].map(|key| key.to_string());
                prop_assert_eq!(&key, &part.values[1]);
            }
            all.extend(rows);
        }
        all.sort_unstable();
        prop_assert_eq!(all.len(), keys.len());
        prop_assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
