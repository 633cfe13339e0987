//! Signing in at an identity provider by OpenID Connect: the authorization code flow, with state, nonce and PKCE.
//!
//! Between leaving and coming back everything lies in one cookie of the browser: a random secret, from which state, nonce and
//! PKCE's verifier are made, so that each is good for this browser alone. Nothing is stored for strangers who only knock, and
//! any node takes who comes back. A code is good once: that is the provider's to keep, which alone makes sessions here.

mod id_token;

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tavola_model::{AuthSetting, IdpConfigurationId, SiteState, UserId};

use super::{NewSession, SignedIn, Via, begin, sign_out, switch_site::set_last_login};
use crate::{
    Actor, Credential, Error, Origin, Store, accounts,
    audit::{self, By, Done},
    jose::{Algorithm, Signed, text_of},
    oidc::{self, OidcConfiguration, lets_in},
    outbound::{KeySource, NoAnswer, parse_url},
    random,
    sites::{self, Site},
    sql::{Tx, statements, values},
    users,
};

/// What is asked for; the e-mail address is who somebody is, unless the configuration says otherwise.
const SCOPE: &str = "openid email profile";
const EMAIL: &str = "email";

/// A browser on its way to a provider.
#[derive(Debug, Clone)]
pub struct OidcStart {
    /// Where to send it.
    pub url: String,
    /// What it has to bring back, as a cookie that no script reads.
    pub cookie: String,
}

/// A browser that comes back.
#[derive(Clone)]
pub struct OidcReturn {
    /// The cookie of [`OidcStart`].
    pub cookie: String,
    /// The parameter `state`.
    pub state: String,
    /// The parameter `code`.
    pub code: String,
    /// The address it was told to come back to, as it was at the start.
    pub redirect_uri: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Why nobody was signed in at a provider.
#[derive(Debug, Clone)]
pub enum OidcError {
    /// There is no such site or configuration, or it is disabled.
    NotOffered,
    /// The site has several configurations: one has to be named.
    Several,
    /// What came back does not belong to what this browser set out with, or took too long.
    NotBegunHere,
    /// The provider's word is not accepted, or is not enough; the reason is for people.
    Refused(&'static str),
    /// The provider did not answer as it should.
    NoAnswer,
    /// The store could not tell.
    Store(Error),
}

impl From<Error> for OidcError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

statements! {
    FIND_USERS = "SELECT u.id, u.external_auth_user_id FROM users u WHERE u.site_id = $1 AND u.auth_setting = $2 \
        AND u.idp_configuration_id IN ('', $3) \
        AND (u.external_auth_user_id = $4 OR (u.external_auth_user_id = '' AND u.name_key = $5))";
}

/// What a browser carries from start to end.
struct Errand {
    secret: [u8; 32],
    configuration: IdpConfigurationId,
    /// The path it wants to see at the end.
    then: String,
}

impl Errand {
    fn cookie(&self) -> String {
        let [secret, then] = [self.secret.as_slice(), self.then.as_bytes()].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{secret}.{}.{then}", self.configuration)
    }

    fn read(cookie: &str) -> Option<Self> {
        let (secret, rest) = cookie.split_once('.')?;
        let (configuration, then) = rest.split_once('.')?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        Some(Self {
            secret: decode(secret)?.try_into().ok()?,
            configuration: configuration.parse().ok()?,
            then: String::from_utf8(decode(then)?).ok()?,
        })
    }

    /// A value that only who has the secret can make: 43 characters.
    fn derive(&self, purpose: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("a key of any length is one");
        mac.update(purpose.as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    fn state(&self) -> String {
        self.derive("state")
    }

    fn nonce(&self) -> String {
        self.derive("nonce")
    }

    fn verifier(&self) -> String {
        self.derive("verifier")
    }
}

/// Sends a browser to a provider of a site: the named one, or the only one that is enabled. `redirect_uri` is where it comes
/// back to, `then` the path that it wants to see at the end.
pub async fn start_oidc(
    store: &Store,
    content_url: &str,
    named: Option<IdpConfigurationId>,
    redirect_uri: &str,
    then: &str,
) -> Result<OidcStart, OidcError> {
    let content_url = content_url.to_owned();
    let mut offered = store
        .scan(move |db| {
            let Some(site) = sites::lookup_active(db, &content_url)? else { return Ok::<_, Error>(Vec::new()) };
            let mut all = oidc::of_site(db, site.id)?;
            all.retain(|one| one.enabled && named.is_none_or(|id| id == one.id));
            Ok(all)
        })
        .await?;
    let configuration = offered.pop().ok_or(OidcError::NotOffered)?;
    if !offered.is_empty() {
        return Err(OidcError::Several);
    }
    let errand = Errand { secret: random::bytes(), configuration: configuration.id, then: then.to_owned() };
    let url = authorization_url(&configuration, &errand, redirect_uri).map_err(Error::unavailable)?;
    Ok(OidcStart { url, cookie: errand.cookie() })
}

fn authorization_url(
    configuration: &OidcConfiguration,
    errand: &Errand,
    redirect_uri: &str,
) -> Result<String, &'static str> {
    let settings = &configuration.settings;
    let mut url = parse_url(settings.authorization_endpoint.as_deref().unwrap_or_default())?;
    let scope = match &settings.custom_scope {
        Some(custom) => format!("{SCOPE} {custom}"),
        None => SCOPE.to_owned(),
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(errand.verifier().as_bytes()));
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &configuration.client_id)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("scope", &scope)
        .append_pair("state", &errand.state())
        .append_pair("nonce", &errand.nonce())
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    if let Some(prompt) = &settings.prompt {
        query.append_pair("prompt", prompt);
    }
    if let Some(values) = &settings.voluntary_acr_values {
        query.append_pair("acr_values", values);
    }
    if let Some(values) = &settings.essential_acr_values {
        let values: Vec<&str> = values.split_whitespace().collect();
        let claims = json!({"id_token": {"acr": {"essential": true, "values": values}}});
        query.append_pair("claims", &claims.to_string());
    }
    drop(query);
    Ok(url.into())
}

/// Signs the actor out. Answers where their browser ends the provider's own session too, and is sent on from to `back`, if the
/// session came from a provider that has such a place.
pub async fn sign_out_at_provider(store: &Store, actor: &Actor, back: &str) -> Result<Option<String>, Error> {
    let configuration = match actor.credential() {
        Credential::OpenIdConnect { id, .. } => {
            let id = *id;
            store.read(move |db| oidc::lookup(db, id)).await?
        }
        _ => None,
    };
    sign_out(store, actor).await?;
    Ok(configuration.and_then(|configuration| end_session_url(&configuration, back)))
}

/// The provider learns by the client's id to whom it sends the browser back: ID tokens, which would tell it more, are not kept.
fn end_session_url(configuration: &OidcConfiguration, back: &str) -> Option<String> {
    let mut url = parse_url(configuration.settings.end_session_endpoint.as_deref()?).ok()?;
    url.query_pairs_mut()
        .append_pair("client_id", &configuration.client_id)
        .append_pair("post_logout_redirect_uri", back);
    Some(url.into())
}

/// Begins the session of who comes back from a provider. The second value is the path that they want to see.
pub async fn finish_oidc(store: &Store, back: OidcReturn) -> Result<(SignedIn, String), OidcError> {
    store.tidy();
    let errand = Errand::read(&back.cookie).ok_or(OidcError::NotBegunHere)?;
    if !same(&errand.state(), &back.state) {
        return Err(OidcError::NotBegunHere);
    }
    let id = errand.configuration;
    let found = store
        .scan(move |db| {
            let configuration = oidc::lookup(db, id)?.filter(|configuration| configuration.enabled);
            Ok::<_, Error>(configuration.zip(oidc::secret(db, id)?))
        })
        .await?;
    let (configuration, secret) = found.ok_or(OidcError::NotOffered)?;
    let secret = String::from_utf8(secret.open(store)?).map_err(Error::unavailable)?;
    let word = match ask(store, &configuration, &secret, &errand, &back).await {
        Err(error @ (OidcError::NoAnswer | OidcError::Store(_))) => return Err(error),
        word => word,
    };
    let (idle, absolute) = (store.0.session_idle, store.0.session_absolute);
    let signed_in = store
        .write(move |tx| {
            // A refusal leaves its line in the audit, so it is an answer and no failure of the transaction.
            let outcome = match &word {
                Ok(name) => admit(tx, &configuration, name, &back.origin, idle, absolute),
                Err(refusal) => Err(refusal.clone()),
            };
            match outcome {
                Err(OidcError::Store(error)) => Err(error),
                Err(refusal) => {
                    record_refusal(tx, &configuration, &refusal, &back.origin)?;
                    Ok(Err(refusal))
                }
                Ok(signed_in) => Ok(Ok(signed_in)),
            }
        })
        .await??;
    Ok((signed_in, errand.then))
}

/// Whether two texts are one, in a time that does not tell how far they agree.
fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one.as_bytes()) == Sha256::digest(other.as_bytes())
}

/// Whom the provider says to have sent, as the configuration has users named.
async fn ask(
    store: &Store,
    configuration: &OidcConfiguration,
    secret: &str,
    errand: &Errand,
    back: &OidcReturn,
) -> Result<String, OidcError> {
    let settings = &configuration.settings;
    let no_answer = |problem: NoAnswer| {
        tracing::warn!(provider = configuration.name, problem = problem.0, "an identity provider did not answer");
        OidcError::NoAnswer
    };
    let verifier = errand.verifier();
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", back.code.as_str()),
        ("redirect_uri", back.redirect_uri.as_str()),
        ("code_verifier", verifier.as_str()),
        ("client_id", configuration.client_id.as_str()),
    ];
    let basic = if settings.secret_in_body() {
        form.push(("client_secret", secret));
        None
    } else {
        Some((configuration.client_id.as_str(), secret))
    };
    let outbound = &store.0.outbound;
    let token_endpoint = settings.token_endpoint.as_deref().unwrap_or_default();
    let answer = outbound.post(token_endpoint, &form, basic).await.map_err(no_answer)?;
    let token = text_of(&answer, "id_token").ok_or(OidcError::Refused("it gave no ID token"))?;
    let token = Signed::parse(token).map_err(|_| OidcError::Refused("its ID token cannot be read"))?;
    if token.algorithm == Algorithm::Hs256 {
        return Err(OidcError::Refused("its ID token is not signed by a public key"));
    }
    let now = store.clock().now();
    let source = KeySource::Keys(settings.jwks_uri.clone().unwrap_or_default());
    let keys = outbound.keys(&source, token.header("kid"), now).await.map_err(no_answer)?;
    let claims =
        token.verify_by_keys(&keys).map_err(|_| OidcError::Refused("its ID token is not signed by one of its keys"))?;
    id_token::check(configuration, claims, &errand.nonce(), now).map_err(OidcError::Refused)?;

    let named = settings.email_mapping.as_deref().unwrap_or(EMAIL);
    let userinfo;
    let told = match (claims.get(named), &settings.userinfo_endpoint, text_of(&answer, "access_token")) {
        (None, Some(endpoint), Some(bearer)) => {
            userinfo = outbound.get(endpoint, bearer).await.map_err(no_answer)?;
            // Another person's is a mistake, or an attack: OpenID Connect Core, 5.3.2.
            if text_of(&userinfo, "sub") != text_of(claims, "sub") {
                return Err(OidcError::Refused("its two answers are about two people"));
            }
            &userinfo
        }
        _ => claims,
    };
    if named == EMAIL && told.get("email_verified").is_some_and(|verified| !is_true(verified)) {
        return Err(OidcError::Refused("the e-mail address is not verified there"));
    }
    match text_of(told, named) {
        Some(name) if !name.trim().is_empty() && !name.contains('\0') => Ok(name.trim().to_owned()),
        _ => Err(OidcError::Refused("it does not say who it is about")),
    }
}

/// Some providers write flags as texts.
fn is_true(flag: &Value) -> bool {
    flag == &Value::Bool(true) || flag.as_str() == Some("true")
}

/// The site of a configuration, if all is as it was when the provider was asked.
fn still_offered(tx: &mut Tx<'_>, configuration: &OidcConfiguration) -> Result<Site, OidcError> {
    let now = oidc::lookup(tx, configuration.id)?.filter(|now| now.enabled && lets_in(now) == lets_in(configuration));
    let now = now.ok_or(OidcError::NotOffered)?;
    sites::lookup(tx, now.site_id)?.filter(|site| site.state == SiteState::Active).ok_or(OidcError::NotOffered)
}

/// Begins the session of the user of that name.
fn admit(
    tx: &mut Tx<'_>,
    configuration: &OidcConfiguration,
    name: &str,
    origin: &Origin,
    idle: Duration,
    absolute: Duration,
) -> Result<SignedIn, OidcError> {
    const NOBODY: OidcError = OidcError::Refused("no user of the site may sign in as whom it names");
    let site = still_offered(tx, configuration)?;
    let values =
        values![site.id, AuthSetting::OpenID, configuration.id.to_string(), name, accounts::key(name)].to_vec();
    let mut found: Vec<(UserId, String)> = Vec::new();
    for mut row in tx.query(FIND_USERS, &values)? {
        found.push((row.take()?, row.take()?));
    }
    // Who is registered under this very name there goes before who merely is called so here.
    let exact = found.iter().any(|(_, external)| external == name);
    found.retain(|(_, external)| !exact || external == name);
    let [(id, _)] = found.as_slice() else { return Err(NOBODY) };
    let user = users::lookup(tx, site.id, *id)?.ok_or(NOBODY)?;
    let granted = users::role_to_grant(tx, &user)?;
    if !granted.unwrap_or(user.site_role).may_sign_in() {
        return Err(NOBODY);
    }
    let new = NewSession {
        user: user.id,
        granted,
        impersonator: None,
        via: Via::Provider(configuration.id),
        scopes: None,
        site: site.id,
        origin,
        expires_at: tx.now().plus(absolute),
    };
    let signed_in = begin(tx, idle, &new)?;
    set_last_login(tx, user.id)?;
    audit::record(
        tx,
        By::Actor(&signed_in.actor),
        Done {
            action: "session.sign_in",
            kind: "session",
            id: Some(signed_in.actor.session_id().to_string()),
            name: None,
            detail: None,
            site: Some(site.id),
        },
    )?;
    Ok(signed_in)
}

/// Writes down who was turned away: not by the name the provider told, which may be anybody's.
fn record_refusal(
    tx: &mut Tx<'_>,
    configuration: &OidcConfiguration,
    refusal: &OidcError,
    origin: &Origin,
) -> Result<(), Error> {
    audit::record(
        tx,
        By::Nobody(origin.address),
        Done {
            action: "session.refused",
            kind: "OpenID Connect configuration",
            id: Some(configuration.id.to_string()),
            name: Some(&configuration.name),
            detail: Some(format!("OpenID Connect: {refusal}")),
            site: Some(configuration.site_id),
        },
    )
}

impl std::fmt::Display for OidcError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotOffered => f.write_str("the site does not offer this way to sign in"),
            Self::Several => f.write_str("the site has several identity providers: name one by idpConfigurationId"),
            Self::NotBegunHere => f.write_str("this sign-in was not begun in this browser, or took too long"),
            Self::Refused(reason) => write!(f, "the identity provider's word is not accepted: {reason}"),
            Self::NoAnswer => f.write_str("the identity provider did not answer as it should"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OidcError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
