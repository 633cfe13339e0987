use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures_util::future::join_all;
use tavola_client::{
    Client, Credentials, Error, NotSignedIn, Session,
    api::{ErrorCode, users::User},
    model::UserId,
};

use crate::server::{ANN, Asked, Reply, SITE, Server, USER, good_server, in_fast_time};

fn ann() -> UserId {
    USER.parse().unwrap()
}

fn user(_: &Asked) -> Reply {
    Reply::xml(200, ANN)
}

/// A server that takes no token in the list.
async fn refusing(dead: &'static [&'static str]) -> Server {
    Server::start(good_server(move |asked| {
        if dead.contains(&asked.token().unwrap_or_default()) { Reply::invalid_token() } else { user(asked) }
    }))
    .await
}

fn earlier_session() -> Credentials {
    Credentials::session("token-0", SITE.parse().unwrap(), ann())
}

#[test]
fn a_client_may_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    fn sent<T: Send>(_: T) {}
    shared::<Client>();
    sent(async {
        let client = Client::builder("https://example.com").build()?;
        client.switch_site("x").await?;
        client.sign_out().await?;
        client.users().list_all(&Default::default()).await
    });
}

#[test]
fn a_hundred_calls_at_once_sign_in_once() {
    in_fast_time(async {
        let server = Server::start(good_server(user)).await;
        let client = server.client().build().unwrap();
        let clones: Vec<Client> = (0..100).map(|_| client.clone()).collect();
        let users = join_all(clones.iter().map(|client| async { client.users().get(ann()).await })).await;
        assert!(users.into_iter().all(|user| user.unwrap().name.as_deref() == Some("Ann")));
        assert_eq!(server.count("POST /api/3.29/auth/signin"), 1);
        assert_eq!(server.count("GET /api/2.4/serverinfo"), 1);
        assert_eq!(server.count(&format!("GET /api/3.29/sites/{SITE}/users/{USER}")), 100);
    });
}

#[test]
fn a_hundred_calls_at_once_share_a_refused_sign_in() {
    in_fast_time(async {
        let server = Server::start(|asked: &Asked| {
            if asked.line.ends_with("/serverinfo") {
                return crate::server::server_info("3.29");
            }
            Reply::refusal(401, 401_001, "Signin Error", "Error signing in to Tableau Server")
        })
        .await;
        let client = server.client().build().unwrap();
        let outcomes = join_all((0..100).map(|_| async { client.users().get(ann()).await })).await;
        for outcome in outcomes {
            assert!(outcome.unwrap_err().is(ErrorCode::SIGN_IN_REFUSED));
        }
        assert_eq!(server.count("POST /api/3.29/auth/signin"), 1, "an account locks after five wrong passwords");

        client.users().get(ann()).await.unwrap_err();
        assert_eq!(server.count("POST /api/3.29/auth/signin"), 2, "a later call tries anew");
    });
}

#[test]
fn an_ended_session_is_renewed_once_for_all_calls() {
    in_fast_time(async {
        let ended = Arc::new(AtomicBool::new(false));
        let dead = Arc::clone(&ended);
        let server = Server::start(good_server(move |asked| {
            let refused = dead.load(Ordering::SeqCst) && asked.token() == Some("token-1");
            if refused { Reply::invalid_token() } else { user(asked) }
        }))
        .await;
        let client = server.client().build().unwrap();
        client.users().get(ann()).await.unwrap();

        ended.store(true, Ordering::SeqCst);
        let users = join_all((0..50).map(|_| async { client.users().get(ann()).await })).await;
        assert!(users.into_iter().all(|user| user.is_ok()));
        assert_eq!(server.count("POST /api/3.29/auth/signin"), 2);
        assert_eq!(client.session().await.unwrap().token.expose(), "token-2");
    });
}

#[test]
fn a_post_that_was_refused_for_its_token_is_sent_again() {
    in_fast_time(async {
        let server = refusing(&["token-1"]).await;
        let client = server.client().build().unwrap();
        let user = User { name: Some("Ann".into()), ..User::default() };
        client.users().add(&user).await.unwrap();
        let posts = server.asked(&format!("POST /api/3.29/sites/{SITE}/users"));
        let tokens: Vec<_> = posts.iter().map(|post| post.token().unwrap()).collect();
        assert_eq!(tokens, ["token-1", "token-2"]);
        assert_eq!(posts[0].body, posts[1].body);
    });
}

#[test]
fn a_call_whose_token_is_refused_twice_is_an_error() {
    in_fast_time(async {
        let server = Server::start(good_server(|_| Reply::invalid_token())).await;
        let client = server.client().build().unwrap();
        let error = client.users().get(ann()).await.unwrap_err();
        assert!(error.is(ErrorCode::INVALID_TOKEN), "{error}");
        assert_eq!(server.count("POST /api/3.29/auth/signin"), 2);
        assert_eq!(server.count("GET /api/3.29/sites"), 2);
    });
}

#[test]
fn a_session_from_elsewhere_is_used_and_not_renewed() {
    in_fast_time(async {
        let server = refusing(&["token-0"]).await;
        let client = server.client().credentials(earlier_session()).build().unwrap();
        let error = client.users().get(ann()).await.unwrap_err();
        assert!(matches!(error, Error::NotSignedIn(NotSignedIn::Ended)), "{error:?}");
        assert!(matches!(client.sign_in().await, Err(Error::NotSignedIn(NotSignedIn::Ended))));
        assert_eq!(server.count("POST"), 0);
        assert_eq!(server.count("GET /api/3.29/sites"), 1);
    });
}

#[test]
fn a_resumed_session_is_replaced_by_the_credentials_when_it_has_ended() {
    in_fast_time(async {
        let server = refusing(&["token-0"]).await;
        let elsewhere = server.client().credentials(earlier_session()).build().unwrap();
        let session: Session = elsewhere.session().await.unwrap();
        let client = server.client().resume(session).build().unwrap();
        assert_eq!(client.signed_in().await.unwrap().token.expose(), "token-0");
        client.users().get(ann()).await.unwrap();
        assert_eq!(client.signed_in().await.unwrap().token.expose(), "token-1");
        assert_eq!(server.count("POST /api/3.29/auth/signin"), 1);
    });
}

#[test]
fn a_json_web_token_signs_in_once() {
    in_fast_time(async {
        let server = refusing(&["token-1"]).await;
        let client = server.client().credentials(Credentials::jwt("a.b.c")).build().unwrap();
        let error = client.users().get(ann()).await.unwrap_err();
        assert!(matches!(error, Error::NotSignedIn(NotSignedIn::Ended)), "{error:?}");
        let sign_ins = server.asked("POST /api/3.29/auth/signin");
        assert_eq!(sign_ins.len(), 1);
        assert!(sign_ins[0].body.contains("jwt=\"a.b.c\""), "{}", sign_ins[0].body);
    });
}

#[test]
fn without_credentials_only_what_is_open_can_be_called() {
    in_fast_time(async {
        let server = Server::start(good_server(user)).await;
        let client = Client::builder(server.url()).no_proxy().build().unwrap();
        assert_eq!(client.server_info().await.unwrap().product_version.value.0, "2026.2.0");
        let error = client.users().get(ann()).await.unwrap_err();
        assert!(matches!(error, Error::NotSignedIn(NotSignedIn::NoCredentials)), "{error:?}");
    });
}

#[test]
fn after_signing_out_calls_fail_until_told_to_sign_in() {
    in_fast_time(async {
        let server = Server::start(good_server(user)).await;
        let client = server.client().build().unwrap();
        client.sign_out().await.unwrap();
        assert_eq!(server.count("POST /api/3.29/auth/signout"), 0, "there was nothing to sign out of");

        client.sign_in().await.unwrap();
        client.sign_out().await.unwrap();
        client.sign_out().await.unwrap();
        assert_eq!(server.asked("POST /api/3.29/auth/signout")[0].token(), Some("token-1"));
        assert_eq!(server.count("POST /api/3.29/auth/signout"), 1);
        let error = client.clone().users().get(ann()).await.unwrap_err();
        assert!(matches!(error, Error::NotSignedIn(NotSignedIn::SignedOut)), "{error:?}");

        client.sign_in().await.unwrap();
        client.users().get(ann()).await.unwrap();
        assert_eq!(server.count("POST /api/3.29/auth/signin"), 2);
    });
}

#[test]
fn signing_out_of_a_session_that_has_ended_is_no_error() {
    in_fast_time(async {
        let server = Server::start(|_: &Asked| Reply::invalid_token()).await;
        let client = server.client().version("3.20".parse().unwrap()).credentials(earlier_session()).build().unwrap();
        client.sign_out().await.unwrap();
        assert_eq!(server.count("POST /api/3.20/auth/signout"), 1);
        assert_eq!(client.signed_in().await, None);
    });
}

#[test]
fn a_site_switched_to_is_where_the_session_is_renewed() {
    in_fast_time(async {
        let server = refusing(&["token-2"]).await;
        let other: UserId = "99999999-2222-4333-8444-555555555555".parse().unwrap();
        let client = server.client().site("first").impersonate(other).build().unwrap();
        client.sign_in().await.unwrap();
        let switched = client.switch_site("other").await.unwrap();
        assert_eq!((switched.token.expose(), switched.site_content_url.as_deref()), ("token-2", Some("other")));
        client.users().get(ann()).await.unwrap();

        assert_eq!(server.asked("POST /api/3.29/auth/switchSite")[0].token(), Some("token-1"));
        let sign_ins = server.asked("POST /api/3.29/auth/signin");
        assert_eq!(sign_ins.len(), 2);
        let says = |index: usize, what: &str| assert!(sign_ins[index].body.contains(what), "{}", sign_ins[index].body);
        says(0, "<site contentUrl=\"first\"/>");
        says(0, &format!("<user id=\"{other}\"/>"));
        says(1, "<site contentUrl=\"other\"/>");
        // A person's id is another on another site; the server said which.
        says(1, &format!("<user id=\"{USER}\"/>"));
    });
}

#[test]
fn switching_sites_with_an_ended_session_signs_in_to_the_other_site() {
    in_fast_time(async {
        let server = Server::start(|asked: &Asked| {
            if asked.line.ends_with("/auth/switchSite") {
                return Reply::invalid_token();
            }
            good_server(user)(asked)
        })
        .await;
        let client = server.client().build().unwrap();
        client.sign_in().await.unwrap();
        client.switch_site("other").await.unwrap();
        let sign_ins = server.asked("POST /api/3.29/auth/signin");
        assert_eq!(sign_ins.len(), 2);
        assert!(sign_ins[1].body.contains("contentUrl=\"other\""), "{}", sign_ins[1].body);
    });
}

#[test]
fn whoever_waits_takes_over_when_a_sign_in_is_abandoned() {
    in_fast_time(async {
        let first = AtomicBool::new(true);
        let good = good_server(user);
        let server = Server::start(move |asked: &Asked| {
            let abandoned = asked.line.ends_with("/auth/signin") && first.swap(false, Ordering::SeqCst);
            if abandoned { Reply::Stop(b"") } else { good(asked) }
        })
        .await;
        let client = server.client().build().unwrap();
        let waiting = client.clone();
        let abandoned = tokio::spawn(async move { waiting.users().get(ann()).await });
        while server.count("POST /api/3.29/auth/signin") == 0 {
            tokio::task::yield_now().await;
        }
        let second = tokio::spawn(async move { client.users().get(ann()).await });
        tokio::task::yield_now().await;
        abandoned.abort();
        second.await.unwrap().unwrap();
        assert_eq!(server.count("POST /api/3.29/auth/signin"), 2);
    });
}

#[test]
fn no_secret_is_in_a_debug_form_or_an_error() {
    in_fast_time(async {
        // A server that repeats what it was sent: in a refusal, and in a page of HTML.
        let server = Server::start(|asked: &Asked| {
            if asked.line.contains("/users/") {
                return Reply::typed(500, "text/html", &format!("<h1>Oops</h1>{:?}", asked.headers));
            }
            if asked.line.ends_with("/signin") && asked.body.contains("hunter2") {
                return Reply::refusal(401, 401_001, "Signin Error", "wrong: hunter2");
            }
            good_server(user)(asked)
        })
        .await;
        let refused = server.client().build().unwrap();
        let error = refused.sign_in().await.unwrap_err();
        assert_eq!(error.to_string(), "the server refused `Sign In`: Signin Error: wrong: … (401001)");

        let builder = server.client().credentials(Credentials::personal_access_token("nightly", "s3cr3t"));
        let client = builder.clone().build().unwrap();
        let error_of_html = client.users().get(ann()).await.unwrap_err();
        assert!(error_of_html.to_string().contains("<h1>Oops</h1>"), "{error_of_html}");
        let session = client.session().await.unwrap();
        let texts = format!("{error} {error:?} {error_of_html} {error_of_html:?} {client:?} {builder:?} {session:?}");
        let texts = format!("{texts} {refused:?} {:?}", Credentials::jwt("s3cr3t"));
        assert!(texts.contains("nightly") && texts.contains("ann"));
        for secret in ["hunter2", "s3cr3t", "token-1"] {
            assert!(!texts.contains(secret), "`{secret}` in {texts}");
        }
    });
}
