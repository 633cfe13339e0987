//! Files in, values or refusals out.

mod bounds;
mod corpus;
mod hostile;
mod looks;
mod mutations;
mod names;
mod real_sheets;
mod sheets;
mod trial;
mod values;
mod without_extracts;
mod zips;
