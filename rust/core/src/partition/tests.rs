//! Laws of partitioning.
