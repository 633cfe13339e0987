//! The functions formulas may use.

use crate::calc::{self, Category};

/// The type of an argument or a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentType {
    /// True or false.
    Boolean,
    /// A number.
    Real,
    /// A whole number.
    Integer,
    /// A text.
    Text,
    /// A day and a time.
    DateTime,
    /// A day.
    Date,
    /// A shape.
    Spatial,
    /// Any.
    Any,
}

/// One way to call a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overload {
    /// The function's name.
    pub name: &'static str,
    /// The types of its arguments.
    pub arguments: Vec<ArgumentType>,
    /// The type of its result.
    pub result: ArgumentType,
}

/// All ways to call all functions, by name. SQL of the author's own and other programs' models are not among them.
pub fn functions() -> Vec<Overload> {
    let elsewhere =
        |name: &str| name.starts_with("SCRIPT_") || name.starts_with("MODEL_") || name.starts_with("RAWSQL");
    let known = calc::functions().iter();
    let known = known.filter(|function| function.category != Category::RawSql && !elsewhere(function.name));
    let mut overloads: Vec<_> = known.flat_map(overloads).collect();
    overloads.sort_by_key(|overload| overload.name);
    overloads
}

/// A function with and without what may be left out, and for whole and other numbers where its result goes by that.
fn overloads(function: &calc::Function) -> Vec<Overload> {
    let (needed, optional) = function.takes.split_once('?').unwrap_or((function.takes, ""));
    let numbers: &[ArgumentType] = match (needed.contains('n'), function.gives) {
        (true, '0' | 'n') => &[ArgumentType::Integer, ArgumentType::Real],
        _ => &[ArgumentType::Real],
    };
    let mut overloads = Vec::new();
    for number in numbers {
        let of_letter = |letter| of_letter(letter, *number);
        let mut arguments: Vec<_> = needed.chars().map(of_letter).collect();
        let result = match function.gives {
            '0' => arguments.first().copied().unwrap_or(ArgumentType::Any),
            'd' => ArgumentType::Date,
            letter => of_letter(letter),
        };
        overloads.push(Overload { name: function.name, arguments: arguments.clone(), result });
        if !optional.is_empty() {
            arguments.extend(optional.chars().map(of_letter));
            overloads.push(Overload { name: function.name, arguments, result });
        }
    }
    overloads
}

/// The type of a letter in [`calc::Function`].
fn of_letter(letter: char, number: ArgumentType) -> ArgumentType {
    match letter {
        'b' => ArgumentType::Boolean,
        'i' => ArgumentType::Integer,
        'n' => number,
        'r' => ArgumentType::Real,
        't' | 'w' => ArgumentType::Text,
        'd' | 'm' => ArgumentType::DateTime,
        'p' => ArgumentType::Spatial,
        _ => ArgumentType::Any,
    }
}
