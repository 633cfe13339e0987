//! Signing in by JSON Web Token: of a connected app, or of an external authorization server.

use tavola_model::UserId;

use super::{
    Via, jwt,
    sign_in::{Admitted, SignInError},
};
use crate::{
    Error, Store, connected_apps,
    external_authorization_servers::{self, ExternalAuthorizationServer},
    jose::{Algorithm, Signed},
    sites::{self, Site},
    sql::{Tx, statements, values},
    users,
};

statements! {
    FIND_USER_NAMED = "SELECT u.id FROM users u JOIN accounts a ON a.id = u.account_id \
        WHERE u.site_id = $1 AND a.name = $2";
}

/// What a JSON Web Token came to before the transaction.
pub(super) enum JwtProof {
    /// One signed with a secret, which is in the database.
    OfApp(String),
    /// One that this external authorization server signed.
    OfServer {
        server: ExternalAuthorizationServer,
        claims: jwt::Claims,
    },
    Refused(jwt::Refusal),
}

/// A token of an external authorization server is verified before the transaction, which cannot wait for its keys.
pub(super) async fn check_jwt(store: &Store, text: &str, site: &str) -> Result<JwtProof, Error> {
    let token = match Signed::parse(text) {
        Ok(token) if token.algorithm == Algorithm::Hs256 => return Ok(JwtProof::OfApp(text.to_owned())),
        Ok(token) => token,
        Err(problem) => return Ok(JwtProof::Refused(problem.into())),
    };
    let Some(issuer) = token.claimed_issuer().filter(|issuer| !issuer.contains('\0')) else {
        return Ok(JwtProof::Refused(jwt::UNKNOWN_ISSUER));
    };
    let (content_url, issuer) = (site.to_owned(), issuer.to_owned());
    let found = store
        .scan(move |db| {
            let Some(site) = sites::lookup_active(db, &content_url)? else { return Ok::<_, Error>(None) };
            let server = external_authorization_servers::lookup_issuer(db, site.id, &issuer)?;
            Ok(server.filter(|server| server.enabled).map(|server| (site.id, server)))
        })
        .await?;
    let Some((site, server)) = found else { return Ok(JwtProof::Refused(jwt::UNKNOWN_ISSUER)) };
    let now = store.clock().now();
    let keys = match store.0.outbound.keys(&server.keys(), token.header("kid"), now).await {
        Ok(keys) => keys,
        Err(problem) => {
            tracing::warn!(issuer = server.issuer_url, problem = problem.0, "the keys of an issuer cannot be fetched");
            return Ok(JwtProof::Refused(jwt::KEYS));
        }
    };
    Ok(match jwt::of_server(&token, &keys, site, now) {
        Ok(claims) => JwtProof::OfServer { server, claims },
        Err(refusal) => JwtProof::Refused(refusal),
    })
}

/// Whose token it is, as a user of the site. The token is used up.
pub(super) fn identify_jwt(tx: &mut Tx<'_>, proof: &JwtProof, site: &Site) -> Result<Admitted, SignInError> {
    match proof {
        JwtProof::Refused(refusal) => Err((*refusal).into()),
        JwtProof::OfApp(text) => {
            let token = Signed::parse(text).map_err(jwt::Refusal::from)?;
            let secret = jwt::secret(&token)?;
            let key = connected_apps::lookup_key(tx, secret)?.ok_or(jwt::SECRET)?;
            if key.site != site.id || !key.enabled {
                return Err(jwt::APP.into());
            }
            let claims = jwt::of_app(&token, &key.value, key.app, tx.now())?;
            if !connected_apps::use_jwt(tx, key.app, &claims.jti, claims.expires_at)? {
                return Err(jwt::USED.into());
            }
            admit_named(tx, site, Via::Secret(secret), &claims)
        }
        JwtProof::OfServer { server, claims } => {
            // It was verified a moment ago; by what is in the database now, it has to be good still.
            let now = external_authorization_servers::lookup(tx, site.id, server.id)?.ok_or(jwt::UNKNOWN_ISSUER)?;
            if !now.enabled || now.issuer_url != server.issuer_url || now.jwks_uri != server.jwks_uri {
                return Err(jwt::UNKNOWN_ISSUER.into());
            }
            if claims.expires_at <= tx.now() {
                return Err(jwt::OTHERWISE.into());
            }
            if !external_authorization_servers::use_jwt(tx, server.id, &claims.jti, claims.expires_at)? {
                return Err(jwt::USED.into());
            }
            admit_named(tx, site, Via::Server(server.id), claims)
        }
    }
}

/// The user whom a token names, letter by letter.
fn admit_named(tx: &mut Tx<'_>, site: &Site, via: Via, claims: &jwt::Claims) -> Result<Admitted, SignInError> {
    if claims.user_name.contains('\0') {
        return Err(jwt::USER.into());
    }
    let id: UserId = tx.query_opt(FIND_USER_NAMED, values![site.id, &claims.user_name])?.ok_or(jwt::USER)?.take()?;
    let user = users::lookup(tx, site.id, id)?.ok_or(jwt::USER)?;
    Ok(Admitted { user, granted: None, via, scopes: Some(claims.scopes.clone()) })
}
