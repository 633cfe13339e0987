//! Text files: comma-separated values and their like.

use std::io::{self, Read};

use super::{LoadColumn, Locale, Rows, Utf8, cell};

/// How a text file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextFormat {
    /// The name of its encoding.
    pub(crate) charset: String,
    /// What parts fields.
    pub(crate) separator: u8,
    /// Whether the first line has the columns' names.
    pub(crate) header: bool,
    /// How numbers and dates are written.
    pub(crate) locale: Locale,
}

/// Reads all rows.
pub(crate) fn read(reader: impl Read, format: &TextFormat, columns: &[LoadColumn], rows: &mut Rows) -> io::Result<()> {
    let mut lines = csv::ReaderBuilder::new()
        .delimiter(format.separator)
        .has_headers(format.header)
        .flexible(true)
        .buffer_capacity(64 * 1024)
        .from_reader(Utf8::new(reader, &format.charset));
    // Columns are found by name where there are names, else by place.
    let places: Vec<usize> = match format.header {
        true => {
            let names = lines.headers().map_err(io::Error::other)?;
            let place = |(place, column): (usize, &LoadColumn)| {
                names.iter().position(|name| name.trim() == column.name.trim()).unwrap_or(place)
            };
            columns.iter().enumerate().map(place).collect()
        }
        false => (0..columns.len()).collect(),
    };
    let mut line = csv::StringRecord::new();
    while lines.read_record(&mut line).map_err(io::Error::other)? {
        let value = |(place, column): (&usize, &LoadColumn)| {
            line.get(*place).and_then(|text| cell::value(text, column.data_type, format.locale))
        };
        rows.push(places.iter().zip(columns).map(value))?;
    }
    Ok(())
}
