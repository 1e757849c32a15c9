//! Arrow batches against the rules of a contract.
