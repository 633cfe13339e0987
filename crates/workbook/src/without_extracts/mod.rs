//! A file as it is when its extracts are left out: the live connections are used instead.
//!
//! Of the document the elements about extracts are cut, and every other byte stays. Of a package the files of these extracts
//! are left out, and the others keep their bytes, packed as they are; the document is put at the end, not packed, so that
//! the length of everything is known before the first byte is given. Where nothing but the document is left, the file is the
//! document, as it would have been published without an extract.

mod cuts;
mod layout;

use std::{
    collections::{HashMap, VecDeque},
    io::{self, Cursor, Read, Seek, SeekFrom, Take},
    ops::Range,
    sync::Arc,
};

use flate2::{Crc, read::DeflateDecoder};

use self::{
    cuts::{Cuts, Uncut},
    layout::NewDocument,
};
use crate::{
    directory::{self, Listed},
    error::Error,
    limits::Limits,
    package::{Document, Entry, Kind, disagreement, find_document},
    seen::{FIRST_BYTES, Start, start_of},
};

/// A file without its extracts, to be read once from beginning to end. It costs no more memory than the directory of its
/// package.
///
/// It is made of the same bytes whenever it is made of the same file.
pub struct WithoutExtracts<R> {
    kind: Kind,
    length: u64,
    pieces: VecDeque<Piece>,
    document: Place,
    cuts: Arc<[Range<u64>]>,
    at: At<R>,
}

/// A part of the file.
enum Piece {
    /// Bytes of the old file, as they are.
    Old(Range<u64>),
    /// Bytes of the new file's own.
    New(Vec<u8>),
    /// The document without its cuts.
    Document,
}

/// What is read at the moment.
enum At<R> {
    Between(R),
    Old(Take<R>),
    New(R, Cursor<Vec<u8>>),
    Document(Box<Uncut<Unpacked<R>>>),
    /// Reading failed, and nothing more comes.
    Broken,
}

/// Where the document lies in the old file.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u64,
    length: u64,
    packed: Option<u64>,
}

impl<R> std::fmt::Debug for WithoutExtracts<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WithoutExtracts")
            .field("kind", &self.kind)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Reads what a workbook, a data source or a package of either is without its extracts; none where it has none, or is
/// another file: then it is without them as it is.
///
/// The reader is read from its beginning, wherever it stands; the document is read twice before the first byte is given.
pub fn without_extracts<R: Read + Seek>(mut reader: R, limits: Limits) -> Result<Option<WithoutExtracts<R>>, Error> {
    reader.seek(SeekFrom::Start(0))?;
    let mut first = Vec::new();
    reader.by_ref().take(FIRST_BYTES as u64).read_to_end(&mut first)?;
    match start_of(&first) {
        Start::Xml => of_document(reader, limits),
        Start::Zip => of_package(reader, limits),
        Start::Extract(_) | Start::Utf16 | Start::Other(_) => Ok(None),
    }
}

fn of_document<R: Read + Seek>(mut reader: R, limits: Limits) -> Result<Option<WithoutExtracts<R>>, Error> {
    let place = Place { start: 0, length: reader.seek(SeekFrom::End(0))?, packed: None };
    let mut source = Unpacked::open(reader, place)?;
    let found = cuts::find(&mut source, limits, |_| None)?;
    Ok((!found.ranges.is_empty()).then(|| bare(source.into_inner(), place, found)))
}

fn of_package<R: Read + Seek>(mut reader: R, limits: Limits) -> Result<Option<WithoutExtracts<R>>, Error> {
    let (listed, directory) = directory::list(&mut reader, &limits)?;
    let entries = Entry::of_files(listed.clone());
    let Document::Xml(name) = find_document(&entries)? else { return Ok(None) };
    let number = entries.iter().find(|entry| entry.name == name).ok_or_else(disagreement)?.place;
    let Listed { data, size, packed_size, method, .. } = &listed[number];
    let place = Place { start: *data, length: *size, packed: (*method != 0).then_some(*packed_size) };
    let numbers: HashMap<String, usize> =
        entries.iter().map(|entry| (entry.name.to_lowercase(), entry.place)).collect();
    let mut source = Unpacked::open(reader, place)?;
    let found = cuts::find(&mut source, limits, |name| {
        numbers.get(&name.replace('\\', "/").to_lowercase()).copied().filter(|file| *file != number)
    })?;
    let reader = source.into_inner();
    if found.ranges.is_empty() {
        return Ok(None);
    }
    let kept: Vec<usize> = (0..listed.len()).filter(|file| *file != number && !found.files.contains(file)).collect();
    if kept.iter().all(|file| listed[*file].is_folder()) {
        return Ok(Some(bare(reader, place, found)));
    }
    let kind = if found.is_workbook { Kind::PackagedWorkbook } else { Kind::PackagedDataSource };
    let cuts: Arc<[Range<u64>]> = found.ranges.into();
    let (mut reader, document) = measure(reader, place, Arc::clone(&cuts), &listed[number])?;
    let (pieces, length) = layout::package(&mut reader, &listed, directory, &kept, &document)?;
    Ok(Some(WithoutExtracts { kind, length, pieces, document: place, cuts, at: At::Between(reader) }))
}

/// The document alone.
fn bare<R>(reader: R, document: Place, found: Cuts) -> WithoutExtracts<R> {
    WithoutExtracts {
        kind: if found.is_workbook { Kind::Workbook } else { Kind::DataSource },
        length: document.length - found.ranges.iter().map(|cut| cut.end - cut.start).sum::<u64>(),
        pieces: VecDeque::from([Piece::Document]),
        document,
        cuts: found.ranges.into(),
        at: At::Between(reader),
    }
}

/// Reads the document without its cuts, for its length and checksum.
fn measure<R: Read + Seek>(
    reader: R,
    place: Place,
    cuts: Arc<[Range<u64>]>,
    listed: &Listed,
) -> Result<(R, NewDocument<'_>), Error> {
    let mut uncut = Uncut::new(Unpacked::open(reader, place)?, cuts);
    let mut checksum = Crc::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut length = 0;
    loop {
        let read = uncut.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        checksum.update(&buffer[..read]);
        length += read as u64;
    }
    let length =
        u32::try_from(length).map_err(|_| Error::TooLarge { what: "the document", limit: u64::from(u32::MAX) })?;
    Ok((uncut.into_inner().into_inner(), NewDocument { listed, length, checksum: checksum.sum() }))
}

impl<R> WithoutExtracts<R> {
    /// What kind of file it is now.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl<R: Read + Seek> Read for WithoutExtracts<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            let length = match &mut self.at {
                At::Between(_) => 0,
                At::Old(piece) => match piece.read(into)? {
                    0 if piece.limit() > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    length => length,
                },
                At::New(_, bytes) => bytes.read(into)?,
                At::Document(document) => document.read(into)?,
                At::Broken => return Err(io::Error::other("reading failed before")),
            };
            if length > 0 {
                return Ok(length);
            }
            let mut reader = match std::mem::replace(&mut self.at, At::Broken) {
                At::Between(reader) | At::New(reader, _) => reader,
                At::Old(piece) => piece.into_inner(),
                At::Document(document) => document.into_inner().into_inner(),
                At::Broken => return Err(io::Error::other("reading failed before")),
            };
            self.at = match self.pieces.pop_front() {
                None => {
                    self.at = At::Between(reader);
                    return Ok(0);
                }
                Some(Piece::Old(range)) => {
                    reader.seek(SeekFrom::Start(range.start))?;
                    At::Old(reader.take(range.end - range.start))
                }
                Some(Piece::New(bytes)) => At::New(reader, Cursor::new(bytes)),
                Some(Piece::Document) => {
                    let unpacked = Unpacked::open(reader, self.document)?;
                    At::Document(Box::new(Uncut::new(unpacked, Arc::clone(&self.cuts))))
                }
            };
        }
    }
}

/// The whole document, unpacked as it is read: as many bytes as were announced, or an error.
struct Unpacked<R> {
    source: Packing<R>,
    left: u64,
}

enum Packing<R> {
    Stored(Take<R>),
    Deflated(DeflateDecoder<Take<R>>),
}

impl<R: Read + Seek> Unpacked<R> {
    fn open(mut reader: R, place: Place) -> io::Result<Self> {
        reader.seek(SeekFrom::Start(place.start))?;
        let source = match place.packed {
            None => Packing::Stored(reader.take(place.length)),
            Some(packed) => Packing::Deflated(DeflateDecoder::new(reader.take(packed))),
        };
        Ok(Self { source, left: place.length })
    }
}

impl<R: Read> Unpacked<R> {
    fn into_inner(self) -> R {
        match self.source {
            Packing::Stored(source) => source.into_inner(),
            Packing::Deflated(source) => source.into_inner().into_inner(),
        }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(into.len()).min(into.len());
        let length = match &mut self.source {
            Packing::Stored(source) => source.read(&mut into[..most])?,
            Packing::Deflated(source) => source.read(&mut into[..most])?,
        };
        if length == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= length as u64;
        Ok(length)
    }
}
