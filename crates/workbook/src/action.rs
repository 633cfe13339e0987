//! Actions: what happens when someone points at marks or picks them.

use crate::{
    error::Error,
    name::unbracketed,
    xml::{Element, Xml},
};

/// An action. What a filter action let through when the file was saved is a [`Filter`](crate::Filter) of its targets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Action {
    /// The name filters use, without brackets.
    pub name: String,
    /// The name people see.
    pub caption: Option<String>,
    /// What it does, in the format's own words: `tsc:tsl-filter` (filter), `tsc:brush` (highlight), `edit-parameter-action`,
    /// `edit-group-action`, `nav-action`, …; `link` where it opens an address.
    pub kind: String,
    /// What it is asked by: `on-select`, `on-hover`, or none for a menu.
    pub activation: Option<String>,
    /// The dashboard it is on.
    pub dashboard: Option<String>,
    /// The one worksheet whose marks it is asked by; none for all on the dashboard.
    pub worksheet: Option<String>,
    /// The sheets of the dashboard whose marks it is not asked by.
    pub excluded: Vec<String>,
    /// What it is given, as it is written: `target` (a sheet or dashboard), `exclude` (sheets of it that are left as they are),
    /// `special-fields`, `on-empty` (what happens when nothing is picked any more), …
    pub params: Vec<(String, String)>,
    /// The address it opens, or the fields it filters by, as it is written.
    pub link: Option<String>,
}

impl Action {
    /// Something it is given.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Reads `actions`, the element whose start was read last.
    pub(crate) fn read_all(xml: &mut Xml<'_>, actions: &mut Vec<Self>) -> Result<(), Error> {
        xml.children(|xml, child| {
            if child.name == "action" || child.name.ends_with("-action") {
                let action = Self::read(xml, child)?;
                xml.push(actions, action);
            }
            Ok(())
        })
    }

    fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let name = xml.need(element, "name");
        let mut action =
            Self { name: unbracketed(&name).into_owned(), caption: xml.get(element, "caption"), ..Self::default() };
        let mut command = None;
        xml.children(|xml, child| {
            match child.name.as_str() {
                "activation" => action.activation = xml.get(child, "type"),
                "source" => {
                    action.dashboard = xml.get(child, "dashboard");
                    action.worksheet = xml.get(child, "worksheet");
                    xml.children(|xml, child| {
                        if child.name == "exclude-sheet" {
                            let sheet = xml.need(child, "name");
                            xml.push(&mut action.excluded, sheet);
                        }
                        Ok(())
                    })?;
                }
                "link" => action.link = xml.get(child, "expression"),
                "command" | "params" => {
                    command = xml.get(child, "command").or(command.take());
                    xml.children(|xml, child| {
                        if child.name == "param" {
                            let param = (xml.need(child, "name"), xml.need(child, "value"));
                            xml.push(&mut action.params, param);
                        }
                        Ok(())
                    })?;
                }
                _ => {}
            }
            Ok(())
        })?;
        action.kind = match command {
            Some(command) => command,
            None if element.name == "action" => xml.keep("link"),
            None => xml.keep(&element.name),
        };
        Ok(action)
    }
}
