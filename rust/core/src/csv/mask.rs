//! Which of 64 bytes are structural, as the bits of one number.

/// Bytes looked at together: the bits of a mask.
pub(super) const LANES: usize = 64;

/// Bit `n` is set where byte `n` is a line end or one of `leads`.
#[inline]
pub(super) fn mask<const N: usize>(lanes: &[u8; LANES], leads: [u8; N]) -> u64 {
    // 1 for a structural byte, else 0: without a branch, so that the compiler takes 16 at once.
    let flags = lanes.map(|byte| {
        let is_end = u8::from(byte == b'\n') | u8::from(byte == b'\r');
        leads.iter().fold(is_end, |flag, &lead| flag | u8::from(byte == lead))
    });
    let mut mask = 0;
    for (at, word) in flags.as_chunks::<8>().0.iter().enumerate() {
        // Gathers the lowest bit of each byte in the top byte: byte n moves by 56 - 7n.
        let bits = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (8 * at);
    }
    mask
}
