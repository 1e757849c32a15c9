//! Nothing: the test of this crate holds `capi/include/headrace.h` to the exported functions.
