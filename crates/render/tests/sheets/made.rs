//! Small sheets and their answers, made by hand.

use std::io::Cursor;

use tavola_query::{Answer, Column, Layer, Table, Type, Value};
use tavola_render::{
    Picture,
    sheet::{Options, draw},
};
use tavola_workbook::{Content, FieldRef, Limits, Workbook, open};

/// A field of the data source `d`.
pub fn field(instance: &str) -> FieldRef {
    FieldRef { data_source: "d".to_owned(), instance: instance.to_owned() }
}

/// A workbook with a sheet `Sheet`: what stands on its shelves, its panes and its style, as files write them. Fields are
/// written as `[Region]` instead of `[d].[Region]`.
pub fn workbook(rows: &str, columns: &str, panes: &str, style: &str) -> Workbook {
    workbook_with("", rows, columns, panes, style)
}

/// The same with what stands in its view, as files write it.
pub fn workbook_with(view: &str, rows: &str, columns: &str, panes: &str, style: &str) -> Workbook {
    let qualified = |text: &str| text.replace("[", "[d].[");
    let twb = format!(
        "<workbook version='18.1'><worksheets><worksheet name='Sheet'><table><view>{view}</view><style>{}</style><panes>{}</panes>\
         <rows>{}</rows><cols>{}</cols></table></worksheet></worksheets></workbook>",
        qualified(style),
        qualified(panes),
        qualified(rows),
        qualified(columns),
    );
    let package = open(Cursor::new(twb), Limits::default()).expect("the workbook is read");
    match package.content() {
        Content::Workbook(workbook) => (**workbook).clone(),
        other => panic!("not a workbook: {other:?}"),
    }
}

/// A discrete column of texts.
pub fn texts(name: &str, values: &[&str]) -> Column {
    column(name, Type::Text, false, values.iter().map(|value| Value::text(value)).collect())
}

/// A measure.
pub fn numbers(name: &str, values: &[f64]) -> Column {
    column(name, Type::Real, true, values.iter().map(|value| Value::Real(*value)).collect())
}

/// A continuous date, cut to months.
pub fn months(name: &str, days: &[i32]) -> Column {
    let values = days.iter().map(|day| Value::Date(*day)).collect();
    Column { continuous: true, derivation: "Month-Trunc".to_owned(), ..column(name, Type::Date, false, values) }
}

fn column(name: &str, data_type: Type, measure: bool, values: Vec<Value>) -> Column {
    Column {
        field: field(name),
        caption: name.to_owned(),
        pill: name.to_owned(),
        data_type,
        continuous: measure,
        measure,
        format: None,
        derivation: String::new(),
        aliases: Vec::new(),
        values,
    }
}

/// An answer with one layer for each of these lists of columns, for the panes in their order.
pub fn answer(layers: Vec<Vec<Column>>) -> Answer {
    let layer = |(pane, columns): (usize, Vec<Column>)| {
        let rows = columns.first().map_or(0, |column| column.values.len());
        Layer { pane, table: Table { columns, rows } }
    };
    Answer { layers: layers.into_iter().enumerate().map(layer).collect(), ..Answer::default() }
}

/// The picture of the sheet, 400 by 240 pixels.
pub fn drawn(workbook: &Workbook, answer: &Answer) -> Picture {
    drawn_with(workbook, answer, &Options::default())
}

/// The same with options.
pub fn drawn_with(workbook: &Workbook, answer: &Answer, options: &Options) -> Picture {
    draw(workbook, &workbook.worksheets[0], answer, Some((400, 240)), options).expect("the sheet is drawn")
}

/// The texts of a picture in their order.
pub fn written(picture: &Picture) -> Vec<String> {
    let part = |line: &str| Some(line.strip_suffix("</text>")?.rsplit('>').next()?.to_owned());
    picture.svg.lines().filter_map(part).collect()
}

/// The values of an attribute of all elements of a kind with a fill, such as the widths of all bars of a colour.
pub fn measured(picture: &Picture, element: &str, fill: &str, attribute: &str) -> Vec<f64> {
    let wanted = format!("<{element} ");
    let filled = format!("fill=\"{fill}\"");
    let value = |line: &str| line.split(&format!(" {attribute}=\"")).nth(1)?.split('"').next()?.parse().ok();
    let lines = picture.svg.lines().filter(|line| line.starts_with(&wanted) && line.contains(&filled));
    lines.filter_map(value).collect()
}
