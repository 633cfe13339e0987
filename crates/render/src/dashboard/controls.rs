//! What controls of filters and parameters say.

use tavola_workbook::{FieldRef, FilterKind, Members, Worksheet, Zone, ZoneKind};

use super::Board;
use crate::{format, sheet::titles::parameter_text};

/// A control as it is drawn.
pub(super) struct Control {
    pub(super) caption: String,
    pub(super) shown: Shown,
}

/// What a control shows.
pub(super) enum Shown {
    /// What is chosen, in a box.
    Box(String),
    /// The ends of a range.
    Range(String, String),
    /// Members, and whether they are chosen.
    List(Vec<(String, bool)>),
}

impl Board<'_> {
    /// The control in a zone; none where nothing is known of it.
    pub(super) fn control(&self, zone: &Zone) -> Option<Control> {
        let mut control = match &zone.kind {
            ZoneKind::Parameter { field: Some(field), .. } => self.parameter(field)?,
            ZoneKind::Filter { sheet, field: Some(field), mode } => self.filter(sheet, field, mode.as_deref())?,
            _ => return None,
        };
        if !zone.title.is_empty() {
            control.caption = zone.title.plain().trim().to_owned();
        }
        Some(control)
    }

    fn parameter(&self, field: &FieldRef) -> Option<Control> {
        let workbook = self.sources.workbook;
        let parameter = workbook.parameters.iter().find(|parameter| parameter.name == field.instance)?;
        let value = parameter_text(workbook, self.sources.parameters, &parameter.name).unwrap_or_default();
        Some(Control { caption: parameter.shown_name().to_owned(), shown: Shown::Box(value) })
    }

    fn filter(&self, sheet: &str, field: &FieldRef, mode: Option<&str>) -> Option<Control> {
        let sheet = self.sources.workbook.worksheets.iter().find(|other| other.name == sheet)?;
        let caption = caption(sheet, field);
        let filter = sheet.filters.iter().find(|filter| filter.field == *field);
        let members = self.members(sheet, field);
        let shown = match filter.map(|filter| &filter.kind) {
            Some(FilterKind::Range { min: None, max: None, .. }) => Shown::Box("All values".to_owned()),
            Some(FilterKind::Range { min, max, .. }) => {
                let end = |literal: &Option<String>| literal.as_deref().map(plain).unwrap_or_default();
                Shown::Range(end(min), end(max))
            }
            Some(FilterKind::RelativeDate { period, first, last, .. }) => Shown::Box(relative(period, *first, *last)),
            Some(FilterKind::Members(chosen)) => {
                let chosen = Chosen::of(chosen);
                match mode {
                    None | Some("list" | "checklist" | "radiolist") if !members.is_empty() => {
                        let mut list = vec![("(All)".to_owned(), matches!(chosen, Chosen::All))];
                        list.extend(members.into_iter().map(|member| {
                            let is_chosen = chosen.has(&member);
                            (member, is_chosen)
                        }));
                        Shown::List(list)
                    }
                    _ => Shown::Box(chosen.text()),
                }
            }
            _ => Shown::Box("(All)".to_owned()),
        };
        Some(Control { caption, shown })
    }

    /// The members of a field as far as the sheet's answer has them.
    fn members(&self, sheet: &Worksheet, field: &FieldRef) -> Vec<String> {
        /// More have no room in any zone.
        const MOST: usize = 200;
        let Some(answer) = self.sources.answers.get(&sheet.name) else { return Vec::new() };
        let column = answer.layers.iter().find_map(|layer| layer.table.column(field));
        let members = answer.orders.get(field).into_iter().flatten().take(MOST);
        members
            .map(|member| match column {
                Some(column) => format::value(member, column),
                None => format::text(member, None, ""),
            })
            .collect()
    }
}

/// What is chosen of the members of a field.
enum Chosen {
    All,
    These(Vec<String>),
    AllBut(Vec<String>),
    /// By a rule: a range, the first few, a condition.
    Some,
}

impl Chosen {
    fn of(members: &Members) -> Self {
        match members {
            Members::All { .. } => Self::All,
            Members::None { .. } => Self::These(Vec::new()),
            Members::One { member, .. } => Self::These(vec![plain(member)]),
            Members::Union(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    match Self::of(part) {
                        Self::These(these) => all.extend(these),
                        Self::All => return Self::All,
                        Self::AllBut(_) | Self::Some => return Self::Some,
                    }
                }
                Self::These(all)
            }
            Members::Except(parts) => match parts.split_first().map(|(first, rest)| (Self::of(first), rest)) {
                Some((Self::All, rest)) => {
                    let mut out = Vec::new();
                    for part in rest {
                        match Self::of(part) {
                            Self::These(these) => out.extend(these),
                            _ => return Self::Some,
                        }
                    }
                    Self::AllBut(out)
                }
                _ => Self::Some,
            },
            _ => Self::Some,
        }
    }

    fn has(&self, member: &str) -> bool {
        match self {
            Self::All | Self::Some => true,
            Self::These(these) => these.iter().any(|other| other == member),
            Self::AllBut(these) => !these.iter().any(|other| other == member),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::All => "(All)".to_owned(),
            Self::These(these) if these.is_empty() => "(None)".to_owned(),
            Self::These(these) if these.len() == 1 => these[0].clone(),
            Self::These(_) | Self::AllBut(_) | Self::Some => "(Multiple values)".to_owned(),
        }
    }
}

/// A literal as people read it.
fn plain(literal: &str) -> String {
    match literal {
        "%null%" => "Null".to_owned(),
        "true" => "True".to_owned(),
        "false" => "False".to_owned(),
        _ => literal.trim_matches(['"', '#']).replace("\\\"", "\""),
    }
}

fn relative(period: &str, first: i64, last: i64) -> String {
    match (first, last) {
        (0, 0) => format!("This {period}"),
        (-1, -1) => format!("Last {period}"),
        (1, 1) => format!("Next {period}"),
        (first, 0) if first < 0 => format!("Last {} {period}s", 1 - first),
        (first, last) => format!("{period}s {first} to {last}"),
    }
}

/// The name people see of a field that a sheet uses.
pub(super) fn caption(sheet: &Worksheet, field: &FieldRef) -> String {
    let named = sheet.dependencies.iter().filter(|used| used.data_source == field.data_source).find_map(|used| {
        let instance = used.instances.iter().find(|instance| instance.name == field.instance);
        let name = instance.map_or(field.instance.as_str(), |instance| instance.field.as_str());
        used.fields.iter().find(|field| field.name == name).map(|field| field.shown_name().to_owned())
    });
    // The name of an instance is what is done to a field, the field, and its kind.
    named.unwrap_or_else(|| match field.instance.split(':').collect::<Vec<_>>().as_slice() {
        [_, name, _] => (*name).to_owned(),
        _ => field.instance.trim_start_matches(':').to_owned(),
    })
}
