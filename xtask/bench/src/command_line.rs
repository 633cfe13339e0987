//! `tavola` as a command beside tabcmd and a script with tableauserverclient.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use xtask::{Result, Served};

use crate::{
    Setting, USERS,
    rest::Rest,
    table::{Goal, Table, median},
};

/// Tavola's commands must take at most this share of the time of the others.
const SHARE: f64 = 0.1;

/// The script that people write with the client, with the largest page, which is its fastest.
const PAGER: &str = "\
import os, tableauserverclient as TSC
server = TSC.Server(os.environ['TAVOLA_SERVER'], use_server_version=True)
token = TSC.PersonalAccessTokenAuth(os.environ['TAVOLA_TOKEN_NAME'], os.environ['TAVOLA_TOKEN_SECRET'])
with server.auth.sign_in(token):
    options = TSC.RequestOptions(pagesize=int(os.environ['PAGE']))
    for user in TSC.Pager(server.users, options):
        print(user.id, user.name, user.site_role)
";

pub fn measure(setting: &Setting, served: &Served, runtime: &tokio::runtime::Runtime, table: &mut Table) -> Result<()> {
    let (name, secret) = runtime.block_on(async {
        let rest = Rest::sign_in(served.http()).await?;
        rest.new_token("bench command line").await
    })?;
    // An empty home: no profile, no kept session, and what tabcmd keeps is not kept in the user's own home.
    let home = setting.work_dir.join("home");
    fs::create_dir_all(&home)?;
    let run = |program: &Path, arguments: &[&str], times: usize, lines: Option<usize>| -> Result<Duration> {
        let mut taken = Vec::new();
        for _ in 0..times {
            let mut command = Command::new(program);
            command
                .args(arguments)
                .current_dir(&home)
                .env("HOME", &home)
                .env_remove("XDG_CONFIG_HOME")
                .env_remove("XDG_STATE_HOME")
                .env("TAVOLA_SERVER", format!("http://{}", served.http()))
                .env("TAVOLA_TOKEN_NAME", &name)
                .env("TAVOLA_TOKEN_SECRET", &secret)
                .stdin(Stdio::null());
            taken.push(time(command, lines)?);
        }
        Ok(median(&mut taken))
    };

    let version = run(&setting.tavola, &["--version"], 21, None)?;
    table.time("`tavola --version`", version, None);
    let sites = run(&setting.tavola, &["site", "list"], 5, None)?;
    table.time("`tavola site list`, signing in", sites, None);
    let users = run(&setting.tavola, &["user", "list", "--json"], 5, None)?;
    table.time(&format!("`tavola user list --json`, {USERS} users, signing in"), users, None);

    let Some(clients) = &setting.clients else {
        table.skip("tabcmd and tableauserverclient", "they are not installed here");
        return Ok(());
    };
    let compare = |table: &mut Table, what: &str, ours: Duration, theirs: Duration| {
        table.time(what, theirs, None);
        let share = ours.as_secs_f64() / theirs.as_secs_f64() * 100.0;
        table.row(&format!("{what}: Tavola's share"), share, "%", Goal::AtMost(SHARE * 100.0));
    };
    let (tabcmd, python) = (clients.join("tabcmd"), clients.join("python"));
    let theirs = run(&tabcmd, &["--version"], 3, None)?;
    compare(table, "`tabcmd --version`", version, theirs);
    let server = format!("http://{}", served.http());
    let sign_in = ["--server", &server, "--token-name", &name, "--token-value", &secret, "--no-cookie"];
    let listsites = [&["listsites"], &sign_in[..]].concat();
    let theirs = run(&tabcmd, &listsites, 3, None)?;
    compare(table, "`tabcmd listsites`, signing in", sites, theirs);
    for page in ["1000", "100"] {
        let script = PAGER.replace("int(os.environ['PAGE'])", page);
        let theirs = run(&python, &["-c", &script], 3, Some(USERS))?;
        compare(table, &format!("TSC Pager, {USERS} users, pages of {page}"), users, theirs);
    }
    table.note("tabcmd has no command that lists users; `listsites` is its nearest.".to_owned());
    Ok(())
}

/// How long a command takes that must succeed and, where `lines` says so, print at least so many lines.
fn time(mut command: Command, lines: Option<usize>) -> Result<Duration> {
    let begun = Instant::now();
    let output = command.output()?;
    let taken = begun.elapsed();
    let printed = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || lines.is_some_and(|lines| printed.lines().count() < lines) {
        let words = String::from_utf8_lossy(&output.stderr);
        let program = command.get_program().to_string_lossy();
        return Err(format!("`{program}` did not do its work ({}): {words}{printed}", output.status).into());
    }
    Ok(taken)
}
