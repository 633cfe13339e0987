//! The two things this crate takes from its surroundings without being given them: the time, to read a `Retry-After`
//! that is a date, and dice, to spread repetitions. No secret and no decision depends on either.

use std::time::SystemTime;

use tavola_model::Timestamp;

/// What time it is.
#[expect(clippy::disallowed_methods, reason = "a client has no store; this is its one clock")]
pub(crate) fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

/// A random number; without randomness in the system, 0: then waits are the shortest, and still the right ones.
pub(crate) fn dice() -> u64 {
    getrandom::u64().unwrap_or(0)
}
