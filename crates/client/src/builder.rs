//! What a client is made of.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{Certificate, Identity, Url, header::HeaderValue};
use tavola_api::ApiVersion;
use tavola_model::UserId;

use crate::{
    Client, Credentials, Error, Exchange, ServerAddress, Session,
    credentials::Kind,
    exchange::Watcher,
    session::Standing,
    transport::{ProxyChoice, Settings, Transport, no_proxy},
};

/// Makes a [`Client`]. What is given is checked by [`Builder::build`].
#[derive(Clone)]
#[must_use = "a builder makes a client by `build`"]
pub struct Builder {
    server: String,
    site: Option<String>,
    credentials: Option<Credentials>,
    resumed: Option<Session>,
    impersonated: Option<UserId>,
    version: Option<ApiVersion>,
    timeout: Duration,
    connect_timeout: Duration,
    read_timeout: Duration,
    retries: u32,
    certificates: Vec<Vec<u8>>,
    identity: Option<Vec<u8>>,
    accept_invalid_certificates: bool,
    proxy: Option<Option<String>>,
    user_agent: String,
    watcher: Option<Watcher>,
}

impl Builder {
    pub(crate) fn new(server: String) -> Self {
        Self {
            server,
            site: None,
            credentials: None,
            resumed: None,
            impersonated: None,
            version: None,
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            retries: 3,
            certificates: Vec::new(),
            identity: None,
            accept_invalid_certificates: false,
            proxy: None,
            user_agent: concat!("tavola-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            watcher: None,
        }
    }

    /// The site to sign in to, by its contentUrl; `""` is the default site. Without this, the site that the server's
    /// address tells (`…/#/site/marketing`), otherwise the default site.
    pub fn site(mut self, content_url: impl Into<String>) -> Self {
        self.site = Some(content_url.into());
        self
    }

    /// What to sign in with. Without credentials only what is open to everyone can be called.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// A session that was signed in to earlier, to begin with. When it has ended, the credentials make another.
    pub fn resume(mut self, session: Session) -> Self {
        self.resumed = Some(session);
        self
    }

    /// Acts as another user, by the id on the site signed in to. Only server administrators may.
    pub fn impersonate(mut self, user: UserId) -> Self {
        self.impersonated = Some(user);
        self
    }

    /// The version of the API to speak. Without this, the server is asked once: the lower of its newest and
    /// [`ApiVersion::LATEST`].
    pub fn version(mut self, version: ApiVersion) -> Self {
        self.version = Some(version);
        self
    }

    /// How long an attempt may take as a whole: 60 seconds unless told otherwise. Waiting for a connection takes at most
    /// 10 seconds of it, waiting for the next byte of an answer at most 30, each bounded by this.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a call is sent again when that is safe and may help: 3 times unless told otherwise. See the
    /// [crate's documentation](crate#what-is-sent-again).
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Trusts these authorities beside the system's: one certificate or more, as PEM. May be called more than once.
    pub fn ca_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificates.push(pem.into());
        self
    }

    /// Proves to the server who the client is: certificate chain and private key, as one PEM.
    pub fn client_identity(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.identity = Some(pem.into());
        self
    }

    /// Takes any certificate. Whoever stands between the client and the server then reads the credentials: for tests and
    /// for servers on the same machine.
    pub fn danger_accept_invalid_certificates(mut self) -> Self {
        self.accept_invalid_certificates = true;
        self
    }

    /// Goes through this proxy (`http://`, `https://` or `socks5://`), whatever the variables `HTTPS_PROXY`, `HTTP_PROXY`,
    /// `ALL_PROXY` and `NO_PROXY` say.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(Some(url.into()));
        self
    }

    /// Goes through no proxy, whatever the variables say.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Some(None);
        self
    }

    /// The header `User-Agent`. Servers show it in their lists of sessions.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Tells of every request that was sent, as soon as its answer is there or will never be.
    pub fn watch(mut self, watcher: impl Fn(&Exchange<'_>) + Send + Sync + 'static) -> Self {
        self.watcher = Some(Watcher(Arc::new(watcher)));
        self
    }

    /// Makes the client. Nothing is sent yet.
    pub fn build(self) -> Result<Client, Error> {
        let address = ServerAddress::parse(&self.server)?;
        let site = self.site.or_else(|| address.site().map(str::to_owned)).unwrap_or_default();
        let mut certificates = Vec::new();
        for pem in &self.certificates {
            let read = Certificate::from_pem_bundle(pem)
                .map_err(|_| Error::invalid("the authority's certificate is not PEM"))?;
            if read.is_empty() {
                return Err(Error::invalid("the authority's PEM holds no certificate"));
            }
            certificates.extend(read);
        }
        let identity = self
            .identity
            .map(|pem| Identity::from_pem(&pem))
            .transpose()
            .map_err(|_| Error::invalid("the client's PEM does not hold a certificate and its private key"))?;
        let proxy = match self.proxy {
            None => ProxyChoice::System,
            Some(None) => ProxyChoice::Direct,
            Some(Some(url)) => ProxyChoice::Given(read_proxy(&url)?),
        };
        let user_agent = HeaderValue::from_str(&self.user_agent)
            .map_err(|_| Error::invalid("the user agent holds what no header can"))?;
        let settings = Settings {
            timeout: self.timeout,
            connect_timeout: self.connect_timeout.min(self.timeout),
            read_timeout: self.read_timeout.min(self.timeout),
            retries: self.retries,
            certificates,
            identity,
            accept_invalid_certificates: self.accept_invalid_certificates,
            proxy,
            user_agent,
            watcher: self.watcher,
        };
        let given = match &self.credentials {
            Some(Credentials(Kind::Session(session))) => Some(session.clone()),
            _ => None,
        };
        let standing = self.resumed.or(given).map_or(Standing::Fresh, Standing::SignedIn);
        let transport = Transport::new(address, settings)?;
        Ok(Client::new(transport, self.credentials, standing, site, self.impersonated, self.version))
    }
}

fn read_proxy(text: &str) -> Result<Url, Error> {
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let is_known = |url: &Url| matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h");
    Url::parse(&text).ok().filter(|url| url.has_host() && is_known(url)).ok_or_else(no_proxy)
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The server and the proxy may hold a password until they are checked.
        f.debug_struct("Builder")
            .field("site", &self.site)
            .field("credentials", &self.credentials)
            .field("impersonated", &self.impersonated)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
