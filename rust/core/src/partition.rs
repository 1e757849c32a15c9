//! One batch to one batch for each partition value.
