//! Answers that are made up: of the right shape for a sheet, with values from a fixed sequence.

use tavola_query::{Answer, Column, Layer, Table, Type, Value};
use tavola_workbook::{ColumnInstance, DataType, Field, FieldRef, FieldType, Pane, Workbook, Worksheet};

/// How many members a discrete field has.
const MEMBERS: usize = 4;

struct Known<'a> {
    instance: Option<&'a ColumnInstance>,
    field: Option<&'a Field>,
}

fn known<'a>(workbook: &'a Workbook, sheet: &'a Worksheet, of: &FieldRef) -> Known<'a> {
    let used = sheet.dependencies.iter().find(|used| used.data_source == of.data_source);
    let instance = used.and_then(|used| used.instances.iter().find(|instance| instance.name == of.instance));
    let name = instance.map_or(of.instance.as_str(), |instance| instance.field.as_str());
    let field = used
        .and_then(|used| used.fields.iter().find(|field| field.name == name))
        .or_else(|| workbook.data_sources.iter().find(|source| source.name == of.data_source)?.field(name));
    Known { instance, field }
}

/// The next number of a fixed sequence.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// A column without values for a field of a sheet.
fn column(workbook: &Workbook, sheet: &Worksheet, of: &FieldRef) -> Column {
    let Known { instance, field } = known(workbook, sheet, of);
    let derivation = instance.map_or("None", |instance| instance.derivation.as_str());
    let kind = instance.and_then(|instance| instance.field_type).or(field.and_then(|field| field.field_type));
    let place = of.instance.ends_with("(generated)");
    let plain = matches!(derivation, "None" | "") || derivation.ends_with("-Trunc");
    let part = ["Year", "Quarter", "Month", "Week", "Weekday", "Day", "Hour", "MY"].contains(&derivation);
    let continuous = kind == Some(FieldType::Quantitative) || place;
    let data_type = match field.and_then(|field| field.data_type.as_ref()) {
        _ if part => Type::Integer,
        _ if place => Type::Real,
        Some(DataType::Date) if plain => Type::Date,
        Some(DataType::DateTime) if plain => Type::DateTime,
        Some(DataType::Boolean) => Type::Boolean,
        Some(DataType::String) if plain => Type::Text,
        Some(DataType::Integer) if plain => Type::Integer,
        Some(DataType::Spatial) => Type::Spatial,
        _ => Type::Real,
    };
    let caption = field.map_or(of.instance.as_str(), |field| field.shown_name()).to_owned();
    Column {
        field: of.clone(),
        pill: format!("{derivation}({caption})"),
        caption,
        data_type,
        continuous,
        measure: !plain && !part,
        format: field.and_then(|field| field.default_format.clone()),
        derivation: if part || derivation.ends_with("-Trunc") { derivation.to_owned() } else { String::new() },
        aliases: Vec::new(),
        values: Vec::new(),
    }
}

fn member(of: &Column, place: usize) -> Value {
    let number = place as i64;
    match (of.data_type, of.derivation.as_str()) {
        (Type::Integer, "Year") => Value::Integer(2018 + number),
        (Type::Integer, _) => Value::Integer(1 + number),
        (Type::Date, "Year-Trunc") => Value::Date(17_532 + 365 * place as i32),
        (Type::Date, _) => Value::Date(17_532 + 31 * place as i32),
        (Type::DateTime, _) => Value::DateTime((17_532 + 3 * number) * 86_400_000_000),
        (Type::Boolean, _) => Value::Boolean(place % 2 == 1),
        (Type::Text, _) => Value::text(["Furniture", "Office Supplies", "Technology", "Labs"][place % 4]),
        (Type::Spatial, _) => Value::Null,
        (Type::Real, _) => Value::Real(number as f64),
    }
}

/// An answer to a sheet: each of the dimensions' members with each, as far as that is not too much.
pub fn answer(workbook: &Workbook, sheet: &Worksheet) -> Answer {
    let mut answer = Answer::default();
    let mut state = 1;
    let is_special = |of: &&FieldRef| !of.is_measure_names() && !of.is_measure_values();
    for filter in sheet.filters.iter().filter(|filter| filter.field.is_measure_names()) {
        members(&filter.kind, &mut answer.measures);
    }
    for (place, pane) in sheet.panes.iter().enumerate() {
        answer
            .layers
            .push(Layer { pane: place, table: table(workbook, sheet, pane, &answer.measures, is_special, &mut state) });
    }
    if answer.layers.len() > 1 {
        // Of several panes the first is only the default.
        answer.layers.remove(0);
    }
    answer
}

fn table(
    workbook: &Workbook,
    sheet: &Worksheet,
    pane: &Pane,
    measures: &[FieldRef],
    is_special: impl Fn(&&FieldRef) -> bool,
    state: &mut u64,
) -> Table {
    let shelves = [&sheet.rows, &sheet.columns].into_iter().flatten().flat_map(|shelf| shelf.fields());
    let mut fields: Vec<&FieldRef> = shelves.chain(pane.encodings.iter().map(|encoding| &encoding.field)).collect();
    fields.extend(measures);
    let mut columns: Vec<Column> = Vec::new();
    for field in fields.into_iter().filter(is_special) {
        if !columns.iter().any(|other| other.field == *field) {
            columns.push(column(workbook, sheet, field));
        }
    }
    let dimensions = columns.iter().filter(|column| !column.measure).count() as u32;
    let rows = MEMBERS.pow(dimensions.min(5)).min(600);
    for row in 0..rows {
        let mut rest = row;
        for column in &mut columns {
            let value = if column.measure || column.field.instance.ends_with("(generated)") {
                let number = next(state) % 10_000;
                match column.data_type {
                    _ if column.field.instance.starts_with("Longitude") => Value::Real(-(number as f64 / 200.0) - 70.0),
                    _ if column.field.instance.starts_with("Latitude") => Value::Real(number as f64 / 500.0 + 30.0),
                    Type::Text => Value::text("text"),
                    Type::Boolean => Value::Boolean(number.is_multiple_of(2)),
                    Type::Spatial => Value::Null,
                    _ => Value::Real(number as f64),
                }
            } else {
                let place = rest % MEMBERS;
                rest /= MEMBERS;
                member(column, place)
            };
            column.values.push(value);
        }
    }
    Table { columns, rows }
}

fn members(kind: &tavola_workbook::FilterKind, measures: &mut Vec<FieldRef>) {
    fn walk(members: &tavola_workbook::Members, measures: &mut Vec<FieldRef>) {
        match members {
            tavola_workbook::Members::Union(all) => all.iter().for_each(|one| walk(one, measures)),
            tavola_workbook::Members::One { member, .. } => measures.extend(FieldRef::parse(member.trim_matches('"'))),
            _ => {}
        }
    }
    if let tavola_workbook::FilterKind::Members(members) = kind {
        walk(members, measures);
    }
}
