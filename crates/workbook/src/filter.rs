//! Filters and sorts of a worksheet, as they are written.

use crate::shelf::FieldRef;

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// What it is on. `:Measure Names` chooses the measures that are shown.
    pub field: FieldRef,
    /// Whether it is a context filter: others see only what it lets through.
    pub context: bool,
    /// Sheets whose filters have the same group share them.
    pub group: Option<String>,
    /// What it lets through.
    pub kind: FilterKind,
}

/// What a [`Filter`] lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterKind {
    /// Members.
    Members(Members),
    /// A range of numbers or dates; an end that is not there is open.
    Range {
        /// The least, as a literal.
        min: Option<String>,
        /// The most, as a literal.
        max: Option<String>,
        /// `in-range`, `in-range-or-null`, `all`, `null`, `non-null`.
        included: String,
    },
    /// A time relative to today.
    RelativeDate {
        /// `day`, `week`, `month`, `quarter`, `year`, `hour`, …
        period: String,
        /// The first period: 0 is the current one, −1 the one before it.
        first: i64,
        /// The last period.
        last: i64,
        /// What today is, as a literal, where it is not the day of asking.
        anchor: Option<String>,
        /// Whether NULL is let through.
        include_null: bool,
        /// Whether what comes after the last period's end is let through.
        include_future: bool,
    },
    /// Anything else, by the file's own word.
    Other(String),
}

/// A set of members of one or several fields (`groupfilter`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// All members of a field.
    All {
        /// The field or instance, without brackets.
        level: String,
    },
    /// None (`empty-level`).
    None {
        /// The field or instance, without brackets.
        level: String,
    },
    /// One member.
    One {
        /// The field or instance, without brackets.
        level: String,
        /// The member, as a literal: `"East"`, `12`, `#2020-01-31#`, `true`, `%null%`.
        member: String,
    },
    /// The members between two, both among them.
    Range {
        /// The field or instance, without brackets.
        level: String,
        /// The first, as a literal.
        from: String,
        /// The last, as a literal.
        to: String,
    },
    /// Those that are in any.
    Union(Vec<Members>),
    /// Those that are in each.
    Intersection(Vec<Members>),
    /// Those of the first that are in none of the others.
    Except(Vec<Members>),
    /// Each with each, of several fields.
    CrossJoin(Vec<Members>),
    /// The first or last so many.
    End {
        /// How many: a number, or the qualified name of a parameter.
        count: String,
        /// `records` or `percent`.
        units: String,
        /// Whether the first are meant.
        top: bool,
        /// Those they are taken from, which are mostly in an order.
        of: Box<Members>,
    },
    /// Members by the value of an expression.
    Order {
        /// The expression, as a formula.
        expression: String,
        /// From the most down.
        descending: bool,
        /// What is put in order.
        of: Box<Members>,
    },
    /// Members for which an expression is true.
    Condition {
        /// The expression, as a formula.
        expression: String,
        /// What it is asked of.
        of: Box<Members>,
    },
    /// Anything else, by the file's own word.
    Other {
        /// The word.
        function: String,
        /// What it is applied to.
        of: Vec<Members>,
    },
}

/// In which order the members of a discrete field come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The field.
    pub field: FieldRef,
    /// From the last to the first.
    pub descending: bool,
    /// By what.
    pub by: SortBy,
}

/// What a [`Sort`] goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortBy {
    /// The order of the data source.
    Natural,
    /// The alphabet.
    Alphabetic,
    /// The value of another instance, over the whole sheet.
    Field(FieldRef),
    /// The value of another instance, within what the field is nested in (`shelf-sort-v2`).
    Nested(FieldRef),
    /// By hand: literals, or for `:Measure Names` qualified instances as literals. Members that are not named come after.
    Manual(Vec<String>),
}

/// A table calculation: what is done to an answer's values after they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableCalc {
    /// A quick one, in the format's own words: `CumTotal`, `PctTotal`, `Rank`, `Difference`, `PctDiff`, `WindowTotal`, `PctRank`, …
    /// None where the field's own formula is one.
    pub kind: Option<String>,
    /// `Rows`, `Columns`, `Table`, `Pane`, `RowInPane`, `ColumnInPane`, `CellInPane`, `Field`: along what it goes.
    pub ordering: String,
    /// For `Field`: the fields it goes along, from the outermost, qualified; otherwise none.
    pub order: Vec<FieldRef>,
    /// At which field it starts anew.
    pub level_break: Option<FieldRef>,
    /// The field whose step is one step.
    pub level_address: Option<FieldRef>,
    /// What a quick one sums up with: `Sum`, `Avg`, `Min`, `Max`.
    pub aggregation: Option<String>,
    /// The first place of a window, relative to the current one.
    pub from: Option<i64>,
    /// The last place of a window.
    pub to: Option<i64>,
    /// Further words by their attribute: `rank-options`, `diff-options`, `window-options`.
    pub options: Vec<(String, String)>,
    /// For a difference, what is compared with: literal values of `address`, such as `-1` for the one before.
    pub address: Vec<String>,
    /// The field of a nested calculation this one belongs to (a formula's calculations may each have their own).
    pub field: Option<String>,
    /// By what the places are in order, where not by the sheet: instance, descending.
    pub sort: Option<(FieldRef, bool)>,
}
