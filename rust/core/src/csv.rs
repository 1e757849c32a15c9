//! CSV bytes to Arrow batches, and the scanner beside Python's parser.
//!
//! The dialect is RFC 4180 with LF, CRLF or a bare CR ending a record, and what the options add. A
//! field is quoted only where it begins with the quote; a quote elsewhere is data. A record with
//! anything but a delimiter or a record end after a closing quote is rejected (rule `quote`); it
//! extends to the next record end, its rest read as an unquoted field would be. A quote that is
//! never closed is fatal, and so is an escape at the end of the file.
//!
//! - `options`: the dialect, and what is null.
//! - `compression`: compressions of a file, told by its first bytes.
//! - `file`: a file, and what of it is to be read.
//! - `stream`: bytes that come once.
//! - `source`: a file's decompressed bytes.
//! - `encoding`: encodings of a file, as UTF-8 and back to the file's own offsets.
//! - `decode`: a file's text as UTF-8, whatever its encoding.
//! - `input`: blocks of whole records from a source.
//! - `limits`: how large blocks, records and fields may be.
//! - `dialect`: the characters with a meaning, and what they make of a field.
//! - `mask`: which of 64 bytes are structural.
//! - `scan`: the state machine that finds fields and records.
//! - `header`: the names of the columns.
//! - `room`: how much room a batch is given before its first row.
//! - `rows`: the fields of a block's well-formed rows, and the malformed ones.
//! - `column`: fields to Arrow arrays.
//! - `reader`: files to batches.
//! - `batch`: a batch under construction and done.
//! - `assembly`: fields that another parser split, to a batch.
//! - `values`: how values are spelled in fields.
//! - `scanner`: files to blocks of whole records for another parser.
//! - `infer`: types from a sample.
//! - `fuzz`: laws for every input.

mod assembly;
mod batch;
mod column;
mod compression;
mod decode;
mod dialect;
mod encoding;
mod file;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod header;
mod infer;
mod input;
mod limits;
mod mask;
mod options;
mod reader;
mod room;
mod rows;
mod scan;
mod scanner;
mod source;
mod stream;
#[cfg(test)]
mod tests;
mod values;

pub use assembly::Assembly;
pub use batch::CsvBatch;
pub use compression::Compression;
pub use encoding::Encoding;
pub use file::{CsvFile, FilePosition};
pub use header::Located;
pub use infer::infer_csv;
pub use options::{CsvOptions, NewColumns, Problem};
pub use reader::CsvReader;
pub use rows::ragged;
pub use scanner::{CsvBlock, CsvScanner, RecordSpan};
pub use values::ValueOptions;
