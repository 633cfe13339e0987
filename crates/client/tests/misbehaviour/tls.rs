use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::{RootCertStore, ServerConfig, crypto::ring, pki_types::PrivateKeyDer, server::WebPkiClientVerifier};
use tavola_client::{Builder, Error, Hop};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use crate::server::{Asked, Reply, Server, client, good_server, in_fast_time};

/// A self-signed certificate and its key.
pub struct Identity {
    pub pem: String,
    pub key_pem: String,
    der: rustls::pki_types::CertificateDer<'static>,
}

impl Identity {
    pub fn of(host: &str) -> Self {
        Self::with(host, |_| {})
    }

    fn with(host: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, host);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), key_pem: key.serialize_pem(), der: certificate.der().clone() }
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor_for(None)
    }

    /// Takes connections only of clients with this certificate, if one is given.
    fn acceptor_for(&self, client: Option<&Self>) -> TlsAcceptor {
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let config = match client {
            None => config.unwrap().with_no_client_auth(),
            Some(client) => {
                let mut roots = RootCertStore::empty();
                roots.add(client.der.clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                config.unwrap().with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::try_from(KeyPair::from_pem(&self.key_pem).unwrap().serialize_der()).unwrap();
        TlsAcceptor::from(Arc::new(config.with_single_cert(vec![self.der.clone()], key).unwrap()))
    }
}

fn nothing(_: &Asked) -> Reply {
    Reply::empty(204)
}

async fn server(identity: &Identity) -> Server {
    Server::start_tls(identity.acceptor(), good_server(nothing)).await
}

fn secure(server: &Server) -> Builder {
    client(&format!("https://{}", server.address))
}

async fn failure(builder: Builder) -> (Hop, String) {
    match builder.build().unwrap().sign_in().await {
        Err(Error::Unreachable(unreachable)) => (unreachable.hop, unreachable.problem),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_self_signed_certificate_is_named_and_can_be_trusted() {
    in_fast_time(async {
        for identity in [
            Identity::of("127.0.0.1"),
            Identity::with("127.0.0.1", |params| {
                params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            }),
        ] {
            let server = server(&identity).await;
            let problem = format!(
                "the certificate of `{}` is self-signed, or signed by an authority that this machine does not trust",
                server.address
            );
            assert_eq!(failure(secure(&server)).await, (Hop::Tls, problem));
            assert_eq!(server.count(""), 0);
            secure(&server).danger_accept_invalid_certificates().build().unwrap().sign_in().await.unwrap();
        }
        let identity = Identity::of("127.0.0.1");
        let server = server(&identity).await;
        secure(&server).ca_certificate(identity.pem).build().unwrap().sign_in().await.unwrap();
    });
}

#[test]
fn a_certificate_that_is_wrong_says_how() {
    in_fast_time(async {
        for (identity, problem) in [
            (
                Identity::with("127.0.0.1", |params| params.not_after = date_time_ymd(2020, 5, 17)),
                "has expired (at 2020-05-17T00:00:00Z)",
            ),
            (
                Identity::with("127.0.0.1", |params| params.not_before = date_time_ymd(2999, 1, 1)),
                "is not valid yet; is this machine's clock right?",
            ),
            (Identity::of("tableau.example.com"), "is for another name: tableau.example.com"),
        ] {
            let server = server(&identity).await;
            let found = failure(secure(&server).ca_certificate(identity.pem)).await;
            assert_eq!(found, (Hop::Tls, format!("the certificate of `{}` {problem}", server.address)));
        }
    });
}

#[test]
fn tls_to_a_port_without_it_says_so() {
    in_fast_time(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        });
        let problem = format!("`{address}` does not speak TLS at this port; is it an http address?");
        assert_eq!(failure(client(&format!("https://{address}"))).await, (Hop::NoTls, problem));
    });
}

#[test]
fn a_server_may_ask_for_a_client_certificate() {
    in_fast_time(async {
        let (own, ann, other) = (Identity::of("127.0.0.1"), Identity::of("ann"), Identity::of("other"));
        let server = Server::start_tls(own.acceptor_for(Some(&ann)), good_server(nothing)).await;
        let builder = || secure(&server).ca_certificate(own.pem.clone());
        let pem = |identity: &Identity| format!("{}{}", identity.pem, identity.key_pem);

        builder().client_identity(pem(&ann)).build().unwrap().sign_in().await.unwrap();
        let address = server.address;
        assert_eq!(failure(builder()).await, (Hop::Tls, format!("`{address}` asks for a client certificate")));
        assert_eq!(
            failure(builder().client_identity(pem(&other))).await,
            (Hop::Tls, format!("`{address}` does not accept the client's certificate"))
        );
    });
}

/// A proxy that tunnels, or answers this to whoever wants to.
async fn proxy(refusal: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut target = String::new();
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).await.unwrap();
                    if let Some(rest) = line.strip_prefix("CONNECT ") {
                        target = rest.split(' ').next().unwrap().to_owned();
                    }
                    if line.trim().is_empty() {
                        break;
                    }
                }
                let status = refusal.unwrap_or("200 OK");
                stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await.unwrap();
                if refusal.is_none() {
                    let mut server = TcpStream::connect(target).await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut server).await;
                }
            });
        }
    });
    address.to_string()
}

#[test]
fn a_proxy_is_gone_through_and_named_when_it_refuses() {
    in_fast_time(async {
        let identity = Identity::of("127.0.0.1");
        let server = server(&identity).await;
        let builder = |proxy: &str| secure(&server).ca_certificate(identity.pem.clone()).proxy(proxy);
        builder(&proxy(None).await).build().unwrap().sign_in().await.unwrap();

        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
        let asking = proxy(Some("407 Proxy Authentication Required")).await;
        let refusing = proxy(Some("403 Forbidden")).await;
        for (proxy, problem) in [
            (&asking, format!("the proxy `{asking}` asks for a user name and password")),
            (&refusing, format!("the proxy `{refusing}` does not let the client through to `{}`", server.address)),
            (&closed, format!("the proxy `{closed}` refuses connections")),
        ] {
            assert_eq!(failure(builder(proxy)).await, (Hop::Proxy, problem));
        }
        let error = builder(&format!("http://ann:hunter2@{asking}")).build().unwrap().sign_in().await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");

        // An http server is asked through a proxy without a tunnel.
        let plain = client("http://192.0.2.1").proxy(format!("http://{closed}"));
        let problem = format!("the proxy `{closed}` refuses connections");
        assert_eq!(failure(plain).await, (Hop::Proxy, problem));
    });
}
