//! Many people and many rules: users that come in a file, what somebody may do with one thing, and lists of what they may
//! see beside those of the administrator, who may see all.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;
use xtask::Result;

use crate::{
    ADMINISTRATOR, Setting, USERS,
    bare::Bare,
    commands::Commands,
    content::{MULTIPLY, WORKBOOKS, publish_one},
    load::{Call, Connection},
    rest::Rest,
    table::{Goal, Table, median},
};

const VIEWER: &str = "viewer";
const VIEWERS_PASSWORD: &str = "only for viewing";
/// A viewer's list must take at most so many times as long as the administrator's.
const TIMES: f64 = 1.5;
const ROUNDS: usize = 11;
/// Calls for one thing, one after the other.
const CALLS: usize = 2_000;

/// What an evening of clicking would leave: 500 projects in two levels, of which every other one is locked; the workbooks in
/// them; 400 groups, in half of which the viewer is; 10 sets of these. The viewer sees every workbook by a rule of one of
/// their groups: 5,000 by a rule of its own, the others by one of their project. They may read half of the projects; the
/// others they see for what is in them. As many rules again are about others and about something else.
///
/// The server makes no statistics of its tables, so none are left here either.
const WORLD: &str = "\
import sqlite3, sys
database, projects, groups = sqlite3.connect(sys.argv[1]), 500, 400
site, time = database.execute('SELECT site_id, created_at FROM items').fetchone()
user = lambda name: database.execute('''SELECT u.id FROM users u JOIN accounts a ON a.id = u.account_id
    WHERE a.name = ?''', (name,)).fetchone()[0]
viewer, owner = map(user, sys.argv[2:4])
identifier = lambda kind, number: f'{kind:08x}-0000-4000-8000-{number:012x}'
group, group_set, project = (lambda n: identifier(1, n)), (lambda n: identifier(2, n)), (lambda n: identifier(3, n))
insert = lambda table, columns, rows: database.executemany(
    f\"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(columns.split(',')))})\", rows)
named = 'id, site_id, name, name_key, created_at, updated_at'
thing = lambda id, name: (id, site, name, name, time, time)
insert('groups', named + ', all_users', [(*thing(group(n), f'group-{n}'), 0) for n in range(groups)])
insert('group_users', 'group_id, user_id', [(group(n), viewer) for n in range(0, groups, 2)])
users = [id for id, in database.execute('SELECT id FROM users WHERE id <> ?', (viewer,))]
insert('group_users', 'group_id, user_id', [(group(n % groups), id) for n, id in enumerate(users)])
insert('group_sets', named, [thing(group_set(n), f'set-{n}') for n in range(10)])
insert('group_set_groups', 'group_set_id, group_id', [(group_set(n), group(n * 4 + at)) for n in range(10) for at in (0, 2)])
locked = lambda n: n % 2 == 0
parent = lambda n: project(n % 50) if n >= 50 else None
permissions = lambda n: ('LockedToProjectWithoutNested', project(n)) if locked(n) else ('ManagedByOwner', None)
insert('projects', named + ', description, parent_id, owner_id, content_permissions, controlling_id',
    [(*thing(project(n), f'project-{n}'), '', parent(n), owner, *permissions(n)) for n in range(projects)])
insert('project_ancestors', 'project_id, ancestor_id, depth', [(project(n), project(n), 0) for n in range(projects)]
    + [(project(n), parent(n), 1) for n in range(50, projects)])
books = list(enumerate(id for id, in database.execute('SELECT id FROM items ORDER BY name').fetchall()))
database.executemany('UPDATE items SET project_id = ? WHERE id = ?', [(project(n % projects), id) for n, id in books])
own = [(n, id) for n, id in books if not locked(n)]
even = lambda n: n // 2 * 2 % groups
rule = 'site_id, content_kind, content_id, applies_to, capability, mode'
insert('permission_rules', rule + ', group_id',
    [(site, 'Workbook', id, 'Workbook', 'Read', 'Allow', group(even(n))) for n, id in own]
    + [(site, 'Workbook', id, 'Workbook', 'Write', 'Deny', group(even(n) + 1)) for n, id in own]
    + [(site, 'Project', project(n), 'Workbook', 'Read', 'Allow', group(even(n))) for n in range(0, projects, 2)]
    + [(site, 'Project', project(n), 'Project', 'Read', 'Allow', group(even(n))) for n in range(projects) if n % 4 > 1])
insert('permission_rules', rule + ', group_set_id',
    [(site, 'Project', project(n), 'Workbook', 'Filter', 'Allow', group_set(n % 10)) for n in range(0, projects, 2)])
database.execute('DELETE FROM sqlite_stat1')
database.commit()
";

pub fn measure(setting: &Setting, table: &mut Table) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = setting.serve("people")?;
    let commands = runtime.block_on(Commands::new(setting, &served, "bench people"))?;
    runtime.block_on(async {
        let rest = Rest::sign_in(served.http()).await?;
        import(&rest, table).await?;
        rest.new_user_with_password(VIEWER, VIEWERS_PASSWORD).await?;
        publish_one(&rest, &mut Connection::open(rest.address).await?, "book-0000000").await
    })?;
    served.stop()?;

    let Some(python) = setting.clients.as_ref().map(|clients| clients.join("python")) else {
        table.skip("lists as a viewer, and what one may do", "the Python of tableauserverclient is not here");
        return Ok(());
    };
    let database = setting.work_dir.join("people/tavola.db");
    let database = database.to_string_lossy();
    commands.run(&python, &["-c", MULTIPLY, &database, &WORKBOOKS.to_string()], 1, 0)?;
    commands.run(&python, &["-c", WORLD, &database, VIEWER, ADMINISTRATOR], 1, 0)?;
    let served = setting.serve("people")?;
    runtime.block_on(async {
        let administrator = Rest::sign_in(served.http()).await?;
        let viewer = Rest::sign_in_as(served.http(), VIEWER, VIEWERS_PASSWORD).await?;
        effective(&viewer, table).await?;
        for things in ["workbooks", "projects"] {
            lists(things, &administrator, &viewer, table).await?;
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    served.stop()
}

/// Adds users by a file, and tells how many a second.
async fn import(rest: &Rest, table: &mut Table) -> Result<()> {
    let lines: String =
        (0..USERS).map(|number| format!("user-{number:05},,User {number},Viewer,None,0,\r\n")).collect();
    let body = format!(
        "--users\r\nContent-Disposition: form-data; name=\"tableau_user_import\"; filename=\"users.csv\"\r\n\
        Content-Type: text/csv\r\n\r\n{lines}\r\n--users--\r\n"
    );
    let request = Request::post(rest.path("users/import"))
        .header(header::HOST, rest.address.to_string())
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "multipart/mixed; boundary=users")
        .header("x-tableau-auth", &rest.token)
        .body(Full::new(Bytes::from(body)))?;
    let begun = Instant::now();
    let call = Call { request, expected: StatusCode::OK };
    let made: Value = serde_json::from_slice(&Connection::open(rest.address).await?.send(&call).await?)?;
    let job = rest.path(&format!("jobs/{}", made["job"]["id"].as_str().ok_or("the import tells no job")?));
    let job = loop {
        let job = rest.call("GET", &job, None, 200).await?["job"].take();
        if job["completedAt"].is_string() {
            break job;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let per_second = USERS as f64 / begun.elapsed().as_secs_f64();
    if total(rest, "users").await? != USERS + 1 {
        return Err(format!("the import did not add its users: {job}").into());
    }
    table.row(&format!("users imported per second, a file of {USERS}, durable"), per_second, "per second", Goal::None);
    Ok(())
}

/// What one user may do with one workbook, and why, beside a bare route that answers as fast as these libraries can.
async fn effective(viewer: &Rest, table: &mut Table) -> Result<()> {
    let page = viewer.call("GET", &viewer.path("workbooks?pageSize=2"), None, 200).await?;
    // The second lies in a project that is not locked, and has rules of its own.
    let id = page["workbooks"]["workbook"][1]["id"].as_str().ok_or("the viewer sees no workbook")?;
    let path = viewer.path(&format!("workbooks/{id}/permissions/effective"));
    let call = Call::new(viewer.address, &path, Some(&viewer.token), None, 200)?;
    let bare = Bare::start()?;
    let nothing = Call::new(bare.address, "/", None, None, 200)?;
    let (mut ours, mut theirs) = (Connection::open(viewer.address).await?, Connection::open(bare.address).await?);
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..CALLS {
        // They take turns, so that what else happens on the machine hits both.
        their_times.push(time(&mut theirs, &nothing).await?);
        our_times.push(time(&mut ours, &call).await?);
    }
    let mut row = |figure: &str, times: &mut [Duration]| {
        table.row(figure, median(times).as_secs_f64() * 1_000_000.0, "µs", Goal::None);
    };
    row("a call of a bare axum route", &mut their_times);
    row("what a viewer may do with a workbook, every capability, with reasons", &mut our_times);
    Ok(())
}

async fn time(connection: &mut Connection, call: &Call) -> Result<Duration> {
    let begun = Instant::now();
    connection.send(call).await?;
    Ok(begun.elapsed())
}

/// How many of these things somebody sees.
async fn total(rest: &Rest, things: &str) -> Result<usize> {
    let page = rest.call("GET", &rest.path(&format!("{things}?pageSize=1")), None, 200).await?;
    let total = page["pagination"]["totalAvailable"].as_str().ok_or("a list does not tell how long it is")?;
    Ok(total.parse()?)
}

/// A whole list in pages of a thousand, by the viewer and by the administrator in turns.
async fn lists(things: &str, administrator: &Rest, viewer: &Rest, table: &mut Table) -> Result<()> {
    let mut connection = Connection::open(viewer.address).await?;
    let (many, seen) = (total(administrator, things).await?, total(viewer, things).await?);
    if seen != many {
        return Err(
            format!("the viewer sees {seen} of {many} {things}: the figures would not be of the same list").into()
        );
    }
    let mut whole = async |rest: &Rest| {
        let begun = Instant::now();
        for page in 1..=many.div_ceil(1000) {
            let path = rest.path(&format!("{things}?pageSize=1000&pageNumber={page}"));
            connection.send(&Call::new(rest.address, &path, Some(&rest.token), None, 200)?).await?;
        }
        Ok::<_, Box<dyn std::error::Error>>(begun.elapsed())
    };
    let (mut all, mut some, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (by_administrator, by_viewer) = (whole(administrator).await?, whole(viewer).await?);
        all.push(by_administrator);
        some.push(by_viewer);
        times.push(by_viewer.as_secs_f64() / by_administrator.as_secs_f64());
    }
    table.time(&format!("all {many} {things} by the administrator"), median(&mut all), None);
    table.time(&format!("all {many} {things} by a viewer with 200 groups, 5,000 rules"), median(&mut some), None);
    table.row(
        &format!("{things}: the viewer beside the administrator"),
        median(&mut times),
        "times",
        Goal::AtMost(TIMES),
    );
    Ok(())
}
