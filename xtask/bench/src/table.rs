//! The table that a run ends with.

use std::time::Duration;

/// Rows in the order they were measured.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<[String; 4]>,
    notes: Vec<String>,
}

/// What a figure is held against.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// The value may be at most this.
    AtMost(f64),
    /// The value must be at least this.
    AtLeast(f64),
    /// Only told.
    None,
}

impl Table {
    /// A figure in a unit.
    pub fn row(&mut self, figure: &str, value: f64, unit: &str, goal: Goal) {
        let (limit, met) = match goal {
            Goal::AtMost(most) => (format!("at most {} {unit}", number(most)), Some(value <= most)),
            Goal::AtLeast(least) => (format!("at least {} {unit}", number(least)), Some(value >= least)),
            Goal::None => (String::new(), None),
        };
        let verdict = match (goal, met) {
            (Goal::AtMost(limit) | Goal::AtLeast(limit), Some(met)) => {
                format!("{} ({} of the goal)", if met { "met" } else { "SHORT" }, percent(value / limit))
            }
            _ => String::new(),
        };
        let row = [figure.to_owned(), format!("{} {unit}", number(value)), limit.trim_end().to_owned(), verdict];
        // Long before the table is printed, somebody may be waiting for a sign of life.
        println!("measured: {}: {}", row[0], row[1]);
        self.rows.push(row);
    }

    /// A time, in milliseconds.
    pub fn time(&mut self, figure: &str, value: Duration, most: Option<Duration>) {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        self.row(figure, milliseconds(value), "ms", most.map_or(Goal::None, |most| Goal::AtMost(milliseconds(most))));
    }

    /// What could not be measured, and why.
    pub fn skip(&mut self, figure: &str, why: &str) {
        println!("skipped: {figure}: {why}");
        self.rows.push([figure.to_owned(), "skipped".to_owned(), String::new(), why.to_owned()]);
    }

    /// A sentence below the table.
    pub fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    pub fn print(&self) {
        let head = ["figure", "value", "goal", "verdict"].map(str::to_owned);
        let all: Vec<&[String; 4]> = std::iter::once(&head).chain(&self.rows).collect();
        let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let widths = [width(0), width(1), width(2)];
        println!();
        for [figure, value, goal, verdict] in all {
            let line = format!("{figure:<0$}  {value:>1$}  {goal:<2$}  {verdict}", widths[0], widths[1], widths[2]);
            println!("{}", line.trim_end());
        }
        for note in &self.notes {
            println!("{note}");
        }
    }
}

/// Three digits are as many as a measurement deserves, but whole numbers stay whole.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || size == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// The value in the middle; the one before the middle of an even number.
pub fn median<T: PartialOrd + Copy>(values: &mut [T]) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values[(values.len() - 1) / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_whether_its_goal_is_met() {
        let mut table = Table::default();
        table.row("speed", 80.0, "per second", Goal::AtLeast(100.0));
        table.row("size", 12.345, "MB", Goal::AtMost(20.0));
        table.row("age", 3.0, "days", Goal::None);
        let expected = [
            ["speed", "80.0 per second", "at least 100 per second", "SHORT (80% of the goal)"],
            ["size", "12.3 MB", "at most 20.0 MB", "met (62% of the goal)"],
            ["age", "3.00 days", "", ""],
        ];
        assert_eq!(table.rows, expected.map(|row| row.map(str::to_owned)));
    }

    #[test]
    fn the_median_is_a_measured_value() {
        assert_eq!(median(&mut [5, 1, 3]), 3);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.0);
    }
}
