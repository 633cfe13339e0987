//! Multipart bodies. What must hold is in `crates/api/src/multipart/trial.rs`, where the tests of every day call it too.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tavola_api::multipart::trial::anything(data));
