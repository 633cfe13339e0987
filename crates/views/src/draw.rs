//! Views as pictures and tables.

use std::{collections::HashMap, io::Read as _, sync::Mutex};

use tavola_query::{Context, Note, Table};
use tavola_render::{
    Picture,
    dashboard::{self, Sources},
    output::Grid,
    sheet::{self, Fit, Options},
};
use tavola_workbook::{Dashboard, Story, Worksheet};

use crate::{Error, Opened, opened::File};

/// No picture of a dashboard is larger, in bytes.
const LARGEST_IMAGE: u64 = 32 << 20;

/// What worksheets lie on, by its name.
enum Board<'a> {
    Dashboard(&'a str),
    Story(&'a str),
}

/// A sheet of any kind.
enum Sheet<'a> {
    Worksheet(&'a Worksheet),
    Dashboard(&'a Dashboard),
    Story(&'a Story),
}

impl Opened {
    /// The picture of a sheet of any kind, by its name. `size` is in pixels; without one it is as large as its author made it, or
    /// needs to be.
    pub async fn picture(&self, name: &str, size: Option<(u32, u32)>, context: &Context) -> Result<Picture, Error> {
        match self.sheet(name)? {
            Sheet::Worksheet(sheet) => self.worksheet(sheet, size, context).await,
            Sheet::Dashboard(dashboard) => self.board(&dashboard.sheets, context, size, Board::Dashboard(name)).await,
            Sheet::Story(story) => {
                let first = story.points.first().and_then(|point| point.sheet.as_deref());
                let sheets = match first.map(|name| self.sheet(name)).transpose()? {
                    Some(Sheet::Worksheet(sheet)) => vec![sheet.name.clone()],
                    Some(Sheet::Dashboard(dashboard)) => dashboard.sheets.clone(),
                    Some(Sheet::Story(_)) | None => Vec::new(),
                };
                self.board(&sheets, context, size, Board::Story(name)).await
            }
        }
    }

    /// What a sheet shows, a row for each mark. Of a dashboard, what its first worksheet by name shows.
    pub async fn summary(&self, name: &str, context: &Context) -> Result<Table, Error> {
        Ok(self.answer(self.first_worksheet(name)?, context).await?.summary())
    }

    /// What a sheet shows, in rows and columns as it has them. Of a dashboard, what its first worksheet by name shows.
    pub async fn crosstab(&self, name: &str, context: &Context) -> Result<Grid, Error> {
        let sheet = self.first_worksheet(name)?;
        Ok(Grid::crosstab(sheet, &self.answer(sheet, context).await?))
    }

    async fn worksheet(
        &self,
        sheet: &Worksheet,
        size: Option<(u32, u32)>,
        context: &Context,
    ) -> Result<Picture, Error> {
        let answer = self.answer(sheet, context).await?;
        let options = Options {
            fit: Fit::of(self.workbook(), &sheet.name),
            title: true,
            legends: true,
            notes: true,
            parameters: context.parameters.clone(),
            ..Options::default()
        };
        let (workbook, sheet) = (self.shared_workbook(), sheet.name.clone());
        let drawn = tokio::task::spawn_blocking(move || {
            let sheet = workbook.worksheets.iter().find(|other| other.name == sheet).expect("it was just there");
            sheet::draw(&workbook, sheet, &answer, size, &options)
        });
        drawn.await.map_err(std::io::Error::other)?.map_err(|problem| Error::Picture(problem.to_string()))
    }

    /// What worksheets lie on. One that asks what cannot be asked yet is left out, and the picture says so; anything else fails.
    async fn board(
        &self,
        sheets: &[String],
        context: &Context,
        size: Option<(u32, u32)>,
        board: Board<'_>,
    ) -> Result<Picture, Error> {
        let workbook = self.shared_workbook();
        let mut answers = HashMap::new();
        let mut left_out = Vec::new();
        for sheet in workbook.worksheets.iter().filter(|sheet| sheets.contains(&sheet.name)) {
            match self.answer(sheet, context).await {
                Ok(answer) => {
                    answers.insert(sheet.name.clone(), answer);
                }
                Err(problem @ (Error::Question(_) | Error::NoData { .. })) => {
                    left_out.push(Note { text: format!("`{}`: {problem}", sheet.name) });
                }
                Err(problem) => return Err(problem),
            }
        }
        let (file, parameters) = (self.file(), context.parameters.clone());
        let (is_story, name) = match board {
            Board::Dashboard(name) => (false, name.to_owned()),
            Board::Story(name) => (true, name.to_owned()),
        };
        let drawn = tokio::task::spawn_blocking(move || {
            let image = |path: &str| image(&file, path);
            let sources =
                Sources { workbook: &workbook, answers: &answers, image: &image, parameters: &parameters, notes: true };
            if is_story {
                let story = workbook.stories.iter().find(|story| story.name == name).expect("it was just there");
                dashboard::draw_story(&sources, story, 0, size)
            } else {
                let dashboard = workbook.dashboards.iter().find(|other| other.name == name).expect("it was just there");
                dashboard::draw(&sources, dashboard, size)
            }
        });
        let mut picture =
            drawn.await.map_err(std::io::Error::other)?.map_err(|problem| Error::Picture(problem.to_string()))?;
        picture.notes.extend(left_out);
        Ok(picture)
    }

    fn sheet(&self, name: &str) -> Result<Sheet<'_>, Error> {
        let workbook = self.workbook();
        let worksheet = workbook.worksheets.iter().find(|sheet| sheet.name == name).map(Sheet::Worksheet);
        let dashboard = || workbook.dashboards.iter().find(|sheet| sheet.name == name).map(Sheet::Dashboard);
        let story = || workbook.stories.iter().find(|sheet| sheet.name == name).map(Sheet::Story);
        worksheet.or_else(dashboard).or_else(story).ok_or_else(|| Error::NoSheet(name.to_owned()))
    }

    /// The worksheet whose data are a sheet's data.
    fn first_worksheet(&self, name: &str) -> Result<&Worksheet, Error> {
        let first = match self.sheet(name)? {
            Sheet::Worksheet(sheet) => return Ok(sheet),
            Sheet::Dashboard(dashboard) => dashboard.sheets.iter().min(),
            Sheet::Story(story) => story.points.first().and_then(|point| point.sheet.as_ref()),
        };
        match self.sheet(first.ok_or_else(|| Error::NoSheet(name.to_owned()))?)? {
            Sheet::Worksheet(sheet) => Ok(sheet),
            Sheet::Dashboard(_) | Sheet::Story(_) => Err(Error::NoSheet(name.to_owned())),
        }
    }
}

/// The bytes of a picture in the package.
fn image(file: &Mutex<File>, path: &str) -> Option<Vec<u8>> {
    let mut file = file.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut bytes = Vec::new();
    file.read(path).ok()?.take(LARGEST_IMAGE).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
