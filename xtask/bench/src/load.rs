//! The load generator: connections that are kept alive, each with one request at a time.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};
use xtask::Result;

/// A request that can be sent again and again, and the status that it must be answered with.
#[derive(Debug, Clone)]
pub struct Call {
    pub request: Request<Full<Bytes>>,
    pub expected: StatusCode,
}

impl Call {
    /// A GET, or a POST where there is a body.
    pub fn new(
        address: SocketAddr,
        path: &str,
        token: Option<&str>,
        body: Option<String>,
        expected: u16,
    ) -> Result<Self> {
        let mut request = Request::builder()
            .method(if body.is_some() { "POST" } else { "GET" })
            .uri(path)
            .header(header::HOST, address.to_string())
            .header(header::ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(token) = token {
            request = request.header("x-tableau-auth", token);
        }
        let request = request.body(Full::new(Bytes::from(body.unwrap_or_default())))?;
        Ok(Self { request, expected: StatusCode::from_u16(expected)? })
    }
}

/// A connection to one server.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // It ends when the sender is dropped; what breaks it shows in the answer that does not come.
        tokio::spawn(async move { connection.await.ok() });
        Ok(Self { sender })
    }

    /// Sends a call and reads the whole answer. Another status than the expected one is an error: a refusal must not be
    /// measured as if it were work.
    pub async fn send(&mut self, call: &Call) -> Result<Bytes> {
        self.sender.ready().await?;
        let answer = self.sender.send_request(call.request.clone()).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status != call.expected {
            let text = String::from_utf8_lossy(&body);
            return Err(format!("`{}` is answered with {status}: {text}", call.request.uri()).into());
        }
        Ok(body)
    }
}

/// Answers per second from some connections that send as fast as they are answered.
pub async fn throughput(address: SocketAddr, calls: &[Call], connections: usize, time: Duration) -> Result<f64> {
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for number in 0..connections {
        let call = calls[number % calls.len()].clone();
        let mut connection = Connection::open(address).await?;
        tasks.spawn(async move {
            let mut answers = 0u32;
            while begun.elapsed() < time {
                connection.send(&call).await.map_err(|problem| problem.to_string())?;
                answers += 1;
            }
            Ok::<_, String>(answers)
        });
    }
    let mut answers = 0;
    while let Some(done) = tasks.join_next().await {
        answers += done??;
    }
    Ok(f64::from(answers) / begun.elapsed().as_secs_f64())
}

/// How long answers take when requests come at a steady rate, whether earlier ones were answered or not.
///
/// Times count from when a request was due: a server that stalls is charged for all that came meanwhile.
pub async fn latencies(
    address: SocketAddr,
    call: &Call,
    connections: usize,
    per_second: u32,
    time: Duration,
) -> Result<Latencies> {
    let begun = Instant::now();
    let gap = Duration::from_secs(1) * u32::try_from(connections)? / per_second;
    let mut tasks = JoinSet::new();
    for number in 0..connections {
        let call = call.clone();
        let mut connection = Connection::open(address).await?;
        // Spread over the gap, so that they do not all come at once.
        let first = gap * u32::try_from(number)? / u32::try_from(connections)?;
        tasks.spawn(async move {
            let mut times = Vec::new();
            let mut due = begun + first;
            while due < begun + time {
                tokio::time::sleep_until(due.into()).await;
                connection.send(&call).await.map_err(|problem| problem.to_string())?;
                times.push(due.elapsed());
                due += gap;
            }
            Ok::<_, String>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    times.sort();
    Ok(Latencies { times })
}

/// Times of answers, shortest first.
#[derive(Debug)]
pub struct Latencies {
    times: Vec<Duration>,
}

impl Latencies {
    /// The time within which this share of the answers came.
    pub fn within(&self, share: f64) -> Duration {
        let place = (self.times.len() as f64 * share).ceil() as usize;
        self.times[place.clamp(1, self.times.len()) - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_99th_percentile_leaves_one_in_a_hundred_behind() {
        let latencies = Latencies { times: (1..=200).map(Duration::from_millis).collect() };
        assert_eq!(latencies.within(0.99), Duration::from_millis(198));
        assert_eq!(latencies.within(0.5), Duration::from_millis(100));
        assert_eq!(latencies.within(1.0), Duration::from_millis(200));
    }
}
