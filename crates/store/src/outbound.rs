//! What this process asks identity providers over HTTP: their public keys, which are kept for a while, and whoever comes
//! back from one.
//!
//! Addresses are given by administrators of sites, answers come from strangers: HTTPS (HTTP on this machine alone), no
//! redirects, a few seconds, a few hundred kilobytes, and nothing of an answer is repeated to anybody.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, RequestBuilder, Url, redirect};
use serde_json::Value;
use tavola_model::Timestamp;

use crate::{
    Error,
    jose::{KeySet, text_of},
    tls,
};

/// How long a provider may take for its whole answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most that an answer may have. Sets of keys and metadata have a few kilobytes.
const LONGEST_ANSWER: usize = 256 * 1024;
/// How long keys hold without being asked for again: a key that its issuer withdraws is refused after that.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// How long they hold while their issuer does not answer.
const STALE: Duration = Duration::from_secs(60 * 60);
/// How often an issuer is asked at most, whatever keys tokens name.
const ASKED_EVERY: Duration = Duration::from_secs(30);
/// The most issuers whose keys are kept.
const MOST_ISSUERS: usize = 256;
/// The longest address.
const LONGEST_URL: usize = 2048;

/// What is encoded in a form: all that is not plain everywhere.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A provider did not answer, or not what it should.
#[derive(Debug, Clone)]
pub(crate) struct NoAnswer(pub(crate) String);

/// The line to identity providers, and what they said last.
#[derive(Default)]
pub(crate) struct Outbound {
    /// Made when it is first used: most servers never ask anybody.
    client: OnceLock<Client>,
    keys: Mutex<HashMap<KeySource, Arc<tokio::sync::Mutex<Kept>>>>,
}

/// Where an issuer's keys are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum KeySource {
    /// At this address.
    Keys(String),
    /// Where the metadata of this issuer says.
    Issuer(String),
}

#[derive(Default)]
struct Kept {
    keys: Option<(Arc<KeySet>, Timestamp)>,
    asked_at: Option<Timestamp>,
}

impl Outbound {
    fn client(&self) -> Result<&Client, NoAnswer> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let tls = tls::client().map_err(|problem| NoAnswer(problem.to_string()))?;
        let made = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()
            .map_err(|problem| NoAnswer(problem.to_string()))?;
        Ok(self.client.get_or_init(|| made))
    }

    /// The keys of an issuer, among them the one of this name if there is such a one. They are asked for when they are not
    /// fresh or do not hold that key; who comes meanwhile waits for the one answer.
    pub(crate) async fn keys(
        &self,
        source: &KeySource,
        id: Option<&str>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, NoAnswer> {
        let kept = {
            let mut all = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() >= MOST_ISSUERS && !all.contains_key(source) {
                all.clear();
            }
            all.entry(source.clone()).or_default().clone()
        };
        let mut kept = kept.lock().await;
        let age = |since: Timestamp| now.since(since);
        let may_ask = kept.asked_at.is_none_or(|asked_at| age(asked_at) >= ASKED_EVERY);
        if let Some((keys, fetched_at)) = &kept.keys {
            let good = age(*fetched_at) < FRESH && keys.has(id);
            if good || (!may_ask && age(*fetched_at) < STALE) {
                return Ok(keys.clone());
            }
        }
        if !may_ask {
            return Err(NoAnswer("it did not answer a moment ago".to_owned()));
        }
        kept.asked_at = Some(now);
        match (self.fetch_keys(source).await, &kept.keys) {
            (Ok(keys), _) => {
                let keys = Arc::new(keys);
                kept.keys = Some((keys.clone(), now));
                Ok(keys)
            }
            (Err(problem), Some((keys, fetched_at))) if age(*fetched_at) < STALE => {
                tracing::warn!(problem = problem.0, "the keys of an identity provider were not renewed");
                Ok(keys.clone())
            }
            (Err(problem), _) => Err(problem),
        }
    }

    async fn fetch_keys(&self, source: &KeySource) -> Result<KeySet, NoAnswer> {
        let address = match source {
            KeySource::Keys(address) => address.clone(),
            KeySource::Issuer(issuer) => self.find_keys(issuer).await?,
        };
        let answer = self.send(self.client()?.get(url(&address)?)).await?;
        KeySet::parse(&answer).ok_or_else(|| NoAnswer("what it answered is no set of keys".to_owned()))
    }

    /// Where the keys of an issuer are, as its metadata says.
    async fn find_keys(&self, issuer: &str) -> Result<String, NoAnswer> {
        let mut problem = NoAnswer("it has no metadata".to_owned());
        for document in [".well-known/openid-configuration", ".well-known/oauth-authorization-server"] {
            let address = url(&format!("{}/{document}", issuer.trim_end_matches('/')))?;
            match self.json(self.client()?.get(address)).await {
                Ok(metadata) if text_of(&metadata, "issuer") != Some(issuer) => {
                    problem = NoAnswer("its metadata is that of another issuer".to_owned());
                }
                Ok(metadata) => {
                    let named = text_of(&metadata, "jwks_uri").map(str::to_owned);
                    return named.ok_or_else(|| NoAnswer("its metadata names no keys".to_owned()));
                }
                Err(other) => problem = other,
            }
        }
        Err(problem)
    }

    /// Posts a form, as token endpoints take it. With `basic`, name and secret go into the header.
    pub(crate) async fn post(
        &self,
        address: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<Value, NoAnswer> {
        let encode = |text: &str| utf8_percent_encode(text, FORM).to_string();
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let mut request = self
            .client()?
            .post(url(address)?)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(body.join("&"));
        if let Some((name, secret)) = basic {
            // RFC 6749 has both encoded as in a form.
            request = request.basic_auth(encode(name), Some(encode(secret)));
        }
        self.json(request).await
    }

    /// Asks for JSON with a bearer token.
    pub(crate) async fn get(&self, address: &str, bearer: &str) -> Result<Value, NoAnswer> {
        self.json(self.client()?.get(url(address)?).bearer_auth(bearer)).await
    }

    async fn json(&self, request: RequestBuilder) -> Result<Value, NoAnswer> {
        let answer = self.send(request).await?;
        serde_json::from_slice(&answer).map_err(|_| NoAnswer("what it answered is no JSON".to_owned()))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Vec<u8>, NoAnswer> {
        // Without the address: a query may hold what is nobody's to read.
        let failed = |error: reqwest::Error| NoAnswer(error.without_url().to_string());
        let mut answer = request.send().await.map_err(failed)?;
        if !answer.status().is_success() {
            return Err(NoAnswer(format!("it answered {}", answer.status().as_u16())));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > LONGEST_ANSWER {
                return Err(NoAnswer("its answer is too long".to_owned()));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

fn url(address: &str) -> Result<Url, NoAnswer> {
    parse_url(address).map_err(|problem| NoAnswer(format!("its address {problem}")))
}

/// Refuses an address that is not asked: `what` is its name in the message.
pub(crate) fn check_url(what: &str, address: &str) -> Result<(), Error> {
    parse_url(address).map(drop).map_err(|problem| Error::invalid(format!("the {what} {problem}")))
}

pub(crate) fn parse_url(address: &str) -> Result<Url, &'static str> {
    if address.len() > LONGEST_URL {
        return Err("is too long");
    }
    // What a parser would forgive, others read differently.
    if address.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err("is no URL");
    }
    let url = Url::parse(address).map_err(|_| "is no URL")?;
    let host = url.host_str().ok_or("names no host")?;
    let loopback = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return Err("must begin with https:// (http:// is for this machine alone)");
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("must have neither a user nor a fragment");
    }
    Ok(url)
}
