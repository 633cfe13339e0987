//! What must hold for any bytes whatever. The fuzzer (`fuzz/`) and the tests of every day call the same functions.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use tavola_workbook::{Limits, Relation, open, without_extracts};

const LIMITS: Limits = Limits {
    document: 1 << 20,
    kept: 1 << 20,
    token: 1 << 16,
    depth: 128,
    attributes: 256,
    entries: 50,
    entry: 1 << 20,
    total: 1 << 21,
    ratio: 250,
};

/// Any bytes as a file: a value or a refusal, the same however the bytes come, and never more than the limits allow.
pub fn any_bytes(data: &[u8]) {
    // Which of several faults is met first may depend on how the bytes come.
    let at_once = look_at(Cursor::new(data)).ok();
    let step = data.len() % 13 + 1;
    assert_eq!(look_at(Trickle { bytes: Cursor::new(data), step }).ok(), at_once, "{step} bytes at a time");
    leave_extracts_out(data, at_once.is_some());
}

/// The same with what begins as a package does.
pub fn any_package(data: &[u8]) {
    any_bytes(&[b"PK\x03\x04", data].concat());
}

/// Reads all there is to read, within [`LIMITS`], and says what was read.
fn look_at(bytes: impl Read + Seek) -> Result<String, String> {
    match open(bytes, LIMITS) {
        Ok(mut package) => {
            if let Some(workbook) = package.workbook() {
                workbook.default_view();
                for sheet in &workbook.worksheets {
                    for name in sheet.fields() {
                        workbook.measure_name(sheet, name);
                    }
                }
                for source in &workbook.data_sources {
                    for relation in source.relations.iter().flat_map(Relation::leaves) {
                        source.source_file(relation);
                    }
                }
                for thumbnail in &workbook.thumbnails {
                    let _ = thumbnail.png();
                }
            }
            let names: Vec<String> = package.entries().iter().map(|entry| entry.name.clone()).collect();
            for name in names {
                let Ok(reader) = package.read(&name) else { continue };
                let unpacked = io::copy(&mut reader.take(1 << 22), &mut io::sink()).unwrap_or(0);
                assert!(unpacked <= LIMITS.entry, "`{name}` unpacks to {unpacked}");
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

/// Reads the file without its extracts: as long as it was said to be, and sound where the file is.
fn leave_extracts_out(data: &[u8], is_sound: bool) {
    let Ok(Some(mut left)) = without_extracts(Cursor::new(data), LIMITS) else { return };
    let (length, mut bytes) = (left.length(), Vec::new());
    match left.read_to_end(&mut bytes) {
        Ok(_) => assert_eq!(bytes.len() as u64, length),
        Err(_) => assert!(!is_sound, "it cannot be read to its end"),
    }
    if is_sound && let Err(problem) = look_at(Cursor::new(bytes)) {
        panic!("what is left cannot be read: {problem}");
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
