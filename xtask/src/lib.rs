//! What the commands of `cargo xtask` and the benchmarks share: a server that runs as a program of its own.

mod served;

pub use served::{Served, Settings, empty};

/// A command's outcome; the error is what to print.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
