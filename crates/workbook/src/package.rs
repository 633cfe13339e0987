//! Opening a file: which kind it is, its document as values, and what else is in its package.

use std::{
    collections::HashMap,
    io::{self, Cursor, Read, Seek, SeekFrom, Write},
};

use zip::{
    CompressionMethod, DateTime, ZipArchive, ZipWriter, read::ZipFile, result::ZipError, write::SimpleFileOptions,
};

use crate::{
    data_source::DataSource,
    directory::{self, Listed},
    error::{Error, Shown},
    flow::Flow,
    limits::{Limits, Note},
    seen::{ExtractFormat, FIRST_BYTES, Seen, Start, start_of},
    workbook::Workbook,
    xml::{Xml, utf16},
};

/// The kinds of files that Tableau publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `.twb`
    Workbook,
    /// `.twbx`
    PackagedWorkbook,
    /// `.tds`
    DataSource,
    /// `.tdsx`
    PackagedDataSource,
    /// `.tfl`
    Flow,
    /// `.tflx`
    PackagedFlow,
    /// `.hyper`
    Extract,
}

impl Kind {
    /// The ending of such a file's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Workbook => "twb",
            Self::PackagedWorkbook => "twbx",
            Self::DataSource => "tds",
            Self::PackagedDataSource => "tdsx",
            Self::Flow => "tfl",
            Self::PackagedFlow => "tflx",
            Self::Extract => "hyper",
        }
    }
}

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A workbook.
    Workbook(Box<Workbook>),
    /// A data source.
    DataSource(Box<DataSource>),
    /// A flow. It is read by [`Package::flow`].
    Flow,
    /// An extract. Extracts are recognised, and not read: that is the engine's business.
    Extract,
}

/// A file in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path, with `/` between folders.
    pub name: String,
    /// Its size, unpacked.
    pub size: u64,
    /// Its size as it is.
    pub packed_size: u64,
    /// Which one of the archive it is; folders are counted there too.
    pub(crate) place: usize,
    header: u64,
}

impl Entry {
    /// The files of a directory; folders are left out.
    pub(crate) fn of_files(listed: Vec<Listed>) -> Vec<Self> {
        let files = listed.into_iter().enumerate().filter(|(_, listed)| !listed.is_folder());
        files
            .map(|(place, Listed { name, size, packed_size, header, .. })| Entry {
                name,
                size,
                packed_size,
                place,
                header,
            })
            .collect()
    }
}

/// A file that was opened.
pub struct Package<R> {
    kind: Kind,
    content: Content,
    notes: Vec<Note>,
    document: Option<String>,
    entries: Vec<Entry>,
    /// By name in lower case, because what a document calls a file need not be in the package's case.
    places: HashMap<String, usize>,
    source: Source<R>,
}

enum Source<R> {
    Plain(R),
    Zip(ZipArchive<R>),
}

impl<R> std::fmt::Debug for Package<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Package")
            .field("kind", &self.kind)
            .field("content", &self.content)
            .field("notes", &self.notes)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

/// Opens a file of any kind and reads its document.
///
/// The reader is read from its beginning, wherever it stands. It is read often and in small pieces around the edges of a
/// package, so an unbuffered file is fine and a slow network is not.
pub fn open<R: Read + Seek>(mut reader: R, limits: Limits) -> Result<Package<R>, Error> {
    reader.seek(SeekFrom::Start(0))?;
    let mut first = Vec::new();
    reader.by_ref().take(FIRST_BYTES as u64).read_to_end(&mut first)?;
    match start_of(&first) {
        Start::Xml => {
            reader.seek(SeekFrom::Start(0))?;
            let (content, notes) = read_document(&mut reader, limits)?;
            let kind = match content {
                Content::Workbook(_) => Kind::Workbook,
                _ => Kind::DataSource,
            };
            Ok(Package::plain(kind, content, notes, reader))
        }
        Start::Zip => open_zip(reader, limits),
        Start::Extract(ExtractFormat::Hyper) => Ok(Package::plain(Kind::Extract, Content::Extract, Vec::new(), reader)),
        Start::Extract(ExtractFormat::Tde) => Err(Error::Unsupported(
            "this is an extract of the format before Hyper (.tde); save it as .hyper with Tableau 10.5 or later".into(),
        )),
        Start::Utf16 => Err(utf16()),
        Start::Other(seen) => Err(Error::NotAFile(seen)),
    }
}

fn open_zip<R: Read + Seek>(mut reader: R, limits: Limits) -> Result<Package<R>, Error> {
    let (listed, _) = directory::list(&mut reader, &limits)?;
    let config = zip::read::Config { archive_offset: zip::read::ArchiveOffset::Known(0) };
    let archive = ZipArchive::with_config(config, reader).map_err(of_zip)?;
    if archive.len() != listed.len() {
        return Err(disagreement());
    }
    let entries = Entry::of_files(listed);
    let mut package = Package {
        kind: Kind::PackagedFlow,
        content: Content::Flow,
        notes: Vec::new(),
        document: None,
        places: entries.iter().enumerate().map(|(place, entry)| (entry.name.to_lowercase(), place)).collect(),
        entries,
        source: Source::Zip(archive),
    };
    match find_document(&package.entries)? {
        Document::Xml(name) => {
            let (content, notes) = read_document(&mut package.read(&name)?, limits)?;
            package.kind = match content {
                Content::Workbook(_) => Kind::PackagedWorkbook,
                _ => Kind::PackagedDataSource,
            };
            package.content = content;
            package.notes = notes;
            package.document = Some(name);
            package.look_at_extracts()?;
        }
        Document::Flow { name, alone } => {
            package.document = Some(name);
            if alone {
                package.kind = Kind::Flow;
            }
        }
    }
    Ok(package)
}

/// Files of about this size need the larger headers of zip64; some room is left for what is packed badly.
const LARGE_FILE: u64 = u32::MAX as u64 - (64 << 20);
/// A package of these files, by name. It is the same whenever the files are.
pub fn pack(files: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        // Without a time of its own, each gets the first that the format knows.
        writer.start_file(*name, SimpleFileOptions::default().last_modified_time(DateTime::default()))?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// More extracts than this are not looked at: each one costs a seek, and no author has as many.
const MOST_EXTRACTS: usize = 1000;

pub(crate) enum Document {
    Xml(String),
    Flow { name: String, alone: bool },
}

/// What a flow's file always holds; more than these is data that was packed with it.
const OF_EVERY_FLOW: &[&str] =
    &["flow", "displaysettings", "maestrometadata", "flowgraphimage.png", "flowgraphthumbnail.svg", "connections"];

pub(crate) fn find_document(entries: &[Entry]) -> Result<Document, Error> {
    for extension in [".twb", ".tds"] {
        let of_kind = |entry: &&Entry| {
            let name = &entry.name;
            name.len() >= 4 && name.as_bytes()[name.len() - 4..].eq_ignore_ascii_case(extension.as_bytes())
        };
        let mut found: Vec<&Entry> = entries.iter().filter(of_kind).collect();
        if found.iter().any(|entry| !entry.name.contains('/')) {
            found.retain(|entry| !entry.name.contains('/'));
        }
        match found.as_slice() {
            [] => {}
            [one] => return Ok(Document::Xml(one.name.clone())),
            _ => return Err(Error::Malformed(format!("the package holds more than one {extension} file"))),
        }
    }
    if entries.iter().any(|entry| entry.name == "flow") {
        let alone = entries.iter().all(|entry| OF_EVERY_FLOW.contains(&entry.name.to_lowercase().as_str()));
        return Ok(Document::Flow { name: "flow".into(), alone });
    }
    let office = entries.iter().any(|entry| entry.name == "[Content_Types].xml");
    Err(Error::NotAFile(if office { Seen::Office } else { Seen::Zip }))
}

fn read_document(source: &mut dyn Read, limits: Limits) -> Result<(Content, Vec<Note>), Error> {
    let (mut xml, root) = Xml::open(source, limits)?;
    let content = match root.name.as_str() {
        "workbook" => Content::Workbook(Box::new(Workbook::read(&mut xml, &root)?)),
        "datasource" => Content::DataSource(Box::new(DataSource::read(&mut xml, &root)?)),
        other => {
            let root = other.chars().take(64).collect();
            return Err(Error::NotAFile(Seen::Xml { root }));
        }
    };
    Ok((content, xml.close()?))
}

impl<R> Package<R> {
    fn plain(kind: Kind, content: Content, notes: Vec<Note>, reader: R) -> Self {
        Self {
            kind,
            content,
            notes,
            document: None,
            entries: Vec::new(),
            places: HashMap::new(),
            source: Source::Plain(reader),
        }
    }

    /// What kind of file it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it says.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// What it says, by value.
    pub fn into_content(self) -> Content {
        self.content
    }

    /// The workbook in it, if it is one.
    pub fn workbook(&self) -> Option<&Workbook> {
        match &self.content {
            Content::Workbook(workbook) => Some(workbook),
            _ => None,
        }
    }

    /// The data sources in it: those of a workbook, or the one it is.
    pub fn data_sources(&self) -> &[DataSource] {
        match &self.content {
            Content::Workbook(workbook) => &workbook.data_sources,
            Content::DataSource(source) => std::slice::from_ref(source),
            Content::Flow | Content::Extract => &[],
        }
    }

    /// What was understood only in part.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The name of the document in the package; none outside packages.
    pub fn document(&self) -> Option<&str> {
        self.document.as_deref()
    }

    /// The files in the package, in its order; none outside packages.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The file of a name as a document writes it: in any case, with either slash.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(self.place(name)?)
    }

    /// The reader that was given to [`open`].
    pub fn into_inner(self) -> R
    where
        R: Read + Seek,
    {
        match self.source {
            Source::Plain(reader) => reader,
            Source::Zip(archive) => archive.into_inner(),
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.places.get(&name.replace('\\', "/").to_lowercase()).copied()
    }
}

impl<R: Read + Seek> Package<R> {
    /// Reads a file of the package, unpacked as it is read. The name may be in any case, with either slash.
    pub fn read(&mut self, name: &str) -> Result<EntryReader<'_, R>, Error> {
        let place = self.place(name);
        let (Some(place), Source::Zip(archive)) = (place, &mut self.source) else {
            return Err(Error::Malformed(format!("there is no {} in the package", Shown(name))));
        };
        let entry = &self.entries[place];
        let file = archive.by_index(entry.place).map_err(of_zip)?;
        // The directory was checked by other code than the one that unpacks.
        let same = String::from_utf8_lossy(file.name_raw()) == entry.name
            && file.header_start() == entry.header
            && file.size() == entry.size
            && file.compressed_size() == entry.packed_size;
        if !same {
            return Err(disagreement());
        }
        Ok(EntryReader { file, name: entry.name.clone(), left: entry.size })
    }

    /// Writes the package anew with another content of one file. All other files are the same bytes, packed as they were.
    ///
    /// The name may be in any case, with either slash; `size` is about how many bytes `content` has.
    pub fn repack<W: Write + Seek>(
        &mut self,
        name: &str,
        content: &mut dyn Read,
        size: u64,
        to: W,
    ) -> Result<W, Error> {
        let place = self.place(name);
        let (Some(place), Source::Zip(archive)) = (place, &mut self.source) else {
            return Err(Error::Malformed(format!("there is no {} in the package", Shown(name))));
        };
        let replaced = self.entries[place].place;
        let mut writer = ZipWriter::new(to);
        for place in 0..archive.len() {
            let file = archive.by_index_raw(place).map_err(of_zip)?;
            if place != replaced {
                writer.raw_copy_file(file).map_err(of_zip)?;
                continue;
            }
            let mut options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .large_file(size >= LARGE_FILE);
            if let Some(modified) = file.last_modified() {
                options = options.last_modified_time(modified);
            }
            let name = file.name().to_owned();
            drop(file);
            writer.start_file(name, options).map_err(of_zip)?;
            io::copy(content, &mut writer)?;
        }
        writer.finish().map_err(of_zip)
    }

    /// What a flow says; none for other files.
    pub fn flow(&mut self) -> Result<Option<Flow>, Error> {
        match (&self.content, self.document.clone()) {
            (Content::Flow, Some(document)) => Flow::read(self.read(&document)?).map(Some),
            _ => Ok(None),
        }
    }

    /// The format of an extract in the package, by its first bytes; none for other files.
    pub fn extract_format(&mut self, name: &str) -> Result<Option<ExtractFormat>, Error> {
        let mut first = Vec::new();
        self.read(name)?.take(8).read_to_end(&mut first)?;
        Ok(ExtractFormat::of_first_bytes(&first))
    }

    /// Notes extracts that are not in the package, or not what they are called.
    fn look_at_extracts(&mut self) -> Result<(), Error> {
        let files: Vec<(String, String)> = self
            .data_sources()
            .iter()
            .filter_map(|source| {
                let extract = source.extract.as_ref().filter(|extract| extract.enabled)?;
                Some((source.shown_name().to_owned(), extract.file()?))
            })
            .take(MOST_EXTRACTS)
            .collect();
        for (source, file) in files {
            let what = match self.entry(&file) {
                None => format!("its extract {} is not in the package", Shown(&file)),
                Some(_) => match self.extract_format(&file)? {
                    Some(ExtractFormat::Hyper) => continue,
                    Some(ExtractFormat::Tde) => {
                        format!("its extract {} is of the format before Hyper (.tde)", Shown(&file))
                    }
                    None => format!("its extract {} is not one", Shown(&file)),
                },
            };
            self.notes.push(Note { place: format!("data source {}", Shown(&source)), what });
        }
        Ok(())
    }
}

/// A file of a package while it is unpacked: it gives as many bytes as were announced, or fails.
pub struct EntryReader<'a, R: Read> {
    file: ZipFile<'a, R>,
    name: String,
    left: u64,
}

impl<R: Read> EntryReader<'_, R> {
    fn fail<T>(&self, error: impl FnOnce(Shown<'_>) -> Error) -> io::Result<T> {
        Err(io::Error::other(error(Shown(&self.name))))
    }
}

impl<R: Read> Read for EntryReader<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        match self.file.read(into) {
            Ok(0) if self.left > 0 => {
                self.fail(|name| Error::Malformed(format!("the entry {name} is shorter than announced")))
            }
            Ok(length) => match self.left.checked_sub(length as u64) {
                Some(left) => {
                    self.left = left;
                    Ok(length)
                }
                None => self.fail(|name| Error::Hostile(format!("the entry {name} is longer than announced"))),
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
                ) =>
            {
                self.fail(|name| Error::Malformed(format!("the entry {name} cannot be unpacked")))
            }
            Err(error) => Err(error),
        }
    }
}

fn of_zip(error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => error.into(),
        _ => disagreement(),
    }
}

pub(crate) fn disagreement() -> Error {
    Error::Malformed("the package's directory can be read in more than one way".into())
}
