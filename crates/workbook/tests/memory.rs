//! A document of any size costs no more memory than what is kept of it. In a process of its own, because it is measured.

use std::io::{self, Read, Seek, SeekFrom};

use tavola_workbook::{Limits, open};

/// A workbook that goes on for as long as it is read: one worksheet, and formatting nobody asked for.
struct Endless {
    at: u64,
    length: u64,
}

const HEAD: &[u8] = b"<workbook version='18.1'><worksheets><worksheet name='a'/></worksheets><preferences>";
const BODY: &[u8] = b"<preference name='ui.encoding.shelf.height' value='24'>text &amp; text</preference>\n";

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = match usize::try_from(self.at) {
            Ok(at) if at < HEAD.len() => &HEAD[at..],
            _ => &BODY[((self.at - HEAD.len() as u64) % BODY.len() as u64) as usize..],
        };
        let left = usize::try_from(self.length - self.at).unwrap_or(usize::MAX);
        let length = rest.len().min(into.len()).min(left);
        into[..length].copy_from_slice(&rest[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

/// The most memory this process ever had, in bytes.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[test]
fn two_gigabytes_of_xml_are_refused_in_little_memory() {
    let limits = Limits { document: 64 << 20, ..Limits::default() };
    let error = open(Endless { at: 0, length: 2 << 30 }, limits).unwrap_err();
    assert_eq!(error.to_string(), format!("the document is over the limit of {}", 64 << 20));
    match peak() {
        Some(peak) => assert!(peak < 32 << 20, "{} MiB", peak >> 20),
        None => eprintln!("skipped: this system does not tell how much memory was used"),
    }
}
