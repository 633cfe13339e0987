//! Published content: files in and out beside the same done by a script with tableauserverclient, long lists, and how fast
//! real files are read.

use std::{
    fs::File,
    io::{BufReader, Read as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::try_join_all;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use xtask::{Result, Served};

use crate::{
    Setting,
    commands::{Commands, Taken, compare},
    load::{Call, Connection},
    process,
    rest::{CONNECTIONS, Rest},
    table::{Goal, Table, median},
};

/// How many workbooks are published, and listed whole.
pub const WORKBOOKS: usize = 10_000;
/// How many there are where a page far behind is asked for.
const MANY: usize = 1_000_000;
/// The files that go in and out: megabytes, and what the table calls them.
const FILES: &[(usize, &str)] = &[(300, "300 MB"), (3_000, "3 GB")];
/// The most megabytes that server and command may hold at any size.
const MEMORY: f64 = 64.0;
const MEGABYTE: f64 = 1_000_000.0;
/// A whole list must take at most this share of the time of tableauserverclient's fastest.
const LIST_SHARE: f64 = 0.1;
/// A file must take at most as long.
const FILE_SHARE: f64 = 1.0;

const BOOK: &str = "<workbook version='18.1'><worksheets><worksheet name='Sales'/></worksheets><windows>\
    <window class='worksheet' name='Sales'/></windows></workbook>";

const SIGN_IN: &str = "\
import os, sys, tableauserverclient as TSC
server = TSC.Server(os.environ['TAVOLA_SERVER'], use_server_version=True)
token = TSC.PersonalAccessTokenAuth(os.environ['TAVOLA_TOKEN_NAME'], os.environ['TAVOLA_TOKEN_SECRET'])
server.auth.sign_in(token)
";
const PAGER: &str = "\
for book in TSC.Pager(server.workbooks, TSC.RequestOptions(pagesize=int(sys.argv[1]))):
    print(book.id, book.name, book.project_name)
";
const PUBLISH: &str = "\
project = next(p for p in TSC.Pager(server.projects) if p.name == 'Default')
item = TSC.WorkbookItem(project.id, name=sys.argv[2])
print(server.workbooks.publish(item, sys.argv[1], TSC.Server.PublishMode.CreateNew).id)
";
const DOWNLOAD: &str = "\
options = TSC.RequestOptions()
options.filter.add(TSC.Filter('name', 'eq', sys.argv[1]))
book = server.workbooks.get(options)[0][0]
print(server.workbooks.download(book.id, sys.argv[2]))
";
/// A package with a large file in it that does not shrink: every megabyte is another.
const MAKE: &str = "\
import random, sys, zipfile
path, megabytes, book = sys.argv[1], int(sys.argv[2]), sys.argv[3]
noise = bytearray(random.Random(path).randbytes(1_000_000))
with zipfile.ZipFile(path, 'w', zipfile.ZIP_STORED) as package:
    package.writestr('Book.twb', book)
    with package.open('Data/noise.csv', 'w', force_zip64=True) as entry:
        for number in range(megabytes):
            noise[:8] = number.to_bytes(8)
            entry.write(noise)
";
/// Copies the one workbook of a database until there are so many, as publishing them would leave them: an hour's work by REST.
pub const MULTIPLY: &str = "\
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
columns = lambda table: [row[1] for row in database.execute(f'PRAGMA table_info({table})')]
fresh = {
    'id': \"substr(i.id, 1, 24) || printf('%012x', n)\",
    'item_id': \"substr(i.item_id, 1, 24) || printf('%012x', n)\",
    'workbook_id': \"substr(i.workbook_id, 1, 24) || printf('%012x', n)\",
    'default_view_id': \"substr(i.default_view_id, 1, 24) || printf('%012x', n)\",
    **{name: f\"printf('book-%07d', n)\" for name in ('name', 'name_key', 'content_url', 'content_url_key')},
}
kept = {'views': ('name', 'name_key')}
for table in ('items', 'workbooks', 'revisions', 'views'):
    names = columns(table)
    values = [f'i.{name}' if name in kept.get(table, ()) else fresh.get(name, f'i.{name}') for name in names]
    database.execute(f'''WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
        INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM numbers, {table} i''', (int(sys.argv[2]) - 1,))
database.execute('ANALYZE')
database.commit()
";

pub fn measure(setting: &Setting, table: &mut Table) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    corpus(table)?;

    let served = setting.serve("workbooks")?;
    runtime.block_on(async {
        let rest = Rest::sign_in(served.http()).await?;
        publish(&rest, WORKBOOKS, table).await
    })?;
    let commands = runtime.block_on(Commands::new(setting, &served, "bench content"))?;
    list(setting, &commands, table)?;
    served.stop()?;

    let Some(python) = setting.clients.as_ref().map(|clients| clients.join("python")) else {
        table.skip("files in and out, and a long list's far pages", "tableauserverclient is not installed here");
        return Ok(());
    };
    let served = setting.serve("files")?;
    let commands = runtime.block_on(Commands::new(setting, &served, "bench files"))?;
    files(setting, &python, &served, &commands, table)?;
    served.stop()?;

    let served = setting.serve("many")?;
    runtime.block_on(async {
        let rest = Rest::sign_in(served.http()).await?;
        publish_one(&rest, &mut Connection::open(rest.address).await?, "book-0000000").await
    })?;
    let commands = runtime.block_on(Commands::new(setting, &served, "bench many"))?;
    served.stop()?;
    let database = setting.work_dir.join("many/tavola.db");
    let many = (MANY + 1).to_string();
    commands.run(&python, &["-c", MULTIPLY, &database.to_string_lossy(), &many], 1, 0)?;
    let served = setting.serve("many")?;
    runtime.block_on(async { pages(&Rest::sign_in(served.http()).await?, table).await })?;
    served.stop()
}

/// Reads the real workbooks that lie beside the checkout, whole, as a publish does.
fn corpus(table: &mut Table) -> Result<()> {
    const FIGURE: &str = "files of the corpus opened per second";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let is_workbook = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "twb" || ending == "twbx");
    let Ok(entries) = folder.read_dir() else {
        table.skip(FIGURE, "there is no corpus beside the checkout");
        return Ok(());
    };
    let files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_workbook).collect();
    let begun = Instant::now();
    let mut opened = 0_u32;
    while begun.elapsed() < Duration::from_secs(3) {
        for file in &files {
            tavola_workbook::open(BufReader::new(File::open(file)?), tavola_workbook::Limits::default())?;
            opened += 1;
        }
    }
    table.row(FIGURE, f64::from(opened) / begun.elapsed().as_secs_f64(), "per second", Goal::None);
    Ok(())
}

/// Publishes small workbooks, and tells how many a second.
async fn publish(rest: &Rest, workbooks: usize, table: &mut Table) -> Result<()> {
    let begun = Instant::now();
    try_join_all((0..CONNECTIONS).map(|first| async move {
        let mut connection = Connection::open(rest.address).await?;
        for number in (first..workbooks).step_by(CONNECTIONS) {
            publish_one(rest, &mut connection, &format!("book-{number:05}")).await?;
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    }))
    .await?;
    let per_second = workbooks as f64 / begun.elapsed().as_secs_f64();
    table.row("small workbooks published per second, each durable", per_second, "per second", Goal::None);
    Ok(())
}

pub async fn publish_one(rest: &Rest, connection: &mut Connection, name: &str) -> Result<()> {
    let body = format!(
        "--content\r\nContent-Disposition: name=\"request_payload\"\r\nContent-Type: text/xml\r\n\r\n\
        <tsRequest><workbook name=\"{name}\"/></tsRequest>\r\n--content\r\n\
        Content-Disposition: name=\"tableau_workbook\"; filename=\"{name}.twb\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n{BOOK}<!--{name}-->\r\n--content--\r\n"
    );
    let request = Request::post(rest.path("workbooks"))
        .header(header::HOST, rest.address.to_string())
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "multipart/mixed; boundary=content")
        .header("x-tableau-auth", &rest.token)
        .body(Full::new(Bytes::from(body)))?;
    connection.send(&Call { request, expected: StatusCode::CREATED }).await?;
    Ok(())
}

fn list(setting: &Setting, commands: &Commands, table: &mut Table) -> Result<()> {
    let ours = commands.run(&setting.tavola, &["workbook", "list", "--json"], 5, 0)?;
    table.time(&format!("`tavola workbook list --json`, {WORKBOOKS} workbooks, signing in"), ours.time, None);
    let Some(clients) = &setting.clients else {
        table.skip("the same list by tableauserverclient", "it is not installed here");
        return Ok(());
    };
    for page in ["1000", "100"] {
        let theirs =
            commands.run(&clients.join("python"), &["-c", &format!("{SIGN_IN}{PAGER}"), page], 3, WORKBOOKS)?;
        let figure = format!("TSC Pager, {WORKBOOKS} workbooks, pages of {page}");
        compare(table, &figure, ours.time, theirs.time, LIST_SHARE);
    }
    Ok(())
}

/// Large files in and out. Each program has a file of its own, for equal ones are kept once.
fn files(setting: &Setting, python: &Path, served: &Served, commands: &Commands, table: &mut Table) -> Result<()> {
    for (megabytes, size) in FILES {
        let [ours, theirs] = ["ours", "theirs"].map(|whose| format!("{whose}-{megabytes}"));
        let file = |name: &str| setting.work_dir.join(name).to_string_lossy().into_owned();
        let (ours_file, theirs_file, back) = (file("ours.twbx"), file("theirs.twbx"), file("back.twbx"));
        // TSC adds the ending that the server tells.
        let back_by_tsc = file("back");
        for file in [&ours_file, &theirs_file] {
            commands.run(python, &["-c", MAKE, file, &megabytes.to_string(), BOOK], 1, 0)?;
        }
        let publish = format!("{SIGN_IN}{PUBLISH}");
        let theirs_in = commands.run(python, &["-c", &publish, &theirs_file, &theirs], 1, 1)?;
        let ours_in = commands.run(&setting.tavola, &["workbook", "publish", &ours_file, "--name", &ours], 1, 0)?;
        file_rows(table, &format!("{size} published"), ours_in, theirs_in);

        let download = format!("{SIGN_IN}{DOWNLOAD}");
        let theirs_out = commands.run(python, &["-c", &download, &theirs, &back_by_tsc], 1, 1)?;
        equal(&theirs_file, &back)?;
        std::fs::remove_file(&back)?;
        let ours_out = commands.run(&setting.tavola, &["workbook", "download", &ours, "-o", &back], 1, 0)?;
        equal(&ours_file, &back)?;
        file_rows(table, &format!("{size} downloaded"), ours_out, theirs_out);
        for file in [&ours_file, &theirs_file, &back] {
            std::fs::remove_file(file)?;
        }
        memory(table, &format!("server's memory, most after {size}"), process::most_resident(served.process()));
    }
    Ok(())
}

/// A figure of a file that came back another one would be worth nothing.
fn equal(sent: &str, came_back: &str) -> Result<()> {
    let (mut sent, mut came_back) = (File::open(sent)?, File::open(came_back)?);
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    if sent.metadata()?.len() != came_back.metadata()?.len() {
        return Err("a file came back with another size".into());
    }
    loop {
        let read = sent.read(&mut left)?;
        if read == 0 {
            return Ok(());
        }
        came_back.read_exact(&mut right[..read])?;
        if left[..read] != right[..read] {
            return Err("a file came back with other bytes".into());
        }
    }
}

fn file_rows(table: &mut Table, what: &str, ours: Taken, theirs: Taken) {
    table.time(&format!("{what} by `tavola`"), ours.time, None);
    compare(table, &format!("{what} by TSC"), ours.time, theirs.time, FILE_SHARE);
    memory(table, &format!("{what}: most memory of `tavola`"), ours.memory);
    if let Some(bytes) = theirs.memory {
        table.row(&format!("{what}: most memory of TSC"), bytes / MEGABYTE, "MB", Goal::None);
    }
}

fn memory(table: &mut Table, figure: &str, bytes: Option<f64>) {
    match bytes {
        Some(bytes) => table.row(figure, bytes / MEGABYTE, "MB", Goal::AtMost(MEMORY)),
        None => table.skip(figure, "this system does not tell the memory of a process"),
    }
}

/// Pages of a list of a million.
async fn pages(rest: &Rest, table: &mut Table) -> Result<()> {
    let mut connection = Connection::open(rest.address).await?;
    let mut page = async |number: usize| {
        let path = rest.path(&format!("workbooks?pageSize=1000&pageNumber={number}"));
        let call = Call::new(rest.address, &path, Some(&rest.token), None, 200)?;
        let begun = Instant::now();
        connection.send(&call).await?;
        Ok::<_, Box<dyn std::error::Error>>(begun.elapsed())
    };
    let far = MANY / 1000;
    table.time(&format!("page 1 of {MANY} workbooks, first time"), page(1).await?, None);
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for _ in 0..11 {
        first.push(page(1).await?);
    }
    // Whoever asks for page 1 again begins anew, so the far pages come after all of these, as they do for who reads on.
    table.time("page 2, with which the order is kept", page(2).await?, None);
    for _ in 0..11 {
        last.push(page(far).await?);
    }
    let (first, last) = (median(&mut first), median(&mut last));
    table.time(&format!("page 1 of {MANY} workbooks, a thousand a page"), first, None);
    table.time(&format!("page {far} of the same"), last, None);
    let times = last.as_secs_f64() / first.as_secs_f64();
    table.row(&format!("page {far} beside page 1"), times, "times", Goal::AtMost(1.1));
    Ok(())
}
