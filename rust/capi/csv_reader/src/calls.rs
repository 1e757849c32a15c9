//! What the exported functions do with a reader.

#[cfg(test)]
mod tests;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use headrace_abi::columns::listed;
use headrace_abi::handle::{Handle, State};
use headrace_abi::last_error::placed;
use headrace_core::csv::{CsvBatch, CsvFile, CsvReader, infer_csv};
use headrace_core::{Error, ErrorKind, Location, Result, json};

use crate::config::Config;

/// The files of a config, read to their end once.
pub(crate) struct Reader {
    csv: CsvReader,
    schema: SchemaRef,
}

/// Opens the reader of a JSON config; without a schema the first file tells it.
///
/// # Errors
/// Those of [`Config::parse`] and of reading the sample.
pub(crate) fn open(config_json: &str) -> Result<Reader> {
    let config = Config::parse(config_json)?;
    let files: Vec<CsvFile> = config.paths.into_iter().map(CsvFile::new).collect();
    let schema = match config.schema {
        Some(schema) => schema,
        None => infer_csv(&files, &config.options, config.sample_rows)
            .map_err(|error| placed(&error))?,
    };
    let csv =
        CsvReader::new(files, &schema, config.options, config.batch_rows, config.batch_bytes)?;
    Ok(Reader { csv, schema })
}

/// The columns as JSON.
pub(crate) fn schema(handle: &Handle<Reader>) -> Option<String> {
    handle.attempt(|state| Ok(listed(&opened(state)?.schema)))
}

/// The next batch as a JSON array of records; `None` at the end and on failure.
pub(crate) fn next_json(handle: &Handle<Reader>) -> Option<String> {
    let written = attempt(handle, |reader| {
        let Some(batch) = reader.next()? else { return Ok(None) };
        let mut out = Vec::new();
        json::encode(&batch, &mut out)?;
        // The encoder writes UTF-8 alone.
        String::from_utf8(out)
            .map(Some)
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
    });
    written.flatten()
}

/// What a reader gives next.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Batch(RecordBatch),
    End,
}

/// The next batch, or the end; `None` on failure.
pub(crate) fn next_arrow(handle: &Handle<Reader>) -> Option<Next> {
    attempt(handle, |reader| Ok(reader.next()?.map_or(Next::End, Next::Batch)))
}

/// Hands a batch over by `give`; `None` on failure.
pub(crate) fn given(handle: &Handle<Reader>, give: impl FnOnce() -> Result<()>) -> Option<()> {
    attempt(handle, |_| give())
}

/// What failed once must not go on: records would be missing.
fn attempt<T>(handle: &Handle<Reader>, work: impl FnOnce(&mut Reader) -> Result<T>) -> Option<T> {
    handle.attempt(|state| {
        let found = work(opened(state)?);
        if let Err(error) = &found {
            *state = State::Refusing(error.message().to_owned());
        }
        found
    })
}

fn opened(state: &mut State<Reader>) -> Result<&mut Reader> {
    match state {
        State::Open(reader) => Ok(reader),
        State::Closed => Err(Error::new(ErrorKind::Internal, "the reader is closed")),
        State::Refusing(reason) => {
            let message = format!("the reader gives no more since: {reason}");
            Err(Error::new(ErrorKind::Internal, message))
        }
    }
}

impl Reader {
    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(found) = self.csv.next_batch().map_err(|error| placed(&error))? else {
            return Ok(None);
        };
        match first_reject(&found) {
            Some(error) => Err(error),
            None => Ok(Some(found.batch)),
        }
    }
}

/// The first record that is no row, as an error that names its place and not its values.
fn first_reject(batch: &CsvBatch) -> Option<Error> {
    let reject = batch.rejects.first()?;
    let violation = reject.violations.first()?;
    let location = Location {
        path: Some(batch.path.clone()),
        line: Some(reject.line),
        byte_offset: Some(reject.byte_offset),
        field: violation.field.clone(),
        rule: Some(violation.rule.to_owned()),
    };
    Some(placed(&Error::new(ErrorKind::Contract, violation.message.clone()).at(location)))
}
