//! CSV as RFC 4180 has it, in UTF-8.

use super::Grid;

/// Cells as they are shown, a line for each row.
pub fn csv(grid: &Grid) -> String {
    let mut out = String::new();
    for row in &grid.rows {
        for (place, cell) in row.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            // A row of one empty cell would be an empty line, which readers pass over.
            if cell.text.contains([',', '"', '\n', '\r']) || (row.len() == 1 && cell.text.is_empty()) {
                out.push('"');
                out.push_str(&cell.text.replace('"', "\"\""));
                out.push('"');
            } else {
                out.push_str(&cell.text);
            }
        }
        out.push_str("\r\n");
    }
    out
}
