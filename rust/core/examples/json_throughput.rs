//! Records a second of the JSON forms, written and read on one core: `json_throughput [ROWS]`, over
//! records as those of `scenarios/contracts/playbook.yaml`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{Schema, SchemaRef};
use headrace_core::{Error, ErrorKind, Result, json, types};

const BATCH_ROWS: i64 = 10_000;

#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "an example that prints")]
fn main() -> Result<()> {
    let rows = match std::env::args().nth(1).map(|rows| rows.parse::<i64>()) {
        None => 1_000_000,
        Some(Ok(rows)) => rows,
        Some(Err(_)) => return Err(Error::new(ErrorKind::Config, "usage: json_throughput [ROWS]")),
    };
    let (mut encoding, mut decoding, mut bytes) = (Duration::ZERO, Duration::ZERO, 0);
    let mut written = Vec::new();
    for first in (1..=rows).step_by(10_000) {
        let batch = playbook(first, BATCH_ROWS.min(rows - first + 1))?;
        written.clear();
        let start = Instant::now();
        json::encode(&batch, &mut written)?;
        encoding += start.elapsed();
        let start = Instant::now();
        let read = json::decode(&written, batch.schema_ref())?;
        decoding += start.elapsed();
        bytes += written.len();
        if read != batch {
            return Err(Error::new(ErrorKind::Internal, "the batch has changed"));
        }
    }
    let rows = rows as f64;
    let per_row_ns = |taken: Duration| taken.as_secs_f64() / rows * 1e9;
    println!(
        "{rows} records of {:.0} bytes: {:.0} ns to write, {:.0} ns to read, {:.0} records/s",
        bytes as f64 / rows,
        per_row_ns(encoding),
        per_row_ns(decoding),
        rows / (encoding + decoding).as_secs_f64(),
    );
    Ok(())
}

/// Rows from `first` on.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn playbook(first: i64, rows: i64) -> Result<RecordBatch> {
    let columns = [
        ("id", "int64", false),
        ("name", "string", false),
        ("email", "string", false),
        ("created_at", "timestamp[us, tz=UTC]", false),
        ("value", "double", true),
    ];
    let fields = columns.map(|(name, spelling, nullable)| types::field(name, spelling, nullable));
    let schema: SchemaRef = Schema::new(fields.into_iter().collect::<Result<Vec<_>>>()?).into();
    let ids = || first..first + rows;
    let names = ["Ada Lovelace", "Dijkstra, Edsger", "Zoë Müller", "Tim O'Neil"];
    let name = |id: i64| names[usize::try_from(id % 4).unwrap_or_default()];
    let email = |id: i64| format!("user.{id}@mail{}.example.org", id % 40);
    let created = |id: i64| (1_704_067_200 + id * 7_919 % 31_536_000) * 1_000_000;
    let value = |id: i64| (id % 50 > 0).then(|| (id * 7_919 % 10_000_000) as f64 / 10_000.0);
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(ids())),
        Arc::new(StringArray::from_iter_values(ids().map(name))),
        Arc::new(StringArray::from_iter_values(ids().map(email))),
        Arc::new(
            TimestampMicrosecondArray::from_iter_values(ids().map(created)).with_timezone("UTC"),
        ),
        Arc::new(ids().map(value).collect::<Float64Array>()),
    ];
    RecordBatch::try_new(schema, arrays)
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
}
