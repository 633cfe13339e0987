//! How people call a field as a sheet uses it.

use crate::{
    field::Field,
    resolve::{ResolvedField, field, instance},
    shelf::FieldRef,
    table_calc::TableCalc,
};

impl ResolvedField<'_> {
    /// What an axis, a header or a legend says: `Sales`, `Avg. Sales`, `Year of Order Date`, `Running Sum of Sales`.
    pub fn shown_name(&self) -> String {
        let mut name = header(self.derivation(), self.field.shown_name());
        for calc in self.quick_calcs() {
            name = calculated(calc, &name);
        }
        name
    }

    /// The shown name, and along what its table calculation goes: `Running Sum of Sales along Table (Down)`. Tables of several
    /// measures have it as their header.
    pub fn long_name(&self) -> String {
        let name = self.shown_name();
        match self.quick_calcs().last() {
            Some(calc) => format!("{name}{} along {}", compared(calc), self.direction(calc)),
            None => name,
        }
    }

    /// What the pill says that authors move about: `SUM(Sales)`, `YEAR(Order Date)`, `AGG(Profit Ratio)`.
    pub fn pill(&self) -> String {
        let name = self.field.shown_name();
        match self.derivation() {
            "None" => name.to_owned(),
            "User" if !self.table_calcs().is_empty() => name.to_owned(),
            derivation => format!("{}({name})", function(derivation)),
        }
    }

    /// What people call the field of another name on the sheet, whatever is done to it.
    fn shown_name_of<'n>(&'n self, name: &'n FieldRef) -> &'n str {
        let source = self.data_source.filter(|source| source.name == name.data_source);
        let plain = instance(self.sheet, source, name).map_or(name.instance.as_str(), |instance| &instance.field);
        field(self.sheet, source, &name.data_source, plain).map_or(plain, Field::shown_name)
    }

    /// Along what a table calculation goes.
    fn direction(&self, calc: &TableCalc) -> String {
        let word = match calc.ordering.as_str() {
            "Rows" => "Table (Across)",
            "Columns" => "Table (Down)",
            "Table" => "Table (Across then Down)",
            "RowInPane" => "Pane (Across)",
            "ColumnInPane" => "Pane (Down)",
            "Pane" => "Pane (Across then Down)",
            "CellInPane" => "Cell",
            "Field" => {
                let names: Vec<&str> = calc.order.iter().map(|name| self.shown_name_of(name)).collect();
                return names.join(", ");
            }
            other => other,
        };
        word.to_owned()
    }

    /// Those of its table calculations that were chosen from the menu and are no part of a formula.
    fn quick_calcs(&self) -> impl Iterator<Item = &TableCalc> {
        self.table_calcs().iter().filter(|calc| calc.kind.is_some())
    }
}

/// What a header says of a field to which something was done.
fn header(derivation: &str, name: &str) -> String {
    let plain = derivation.strip_suffix("-Trunc").unwrap_or(derivation);
    let before = match plain {
        "None" | "Sum" | "User" | "Attribute" | "Collect" => return name.to_owned(),
        "Avg" => "Avg.",
        "Min" => "Min.",
        "Max" => "Max.",
        "Median" => "Median",
        "Count" => "Count of",
        "CountD" => "Distinct count of",
        "Stdev" => "Std. dev. of",
        "StdevP" => "Std. dev. (pop.) of",
        "Var" => "Variance of",
        "VarP" => "Variance (pop.) of",
        "InOut" => "In / Out of",
        "MY" | "Month-Year" => "Month, Year of",
        "MDY" | "Month-Day-Year" => "Month, Day, Year of",
        "Year" | "Quarter" | "Month" | "Week" | "Weekday" | "Day" | "Hour" | "Minute" | "Second" => {
            return format!("{plain} of {name}");
        }
        _ => return format!("{} of {name}", plain.replace('-', " ")),
    };
    format!("{before} {name}")
}

/// The function of a pill.
fn function(derivation: &str) -> String {
    let plain = derivation.strip_suffix("-Trunc").unwrap_or(derivation);
    match plain {
        "Count" => "CNT".to_owned(),
        "CountD" => "CNTD".to_owned(),
        "Attribute" => "ATTR".to_owned(),
        "User" => "AGG".to_owned(),
        "InOut" => "IN/OUT".to_owned(),
        "Month-Year" => "MY".to_owned(),
        "Month-Day-Year" => "MDY".to_owned(),
        other => other.to_uppercase(),
    }
}

/// The name of a quick table calculation over something.
fn calculated(calc: &TableCalc, of: &str) -> String {
    let aggregation = match calc.aggregation.as_deref() {
        Some("Avg") => "Average",
        Some("Min") => "Minimum",
        Some("Max") => "Maximum",
        _ => "Sum",
    };
    match calc.kind.as_deref().unwrap_or_default() {
        "CumTotal" => format!("Running {aggregation} of {of}"),
        "WindowTotal" => format!("Moving {aggregation} of {of}"),
        "PctTotal" => format!("% of Total {of}"),
        "Difference" => format!("Difference in {of}"),
        "PctDiff" => format!("% Difference in {of}"),
        "PctValue" => format!("% of {of}"),
        "Rank" => format!("Rank of {of}"),
        "PctRank" => format!("Percentile of {of}"),
        other => format!("{other} of {of}"),
    }
}

/// With what a difference is compared, where it is one.
fn compared(calc: &TableCalc) -> &'static str {
    let differs = matches!(calc.kind.as_deref(), Some("Difference" | "PctDiff" | "PctValue"));
    match calc.address.as_slice() {
        [one] if differs && one == "-1" => " from the Previous",
        [one] if differs && one == "1" => " from the Next",
        _ => "",
    }
}
