//! Sheets and answers in, pictures out.

mod corpus;
mod made_up;
