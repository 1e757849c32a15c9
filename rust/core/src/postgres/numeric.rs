//! Decimals: digits to the base 10,000, a weight, a sign, and how many digits to show.
//!
//! Source: `numeric_send` of Postgres.

use super::values::{Bytes, Read, Wrong};

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xc000;
const INFINITY: u16 = 0xd000;
const MINUS_INFINITY: u16 = 0xf000;

/// Decimal digits of one of Postgres's.
const GROUP_DIGITS: i32 = 4;
const GROUP: u16 = 10_000;

/// So many groups a `u64` holds, and one more.
const QUICK_GROUPS: usize = 4;

/// A decimal as it came.
pub(super) struct Numeric<'a> {
    /// Each two bytes, below 10,000; the first has the power `weight`.
    digits: &'a [u8],
    weight: i32,
    sign: u16,
    scale: u16,
}

impl<'a> Numeric<'a> {
    /// The value of a field.
    pub(super) fn new(field: &'a [u8]) -> Read<Self> {
        let mut bytes = Bytes(field);
        let count = bytes.u16()?;
        let weight = i32::from(bytes.i16()?);
        let (sign, scale) = (bytes.u16()?, bytes.u16()?);
        let digits = bytes.0;
        let is_known = matches!(sign, 0 | NEGATIVE | NAN | INFINITY | MINUS_INFINITY);
        if digits.len() != 2 * usize::from(count) || !is_known {
            return Err(Wrong::Corrupt);
        }
        let value = Self { digits, weight, sign, scale };
        if value.groups().any(|group| group >= GROUP) { Err(Wrong::Corrupt) } else { Ok(value) }
    }

    fn groups(&self) -> impl DoubleEndedIterator<Item = u16> + '_ {
        self.digits.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
    }

    /// The value times ten to the `scale`, where that is an integer of at most `precision` digits.
    pub(super) fn unscaled(&self, precision: u8, scale: i8) -> Option<i128> {
        if !matches!(self.sign, 0 | NEGATIVE) {
            return None;
        }
        let magnitude = self.magnitude(i32::from(scale))?;
        let limit = 10_u128.checked_pow(u32::from(precision))?;
        if magnitude >= limit {
            return None;
        }
        let value = i128::try_from(magnitude).ok()?;
        Some(if self.sign == NEGATIVE { -value } else { value })
    }

    fn magnitude(&self, scale: i32) -> Option<u128> {
        let count = self.digits.len() / 2;
        // The power of ten that the last group has in the result.
        let last = scale + GROUP_DIGITS * (self.weight + 1 - i32::try_from(count).ok()?);
        if last >= 0 && count <= QUICK_GROUPS {
            let value = self.groups().fold(0_u64, |sum, group| sum * 10_000 + u64::from(group));
            return if value == 0 { Some(0) } else { shifted(u128::from(value), last) };
        }
        let mut sum = 0_u128;
        let mut power = scale + GROUP_DIGITS * self.weight;
        for group in self.groups() {
            let dropped = u32::try_from((-power).clamp(0, GROUP_DIGITS)).ok()?;
            let unit = 10_u16.pow(dropped);
            // What the result has no place for must be nothing.
            if group % unit != 0 {
                return None;
            }
            sum = sum.checked_mul(u128::from(GROUP / unit))?.checked_add((group / unit).into())?;
            power -= GROUP_DIGITS;
        }
        if sum == 0 { Some(0) } else { shifted(sum, last.max(0)) }
    }

    /// As Postgres writes it.
    pub(super) fn text(&self) -> String {
        match self.sign {
            NAN => return "NaN".to_owned(),
            INFINITY => return "Infinity".to_owned(),
            MINUS_INFINITY => return "-Infinity".to_owned(),
            _ => {}
        }
        let mut out = String::new();
        if self.sign == NEGATIVE {
            out.push('-');
        }
        let group = |power: i32| {
            let index = usize::try_from(self.weight - power).ok();
            index.and_then(|index| self.groups().nth(index)).unwrap_or(0)
        };
        out.push_str(&group(self.weight.max(0)).to_string());
        for power in (0..self.weight.max(0)).rev() {
            push_group(&mut out, group(power));
        }
        if self.scale > 0 {
            out.push('.');
            let end = out.len() + usize::from(self.scale);
            let mut power = -1;
            while out.len() < end {
                push_group(&mut out, group(power));
                power -= 1;
            }
            out.truncate(end);
        }
        out
    }
}

/// Adds the four digits of a group.
fn push_group(out: &mut String, group: u16) {
    let digits = group.to_string();
    out.extend(std::iter::repeat_n('0', 4_usize.saturating_sub(digits.len())));
    out.push_str(&digits);
}

/// Ten to the `power` times the value.
fn shifted(value: u128, power: i32) -> Option<u128> {
    value.checked_mul(10_u128.checked_pow(u32::try_from(power).ok()?)?)
}
