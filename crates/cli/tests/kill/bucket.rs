//! An S3 server on this machine, behind a line that is slow and breaks when it is told to.

use std::{
    io::{self, BufRead as _, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use crate::random;

/// Serves S3 until its standard input ends, as it does when the tests end in whatever way.
const PROGRAM: &str = r#"
import sys, urllib.request
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
address = "%s:%d" % server.get_host_and_port()
urllib.request.urlopen(urllib.request.Request("http://" + address + "/tavola", method="PUT")).read()
print(address, flush=True)
sys.stdin.read()
"#;

pub struct Bucket {
    process: Child,
    /// Where the line begins.
    address: SocketAddr,
    rough: Arc<AtomicBool>,
    broken: Arc<AtomicU64>,
}

impl Bucket {
    /// None where Python has no S3 server.
    pub fn start(seed: u64) -> Option<Self> {
        let python = std::env::var("TAVOLA_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut process = Command::new(python)
            .args(["-c", PROGRAM])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take()?).read_line(&mut line).ok()?;
        let Ok(behind) = line.trim().parse() else {
            process.wait().ok();
            return None;
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (rough, broken) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (is_rough, count) = (rough.clone(), broken.clone());
        // Both end with the test's process.
        thread::spawn(move || {
            for (number, stream) in (0..).zip(listener.incoming()) {
                let (fate, count) = (random(seed ^ 0x5e3, number), count.clone());
                let rough = is_rough.load(Ordering::Relaxed);
                let Ok(stream) = stream else { return };
                thread::spawn(move || drop(carry(stream, behind, rough.then_some(fate), &count)));
            }
        });
        Some(Self { process, address, rough, broken })
    }

    /// What `tavola serve` is told.
    pub fn variables(&self) -> Vec<(String, String)> {
        [
            ("TAVOLA_CONTENT_URL", "s3://tavola/killed".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// Whether new connections are slow and break.
    pub fn be_rough(&self, rough: bool) {
        self.rough.store(rough, Ordering::Relaxed);
    }

    /// How many connections broke.
    pub fn broken(&self) -> u64 {
        self.broken.load(Ordering::Relaxed)
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Carries a connection to the server behind. With a fate it waits a while, and in one of three cases breaks, sooner or
/// later, on the way there or back.
fn carry(near: TcpStream, behind: SocketAddr, fate: Option<u64>, broken: &Arc<AtomicU64>) -> io::Result<()> {
    let far = TcpStream::connect(behind)?;
    let (mut limit_there, mut limit_back) = (u64::MAX, u64::MAX);
    if let Some(fate) = fate {
        thread::sleep(Duration::from_millis(fate % 60));
        let limit = (fate >> 8) % 40_000;
        match (fate >> 32) % 6 {
            0 => limit_there = limit,
            1 => limit_back = limit % 400,
            _ => {}
        }
    }
    let (from, to, count) = (near.try_clone()?, far.try_clone()?, broken.clone());
    let there = thread::spawn(move || pump(from, to, limit_there, &count));
    pump(far, near, limit_back, broken);
    there.join().ok();
    Ok(())
}

fn pump(mut from: TcpStream, mut to: TcpStream, limit: u64, broken: &AtomicU64) {
    let mut bytes = [0; 8192];
    let mut carried = 0;
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        carried += count as u64;
        if carried > limit {
            broken.fetch_add(1, Ordering::Relaxed);
            break;
        }
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    from.shutdown(Shutdown::Both).ok();
    to.shutdown(Shutdown::Both).ok();
}
