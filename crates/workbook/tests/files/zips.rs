//! What the tests share: a zip writer that writes what it is told, true or not.

use std::io::{Cursor, Write};

use tavola_workbook::{Error, Limits, Package, open};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

pub const TWB: &str = "<workbook version='18.1'><worksheets><worksheet name='Sales'/></worksheets></workbook>";

pub fn read(bytes: impl Into<Vec<u8>>) -> Result<Package<Cursor<Vec<u8>>>, Error> {
    open(Cursor::new(bytes.into()), Limits::default())
}

pub fn read_with(bytes: impl Into<Vec<u8>>, limits: Limits) -> Result<Package<Cursor<Vec<u8>>>, Error> {
    open(Cursor::new(bytes.into()), limits)
}

/// A sound package.
pub fn package(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An entry of a package made by hand. What is `None` is told truly.
#[derive(Clone, Default)]
pub struct Entry {
    pub name: Vec<u8>,
    /// The bytes as they stand in the package.
    pub data: Vec<u8>,
    pub method: u16,
    pub flags: u16,
    pub crc: u32,
    pub size: Option<u32>,
    pub packed_size: Option<u32>,
    pub header: Option<u32>,
    /// The name in the entry's own header.
    pub inner_name: Option<Vec<u8>>,
    /// The size in the entry's own header.
    pub inner_size: Option<u32>,
    /// System and kind of file.
    pub made_by: u16,
    pub attributes: u32,
}

impl Entry {
    pub fn stored(name: &str, data: &[u8]) -> Self {
        Self { name: name.into(), data: data.into(), crc: crc32(data), ..Self::default() }
    }
}

/// How the directory of a package lies.
#[derive(Default)]
pub struct Lies {
    pub entries: Option<u16>,
    pub start: Option<u32>,
    pub length: Option<u32>,
    /// Bytes between the last entry and the directory.
    pub before_directory: Vec<u8>,
    /// Bytes between the directory and its end record.
    pub after_directory: Vec<u8>,
    pub disk: u16,
}

/// A package made by hand.
pub fn by_hand(entries: &[Entry], lies: &Lies) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let header = u32::try_from(out.len()).unwrap();
        let packed_size = entry.packed_size.unwrap_or(entry.data.len().try_into().unwrap());
        let size = entry.size.unwrap_or(packed_size);
        let inner_name = entry.inner_name.as_ref().unwrap_or(&entry.name);
        out.extend(b"PK\x03\x04");
        out.extend(20u16.to_le_bytes());
        out.extend(entry.flags.to_le_bytes());
        out.extend(entry.method.to_le_bytes());
        out.extend([0; 4]);
        out.extend(entry.crc.to_le_bytes());
        out.extend(packed_size.to_le_bytes());
        out.extend(entry.inner_size.unwrap_or(size).to_le_bytes());
        out.extend(u16::try_from(inner_name.len()).unwrap().to_le_bytes());
        out.extend([0; 2]);
        out.extend(inner_name);
        out.extend(&entry.data);
        directory.extend(b"PK\x01\x02");
        directory.extend((entry.made_by | 20).to_le_bytes());
        directory.extend(20u16.to_le_bytes());
        directory.extend(entry.flags.to_le_bytes());
        directory.extend(entry.method.to_le_bytes());
        directory.extend([0; 4]);
        directory.extend(entry.crc.to_le_bytes());
        directory.extend(packed_size.to_le_bytes());
        directory.extend(size.to_le_bytes());
        directory.extend(u16::try_from(entry.name.len()).unwrap().to_le_bytes());
        directory.extend([0; 8]);
        directory.extend(entry.attributes.to_le_bytes());
        directory.extend(entry.header.unwrap_or(header).to_le_bytes());
        directory.extend(&entry.name);
    }
    out.extend(&lies.before_directory);
    let start = u32::try_from(out.len()).unwrap();
    let length = u32::try_from(directory.len()).unwrap();
    out.extend(directory);
    out.extend(&lies.after_directory);
    let count = lies.entries.unwrap_or(entries.len().try_into().unwrap());
    out.extend(b"PK\x05\x06");
    out.extend(lies.disk.to_le_bytes());
    out.extend(lies.disk.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(lies.length.unwrap_or(length).to_le_bytes());
    out.extend(lies.start.unwrap_or(start).to_le_bytes());
    out.extend([0; 2]);
    out
}

/// The checksum of zip.
pub fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}
