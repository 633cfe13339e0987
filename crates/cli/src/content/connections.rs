//! Where something has its data from.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;
use tavola_client::{
    Client, Connected,
    api::{
        Flag, Secret, Word,
        connections::{Connection, ConnectionCredentials},
    },
    model::ConnectionId,
};

use super::{Kind, Named, on};
use crate::{
    Failure,
    arguments::Global,
    connection,
    list::{ListArguments, Shape},
    output::{self, Output},
    secrets::{self, SecretSource},
};

/// The variable that holds the password of a database.
const PASSWORD: &str = "TAVOLA_DB_PASSWORD";

/// What can be done with the connections of one thing.
#[derive(Debug, Subcommand)]
pub enum ConnectionCommand<K: Kind> {
    /// List where it has its data from
    List {
        #[command(flatten)]
        named: Named<K>,
        #[command(flatten)]
        list: ListArguments,
    },
    /// Change where it has its data from, or who signs in there
    #[command(
        after_help = "Example: tavola workbook connections update Sales --server-address db2.example.com --user-name report --password"
    )]
    Update(UpdateArguments<K>),
}

/// The arguments of `connections update`.
#[derive(Debug, Args)]
pub struct UpdateArguments<K: Kind> {
    #[command(flatten)]
    named: Named<K>,
    /// The ids of the connections, as `connections list` shows them; not needed where there is one
    #[arg(value_name = "CONNECTION")]
    connections: Vec<ConnectionId>,
    /// Change all of them
    #[arg(long, conflicts_with = "connections")]
    all: bool,
    /// The name or address of the database's server
    #[arg(long, value_name = "HOST")]
    server_address: Option<String>,
    /// Its port
    #[arg(long, value_name = "PORT")]
    server_port: Option<u16>,
    /// The user who signs in there
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,
    /// Set the user's password: that of TAVOLA_DB_PASSWORD, or it is asked for
    #[arg(long, conflicts_with_all = ["password_stdin", "password_file"])]
    password: bool,
    #[command(flatten)]
    source: SecretSource,
    /// Keep the password in it, so that viewers need none, or with `=false` do not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    embed: Option<bool>,
}

/// Who signs in to the database that the content has its data from, as flags of publishing.
#[derive(Debug, Args)]
pub struct DatabaseArguments {
    /// The user who signs in to its database; the password is kept in it [env, for the password: TAVOLA_DB_PASSWORD]
    #[arg(long, value_name = "NAME")]
    db_user: Option<String>,
    /// Read the password of the database from this file
    #[arg(long, value_name = "FILE", requires = "db_user", conflicts_with = "db_password_stdin")]
    db_password_file: Option<PathBuf>,
    /// Read the password of the database from standard input
    #[arg(long, requires = "db_user")]
    db_password_stdin: bool,
}

impl DatabaseArguments {
    /// The credentials, if any.
    pub fn read(&self) -> Result<Option<ConnectionCredentials>, Failure> {
        let Some(name) = &self.db_user else { return Ok(None) };
        let source =
            SecretSource { password_stdin: self.db_password_stdin, password_file: self.db_password_file.clone() };
        let password: Option<Secret> = source.read()?.or_else(|| secrets::of_environment(PASSWORD));
        let password = password.ok_or_else(|| {
            Failure::failed(format!("there is no password for the user `{name}` of the database"))
                .hint("give --db-password-file FILE or --db-password-stdin, or set TAVOLA_DB_PASSWORD")
        })?;
        Ok(Some(ConnectionCredentials {
            name: Some(name.clone()),
            password: Some(password),
            embed: Some(Flag(true)),
            o_auth: None,
        }))
    }
}

static SHAPE: Shape = Shape {
    things: "connections",
    fields: &[
        "id",
        "type",
        "serverAddress",
        "serverPort",
        "databaseName",
        "userName",
        "embedPassword",
        "authenticationType",
        "queryTaggingEnabled",
        "datasource.id",
        "datasource.name",
    ],
    columns: &["datasource.name", "type", "serverAddress", "serverPort", "userName", "embedPassword", "id"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with connections.
pub async fn run<K: Kind + Connected>(
    command: ConnectionCommand<K>,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    match command {
        ConnectionCommand::List { named, list } => {
            let list = list.read(&SHAPE)?;
            let what = format!("list the connections of the {}", named.called());
            let fetch = async |client: &Client, id| K::room(client).connections(id).await;
            let connections = on(&what, &named, global, output, fetch).await?;
            list.show(connections.iter().map(output::row).collect::<Vec<Value>>(), output)
        }
        ConnectionCommand::Update(arguments) => update(arguments, global, output).await,
    }
}

async fn update<K: Kind + Connected>(
    arguments: UpdateArguments<K>,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let UpdateArguments { named, connections, all, server_address, server_port, user_name, password, source, embed } =
        arguments;
    let called = named.called();
    let target = connection::Connection::find(global)?;
    let password = match (source.read()?, password) {
        (None, true) => Some(ask(&called).await?),
        (given, _) => given,
    };
    let changes = Connection {
        server_address,
        server_port: server_port.map(Word::Known),
        user_name,
        password,
        embed_password: embed,
        ..Connection::default()
    };
    if changes == Connection::default() {
        return Err(Failure::failed(
            "there is nothing to change: give --server-address, --server-port, --user-name, --embed or a password",
        ));
    }
    let changed = target
        .run(output, async |client| {
            let id = named.find(client).await?;
            let mut changed = Vec::new();
            for connection in chosen(client, &named, id, &connections, all).await? {
                let answer = K::room(client).update_connection(id, connection, &changes).await;
                changed.push(answer.map_err(|error| {
                    Failure::of_call(format!("cannot change the connection `{connection}` of the {called}"), &error)
                })?);
            }
            Ok(changed)
        })
        .await?;
    let words = match changed.len() {
        1 => format!("changed the connection of the {called}"),
        count => format!("changed {count} connections of the {called}"),
    };
    output.done(&changed, &words)
}

/// The connections that are meant: those that are named, the only one, or all.
async fn chosen<K: Kind + Connected>(
    client: &Client,
    named: &Named<K>,
    id: K::Id,
    connections: &[ConnectionId],
    all: bool,
) -> Result<Vec<ConnectionId>, Failure> {
    if !connections.is_empty() {
        return Ok(connections.to_vec());
    }
    let called = named.called();
    let there = K::room(client).connections(id).await;
    let there =
        there.map_err(|error| Failure::of_call(format!("cannot list the connections of the {called}"), &error))?;
    let ids = there.iter().filter_map(|connection| connection.id.as_ref()?.known()).collect::<Vec<_>>();
    match ids.as_slice() {
        [] => Err(Failure::refused(format!("the {called} has no connection"))),
        [_, _, ..] if !all => {
            Err(Failure::failed(format!("the {called} has {} connections: which is meant?", ids.len()))
                .hint(format!("`tavola {} connections list` shows their ids; --all changes all", K::COMMAND)))
        }
        _ => Ok(ids),
    }
}

async fn ask(called: &str) -> Result<Secret, Failure> {
    if let Some(password) = secrets::of_environment(PASSWORD) {
        return Ok(password);
    }
    if !secrets::can_ask() {
        return Err(Failure::failed("there is no terminal to ask for the password on")
            .hint("use --password-stdin or --password-file FILE, or set TAVOLA_DB_PASSWORD"));
    }
    secrets::ask_secret(format!("Password of the database of the {called}")).await
}
