//! Parameters of a workbook.

use std::collections::HashMap;

use crate::{
    error::Error,
    field::DataType,
    name::unbracketed,
    xml::{Element, Xml},
};

/// The name of the data source that holds the parameters.
pub(crate) const PARAMETERS: &str = "Parameters";

/// A parameter: a value that whoever looks at the workbook may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name formulas use, without brackets.
    pub name: String,
    /// The name people see, where it is another.
    pub caption: Option<String>,
    /// The type of its values.
    pub data_type: Option<DataType>,
    /// Its value, as a literal.
    pub value: Option<String>,
    /// What is shown for its value.
    pub alias: Option<String>,
    /// How its value is written, in the format's own words.
    pub default_format: Option<String>,
    /// Which values it takes.
    pub domain: Domain,
}

/// Which values a [`Parameter`] takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Domain {
    /// Any.
    Any,
    /// One of these.
    List(Vec<ParameterMember>),
    /// One of a range; an end that is not there is open.
    Range {
        /// The least, as a literal.
        min: Option<String>,
        /// The most, as a literal.
        max: Option<String>,
        /// The distance between two values.
        step: Option<String>,
    },
}

/// One value of a [`Domain::List`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterMember {
    /// The value, as a literal.
    pub value: String,
    /// What is shown for it, where it is something else.
    pub alias: Option<String>,
}

impl Parameter {
    /// The name people see.
    pub fn shown_name(&self) -> &str {
        self.caption.as_deref().unwrap_or(&self.name)
    }

    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let name = xml.need(element, "name");
        let mut parameter = Self {
            name: unbracketed(&name).into_owned(),
            caption: xml.get(element, "caption"),
            data_type: element.peek("datatype").map(|word| DataType::read(xml, word)),
            value: xml.get(element, "value"),
            alias: xml.get(element, "alias"),
            default_format: xml.get(element, "default-format"),
            domain: Domain::Any,
        };
        let domain = element.peek("param-domain-type");
        let (mut members, mut range, mut formula, mut aliases) = (Vec::new(), None, None, Vec::new());
        xml.children(|xml, child| {
            match child.name.as_str() {
                "members" => xml.children(|xml, member| {
                    if member.name == "member" {
                        let member =
                            ParameterMember { value: xml.need(member, "value"), alias: xml.get(member, "alias") };
                        xml.push(&mut members, member);
                    }
                    Ok(())
                })?,
                "range" => {
                    range = Some(Domain::Range {
                        min: xml.get(child, "min"),
                        max: xml.get(child, "max"),
                        step: xml.get(child, "granularity"),
                    });
                }
                "calculation" => formula = xml.get(child, "formula"),
                "aliases" => crate::field::read_aliases(xml, &mut aliases)?,
                _ => {}
            }
            Ok(())
        })?;
        let aliases: HashMap<String, String> = aliases.into_iter().collect();
        for member in members.iter_mut().filter(|member| member.alias.is_none()) {
            member.alias = aliases.get(&member.value).cloned();
        }
        parameter.value = parameter.value.or(formula);
        parameter.domain = match domain {
            Some("list") => Domain::List(members),
            Some("range") => range.unwrap_or(Domain::Range { min: None, max: None, step: None }),
            Some("any") => Domain::Any,
            _ if !members.is_empty() => Domain::List(members),
            _ => range.unwrap_or(Domain::Any),
        };
        Ok(parameter)
    }
}
