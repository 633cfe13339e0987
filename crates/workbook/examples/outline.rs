//! Prints what is in a file: `cargo run -p tavola-workbook --example outline -- Sales.twbx`.
#![expect(clippy::print_stdout, reason = "printing is what the example is for")]

use std::{error::Error, fs::File, io::BufReader};

use tavola_workbook::{Content, DataSource, Limits, Workbook, open};

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args_os().skip(1) {
        let package = open(BufReader::new(File::open(&path)?), Limits::default())?;
        println!("{}: {:?}", path.display(), package.kind());
        match package.content() {
            Content::Workbook(workbook) => print_workbook(workbook),
            Content::DataSource(source) => print_source(source),
            Content::Flow | Content::Extract => {}
        }
        for entry in package.entries() {
            println!("  file {} ({} bytes)", entry.name, entry.size);
        }
        for note in package.notes() {
            println!("  note: {note}");
        }
    }
    Ok(())
}

fn print_workbook(workbook: &Workbook) {
    println!("  version {} by {}", workbook.version, workbook.source_build.as_deref().unwrap_or("?"));
    let first = workbook.default_view().map(|view| view.name);
    for view in workbook.views() {
        let hidden = if view.hidden { ", hidden" } else { "" };
        let default = if Some(view.name) == first { ", shown first" } else { "" };
        println!("  {:?} {}{hidden}{default}", view.kind, view.name);
    }
    for parameter in &workbook.parameters {
        println!("  parameter {} = {}", parameter.shown_name(), parameter.value.as_deref().unwrap_or("?"));
    }
    for source in &workbook.data_sources {
        print_source(source);
    }
    println!("  {} thumbnails", workbook.thumbnails.len());
}

fn print_source(source: &DataSource) {
    println!("  data source {}", source.shown_name());
    for connection in &source.connections {
        let place = connection.file().or_else(|| connection.server.clone()).unwrap_or_default();
        println!("    connection {} {place}", connection.class);
    }
    if let Some(extract) = &source.extract {
        println!("    extract {}", extract.file().unwrap_or_default());
    }
    for field in &source.fields {
        let role = field.role.map(|role| format!("{role:?} ")).unwrap_or_default();
        let formula = field.formula().map(|formula| format!(" = {}", formula.replace(['\r', '\n'], " ")));
        let kind = field.data_type.as_ref().map(|kind| kind.as_str()).unwrap_or("?");
        println!("    {role}{} ({kind}){}", field.shown_name(), formula.unwrap_or_default());
    }
}
