//! Laws of the Parquet writer; files are read back with the library's own reader.

mod nested;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ::parquet::basic::Repetition;
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::file::statistics::Statistics;
use arrow_array::{
    ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::concat::concat_batches;
use proptest::prelude::*;

use crate::sink::FileSink;

use super::*;

/// A file that is gone at the end of its test.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("headrace-{}-{number}.parquet", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn options(&self, schema: SchemaRef, row_group_bytes: usize) -> FileOptions {
        let compression = Compression::Zstd;
        let metadata = vec![("key".to_owned(), "value".to_owned())];
        FileOptions {
            path: self.0.clone(),
            schema,
            compression,
            row_group_bytes,
            metadata,
            field_ids: FieldIds::new(),
        }
    }

    fn read(&self) -> (RecordBatch, ParquetMetaData) {
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(File::open(&self.0).unwrap()).unwrap();
        let metadata = builder.metadata().as_ref().clone();
        // The reader shows the footer's metadata as the schema's.
        let schema = Arc::new(Schema::new(builder.schema().fields().clone()));
        let batches: Vec<_> = builder.build().unwrap().map(|batch| batch.unwrap()).collect();
        (concat_batches(&schema, &batches).unwrap(), metadata)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

fn batch(rows: std::ops::Range<i64>) -> RecordBatch {
    let texts = rows.clone().map(|row| (row % 5 != 0).then(|| format!("text {}", row % 50)));
    let decimals = rows.clone().map(|row| i128::from(row) * 7 - 1_000).collect::<Vec<_>>();
    let decimals = Decimal128Array::from(decimals).with_precision_and_scale(38, 4).unwrap();
    let times = TimestampMicrosecondArray::from_iter_values(rows.clone()).with_timezone("UTC");
    RecordBatch::try_from_iter_with_nullable([
        ("number", Arc::new(rows.collect::<Int64Array>()) as ArrayRef, true),
        ("text", Arc::new(texts.collect::<StringArray>()), true),
        ("decimal", Arc::new(decimals), true),
        ("time", Arc::new(times), true),
    ])
    .unwrap()
}

fn nulls() -> RecordBatch {
    let array = Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef;
    RecordBatch::try_from_iter_with_nullable([("a", array, true)]).unwrap()
}

fn required() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, false)]))
}

#[test]
fn row_groups_come_back_in_order_with_their_statistics() {
    let (place, batch) = (Place::new(), batch(0..20_000));

    let mut file = FileWriter::create(place.options(batch.schema(), 64 << 10)).unwrap();
    for start in (0..20_000).step_by(700) {
        file.write(&batch.slice(start, 700.min(20_000 - start))).unwrap();
    }
    let progress = file.progress();
    let summary = file.close().unwrap();

    let (found, metadata) = place.read();
    assert_eq!(found, batch);
    assert_eq!(summary, Summary { rows: 20_000, bytes: place.0.metadata().unwrap().len() });
    assert_eq!((progress.rows(), progress.written_bytes()), (20_000, summary.bytes));
    assert!(metadata.num_row_groups() > 5);
    let mut first = 0;
    for group in metadata.row_groups() {
        let last = first + group.num_rows();
        let Some(Statistics::Int64(numbers)) = group.column(0).statistics() else { panic!() };
        assert_eq!((numbers.min_opt(), numbers.max_opt()), (Some(&first), Some(&(last - 1))));
        let texts = group.column(1).statistics().unwrap();
        let empty = (first..last).filter(|row| row % 5 == 0).count() as u64;
        assert_eq!(texts.null_count_opt(), Some(empty));
        let decimals = group.column(2).statistics().unwrap();
        let bytes = (i128::from(first) * 7 - 1_000).to_be_bytes();
        assert_eq!(decimals.min_bytes_opt(), Some(bytes.as_slice()));
        first = last;
    }
    let footer = metadata.file_metadata();
    assert!(footer.created_by().unwrap().starts_with("headrace "));
    assert!(footer.key_value_metadata().unwrap().iter().any(|pair| pair.key == "key"));
}

#[test]
fn dictionaries_are_for_columns_that_repeat() {
    let (place, batch) = (Place::new(), batch(0..5_000));

    let mut file = FileWriter::create(place.options(batch.schema(), 1 << 20)).unwrap();
    file.write(&batch).unwrap();
    file.close().unwrap();

    let (_, metadata) = place.read();
    let columns = metadata.row_group(0).columns().iter();
    let with: Vec<bool> = columns.map(|column| column.dictionary_page_offset().is_some()).collect();
    assert_eq!(with, [false, true, false, false]);
}

#[test]
fn a_file_without_batches_is_a_file_without_rows() {
    let place = Place::new();

    let summary = FileWriter::create(place.options(required(), 1)).unwrap().close().unwrap();

    assert_eq!(summary.rows, 0);
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&place.0).unwrap()).unwrap();
    assert_eq!(reader.schema().fields(), required().fields());
}

#[test]
fn required_columns_are_written_as_required_and_refuse_nulls() {
    let place = Place::new();
    let mut file = FileWriter::create(place.options(required(), 1 << 20)).unwrap();

    let error = file.write(&nulls()).unwrap_err();
    file.write(&nulls().slice(0, 1)).unwrap();
    let summary = file.close().unwrap();

    assert_eq!((error.kind(), error.location().field.as_deref()), (ErrorKind::Contract, Some("a")));
    assert_eq!(summary.rows, 1);
    let (_, metadata) = place.read();
    let schema = metadata.file_metadata().schema_descr();
    assert_eq!(schema.column(0).self_type().get_basic_info().repetition(), Repetition::REQUIRED);
}

#[test]
fn other_columns_are_refused_by_name() {
    let place = Place::new();
    let mut file = FileWriter::create(place.options(required(), 1)).unwrap();

    let error = file.write(&batch(0..1)).unwrap_err();

    assert_eq!((error.kind(), error.location().field.as_deref()), (ErrorKind::Contract, Some("a")));
}

#[test]
fn a_file_that_exists_is_never_overwritten() {
    let place = Place::new();
    std::fs::write(&place.0, b"precious").unwrap();

    let error = FileWriter::create(place.options(required(), 1)).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Write);
    assert_eq!(std::fs::read(&place.0).unwrap(), b"precious");
}

#[test]
fn abort_and_drop_end_at_once_and_leave_the_file() {
    for is_aborted in [true, false] {
        let place = Place::new();
        let mut file = FileWriter::create(place.options(batch(0..1).schema(), 1 << 10)).unwrap();
        file.write(&batch(0..2_000)).unwrap();

        if is_aborted {
            file.abort();
        } else {
            drop(file);
        }

        assert!(place.0.exists());
    }
}

#[test]
fn a_panic_becomes_an_internal_error_of_the_file() {
    let place = Place::new();
    let root = encode::root(&required()).unwrap();
    let properties = Arc::new(options::properties(&place.options(required(), 1)).unwrap().build());
    let file = FileSink::create(&place.0).unwrap();
    let sink = append::Sink::new(Box::new(file), root, properties).unwrap();
    let appender = append::Appender::new(place.0.clone(), sink, Arc::default());

    let error = appender.guarded::<()>(|| panic!("out of pages")).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.message().contains("out of pages"));
    assert_eq!(error.location().path.as_deref(), Some(place.0.as_path()));
}

#[test]
fn one_thread_may_fill_more_files_than_there_are_workers() {
    let (places, batch): (Vec<Place>, _) = ((0..12).map(|_| Place::new()).collect(), batch(0..300));
    let open = |place: &Place| FileWriter::create(place.options(batch.schema(), 1 << 10)).unwrap();
    let mut files: Vec<FileWriter> = places.iter().map(open).collect();

    for _ in 0..5 {
        for file in &mut files {
            file.write(&batch).unwrap();
        }
    }

    for file in files {
        assert_eq!(file.close().unwrap().rows, 1_500);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn rows_round_trip_whatever_the_cuts(
        sizes in prop::collection::vec(0_i64..400, 0..8),
        row_group_bytes in 1_usize..20_000,
        flushes in any::<u8>(),
    ) {
        let total: i64 = sizes.iter().sum();
        let (place, all) = (Place::new(), batch(0..total));
        let mut file = FileWriter::create(place.options(all.schema(), row_group_bytes)).unwrap();
        let mut start = 0;
        for (index, size) in sizes.iter().enumerate() {
            file.write(&batch(start..start + size)).unwrap();
            start += size;
            if flushes >> index & 1 == 1 {
                file.flush().unwrap();
            }
        }

        prop_assert_eq!(file.close().unwrap().rows, u64::try_from(total).unwrap());
        prop_assert_eq!(place.read().0, all);
    }
}
