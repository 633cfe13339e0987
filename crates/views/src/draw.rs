//! Views as pictures and tables.

use tavola_query::{Context, Table};
use tavola_render::{
    Picture,
    output::Grid,
    sheet::{self, Fit, Options},
};
use tavola_workbook::{Dashboard, Story, Worksheet};

use crate::{Error, Opened};

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
            Sheet::Dashboard(dashboard) => self.dashboard(dashboard, size, context).await,
            Sheet::Story(story) => self.story(story, size, context).await,
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
