//! Sheets and answers in, pictures out.

mod corpus;
mod drawn;
mod made;
mod made_up;
mod snapshots;
