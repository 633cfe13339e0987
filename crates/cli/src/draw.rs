//! `tavola draw`: views of a workbook's file as pictures, papers and tables, without a server.

use std::{
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde_json::json;
use tavola_query::{Context, User};
use tavola_render::output::{self, Grid, Page, PageType};
use tavola_server::engine::{Config, Engine};
use tavola_views::Opened;
use tavola_workbook::Limits;

use crate::{Failure, engine::Place, output::Output};

/// No answer has more rows.
const MOST_ROWS: usize = 1_000_000;

/// The arguments of `draw`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tavola draw Sales.twbx -o overview.png\n  \
    tavola draw Sales.twbx --view Table --format csv --filter Region=East,West\n  \
    tavola draw Sales.twbx --all -o pictures")]
pub struct DrawArguments {
    /// The workbook: a .twbx with its data in it
    file: PathBuf,
    /// The view to draw, by its name [default: the first one]
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
    /// Draw all views, into the folder that --output names
    #[arg(long, conflicts_with = "view", requires = "output")]
    all: bool,
    /// What to make [default: by the ending of --output, else png]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The file to write [default: the view's name]; with --all, a folder
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Take the place of a file that is there
    #[arg(long)]
    force: bool,
    /// The width of a picture, in pixels
    #[arg(long, value_name = "PIXELS", requires = "height")]
    width: Option<u32>,
    /// The height of a picture, in pixels
    #[arg(long, value_name = "PIXELS", requires = "width")]
    height: Option<u32>,
    /// Show only these values of a field, by the name people see; or set a parameter
    #[arg(long, value_name = "FIELD=VALUE,...")]
    filter: Vec<String>,
    #[command(flatten)]
    place: Place,
    /// A program `hyperd` of one's own
    #[arg(long, value_name = "PATH", env = "TAVOLA_ENGINE", hide_env_values = true)]
    engine: Option<PathBuf>,
}

/// What a view is drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A picture of pixels
    Png,
    /// A picture of lines
    Svg,
    /// A page
    Pdf,
    /// What it shows, a line for each mark
    Csv,
    /// What it shows, in rows and columns as it has them
    Xlsx,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn of_path(path: &Path) -> Option<Self> {
        Self::from_str(path.extension()?.to_str()?, true).ok()
    }
}

/// Draws.
pub fn draw(arguments: DrawArguments, output: &mut Output) -> Result<(), Failure> {
    let program = arguments.place.program(arguments.engine.clone())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::file("cannot start", &error))?;
    let place = tempfile::tempdir().map_err(|cause| Failure::file("cannot make a folder for the data", &cause))?;
    runtime.block_on(async {
        let engine = Engine::new(Config::new(Some(program), place.path()));
        let drawn = draw_with(&engine, &arguments, output).await;
        engine.stop().await;
        drawn
    })
}

async fn draw_with(engine: &Engine, arguments: &DrawArguments, output: &mut Output) -> Result<(), Failure> {
    let shown = arguments.file.display();
    let file = File::open(&arguments.file).map_err(|cause| Failure::file(format!("cannot read `{shown}`"), &cause))?;
    let opened = Opened::read(engine.clone(), Box::new(BufReader::new(file)), Limits::default())
        .map_err(|problem| Failure::failed(format!("cannot read `{shown}`")).because(problem.to_string()))?;
    let context = Context {
        now: arguments.place.now()?,
        user: User { name: String::new(), full_name: String::new(), domain: "local".to_owned(), groups: Vec::new() },
        filters: arguments.filter.iter().map(|text| filter(text)).collect::<Result<_, _>>()?,
        row_limit: MOST_ROWS,
        ..Context::default()
    };
    let views: Vec<String> = {
        let views = opened.workbook().views().into_iter();
        views.filter(|view| arguments.view.is_some() || !view.hidden).map(|view| view.name.to_owned()).collect()
    };
    let format = arguments.format.or_else(|| arguments.output.as_deref().and_then(Format::of_path));
    let format = format.unwrap_or(Format::Png);
    if arguments.all {
        let folder = arguments.output.as_deref().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)
            .map_err(|cause| Failure::file(format!("cannot make `{}`", folder.display()), &cause))?;
        let mut failed = 0;
        for view in &views {
            let path = folder.join(file_name(view, format));
            if let Err(problem) = one(&opened, view, format, &path, &context, arguments, output).await {
                output.report(&problem);
                failed += 1;
            }
        }
        return match failed {
            0 => Ok(()),
            _ => Err(Failure::failed(format!("{failed} of {} views were not drawn", views.len()))),
        };
    }
    let view = match &arguments.view {
        Some(name) => views.iter().find(|view| *view == name).ok_or_else(|| {
            Failure::refused(format!("there is no view `{name}` in `{shown}`"))
                .hint(format!("its views are {}", views.join(", ")))
        })?,
        None => views.first().ok_or_else(|| Failure::refused(format!("there is no view in `{shown}`")))?,
    };
    let path = arguments.output.clone().unwrap_or_else(|| PathBuf::from(file_name(view, format)));
    one(&opened, view, format, &path, &context, arguments, output).await
}

/// Draws one view into a file, which is there whole or not at all.
async fn one(
    opened: &Opened,
    view: &str,
    format: Format,
    path: &Path,
    context: &Context,
    arguments: &DrawArguments,
    output: &mut Output,
) -> Result<(), Failure> {
    let cannot = |problem: String| Failure::failed(format!("cannot draw the view `{view}`")).because(problem);
    if path.exists() && !arguments.force {
        return Err(Failure::refused(format!("`{}` is there", path.display())).hint("--force takes its place"));
    }
    let size = arguments.width.zip(arguments.height);
    let mut notes = Vec::new();
    let bytes = match format {
        Format::Png | Format::Svg | Format::Pdf => {
            let picture = opened.picture(view, size, context).await.map_err(|problem| cannot(problem.to_string()))?;
            notes.extend(picture.notes.iter().map(|note| note.text.clone()));
            match format {
                Format::Png => output::png(&picture, 1.0),
                Format::Pdf => {
                    let page = Page { kind: PageType::Unspecified, ..Page::default() };
                    output::pdf(view, &[picture], page)
                }
                _ => Ok(picture.svg.into_bytes()),
            }
        }
        Format::Csv => {
            let table = opened.summary(view, context).await.map_err(|problem| cannot(problem.to_string()))?;
            Ok(output::csv(&Grid::of_table(&table)).into_bytes())
        }
        Format::Xlsx => {
            let grid = opened.crosstab(view, context).await.map_err(|problem| cannot(problem.to_string()))?;
            output::xlsx(view, &grid)
        }
    };
    let bytes = bytes.map_err(|problem| cannot(problem.to_string()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // As other programs make files; the umask takes from it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let written = builder.tempfile_in(folder).and_then(|mut file| {
        std::io::Write::write_all(&mut file, &bytes)?;
        file.persist(path).map_err(|problem| problem.error)
    });
    written.map_err(|cause| Failure::file(format!("cannot write `{}`", path.display()), &cause))?;
    for note in &notes {
        output.say(&format!("`{view}` is not drawn as its author sees it: {note}"));
    }
    let data = json!({ "view": view, "path": path.display().to_string(), "bytes": bytes.len(), "notes": notes });
    output.done(&data, &format!("drew the view `{view}` into `{}`", path.display()))
}

fn file_name(view: &str, format: Format) -> String {
    let name = view.replace(|c: char| c.is_control() || "/\\:".contains(c), "_");
    format!("{}.{}", name.trim_start_matches('.'), format.ending())
}

/// `FIELD=VALUE,…`.
fn filter(text: &str) -> Result<(String, Vec<String>), Failure> {
    let (field, values) = text.split_once('=').ok_or_else(|| {
        Failure::failed(format!("the filter `{text}` says no value")).hint("a filter is --filter FIELD=VALUE")
    })?;
    Ok((field.to_owned(), values.split(',').map(str::to_owned).collect()))
}
