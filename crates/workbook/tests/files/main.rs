//! Files in, values or refusals out.

mod corpus;
mod hostile;
mod mutations;
mod values;
mod zips;
