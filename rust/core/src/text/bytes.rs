//! Binary data as text: base64 with padding, and back.
//!
//! Source: RFC 4648, section 4. Strict: no line feeds, no missing padding, no bits that say
//! nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The bytes that `text` stands for.
#[must_use]
pub fn parse_binary(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Appends the bytes that `text` stands for; false, and what is appended means nothing, where it
/// stands for none.
pub fn decode_binary(text: &[u8], out: &mut Vec<u8>) -> bool {
    STANDARD.decode_vec(text, out).is_ok()
}

/// Appends the text of `bytes`; false, and what is appended means nothing, where no memory could
/// hold it.
pub(crate) fn write_binary(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(length) = base64::encoded_len(bytes.len(), true) else { return false };
    let start = out.len();
    out.resize(start + length, 0);
    STANDARD.encode_slice(bytes, &mut out[start..]).is_ok()
}
