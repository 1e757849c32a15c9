//! Steps between a reader and the contract: rows are judged, columns derived, chosen and made
//! other, one batch at a time, so that where batches are cut changes nothing.
//!
//! - [`step`]: a step compiled for a schema, and what it makes of a batch.
//! - [`expression`]: the language of `filter` and `derive`, compiled once a schema.
//! - `syntax`, `spelling`, `interval`: its text. `compile`, `calls`: a syntax tree to a typed tree.
//! - `literal`, `matching`: literals, and operands of one type.
//! - `node`: that tree. `operand`: the types that operators know.
//! - `evaluate`: the tree over a batch. `column`: the values meanwhile, and what rows fault.
//! - `arithmetic`, `compare`, `cast`, `widen`, `functions`: what the tree's nodes do.
//! - `deduplicate`: keys seen so far, within a budget. `protect`: personal data, hidden.

mod arithmetic;
mod calls;
mod cast;
mod column;
mod compare;
mod compile;
mod deduplicate;
mod evaluate;
mod expression;
mod functions;
mod interval;
mod literal;
mod matching;
mod node;
mod operand;
mod protect;
mod spelling;
mod step;
mod syntax;
mod widen;

pub use deduplicate::Deduplicate;
pub use expression::{Expression, check};
pub use functions::Function;
pub use protect::{Hash, Mask};
pub use step::{Outcome, Step};

/// Every function: name, arguments, what it gives.
pub fn functions() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let named = functions::all();
    named.map(|f| (f.name, f.arguments, f.meaning)).chain(calls::FORMS.iter().copied())
}
