//! Transfers that break off, and the commands that go on with them. The server is real; in between stands a line that breaks
//! where a test wants it to.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use crate::{
    support::{Home, PASSWORD, Server, end_of, signal},
    workbooks::{large_twbx, twb},
};

const MIB: u64 = 1 << 20;

/// A line to a server. It counts what goes over it in either direction, and is cut for good once so much has, until it is
/// mended.
#[derive(Clone)]
struct Line(Arc<State>);

struct State {
    address: SocketAddr,
    server: Mutex<SocketAddr>,
    up: AtomicU64,
    down: AtomicU64,
    /// How much goes in either direction before the line is cut.
    limit: AtomicU64,
    is_cut: AtomicBool,
    /// The first lines of the requests that went up.
    asked: Mutex<Vec<String>>,
}

impl Line {
    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = Self(Arc::new(State {
            address: listener.local_addr().unwrap(),
            server: Mutex::new(server),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            limit: AtomicU64::new(u64::MAX),
            is_cut: AtomicBool::new(false),
            asked: Mutex::default(),
        }));
        let accepting = line.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.0.is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(*accepting.0.server.lock().unwrap()) else { continue };
                let (up, down) = (accepting.clone(), accepting.clone());
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || up.carry(from, to, true));
                thread::spawn(move || down.carry(server, client, false));
            }
        });
        line
    }

    /// Leads to another server from now on.
    fn lead_to(&self, server: SocketAddr) {
        *self.0.server.lock().unwrap() = server;
    }

    fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// Cuts the line after so many more bytes in one direction.
    fn cut_after(&self, bytes: u64) {
        self.reset();
        self.0.limit.store(bytes, Ordering::SeqCst);
    }

    /// Lets everything through, and counts from nothing.
    fn reset(&self) {
        self.0.up.store(0, Ordering::SeqCst);
        self.0.down.store(0, Ordering::SeqCst);
        self.0.limit.store(u64::MAX, Ordering::SeqCst);
        self.0.is_cut.store(false, Ordering::SeqCst);
        self.0.asked.lock().unwrap().clear();
    }

    fn up(&self) -> u64 {
        self.0.up.load(Ordering::SeqCst)
    }

    fn down(&self) -> u64 {
        self.0.down.load(Ordering::SeqCst)
    }

    /// How many requests went up whose first line has this in it.
    fn asked(&self, text: &str) -> usize {
        self.0.asked.lock().unwrap().iter().filter(|line| line.contains(text)).count()
    }

    /// Waits until so much has gone in either direction.
    fn wait_for(&self, bytes: u64) {
        while self.up().max(self.down()) < bytes {
            thread::yield_now();
        }
    }

    fn carry(&self, mut from: TcpStream, mut to: TcpStream, is_up: bool) {
        let count = if is_up { &self.0.up } else { &self.0.down };
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(read) => read,
            };
            if is_up {
                let text = String::from_utf8_lossy(&buffer[..read.min(300)]).into_owned();
                let verbs = ["GET ", "PUT ", "POST ", "DELETE "];
                if verbs.iter().any(|verb| text.starts_with(verb)) {
                    self.0.asked.lock().unwrap().push(text.lines().next().unwrap_or_default().to_owned());
                }
            }
            if count.fetch_add(read as u64, Ordering::SeqCst) > self.0.limit.load(Ordering::SeqCst) {
                self.0.is_cut.store(true, Ordering::SeqCst);
            }
            if self.0.is_cut.load(Ordering::SeqCst) || to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        // Both ends learn of it.
        for stream in [&from, &to] {
            stream.shutdown(Shutdown::Both).ok();
        }
    }
}

/// A home that is signed in over a line.
fn signed_in(line: &Line) -> Home {
    let home = Home::new();
    let mut command = home.command(&["login", &line.url(), "--username", "admin"]);
    assert!(command.env("TAVOLA_PASSWORD", PASSWORD).output().unwrap().status.success());
    home
}

fn begin(home: &Home, arguments: &[&str]) -> Child {
    home.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What is kept of transfers that broke off.
fn kept(home: &Home) -> Vec<PathBuf> {
    match fs::read_dir(home.path(".local/state/tavola/unfinished")) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

fn parts(home: &Home) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.path(".")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|ending| ending == "part")).collect()
}

fn same(a: &Path, b: &Path) -> bool {
    fs::read(a).unwrap() == fs::read(b).unwrap()
}

/// That what the server has is the file.
#[track_caller]
fn is_there(home: &Home, name: &str, file: &str) {
    home.done(&["workbook", "download", name, "-o", "back.twbx", "--force"]);
    assert!(same(&home.path("back.twbx"), &home.path(file)), "the server has another file");
}

#[test]
fn an_upload_that_was_killed_goes_on_where_it_ended() {
    let server = Server::start();
    let line = Line::to(server.http);
    let home = signed_in(&line);
    large_twbx(&home.path("Large.twbx"), 150 * MIB);
    for (how, code) in [("KILL", -9), ("INT", 130)] {
        line.reset();
        let publishing = begin(&home, &["workbook", "publish", "Large.twbx", "--name", how]);
        // With 60 MB gone, blocks have been acknowledged and others are on their way.
        line.wait_for(60 * MIB);
        signal(&publishing, how);
        let ran = end_of(publishing);
        assert_eq!(ran.code, code, "{ran:?}");
        if how == "INT" {
            assert_eq!(ran.stderr, "broken off; the same command goes on where this one ended\n");
        }
        let [record] = &kept(&home)[..] else { panic!("{:?}", kept(&home)) };
        assert_eq!(fs::metadata(record).unwrap().permissions().mode() & 0o777, 0o600);
        line.reset();
        home.run(&["workbook", "publish", "Large.twbx", "--name", how])
            .prints("", &format!("published the workbook `{how}` in `Default`\n"));
        assert!(line.up() < 150 * MIB, "{} bytes were sent by the second command", line.up());
        assert_eq!(line.asked("/fileUploads HTTP"), 0, "no upload was begun anew");
        assert!(kept(&home).is_empty());
        is_there(&home, how, "Large.twbx");
    }
}

#[test]
fn an_upload_on_a_line_that_was_cut_goes_on_where_it_ended() {
    let server = Server::start();
    let line = Line::to(server.http);
    let home = signed_in(&line);
    large_twbx(&home.path("Large.twbx"), 150 * MIB);
    line.cut_after(60 * MIB);
    let ran = home.run(&["workbook", "publish", "Large.twbx"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.ends_with(" hint: the same command goes on where this one ended\n"), "{ran:?}");
    line.reset();
    home.done(&["workbook", "publish", "Large.twbx"]);
    assert!(line.up() < 150 * MIB, "{} bytes were sent by the second command", line.up());
    is_there(&home, "Large", "Large.twbx");
}

#[test]
fn transfers_go_on_when_a_killed_server_is_back() {
    let mut server = Server::start();
    let line = Line::to(server.http);
    let home = signed_in(&line);
    large_twbx(&home.path("Large.twbx"), 150 * MIB);
    for arguments in [&["workbook", "publish", "Large.twbx"][..], &["workbook", "download", "Large", "-o", "back.twbx"]]
    {
        line.reset();
        let running = begin(&home, arguments);
        line.wait_for(60 * MIB);
        server.kill();
        let ran = end_of(running);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.ends_with(" hint: the same command goes on where this one ended\n"), "{ran:?}");
        assert!(!home.path("back.twbx").exists());
        server = server.start_again();
        line.lead_to(server.http);
        line.reset();
        home.done(arguments);
        assert!(line.up().max(line.down()) < 150 * MIB, "{} up, {} down", line.up(), line.down());
    }
    assert!(same(&home.path("back.twbx"), &home.path("Large.twbx")));
    assert!(kept(&home).is_empty() && parts(&home).is_empty());
}

#[test]
fn blocks_of_two_files_are_never_joined() {
    let server = Server::start();
    let line = Line::to(server.http);
    let home = signed_in(&line);
    let path = home.path("Large.twbx");
    large_twbx(&path, 150 * MIB);
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    line.cut_after(60 * MIB);
    assert_eq!(home.run(&["workbook", "publish", "Large.twbx"]).code, 2);
    // Another file of the same name, length and age: a byte of what was sent is another.
    let mut file = File::options().read(true).write(true).open(&path).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(2 * MIB)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(2 * MIB)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
    file.set_modified(modified).unwrap();
    line.reset();
    home.done(&["workbook", "publish", "Large.twbx"]);
    assert!(line.up() > 150 * MIB, "{} bytes were sent by the second command", line.up());
    is_there(&home, "Large", "Large.twbx");
    assert!(kept(&home).is_empty());
}

#[test]
fn an_upload_that_the_server_has_forgotten_begins_anew() {
    let server = Server::start();
    let line = Line::to(server.http);
    let home = signed_in(&line);
    large_twbx(&home.path("Large.twbx"), 150 * MIB);
    line.cut_after(60 * MIB);
    assert_eq!(home.run(&["workbook", "publish", "Large.twbx"]).code, 2);
    line.reset();
    let [record] = &kept(&home)[..] else { panic!("{:?}", kept(&home)) };
    let text = fs::read_to_string(record).unwrap();
    let mut record_of_no_upload: serde_json::Value = serde_json::from_str(&text).unwrap();
    record_of_no_upload["upload"] = "1:170fe6b1c1c7422dadff20f944d58a52-1:0".into();
    fs::write(record, record_of_no_upload.to_string()).unwrap();
    home.done(&["workbook", "publish", "Large.twbx"]);
    assert!(line.asked("/fileUploads HTTP") == 1 && line.up() > 150 * MIB);
    is_there(&home, "Large", "Large.twbx");
    assert!(kept(&home).is_empty());
}

#[test]
fn a_file_that_was_refused_for_its_name_is_not_sent_again() {
    let server = Server::start();
    let line = Line::to(server.http);
    let home = signed_in(&line);
    home.write("Large.twb", &twb(&["A"]));
    home.done(&["workbook", "publish", "Large.twb"]);
    large_twbx(&home.path("Large.twbx"), 80 * MIB);
    let ran = home.run(&["workbook", "publish", "Large.twbx"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    line.reset();
    home.done(&["workbook", "publish", "Large.twbx", "--overwrite"]);
    assert!(line.up() < MIB, "{} bytes were sent by the second command", line.up());
    is_there(&home, "Large", "Large.twbx");
}

#[test]
fn a_download_that_was_killed_goes_on_where_it_ended() {
    let server = Server::start();
    let line = Line::to(server.http);
    let home = signed_in(&line);
    large_twbx(&home.path("Large.twbx"), 100 * MIB);
    home.done(&["workbook", "publish", "Large.twbx"]);
    let download = ["workbook", "download", "Large", "-o", "back.twbx"];
    for (how, code) in [("KILL", -9), ("INT", 130)] {
        line.reset();
        let downloading = begin(&home, &download);
        line.wait_for(40 * MIB);
        signal(&downloading, how);
        let ran = end_of(downloading);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(!home.path("back.twbx").exists(), "nothing is there under its name");
        assert_eq!((kept(&home).len(), parts(&home).len()), (1, 1), "{how}");
        line.reset();
        home.done(&download);
        assert!(line.down() < 100 * MIB, "{} bytes came by the second command", line.down());
        assert!(same(&home.path("back.twbx"), &home.path("Large.twbx")));
        assert!(kept(&home).is_empty() && parts(&home).is_empty());
        fs::remove_file(home.path("back.twbx")).unwrap();
    }
    // All has come, and only the name is missing.
    line.cut_after(60 * MIB);
    assert_eq!(home.run(&download).code, 2);
    let [part] = &parts(&home)[..] else { panic!("{:?}", parts(&home)) };
    fs::copy(home.path("Large.twbx"), part).unwrap();
    line.reset();
    home.done(&download);
    assert!(line.down() < MIB && same(&home.path("back.twbx"), &home.path("Large.twbx")));
}

#[test]
fn halves_of_two_downloads_are_never_joined() {
    let server = Server::start();
    let line = Line::to(server.http);
    let home = signed_in(&line);
    large_twbx(&home.path("Large.twbx"), 80 * MIB);
    home.done(&["workbook", "publish", "Large.twbx"]);
    let download = ["workbook", "download", "Large", "-o", "back.twbx"];
    line.cut_after(40 * MIB);
    let ran = home.run(&download);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.ends_with(" hint: the same command goes on where this one ended\n"), "{ran:?}");
    line.reset();
    large_twbx(&home.path("Large.twbx"), 70 * MIB);
    home.done(&["workbook", "publish", "Large.twbx", "--overwrite"]);
    home.done(&download);
    assert!(same(&home.path("back.twbx"), &home.path("Large.twbx")));
    // What there is no more leaves nothing behind.
    line.cut_after(40 * MIB);
    fs::remove_file(home.path("back.twbx")).unwrap();
    assert_eq!(home.run(&download).code, 2);
    assert_eq!(parts(&home).len(), 1);
    line.reset();
    let id = home.json(&["workbook", "show", "Large"])["id"].as_str().unwrap().to_owned();
    home.done(&["workbook", "delete", &id, "--yes"]);
    assert_eq!(home.run(&download).code, 1);
}

#[test]
fn several_files_go_at_once_and_come_back_at_once() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    let names: Vec<String> = (0..9).map(|number| format!("book{number}")).collect();
    for name in &names {
        home.write(&format!("{name}.twb"), &twb(&[name]));
    }
    let files: Vec<String> = names.iter().map(|name| format!("{name}.twb")).collect();
    let arguments = |files: &[String], first: &[&str]| -> Vec<String> {
        first.iter().map(|text| (*text).to_owned()).chain(files.iter().cloned()).collect()
    };
    let run = |arguments: &[String]| home.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let ran = run(&arguments(&files, &["workbook", "publish"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    let (summary, lines): (&str, HashSet<&str>) = {
        let mut lines: Vec<&str> = ran.stderr.lines().collect();
        (lines.pop().unwrap(), lines.into_iter().collect())
    };
    assert_eq!(summary, "published all 9");
    assert!(names.iter().all(|name| lines.contains(&*format!("published the workbook `{name}` in `Default`"))));

    let ran = run(&arguments(&names, &["workbook", "download", "-o", "none"]));
    ran.fails(2, "error: `none` is no folder, and more than one file is to go there\n");
    fs::create_dir(home.path("back")).unwrap();
    let mut wanted = names.clone();
    wanted.push("missing".to_owned());
    let ran = run(&arguments(&wanted, &["workbook", "download", "-o", "back", "--json"]));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.ends_with("error: 1 of 10 could not be downloaded\n"), "{ran:?}");
    assert!(ran.stderr.contains("error: there is no workbook `missing` on this site\n"), "{ran:?}");
    let rows: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 9);
    for name in &names {
        assert!(same(&home.path(&format!("back/{name}.twb")), &home.path(&format!("{name}.twb"))), "{name}");
    }
}
