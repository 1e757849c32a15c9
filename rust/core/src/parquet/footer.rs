//! What a Parquet file's footer says of its columns, as Iceberg tells it of a file.
//!
//! Bounds are in Iceberg's single-value encoding. They may be wide and are never too narrow: where
//! a row group has none, where floats hold a NaN, or where the order of the statistics is not
//! Iceberg's, there are none.
//!
//! Source: Iceberg table spec, appendix D, and its notes on metrics of floats.

#[path = "footer_bounds.rs"]
mod bounds;

use ::parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use ::parquet::file::statistics::Statistics;
use ::parquet::schema::types::Type;

use crate::{Error, ErrorKind, Result};

/// The length of the footer's length and of the magic bytes behind it [bytes].
const END_BYTES: usize = 8;

/// What a footer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// Rows of the file.
    pub rows: u64,
    /// Where its row groups begin [bytes].
    pub split_offsets: Vec<i64>,
    /// Its leaves, in order.
    pub columns: Vec<ColumnFacts>,
}

/// What a footer says of one leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFacts {
    /// As in [`super::FieldIds`].
    pub path: String,
    /// The id that the file gives it.
    pub field_id: Option<i32>,
    /// Its size, compressed [bytes].
    pub bytes: u64,
    /// Its values, nulls among them.
    pub values: u64,
    /// Its nulls, where every row group counts them.
    pub nulls: Option<u64>,
    /// Its NaNs, of a column of floats whose every row group counts them.
    pub nans: Option<u64>,
    /// No value is less.
    pub lower: Option<Vec<u8>>,
    /// No value is greater.
    pub upper: Option<Vec<u8>>,
}

/// A leaf's place in the schema.
struct Leaf {
    path: String,
    field_id: Option<i32>,
    /// Below a list or a map: its bounds are of no use.
    is_repeated: bool,
}

impl Footer {
    /// How many of a file's last bytes [`Footer::read`] needs.
    ///
    /// # Errors
    /// [`ErrorKind::Write`] where they are no end of a Parquet file.
    pub fn needed(tail: &[u8]) -> Result<usize> {
        let end = tail.len().checked_sub(END_BYTES).map(|start| &tail[start..]);
        let Some([a, b, c, d, b'P', b'A', b'R', b'1']) = end else {
            return Err(broken("it does not end as one"));
        };
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        length.checked_add(END_BYTES).ok_or_else(|| broken("its footer is longer than memory"))
    }

    /// What the footer in a file's last bytes says.
    ///
    /// # Errors
    /// [`ErrorKind::Write`] where they are no end of a Parquet file, or too few.
    pub fn read(tail: &[u8]) -> Result<Self> {
        let needed = Self::needed(tail)?;
        let start = tail.len().checked_sub(needed).ok_or_else(|| broken("more of it is needed"))?;
        let footer = &tail[start..tail.len() - END_BYTES];
        let parsed = ParquetMetaDataReader::decode_metadata(footer).map_err(|e| unreadable(&e))?;
        Self::of(&parsed)
    }

    fn of(parsed: &ParquetMetaData) -> Result<Self> {
        let schema = parsed.file_metadata().schema_descr();
        let mut leaves = Vec::new();
        for field in schema.root_schema().get_fields() {
            gather(field, field.name(), false, &mut leaves);
        }
        let columns: Vec<ColumnFacts> = leaves
            .into_iter()
            .enumerate()
            .map(|(index, leaf)| facts(parsed, index, leaf))
            .collect::<Option<_>>()
            .ok_or_else(|| {
                broken("a row group has other columns than the file, or impossible counts")
            })?;
        let mut split_offsets: Vec<i64> = parsed
            .row_groups()
            .iter()
            .filter_map(|group| group.columns().first())
            .map(|column| {
                // Some writers note a dictionary that is not there as one at the beginning.
                let data = column.data_page_offset();
                let dictionary = column.dictionary_page_offset();
                dictionary.filter(|at| (1..data).contains(at)).unwrap_or(data)
            })
            .collect();
        split_offsets.sort_unstable();
        let rows = u64::try_from(parsed.file_metadata().num_rows())
            .map_err(|_| broken("it has fewer than no rows"))?;
        Ok(Self { rows, split_offsets, columns })
    }
}

fn facts(parsed: &ParquetMetaData, index: usize, leaf: Leaf) -> Option<ColumnFacts> {
    let (mut bytes, mut values, mut nulls) = (0, 0, Some(0_u64));
    let mut nans = is_float(parsed, index).then_some(0_u64);
    let mut bounds = bounds::Bounds::default();
    for group in parsed.row_groups() {
        let column = group.columns().get(index)?;
        bytes = u64::checked_add(bytes, u64::try_from(column.compressed_size()).ok()?)?;
        let count = u64::try_from(column.num_values()).ok()?;
        values = u64::checked_add(values, count)?;
        if count == 0 {
            continue; // of no values some writers tell nothing
        }
        let statistics = column.statistics();
        let of_group = statistics.and_then(Statistics::null_count_opt);
        nulls = nulls.zip(of_group).and_then(|(sum, found)| u64::checked_add(sum, found));
        if of_group != Some(count) {
            bounds.add(statistics, column.column_descr());
            let of_group = statistics.and_then(Statistics::nan_count_opt);
            nans = nans.zip(of_group).and_then(|(sum, found)| u64::checked_add(sum, found));
        }
    }
    let (lower, upper) = if leaf.is_repeated { (None, None) } else { bounds.encoded() };
    let Leaf { path, field_id, .. } = leaf;
    Some(ColumnFacts { path, field_id, bytes, values, nulls, nans, lower, upper })
}

fn is_float(parsed: &ParquetMetaData, index: usize) -> bool {
    let columns = parsed.file_metadata().schema_descr().columns();
    let kind = columns.get(index).map(|column| column.physical_type());
    matches!(kind, Some(Physical::FLOAT | Physical::DOUBLE))
}

/// The leaves below `node`, in the order of a file's columns.
fn gather(node: &Type, path: &str, is_repeated: bool, leaves: &mut Vec<Leaf>) {
    let info = node.get_basic_info();
    if node.is_primitive() {
        let field_id = info.has_id().then(|| info.id());
        leaves.push(Leaf { path: path.to_owned(), field_id, is_repeated });
        return;
    }
    let is_list = info.converted_type() == ConvertedType::LIST
        || matches!(info.logical_type_ref(), Some(LogicalType::List));
    let is_map = matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE)
        || matches!(info.logical_type_ref(), Some(LogicalType::Map));
    match node.get_fields() {
        [repeated] if is_list => {
            // Old writers have the element itself repeated.
            let element = match repeated.is_group().then(|| repeated.get_fields()) {
                Some([element]) => element,
                _ => repeated,
            };
            gather(element, &format!("{path}.element"), true, leaves);
        }
        [repeated] if is_map && repeated.is_group() => {
            for (inner, name) in repeated.get_fields().iter().zip(["key", "value"]) {
                gather(inner, &format!("{path}.{name}"), true, leaves);
            }
        }
        fields => {
            for inner in fields {
                gather(inner, &format!("{path}.{}", inner.name()), is_repeated, leaves);
            }
        }
    }
}

fn unreadable(error: &ParquetError) -> Error {
    broken(&error.to_string())
}

fn broken(why: &str) -> Error {
    Error::new(ErrorKind::Write, format!("the file is no Parquet file: {why}"))
}
