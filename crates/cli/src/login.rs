//! Signing in and out, and who one is.

use std::{env, path::PathBuf};

use clap::Args;
use serde_json::{Value, json};
use tavola_client::{Client, Error, api::Secret};

use crate::{
    Failure,
    arguments::Global,
    connection::{Connection, Identity, Target},
    folders::Folders,
    kept_sessions::SessionFile,
    output::Output,
    profiles::{Kind, Place, Profile, Profiles, default_name, site_in_words},
    secrets::{self, SecretSource},
};

/// The arguments of `login`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tavola login tableau.example.com --site marketing --username ann
  tavola login https://10ay.online.tableau.com/#/site/mysite --token-name ci --secret-stdin < secret.txt
  TAVOLA_PASSWORD=… tavola login localhost:8443 --cacert ca.pem --username admin")]
pub struct LoginArguments {
    /// The server's address: a host, a URL, or what the browser shows on a page of the site
    #[arg(value_name = "SERVER", conflicts_with = "server")]
    address: Option<String>,
    /// Sign in as this user, by password [env: TAVOLA_USERNAME, TAVOLA_PASSWORD]
    #[arg(long, short, value_name = "NAME", group = "identity")]
    username: Option<String>,
    /// Sign in by the personal access token of this name [env: TAVOLA_TOKEN_NAME, TAVOLA_TOKEN_SECRET]
    #[arg(long, value_name = "NAME", group = "identity")]
    token_name: Option<String>,
    /// Sign in by a JSON web token of a connected app [env: TAVOLA_JWT]
    #[arg(long, group = "identity")]
    jwt: bool,
    #[command(flatten)]
    secret: SecretSource,
}

/// Signs in, and remembers how.
pub async fn login(arguments: LoginArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let folders = Folders::of_environment()?;
    let profiles = Profiles::read(&folders)?;
    // A profile that does not exist yet is about to be made.
    let (global, new_profile) = match &global.profile {
        Some(name) if !profiles.by_name.contains_key(name) => {
            if name.trim().is_empty() {
                return Err(Failure::failed("a profile's name must not be blank"));
            }
            (&Global { profile: None, ..global.clone() }, Some(name.clone()))
        }
        _ => (global, None),
    };
    let server_is_given =
        arguments.address.is_some() || global.server.is_some() || env::var_os("TAVOLA_SERVER").is_some();
    if new_profile.is_some() && !server_is_given {
        return Err(
            Failure::failed("no server is named for the new profile").hint("give its address: tavola login SERVER")
        );
    }
    let mut target = Target::find(global, arguments.address.as_deref(), &profiles)?;
    if new_profile.is_some() {
        target.profile = None;
    }
    let identity = identify(&arguments, &target).await?;
    let (client, session) = target.sign_in(&identity, output).await?;
    // Signed in is signed in, whether or not the server tells the name.
    let user = match who(&client).await {
        Ok(who) => who["user"]["name"].as_str().map(str::to_owned),
        Err(_) => None,
    };

    let name = new_profile
        .or_else(|| target.profile.as_ref().map(|(name, _)| name.clone()))
        .unwrap_or_else(|| default_name(&target.address.to_string(), &target.site));
    let place = match identity.kind {
        Kind::Jwt => None,
        _ => Some(secrets::keep(&folders, &name, &identity.secret, output).await?),
    };
    for file in SessionFile::all_of_profile(&folders, &name, &session.server)? {
        file.lock().await?.clear()?;
    }
    SessionFile::of_profile(&folders, &name, &session.server, &target.site).lock().await?.write(&session)?;
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let transport = target.transport();
    Profiles::change(&folders, |profiles| {
        let profile = Profile {
            server: session.server.clone(),
            site: target.site.clone(),
            api_version: target.profile.as_ref().and_then(|(_, profile)| profile.api_version.clone()),
            credentials: identity.kind,
            name: identity.name.clone(),
            secret: place,
            cacert: transport.cacert.as_ref().map(absolute),
            client_cert: transport.client_certificate.as_ref().map(|(certificate, _)| absolute(certificate)),
            client_key: transport.client_certificate.as_ref().map(|(_, key)| absolute(key)),
            insecure: transport.insecure,
        };
        profiles.by_name.insert(name.clone(), profile);
        profiles.current = Some(name.clone());
        Ok(())
    })?;

    output.say(&format!(
        "signed in to {} of `{}` as `{}`",
        site_in_words(&session.content_url),
        session.server,
        user.clone().unwrap_or_else(|| session.user_id.to_string())
    ));
    if output.is_json() {
        output.json(&json!({
            "profile": name,
            "server": session.server,
            "site": { "id": session.site_id, "contentUrl": session.content_url },
            "user": { "id": session.user_id, "name": user },
            "apiVersion": session.api_version,
        }))?;
    }
    Ok(())
}

/// Ends the sessions of the profile, and forgets its secret.
pub async fn logout(global: &Global, output: &mut Output) -> Result<(), Failure> {
    let folders = Folders::of_environment()?;
    let connection = Connection::find(global)?;
    let Some((name, profile)) = &connection.target().profile else {
        return Err(Failure::failed("there is nothing to sign out of: the environment's credentials are kept nowhere"));
    };
    if let Some(place) = profile.secret {
        secrets::forget(&folders, name, place).await?;
        Profiles::change(&folders, |profiles| {
            if let Some(profile) = profiles.by_name.get_mut(name) {
                profile.secret = None;
            }
            Ok(())
        })?;
    }
    let mut ended = 0;
    for file in SessionFile::all_of_profile(&folders, name, &connection.target().address.to_string())? {
        let mut file = file.lock().await?;
        let Some(session) = file.read()? else { continue };
        // Forgotten first: a session that could not be ended must not be used again either.
        file.clear()?;
        connection.resume(&session, output)?.sign_out().await.map_err(|error| {
            Failure::of_call("the session was forgotten here, but could not be ended on the server", &error)
        })?;
        ended += 1;
    }
    output.say(&match ended {
        0 => format!("`{name}` had no session"),
        _ => format!("signed out of `{}`", profile.server),
    });
    Ok(())
}

/// Shows who is signed in.
pub async fn whoami(global: &Global, output: &mut Output) -> Result<(), Failure> {
    let connection = Connection::find(global)?;
    let mut record = connection
        .run(output, async |client| {
            who(client).await.map_err(|error| Failure::of_call("cannot ask who is signed in", &error))
        })
        .await?;
    record["server"] = json!(connection.target().address.to_string());
    if let Some((name, _)) = &connection.target().profile {
        record["profile"] = json!(name);
    }
    output.record(
        &record,
        &["user.name", "user.siteRole", "user.id", "site.name", "site.contentUrl", "site.id", "server", "profile"],
    )
}

/// Shows what the server is, and how commands sign in to it.
pub async fn status(global: &Global, output: &mut Output) -> Result<(), Failure> {
    let folders = Folders::of_environment()?;
    let target = Target::find(global, None, &Profiles::read(&folders)?)?;
    let server = target.address.to_string();
    let identity = if target.is_named { Identity::of_environment()? } else { None };
    let info = target
        .client(None, output)?
        .server_info()
        .await
        .map_err(|error| Failure::of_call(format!("cannot ask `{server}` what it is"), &error))?;
    let mut record = json!({
        "server": server,
        "site": target.site,
        "productVersion": info.product_version.value,
        "build": info.product_version.build,
        "restApiVersion": info.rest_api_version,
    });
    let mut fields = vec!["server", "site", "productVersion", "build", "restApiVersion"];
    let of_environment = identity.as_ref().map(|identity| (identity.kind, identity.name.as_deref(), "environment"));
    let of_profile = target.profile.as_ref().map(|(_, profile)| {
        let place = match profile.secret {
            Some(Place::Keyring) => "keyring",
            Some(Place::File) => "file",
            None => "nowhere",
        };
        (profile.credentials, profile.name.as_deref(), place)
    });
    if let Some((kind, name, place)) = of_environment.or(of_profile) {
        record["credentials"] = if output.is_json() {
            json!({ "kind": kind, "name": name, "secret": place })
        } else {
            json!(format!("{}; its secret: {place}", kind.describe(name)))
        };
        fields.push("credentials");
    }
    if let (None, Some((name, _))) = (&identity, &target.profile) {
        let kept = SessionFile::of_profile(&folders, name, &server, &target.site).read().await?.is_some();
        record["profile"] = json!(name);
        record["session"] = if output.is_json() { json!(kept) } else { json!(if kept { "kept" } else { "none" }) };
        fields.extend(["profile", "session"]);
    }
    output.record(&record, &fields)
}

/// Who is signed in, and where. Servers before API 3.1, and sessions of a JSON web token that does not cover it, refuse
/// the method for that; they may still show the user.
async fn who(client: &Client) -> Result<Value, Error> {
    let refusal = match client.sessions().current().await {
        Ok(session) => return Ok(json!({ "user": session.user, "site": session.site })),
        Err(error) => error,
    };
    if refusal.refused().is_none() {
        return Err(refusal);
    }
    let session = client.session().await?;
    let Ok(user) = client.users().get(session.user_id).await else { return Err(refusal) };
    Ok(json!({
        "user": { "id": session.user_id, "name": user.name, "siteRole": user.site_role },
        "site": { "id": session.site_id },
    }))
}

/// Whether the environment tells more than a secret.
fn environment_says_who() -> bool {
    ["TAVOLA_USERNAME", "TAVOLA_TOKEN_NAME", "TAVOLA_JWT"]
        .iter()
        .any(|variable| env::var_os(variable).is_some_and(|value| !value.is_empty()))
}

/// Who signs in, and how they prove it.
async fn identify(arguments: &LoginArguments, target: &Target) -> Result<Identity, Failure> {
    let name_of_environment = |variable: &str| env::var(variable).ok().filter(|name| !name.is_empty());
    let (kind, name) = if let Some(name) = &arguments.username {
        (Kind::Password, Some(name.clone()))
    } else if let Some(name) = &arguments.token_name {
        (Kind::Token, Some(name.clone()))
    } else if arguments.jwt {
        (Kind::Jwt, None)
    } else if let Some((_, profile)) = target.profile.as_ref().filter(|_| !environment_says_who()) {
        (profile.credentials, profile.name.clone())
    } else if let Some(identity) = Identity::of_environment()? {
        (identity.kind, identity.name)
    } else if let Some(name) = name_of_environment("TAVOLA_TOKEN_NAME") {
        (Kind::Token, Some(name))
    } else if let Some(name) = name_of_environment("TAVOLA_USERNAME") {
        (Kind::Password, Some(name))
    } else if secrets::can_ask() && !arguments.secret.password_stdin {
        (Kind::Password, Some(secrets::ask(format!("User name on {}", target.address)).await?))
    } else {
        return Err(Failure::failed("it is not said who signs in, and there is no terminal to ask on")
            .hint("give --username NAME, --token-name NAME or --jwt, or set TAVOLA_USERNAME or TAVOLA_TOKEN_NAME"));
    };
    if name.as_deref() == Some("") {
        return Err(Failure::failed("a name is needed to sign in"));
    }
    let secret = secret(arguments, kind, name.as_deref(), target).await?;
    Ok(Identity { kind, name, secret })
}

async fn secret(
    arguments: &LoginArguments,
    kind: Kind,
    name: Option<&str>,
    target: &Target,
) -> Result<Secret, Failure> {
    let (variable, word, flags) = match kind {
        Kind::Password => ("TAVOLA_PASSWORD", "password", "--password-stdin or --password-file FILE"),
        Kind::Token => ("TAVOLA_TOKEN_SECRET", "secret", "--secret-stdin or --secret-file FILE"),
        Kind::Jwt => ("TAVOLA_JWT", "JSON web token", "--secret-stdin or --secret-file FILE"),
    };
    if let Some(secret) = arguments.secret.read()? {
        return Ok(secret);
    }
    if let Some(secret) = secrets::of_environment(variable) {
        return Ok(secret);
    }
    if secrets::can_ask() {
        let whose = name.map(|name| format!(" of `{name}`")).unwrap_or_default();
        let word = word[..1].to_uppercase() + &word[1..];
        return secrets::ask_secret(format!("{word}{whose} on {}", target.address)).await;
    }
    Err(Failure::failed(format!(
        "no {word} was given, and there is no terminal to ask on: set {variable}, or use {flags}"
    )))
}
