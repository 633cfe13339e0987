//! Sheets' questions, asked of the engine.

mod asked;
mod corpus;
#[path = "../../../engine/tests/support/program.rs"]
mod program;
mod questions;
