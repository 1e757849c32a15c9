//! One row group to column chunks.

use std::sync::Arc;

use ::parquet::arrow::ArrowSchemaConverter;
use ::parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use ::parquet::errors::ParquetError;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::{SchemaDescriptor, TypePtr};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;

use super::dictionary;
use super::options::{FileOptions, properties};
use crate::{Error, ErrorKind, Result};

/// What encodes the row groups of one file.
pub(super) struct Encoder {
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
}

impl Encoder {
    /// An encoder for the file of `options`, its dictionaries chosen by the first row group.
    pub(super) fn new(
        options: &FileOptions,
        schema: &SchemaRef,
        root: TypePtr,
        first: &[RecordBatch],
    ) -> Result<Self> {
        let mut builder = properties(options)?;
        let leaves = SchemaDescriptor::new(Arc::clone(&root));
        for index in dictionary::leaves_without(first) {
            let path = leaves.column(index).path().clone();
            builder = builder.set_column_dictionary_enabled(path, false);
        }
        // A factory takes its properties from a file writer alone, and that of the real file is
        // older than the choice of dictionaries.
        let model = SerializedFileWriter::new(std::io::sink(), root, builder.build().into())
            .map_err(|error| super::failure(&options.path, &error))?;
        let schema = Arc::clone(schema);
        Ok(Self { factory: ArrowRowGroupWriterFactory::new(&model, schema.clone()), schema })
    }

    /// The chunks of row group `index`, column after column; each column's data are freed as soon
    /// as they are encoded. `None` once `is_stopped` says so.
    pub(super) fn encode(
        &self,
        index: usize,
        batches: Vec<RecordBatch>,
        is_stopped: impl Fn() -> bool,
    ) -> std::result::Result<Option<Vec<ArrowColumnChunk>>, ParquetError> {
        let mut writers = self.factory.create_column_writers(index)?.into_iter();
        let mut chunks = Vec::with_capacity(writers.len());
        for (field, arrays) in self.schema.fields().iter().zip(transposed(batches)) {
            if is_stopped() {
                return Ok(None);
            }
            let mut open: Vec<ArrowColumnWriter> = Vec::new();
            for array in arrays {
                let leaves = compute_leaves(field, &array)?;
                if open.is_empty() {
                    open.extend(writers.by_ref().take(leaves.len()));
                }
                for (writer, leaf) in open.iter_mut().zip(&leaves) {
                    writer.write(leaf)?;
                }
            }
            for writer in open {
                chunks.push(writer.close()?);
            }
        }
        Ok(Some(chunks))
    }
}

/// The columns of all batches; a batch's hold on its buffers goes column by column.
fn transposed(batches: Vec<RecordBatch>) -> Vec<Vec<ArrayRef>> {
    let mut columns: Vec<Vec<ArrayRef>> = Vec::new();
    for batch in batches {
        let (_, arrays, _) = batch.into_parts();
        columns.resize_with(arrays.len(), Vec::new);
        for (column, array) in columns.iter_mut().zip(arrays) {
            column.push(array);
        }
    }
    columns
}

/// The Parquet schema of a file.
pub(super) fn root(schema: &SchemaRef) -> Result<TypePtr> {
    if schema.fields().is_empty() {
        return Err(Error::new(ErrorKind::Config, "a Parquet file needs a column"));
    }
    // Coerced: what is within lists and maps is named as the format asks.
    let converted = ArrowSchemaConverter::new().with_coerce_types(true).convert(schema);
    Ok(converted
        .map_err(|error| {
            Error::new(ErrorKind::Config, format!("no Parquet file holds it: {error}"))
        })?
        .root_schema_ptr())
}
