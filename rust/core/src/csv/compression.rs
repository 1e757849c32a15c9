//! Compressions of a file, told by its first bytes.

use std::io::Read;

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use super::options::config;
use crate::Result;

/// Bytes that tell a compression.
pub(super) const MAGIC_BYTES: usize = 10;

/// RFC 1952, section 2.3.1: ID1 and ID2.
const GZIP: &[u8] = b"\x1f\x8b";

/// RFC 8878, section 3.1.1.
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// RFC 8878, section 3.1.2: what a skippable frame begins with, behind a byte from 0x50 to 0x5f.
const ZSTD_SKIPPABLE: &[u8] = b"\x2a\x4d\x18";

/// Behind `BZh` and a digit: the first block (pi), or the end of an empty stream (its root).
const BZIP2: [&[u8]; 2] = [b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"];

/// Binary logarithm of the largest window that a zstd frame may ask memory for: 32 MiB. RFC 8878
/// has every decoder support 8 MiB; levels up to 20 stay within this, and a run within 100 MB.
const ZSTD_WINDOW_LOG: u32 = 25;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// Decided by the first bytes of the file, never by its name.
    #[default]
    Auto,
    /// Plain bytes.
    None,
    /// One or more gzip members.
    Gzip,
    /// One or more zstd frames.
    Zstd,
    /// One or more bzip2 streams.
    Bz2,
}

impl Compression {
    /// Every compression, by its name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("auto", Self::Auto),
        ("none", Self::None),
        ("gzip", Self::Gzip),
        ("zstd", Self::Zstd),
        ("bz2", Self::Bz2),
    ];

    /// The compression that `name` spells.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] for any other name.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, one)| *one).ok_or_else(|| {
            let known = Self::ALL.map(|(name, _)| name).join(", ");
            config("compression", format!("{name:?} is no compression: use one of {known}"))
        })
    }

    /// Its name, as the option spells it.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, one)| *one == self).map_or("", |(name, _)| name)
    }

    /// What `auto` is for a file that begins with these bytes; any other stays what it is.
    pub(super) fn resolved(self, magic: &[u8]) -> Self {
        let is_bzip2 = magic.starts_with(b"BZh")
            && magic.get(3).is_some_and(|level| (b'1'..=b'9').contains(level))
            && BZIP2.iter().any(|block| magic[4..].starts_with(block));
        let is_skippable = magic.first().is_some_and(|byte| (0x50..=0x5f).contains(byte))
            && magic[1..].starts_with(ZSTD_SKIPPABLE);
        match self {
            Self::Auto if magic.starts_with(GZIP) => Self::Gzip,
            Self::Auto if magic.starts_with(ZSTD) || is_skippable => Self::Zstd,
            Self::Auto if is_bzip2 => Self::Bz2,
            Self::Auto => Self::None,
            other => other,
        }
    }

    /// `raw`, decompressed.
    ///
    /// # Errors
    /// Where the decoder has no memory.
    pub(super) fn decoder(
        self,
        raw: impl Read + Send + 'static,
    ) -> std::io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Auto | Self::None => Box::new(raw),
            Self::Gzip => Box::new(MultiGzDecoder::new(raw)),
            Self::Bz2 => Box::new(MultiBzDecoder::new(raw)),
            Self::Zstd => {
                let mut decoder = ZstdDecoder::new(raw)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Box::new(decoder)
            }
        })
    }
}
