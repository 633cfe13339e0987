//! `tavola serve` is killed at random moments while clients write; what was acknowledged must be there afterwards.
//!
//! The clients speak HTTP by hand: a client that retries would blur what was acknowledged and what was not.
#![cfg(all(unix, feature = "serve"))]
#![expect(clippy::print_stdout, reason = "a run can only be repeated from what it prints")]

mod bucket;
mod http;
mod publishes;
mod server;
mod sessions;

use std::hash::{BuildHasher as _, RandomState};

/// Where random moments come from; printed, so that a run can be repeated.
fn seed() -> u64 {
    let seed = match std::env::var("TAVOLA_TEST_SEED") {
        Ok(seed) => seed.parse().expect("TAVOLA_TEST_SEED is a number"),
        Err(_) => RandomState::new().hash_one("seed"),
    };
    println!("TAVOLA_TEST_SEED={seed} repeats this run's moments");
    seed
}

/// How often to kill: `TAVOLA_TEST_KILLS`, where it is set.
fn kills(usually: u64) -> u64 {
    match std::env::var("TAVOLA_TEST_KILLS") {
        Ok(kills) => kills.parse().expect("TAVOLA_TEST_KILLS is a number"),
        Err(_) => usually,
    }
}

/// A number that follows from the seed and the round; SplitMix64.
fn random(seed: u64, round: u64) -> u64 {
    let mut z = seed.wrapping_add((round + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
