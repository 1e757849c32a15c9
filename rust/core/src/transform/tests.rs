//! Laws of expressions and steps.
