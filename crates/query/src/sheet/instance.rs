//! Column instances: what is done to a field, and how people call that.

use tavola_workbook::{ColumnInstance, FieldType};

use crate::calc::{BinaryOperator, Kind, Node};
use crate::{Error, Value};

/// Beginnings of the names of instances, the derivations they stand for, and what pills call them.
const DERIVATIONS: &[(&str, &str, &str)] = &[
    ("none", "None", ""),
    ("usr", "User", "AGG"),
    ("sum", "Sum", "SUM"),
    ("avg", "Avg", "AVG"),
    ("cnt", "Count", "CNT"),
    ("ctd", "CountD", "CNTD"),
    ("min", "Min", "MIN"),
    ("max", "Max", "MAX"),
    ("med", "Median", "MEDIAN"),
    ("std", "Stdev", "STDEV"),
    ("stp", "StdevP", "STDEVP"),
    ("var", "Var", "VAR"),
    ("vrp", "VarP", "VARP"),
    ("attr", "Attribute", "ATTR"),
    ("clct", "Collect", "COLLECT"),
    ("yr", "Year", "YEAR"),
    ("qr", "Quarter", "QUARTER"),
    ("mn", "Month", "MONTH"),
    ("wk", "Week", "WEEK"),
    ("wd", "Weekday", "WEEKDAY"),
    ("dy", "Day", "DAY"),
    ("hr", "Hour", "HOUR"),
    ("mi", "Minute", "MINUTE"),
    ("sc", "Second", "SECOND"),
    ("tyr", "Year-Trunc", "YEAR"),
    ("tqr", "Quarter-Trunc", "QUARTER"),
    ("tmn", "Month-Trunc", "MONTH"),
    ("twk", "Week-Trunc", "WEEK"),
    ("tdy", "Day-Trunc", "DAY"),
    ("thr", "Hour-Trunc", "HOUR"),
    ("tmi", "Minute-Trunc", "MINUTE"),
    ("tsc", "Second-Trunc", "SECOND"),
    ("my", "MY", "MY"),
    ("mdy", "MDY", "MDY"),
    ("io", "InOut", "IN/OUT"),
    ("iyr", "ISO-Year", "ISO YEAR"),
    ("iqr", "ISO-Quarter", "ISO QUARTER"),
    ("iwk", "ISO-Week", "ISO WEEK"),
    ("iwd", "ISO-Weekday", "ISO WEEKDAY"),
    ("tiyr", "ISO-Year-Trunc", "ISO YEAR"),
    ("tiqr", "ISO-Quarter-Trunc", "ISO QUARTER"),
    ("tiwk", "ISO-Week-Trunc", "ISO WEEK"),
];

/// An instance that nobody declared, by its name: `sum:Sales:qk` is the sum of `Sales`; the name of a field is the field itself.
pub(super) fn of_name(name: &str, is_field: impl Fn(&str) -> bool) -> ColumnInstance {
    let plain = ColumnInstance {
        name: name.to_owned(),
        field: name.to_owned(),
        derivation: "None".to_owned(),
        field_type: None,
        table_calcs: Vec::new(),
    };
    if is_field(name) {
        return plain;
    }
    let Some((word, rest)) = name.split_once(':') else { return plain };
    let Some((_, derivation, _)) = DERIVATIONS.iter().find(|(prefix, ..)| *prefix == word) else { return plain };
    // After the field's name come its type and, of several equal instances, a number.
    let mut parts: Vec<&str> = rest.split(':').collect();
    if parts.len() > 2 && parts.last().is_some_and(|last| last.parse::<u32>().is_ok()) {
        parts.pop();
    }
    let kind = if parts.len() > 1 { parts.pop() } else { None };
    let field_type = match kind.and_then(|kind| kind.chars().next()) {
        Some('q') => Some(FieldType::Quantitative),
        Some('o') => Some(FieldType::Ordinal),
        Some('n') => Some(FieldType::Nominal),
        _ => None,
    };
    ColumnInstance { field: parts.join(":"), derivation: (*derivation).to_owned(), field_type, ..plain }
}

/// What an instance is called on a pill: `SUM(Sales)`, `YEAR(Order Date)`.
pub(super) fn pill(derivation: &str, shown: &str) -> String {
    match DERIVATIONS.iter().find(|(_, word, _)| *word == derivation).map(|(_, _, pill)| *pill) {
        None | Some("") => shown.to_owned(),
        Some(word) => format!("{word}({shown})"),
    }
}

fn aggregate(derivation: &str) -> Option<&'static str> {
    Some(match derivation {
        "Sum" => "SUM",
        "Avg" => "AVG",
        "Count" => "COUNT",
        "CountD" => "COUNTD",
        "Min" => "MIN",
        "Max" => "MAX",
        "Median" => "MEDIAN",
        "Stdev" => "STDEV",
        "StdevP" => "STDEVP",
        "Var" => "VAR",
        "VarP" => "VARP",
        "Attribute" => "ATTR",
        "Collect" => "COLLECT",
        _ => return None,
    })
}

/// The formula of a derivation of a field.
pub(super) fn derive(derivation: &str, field: Node) -> Result<Node, Error> {
    if let Some(function) = aggregate(derivation) {
        return Ok(call(function, vec![field]));
    }
    let part = |function, part: &str, field| call(function, vec![literal(Value::text(part)), field]);
    Ok(match derivation {
        "" | "None" | "User" | "InOut" | "In/Out" => field,
        "Year" | "Quarter" | "Month" | "Week" | "Weekday" | "Day" | "Hour" | "Minute" | "Second" | "ISO-Year"
        | "ISO-Quarter" | "ISO-Week" | "ISO-Weekday" => part("DATEPART", &derivation.to_ascii_lowercase(), field),
        "MY" => part("DATETRUNC", "month", field),
        "MDY" => part("DATETRUNC", "day", field),
        _ => match derivation.strip_suffix("-Trunc") {
            Some(unit) => part("DATETRUNC", &unit.to_ascii_lowercase(), field),
            None => return Err(Error::Unsupported(format!("the derivation `{derivation}`"))),
        },
    })
}

/// A node that stands nowhere in a formula.
pub(super) fn node(kind: Kind) -> Node {
    Node { kind, at: 0..0 }
}

/// A literal.
pub(super) fn literal(value: Value) -> Node {
    node(Kind::Literal(value))
}

/// A field of the data source.
pub(super) fn field(name: &str) -> Node {
    node(Kind::Field { data_source: None, name: name.to_owned() })
}

/// A call of a function.
pub(super) fn call(function: &str, arguments: Vec<Node>) -> Node {
    node(Kind::Call { function: function.to_owned(), arguments })
}

/// An operator between two.
pub(super) fn binary(operator: BinaryOperator, left: Node, right: Node) -> Node {
    node(Kind::Binary(operator, Box::new(left), Box::new(right)))
}

/// What an instance is called in headers, on axes and in tables of data: `Avg. Sales`, `Year of Order Date`.
pub(super) fn caption(instance: &ColumnInstance, shown: &str) -> String {
    let of = match instance.derivation.as_str() {
        "Avg" => format!("Avg. {shown}"),
        "Count" => format!("Count of {shown}"),
        "CountD" => format!("Distinct count of {shown}"),
        "Min" => format!("Min. {shown}"),
        "Max" => format!("Max. {shown}"),
        "Median" => format!("Median {shown}"),
        "Stdev" => format!("Std. dev. of {shown}"),
        "StdevP" => format!("Std. dev. (pop.) of {shown}"),
        "Var" => format!("Variance of {shown}"),
        "VarP" => format!("Variance (pop.) of {shown}"),
        "MY" => format!("Month, Year of {shown}"),
        "MDY" => format!("Day of {shown}"),
        "InOut" | "In/Out" => format!("In / Out of {shown}"),
        "None" | "Sum" | "User" | "Attribute" | "Collect" | "" => shown.to_owned(),
        part => format!("{} of {shown}", part.strip_suffix("-Trunc").unwrap_or(part).replace('-', " ")),
    };
    let quick = instance.table_calcs.iter().rev().find_map(|calc| calc.kind.as_deref().map(|kind| (kind, calc)));
    match quick {
        Some(("CumTotal", calc)) => format!("Running {} of {of}", calc.aggregation.as_deref().unwrap_or("Sum")),
        Some(("PctTotal", _)) => format!("% of Total {of}"),
        Some(("Rank", _)) => format!("Rank of {of}"),
        Some(("PctRank", _)) => format!("Percentile of {of}"),
        Some(("Difference", _)) => format!("Difference in {of}"),
        Some(("PctDiff", _)) => format!("% Difference in {of}"),
        Some(("PctFrom", _)) => format!("% of {of}"),
        Some(("WindowTotal", calc)) => format!("Moving {} of {of}", calc.aggregation.as_deref().unwrap_or("Average")),
        _ => of,
    }
}
