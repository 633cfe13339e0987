//! Workbooks and views, as commands publish, find, change and hand them back.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
    process::Stdio,
};

use serde_json::json;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::support::{Home, Server};

/// A picture of one pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

pub fn twb(sheets: &[&str]) -> String {
    let worksheets: String = sheets.iter().map(|name| format!("<worksheet name='{name}'/>")).collect();
    let windows: String = sheets.iter().map(|name| format!("<window class='worksheet' name='{name}'/>")).collect();
    format!(
        "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><datasources>\
         <datasource caption='Sales' name='federated.1'><connection class='federated'><named-connections>\
         <named-connection caption='db' name='postgres.1'><connection class='postgres' server='db.example' port='5432' \
         dbname='sales' username='ann'/></named-connection></named-connections></connection></datasource></datasources>\
         <worksheets>{worksheets}</worksheets><windows>{windows}</windows>\
         <thumbnails><thumbnail height='1' name='{}' width='1'>{PNG}</thumbnail></thumbnails></workbook>",
        sheets[0]
    )
}

#[test]
fn a_workbook_is_published_found_changed_and_handed_back() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.done(&["project", "create", "Finance"]);
    let file = twb(&["One", "Two"]);
    home.write("Sales.twb", &file);
    home.run(&[
        "workbook",
        "publish",
        "Sales.twb",
        "--project",
        "Finance",
        "--hidden-view",
        "Two",
        "--description",
        "Q1",
    ])
    .prints("", "published the workbook `Sales` in `Finance`\n");
    let sales = home.json(&["workbook", "show", "Sales"]);
    assert_eq!((&sales["name"], &sales["description"]), (&json!("Sales"), &json!("Q1")));
    assert_eq!(sales["views"]["view"].as_array().unwrap().len(), 1);
    let id = sales["id"].as_str().unwrap();
    for named in [id, "Sales"] {
        assert_eq!(home.json(&["workbook", "show", named, "--project", "Finance"])["id"], sales["id"]);
    }
    home.run(&["workbook", "list", "--fields", "name,project.name"])
        .prints("NAME   PROJECT NAME\nSales  Finance\n", "");
    home.run(&["workbook", "publish", "Sales.twb", "--project", "Finance"]).fails(
        1,
        "\
error: cannot publish `Sales.twb`
  why: the server refused `Publish Workbook`: Forbidden: a workbook named `Sales` exists already in that \
project (403130)
 hint: `tavola whoami` shows as whom you are signed in, and with which site role
",
    );
    home.done(&["workbook", "publish", "Sales.twb", "--project", "Finance", "--overwrite", "--show-tabs"]);
    assert_eq!(home.json(&["workbook", "revisions", "list", "Sales"]).as_array().unwrap().len(), 2);
    let connections = home.json(&["workbook", "connections", "list", "Sales"]);
    assert_eq!(connections[0]["serverAddress"], json!("db.example"));

    home.run(&["workbook", "update", "Sales", "--name", "Money", "--show-tabs=false"])
        .prints("", "changed the workbook `Sales`\n");
    // Its name in addresses is what it was.
    assert_eq!(home.json(&["workbook", "show", "Sales"])["name"], json!("Money"));
    home.run(&["workbook", "update", "Money"]).fails(
        2,
        "error: there is nothing to change: no flag says what\n hint: `tavola workbook update --help` lists them\n",
    );
    home.run(&["workbook", "tag", "Money", "with blank", "plain"])
        .prints("", "the workbook `Money` has the tags plain, with blank\n");
    home.run(&["workbook", "untag", "Money", "with blank"]).prints("", "took with blank off the workbook `Money`\n");
    home.run(&["workbook", "move", "Money", "--to", "Default"])
        .prints("", "moved the workbook `Money` into `Default`\n");

    home.run(&["workbook", "download", "Money"])
        .prints("", &format!("downloaded the workbook `Money` to `Money.twb` ({})\n", size(file.len())));
    assert_eq!(fs::read_to_string(home.path("Money.twb")).unwrap(), file);
    home.run(&["workbook", "download", "Money"]).fails(
        2,
        "\
error: cannot download the workbook `Money`
  why: there is a file `./Money.twb` already
 hint: --force takes its place
",
    );
    home.done(&["workbook", "revisions", "download", "Money", "1", "--force"]);
    home.done(&["workbook", "download", "Money", "-o", "copy.twb"]);
    assert_eq!(fs::read_to_string(home.path("copy.twb")).unwrap(), file);

    home.run(&["workbook", "delete", "Money"])
        .fails(2, "error: there is no terminal to ask on: --yes deletes the workbook `Money`\n");
    home.run(&["workbook", "delete", "Money", "--yes"]).prints("", "deleted the workbook `Money`\n");
    home.run(&["workbook", "show", "Money"])
        .fails(1, "error: there is no workbook `Money` on this site\n hint: `tavola workbook list` shows all\n");
    let left: Vec<_> = fs::read_dir(home.path(".")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".part")), "{left:?}");
}

fn size(bytes: usize) -> String {
    if bytes < 1000 { format!("{bytes} B") } else { format!("{}.{} kB", bytes / 1000, bytes / 100 % 10) }
}

#[test]
fn a_name_that_is_there_twice_needs_its_project() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.done(&["project", "create", "Finance"]);
    home.write("Book.twb", &twb(&["A"]));
    for project in ["Default", "Finance"] {
        home.done(&["workbook", "publish", "Book.twb", "--project", project]);
    }
    let ran = home.run(&["workbook", "show", "Book"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.starts_with("error: there is more than one workbook `Book`: "), "{}", ran.stderr);
    assert!(ran.stderr.contains(" in `Default`") && ran.stderr.contains(" in `Finance`"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with(" hint: --project PROJECT tells which, and so does the id\n"), "{}", ran.stderr);
    assert_eq!(home.json(&["workbook", "show", "Book", "--project", "Finance"])["project"]["name"], json!("Finance"));
    home.run(&["workbook", "show", "Other", "--project", "Finance"])
        .fails(1, "error: there is no workbook `Other` in `Finance`\n hint: `tavola workbook list` shows all\n");
}

#[test]
fn several_files_are_published_and_one_that_is_refused_keeps_none_of_the_others() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("a.twb", &twb(&["A"]));
    home.write("b.twb", "no workbook");
    home.write("c.twb", &twb(&["C"]));
    let ran = home.run(&["workbook", "publish", "a.twb", "b.twb", "c.twb", "missing.twb", "--json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let published: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let names: Vec<_> = published.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a", "c"]);
    assert!(ran.stderr.contains("error: cannot publish `b.twb`\n"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("error: cannot publish `missing.twb`\n  why: cannot read `missing.twb`: "),
        "{}",
        ran.stderr
    );
    home.run(&["workbook", "publish", "a.twb", "c.twb", "--name", "x"])
        .fails(2, "error: --name is for one file: more than one is given\n");
}

#[test]
fn a_password_of_a_database_is_never_an_argument_and_never_shown() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("a.twb", &twb(&["A"]));
    home.write("password", "s3cret-of-the-database\n");
    home.run(&["workbook", "publish", "a.twb", "--db-user", "bob"]).fails(
        2,
        "\
error: there is no password for the user `bob` of the database
 hint: give --db-password-file FILE or --db-password-stdin, or set TAVOLA_DB_PASSWORD
",
    );
    let publish = ["workbook", "publish", "a.twb", "--overwrite", "--db-user", "bob", "--verbose"];
    for flags in [&["--db-password-file", "password"][..], &["--db-password-stdin"]] {
        let ran = home.run_with_input(&[&publish[..], flags].concat(), "s3cret-of-the-database\n");
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(!ran.stderr.contains("s3cret") && !ran.stdout.contains("s3cret"), "{ran:?}");
        let connection = &home.json(&["workbook", "connections", "list", "a"])[0];
        assert_eq!((&connection["userName"], &connection["embedPassword"]), (&json!("bob"), &json!(true)));
        home.done(&["workbook", "delete", "a", "--yes"]);
    }
}

#[test]
fn a_job_publishes_and_is_waited_for() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("a.twb", &twb(&["A"]));
    let id = home.done(&["workbook", "publish", "a.twb", "--as-job"]);
    let job = home.json(&["job", "wait", id.trim()]);
    assert_eq!((&job["id"], &job["finishCode"]), (&json!(id.trim()), &json!(0)));
    home.run(&["workbook", "publish", "a.twb", "--name", "b", "--as-job", "--wait"])
        .prints("", "published the workbook `b`\n");
    assert_eq!(home.json(&["workbook", "list"]).as_array().unwrap().len(), 2);
}

#[test]
fn views_are_listed_tagged_and_drawn_from_the_file() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("Sales.twb", &twb(&["Over view", "Two"]));
    home.write("Stock.twb", &twb(&["Two"]));
    home.done(&["workbook", "publish", "Sales.twb", "Stock.twb"]);
    home.run(&["view", "list", "--fields", "name,content-url", "--sort", "name", "--filter", "workbook-name=Sales"])
        .prints("NAME       CONTENT URL\nOver view  Sales/sheets/Overview\nTwo        Sales/sheets/Two\n", "");
    let ran = home.run(&["view", "show", "Two"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains(" at `Stock/sheets/Two`") && ran.stderr.contains("Sales/"), "{}", ran.stderr);
    let two = home.json(&["view", "show", "Two", "--workbook", "Stock"]);
    assert_eq!(home.json(&["view", "show", two["contentUrl"].as_str().unwrap()])["id"], two["id"]);
    home.run(&["view", "tag", "Over view", "x"]).prints("", "the view `Over view` has the tags x\n");
    home.run(&["view", "untag", "Over view", "x"]).prints("", "took x off the view `Over view`\n");
    home.run(&["view", "preview", "Over view"])
        .prints("", "saved the preview image of the view `Over view` to `Over view.png`\n");
    assert!(fs::read(home.path("Over view.png")).unwrap().starts_with(b"\x89PNG"));
    let again = home.run(&["view", "preview", "Over view"]);
    assert_eq!(again.code, 2, "{again:?}");
}

/// A package with a large entry that is stored as it is.
pub fn large_twbx(path: &Path, bytes: u64) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("book.twb", stored).unwrap();
    zip.write_all(twb(&["A"]).as_bytes()).unwrap();
    zip.start_file("Data/large.csv", stored).unwrap();
    io::copy(&mut Pattern(1).take(bytes), &mut zip).unwrap();
    zip.finish().unwrap();
}

/// Bytes in no order.
struct Pattern(u64);

impl Read for Pattern {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for eight in buffer.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            eight.copy_from_slice(&self.0.to_le_bytes()[..eight.len()]);
        }
        Ok(buffer.len())
    }
}

/// The largest that a run of the program has been in memory, in kibibytes.
#[cfg(target_os = "linux")]
fn peak(home: &Home, arguments: &[&str]) -> u64 {
    let mut command = home.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Ok(text) = fs::read_to_string(&status)
            && let Some(line) = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))
        {
            peak = line.trim().trim_end_matches(" kB").parse().unwrap();
        }
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success(), "{arguments:?}");
            return peak;
        }
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_large_workbook_goes_both_ways_in_little_memory() {
    // The program's own pages are in it, many more of them than in a release build, which `cargo xtask bench` measures.
    const LIMIT: u64 = 96 * 1024;
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    large_twbx(&home.path("Large.twbx"), 300_000_000);
    let up = peak(&home, &["workbook", "publish", "Large.twbx"]);
    let down = peak(&home, &["workbook", "download", "Large", "-o", "back.twbx"]);
    assert!(up < LIMIT && down < LIMIT, "publishing took {up} KiB, downloading {down} KiB");
    let same = home.path("Large.twbx");
    let (mut sent, mut back) = (File::open(same).unwrap(), File::open(home.path("back.twbx")).unwrap());
    let (mut a, mut b) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let read = sent.read(&mut a).unwrap();
        back.read_exact(&mut b[..read]).unwrap();
        assert!(a[..read] == b[..read], "the file came back changed");
        if read == 0 {
            assert_eq!(back.read(&mut b).unwrap(), 0);
            break;
        }
    }
}
