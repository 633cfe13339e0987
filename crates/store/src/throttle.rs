//! The wait after wrong passwords, which grows with them: per account name, known or not, and per address.

use std::{net::IpAddr, time::Duration};

use tavola_model::Timestamp;

use crate::{
    Error,
    sql::{Db, Tx, statements, values},
};

/// Wrong passwords that cost nothing.
const FREE: i64 = 5;

/// The longest wait, and also how long a failure is remembered.
const LONGEST: Duration = Duration::from_secs(60 * 60);

statements! {
    FIND = "SELECT failures, last_failed_at FROM sign_in_failures WHERE subject = $1";
    COUNT = "INSERT INTO sign_in_failures (subject, failures, last_failed_at) VALUES ($1, 1, $2) \
        ON CONFLICT (subject) DO UPDATE SET last_failed_at = excluded.last_failed_at, failures = \
        CASE WHEN sign_in_failures.last_failed_at <= $3 THEN 1 ELSE sign_in_failures.failures + 1 END";
    FORGIVE = "DELETE FROM sign_in_failures WHERE subject = $1";
    FORGET = "DELETE FROM sign_in_failures WHERE last_failed_at <= $1";
}

/// Whose failures are counted: the account and the address of an attempt.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    account: String,
    address: Option<String>,
}

impl Attempt {
    /// `key` is the account's, whether there is such an account or not.
    pub(crate) fn new(key: &str, address: Option<IpAddr>) -> Self {
        Self {
            account: format!("account {}", key.chars().take(255).collect::<String>()),
            address: address.map(|address| format!("address {}", network(address))),
        }
    }

    fn subjects(&self) -> impl Iterator<Item = &str> {
        [Some(self.account.as_str()), self.address.as_deref()].into_iter().flatten()
    }

    /// Whether the attempt comes too early.
    pub(crate) fn must_wait(&self, db: &mut Db<'_>) -> Result<bool, Error> {
        for subject in self.subjects() {
            if let Some(mut row) = db.query_opt(FIND, values![subject])?
                && db.now() < next_attempt(row.take()?, row.take()?)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Counts a wrong password.
    pub(crate) fn count(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let now = tx.now();
        for subject in self.subjects() {
            tx.execute(COUNT, values![subject, now, forgotten_at(now)])?;
        }
        Ok(())
    }

    /// Forgets the account's failures, for it was its owner after all. The address keeps its own: other names may be
    /// tried from there.
    pub(crate) fn forgive(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        tx.execute(FORGIVE, values![&self.account]).map(drop)
    }
}

/// Deletes failures so old that they no longer count.
pub(crate) fn forget_old(tx: &mut Tx<'_>) -> Result<(), Error> {
    let before = forgotten_at(tx.now());
    tx.execute(FORGET, values![before]).map(drop)
}

/// Failures at this time or before are forgotten.
fn forgotten_at(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_sub(i64::try_from(LONGEST.as_millis()).unwrap_or(i64::MAX)))
}

/// How long to wait after so many failures in a row.
fn wait(failures: i64) -> Duration {
    if failures < FREE {
        return Duration::ZERO;
    }
    // Twelve doublings are more than an hour.
    Duration::from_secs(1 << (failures - FREE).min(12)).min(LONGEST)
}

/// The first moment at which the next attempt is looked at.
fn next_attempt(failures: i64, last: Timestamp) -> Timestamp {
    last.plus(wait(failures))
}

/// The address whose failures count together: one of IPv4, or the network of 64 bits that one customer of IPv6 has.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_from_the_fifth_failure_to_an_hour() {
        let seconds: Vec<u64> = (0..20).map(|failures| wait(failures).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]);
        assert_eq!(wait(i64::MAX), LONGEST);
        assert_eq!(wait(100), LONGEST);
    }

    #[test]
    fn an_attempt_is_looked_at_as_soon_as_the_wait_is_over() {
        let last = Timestamp::from_millis(1_000_000);
        assert_eq!(next_attempt(4, last), last);
        assert_eq!(next_attempt(6, last), Timestamp::from_millis(1_002_000));
    }

    #[test]
    fn failures_are_counted_for_one_ipv4_address_and_one_ipv6_network() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
