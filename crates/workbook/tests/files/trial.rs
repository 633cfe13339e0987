//! What must hold for any bytes whatever. The fuzzer (`fuzz/`) and the tests of every day call the same functions.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use tavola_workbook::{Limits, open};

/// Any bytes as a file: a value or a refusal, the same however the bytes come, and never more than the limits allow.
pub fn any_bytes(data: &[u8]) {
    // Which of several faults is met first may depend on how the bytes come.
    let at_once = look_at(Cursor::new(data)).ok();
    let step = data.len() % 13 + 1;
    assert_eq!(look_at(Trickle { bytes: Cursor::new(data), step }).ok(), at_once, "{step} bytes at a time");
}

/// The same with what begins as a package does.
pub fn any_package(data: &[u8]) {
    any_bytes(&[b"PK\x03\x04", data].concat());
}

/// Reads all there is to read, within small limits, and says what was read.
fn look_at(bytes: impl Read + Seek) -> Result<String, String> {
    let limits = Limits {
        document: 1 << 20,
        kept: 1 << 20,
        token: 1 << 16,
        entries: 50,
        entry: 1 << 20,
        total: 1 << 21,
        ..Limits::default()
    };
    match open(bytes, limits) {
        Ok(mut package) => {
            if let Some(workbook) = package.workbook() {
                workbook.default_view();
                for thumbnail in &workbook.thumbnails {
                    let _ = thumbnail.png();
                }
            }
            let names: Vec<String> = package.entries().iter().map(|entry| entry.name.clone()).collect();
            for name in names {
                let Ok(reader) = package.read(&name) else { continue };
                let unpacked = io::copy(&mut reader.take(1 << 22), &mut io::sink()).unwrap_or(0);
                assert!(unpacked <= limits.entry, "`{name}` unpacks to {unpacked}");
            }
            Ok(format!("{:?} {:?} {:?}", package.kind(), package.content(), package.notes()))
        }
        Err(error) => {
            let told = error.to_string();
            assert!(!told.is_empty() && told.len() < 500, "{told}");
            Err(told)
        }
    }
}

/// Gives a few bytes at a time, as a slow disk or a network may.
struct Trickle<'a> {
    bytes: Cursor<&'a [u8]>,
    step: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = into.len().min(self.step);
        self.bytes.read(&mut into[..length])
    }
}

impl Seek for Trickle<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}
