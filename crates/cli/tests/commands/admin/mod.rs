//! Commands on the data of a server.

mod audit;
mod check;
