//! Sheets' questions, asked of the engine.

mod asked;
mod corpus;
mod pictures;
#[path = "../../../engine/tests/support/program.rs"]
mod program;
mod questions;
mod service;
mod sources;
