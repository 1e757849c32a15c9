//! What the shared libraries of headrace have in common across C.
//!
//! - [`strings`]: strings in and out.
//! - [`last_error`]: what a thread's last call without a handle said.
//! - [`handle`]: what a pointer of the caller stands for: locks, keeps the last error, stops panics.
//! - [`arrow`]: batches in and out by the Arrow C Data Interface.
//! - [`section`]: the JSON of a config, all of its problems at once.
//! - [`columns`]: columns as JSON lists them.

pub mod arrow;
pub mod columns;
pub mod handle;
pub mod last_error;
pub mod section;
pub mod strings;

/// Version of the functions and of their JSON.
pub const ABI_VERSION: u32 = 1;
