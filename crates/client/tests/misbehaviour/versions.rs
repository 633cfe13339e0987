use tavola_client::{api::ErrorCode, model::UserId};

use crate::server::{ANN, Asked, Reply, Server, USER, good_server, in_fast_time, server_info};

async fn version_of(info: impl Fn() -> Reply + Send + Sync + 'static) -> Result<String, tavola_client::Error> {
    let good = good_server(|_| Reply::xml(200, ANN));
    let server =
        Server::start(move |asked: &Asked| if asked.line.ends_with("/serverinfo") { info() } else { good(asked) })
            .await;
    let client = server.client().retries(0).build().unwrap();
    client.users().get(USER.parse::<UserId>().unwrap()).await?;
    client.users().get(USER.parse::<UserId>().unwrap()).await?;
    assert_eq!(server.count("GET /api/2.4/serverinfo"), 1);
    let version = client.version().await?.to_string();
    assert_eq!(server.count(&format!("POST /api/{version}/auth/signin")), 1);
    assert_eq!(server.count(&format!("GET /api/{version}/sites")), 2);
    Ok(version)
}

#[test]
fn the_lower_of_both_newest_versions_is_spoken() {
    in_fast_time(async {
        assert_eq!(version_of(|| server_info("3.21")).await.unwrap(), "3.21");
        assert_eq!(version_of(|| server_info("2.4")).await.unwrap(), "2.4");
        assert_eq!(version_of(|| server_info("3.99")).await.unwrap(), "3.29");
        assert_eq!(version_of(|| server_info("4.1")).await.unwrap(), "3.29");
    });
}

#[test]
fn a_server_from_before_server_info_is_spoken_to_in_2_3() {
    in_fast_time(async {
        for code in [404_001, 404_003] {
            let refusal = move || Reply::refusal(404, code, "Resource Not Found", "Unknown resource");
            assert_eq!(version_of(refusal).await.unwrap(), "2.3");
        }
        let error = version_of(|| Reply::refusal(403, 403_004, "Forbidden", "")).await.unwrap_err();
        assert!(error.is(ErrorCode::FORBIDDEN), "{error}");
    });
}

#[test]
fn what_is_no_tableau_server_gets_no_credentials() {
    in_fast_time(async {
        let server =
            Server::start(|_: &Asked| Reply::typed(200, "text/html; charset=utf-8", "<html>Welcome</html>")).await;
        let error = server.client().build().unwrap().sign_in().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the answer of `{}` to `Server Info` cannot be read: it is neither XML nor JSON (HTTP 200, `text/html; \
                 charset=utf-8`); it begins: \"<html>Welcome</html>\"",
                server.address
            )
        );
        assert_eq!(server.count("POST"), 0);
    });
}

#[test]
fn a_version_that_was_given_is_spoken_unasked() {
    in_fast_time(async {
        let server = Server::start(good_server(|_| Reply::xml(200, ANN))).await;
        let client = server.client().version("3.4".parse().unwrap()).build().unwrap();
        client.sign_in().await.unwrap();
        assert_eq!(server.count("GET"), 0);
        assert_eq!(server.count("POST /api/3.4/auth/signin"), 1);
    });
}

#[test]
fn asking_what_the_server_is_settles_the_version() {
    in_fast_time(async {
        let server = Server::start(good_server(|_| Reply::xml(200, ANN))).await;
        let client = server.client().build().unwrap();
        assert_eq!(client.server_info().await.unwrap().rest_api_version.0, "3.29");
        assert_eq!(client.version().await.unwrap().to_string(), "3.29");
        client.sign_in().await.unwrap();
        assert_eq!(server.count("GET"), 1);
    });
}
