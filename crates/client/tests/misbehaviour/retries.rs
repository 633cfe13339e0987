use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tavola_client::{
    Builder, Credentials, Error, Hop,
    api::{ErrorCode, users::User},
    model::UserId,
};
use tokio::{net::TcpListener, time::Instant};

use crate::server::{ANN, Asked, Reply, SITE, Server, USER, client, good_server, in_fast_time};

fn ann() -> UserId {
    USER.parse().unwrap()
}

/// A client that has a session and a version, so that its first request is the call itself.
fn ready(builder: Builder) -> Builder {
    builder.version("3.29".parse().unwrap()).credentials(Credentials::session("token-0", SITE.parse().unwrap(), ann()))
}

/// A server that misbehaves so often and then answers.
async fn after(times: usize, misbehaviour: Reply) -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |_: &Asked| {
        if asked.fetch_add(1, Ordering::SeqCst) < times { misbehaviour.clone() } else { Reply::xml(200, ANN) }
    })
    .await
}

fn mishaps() -> Vec<(&'static str, Reply)> {
    vec![
        ("drop", Reply::Drop),
        ("silence", Reply::Stop(b"")),
        ("cut head", Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-".to_vec())),
        ("cut body", Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<tsResponse>".to_vec())),
        ("429", Reply::refusal(429, 429_000, "Too Many Requests", "")),
        ("502", Reply::typed(502, "text/html", "<h1>Bad Gateway</h1>")),
        ("503", Reply::typed(503, "text/html", "<h1>Maintenance</h1>")),
        ("504", Reply::typed(504, "text/html", "<h1>Gateway Timeout</h1>")),
    ]
}

#[test]
fn a_safe_call_is_repeated_three_times() {
    in_fast_time(async {
        for (name, mishap) in mishaps() {
            let server = after(3, mishap.clone()).await;
            let client = ready(server.client()).build().unwrap();
            client.users().get(ann()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(server.count("GET"), 4, "{name}");

            let server = after(99, mishap).await;
            let client = ready(server.client()).build().unwrap();
            client.users().get(ann()).await.unwrap_err();
            assert_eq!(server.count("GET"), 4, "{name}");
        }
    });
}

#[test]
fn a_call_that_is_not_safe_is_sent_once() {
    in_fast_time(async {
        for (name, mishap) in mishaps() {
            let server = after(1, mishap).await;
            let client = ready(server.client()).build().unwrap();
            client.users().add(&User::default()).await.unwrap_err();
            assert_eq!(server.count("POST"), 1, "{name}");
        }
    });
}

#[test]
fn any_call_comes_back_when_the_server_says_when() {
    in_fast_time(async {
        for status in [429, 503] {
            let server = after(2, Reply::empty(status).with("Retry-After", "7")).await;
            let client = ready(server.client()).build().unwrap();
            let started = Instant::now();
            client.users().add(&User::default()).await.unwrap();
            assert_eq!(server.count("POST"), 3);
            assert!((14..16).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
        }
        let server = after(1, Reply::empty(503).with("Retry-After", "86400")).await;
        let started = Instant::now();
        ready(server.client()).build().unwrap().users().get(ann()).await.unwrap();
        assert!((60..62).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    });
}

#[test]
fn other_answers_are_never_repeated() {
    in_fast_time(async {
        for status in [400, 403, 404, 409, 500] {
            let server = after(1, Reply::refusal(status, u32::from(status) * 1000, "No", "")).await;
            let error = ready(server.client()).build().unwrap().users().get(ann()).await.unwrap_err();
            assert_eq!(error.refused().unwrap().status, status);
            assert_eq!(server.count("GET"), 1);
        }
    });
}

#[test]
fn no_repetition_when_told_so() {
    in_fast_time(async {
        let server = after(1, Reply::Drop).await;
        let error = ready(server.client()).retries(0).build().unwrap().users().get(ann()).await.unwrap_err();
        match &error {
            Error::Unreachable(unreachable) => assert_eq!(unreachable.hop, Hop::Exchange),
            other => panic!("{other:?}"),
        }
        assert!(error.to_string().starts_with(&format!("the connection to `{}` broke off", server.address)), "{error}");
        assert_eq!(server.count("GET"), 1);
    });
}

#[test]
fn a_sign_in_is_repeated_after_a_drop_and_never_after_a_refusal() {
    in_fast_time(async {
        let version = "3.29".parse().unwrap();
        let asked = AtomicUsize::new(0);
        let good = good_server(|_| Reply::xml(200, ANN));
        let server = Server::start(move |request: &Asked| match asked.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::Drop,
            1 => Reply::empty(503),
            _ => good(request),
        })
        .await;
        server.client().version(version).build().unwrap().sign_in().await.unwrap();
        assert_eq!(server.count("POST /api/3.29/auth/signin"), 3);

        let server = Server::start(|_: &Asked| Reply::refusal(401, 401_001, "Signin Error", "")).await;
        let error = server.client().version(version).build().unwrap().sign_in().await.unwrap_err();
        assert!(error.is(ErrorCode::SIGN_IN_REFUSED));
        assert_eq!(server.count("POST"), 1);

        let server = Server::start(|_: &Asked| Reply::Drop).await;
        let client = server.client().version(version).credentials(Credentials::jwt("a.b.c")).build().unwrap();
        client.sign_in().await.unwrap_err();
        assert_eq!(server.count("POST"), 1, "a token with a jti that the server may have seen");
    });
}

#[test]
fn signing_out_and_switching_sites_survive_a_lost_answer() {
    in_fast_time(async {
        // The server carries it out, and the answer is lost.
        let asked = AtomicUsize::new(0);
        let good = good_server(|_| Reply::xml(200, ANN));
        let server = Server::start(move |request: &Asked| {
            if !request.line.ends_with("/signout") && !request.line.ends_with("/switchSite") {
                return good(request);
            }
            if asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) { Reply::Drop } else { Reply::invalid_token() }
        })
        .await;
        let client = server.client().build().unwrap();
        client.sign_in().await.unwrap();
        assert_eq!(client.switch_site("other").await.unwrap().token.expose(), "token-2");
        client.sign_out().await.unwrap();
        assert_eq!(server.count("POST /api/3.29/auth/switchSite"), 2);
        assert_eq!(server.count("POST /api/3.29/auth/signout"), 2);
    });
}

#[test]
fn any_call_is_repeated_while_no_connection_can_be_made() {
    in_fast_time(async {
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let client = ready(client(&format!("http://{address}"))).retries(1000).build().unwrap();
        let call = tokio::spawn(async move { client.users().add(&User::default()).await });
        tokio::time::sleep(Duration::from_secs(20)).await;
        let server =
            Server::listen(TcpListener::bind(address).await.unwrap(), None, Arc::new(|_: &Asked| Reply::xml(201, ANN)));
        call.await.unwrap().unwrap();
        assert_eq!(server.count("POST"), 1);
    });
}

#[test]
fn a_server_that_is_down_is_asked_for_its_version_once_for_all_calls() {
    in_fast_time(async {
        let server = Server::start(|_: &Asked| Reply::Drop).await;
        let session = Credentials::session("token-0", SITE.parse().unwrap(), ann());
        let client = server.client().credentials(session).build().unwrap();
        let outcomes = join_all((0..100).map(|_| async { client.users().get(ann()).await })).await;
        assert!(outcomes.iter().all(Result::is_err));
        assert_eq!(server.count("GET /api/2.4/serverinfo"), 4);
    });
}

#[test]
fn a_server_that_refuses_connections_is_named() {
    in_fast_time(async {
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let error = ready(client(&format!("http://{address}"))).build().unwrap().users().get(ann()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("`{address}` refuses connections; is the server up?"));
        assert!(matches!(error, Error::Unreachable(unreachable) if unreachable.hop == Hop::Connect));
    });
}

#[test]
fn silence_ends_after_half_a_minute_or_when_told() {
    in_fast_time(async {
        let server = Server::start(|_: &Asked| Reply::Stop(b"")).await;
        let client = ready(server.client()).retries(0).build().unwrap();
        let started = Instant::now();
        let error = client.users().get(ann()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("`{}` did not answer `Query User On Site` within 30 s", server.address));
        assert!((30..32).contains(&started.elapsed().as_secs()));

        let client = ready(server.client()).retries(0).timeout(Duration::from_secs(5)).build().unwrap();
        let error = client.users().get(ann()).await.unwrap_err();
        assert!(matches!(error, Error::TimedOut { after, .. } if after.as_secs() == 5), "{error:?}");
    });
}

#[test]
fn an_answer_that_stops_half_way_times_out() {
    in_fast_time(async {
        let half = Reply::Stop(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<tsResponse>");
        let server = after(99, half).await;
        let client = ready(server.client()).retries(0).build().unwrap();
        let error = client.users().get(ann()).await.unwrap_err();
        assert!(matches!(error, Error::TimedOut { after, .. } if after.as_secs() == 30), "{error:?}");
    });
}
