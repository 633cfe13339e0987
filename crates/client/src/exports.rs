//! Views as pictures, papers and tables.

use std::path::Path;

use tavola_api::{Endpoint, File, NoBody, views, workbooks};
use tavola_model::{ViewId, WorkbookId};

use crate::{ContentRoom, DownloadOptions, Downloaded, Error, Views, Workbooks, content::at};

/// What a view is exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ViewFormat {
    /// A picture of pixels: “Query View Image”.
    Png,
    /// A picture of lines, of servers since API 3.29.
    Svg,
    /// A page: “Query View PDF”.
    Pdf,
    /// What it shows, a line for each mark: “Query View Data”.
    Csv,
    /// What it shows, in rows and columns as it has them: “Download View Crosstab Excel”.
    Xlsx,
}

/// What a workbook is exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkbookFormat {
    /// A page for each view: “Download Workbook PDF”.
    Pdf,
    /// A slide for each view: “Download Workbook PowerPoint”.
    PowerPoint,
}

/// How an export is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportOptions {
    query: Vec<(String, String)>,
}

impl ExportOptions {
    /// Shows only these values of a field, by the name people see; or sets a parameter. A field that the view does not use
    /// changes nothing.
    pub fn filter<V: AsRef<str>>(mut self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(|value| value.as_ref().replace('\\', "\\\\").replace(',', "\\,"));
        let values = values.collect::<Vec<_>>().join(",");
        self.query.push((format!("vf_{field}"), values));
        self
    }

    /// The size of the view, in pixels.
    pub fn size(self, width: u32, height: u32) -> Self {
        self.with("vizWidth", width.to_string()).with("vizHeight", height.to_string())
    }

    /// Two pixels of a picture for each pixel of the view.
    pub fn high_resolution(self) -> Self {
        self.with("resolution", "high".to_owned())
    }

    /// The paper of a PDF, such as `A4` or `Letter`; `Unspecified` is as large as the view.
    pub fn paper(self, paper: &str) -> Self {
        self.with("type", paper.to_owned())
    }

    /// Whether the paper of a PDF lies on its long side.
    pub fn landscape(self, landscape: bool) -> Self {
        self.with("orientation", if landscape { "Landscape" } else { "Portrait" }.to_owned())
    }

    /// How old an answer of the server may be, in minutes.
    pub fn max_age(self, minutes: u32) -> Self {
        self.with("maxAge", minutes.to_string())
    }

    fn with(mut self, name: &str, value: String) -> Self {
        self.query.push((name.to_owned(), value));
        self
    }

    fn added_to(&self, download: &DownloadOptions) -> DownloadOptions {
        let mut download = download.clone();
        download.query.extend(self.query.iter().cloned());
        download
    }
}

impl ContentRoom<'_, Views> {
    /// Exports a view into a file, or into a folder that is there: then under the name that the server says.
    pub async fn export(
        &self,
        id: ViewId,
        format: ViewFormat,
        options: &ExportOptions,
        to: &Path,
        download: &DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let endpoint: &Endpoint<NoBody, File> = match format {
            ViewFormat::Png | ViewFormat::Svg => &views::IMAGE,
            ViewFormat::Pdf => &views::PDF,
            ViewFormat::Csv => &views::DATA,
            ViewFormat::Xlsx => &views::CROSSTAB,
        };
        let mut download = options.added_to(download);
        if format == ViewFormat::Svg {
            download.query.push(("format".to_owned(), "SVG".to_owned()));
        }
        self.client().download(endpoint, &at(&id), to, &download).await
    }
}

impl ContentRoom<'_, Workbooks> {
    /// Exports a workbook into a file, or into a folder that is there: then under the name that the server says.
    pub async fn export(
        &self,
        id: WorkbookId,
        format: WorkbookFormat,
        options: &ExportOptions,
        to: &Path,
        download: &DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let endpoint: &Endpoint<NoBody, File> = match format {
            WorkbookFormat::Pdf => &workbooks::PDF,
            WorkbookFormat::PowerPoint => &workbooks::POWERPOINT,
        };
        self.client().download(endpoint, &at(&id), to, &options.added_to(download)).await
    }
}
