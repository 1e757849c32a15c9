//! Numbers with another decimal mark than the point, and with groups of thousands.

use crate::csv::dialect::Token;

/// The marks within a number.
#[derive(Debug, Clone, Copy)]
pub(in crate::csv) struct Marks {
    decimal: Token,
    thousands: Option<Token>,
}

impl Marks {
    /// `None` where they are the grammar's.
    pub(super) fn new(decimal: char, thousands: Option<char>) -> Option<Self> {
        let is_default = decimal == '.' && thousands.is_none();
        let thousands = thousands.map(Token::new);
        (!is_default).then(|| Self { decimal: Token::new(decimal), thousands })
    }

    /// Adds the number as the grammar spells it to `out`; false where its groups are none.
    ///
    /// All digits of the whole part stand in groups or none do: one to three digits, then three
    /// each. There are no groups behind the decimal mark.
    pub(super) fn translate(&self, text: &[u8], out: &mut Vec<u8>) -> bool {
        let mut rest = text;
        if let [sign @ (b'+' | b'-'), after @ ..] = rest {
            out.push(*sign);
            rest = after;
        }
        let (mut group, mut is_grouped) = (0, false);
        loop {
            let begins = self.thousands.filter(|mark| mark.begins(rest));
            match (rest, begins) {
                ([digit @ b'0'..=b'9', after @ ..], _) => {
                    out.push(*digit);
                    group += 1;
                    rest = after;
                }
                (_, Some(mark)) if group == 3 || (!is_grouped && (1..3).contains(&group)) => {
                    (group, is_grouped) = (0, true);
                    rest = &rest[mark.len()..];
                }
                (_, Some(_)) => return false,
                (_, None) => break,
            }
        }
        if is_grouped && group != 3 {
            return false;
        }
        if self.decimal.begins(rest) {
            out.push(b'.');
            rest = &rest[self.decimal.len()..];
        }
        out.extend_from_slice(rest);
        // A point that is not the decimal mark is none.
        !rest.contains(&b'.')
    }
}
