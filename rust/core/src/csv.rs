//! CSV bytes to Arrow batches.
