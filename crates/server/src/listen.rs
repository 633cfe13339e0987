//! Sockets: accepting, TLS, limits, and letting go gracefully.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::{StartError, metrics::Metrics};

/// How many connections a listener holds at once; more wait in the system's queue.
const MOST_CONNECTIONS: usize = 10_000;
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the head of a request may take to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long requests in progress get to finish when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// Who is at the other end of a connection. An extension of each request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Whether the connection is encrypted. An extension of each request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encrypted(pub(crate) bool);

/// Takes an address. Taken or forbidden ones are told apart from each other.
pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let problem = |cause| StartError::Listen { address, cause };
    let listener = TcpListener::bind(address).await.map_err(problem)?;
    let address = listener.local_addr().map_err(problem)?;
    Ok((listener, address))
}

/// Serves a listener until `stop` changes, then finishes what is in progress.
pub(crate) fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    app: axum::Router,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = accept(&listener, &places) => accepted,
                _ = stop.changed() => break,
                // Forget those that ended.
                Some(_) = connections.join_next() => continue,
            };
            let Some((stream, peer, place)) = accepted else { continue };
            let (tls, app, metrics, stop) = (tls.clone(), app.clone(), metrics.clone(), stop.clone());
            connections.spawn(async move {
                let _place = place;
                let _counted = metrics.connection();
                match tls {
                    None => connection(stream, peer, Encrypted(false), app, stop).await,
                    Some(tls) => match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
                        Ok(Ok(stream)) => connection(stream, peer, Encrypted(true), app, stop).await,
                        // Scanners and clients that do not trust the certificate end here.
                        Ok(Err(cause)) => tracing::debug!(%peer, %cause, "no TLS handshake"),
                        Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
                    },
                }
            });
        }
        drop(listener);
        let finished = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN_TIMEOUT, finished).await.is_err() {
            tracing::warn!("some requests did not finish in time and are cut off");
        }
    })
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are written whole; waiting for more to fill a packet only delays them.
            stream.set_nodelay(true).ok();
            Some((stream, peer, place))
        }
        Err(cause) => {
            tracing::warn!(%cause, "a connection could not be accepted");
            // Most likely too many open files: give some time to close.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn connection<S>(
    stream: S,
    peer: SocketAddr,
    encrypted: Encrypted,
    app: axum::Router,
    mut stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = tower::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(encrypted);
        app.clone().oneshot(request.map(axum::body::Body::new))
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(200);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(cause) = ended {
        tracing::debug!(%peer, %cause, "a connection broke off");
    }
}
