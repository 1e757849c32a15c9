//! The hash of Iceberg's buckets: Murmur3, x86, 32 bits, seed 0.
//!
//! <https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp>, which is in the public
//! domain; what of a value is hashed is in Iceberg's specification, appendix B.

const C1: u32 = 0xcc9e_2d51;
const C2: u32 = 0x1b87_3593;

/// The hash of bytes.
pub(super) fn murmur3(bytes: &[u8]) -> u32 {
    let mut hash = 0_u32;
    let (words, tail) = bytes.as_chunks::<4>();
    for word in words {
        hash = (hash ^ mixed(u32::from_le_bytes(*word))).rotate_left(13);
        hash = hash.wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    if !tail.is_empty() {
        let rest = tail.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
        hash ^= mixed(rest);
    }
    #[allow(clippy::cast_possible_truncation, reason = "the algorithm takes the length modulo 2³²")]
    let length = bytes.len() as u32;
    hash ^= length;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// The hash of a number, whatever its type: of its eight bytes.
pub(super) fn murmur3_long(value: i64) -> u32 {
    murmur3(&value.to_le_bytes())
}

/// The hash of a decimal: of its unscaled value, in as few bytes as keep the sign.
pub(super) fn murmur3_decimal(unscaled: i128) -> u32 {
    murmur3(shortest(&unscaled.to_be_bytes()))
}

/// Two's complement without the leading bytes that only repeat the sign.
fn shortest(bytes: &[u8; 16]) -> &[u8] {
    let repeats = |pair: &&[u8]| match pair {
        [0x00, next] => next & 0x80 == 0,
        [0xff, next] => next & 0x80 != 0,
        _ => false,
    };
    let start = bytes.windows(2).take_while(repeats).count();
    &bytes[start..]
}

fn mixed(word: u32) -> u32 {
    word.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2)
}
