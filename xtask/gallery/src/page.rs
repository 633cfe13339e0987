//! The page a person looks at, and the same as pictures of a few sheets each.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use tavola_render::{
    Picture,
    color::Color,
    output,
    svg::{Anchor, Paint, Svg},
    text::{self, Font},
};

/// How many sheets are on one picture.
const ON_A_PICTURE: usize = 12;
/// Width and height of what is drawn of a sheet on a picture.
const CELL: (f64, f64) = (440.0, 330.0);
/// The size of Tableau's pictures.
const THUMBNAIL: f64 = 192.0;

/// A sheet.
pub(crate) struct Entry {
    workbook: String,
    sheet: String,
    /// Tableau's own picture, where there is one.
    thumbnail: Option<PathBuf>,
    pub(crate) outcome: Outcome,
}

/// What came of a sheet.
pub(crate) enum Outcome {
    Drawn { png: Vec<u8>, notes: Vec<String> },
    Failed(String),
}

impl Entry {
    pub(crate) fn new(corpus: &Path, workbook: &str, sheet: &str, is_dashboard: bool, outcome: Outcome) -> Self {
        let folder = corpus.join("thumbs").join(workbook);
        let folder = if is_dashboard { folder.join("_dashboards") } else { folder };
        let thumbnail = folder.join(format!("{}.png", sheet.replace(['/', '\\'], "_")));
        let thumbnail = thumbnail.is_file().then_some(thumbnail);
        Self { workbook: workbook.to_owned(), sheet: sheet.to_owned(), thumbnail, outcome }
    }

    fn title(&self) -> String {
        format!("{} / {}", self.workbook, self.sheet)
    }

    fn remarks(&self) -> String {
        match &self.outcome {
            Outcome::Drawn { notes, .. } => notes.join("; "),
            Outcome::Failed(problem) => format!("not drawn: {problem}"),
        }
    }
}

/// Writes `index.html` and its pictures.
pub(crate) fn write(out: &Path, entries: &[Entry]) -> io::Result<()> {
    let mut html = "<!doctype html><meta charset=utf-8><title>Gallery</title><style>body{font:14px sans-serif}\
        section{display:flex;gap:16px;align-items:start;border-top:1px solid #ccc;padding:12px}\
        img{border:1px solid #ddd}h2{font-size:14px;width:220px}</style>\n"
        .to_owned();
    for (place, entry) in entries.iter().enumerate() {
        let _ = write!(html, "<section><h2>{}<p>{}</h2>", escaped(&entry.title()), escaped(&entry.remarks()));
        if let Some(thumbnail) = &entry.thumbnail {
            fs::copy(thumbnail, out.join(format!("{place}-tableau.png")))?;
            let _ = write!(html, "<img src={place}-tableau.png>");
        }
        if let Outcome::Drawn { png, .. } = &entry.outcome {
            fs::write(out.join(format!("{place}.png")), png)?;
            let _ = write!(html, "<img src={place}.png>");
        }
        html.push_str("</section>\n");
    }
    fs::write(out.join("index.html"), html)?;
    for (place, some) in entries.chunks(ON_A_PICTURE).enumerate() {
        let png = output::png(&side_by_side(some)?, 1.0).map_err(io::Error::other)?;
        fs::write(out.join(format!("page-{place:02}.png")), png)?;
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Tableau's pictures and ours, two sheets in a row.
fn side_by_side(entries: &[Entry]) -> io::Result<Picture> {
    let (width, height) = (THUMBNAIL + CELL.0 + 24.0, CELL.1 + 40.0);
    let rows = entries.len().div_ceil(2) as f64;
    let mut svg = Svg::new(width * 2.0, height * rows);
    svg.rect(0.0, 0.0, width * 2.0, height * rows, &Paint::fill(Color::WHITE));
    let font = Font::new(12.0);
    let black = Color::parse("#000000").unwrap_or(Color::WHITE);
    for (place, entry) in entries.iter().enumerate() {
        let (x, y) = ((place % 2) as f64 * width + 8.0, (place / 2) as f64 * height);
        let title = text::ellipsis(&entry.title(), &font, width - 16.0);
        svg.text(x, y + 14.0, &title, &font, black, Anchor::Start);
        let remarks = text::ellipsis(&entry.remarks(), &font, width - 16.0);
        svg.text(x, y + 28.0, &remarks, &font, black, Anchor::Start);
        if let Some(thumbnail) = &entry.thumbnail {
            svg.image((x, y + 34.0, THUMBNAIL, THUMBNAIL), "image/png", &fs::read(thumbnail)?, true);
        }
        if let Outcome::Drawn { png, .. } = &entry.outcome {
            svg.image((x + THUMBNAIL + 8.0, y + 34.0, CELL.0, CELL.1), "image/png", png, true);
        }
    }
    Ok(Picture { svg: svg.finish(), width: (width * 2.0) as u32, height: (height * rows) as u32, notes: Vec::new() })
}
