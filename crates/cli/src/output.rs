//! What the user sees: data on standard output, words on standard error, each readable without colour.

use std::{
    cell::{Cell, RefCell},
    env,
    io::{self, BufWriter, IsTerminal, Stderr, Stdout, Write},
};

use serde::Serialize;
use serde_json::{Map, Value};
use tavola_client::Exchange;
use unicode_width::UnicodeWidthStr;

use crate::Failure;

/// Where a command writes to.
pub struct Output {
    stdout: RefCell<BufWriter<Stdout>>,
    stderr: Stderr,
    json: bool,
    quiet: bool,
    verbose: bool,
    warned: Cell<bool>,
    colour: bool,
    colour_words: bool,
}

impl Output {
    /// The standard streams of this process.
    pub fn new(json: bool, quiet: bool, verbose: bool) -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let wanted = colour_is_wanted();
        Self {
            colour: wanted && stdout.is_terminal(),
            colour_words: wanted && stderr.is_terminal(),
            stdout: RefCell::new(BufWriter::new(stdout)),
            stderr,
            json,
            quiet,
            verbose,
            warned: Cell::new(false),
        }
    }

    /// Whether data is written as JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether the user wants to know what is done meanwhile.
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Whether somebody sees how far something is: a line that is written over and over.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && !self.verbose && self.stderr.is_terminal()
    }

    /// Tells the user something that is not data. A closed standard error is nobody's loss.
    pub fn say(&self, words: &str) {
        if !self.quiet {
            let _ = writeln!(&self.stderr, "{}", printable(words));
        }
    }

    /// Tells the user who wants to know what is done meanwhile.
    pub fn say_more(&self, words: &str) {
        if self.verbose {
            self.say(words);
        }
    }

    /// Tells the user something that may not be missed.
    pub fn warn(&self, words: &str) {
        let words = printable(words);
        let _ = if self.colour_words {
            writeln!(&self.stderr, "\x1b[1;33mwarning:\x1b[0m {words}")
        } else {
            writeln!(&self.stderr, "warning: {words}")
        };
    }

    /// Warns of the same only once, however often it is the case.
    pub fn warn_once(&self, words: &str) {
        if !self.warned.replace(true) {
            self.warn(words);
        }
    }

    /// Prints why the command failed.
    pub fn report(&self, failure: &Failure) {
        if let Some(report) = failure.report() {
            let _ = report.write(&mut &self.stderr, self.colour_words);
        }
    }

    /// Writes one line of data as it is.
    pub fn line(&self, text: &str) -> Result<(), Failure> {
        written(writeln!(self.stdout.borrow_mut(), "{text}"))
    }

    /// Writes data that has its own form, such as a script.
    pub fn raw(&self, bytes: &[u8]) -> Result<(), Failure> {
        written(self.stdout.borrow_mut().write_all(bytes))
    }

    /// Writes data as JSON.
    pub fn json(&self, data: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer_pretty(&mut *self.stdout.borrow_mut(), data)
            .map_err(io::Error::from)
            .or_else(|error| written(Err(error)))?;
        self.line("")
    }

    /// Writes a list: an array of objects, or a table of these columns.
    pub fn list(&self, rows: &[Value], columns: &[String], nothing: &str) -> Result<(), Failure> {
        let mut list = Rows::new(columns.to_vec());
        rows.iter().try_for_each(|row| list.add(row, self))?;
        list.finish(self, nothing)
    }

    /// Tells that something was made or changed: the thing itself as JSON, or words.
    pub fn done(&self, thing: &impl Serialize, words: &str) -> Result<(), Failure> {
        if self.json {
            return self.json(&row(thing));
        }
        self.say(words);
        Ok(())
    }

    /// Writes one thing: an object, or a line for each of its fields that has a value.
    pub fn record(&self, record: &impl Serialize, fields: &[&str]) -> Result<(), Failure> {
        let record = row(record);
        if self.json {
            return self.json(&record);
        }
        let lines: Vec<(String, String)> = fields
            .iter()
            .filter_map(|field| {
                Some((title(field), cell(Some(member(&record, field).filter(|value| !value.is_null())?))))
            })
            .collect();
        let width = lines.iter().map(|(title, _)| title.width()).max().unwrap_or(0);
        lines.iter().try_for_each(|(title, value)| self.line(&format!("{title:width$}  {value}")))
    }

    /// Writes out what is still held back.
    pub fn finish(&self) -> Result<(), Failure> {
        written(self.stdout.borrow_mut().flush())
    }
}

/// A list that is written row by row: as JSON at once, as a table when its widths are known.
pub struct Rows {
    columns: Vec<String>,
    cells: Vec<Vec<String>>,
    text: Vec<u8>,
    len: usize,
}

impl Rows {
    /// One without rows. A table has these columns.
    pub fn new(columns: Vec<String>) -> Self {
        Self { columns, cells: Vec::new(), text: Vec::new(), len: 0 }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds a row.
    pub fn add(&mut self, row: &Value, output: &Output) -> Result<(), Failure> {
        self.len += 1;
        if !output.json {
            self.cells.push(self.columns.iter().map(|field| cell(member(row, field))).collect());
            return Ok(());
        }
        self.text.clear();
        serde_json::to_writer_pretty(&mut self.text, row)
            .map_err(io::Error::from)
            .or_else(|error| written(Err(error)))?;
        output.raw(if self.len == 1 { b"[" } else { b"," })?;
        // No line of JSON ends within a text.
        for line in self.text.split(|byte| *byte == b'\n') {
            output.raw(b"\n  ")?;
            output.raw(line)?;
        }
        Ok(())
    }

    /// Writes what is still to be written; the words if there are no rows.
    pub fn finish(self, output: &Output, nothing: &str) -> Result<(), Failure> {
        if output.json {
            return output.line(if self.len == 0 { "[]" } else { "\n]" });
        }
        let Self { columns, cells, .. } = self;
        if cells.is_empty() {
            output.say(nothing);
            return Ok(());
        }
        let titles: Vec<String> = columns.iter().map(|field| title(field).to_uppercase()).collect();
        let widths: Vec<usize> = (0..columns.len())
            .map(|at| cells.iter().map(|row| row[at].width()).chain([titles[at].width()]).max().unwrap_or(0))
            .collect();
        let header = aligned(&titles, &widths);
        output.line(&if output.colour { format!("\x1b[1m{header}\x1b[0m") } else { header })?;
        cells.iter().try_for_each(|row| output.line(&aligned(row, &widths)))
    }
}

/// Tells of a request that was sent, and what came of it.
pub fn tell_exchange(exchange: &Exchange<'_>) {
    let Exchange { verb, path, status, took, .. } = exchange;
    let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let _ = writeln!(io::stderr(), "{}", printable(&format!("{verb} {path}: {status} in {} ms", took.as_millis())));
}

/// A message as the JSON object that the wire has for it.
pub fn row(message: &impl Serialize) -> Value {
    serde_json::to_value(message).expect("a message of texts and numbers is JSON")
}

/// What stands under a field's name, dots leading into objects.
pub fn member<'a>(row: &'a Value, field: &str) -> Option<&'a Value> {
    field.split('.').try_fold(row, |value, name| value.get(name))
}

/// The same object with these fields only.
pub fn only(row: &Value, fields: &[String]) -> Value {
    let mut kept = Map::new();
    for field in fields {
        if let Some(value) = member(row, field) {
            kept.insert(field.clone(), value.clone());
        }
    }
    Value::Object(kept)
}

/// The text of a value in a table.
pub fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        // As the shell has it, so that a column is never blank: the default site's contentUrl is such a value.
        Some(Value::String(text)) if text.is_empty() => r#""""#.to_owned(),
        Some(Value::String(text)) => printable(text),
        Some(Value::Array(values)) => values.iter().map(|value| cell(Some(value))).collect::<Vec<_>>().join(", "),
        // One of a list's things is called by its name: a tag, a view; or else by its id.
        Some(Value::Object(thing)) if ["label", "name", "id"].iter().any(|key| thing.contains_key(*key)) => {
            cell(["label", "name", "id"].iter().find_map(|key| thing.get(*key)))
        }
        Some(value) => printable(&value.to_string()),
    }
}

/// Whether colour is wanted at all: <https://no-color.org>.
fn colour_is_wanted() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// A text without characters that a terminal would obey: names come from other people.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// `site role` for `siteRole`, `domain name` for `domain.name`.
fn title(field: &str) -> String {
    let mut title = String::with_capacity(field.len() + 4);
    for c in field.chars() {
        if c == '.' {
            title.push(' ');
        } else if c.is_ascii_uppercase() {
            title.push(' ');
            title.push(c.to_ascii_lowercase());
        } else {
            title.push(c);
        }
    }
    title
}

/// The cells of a row under each other's columns, without blanks at the end.
fn aligned(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
    }
    line.truncate(line.trim_end().len());
    line
}

/// Tells a reader who left from a real failure to write.
fn written(result: io::Result<()>) -> Result<(), Failure> {
    result.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::file("cannot write to standard output", &error),
    })
}
