//! The client against what a good server cannot be made to do: silence, cut answers, HTML, redirects, dead tokens, bad
//! certificates. How often something was sent is counted by the server.

mod answers;
mod lists;
mod redirects;
mod retries;
mod server;
mod sessions;
mod tls;
mod transfers;
mod versions;
