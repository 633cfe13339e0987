//! Sheets' questions, asked of the engine.
#![expect(clippy::print_stderr, reason = "tests say on stderr that they were skipped")]

mod asked;
mod corpus;
mod pictures;
#[path = "../../../engine/tests/support/program.rs"]
mod program;
mod questions;
mod service;
mod sources;
