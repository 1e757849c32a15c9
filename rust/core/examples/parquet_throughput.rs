//! Writes lineitem-like batches and prints rows a second, bytes and peak memory.
//!
//! `cargo run --release --example parquet_throughput -- [row group MiB] [codec] [rows] [path]`
#![allow(clippy::print_stdout, reason = "an example tells on stdout")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "all numbers here are small"
)]

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::builder::StringBuilder;
use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, Int32Array, Int64Array, RecordBatch, UInt32Array,
};
use arrow_select::take::take_record_batch;
use headrace_core::parquet::{FieldIds, FileOptions, FileWriter};

const BATCH_ROWS: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mebibytes: usize = arguments.next().map_or(Ok(4), |text| text.parse())?;
    let compression = arguments.next().unwrap_or_else(|| "zstd".to_owned()).parse()?;
    let rows: usize = arguments.next().map_or(Ok(2_000_000), |text| text.parse())?;
    let path =
        arguments.next().map_or_else(|| std::env::temp_dir().join("throughput"), PathBuf::from);
    if path.exists() {
        std::fs::remove_file(&path)?;
    }
    // Made beforehand; what is written are copies, which live as long as a reader's batches would.
    let batches = (0..10).map(lineitems).collect::<Result<Vec<_>, _>>()?;
    let every_row = UInt32Array::from_iter_values(0..BATCH_ROWS as u32);
    let before = peak_kib()?;
    let began = Instant::now();
    let mut file = FileWriter::create(FileOptions {
        path: path.clone(),
        schema: batches[0].schema(),
        compression,
        row_group_bytes: mebibytes << 20,
        metadata: Vec::new(),
        field_ids: FieldIds::new(),
    })?;
    for batch in batches.iter().cycle().take(rows / BATCH_ROWS) {
        file.write(&take_record_batch(batch, &every_row)?)?;
    }
    let summary = file.close()?;
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{mebibytes} MiB {compression:?}: {:.0} rows/s, {} bytes, VmHWM {} MiB ({} MiB before)",
        rows as f64 / seconds,
        summary.bytes,
        peak_kib()? / 1024,
        before / 1024
    );
    std::fs::remove_file(path)?;
    Ok(())
}

/// Batch `number` of rows with the columns and the spread of values of TPC-H's lineitem.
fn lineitems(number: usize) -> Result<RecordBatch, Box<dyn Error>> {
    let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1));
    let mut column = |below: u64| -> Vec<i64> {
        (0..BATCH_ROWS).map(|_| random.below(below).cast_signed()).collect()
    };
    let first = (number * BATCH_ROWS) as i64;
    let order = (first..).take(BATCH_ROWS).map(|row| row / 4).collect::<Vec<_>>();
    let decimal = |values: Vec<i64>| -> Result<ArrayRef, Box<dyn Error>> {
        let array: Decimal128Array = values.into_iter().map(i128::from).collect();
        Ok(Arc::new(array.with_precision_and_scale(15, 2)?))
    };
    let date = |values: Vec<i64>| -> ArrayRef {
        Arc::new(Date32Array::from_iter_values(values.into_iter().map(|day| 8_000 + day as i32)))
    };
    let pick = |values: Vec<i64>, words: &[&str]| -> ArrayRef {
        let mut builder = StringBuilder::new();
        for value in values {
            builder.append_value(words[value as usize]);
        }
        Arc::new(builder.finish())
    };
    let comments: ArrayRef = {
        let words = ["carefully ", "final ", "deposits ", "sleep ", "quickly ", "above ", "the "];
        let mut builder = StringBuilder::new();
        for pick in column(7 * 7 * 7 * 7) {
            let text = [1, 7, 49, 343].map(|place| words[(pick / place) as usize % 7]).concat();
            builder.append_value(format!("{text}{pick}"));
        }
        Arc::new(builder.finish())
    };
    let lines = Int32Array::from_iter_values((0..BATCH_ROWS).map(|row| row as i32 % 7 + 1));
    Ok(RecordBatch::try_from_iter([
        ("l_orderkey", Arc::new(Int64Array::from(order)) as ArrayRef),
        ("l_partkey", Arc::new(Int64Array::from(column(200_000)))),
        ("l_suppkey", Arc::new(Int64Array::from(column(10_000)))),
        ("l_linenumber", Arc::new(lines)),
        ("l_quantity", decimal(column(50))?),
        ("l_extendedprice", decimal(column(10_000_000))?),
        ("l_discount", decimal(column(11))?),
        ("l_tax", decimal(column(9))?),
        ("l_returnflag", pick(column(3), &["R", "A", "N"])),
        ("l_linestatus", pick(column(2), &["O", "F"])),
        ("l_shipdate", date(column(2_500))),
        ("l_commitdate", date(column(2_500))),
        ("l_receiptdate", date(column(2_500))),
        ("l_shipinstruct", pick(column(2), &["DELIVER IN PERSON", "TAKE BACK RETURN"])),
        ("l_shipmode", pick(column(3), &["TRUCK", "MAIL", "REG AIR"])),
        ("l_comment", comments),
    ])?)
}

/// Xorshift, which needs no crate.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn peak_kib() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
