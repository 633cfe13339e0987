//! Files in, values or refusals out.

mod corpus;
mod hostile;
mod looks;
mod mutations;
mod names;
mod sheets;
mod trial;
mod values;
mod without_extracts;
mod zips;
