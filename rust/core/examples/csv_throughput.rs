//! Rows and bytes a second of the CSV reader: `csv_throughput PATH name:type,name:type,...`.
//! Without a schema the types are inferred.

use std::path::PathBuf;
use std::time::Instant;

use arrow_schema::{Field, Schema};
use headrace_core::csv::{CsvOptions, CsvReader, infer_csv};
use headrace_core::{Error, ErrorKind, Result, types};

#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "an example that prints")]
fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = || Error::new(ErrorKind::Config, "usage: csv_throughput PATH [name:type,...]");
    let path = PathBuf::from(arguments.next().ok_or_else(usage)?);
    let options = CsvOptions::default();
    let schema = match arguments.next() {
        // A comma within parentheses belongs to the type.
        Some(spelling) => {
            let fields =
                spelling.replace(", ", ";").split(',').map(parse_field).collect::<Result<Vec<_>>>();
            Schema::new(fields?)
        }
        None => infer_csv(&[path.clone().into()], &options, 10_000)?.as_ref().clone(),
    };
    let bytes = std::fs::metadata(&path).map_err(|error| Error::reading(&path, &error))?.len();
    let start = Instant::now();
    let mut reader = CsvReader::new(vec![path], &schema, options, 10_000, 4 << 20)?;
    let (mut rows, mut rejects) = (0, 0);
    while let Some(batch) = reader.next_batch()? {
        rows += batch.batch.num_rows();
        rejects += batch.rejects.len();
    }
    let wall_s = start.elapsed().as_secs_f64();
    println!(
        "{rows} rows, {rejects} rejected, {wall_s:.3} s, {:.0} rows/s, {:.0} MB/s",
        rows as f64 / wall_s,
        bytes as f64 / wall_s / 1e6,
    );
    Ok(())
}

fn parse_field(text: &str) -> Result<Field> {
    let unknown = || Error::new(ErrorKind::Config, format!("{text:?} is not name:type"));
    let (name, spelling) = text.split_once(':').ok_or_else(unknown)?;
    Ok(Field::new(name, types::parse(&spelling.replace(';', ", "))?, true))
}
