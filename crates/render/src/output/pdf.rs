//! PDF: a page for each picture. Texts stay texts.

use std::{collections::HashMap, str::FromStr};

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, TextStr};
use svg2pdf::{ConversionOptions, to_chunk};

use super::{Error, read};
use crate::Picture;

/// The size of a page, by the words of the REST reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageType {
    /// 297 by 420 mm.
    A3,
    /// 210 by 297 mm.
    A4,
    /// 148 by 210 mm.
    A5,
    /// 250 by 353 mm.
    B4,
    /// 176 by 250 mm.
    B5,
    /// 7.25 by 10.5 inches.
    Executive,
    /// 8.5 by 13 inches.
    Folio,
    /// 17 by 11 inches: lying also where it stands.
    Ledger,
    /// 8.5 by 14 inches: what is meant where nothing is said.
    #[default]
    Legal,
    /// 8.5 by 11 inches.
    Letter,
    /// 8.5 by 11 inches.
    Note,
    /// 215 by 275 mm.
    Quarto,
    /// 11 by 17 inches.
    Tabloid,
    /// As large as the picture, which then stands or lies as it is.
    Unspecified,
}

/// Whether a page stands or lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Orientation {
    /// It stands.
    #[default]
    Portrait,
    /// It lies.
    Landscape,
}

/// How the pages of a document look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Page {
    /// Their size.
    pub kind: PageType,
    /// How they lie.
    pub orientation: Orientation,
}

/// The page types by the words of the REST reference.
const PAGE_TYPES: [(&str, PageType); 14] = [
    ("A3", PageType::A3),
    ("A4", PageType::A4),
    ("A5", PageType::A5),
    ("B4", PageType::B4),
    ("B5", PageType::B5),
    ("Executive", PageType::Executive),
    ("Folio", PageType::Folio),
    ("Ledger", PageType::Ledger),
    ("Legal", PageType::Legal),
    ("Letter", PageType::Letter),
    ("Note", PageType::Note),
    ("Quarto", PageType::Quarto),
    ("Tabloid", PageType::Tabloid),
    ("Unspecified", PageType::Unspecified),
];

impl FromStr for PageType {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = PAGE_TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        known.map(|(_, kind)| *kind).ok_or_else(|| format!("`{word}` is no page type"))
    }
}

impl FromStr for Orientation {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word.to_ascii_lowercase().as_str() {
            "portrait" => Ok(Self::Portrait),
            "landscape" => Ok(Self::Landscape),
            _ => Err(format!("`{word}` is no page orientation")),
        }
    }
}

impl PageType {
    /// Its width and height in points; none where it is as large as what is on it.
    fn size(self) -> Option<(f32, f32)> {
        let millimetres = |width: f32, height: f32| Some((width * 72.0 / 25.4, height * 72.0 / 25.4));
        let inches = |width: f32, height: f32| Some((width * 72.0, height * 72.0));
        match self {
            Self::A3 => millimetres(297.0, 420.0),
            Self::A4 => millimetres(210.0, 297.0),
            Self::A5 => millimetres(148.0, 210.0),
            Self::B4 => millimetres(250.0, 353.0),
            Self::B5 => millimetres(176.0, 250.0),
            Self::Executive => inches(7.25, 10.5),
            Self::Folio => inches(8.5, 13.0),
            Self::Ledger => inches(17.0, 11.0),
            Self::Legal => inches(8.5, 14.0),
            Self::Letter | Self::Note => inches(8.5, 11.0),
            Self::Quarto => millimetres(215.0, 275.0),
            Self::Tabloid => inches(11.0, 17.0),
            Self::Unspecified => None,
        }
    }
}

/// What is left free at the edges of a page, in points.
const MARGIN: f32 = 36.0;

/// A document of a page for each picture, which is made smaller where the page has not room for it, and never larger.
pub fn pdf(title: &str, pictures: &[Picture], page: Page) -> Result<Vec<u8>, Error> {
    let mut last = 0;
    let mut next = || {
        last += 1;
        Ref::new(last)
    };
    let mut pdf = Pdf::new();
    let (catalog, tree, info) = (next(), next(), next());
    let pages: Vec<Ref> = pictures.iter().map(|_| next()).collect();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).count(i32::try_from(pages.len()).unwrap_or(i32::MAX)).kids(pages.iter().copied());
    pdf.document_info(info).title(TextStr(title)).producer(TextStr("Tavola"));
    for (picture, id) in pictures.iter().zip(&pages) {
        let parsed = read(&picture.svg)?;
        let (chunk, object) =
            to_chunk(&parsed, ConversionOptions::default()).map_err(|error| Error::Unwritable(error.to_string()))?;
        let mut renamed = HashMap::new();
        pdf.extend(&chunk.renumber(|old| *renamed.entry(old).or_insert_with(&mut next)));
        let object = renamed.get(&object).copied().unwrap_or(object);
        let Placed { paper, scale, left, bottom } = placed(picture, page);
        let mut content = Content::new();
        let (width, height) = (picture.width as f32 * scale, picture.height as f32 * scale);
        content.transform([width, 0.0, 0.0, height, left, bottom]).x_object(Name(b"P"));
        let content_id = next();
        pdf.stream(content_id, &content.finish());
        let mut written = pdf.page(*id);
        written.parent(tree).media_box(Rect::new(0.0, 0.0, paper.0, paper.1)).contents(content_id);
        written.resources().x_objects().pair(Name(b"P"), object);
        written.finish();
    }
    Ok(pdf.finish())
}

/// Where a picture lies on its page, in points.
struct Placed {
    paper: (f32, f32),
    /// Points for a pixel.
    scale: f32,
    left: f32,
    bottom: f32,
}

fn placed(picture: &Picture, page: Page) -> Placed {
    /// A pixel is a 96th of an inch.
    const POINTS: f32 = 0.75;
    let (width, height) = (picture.width.max(1) as f32, picture.height.max(1) as f32);
    let Some((short, long)) = page.kind.size() else {
        return Placed { paper: (width * POINTS, height * POINTS), scale: POINTS, left: 0.0, bottom: 0.0 };
    };
    let paper = match page.orientation {
        Orientation::Portrait => (short, long),
        Orientation::Landscape => (long, short),
    };
    let room = (paper.0 - 2.0 * MARGIN, paper.1 - 2.0 * MARGIN);
    let scale = POINTS.min(room.0 / width).min(room.1 / height);
    let left = MARGIN + (room.0 - width * scale) / 2.0;
    Placed { paper, scale, left, bottom: paper.1 - MARGIN - height * scale }
}
