//! How a file is written.

use std::path::PathBuf;
use std::str::FromStr;

use ::parquet::basic;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use arrow_schema::SchemaRef;

use crate::{Error, ErrorKind};

/// Uncompressed bytes of a data page: less than the usual 1 MiB, for a page of each column is held
/// while its row group is encoded (docs/adr/0008).
const DATA_PAGE_BYTES: usize = 64 << 10;

/// Where and how to write one file.
#[derive(Debug, Clone)]
pub struct FileOptions {
    /// The file, which must not exist where it is to be created.
    pub path: PathBuf,
    /// Columns of the file; those not nullable are written as `REQUIRED`.
    pub schema: SchemaRef,
    /// Codec of the pages.
    pub compression: Compression,
    /// Arrow bytes at which a row group ends, at least 1.
    pub row_group_bytes: usize,
    /// Key-value metadata of the footer.
    pub metadata: Vec<(String, String)>,
    /// Ids of the columns.
    pub field_ids: super::FieldIds,
}

/// Codec of the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// Zstandard, level 1.
    #[default]
    Zstd,
    /// Snappy.
    Snappy,
    /// Gzip, level 6.
    Gzip,
    /// None at all.
    None,
}

impl FromStr for Compression {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "zstd" => Self::Zstd,
            "snappy" => Self::Snappy,
            "gzip" => Self::Gzip,
            "none" => Self::None,
            _ => {
                let message = format!("there is no compression {name:?}: zstd, snappy, gzip, none");
                return Err(Error::new(ErrorKind::Config, message));
            }
        })
    }
}

impl Compression {
    fn codec(self) -> Result<basic::Compression, Error> {
        let refused = |error: ::parquet::errors::ParquetError| {
            Error::new(ErrorKind::Internal, error.to_string())
        };
        Ok(match self {
            Self::Zstd => basic::Compression::ZSTD(basic::ZstdLevel::try_new(1).map_err(refused)?),
            Self::Snappy => basic::Compression::SNAPPY,
            Self::Gzip => basic::Compression::GZIP(basic::GzipLevel::try_new(6).map_err(refused)?),
            Self::None => basic::Compression::UNCOMPRESSED,
        })
    }
}

/// The library's properties, but for what each column's data decide.
pub(super) fn properties(options: &FileOptions) -> Result<WriterPropertiesBuilder, Error> {
    let metadata = options.metadata.iter();
    let pairs: Vec<KeyValue> =
        metadata.map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
    Ok(WriterProperties::builder()
        .set_compression(options.compression.codec()?)
        .set_created_by(format!("headrace {}", env!("CARGO_PKG_VERSION")))
        .set_data_page_size_limit(DATA_PAGE_BYTES)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        // Without page statistics no reader has a use for it.
        .set_offset_index_disabled(true)
        .set_key_value_metadata((!pairs.is_empty()).then_some(pairs)))
}
