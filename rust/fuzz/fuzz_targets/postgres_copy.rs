//! `headrace_core::fuzz::postgres_copy` over what libFuzzer makes up.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headrace_core::fuzz::postgres_copy(data));
