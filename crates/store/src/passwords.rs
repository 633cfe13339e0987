//! Passwords: Argon2id, on threads of its own so that a crowd at the door slows nobody inside.

use std::sync::{
    Arc, LazyLock, Mutex, PoisonError,
    mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};
use tokio::sync::oneshot;

use crate::{Error, random};

/// Passwords that may wait to be hashed.
const QUEUE: usize = 64;

/// The longest password, in bytes.
const LONGEST: usize = 1024;

/// The queue of passwords is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

impl From<Busy> for Error {
    fn from(_: Busy) -> Self {
        Self::unavailable("too many passwords wait to be hashed")
    }
}

/// What became of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Right,
    Wrong,
    /// The gate was closed: it was not looked at.
    Unread,
}

type Job = Box<dyn FnOnce() + Send>;

/// The threads that hash.
pub(crate) struct Passwords {
    queue: SyncSender<Job>,
}

impl Passwords {
    pub(crate) fn start(threads: usize) -> Self {
        let (queue, jobs) = sync_channel::<Job>(QUEUE);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads.max(1) {
            let jobs = jobs.clone();
            let started =
                std::thread::Builder::new().name("tavola-password".to_owned()).spawn(move || hash_until_closed(&jobs));
            if let Err(error) = started {
                tracing::error!(%error, "a thread for passwords could not be started");
            }
        }
        Self { queue }
    }

    /// The hash under which a password is kept.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Busy> {
        let password = password.to_owned();
        self.run(move || hash(&password)).await
    }

    /// Whether a password is the one of a hash; without a hash it is not, after as long a time. `gate` is asked right
    /// before, in the thread that hashes.
    pub(crate) async fn verify(
        &self,
        password: &str,
        hash: Option<String>,
        gate: impl FnOnce() -> bool + Send + 'static,
    ) -> Result<Verdict, Busy> {
        let password = password.to_owned();
        self.run(move || {
            if !gate() {
                return Verdict::Unread;
            }
            let matches = verify(&password, hash.as_deref().unwrap_or(&NOBODYS));
            if matches && hash.is_some() { Verdict::Right } else { Verdict::Wrong }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move || drop(reply.send(work())));
        match self.queue.try_send(job) {
            Ok(()) => answer.await.map_err(|_| Busy),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Busy),
        }
    }
}

fn hash_until_closed(jobs: &Mutex<Receiver<Job>>) {
    // Where the system does not allow it, hashing competes as an equal.
    if let Err(error) = thread_priority::set_current_thread_priority(thread_priority::ThreadPriority::Min) {
        tracing::debug!(?error, "the priority of a thread for passwords could not be lowered");
    }
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
            tracing::error!("hashing a password broke off");
        }
    }
}

/// Refuses what cannot be a password.
pub(crate) fn check(password: &str) -> Result<(), Error> {
    if password.is_empty() {
        Err(Error::invalid("the password must not be empty"))
    } else if password.len() > LONGEST {
        Err(Error::invalid("the password must not be longer than 1024 bytes"))
    } else {
        Ok(())
    }
}

/// The hash that the passwords of unknown users are compared with.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash("nobody has this password"));

fn argon2() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None).expect("the parameters are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> String {
    let hash: PasswordHash = argon2()
        .hash_password_with_salt(password.as_bytes(), &random::bytes::<16>())
        .expect("a password of at most 1024 bytes and a salt of 16 can be hashed");
    hash.to_string()
}

fn verify(password: &str, hash: &str) -> bool {
    password.len() <= LONGEST
        && PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone() {
        let passwords = Passwords::start(1);
        let hash = passwords.hash("s3cret").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(passwords.verify("s3cret", Some(hash.clone()), || true).await, Ok(Verdict::Right));
        assert_eq!(passwords.verify("S3cret", Some(hash.clone()), || true).await, Ok(Verdict::Wrong));
        assert_eq!(passwords.verify("s3cret", None, || true).await, Ok(Verdict::Wrong));
        assert_eq!(passwords.verify("nobody has this password", None, || true).await, Ok(Verdict::Wrong));
        assert_eq!(passwords.verify("s3cret", Some(hash), || false).await, Ok(Verdict::Unread));
    }

    #[tokio::test]
    async fn a_password_too_many_is_turned_away() {
        let passwords = Arc::new(Passwords::start(1));
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (entered, at_work) = oneshot::channel();
        let holding = tokio::spawn({
            let passwords = passwords.clone();
            async move {
                passwords
                    .run(move || {
                        let _ = entered.send(());
                        let _ = held.recv();
                    })
                    .await
            }
        });
        at_work.await.unwrap();
        for _ in 0..QUEUE {
            passwords.queue.try_send(Box::new(|| ())).unwrap();
        }
        assert_eq!(passwords.hash("one more").await, Err(Busy));
        drop(release);
        assert_eq!(holding.await.unwrap(), Ok(()));
    }
}
