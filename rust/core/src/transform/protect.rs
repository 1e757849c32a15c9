//! Personal data, hidden: masked, or replaced by a hash that equal values share.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, StringArray};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::functions::hexadecimal;
use crate::value;

/// What stands in place of a value; null stays null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mask {
    /// This text.
    Fixed(String),
    /// The value's own text, each character but the last few replaced; all of them where the text
    /// has no more than those few.
    KeepLast(usize),
}

/// What a masked character is.
const HIDDEN: char = '*';

impl Mask {
    pub(super) fn apply(&self, array: &ArrayRef) -> ArrayRef {
        texts(array, |text| match self {
            Self::Fixed(mask) => mask.clone(),
            Self::KeepLast(kept) => {
                let length = text.chars().count();
                let hidden = if length > *kept { length - kept } else { length };
                text.chars()
                    .enumerate()
                    .map(|(at, c)| if at < hidden { HIDDEN } else { c })
                    .collect()
            }
        })
    }
}

/// SHA-256 of a value's text in hexadecimal digits; with a key HMAC-SHA-256. Null stays null.
///
/// Source: FIPS 180-4; RFC 2104.
#[derive(Clone)]
pub struct Hash {
    keyed: Option<Hmac<Sha256>>,
}

impl std::fmt::Debug for Hash {
    /// Never the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hash").field("is_keyed", &self.keyed.is_some()).finish()
    }
}

impl Hash {
    /// With a key nobody without it can tell which value a hash is of by trying them all.
    #[must_use]
    pub fn new(key: Option<&[u8]>) -> Self {
        // Every length is a key's.
        Self { keyed: key.and_then(|key| Hmac::new_from_slice(key).ok()) }
    }

    pub(super) fn apply(&self, array: &ArrayRef) -> ArrayRef {
        texts(array, |text| match &self.keyed {
            None => hexadecimal(&Sha256::digest(text)),
            Some(keyed) => {
                let mut keyed = keyed.clone();
                keyed.update(text.as_bytes());
                hexadecimal(&keyed.finalize().into_bytes())
            }
        })
    }
}

fn texts(array: &ArrayRef, hidden: impl Fn(&str) -> String) -> ArrayRef {
    let text = |row| value::text(array.as_ref(), row).map(|text| hidden(&text));
    Arc::new((0..array.len()).map(text).collect::<StringArray>())
}
