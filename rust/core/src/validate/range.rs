//! Bounds, multiples and allowed values of numbers, dates and timestamps.

use std::fmt::Arguments;
use std::hash::Hash;

use arrow_array::{Array, ArrowPrimitiveType, PrimitiveArray};
use hashbrown::HashSet;

use super::rules::ColumnRules;
use crate::Result;

/// Values looked at before the scan may end early; long enough for the loop to be vectorised.
const SCAN_VALUES: usize = 1024;

/// The type that values are compared in: exact for all column types that widen to it.
pub(super) trait Domain: Copy + PartialOrd + std::fmt::Debug {
    /// What equal values share.
    type Key: Hash + Eq + std::fmt::Debug;
    const ZERO: Self;

    fn key(self) -> Self::Key;
    /// The next value above, or `None` at the end.
    fn above(self) -> Option<Self>;
    /// The next value below, or `None` at the end.
    fn below(self) -> Option<Self>;
    /// `tolerance` is relative, for floating point only.
    fn is_multiple(self, of: Self, tolerance: f64) -> bool;
}

macro_rules! integer_domain {
    ($type:ty) => {
        impl Domain for $type {
            type Key = Self;
            const ZERO: Self = 0;

            fn key(self) -> Self {
                self
            }
            fn above(self) -> Option<Self> {
                self.checked_add(1)
            }
            fn below(self) -> Option<Self> {
                self.checked_sub(1)
            }
            fn is_multiple(self, of: Self, _tolerance: f64) -> bool {
                self % of == 0
            }
        }
    };
}
integer_domain!(i64);
integer_domain!(i128);

impl Domain for f64 {
    type Key = u64;
    const ZERO: Self = 0.0;

    fn key(self) -> u64 {
        if self.is_nan() { Self::NAN.to_bits() } else { (self + 0.0).to_bits() }
    }
    fn above(self) -> Option<Self> {
        (self < Self::INFINITY).then(|| self.next_up())
    }
    fn below(self) -> Option<Self> {
        (self > Self::NEG_INFINITY).then(|| self.next_down())
    }
    /// Neither 0.3 nor 0.1 is what it says in binary, so the nearest multiple may be off by the
    /// rounding of the product and of both operands.
    fn is_multiple(self, of: Self, tolerance: f64) -> bool {
        ((self / of).round() * of - self).abs() <= tolerance * self.abs()
    }
}

/// The rules of one column whose values compare in `D`.
#[derive(Debug)]
pub(super) struct Range<D: Domain> {
    /// All bounds in one, both inclusive; `None` where there is no bound.
    span: Option<(D, D)>,
    bounds: Vec<(&'static str, D, String)>,
    multiple: Option<(D, String)>,
    allowed: Option<HashSet<D::Key>>,
    tolerance: f64,
}

impl<D: Domain> Range<D> {
    pub(super) fn compile(
        rules: &ColumnRules,
        limits: (D, D),
        tolerance: f64,
        parse: impl Fn(&str) -> Option<D>,
    ) -> Result<Self> {
        let read = |rule, text: &str| match parse(text) {
            // NaN is a value, but nothing compares with it.
            Some(value) if value.partial_cmp(&value).is_some() => Ok(value),
            _ => Err(rules.unreadable(rule, text)),
        };
        let mut bounds = Vec::new();
        let mut span = limits;
        // Which bound each end of the span is, for the message.
        let mut ends = [None, None];
        for (rule, text) in rules.bounds() {
            let Some(text) = text else { continue };
            let value = read(rule, text)?;
            let edge = match rule {
                "exclusiveMinimum" => value.above(),
                "exclusiveMaximum" => value.below(),
                _ => Some(value),
            };
            let Some(edge) = edge else {
                return Err(rules.refused(rule, &format!("no value is beyond {rule} {text}")));
            };
            if rule.ends_with("inimum") {
                if ends[0].is_none() || edge > span.0 {
                    (span.0, ends[0]) = (edge, Some((rule, text)));
                }
            } else if ends[1].is_none() || edge < span.1 {
                (span.1, ends[1]) = (edge, Some((rule, text)));
            }
            bounds.push((rule, value, text.to_owned()));
        }
        if let [Some((least, from)), Some((most, to))] = ends
            && span.0 > span.1
        {
            let what = format!("no value is between {least} {from} and {most} {to}");
            return Err(rules.refused(most, &what));
        }
        let multiple = match &rules.multiple_of {
            None => None,
            Some(text) => {
                let value = read("multipleOf", text)?;
                if value.partial_cmp(&D::ZERO) != Some(std::cmp::Ordering::Greater) {
                    return Err(rules.refused("multipleOf", "multipleOf must be above zero"));
                }
                Some((value, text.clone()))
            }
        };
        let allowed = rules.allowed.as_ref().map(|texts| {
            let values = texts.iter().map(|text| {
                parse(text).map(Domain::key).ok_or_else(|| rules.unreadable("enum", text))
            });
            values.collect::<Result<_>>()
        });
        let span = (!bounds.is_empty()).then_some(span);
        Ok(Self { span, bounds, multiple, allowed: allowed.transpose()?, tolerance })
    }

    /// Whether there is any rule to check.
    pub(super) fn is_idle(&self) -> bool {
        self.span.is_none() && self.multiple.is_none() && self.allowed.is_none()
    }

    /// Whether any value of `array` may break a rule; the content of nulls counts.
    pub(super) fn may_break<T>(&self, array: &PrimitiveArray<T>) -> bool
    where
        T: ArrowPrimitiveType,
        T::Native: Into<D>,
    {
        let values = array.values();
        if let Some((least, greatest)) = self.span {
            let outside = |value: &T::Native| {
                let value: D = (*value).into();
                !(least <= value && value <= greatest)
            };
            let breaks = |chunk: &[T::Native]| chunk.iter().fold(false, |any, v| any | outside(v));
            if values.chunks(SCAN_VALUES).any(breaks) {
                return true;
            }
        }
        (self.multiple.is_some() || self.allowed.is_some())
            && values.iter().any(|value| {
                let value = (*value).into();
                !self.is_multiple(value) || !self.is_allowed(value)
            })
    }

    /// Calls `broken` with row, rule and expectation for each rule that a value breaks.
    pub(super) fn explain<T>(
        &self,
        array: &PrimitiveArray<T>,
        mut broken: impl FnMut(usize, &'static str, Arguments<'_>),
    ) where
        T: ArrowPrimitiveType,
        T::Native: Into<D>,
    {
        for (row, value) in array.values().iter().enumerate() {
            if array.is_null(row) {
                continue;
            }
            let value: D = (*value).into();
            if !self.is_allowed(value) {
                broken(row, "enum", format_args!("is not one of the allowed values"));
            }
            for (rule, bound, text) in &self.bounds {
                let (is_kept, expected) = match *rule {
                    "minimum" => (value >= *bound, "is not at least"),
                    "maximum" => (value <= *bound, "is not at most"),
                    "exclusiveMinimum" => (value > *bound, "is not above"),
                    _ => (value < *bound, "is not below"),
                };
                if !is_kept {
                    broken(row, rule, format_args!("{expected} {text}"));
                }
            }
            if let Some((_, text)) = self.multiple.as_ref().filter(|_| !self.is_multiple(value)) {
                broken(row, "multipleOf", format_args!("is not a multiple of {text}"));
            }
        }
    }

    fn is_multiple(&self, value: D) -> bool {
        self.multiple.as_ref().is_none_or(|(of, _)| value.is_multiple(*of, self.tolerance))
    }

    fn is_allowed(&self, value: D) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.contains(&value.key()))
    }
}
