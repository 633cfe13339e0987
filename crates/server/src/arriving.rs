//! A request's body as it arrives: how long it may be, how slowly it may come, and what becomes of the rest of one that
//! nobody reads to its end.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, Limited};
use tavola_api::ErrorCode;
use tokio::time::Instant;

use crate::error::Error;

/// How long a message may take to arrive.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(30);
/// What has to arrive of a file in each half minute that is spent waiting for it. A mobile phone at the edge of its net
/// sends more.
const WINDOW: Duration = Duration::from_secs(30);
const LEAST_PER_WINDOW: u64 = 64 * 1024;
/// How much of a body that is refused is read and thrown away, so that its sender gets to read the refusal.
const LONGEST_DRAIN: usize = 256 * 1024 * 1024;

/// A body that is being read. What is left of it when this is dropped goes to its [`Rest`].
pub(crate) struct Arriving {
    /// None once it was read to its end, or broke off.
    body: Option<Body>,
    began: bool,
    announced: Option<u64>,
    received: u64,
    longest: u64,
    pace: Pace,
    rest: Rest,
}

/// What is left of a body when nobody reads it any more.
#[derive(Clone, Default)]
pub(crate) struct Rest(Arc<Mutex<Option<(Body, bool)>>>);

impl Arriving {
    /// A body, and where to find what is left of it.
    pub(crate) fn new(body: Body, headers: &HeaderMap) -> (Self, Rest) {
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.parse().ok());
        let rest = Rest::default();
        let arriving = Self {
            body: Some(body),
            began: false,
            announced,
            received: 0,
            longest: u64::MAX,
            pace: Pace::default(),
            rest: rest.clone(),
        };
        (arriving, rest)
    }

    /// Takes at most so many bytes.
    pub(crate) fn limit(&mut self, longest: usize) {
        self.longest = longest as u64;
    }

    /// More of it; none at its end. A sender who is too slow is cut off, however long the body is.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            if self.announced.is_some_and(|length| length > self.longest) {
                return Err(self.too_large());
            }
            let Some(body) = &mut self.body else { return Ok(None) };
            self.began = true;
            let (frame, waited) = self.pace.wait(body.frame()).await?;
            let frame = match frame {
                Some(Ok(frame)) => frame,
                Some(Err(problem)) => {
                    self.body = None;
                    return Err(Error::bad_request("the body broke off").caused_by(problem));
                }
                None => {
                    self.body = None;
                    return Ok(None);
                }
            };
            let Ok(bytes) = frame.into_data() else { continue };
            self.pace.count(waited, bytes.len() as u64)?;
            self.received += bytes.len() as u64;
            if self.received > self.longest {
                return Err(self.too_large());
            }
            if !bytes.is_empty() {
                return Ok(Some(bytes));
            }
        }
    }

    /// All of it: a message.
    pub(crate) async fn whole(mut self) -> Result<Bytes, Error> {
        let reading = async {
            let mut whole = Vec::new();
            while let Some(bytes) = self.next().await? {
                whole.extend_from_slice(&bytes);
            }
            Ok(whole.into())
        };
        tokio::time::timeout(MESSAGE_TIMEOUT, reading).await.map_err(|_| too_slow())?
    }

    fn too_large(&self) -> Error {
        Error::new(ErrorCode::BODY_TOO_LARGE, format!("the body is larger than {} bytes", self.longest))
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            *self.rest.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((body, self.began));
        }
    }
}

impl Rest {
    /// Reads the rest of a body that nobody wants: a sender who is cut off in the middle never reads the answer.
    pub(crate) async fn drain(self, headers: &HeaderMap) {
        let rest = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((body, began)) = rest else { return };
        // A sender who waits for `100 Continue` has sent nothing yet, and must not be told to.
        if began || !headers.contains_key(header::EXPECT) {
            let mut body = Limited::new(body, LONGEST_DRAIN);
            let reading = async { while let Some(Ok(_)) = body.frame().await {} };
            // What does not come in time is cut off after all.
            tokio::time::timeout(MESSAGE_TIMEOUT, reading).await.ok();
        }
    }
}

/// How fast a sender is. Only the time counts that is spent waiting for them, not that in which nobody reads.
#[derive(Default)]
struct Pace {
    waited: Duration,
    received: u64,
}

impl Pace {
    /// Waits for what comes next, as long as the window allows. Says how long it took.
    async fn wait<T>(&self, next: impl Future<Output = T>) -> Result<(T, Duration), Error> {
        let begun = Instant::now();
        let next = tokio::time::timeout(WINDOW.saturating_sub(self.waited), next).await;
        next.map(|next| (next, begun.elapsed())).map_err(|_| too_slow())
    }

    fn count(&mut self, waited: Duration, received: u64) -> Result<(), Error> {
        self.waited += waited;
        self.received += received;
        if self.received >= LEAST_PER_WINDOW {
            *self = Self::default();
        } else if self.waited >= WINDOW {
            return Err(too_slow());
        }
        Ok(())
    }
}

fn too_slow() -> Error {
    Error::new(ErrorCode::REQUEST_TIMEOUT, "the body did not arrive in time")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    /// A body of which a piece comes after each pause.
    fn dripping(pieces: usize, size: usize, pause: Duration) -> Body {
        Body::from_stream(stream::unfold(0, move |sent| async move {
            tokio::time::sleep(pause).await;
            (sent < pieces).then(|| (Ok::<_, Infallible>(vec![0; size]), sent + 1))
        }))
    }

    async fn receive(body: Body) -> Result<u64, u32> {
        let (mut arriving, _) = Arriving::new(body, &HeaderMap::new());
        let mut received = 0;
        while let Some(bytes) = arriving.next().await.map_err(|error| error.code.number)? {
            received += bytes.len() as u64;
        }
        Ok(received)
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_sender_is_waited_for_as_long_as_something_comes() {
        // Two hours at 4 KB a second.
        assert_eq!(receive(dripping(7200, 4096, Duration::from_secs(1))).await, Ok(7200 * 4096));
        assert_eq!(receive(dripping(10, 64 * 1024, Duration::from_secs(29))).await, Ok(640 * 1024));
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_next_to_nothing_is_cut_off() {
        for (size, pause) in [(1, 1), (1000, 1), (64 * 1024, 31), (1, 3600)] {
            let begun = Instant::now();
            assert_eq!(receive(dripping(10_000, size, Duration::from_secs(pause))).await, Err(408_000), "{size}");
            assert!(begun.elapsed() <= WINDOW, "{size}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_reads_does_not_count() {
        let (mut arriving, _) = Arriving::new(dripping(5, 1, Duration::from_secs(1)), &HeaderMap::new());
        while arriving.next().await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_comes_within_half_a_minute_in_all() {
        let (arriving, _) = Arriving::new(dripping(40, 64 * 1024, Duration::from_secs(1)), &HeaderMap::new());
        assert_eq!(arriving.whole().await.unwrap_err().code, ErrorCode::REQUEST_TIMEOUT);
    }
}
