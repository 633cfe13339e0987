//! The directory of a zip, checked before anything is unpacked.
//!
//! The crate `zip` unpacks. It reads a directory of any size into memory, joins entries of one name, and takes the
//! directory's word for where things are; so the directory is walked here first, with bounds, and compared with what
//! stands before each entry. What comes out is sound enough to hand over.

use std::{
    collections::HashSet,
    io::{BufReader, ErrorKind, Read, Seek, SeekFrom},
    ops::Range,
};

use crate::{
    error::{Error, Shown},
    limits::Limits,
};

/// One entry as the directory and the entry itself agree on it.
#[derive(Clone)]
pub(crate) struct Listed {
    /// The name. Bytes that are not UTF-8, as old writers left them in whatever their system used, are replaced.
    pub name: String,
    pub size: u64,
    pub packed_size: u64,
    /// Where the entry's own header is.
    pub header: u64,
    /// Where its packed bytes begin.
    pub data: u64,
    /// Where its record in the directory is.
    pub record: Range<u64>,
    flags: u16,
    pub method: u16,
}

impl Listed {
    pub fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }
}

pub(crate) const RECORD: [u8; 4] = *b"PK\x01\x02";
pub(crate) const ENTRY: [u8; 4] = *b"PK\x03\x04";
pub(crate) const END: [u8; 4] = *b"PK\x05\x06";
pub(crate) const END64: [u8; 4] = *b"PK\x06\x06";
pub(crate) const LOCATOR64: [u8; 4] = *b"PK\x06\x07";

const END_LENGTH: usize = 22;
const LOCATOR64_LENGTH: u64 = 20;
const END64_LENGTH: usize = 56;
pub(crate) const RECORD_LENGTH: usize = 46;
pub(crate) const ENTRY_LENGTH: usize = 30;

/// Entries below this size are not asked for their ratio: a short file of spaces is no bomb.
const RATIO_FROM: u64 = 1 << 20;
/// A directory record with the longest names we bother to read.
const LONGEST_NAME: usize = 1024;

/// Where the directory is, and how much of it there is.
struct End {
    entries: u64,
    start: u64,
    length: u64,
}

/// Walks the directory. The entries come in its order, and with them where the directory begins.
pub(crate) fn list<R: Read + Seek>(reader: &mut R, limits: &Limits) -> Result<(Vec<Listed>, u64), Error> {
    let end = find_end(reader)?;
    if end.entries > limits.entries {
        return Err(Error::TooLarge { what: "the number of entries in the package", limit: limits.entries });
    }
    reader.seek(SeekFrom::Start(end.start))?;
    let mut directory = BufReader::new(reader.by_ref().take(end.length));
    let mut list = Vec::new();
    let mut names = HashSet::new();
    let (mut total, mut place) = (0u64, end.start);
    for _ in 0..end.entries {
        let listed = read_record(&mut directory, place)?;
        place = listed.record.end;
        check_name(&listed.name)?;
        // Systems that do not tell case apart would take these for one.
        if !names.insert(listed.name.to_lowercase()) {
            return Err(Error::Hostile(format!("the package holds {} twice", Shown(&listed.name))));
        }
        check_size(&listed, limits)?;
        total = total.saturating_add(listed.size);
        if total > limits.total {
            return Err(Error::TooLarge { what: "what the package unpacks to", limit: limits.total });
        }
        list.push(listed);
    }
    if directory.read(&mut [0])? != 0 {
        return Err(lying());
    }
    drop(directory);
    check_entries(reader, &mut list, end.start)?;
    Ok((list, end.start))
}

fn find_end<R: Read + Seek>(reader: &mut R) -> Result<End, Error> {
    let length = reader.seek(SeekFrom::End(0))?;
    let tail_length = length.min((END_LENGTH + usize::from(u16::MAX)) as u64);
    let tail_start = length - tail_length;
    reader.seek(SeekFrom::Start(tail_start))?;
    let mut tail = Vec::new();
    reader.by_ref().take(tail_length).read_to_end(&mut tail)?;
    let place = (0..=tail.len().saturating_sub(END_LENGTH)).rev().find(|place| {
        let end = &tail[*place..];
        end.len() >= END_LENGTH && end.starts_with(&END) && usize::from(u16_at(end, 20)) == end.len() - END_LENGTH
    });
    let Some(place) = place else {
        return Err(Error::Malformed("the package's directory is missing; it may have been cut off".into()));
    };
    let end = &tail[place..];
    let place = tail_start + place as u64;
    let (disk, start_disk) = (u16_at(end, 4), u16_at(end, 6));
    let (on_disk, entries) = (u16_at(end, 8), u16_at(end, 10));
    let (size, start) = (u32_at(end, 12), u32_at(end, 16));
    let mut found = End { entries: entries.into(), start: start.into(), length: size.into() };
    let mut boundary = place;
    let mut split = disk != 0 || start_disk != 0 || on_disk != entries;
    // A longer end record stands before the short one where something did not fit into that; some writers write both
    // from 2 GiB on, when all still fits.
    let locator_place = place.checked_sub(LOCATOR64_LENGTH);
    let locator = locator_place.map(|place| read_at::<_, { LOCATOR64_LENGTH as usize }>(reader, place)).transpose()?;
    if let (Some(locator_place), Some(locator)) = (locator_place, locator.filter(|found| found.starts_with(&LOCATOR64)))
    {
        boundary = u64_at(&locator, 8);
        if boundary.checked_add(END64_LENGTH as u64).is_none_or(|after| after > locator_place) {
            return Err(lying());
        }
        let end: [u8; END64_LENGTH] = read_at(reader, boundary)?;
        let long = End { entries: u64_at(&end, 32), length: u64_at(&end, 40), start: u64_at(&end, 48) };
        let agrees = |short: u64, none: u64, long: u64| short == none || short == long;
        if !end.starts_with(&END64)
            || !agrees(found.entries, u16::MAX.into(), long.entries)
            || !agrees(found.length, u32::MAX.into(), long.length)
            || !agrees(found.start, u32::MAX.into(), long.start)
        {
            return Err(lying());
        }
        split = u32_at(&end, 16) != 0 || u32_at(&end, 20) != 0 || u64_at(&end, 24) != long.entries;
        found = long;
    }
    if split {
        return Err(Error::Unsupported("the package is split over several files".into()));
    }
    // The directory ends where its end record begins. A gap would be room for a second one.
    if found.start.checked_add(found.length) != Some(boundary) {
        return Err(lying());
    }
    // The shortest record has no name. This keeps a false count from costing anything.
    if found.entries.checked_mul(RECORD_LENGTH as u64).is_none_or(|least| least > found.length) {
        return Err(lying());
    }
    Ok(found)
}

fn read_record(directory: &mut impl Read, place: u64) -> Result<Listed, Error> {
    let mut record = [0; RECORD_LENGTH];
    directory.read_exact(&mut record).map_err(cut_off)?;
    if !record.starts_with(&RECORD) {
        return Err(lying());
    }
    let name = read_vec(directory, u16_at(&record, 28))?;
    let extra = read_vec(directory, u16_at(&record, 30))?;
    let comment = read_vec(directory, u16_at(&record, 32))?;
    let length = RECORD_LENGTH + name.len() + extra.len() + comment.len();
    let mut listed = Listed {
        name: String::from_utf8_lossy(&name).into_owned(),
        size: u32_at(&record, 24).into(),
        packed_size: u32_at(&record, 20).into(),
        header: u32_at(&record, 42).into(),
        data: 0,
        record: place..place + length as u64,
        flags: u16_at(&record, 8),
        method: u16_at(&record, 10),
    };
    read_zip64(&extra, &mut listed)?;
    let shown = Shown(&listed.name);
    // Bits 0, 6 and 13: encrypted, strongly, and with the directory hidden.
    if listed.flags & 0b0010_0000_0100_0001 != 0 {
        return Err(Error::Unsupported(format!("the entry {shown} is encrypted")));
    }
    if !matches!(listed.method, 0 | 8) {
        return Err(Error::Unsupported(format!("the entry {shown} is packed by another method than deflate")));
    }
    if listed.method == 0 && listed.size != listed.packed_size {
        return Err(lying());
    }
    // Unix and its descendants keep the kind of a file in the upper half.
    let (system, mode) = (record[5], u32_at(&record, 38) >> 16);
    if matches!(system, 3 | 19) && !matches!(mode & 0o170_000, 0 | 0o100_000 | 0o040_000) {
        return Err(Error::Hostile(format!("the entry {shown} is a link or a device")));
    }
    Ok(listed)
}

/// Sizes and places over 4 GiB stand in an extra field, in this order, and only those that did not fit.
fn read_zip64(mut extra: &[u8], listed: &mut Listed) -> Result<(), Error> {
    let large = |value: u64| value == u64::from(u32::MAX);
    while extra.len() >= 4 {
        let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let Some(field) = extra.get(4..4 + length) else { return Err(lying()) };
        extra = &extra[4 + length..];
        if id != 1 {
            continue;
        }
        let mut numbers = field.chunks_exact(8).map(|number| u64_at(number, 0));
        for value in [&mut listed.size, &mut listed.packed_size, &mut listed.header] {
            if large(*value) {
                *value = numbers.next().ok_or_else(lying)?;
            }
        }
        return Ok(());
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), Error> {
    let drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
    let path = name.strip_suffix('/').unwrap_or(name);
    let what = if path.is_empty() || name.len() > LONGEST_NAME {
        "has no name, or one that is too long"
    } else if name.starts_with('/') || drive {
        "names a place outside the package"
    } else if name.contains('\\') {
        "has a backslash in its name"
    } else if name.chars().any(char::is_control) {
        "has a control character in its name"
    } else if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        "has a name that climbs out of its folder"
    } else {
        return Ok(());
    };
    Err(Error::Hostile(format!("the entry {} {what}", Shown(name))))
}

fn check_size(listed: &Listed, limits: &Limits) -> Result<(), Error> {
    if listed.size > limits.entry {
        return Err(Error::TooLarge { what: "an entry of the package", limit: limits.entry });
    }
    if listed.size > RATIO_FROM && listed.size / limits.ratio.max(1) > listed.packed_size {
        return Err(Error::Hostile(format!(
            "the entry {} unpacks to more than {} times its size",
            Shown(&listed.name),
            limits.ratio
        )));
    }
    Ok(())
}

/// Compares each entry's own header with the directory, sees that no two share bytes, and notes where their data is.
fn check_entries<R: Read + Seek>(reader: &mut R, list: &mut [Listed], end: u64) -> Result<(), Error> {
    let mut ranges = Vec::with_capacity(list.len());
    for listed in list {
        if listed.header.checked_add(ENTRY_LENGTH as u64).is_none_or(|after| after > end) {
            return Err(lying());
        }
        let header: [u8; ENTRY_LENGTH] = read_at(reader, listed.header)?;
        let (name_length, extra_length) = (u16_at(&header, 26), u16_at(&header, 28));
        if !header.starts_with(&ENTRY) {
            return Err(lying());
        }
        let name = read_vec(reader, name_length)?;
        let (flags, method) = (u16_at(&header, 6), u16_at(&header, 8));
        // Where a writer did not know the sizes beforehand (bit 3) they are zero here and follow the data; where they
        // are over 4 GiB they stand elsewhere.
        let agrees =
            |here: u32, there: u64| u64::from(here) == there || here == u32::MAX || (here == 0 && flags & 0b1000 != 0);
        if String::from_utf8_lossy(&name) != listed.name
            || method != listed.method
            || (flags ^ listed.flags) & 0b1 != 0
            || !agrees(u32_at(&header, 18), listed.packed_size)
            || !agrees(u32_at(&header, 22), listed.size)
        {
            return Err(lying());
        }
        listed.data = listed.header + (ENTRY_LENGTH as u64) + u64::from(name_length) + u64::from(extra_length);
        let after = listed.data.checked_add(listed.packed_size).filter(|after| *after <= end).ok_or_else(lying)?;
        ranges.push((listed.header, after));
    }
    ranges.sort_unstable();
    if ranges.windows(2).any(|pair| pair[1].0 < pair[0].1) {
        return Err(Error::Hostile("entries of the package share the same bytes".into()));
    }
    Ok(())
}

fn read_at<R: Read + Seek, const LENGTH: usize>(reader: &mut R, place: u64) -> Result<[u8; LENGTH], Error> {
    let mut bytes = [0; LENGTH];
    reader.seek(SeekFrom::Start(place))?;
    reader.read_exact(&mut bytes).map_err(cut_off)?;
    Ok(bytes)
}

/// The bytes of a place.
pub(crate) fn read_bytes<R: Read + Seek>(reader: &mut R, place: Range<u64>) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; usize::try_from(place.end - place.start).map_err(|_| lying())?];
    reader.seek(SeekFrom::Start(place.start))?;
    reader.read_exact(&mut bytes).map_err(cut_off)?;
    Ok(bytes)
}

fn read_vec(reader: &mut impl Read, length: u16) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; length.into()];
    reader.read_exact(&mut bytes).map_err(cut_off)?;
    Ok(bytes)
}

fn cut_off(error: std::io::Error) -> Error {
    if error.kind() == ErrorKind::UnexpectedEof { lying() } else { error.into() }
}

fn lying() -> Error {
    Error::Hostile("the package's directory does not agree with what is in it".into())
}

pub(crate) fn u16_at(bytes: &[u8], place: usize) -> u16 {
    u16::from_le_bytes([bytes[place], bytes[place + 1]])
}

pub(crate) fn u32_at(bytes: &[u8], place: usize) -> u32 {
    u32::from(u16_at(bytes, place)) | u32::from(u16_at(bytes, place + 2)) << 16
}

fn u64_at(bytes: &[u8], place: usize) -> u64 {
    u64::from(u32_at(bytes, place)) | u64::from(u32_at(bytes, place + 4)) << 32
}
