//! Dashboards and stories.

use std::{
    collections::{BTreeSet, HashMap},
    io::Read,
};

use tavola_query::{Answer, Context, Note};
use tavola_render::{
    Picture,
    dashboard::{self, Sources},
    sheet,
};
use tavola_workbook::{Dashboard, Story};

use crate::{Error, Opened, data};

/// The most bytes of a picture on a dashboard.
const MOST_BYTES: u64 = 16 << 20;

/// The answers of worksheets by name, and why some have none.
type Answers = (HashMap<String, Answer>, Vec<Note>);

impl Opened {
    /// The picture of a dashboard.
    pub(crate) async fn dashboard(
        &self,
        dashboard: &Dashboard,
        size: Option<(u32, u32)>,
        context: &Context,
    ) -> Result<Picture, Error> {
        let answers = self.answers(dashboard.sheets.iter(), context).await?;
        let dashboard = dashboard.clone();
        self.board(answers, context, move |sources| dashboard::draw(sources, &dashboard, size)).await
    }

    /// The picture of a story at its first point.
    pub(crate) async fn story(
        &self,
        story: &Story,
        size: Option<(u32, u32)>,
        context: &Context,
    ) -> Result<Picture, Error> {
        let shown = story.points.first().and_then(|point| point.sheet.as_ref());
        let board = self.workbook().dashboards.iter().find(|dashboard| Some(&dashboard.name) == shown);
        let sheets = board.map_or_else(|| shown.into_iter().collect(), |board| board.sheets.iter().collect::<Vec<_>>());
        let answers = self.answers(sheets.into_iter(), context).await?;
        let story = story.clone();
        self.board(answers, context, move |sources| dashboard::draw_story(sources, &story, 0, size)).await
    }

    /// What worksheets show. One whose question cannot be asked does not keep the others from being drawn.
    async fn answers(&self, names: impl Iterator<Item = &String>, context: &Context) -> Result<Answers, Error> {
        let (mut answers, mut notes) = (HashMap::new(), Vec::new());
        let names: BTreeSet<&String> = names.collect();
        for sheet in self.workbook().worksheets.iter().filter(|sheet| names.contains(&sheet.name)) {
            match self.answer(sheet, context).await {
                Ok(answer) => {
                    answers.insert(sheet.name.clone(), answer);
                }
                Err(problem @ (Error::Question(_) | Error::NoData { .. } | Error::Picture(_))) => {
                    notes.push(Note { text: format!("the worksheet `{}`: {problem}", sheet.name) });
                }
                Err(problem) => return Err(problem),
            }
        }
        Ok((answers, notes))
    }

    async fn board(
        &self,
        (answers, notes): Answers,
        context: &Context,
        draw: impl FnOnce(&Sources<'_>) -> Result<Picture, sheet::Error> + Send + 'static,
    ) -> Result<Picture, Error> {
        let (workbook, file, parameters) = (self.shared_workbook(), self.shared_file(), context.parameters.clone());
        let drawn = tokio::task::spawn_blocking(move || {
            let image = |name: &str| {
                let mut file = data::lock(&file);
                let entry = file.read(name).ok()?;
                let mut bytes = Vec::new();
                entry.take(MOST_BYTES + 1).read_to_end(&mut bytes).ok()?;
                Some(bytes).filter(|bytes| bytes.len() as u64 <= MOST_BYTES)
            };
            draw(&Sources {
                workbook: &workbook,
                answers: &answers,
                image: &image,
                parameters: &parameters,
                notes: true,
            })
        });
        let mut picture =
            drawn.await.map_err(std::io::Error::other)?.map_err(|problem| Error::Picture(problem.to_string()))?;
        picture.notes.splice(0..0, notes);
        Ok(picture)
    }
}
