//! UUIDs as text, and back.
//!
//! Source: RFC 9562, section 4.

/// Where the hyphens stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// Writes `8-4-4-4-12` lower-case hexadecimal digits.
pub(crate) fn write_uuid(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    for (at, byte) in bytes.iter().enumerate() {
        if let 4 | 6 | 8 | 10 = at {
            out.push(b'-');
        }
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

/// `8-4-4-4-12` hexadecimal digits in any case as 16 bytes.
#[must_use]
pub fn parse_uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 || HYPHENS.iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let mut digits = text.iter().enumerate().filter(|(at, _)| !HYPHENS.contains(at));
    let mut digit = || char::from(*digits.next()?.1).to_digit(16);
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = u8::try_from(digit()? * 16 + digit()?).ok()?;
    }
    Some(bytes)
}
