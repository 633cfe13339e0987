//! The new package: where the old one's bytes go, and a directory that says so.

use std::{
    collections::{HashMap, VecDeque},
    io::{Read, Seek},
    ops::Range,
};

use super::Piece;
use crate::{
    directory::{END, END64, ENTRY, ENTRY_LENGTH, LOCATOR64, Listed, RECORD_LENGTH, read_bytes, u16_at, u32_at},
    error::Error,
    package::disagreement,
};

/// The document as it is put into the package: not packed.
pub(super) struct NewDocument<'l> {
    /// What the old directory says of it.
    pub listed: &'l Listed,
    pub length: u32,
    pub checksum: u32,
}

/// Numbers from here on stand in fields of 64 bits.
const LARGE: u64 = u32::MAX as u64;
/// The version of the format that unpacks an entry, and one with numbers of 64 bits.
const PLAIN: u16 = 20;
const WITH_64_BITS: u16 = 45;
/// That the name is UTF-8.
const UTF8: u16 = 1 << 11;

/// The pieces of the package, and their length: the entries that are kept, in the old file's order and each with what
/// follows it up to the next, then the document, then the directory.
///
/// No kept entry goes further back than it was, so its record needs no more room than it had.
pub(super) fn package(
    reader: &mut (impl Read + Seek),
    listed: &[Listed],
    directory: u64,
    kept: &[usize],
    document: &NewDocument<'_>,
) -> Result<(VecDeque<Piece>, u64), Error> {
    let mut headers: Vec<u64> = listed.iter().map(|entry| entry.header).collect();
    headers.sort_unstable();
    let end_of = |entry: &Listed| {
        let next = headers.partition_point(|header| *header <= entry.header);
        headers.get(next).copied().unwrap_or(directory)
    };
    let mut ranges: Vec<Range<u64>> =
        kept.iter().map(|number| listed[*number].header..end_of(&listed[*number])).collect();
    ranges.sort_unstable_by_key(|range| range.start);
    let (mut pieces, mut length) = (VecDeque::new(), 0);
    let mut headers = HashMap::new();
    for range in ranges {
        headers.insert(range.start, length);
        length += range.end - range.start;
        pieces.push_back(Piece::Old(range));
    }

    let header = length;
    let old = read_bytes(reader, document.listed.record.clone())?;
    let name = old.get(RECORD_LENGTH..RECORD_LENGTH + usize::from(u16_at(&old, 28))).ok_or_else(disagreement)?;
    let before = entry_header(&old, name, document);
    length += before.len() as u64 + u64::from(document.length);
    pieces.extend([Piece::New(before), Piece::Document]);

    let start = length;
    let mut records = Vec::new();
    let mut count = 0u64;
    for entry in listed {
        if entry.header == document.listed.header {
            records.extend(record(&old, name, document, header));
        } else if let Some(header) = headers.get(&entry.header) {
            let mut record = read_bytes(reader, entry.record.clone())?;
            move_record(&mut record, *header)?;
            records.extend(record);
        } else {
            continue;
        }
        count += 1;
    }
    end(&mut records, start, count);
    length += records.len() as u64;
    pieces.push_back(Piece::New(records));
    Ok((pieces, length))
}

/// What stands before the document. Name, time and attributes are the old ones.
fn entry_header(old: &[u8], name: &[u8], document: &NewDocument<'_>) -> Vec<u8> {
    let mut header = Vec::with_capacity(ENTRY_LENGTH + name.len());
    header.extend(ENTRY);
    header.extend(PLAIN.to_le_bytes());
    about(&mut header, old, document);
    put_16(&mut header, [name.len(), 0]);
    header.extend(name);
    header
}

/// What entry and record have alike: flags, method, time, checksum and both sizes.
fn about(into: &mut Vec<u8>, old: &[u8], document: &NewDocument<'_>) {
    into.extend((u16_at(old, 8) & UTF8).to_le_bytes());
    into.extend([0, 0]);
    into.extend(&old[12..16]);
    for number in [document.checksum, document.length, document.length] {
        into.extend(number.to_le_bytes());
    }
}

fn record(old: &[u8], name: &[u8], document: &NewDocument<'_>, header: u64) -> Vec<u8> {
    let mut extra = Vec::new();
    if header >= LARGE {
        put_16(&mut extra, [1, 8]);
        extra.extend(header.to_le_bytes());
    }
    let mut record = Vec::with_capacity(RECORD_LENGTH + name.len() + extra.len());
    record.extend(&old[0..6]);
    record.extend(if extra.is_empty() { PLAIN } else { WITH_64_BITS }.to_le_bytes());
    about(&mut record, old, document);
    put_16(&mut record, [name.len(), extra.len(), 0, 0]);
    record.extend(&old[36..42]);
    record.extend(small(header).to_le_bytes());
    record.extend(name);
    record.extend(extra);
    record
}

/// Says in a record where its entry is now.
fn move_record(record: &mut [u8], header: u64) -> Result<(), Error> {
    let is_large = |place: usize| u32_at(record, place) == u32::MAX;
    if !is_large(42) {
        record[42..46].copy_from_slice(&small(header).to_le_bytes());
        return Ok(());
    }
    // The extra field has, of both sizes and the place, those that are too large for the record.
    let number = [24, 20].into_iter().filter(|place| is_large(*place)).count();
    let mut at = RECORD_LENGTH + usize::from(u16_at(record, 28));
    let end = at + usize::from(u16_at(record, 30));
    while at + 4 <= end {
        let (id, length) = (u16_at(record, at), usize::from(u16_at(record, at + 2)));
        if id == 1 {
            let place = at + 4 + 8 * number;
            let place =
                record.get_mut(place..place + 8).filter(|_| 8 * number + 8 <= length).ok_or_else(disagreement)?;
            place.copy_from_slice(&header.to_le_bytes());
            return Ok(());
        }
        at += 4 + length;
    }
    Err(disagreement())
}

/// Puts behind the records of a directory where it begins, and how many they are.
fn end(records: &mut Vec<u8>, start: u64, count: u64) {
    let length = records.len() as u64;
    if start >= LARGE || length >= LARGE || count >= u64::from(u16::MAX) {
        let place = start + length;
        records.extend(END64);
        records.extend(44u64.to_le_bytes());
        records.extend([WITH_64_BITS.to_le_bytes(), WITH_64_BITS.to_le_bytes()].concat());
        records.extend([0; 8]);
        for number in [count, count, length, start] {
            records.extend(number.to_le_bytes());
        }
        records.extend(LOCATOR64);
        records.extend([0; 4]);
        records.extend(place.to_le_bytes());
        records.extend(1u32.to_le_bytes());
    }
    records.extend(END);
    records.extend([0; 4]);
    let count = u16::try_from(count).unwrap_or(u16::MAX);
    records.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    records.extend([small(length).to_le_bytes(), small(start).to_le_bytes()].concat());
    records.extend([0, 0]);
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn put_16<const COUNT: usize>(into: &mut Vec<u8>, numbers: [usize; COUNT]) {
    for number in numbers {
        into.extend(u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes());
    }
}
