use tavola_client::Error;

use crate::{
    server::{ANN, Asked, Reply, Server, USER, good_server, in_fast_time},
    tls::Identity,
};

/// An http server that sends everyone to another address, the target kept.
async fn moved(status: u16, to: String) -> Server {
    Server::start(move |asked: &Asked| {
        let path = asked.line.split_once(' ').unwrap().1;
        Reply::empty(status).with("Location", format!("{to}{path}"))
    })
    .await
}

#[test]
fn a_server_that_wants_tls_is_followed_once_and_for_all() {
    in_fast_time(async {
        let identity = Identity::of("127.0.0.1");
        let secure = Server::start_tls(identity.acceptor(), good_server(|_| Reply::xml(200, ANN))).await;
        for status in [301, 302, 307, 308] {
            let plain = moved(status, format!("https://{}", secure.address)).await;
            let client = plain.client().ca_certificate(identity.pem.clone()).build().unwrap();
            client.users().get(USER.parse().unwrap()).await.unwrap();
            client.users().get(USER.parse().unwrap()).await.unwrap();
            assert_eq!(plain.count(""), 1);
            assert_eq!(client.address().to_string(), format!("https://{}", secure.address));
        }
    });
}

#[test]
fn a_sign_in_that_is_sent_on_to_tls_arrives_there_whole() {
    in_fast_time(async {
        let identity = Identity::of("127.0.0.1");
        let secure = Server::start_tls(identity.acceptor(), good_server(|_| Reply::xml(200, ANN))).await;
        let plain = moved(301, format!("https://{}", secure.address)).await;
        let client = plain.client().version("3.29".parse().unwrap()).ca_certificate(identity.pem).build().unwrap();
        client.sign_in().await.unwrap();
        let sign_ins = secure.asked("POST /api/3.29/auth/signin");
        assert_eq!(sign_ins.len(), 1);
        assert!(sign_ins[0].body.contains("name=\"ann\" password=\"hunter2\""), "{}", sign_ins[0].body);
    });
}

#[test]
fn another_host_is_named_and_gets_nothing() {
    in_fast_time(async {
        // The same machine by another name: what matters is that nobody said that they are the same.
        let other = Server::start(good_server(|_| Reply::xml(200, ANN))).await;
        let to = format!("http://localhost:{}", other.address.port());
        let server = moved(302, to.clone()).await;
        let error = server.client().build().unwrap().sign_in().await.unwrap_err();
        let (host, target) = (server.address.to_string(), format!("{to}/api/2.4/serverinfo"));
        assert_eq!(
            error.to_string(),
            format!("`{host}` sends the client on to `{target}`; if that is the server, give its address instead")
        );
        assert!(matches!(error, Error::Redirected { .. }));
        assert_eq!((server.count(""), other.count("")), (1, 0));
    });
}

#[test]
fn a_page_to_log_in_at_and_a_step_back_to_http_are_not_followed() {
    in_fast_time(async {
        let to_page = Server::start(|_: &Asked| Reply::empty(302).with("Location", "/login?ticket=s3cr3t")).await;
        let error = to_page.client().build().unwrap().sign_in().await.unwrap_err();
        assert!(matches!(&error, Error::Redirected { to, .. } if *to == format!("http://{}/login", to_page.address)));

        let identity = Identity::of("127.0.0.1");
        let plain = Server::start(good_server(|_| Reply::xml(200, ANN))).await;
        let target = format!("http://{}/api/2.4/serverinfo", plain.address);
        let secure =
            Server::start_tls(identity.acceptor(), move |_: &Asked| Reply::empty(302).with("Location", target.clone()))
                .await;
        let builder = crate::server::client(&format!("https://{}", secure.address)).ca_certificate(identity.pem);
        assert!(matches!(builder.build().unwrap().sign_in().await, Err(Error::Redirected { .. })));
        assert_eq!(plain.count(""), 0);
    });
}
