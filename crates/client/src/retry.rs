//! What is sent again, and when: the table in the crate's documentation, as code.
//!
//! A certificate that is wrong stays wrong, so failures of TLS, and those of a proxy that refused, are not repeated.

use std::time::Duration;

use tavola_model::Timestamp;

/// The longest first wait.
const BASE: Duration = Duration::from_millis(250);
/// The longest wait without the server's word.
const CAP: Duration = Duration::from_secs(10);
/// The longest wait on the server's word.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// How an attempt went wrong, as far as repeating goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// Nothing was sent, and it may be different next time.
    NotSent,
    /// It was or may have been sent, and no answer came.
    NoAnswer,
    /// The server answered this status, and perhaps when to come back.
    Status(u16, Option<Duration>),
    /// It will not be different next time.
    Lasting,
}

/// How long to wait before the attempt after number `attempt` (counted from 0), or `None` to leave it. `dice` is a
/// random number.
pub(crate) fn wait(mishap: Mishap, safe: bool, attempt: u32, limit: u32, dice: u64) -> Option<Duration> {
    if attempt >= limit {
        return None;
    }
    match mishap {
        Mishap::NotSent => Some(jitter(attempt, dice)),
        Mishap::NoAnswer if safe => Some(jitter(attempt, dice)),
        Mishap::Status(429 | 503, Some(after)) => Some(after.min(LONGEST_RETRY_AFTER)),
        Mishap::Status(429 | 502..=504, after) if safe => {
            Some(after.map_or_else(|| jitter(attempt, dice), |after| after.min(LONGEST_RETRY_AFTER)))
        }
        _ => None,
    }
}

/// Full jitter: anything from nothing to a bound that doubles with each attempt, so that many clients do not come back
/// all at once.
fn jitter(attempt: u32, dice: u64) -> Duration {
    let bound = BASE.saturating_mul(2_u32.saturating_pow(attempt)).min(CAP);
    let millis = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(dice % (millis + 1))
}

/// Reads `Retry-After`: seconds, or a date.
pub(crate) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
    Some(Timestamp::from_millis(date.as_millisecond()).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_call_that_may_have_been_carried_out_is_repeated_only_if_it_is_safe() {
        let repeated = |mishap, safe| wait(mishap, safe, 0, 3, 0).is_some();
        for (mishap, unsafe_too) in [
            (Mishap::NotSent, true),
            (Mishap::NoAnswer, false),
            (Mishap::Status(429, None), false),
            (Mishap::Status(502, None), false),
            (Mishap::Status(503, None), false),
            (Mishap::Status(504, None), false),
            (Mishap::Status(429, Some(SECOND)), true),
            (Mishap::Status(503, Some(SECOND)), true),
            (Mishap::Status(502, Some(SECOND)), false),
        ] {
            assert!(repeated(mishap, true), "{mishap:?}");
            assert_eq!(repeated(mishap, false), unsafe_too, "{mishap:?}");
        }
        for mishap in [Mishap::Lasting, Mishap::Status(500, None), Mishap::Status(401, None), Mishap::Status(200, None)]
        {
            assert!(!repeated(mishap, true), "{mishap:?}");
        }
    }

    #[test]
    fn waits_double_up_to_a_cap_and_are_anything_below() {
        for (attempt, millis) in [(0, 250), (1, 500), (2, 1000), (5, 8000), (6, 10_000), (50, 10_000)] {
            assert_eq!(jitter(attempt, millis), Duration::from_millis(millis));
            assert_eq!(jitter(attempt, millis + 1), Duration::ZERO, "the bound of {attempt} is above {millis} ms");
        }
    }

    #[test]
    fn the_limit_counts_repetitions() {
        assert!(wait(Mishap::NotSent, true, 2, 3, 0).is_some());
        assert!(wait(Mishap::NotSent, true, 3, 3, 0).is_none());
        assert!(wait(Mishap::NotSent, true, 0, 0, 0).is_none());
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_at_most_a_minute_is_waited() {
        let now: Timestamp = "2026-11-24T09:30:00Z".parse().unwrap();
        assert_eq!(retry_after(" 7 ", now), Some(7 * SECOND));
        assert_eq!(retry_after("Tue, 24 Nov 2026 09:30:05 GMT", now), Some(5 * SECOND));
        assert_eq!(retry_after("Tue, 24 Nov 2026 09:29:00 GMT", now), Some(Duration::ZERO));
        for nonsense in ["", "soon", "-1", "1.5"] {
            assert_eq!(retry_after(nonsense, now), None, "{nonsense}");
        }
        assert_eq!(wait(Mishap::Status(503, Some(3600 * SECOND)), false, 0, 3, 0), Some(60 * SECOND));
    }
}
