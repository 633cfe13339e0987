//! Packages: what begins as a zip archive. What must hold is in `crates/workbook/tests/files/trial.rs`, where the tests of every
//! day call it too.

#![no_main]

#[path = "../crates/workbook/tests/files/trial.rs"]
mod trial;

libfuzzer_sys::fuzz_target!(|data: &[u8]| trial::any_package(data));
