//! The rule that turns `Automatic` into a mark.

/// A mark that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    Bar,
    Line,
    Area,
    Circle,
    Shape,
    Square,
    Text,
    Pie,
    Gantt,
    /// Shapes on the earth.
    Map,
    Polygon,
    Density,
}

/// What the innermost field of a shelf is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inner {
    /// The shelf is empty.
    Nothing,
    /// A discrete field.
    Discrete,
    /// A discrete part of a date.
    DiscreteDate,
    /// A number that is summed up.
    Measure,
    /// A continuous date.
    Date,
    /// Bins of a number.
    Bin,
    /// A number that tells rows apart.
    Number,
    /// The latitude or longitude of a place.
    Place,
}

/// What a pane has that the rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub rows: Inner,
    pub columns: Inner,
    pub text: bool,
    pub size: bool,
    pub color: bool,
    pub geometry: bool,
}

impl Mark {
    /// The mark of a word of the format; none for `Automatic` and what is not known.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "Bar" => Self::Bar,
            "Line" => Self::Line,
            "Area" => Self::Area,
            "Circle" => Self::Circle,
            "Shape" => Self::Shape,
            "Square" => Self::Square,
            "Text" => Self::Text,
            "Pie" => Self::Pie,
            "GanttBar" | "Gantt" => Self::Gantt,
            "Multipolygon" | "Map" => Self::Map,
            "Polygon" => Self::Polygon,
            "Heatmap" | "Density" => Self::Density,
            _ => return None,
        })
    }

    /// The mark of a pane for which the author chose none.
    pub(crate) fn automatic(facts: Facts) -> Self {
        use Inner::{Bin, Date, Discrete, DiscreteDate, Measure, Nothing, Number, Place};
        let Facts { rows, columns, .. } = facts;
        if facts.geometry {
            return Self::Map;
        }
        match (rows, columns) {
            (Place, _) | (_, Place) => Self::Circle,
            (Nothing | Discrete | DiscreteDate, Nothing | Discrete | DiscreteDate) => {
                if facts.size || facts.color && !facts.text { Self::Square } else { Self::Text }
            }
            (Measure, Date | DiscreteDate) | (Date | DiscreteDate, Measure) => Self::Line,
            (Measure, Measure) => Self::Shape,
            (Measure, Nothing | Discrete | Bin) | (Nothing | Discrete | Bin, Measure) => Self::Bar,
            (Measure, Number) | (Number, Measure) => Self::Line,
            (Date | Bin | Number, Nothing | Discrete | DiscreteDate) => Self::Gantt,
            (Nothing | Discrete | DiscreteDate, Date | Bin | Number) => Self::Gantt,
            (Date | Bin | Number, Date | Bin | Number) => Self::Shape,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Inner::*, *};

    #[test]
    fn the_inner_fields_of_both_shelves_choose_the_mark() {
        let facts = |rows, columns| Facts { rows, columns, text: false, size: false, color: false, geometry: false };
        let of = |rows, columns| Mark::automatic(facts(rows, columns));
        assert_eq!(of(Discrete, Measure), Mark::Bar);
        assert_eq!(of(Measure, Nothing), Mark::Bar);
        assert_eq!(of(Measure, Bin), Mark::Bar);
        assert_eq!(of(Measure, Date), Mark::Line);
        assert_eq!(of(Measure, DiscreteDate), Mark::Line);
        assert_eq!(of(Measure, Measure), Mark::Shape);
        assert_eq!(of(Discrete, Date), Mark::Gantt);
        assert_eq!(of(Place, Place), Mark::Circle);
        assert_eq!(of(Discrete, Discrete), Mark::Text);
        let heat = Facts { color: true, ..facts(Discrete, Discrete) };
        assert_eq!(Mark::automatic(heat), Mark::Square);
        assert_eq!(Mark::automatic(Facts { text: true, ..heat }), Mark::Text);
        let tree = Facts { size: true, text: true, ..facts(Nothing, Nothing) };
        assert_eq!(Mark::automatic(tree), Mark::Square);
        assert_eq!(Mark::automatic(Facts { geometry: true, ..facts(Place, Place) }), Mark::Map);
    }
}
