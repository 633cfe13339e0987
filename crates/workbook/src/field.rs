//! Fields: columns of a data source as its authors see them.

use crate::{
    error::Error,
    filter::Members,
    name::unbracketed,
    style::FormattedText,
    table_calc::TableCalc,
    xml::{Element, Xml},
};

/// What a field is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// It tells things apart.
    Dimension,
    /// It is summed up.
    Measure,
}

/// How a field is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Discrete, in no order of its own.
    Nominal,
    /// Discrete, in an order.
    Ordinal,
    /// Continuous.
    Quantitative,
}

impl FieldType {
    /// Whether the field is continuous; the others are discrete.
    pub fn is_continuous(self) -> bool {
        self == Self::Quantitative
    }
}

/// The type of a field's values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DataType {
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A day and a time.
    DateTime,
    /// A whole number.
    Integer,
    /// A number.
    Real,
    /// Text.
    String,
    /// A shape on the earth.
    Spatial,
    /// Any other, by the file's own word.
    Other(String),
}

impl DataType {
    fn of_word(word: &str) -> Self {
        match word {
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "integer" => Self::Integer,
            "real" => Self::Real,
            "string" => Self::String,
            "spatial" => Self::Spatial,
            other => Self::Other(other.to_owned()),
        }
    }

    pub(crate) fn read(xml: &mut Xml<'_>, word: &str) -> Self {
        let kind = Self::of_word(word);
        if let Self::Other(word) = &kind {
            xml.keep(word);
        }
        kind
    }

    /// The word as the format has it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Integer => "integer",
            Self::Real => "real",
            Self::String => "string",
            Self::Spatial => "spatial",
            Self::Other(word) => word,
        }
    }
}

/// What a field is made of, where it is no column of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Calculation {
    /// A calculated field: its formula, with the line ends it was written with.
    Formula(String),
    /// Bins of equal size over a number.
    Bin {
        /// The formula naming the field that is cut, brackets and all.
        source: String,
        /// The size of a bin: a number, or the qualified name of a parameter.
        size: Option<String>,
        /// Where a bin begins.
        peg: Option<String>,
    },
    /// A group: values of another field put together under new names.
    Group {
        /// The field that is grouped, without brackets.
        source: String,
        /// The groups. Values that are in none stand for themselves, or for `other`.
        members: Vec<GroupMember>,
        /// The name of the rest, as a literal.
        other: Option<String>,
    },
    /// A set: the members that are in it.
    Set(Members),
    /// Several fields joined into one: the names of the fields or instances, without brackets.
    Combined(Vec<String>),
    /// A calculation of a class this crate does not know, by the file's own word, with its formula if it has one.
    Other {
        /// The class.
        class: String,
        /// The formula.
        formula: Option<String>,
    },
}

/// One group of a [`Calculation::Group`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// Its name, as a literal.
    pub name: String,
    /// The values in it, as literals.
    pub values: Vec<String>,
}

/// A field of a data source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name formulas and sheets use, without brackets.
    pub name: String,
    /// The name people see, where it is another.
    pub caption: Option<String>,
    /// What the field is used for.
    pub role: Option<Role>,
    /// Discrete or continuous.
    pub field_type: Option<FieldType>,
    /// The type of its values.
    pub data_type: Option<DataType>,
    /// How it is summed up unless a sheet says otherwise (`Sum`, `Count`, `Avg`, …).
    pub aggregation: Option<String>,
    /// Whether it is hidden from authors.
    pub hidden: bool,
    /// The folder it is shown in.
    pub folder: Option<String>,
    /// What it is made of, where it is no column of the data.
    pub calculation: Option<Calculation>,
    /// Where its formula is a table calculation: along what it goes, unless an instance says otherwise.
    pub table_calcs: Vec<TableCalc>,
    /// Names for values: the value as a literal, and what is shown for it.
    pub aliases: Vec<(String, String)>,
    /// What it means on a map or elsewhere, such as `[Country].[Name]`.
    pub semantic_role: Option<String>,
    /// How its values are written, in the format's own words.
    pub default_format: Option<String>,
    /// The month its years begin with, where it is not January: 1 to 12.
    pub fiscal_year_start: Option<u32>,
    /// What its author says of it, without formatting.
    pub description: Option<String>,
    /// Whether the file has an entry for it. The others are columns of the data that nobody changed; their role and type
    /// are what Tableau gives to a column of that data type.
    pub declared: bool,
}

impl Field {
    /// A field by its name alone.
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            caption: None,
            role: None,
            field_type: None,
            data_type: None,
            aggregation: None,
            hidden: false,
            folder: None,
            calculation: None,
            table_calcs: Vec::new(),
            aliases: Vec::new(),
            semantic_role: None,
            default_format: None,
            fiscal_year_start: None,
            description: None,
            declared: true,
        }
    }

    /// The name people see.
    pub fn shown_name(&self) -> &str {
        self.caption.as_deref().unwrap_or(&self.name)
    }

    /// The formula, if this is a calculated field.
    pub fn formula(&self) -> Option<&str> {
        match &self.calculation {
            Some(Calculation::Formula(formula)) => Some(formula),
            _ => None,
        }
    }

    /// Reads a `column` of a data source or of a sheet's dependencies.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element, source: &str) -> Result<Self, Error> {
        let name = xml.need(element, "name");
        let mut field = Self::new(unbracketed(&name).into_owned());
        field.caption = xml.get(element, "caption");
        field.role = match element.peek("role") {
            Some("dimension") => Some(Role::Dimension),
            Some("measure") => Some(Role::Measure),
            _ => None,
        };
        field.field_type = field_type(element.peek("type"));
        field.data_type = element.peek("datatype").map(|word| DataType::read(xml, word));
        field.aggregation = xml.get(element, "aggregation");
        field.hidden = element.is_true("hidden");
        field.semantic_role = xml.get(element, "semantic-role");
        field.default_format = xml.get(element, "default-format");
        field.fiscal_year_start = element.peek("fiscal-year-start").and_then(|text| text.parse().ok());
        xml.children(|xml, child| {
            match child.name.as_str() {
                "calculation" => {
                    field.calculation = Some(read_calculation(xml, child, source, &mut field.table_calcs)?);
                }
                "aliases" => read_aliases(xml, &mut field.aliases)?,
                "desc" => {
                    field.description = Some(FormattedText::read_within(xml)?.plain()).filter(|text| !text.is_empty())
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(field)
    }

    /// Reads a `group` of a data source: a set, or a combined field. Those that actions make for themselves are none.
    pub(crate) fn read_group(xml: &mut Xml<'_>, element: &Element) -> Result<Option<Self>, Error> {
        if element.peek("user:auto-column").is_some() {
            return Ok(None);
        }
        let name = xml.need(element, "name");
        let mut field = Self::new(unbracketed(&name).into_owned());
        field.caption = xml.get(element, "caption");
        field.hidden = element.is_true("hidden");
        field.role = Some(Role::Dimension);
        field.field_type = Some(FieldType::Nominal);
        let combines = element.peek("user:ui-builder").is_none();
        let mut members = None;
        xml.children(|xml, child| {
            match child.name.as_str() {
                "groupfilter" => members = Some(Members::read(xml, child)?),
                "desc" => {
                    field.description = Some(FormattedText::read_within(xml)?.plain()).filter(|text| !text.is_empty())
                }
                _ => {}
            }
            Ok(())
        })?;
        field.calculation = members.map(|members| match members {
            Members::CrossJoin(_) if combines => {
                Calculation::Combined(members.levels().into_iter().map(|level| xml.keep(level)).collect())
            }
            members => Calculation::Set(members),
        });
        Ok(Some(field))
    }
}

pub(crate) fn field_type(word: Option<&str>) -> Option<FieldType> {
    Some(match word? {
        "nominal" => FieldType::Nominal,
        "ordinal" => FieldType::Ordinal,
        "quantitative" => FieldType::Quantitative,
        _ => return None,
    })
}

fn read_calculation(
    xml: &mut Xml<'_>,
    element: &Element,
    source: &str,
    table_calcs: &mut Vec<TableCalc>,
) -> Result<Calculation, Error> {
    let formula = element.peek("formula").map(|formula| xml.keep(formula));
    Ok(match element.peek("class") {
        Some("tableau") | None => {
            xml.children(|xml, child| {
                if child.name == "table-calc" {
                    let calc = TableCalc::read(xml, child, source)?;
                    xml.push(table_calcs, calc);
                }
                Ok(())
            })?;
            Calculation::Formula(formula.unwrap_or_default())
        }
        Some("bin") => Calculation::Bin {
            source: formula.unwrap_or_default(),
            size: xml.get(element, "size").or_else(|| xml.get(element, "size-parameter")),
            peg: xml.get(element, "peg"),
        },
        Some("categorical-bin") => {
            let source = xml.need(element, "column");
            let other = xml.get(element, "default");
            let mut members = Vec::new();
            xml.children(|xml, bin| {
                if bin.name != "bin" {
                    return Ok(());
                }
                let mut member = GroupMember { name: xml.need(bin, "value"), values: Vec::new() };
                xml.children(|xml, value| {
                    if value.name == "value" {
                        let text = xml.text()?;
                        xml.push(&mut member.values, text);
                    }
                    Ok(())
                })?;
                xml.push(&mut members, member);
                Ok(())
            })?;
            Calculation::Group { source: unbracketed(&source).into_owned(), members, other }
        }
        Some(class) => Calculation::Other { class: xml.keep(class), formula },
    })
}

pub(crate) fn read_aliases(xml: &mut Xml<'_>, aliases: &mut Vec<(String, String)>) -> Result<(), Error> {
    xml.children(|xml, alias| {
        if alias.name == "alias" {
            let pair = (xml.need(alias, "key"), xml.need(alias, "value"));
            xml.push(aliases, pair);
        }
        Ok(())
    })
}
