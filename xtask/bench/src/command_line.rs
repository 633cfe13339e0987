//! `tavola` as a command beside tabcmd and a script with tableauserverclient.

use xtask::{Result, Served};

use crate::{
    Setting, USERS,
    commands::{Commands, compare},
    table::Table,
};

/// Tavola's commands must take at most this share of the time of the others.
const SHARE: f64 = 0.1;

/// The script that people write with the client, with the largest page, which is its fastest.
const PAGER: &str = "\
import os, sys, tableauserverclient as TSC
server = TSC.Server(os.environ['TAVOLA_SERVER'], use_server_version=True)
token = TSC.PersonalAccessTokenAuth(os.environ['TAVOLA_TOKEN_NAME'], os.environ['TAVOLA_TOKEN_SECRET'])
with server.auth.sign_in(token):
    options = TSC.RequestOptions(pagesize=int(sys.argv[1]))
    for user in TSC.Pager(server.users, options):
        print(user.id, user.name, user.site_role)
";

pub fn measure(setting: &Setting, served: &Served, runtime: &tokio::runtime::Runtime, table: &mut Table) -> Result<()> {
    let commands = runtime.block_on(Commands::new(setting, served, "bench command line"))?;
    let time = |program, arguments: &[&str], times, lines| {
        commands.run(program, arguments, times, lines).map(|taken| taken.time)
    };

    let version = time(&setting.tavola, &["--version"], 21, 0)?;
    table.time("`tavola --version`", version, None);
    let sites = time(&setting.tavola, &["site", "list"], 5, 0)?;
    table.time("`tavola site list`, signing in", sites, None);
    let users = time(&setting.tavola, &["user", "list", "--json"], 5, 0)?;
    table.time(&format!("`tavola user list --json`, {USERS} users, signing in"), users, None);

    let Some(clients) = &setting.clients else {
        table.skip("tabcmd and tableauserverclient", "they are not installed here");
        return Ok(());
    };
    let (tabcmd, python) = (clients.join("tabcmd"), clients.join("python"));
    let theirs = time(&tabcmd, &["--version"], 3, 0)?;
    compare(table, "`tabcmd --version`", version, theirs, SHARE);
    let listsites = [&["listsites"], &commands.tabcmd_sign_in()[..]].concat();
    let theirs = time(&tabcmd, &listsites, 3, 0)?;
    compare(table, "`tabcmd listsites`, signing in", sites, theirs, SHARE);
    for page in ["1000", "100"] {
        let theirs = time(&python, &["-c", PAGER, page], 3, USERS)?;
        compare(table, &format!("TSC Pager, {USERS} users, pages of {page}"), users, theirs, SHARE);
    }
    table.note("tabcmd has no command that lists users; `listsites` is its nearest.".to_owned());
    Ok(())
}
