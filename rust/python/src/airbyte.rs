//! `AirbyteDecoder` and `AirbyteBatch`: what a connector prints.

use std::sync::Mutex;

use arrow_schema::SchemaRef;
use headrace_core::airbyte::{Batch, Bounds, Decoder, Event, Stream};
use headrace_core::{Error, ErrorKind};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

use crate::batch::RecordBatch;
use crate::error::detached;
use crate::reject::{RejectedRecord, rejected};
use crate::schema::Schema;

#[pyclass(frozen, module = "headrace._rust")]
struct AirbyteDecoder(Mutex<Decoder>);

/// A batch, or `(line, is a message, text)`.
#[derive(IntoPyObject)]
enum Told {
    Batch(AirbyteBatch),
    Text((u64, bool, String)),
}

#[pymethods]
impl AirbyteDecoder {
    #[new]
    #[pyo3(signature = (streams, *, batch_rows, batch_bytes, passes_over))]
    fn new(
        streams: Vec<(String, Option<String>, PyRef<'_, Schema>)>,
        batch_rows: usize,
        batch_bytes: usize,
        passes_over: bool,
    ) -> Self {
        let streams = streams.into_iter().map(|(name, namespace, schema)| Stream {
            name,
            namespace,
            schema: SchemaRef::clone(&schema.0),
        });
        let bounds = Bounds { rows: batch_rows, bytes: batch_bytes };
        Self(Mutex::new(Decoder::new(streams.collect(), bounds, passes_over)))
    }

    /// What these bytes hold, with what was kept of those before.
    fn feed(&self, py: Python<'_>, data: &[u8]) -> PyResult<Vec<Told>> {
        self.told(py, |decoder| decoder.feed(data))
    }

    /// What is left at the end; to be called until nothing comes.
    fn finish(&self, py: Python<'_>) -> PyResult<Vec<Told>> {
        self.told(py, Decoder::finish)
    }
}

impl AirbyteDecoder {
    fn told(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Decoder) -> headrace_core::Result<Vec<Event>> + Send,
    ) -> PyResult<Vec<Told>> {
        let events = detached(py, || {
            let decoder = self.0.lock();
            work(&mut *decoder.map_err(|_| Error::new(ErrorKind::Internal, "a decoder panicked"))?)
        })?;
        Ok(events.into_iter().map(Told::from).collect())
    }
}

impl From<Event> for Told {
    fn from(event: Event) -> Self {
        match event {
            Event::Batch(batch) => Self::Batch(AirbyteBatch(*batch)),
            Event::Message { line, text } => Self::Text((line, true, text)),
            Event::Noise { line, text } => Self::Text((line, false, text)),
        }
    }
}

#[pyclass(frozen, module = "headrace._rust")]
struct AirbyteBatch(Batch);

#[pymethods]
impl AirbyteBatch {
    /// Index of its stream.
    #[getter]
    fn stream(&self) -> usize {
        self.0.stream
    }

    #[getter]
    fn batch(&self) -> RecordBatch {
        RecordBatch(self.0.batch.clone())
    }

    #[getter]
    fn rejects(&self) -> Vec<RejectedRecord> {
        rejected(&self.0.rejects)
    }

    #[getter]
    fn left_out(&self) -> Vec<String> {
        self.0.left_out.clone()
    }

    fn position(&self, row: usize) -> PyResult<(u64, u64)> {
        self.0.position(row).ok_or_else(|| PyIndexError::new_err(format!("there is no row {row}")))
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<AirbyteDecoder>()?;
    module.add_class::<AirbyteBatch>()
}
