//! Files of any size cost no more memory than what is kept of them. In a process of its own, because it is measured.

use std::io::{self, Read, Seek, SeekFrom};

use tavola_workbook::{Kind, Limits, open, without_extracts};

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
        self.at = moved(self.at, self.length, to);
        Ok(self.at)
    }
}

const DOCUMENT: &[u8] =
    b"<workbook version='18.1'><datasources><datasource name='a'><extract/></datasource></datasources></workbook>";

/// A package of five gigabytes, of which only the edges are there; the rest is zeros.
struct Sparse {
    at: u64,
    length: u64,
    pieces: Vec<(u64, Vec<u8>)>,
}

impl Sparse {
    /// An extract as large as `size` before the document, so that the document and the directory are past what 32 bits
    /// can tell.
    fn package(size: u64) -> Self {
        let length = DOCUMENT.len() as u32;
        let name = b"Data/a.hyper";
        let large = |numbers: &[u64]| {
            let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            [&1u16.to_le_bytes()[..], &(numbers.len() as u16).to_le_bytes(), &numbers].concat()
        };
        // What a header in the data and one in the directory have in common: flags to the length of the extra field.
        let middle = |crc: u32, size: u32, name: &[u8], extra: &[u8]| {
            let lengths = [(name.len() as u16).to_le_bytes(), (extra.len() as u16).to_le_bytes()].concat();
            [&[0; 8][..], &crc.to_le_bytes(), &size.to_le_bytes(), &size.to_le_bytes(), &lengths].concat()
        };

        let extra = large(&[size, size]);
        let first = [b"PK\x03\x04\x2d\0", &middle(0, u32::MAX, name, &extra)[..], name, &extra].concat();
        let second_at = first.len() as u64 + size;
        let crc = 0x0771_b560;
        let second = [b"PK\x03\x04\x2d\0", &middle(crc, length, b"a.twb", b"")[..], b"a.twb", DOCUMENT].concat();
        let directory_at = second_at + second.len() as u64;
        let far = large(&[second_at]);
        let directory = [
            b"PK\x01\x02\x2d\0\x2d\0",
            &middle(0, u32::MAX, name, &extra)[..],
            &[0; 14],
            name,
            &extra,
            b"PK\x01\x02\x2d\0\x2d\0",
            &middle(crc, length, b"a.twb", &far),
            &[0; 10],
            &u32::MAX.to_le_bytes(),
            b"a.twb",
            &far,
        ]
        .concat();
        let end_at = directory_at + directory.len() as u64;
        let end = [
            b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0",
            &2u64.to_le_bytes()[..],
            &2u64.to_le_bytes(),
            &(directory.len() as u64).to_le_bytes(),
            &directory_at.to_le_bytes(),
            b"PK\x06\x07\0\0\0\0",
            &end_at.to_le_bytes(),
            &1u32.to_le_bytes(),
            b"PK\x05\x06\0\0\0\0\x02\0\x02\0",
            &(directory.len() as u32).to_le_bytes(),
            &u32::MAX.to_le_bytes(),
            &[0; 2],
        ]
        .concat();
        let length = end_at + end.len() as u64;
        let pieces = vec![(0, first), (second_at, second), (directory_at, directory), (end_at, end)];
        Self { at: 0, length, pieces }
    }
}

impl Read for Sparse {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let inside = self.pieces.iter().find(|(start, bytes)| (*start..start + bytes.len() as u64).contains(&self.at));
        let length = match inside {
            Some((start, bytes)) => {
                let rest = &bytes[(self.at - start) as usize..];
                let length = rest.len().min(into.len());
                into[..length].copy_from_slice(&rest[..length]);
                length
            }
            None => {
                let next = self.pieces.iter().map(|(start, _)| *start).find(|start| *start > self.at);
                let gap = next.unwrap_or(self.length).saturating_sub(self.at);
                let length = into.len().min(usize::try_from(gap).unwrap_or(usize::MAX));
                into[..length].fill(0);
                length
            }
        };
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = moved(self.at, self.length, to);
        Ok(self.at)
    }
}

fn moved(at: u64, length: u64, to: SeekFrom) -> u64 {
    match to {
        SeekFrom::Start(at) => at,
        SeekFrom::End(by) => length.saturating_add_signed(by),
        SeekFrom::Current(by) => at.saturating_add_signed(by),
    }
}

/// The most memory this process ever had, in bytes.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn assert_little_memory() {
    match peak() {
        Some(peak) => assert!(peak < 32 << 20, "{} MiB", peak >> 20),
        None => eprintln!("skipped: this system does not tell how much memory was used"),
    }
}

#[test]
fn two_gigabytes_of_xml_are_refused_in_little_memory() {
    let limits = Limits { document: 64 << 20, ..Limits::default() };
    let error = open(Endless { at: 0, length: 2 << 30 }, limits).unwrap_err();
    assert_eq!(error.to_string(), format!("the document is over the limit of {}", 64 << 20));
    assert_little_memory();
}

#[test]
fn a_package_of_five_gigabytes_is_opened_in_little_memory() {
    let size = 5 << 30;
    let mut package = open(Sparse::package(size), Limits::default()).unwrap();
    assert_eq!(package.data_sources().len(), 1);
    assert_eq!(package.entry("Data/a.hyper").unwrap().size, size);
    let mut first = [1; 4096];
    package.read("Data/a.hyper").unwrap().read_exact(&mut first).unwrap();
    assert_eq!(first, [0; 4096]);
    assert_little_memory();
}

#[test]
fn extracts_are_left_out_of_five_gigabytes_in_little_memory() {
    // No extract names the file, so it stays, and the document behind it is past what 32 bits can tell.
    let mut left = without_extracts(Sparse::package(5 << 30), Limits::default()).unwrap().unwrap();
    assert_eq!(left.kind(), Kind::PackagedWorkbook);
    let mut first = vec![0; 1 << 16];
    left.read_exact(&mut first).unwrap();
    let (mut last, mut buffer, mut length) = (Vec::new(), vec![0; 1 << 20], first.len() as u64);
    loop {
        let read = left.read(&mut buffer).unwrap();
        if read == 0 {
            break;
        }
        length += read as u64;
        last.extend_from_slice(&buffer[..read]);
        last.drain(..last.len().saturating_sub(1 << 16));
    }
    assert_eq!(length, left.length());
    let pieces = vec![(0, first), (length - last.len() as u64, last)];
    let mut again = open(Sparse { at: 0, length, pieces }, Limits::default()).unwrap();
    assert_eq!((again.data_sources().len(), &again.data_sources()[0].extract), (1, &None));
    assert_eq!(again.entry("Data/a.hyper").unwrap().size, 5 << 30);
    let mut document = String::new();
    again.read("a.twb").unwrap().read_to_string(&mut document).unwrap();
    assert!(document.contains("<datasource name='a'></datasource>"), "{document}");
    assert_little_memory();
}
