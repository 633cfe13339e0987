//! Sheets of Excel workbooks.

use std::io::{self, Read, Seek};

use calamine::{Data, Range, Reader, open_workbook_auto_from_rs};
use jiff::civil::DateTime;
use tavola_query::Type;

use super::{LoadColumn, Locale, Rows, cell};

/// No sheet has more cells; one that has was made to fill memory.
const MOST_CELLS: usize = 50_000_000;

/// A part of an Excel workbook that is a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExcelSheet {
    /// The sheet's name.
    pub(crate) name: String,
    /// Whether the first row has the columns' names.
    pub(crate) header: bool,
}

/// Reads all rows of a sheet.
pub(crate) fn read<R: Read + Seek + Clone>(
    file: R,
    sheet: &ExcelSheet,
    columns: &[LoadColumn],
    rows: &mut Rows,
) -> io::Result<()> {
    let unreadable =
        |problem: calamine::Error| io::Error::other(format!("the Excel workbook cannot be read: {problem}"));
    let mut workbook = open_workbook_auto_from_rs(file).map_err(unreadable)?;
    let range = workbook.worksheet_range(&sheet.name).map_err(unreadable)?;
    let (height, width) = range.get_size();
    if height.saturating_mul(width) > MOST_CELLS {
        return Err(io::Error::other(format!("the sheet `{}` has more than {MOST_CELLS} cells", sheet.name)));
    }
    let places = places(&range, sheet.header, columns);
    for row in range.rows().skip(usize::from(sheet.header)) {
        let value =
            |(place, column): (&usize, &LoadColumn)| row.get(*place).and_then(|data| value(data, column.data_type));
        rows.push(places.iter().zip(columns).map(value))?;
    }
    Ok(())
}

/// Columns are found by name where there are names, else by place.
fn places(range: &Range<Data>, header: bool, columns: &[LoadColumn]) -> Vec<usize> {
    let names: Vec<String> = match range.rows().next() {
        Some(first) if header => first.iter().map(|cell| cell.to_string().trim().to_owned()).collect(),
        _ => Vec::new(),
    };
    let place = |(place, column): (usize, &LoadColumn)| {
        names.iter().position(|name| *name == column.name.trim()).unwrap_or(place)
    };
    columns.iter().enumerate().map(place).collect()
}

/// A cell as the engine reads a value of the type.
fn value(data: &Data, data_type: Type) -> Option<String> {
    let us = Locale::of_name("en_US");
    match data {
        Data::Empty | Data::Error(_) => None,
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => cell::value(text, data_type, us),
        Data::Bool(truth) => match data_type {
            Type::Integer | Type::Real => Some(u8::from(*truth).to_string()),
            _ => Some(truth.to_string()),
        },
        Data::Int(number) => match data_type {
            Type::Boolean => Some((*number != 0).to_string()),
            Type::Date | Type::DateTime => serial(*number as f64, data_type),
            _ => Some(number.to_string()),
        },
        Data::Float(number) => match data_type {
            Type::Boolean => Some((*number != 0.0).to_string()),
            Type::Date | Type::DateTime => serial(*number, data_type),
            Type::Integer => (number.fract() == 0.0).then(|| format!("{number:.0}")),
            _ => Some(number.to_string()),
        },
        Data::DateTime(time) => match data_type {
            Type::Date | Type::DateTime => serial(time.as_f64(), data_type),
            Type::Text => serial(time.as_f64(), Type::DateTime),
            _ => Some(time.as_f64().to_string()),
        },
    }
}

/// A day as Excel counts it: 1 is 1900-01-01, and 1900 has a February 29 that never was.
fn serial(days: f64, data_type: Type) -> Option<String> {
    const EPOCH: DateTime = DateTime::constant(1899, 12, 30, 0, 0, 0, 0);
    if !(0.0..=2_958_465.999_999).contains(&days) {
        return None;
    }
    let seconds = (days * 86_400.0).round() as i64;
    let time = EPOCH.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()?;
    Some(match data_type {
        Type::Date => time.date().to_string(),
        _ => time.to_string().replace('T', " "),
    })
}
