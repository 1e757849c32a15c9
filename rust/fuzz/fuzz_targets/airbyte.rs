//! `headrace_core::fuzz::airbyte` over what libFuzzer makes up.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headrace_core::fuzz::airbyte(data));
