//! Excel.

use std::fmt::Write;

use super::{Error, Grid, package::Package};
use crate::{escape::escaped, format};

/// What Excel has room for.
const MOST_ROWS: usize = 1_048_576;
const MOST_COLUMNS: usize = 16_384;
const MOST_LETTERS: usize = 32_767;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// A workbook of one sheet: headers in bold, numbers as numbers in formats that show them as the view does.
pub fn xlsx(name: &str, grid: &Grid) -> Result<Vec<u8>, Error> {
    let widest = grid.rows.iter().map(Vec::len).max().unwrap_or(0);
    if grid.rows.len() > MOST_ROWS || widest > MOST_COLUMNS {
        return Err(Error::Unwritable(format!(
            "{} rows and {widest} columns are more than a sheet of Excel has room for",
            grid.rows.len()
        )));
    }
    let mut package = Package::new();
    package.relations("_rels/.rels", &[("rId1", "officeDocument", "xl/workbook.xml".to_owned())])?;
    let name = escaped(&sheet_name(name));
    package.part(
        "xl/workbook.xml",
        "spreadsheetml.sheet.main",
        &format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{}\"><sheets><sheet name=\"{name}\" sheetId=\"1\" r:id=\"rId1\"/></sheets>\
             </workbook>",
            super::package::KINDS
        ),
    )?;
    package.relations(
        "xl/_rels/workbook.xml.rels",
        &[("rId1", "worksheet", "worksheets/sheet1.xml".to_owned()), ("rId2", "styles", "styles.xml".to_owned())],
    )?;
    let mut formats = Vec::new();
    let cells = cells(grid, &mut formats);
    package.part("xl/worksheets/sheet1.xml", "spreadsheetml.worksheet", &cells)?;
    package.part("xl/styles.xml", "spreadsheetml.styles", &styles(&formats))?;
    package.finish()
}

/// A name Excel takes for a sheet: at most 31 letters, none of which means something in formulas.
fn sheet_name(name: &str) -> String {
    let short: String =
        name.chars().map(|letter| if "[]:*?/\\".contains(letter) { ' ' } else { letter }).take(31).collect();
    let short = short.trim_matches(['\'', ' ']);
    if short.is_empty() { "Sheet 1".to_owned() } else { short.to_owned() }
}

fn cells(grid: &Grid, formats: &mut Vec<String>) -> String {
    let mut xml = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>");
    for (row, cells) in grid.rows.iter().enumerate() {
        let _ = write!(xml, "<row r=\"{}\">", row + 1);
        for (column, cell) in cells.iter().enumerate() {
            let place = format!("{}{}", column_name(column), row + 1);
            // The first style is plain and the second bold; those after them are formats in their order.
            let bold = if row < grid.header_rows { " s=\"1\"" } else { "" };
            match cell.number.filter(|number| number.is_finite()) {
                Some(number) => {
                    let style = match cell.format.as_deref().and_then(format::excel) {
                        Some(pattern) => 2 + index_of(formats, pattern),
                        None => 0,
                    };
                    let _ = write!(xml, "<c r=\"{place}\" s=\"{style}\"><v>{number}</v></c>");
                }
                None if cell.text.is_empty() => {}
                None => {
                    let text: String = cell.text.chars().take(MOST_LETTERS).collect();
                    let _ = write!(
                        xml,
                        "<c r=\"{place}\" t=\"inlineStr\"{bold}><is><t xml:space=\"preserve\">{}</t></is></c>",
                        escaped(&text)
                    );
                }
            }
        }
        xml.push_str("</row>");
    }
    xml.push_str("</sheetData></worksheet>");
    xml
}

fn index_of(formats: &mut Vec<String>, pattern: String) -> usize {
    match formats.iter().position(|known| *known == pattern) {
        Some(index) => index,
        None => {
            formats.push(pattern);
            formats.len() - 1
        }
    }
}

/// `A`, `B`, …, `Z`, `AA`, …
fn column_name(mut column: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.insert(0, char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            return letters.into_iter().collect();
        }
        column = column / 26 - 1;
    }
}

fn styles(formats: &[String]) -> String {
    /// The numbers below are those of formats everyone has.
    const FIRST: usize = 164;
    let mut xml = format!("<styleSheet xmlns=\"{MAIN}\">");
    if !formats.is_empty() {
        let _ = write!(xml, "<numFmts count=\"{}\">", formats.len());
        for (index, format) in formats.iter().enumerate() {
            let _ = write!(xml, "<numFmt numFmtId=\"{}\" formatCode=\"{}\"/>", FIRST + index, escaped(format));
        }
        xml.push_str("</numFmts>");
    }
    xml.push_str(
        "<fonts count=\"2\"><font><sz val=\"10\"/><name val=\"Arial\"/></font>\
         <font><b/><sz val=\"10\"/><name val=\"Arial\"/></font></fonts>\
         <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>\
         <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
         <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>",
    );
    let _ = write!(
        xml,
        "<cellXfs count=\"{}\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
         <xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>",
        formats.len() + 2
    );
    for index in 0..formats.len() {
        let _ = write!(
            xml,
            "<xf numFmtId=\"{}\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>",
            FIRST + index
        );
    }
    xml.push_str("</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>");
    xml
}
