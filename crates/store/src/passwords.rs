//! Passwords: Argon2id, on threads of its own so that a crowd at the door slows nobody inside.

use std::{
    hint::black_box,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use tokio::sync::oneshot;

use crate::{Error, random};

/// Passwords that may wait to be hashed.
const QUEUE: usize = 64;

/// How long memory is kept for the next password. It is longer than the allocator waits before it gives any back.
const REST: Duration = Duration::from_millis(1500);

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

/// The 19 MiB that a password takes while it is hashed.
type Memory = Vec<Block>;

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// The threads that hash.
pub(crate) struct Passwords {
    queue: SyncSender<Job>,
}

/// What the threads share.
struct Shared {
    jobs: Mutex<Receiver<Job>>,
    /// Memory that no thread uses now, so that many passwords take no more of it than there are threads.
    spare: Mutex<Vec<Memory>>,
}

impl Passwords {
    pub(crate) fn start(threads: usize) -> Self {
        let (queue, jobs) = sync_channel::<Job>(QUEUE);
        let shared = Arc::new(Shared { jobs: Mutex::new(jobs), spare: Mutex::default() });
        for _ in 0..threads.max(1) {
            let shared = shared.clone();
            let thread = std::thread::Builder::new().name("tavola-password".to_owned());
            let started = thread.spawn(move || shared.hash_until_closed());
            if let Err(error) = started {
                tracing::error!(%error, "a thread for passwords could not be started");
            }
        }
        Self { queue }
    }

    /// The hash under which a password is kept.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Busy> {
        let password = password.to_owned();
        self.run(move |memory| hash(&password, memory)).await
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
        self.run(move |memory| {
            if !gate() {
                return Verdict::Unread;
            }
            let compared = hash.as_deref().unwrap_or_else(|| NOBODYS.get_or_init(|| hash_of_nobody(memory)));
            let matches = verify(&password, compared, memory);
            if matches && hash.is_some() { Verdict::Right } else { Verdict::Wrong }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&mut Memory) -> T + Send + 'static) -> Result<T, Busy> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |memory| drop(reply.send(work(memory))));
        match self.queue.try_send(job) {
            Ok(()) => answer.await.map_err(|_| Busy),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Busy),
        }
    }
}

impl Shared {
    fn hash_until_closed(&self) {
        // Where the system does not allow it, hashing competes as an equal.
        if let Err(error) = thread_priority::set_current_thread_priority(thread_priority::ThreadPriority::Min) {
            tracing::debug!(?error, "the priority of a thread for passwords could not be lowered");
        }
        while let Some(job) = self.next() {
            let mut memory = self.spare().pop().unwrap_or_default();
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&mut memory))).is_err() {
                tracing::error!("hashing a password broke off");
            }
            self.spare().push(memory);
        }
    }

    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Memory>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job, when there is one. If none comes for a while, memory is given back meanwhile.
    fn next(&self) -> Option<Job> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        for give_back in [|shared: &Self| shared.spare().clear(), |_: &Self| wake_allocator()] {
            match jobs.recv_timeout(REST) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => give_back(self),
            }
        }
        jobs.recv().ok()
    }
}

/// Frees something: the allocator hands what was freed a second ago to the system when anything else is, and on a quiet
/// server nothing would be.
fn wake_allocator() {
    drop(black_box(vec![0_u8; 1 << 20]));
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
static NOBODYS: OnceLock<String> = OnceLock::new();

fn hash_of_nobody(memory: &mut Memory) -> String {
    hash("nobody has this password", memory)
}

fn argon2(params: Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str, memory: &mut Memory) -> String {
    let params = Params::new(19_456, 2, 1, None).expect("the parameters are within Argon2's bounds");
    let salt = Salt::new(&random::bytes::<16>()).expect("a salt may have 16 bytes");
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).expect("parameters can be written"),
        salt: Some(salt),
        hash: digest(&argon2(params), password, &salt, memory),
    };
    assert!(hash.hash.is_some(), "a password of at most 1024 bytes can be hashed");
    hash.to_string()
}

fn verify(password: &str, hash: &str, memory: &mut Memory) -> bool {
    let mut matches = || {
        let kept = PasswordHash::new(hash).ok()?;
        let ours = kept.algorithm == Algorithm::Argon2id.ident() && kept.version == Some(Version::V0x13.into());
        let argon2 = argon2(Params::try_from(&kept).ok().filter(|_| ours)?);
        // Digests are compared in constant time.
        Some(digest(&argon2, password, &kept.salt?, memory)? == kept.hash?)
    };
    password.len() <= LONGEST && matches() == Some(true)
}

/// What Argon2 makes of a password, if the parameters let it.
fn digest(argon2: &Argon2<'_>, password: &str, salt: &Salt, memory: &mut Memory) -> Option<Output> {
    memory.resize(argon2.params().block_count(), Block::new());
    let mut digest = [0; Output::MAX_LENGTH];
    let digest = digest.get_mut(..argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN))?;
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, digest, &mut **memory).ok()?;
    Output::new(digest).ok()
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

    #[test]
    fn hashes_are_those_of_the_library() {
        use argon2::{PasswordHasher, PasswordVerifier};
        let mut memory = Memory::new();
        let params = Params::new(64, 3, 2, Some(24)).unwrap();
        let other: PasswordHash = argon2(params).hash_password_with_salt(b"s3cret", b"salt of 16 bytes").unwrap();
        assert!(verify("s3cret", &other.to_string(), &mut memory));
        assert!(!verify("S3cret", &other.to_string(), &mut memory));
        // In memory that something else was hashed in.
        for password in ["s3cret", "", "Größe"] {
            let ours = hash(password, &mut memory);
            assert!(Argon2::default().verify_password(password.as_bytes(), ours.as_str()).is_ok());
            assert!(verify(password, &ours, &mut memory));
        }
        for bad in ["", "$argon2id$v=19$m=64,t=3,p=2", "$argon2i$v=19$m=64,t=3,p=2$c2FsdHNhbHQ$c2FsdHNhbHQ"] {
            assert!(!verify("s3cret", bad, &mut memory));
        }
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
                    .run(move |_| {
                        let _ = entered.send(());
                        let _ = held.recv();
                    })
                    .await
            }
        });
        at_work.await.unwrap();
        for _ in 0..QUEUE {
            passwords.queue.try_send(Box::new(|_| ())).unwrap();
        }
        assert_eq!(passwords.hash("one more").await, Err(Busy));
        drop(release);
        assert_eq!(holding.await.unwrap(), Ok(()));
    }
}
