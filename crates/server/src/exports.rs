//! Exports: views as pictures, papers and tables.
//!
//! A workbook that was asked for stays open for a while with its data ready in the engine, by the id of its file's bytes: whoever
//! asks, the file is the same. Answers are not kept, since they depend on who asks; so they are never older than `maxAge` allows.

use std::{
    collections::HashMap,
    io::BufReader,
    sync::{Arc, Mutex},
    time::Duration,
};

use tavola_api::ErrorCode;
use tavola_engine::Engine;
use tavola_query as query;
use tavola_render::{
    Picture,
    output::{self, Grid, Orientation, PageType},
};
use tavola_store::{
    Store,
    content::{self, Hash},
    views::{Asker, ExportedWorkbook},
};
use tavola_views::Opened;
use tavola_workbook::Limits;
use tokio::{
    sync::{OnceCell, Semaphore},
    time::Instant,
};

use crate::{
    call::Context,
    download::{Download, Source},
    error::Error,
    query::Query,
};

/// How many workbooks stay open.
const MOST_OPEN: usize = 16;
/// How long one stays open when nobody asks.
const STAYS_OPEN: Duration = Duration::from_secs(5 * 60);
/// How many exports are made at once; others wait.
const MOST_AT_ONCE: usize = 4;
/// No export has more rows.
const MOST_ROWS: usize = 1_000_000;
/// No picture is wider or higher, in pixels.
const MOST_PIXELS: u32 = 8192;

/// What makes exports. Clones are the same.
#[derive(Clone)]
pub(crate) struct Exports {
    engine: Engine,
    open: Arc<Mutex<HashMap<Hash, Kept>>>,
    places: Arc<Semaphore>,
}

struct Kept {
    workbook: Arc<OnceCell<Arc<Opened>>>,
    used: Instant,
}

/// What was asked for in the query of a call.
pub(crate) struct Options {
    /// In pixels.
    size: Option<(u32, u32)>,
    /// Pixels of the picture for each.
    scale: f32,
    svg: bool,
    page: output::Page,
    filters: Vec<(String, Vec<String>)>,
}

impl Options {
    pub(crate) fn of(query: &Query) -> Result<Self, Error> {
        let invalid = |problem: String| Error::new(ErrorCode::INVALID_PARAMETER, problem);
        let pixels = |name: &str| match query.get(name) {
            None => Ok(None),
            Some(text) => match text.parse() {
                Ok(pixels @ 1..=MOST_PIXELS) => Ok(Some(pixels)),
                _ => Err(invalid(format!("`{name}` is `{text}`, and not a number of pixels from 1 to {MOST_PIXELS}"))),
            },
        };
        let size = match (pixels("vizWidth")?, pixels("vizHeight")?) {
            (Some(width), Some(height)) => Some((width, height)),
            (None, None) => None,
            _ => return Err(invalid("`vizWidth` and `vizHeight` come together or not at all".to_owned())),
        };
        let scale = match query.get("resolution") {
            None => 1.0,
            Some(word) if word.eq_ignore_ascii_case("standard") => 1.0,
            Some(word) if word.eq_ignore_ascii_case("high") => 2.0,
            Some(word) => return Err(invalid(format!("`resolution` is `{word}`, and not `high` or `standard`"))),
        };
        let svg = match query.get("format") {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("png") => false,
            Some(word) if word.eq_ignore_ascii_case("svg") => true,
            Some(word) => return Err(invalid(format!("`format` is `{word}`, and not `PNG` or `SVG`"))),
        };
        if let Some(text) = query.get("maxAge")
            && text.parse::<u64>().is_err()
        {
            return Err(invalid(format!("`maxAge` is `{text}`, and not a number of minutes")));
        }
        let kind = query.get("type").unwrap_or("Legal");
        let kind: PageType =
            kind.parse().map_err(|_| invalid(format!("`type` is `{kind}`, which is no size of paper")))?;
        let orientation = query.get("orientation").unwrap_or("Portrait");
        let orientation: Orientation = orientation
            .parse()
            .map_err(|_| invalid(format!("`orientation` is `{orientation}`, and not `Portrait` or `Landscape`")))?;
        Ok(Self { size, scale, svg, page: output::Page { kind, orientation }, filters: filters(query) })
    }
}

/// `vf_FIELD=a,b`: the values a field may have, or the one of a parameter. A comma in a value is written `\,`.
fn filters(query: &Query) -> Vec<(String, Vec<String>)> {
    let named = query.iter().filter_map(|(name, value)| {
        let field = name.get(..3).filter(|prefix| prefix.eq_ignore_ascii_case("vf_")).map(|_| &name[3..])?;
        Some((field.to_owned(), values(value)))
    });
    named.collect()
}

fn values(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(&next @ (',' | '\\'))) => {
                characters.next();
                values.last_mut().expect("there is one").push(next);
            }
            (',', _) => values.push(String::new()),
            (other, _) => values.last_mut().expect("there is one").push(other),
        }
    }
    values
}

impl Exports {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, open: Arc::default(), places: Arc::new(Semaphore::new(MOST_AT_ONCE)) }
    }

    /// A view as a picture.
    pub(crate) async fn image(
        &self,
        context: &Context,
        workbook: &ExportedWorkbook,
        sheet: &str,
    ) -> Result<Download, Error> {
        let options = Options::of(&context.query)?;
        let picture = self.picture(context, workbook, sheet, &options, ErrorCode::IMAGE_FAILED).await?;
        if options.svg {
            return Ok(file(sheet, "svg", "image/svg+xml", picture.svg.into_bytes()));
        }
        let png = drawn(move || output::png(&picture, options.scale), ErrorCode::IMAGE_FAILED).await?;
        Ok(file(sheet, "png", "image/png", png))
    }

    /// Views as a PDF, a page each.
    pub(crate) async fn pdf(
        &self,
        context: &Context,
        workbook: &ExportedWorkbook,
        sheets: &[String],
        name: &str,
    ) -> Result<Download, Error> {
        let options = Options::of(&context.query)?;
        let mut pages = Vec::new();
        for sheet in sheets {
            pages.push(self.picture(context, workbook, sheet, &options, ErrorCode::PDF_FAILED).await?);
        }
        let title = name.to_owned();
        let pdf = drawn(move || output::pdf(&title, &pages, options.page), ErrorCode::PDF_FAILED).await?;
        Ok(file(name, "pdf", "application/pdf", pdf))
    }

    /// Views as a presentation, a slide each.
    pub(crate) async fn powerpoint(&self, context: &Context, workbook: &ExportedWorkbook) -> Result<Download, Error> {
        let options = Options::of(&context.query)?;
        let mut slides = Vec::new();
        for sheet in &workbook.sheets {
            let picture = self.picture(context, workbook, sheet, &options, ErrorCode::EXPORT_FAILED).await?;
            slides.push((sheet.clone(), picture));
        }
        let title = workbook.name.clone();
        let pptx = drawn(move || output::pptx(&title, &slides), ErrorCode::EXPORT_FAILED).await?;
        let kind = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
        Ok(file(&workbook.name, "pptx", kind, pptx))
    }

    /// What a view shows, a line for each mark.
    pub(crate) async fn data(
        &self,
        context: &Context,
        workbook: &ExportedWorkbook,
        sheet: &str,
    ) -> Result<Download, Error> {
        let options = Options::of(&context.query)?;
        let asked = self.context(&context.store, &workbook.asker, &options);
        let opened = self.opened(&context.store, workbook, ErrorCode::DATA_FAILED).await?;
        let _place = self.places.acquire().await.map_err(Error::unexpected)?;
        let table = opened.summary(sheet, &asked).await.map_err(failed(ErrorCode::DATA_FAILED))?;
        let csv = drawn(move || Ok(output::csv(&Grid::of_table(&table))), ErrorCode::DATA_FAILED).await?;
        Ok(file(sheet, "csv", "text/csv; charset=utf-8", csv.into_bytes()))
    }

    /// What a view shows, in rows and columns as it has them.
    pub(crate) async fn crosstab(
        &self,
        context: &Context,
        workbook: &ExportedWorkbook,
        sheet: &str,
    ) -> Result<Download, Error> {
        let options = Options::of(&context.query)?;
        let asked = self.context(&context.store, &workbook.asker, &options);
        let opened = self.opened(&context.store, workbook, ErrorCode::CROSSTAB_FAILED).await?;
        let _place = self.places.acquire().await.map_err(Error::unexpected)?;
        let crosstab = opened.crosstab(sheet, &asked).await.map_err(failed(ErrorCode::CROSSTAB_FAILED))?;
        let name = sheet.to_owned();
        let xlsx = drawn(move || output::xlsx(&name, &crosstab), ErrorCode::CROSSTAB_FAILED).await?;
        Ok(file(sheet, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx))
    }

    async fn picture(
        &self,
        context: &Context,
        workbook: &ExportedWorkbook,
        sheet: &str,
        options: &Options,
        code: ErrorCode,
    ) -> Result<Picture, Error> {
        let asked = self.context(&context.store, &workbook.asker, options);
        let opened = self.opened(&context.store, workbook, code).await?;
        let _place = self.places.acquire().await.map_err(Error::unexpected)?;
        opened.picture(sheet, options.size, &asked).await.map_err(failed(code))
    }

    fn context(&self, store: &Store, asker: &Asker, options: &Options) -> query::Context {
        query::Context {
            user: query::User {
                name: asker.name.clone(),
                full_name: asker.full_name.clone(),
                domain: asker.domain.clone(),
                groups: asker.groups.iter().map(|(_, name)| name.clone()).collect(),
            },
            now: store.clock().now().as_millis() * 1000,
            filters: options.filters.clone(),
            row_limit: MOST_ROWS,
            ..query::Context::default()
        }
    }

    /// The workbook with its data, opened now or still open.
    async fn opened(&self, store: &Store, workbook: &ExportedWorkbook, code: ErrorCode) -> Result<Arc<Opened>, Error> {
        let cell = self.kept(workbook.file.hash());
        let opened = cell.get_or_try_init(|| async {
            let reader = content::random_read(store, &workbook.file).await?;
            let engine = self.engine.clone();
            let opened = tokio::task::spawn_blocking(move || {
                let reader = BufReader::with_capacity(64 * 1024, reader);
                Opened::read(engine, Box::new(reader), Limits::default())
            });
            let opened = opened.await.map_err(Error::unexpected)?.map_err(failed(code))?;
            Ok::<_, Error>(Arc::new(opened))
        });
        opened.await.cloned()
    }

    /// The place of a workbook among those that are open. Those that nobody has asked for a while are closed.
    fn kept(&self, hash: Hash) -> Arc<OnceCell<Arc<Opened>>> {
        let now = Instant::now();
        let mut open = self.open.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        open.retain(|other, kept| *other == hash || now - kept.used < STAYS_OPEN);
        if open.len() >= MOST_OPEN && !open.contains_key(&hash) {
            let oldest = open.iter().min_by_key(|(_, kept)| kept.used).map(|(hash, _)| *hash);
            oldest.and_then(|hash| open.remove(&hash));
        }
        let kept = open.entry(hash).or_insert_with(|| Kept { workbook: Arc::default(), used: now });
        kept.used = now;
        kept.workbook.clone()
    }
}

fn file(name: &str, extension: &str, content_type: &'static str, bytes: Vec<u8>) -> Download {
    Download { part: "export", file_name: format!("{name}.{extension}"), content_type, source: Source::Bytes(bytes) }
}

/// Does what takes a processor for a while where nobody waits for it.
async fn drawn<T: Send + 'static>(
    draw: impl FnOnce() -> Result<T, output::Error> + Send + 'static,
    code: ErrorCode,
) -> Result<T, Error> {
    let drawn = tokio::task::spawn_blocking(draw).await.map_err(Error::unexpected)?;
    drawn.map_err(|problem| Error::new(code, problem.to_string()))
}

/// The answer to an export that cannot be made.
fn failed(code: ErrorCode) -> impl Fn(tavola_views::Error) -> Error {
    use tavola_views::Error as Problem;
    move |problem| match problem {
        Problem::Engine(problem) => crate::hyper_data::of_engine(problem),
        Problem::Io(cause) | Problem::File(tavola_workbook::Error::Io(cause)) => Error::unavailable(cause),
        problem => Error::new(code, problem.to_string()),
    }
}
