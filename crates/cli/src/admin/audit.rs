//! `tavola admin audit`: who did what.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};
use tavola_client::model::Timestamp;
use tavola_server::audit::{self, AuditLine, Wanted};

use crate::{
    Failure,
    output::{Output, printable},
    serve::ServeArguments,
};

/// The arguments of `admin audit`.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// Show what was done from this day or time on, such as 2026-12-31 or 2026-12-31T18:00:00Z, UTC
    #[arg(long, value_name = "DATE", value_parser = begin)]
    since: Option<Timestamp>,
    /// Show what this user did, on any site
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Show what was done to this user: their role, their removal, sessions of theirs that were ended, refused sign-ins
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// The server's data folder
    #[arg(long, value_name = "FOLDER", env = "TAVOLA_DATA_DIR", hide_env_values = true)]
    data_dir: Option<PathBuf>,
    /// The server's database, `sqlite:FILE` or `postgres://…`; SQLite in the data folder otherwise
    #[arg(long, value_name = "URL", env = "TAVOLA_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// The TOML file with the server's settings
    #[arg(long, value_name = "FILE", env = "TAVOLA_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
}

/// Shows the lines that are asked for.
pub(super) fn run(arguments: AuditArguments, output: &mut Output) -> Result<(), Failure> {
    let AuditArguments { since, user, target, data_dir, database_url, config } = arguments;
    let config = ServeArguments::of_data(data_dir, database_url, config).with_file()?.config()?;
    let failed = |why: String| Failure::failed("cannot read the audit log").because(why);
    let lines = audit::open(&config, Wanted { since, user, target }).map_err(|error| failed(error.to_string()))?;
    for line in lines {
        let line = line.map_err(|error| failed(error.to_string()))?;
        output.line(&if output.is_json() { Value::Object(object(line)).to_string() } else { sentence(&line) })?;
    }
    Ok(())
}

fn sentence(line: &AuditLine) -> String {
    let what = line.object_name.as_ref().or(line.object_id.as_ref());
    let mut text = format!("{}  {}", line.at, line.action);
    if let Some(what) = what {
        text.push_str(&format!(" `{what}`"));
    }
    text.push_str(&match (&line.user_name, &line.impersonator_name) {
        (Some(user), Some(impersonator)) => format!(", by `{impersonator}` as `{user}`"),
        (Some(user), None) => format!(", by `{user}`"),
        (None, _) => String::new(),
    });
    if let Some(credential) = &line.credential {
        text.push_str(&format!(" with {credential}"));
    }
    if let Some(address) = &line.address {
        text.push_str(&format!(", from {address}"));
    }
    if let Some(detail) = &line.detail {
        text.push_str(&format!(": {detail}"));
    }
    printable(&text)
}

fn object(line: AuditLine) -> Map<String, Value> {
    let AuditLine {
        id,
        at,
        action,
        kind,
        object_id,
        object_name,
        detail,
        site_id,
        account_id,
        user_id,
        user_name,
        session_id,
        credential,
        impersonator_id,
        impersonator_name,
        address,
    } = line;
    let members = [
        ("id", json!(id)),
        ("at", json!(at)),
        ("action", json!(action)),
        ("kind", json!(kind)),
        ("objectId", json!(object_id)),
        ("objectName", json!(object_name)),
        ("detail", json!(detail)),
        ("siteId", json!(site_id)),
        ("accountId", json!(account_id)),
        ("userId", json!(user_id)),
        ("userName", json!(user_name)),
        ("sessionId", json!(session_id)),
        ("credential", json!(credential)),
        ("impersonatorId", json!(impersonator_id)),
        ("impersonatorName", json!(impersonator_name)),
        ("address", json!(address)),
    ];
    members.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The beginning of a day, or a time.
fn begin(text: &str) -> Result<Timestamp, String> {
    format!("{text}T00:00:00Z")
        .parse()
        .or_else(|_| text.parse::<Timestamp>())
        .map_err(|_| "it is neither a day such as 2026-12-31 nor a time such as 2026-12-31T18:00:00Z".to_owned())
}
