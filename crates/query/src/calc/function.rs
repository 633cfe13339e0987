//! The functions of the language: what they take and give.

/// At which stage a function is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// For a row, or for what is summed up already.
    Scalar,
    /// Over rows.
    Aggregate,
    /// Over the marks of a view.
    TableCalc,
}

/// What a function is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Numbers.
    Number,
    /// Texts.
    Text,
    /// Dates.
    Date,
    /// Values as other types.
    Conversion,
    /// Conditions.
    Logic,
    /// Who asks.
    User,
    /// Shapes on the earth.
    Spatial,
    /// SQL that the author wrote.
    RawSql,
    /// What sums up.
    Aggregate,
    /// What looks at other marks.
    TableCalc,
}

/// A function, with one way to call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    /// Its name, in upper case.
    pub name: &'static str,
    /// What it is about.
    pub category: Category,
    /// At which stage it is computed.
    pub stage: Stage,
    /// A letter for each argument: `b` a truth, `i` a whole number, `n` a number, `r` a number that becomes one with a
    /// fraction, `t` a text, `d` a date or a date and time, `m` a date that becomes one with a time, `p` a shape, `a` anything,
    /// `u` anything of one type with the others of this letter, `w` a word that is a constant text. What follows `?` may be
    /// left out; what precedes `*` is repeated.
    pub(crate) takes: &'static str,
    /// A letter for what it gives: as above, but `d` is a date; `0` is the type of the first argument.
    pub(crate) gives: char,
}

impl Function {
    /// How many arguments it needs, and how many it takes at most.
    pub(super) fn arity(&self) -> (usize, usize) {
        if self.takes.ends_with('*') {
            return (self.takes.len() - 2, usize::MAX);
        }
        let needed = self.takes.find('?').unwrap_or(self.takes.len());
        (needed, self.takes.len() - usize::from(needed < self.takes.len()))
    }

    /// The letter of an argument.
    pub(super) fn letter(&self, place: usize) -> char {
        let mut letters = self.takes.chars().filter(|letter| !matches!(letter, '?' | '*'));
        letters.nth(place).or(self.takes.trim_end_matches('*').chars().last()).unwrap_or('a')
    }
}

/// The ways to call a function, by its name in upper case; none where there is no such function.
pub(super) fn ways(name: &str) -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter().filter(move |function| function.name == name)
}

/// The stage at which a function, by its name in upper case, is computed with so many arguments; none where it takes
/// not so many.
pub fn stage(name: &str, arguments: usize) -> Option<Stage> {
    let fits = |function: &&Function| {
        let (needed, most) = function.arity();
        (needed..=most).contains(&arguments)
    };
    ways(name).find(fits).map(|function| function.stage)
}

/// All functions of the language; one that can be called in ways that differ in stage stands there for each.
pub fn functions() -> &'static [Function] {
    FUNCTIONS
}

const fn number(name: &'static str, takes: &'static str, gives: char) -> Function {
    Function { name, category: Category::Number, stage: Stage::Scalar, takes, gives }
}

const fn text(name: &'static str, takes: &'static str, gives: char) -> Function {
    Function { name, category: Category::Text, stage: Stage::Scalar, takes, gives }
}

const fn date(name: &'static str, takes: &'static str, gives: char) -> Function {
    Function { name, category: Category::Date, stage: Stage::Scalar, takes, gives }
}

const fn conversion(name: &'static str, takes: &'static str, gives: char) -> Function {
    Function { name, category: Category::Conversion, stage: Stage::Scalar, takes, gives }
}

const fn logic(name: &'static str, takes: &'static str, gives: char) -> Function {
    Function { name, category: Category::Logic, stage: Stage::Scalar, takes, gives }
}

const fn user(name: &'static str, takes: &'static str, gives: char) -> Function {
    Function { name, category: Category::User, stage: Stage::Scalar, takes, gives }
}

const fn spatial(name: &'static str, takes: &'static str, gives: char) -> Function {
    Function { name, category: Category::Spatial, stage: Stage::Scalar, takes, gives }
}

const fn raw(name: &'static str, takes: &'static str, gives: char) -> Function {
    Function { name, category: Category::RawSql, stage: Stage::Scalar, takes, gives }
}

const fn aggregate(name: &'static str, takes: &'static str, gives: char) -> Function {
    Function { name, category: Category::Aggregate, stage: Stage::Aggregate, takes, gives }
}

const fn table_calc(name: &'static str, takes: &'static str, gives: char) -> Function {
    Function { name, category: Category::TableCalc, stage: Stage::TableCalc, takes, gives }
}

const FUNCTIONS: &[Function] = &[
    number("ABS", "n", '0'),
    number("ACOS", "r", 'r'),
    number("ASIN", "r", 'r'),
    number("ATAN", "r", 'r'),
    number("ATAN2", "rr", 'r'),
    number("CEILING", "n", 'i'),
    number("COS", "r", 'r'),
    number("COT", "r", 'r'),
    number("DEGREES", "r", 'r'),
    number("DIV", "ii", 'i'),
    number("EXP", "r", 'r'),
    number("FLOOR", "n", 'i'),
    number("HEXBINX", "rr", 'r'),
    number("HEXBINY", "rr", 'r'),
    number("LN", "r", 'r'),
    number("LOG", "r?r", 'r'),
    number("MAX", "uu", 'u'),
    number("MIN", "uu", 'u'),
    number("PI", "", 'r'),
    number("POWER", "rr", 'r'),
    number("RADIANS", "r", 'r'),
    number("ROUND", "n?i", '0'),
    number("SIGN", "n", 'i'),
    number("SIN", "r", 'r'),
    number("SQRT", "r", 'r'),
    number("SQUARE", "n", '0'),
    number("TAN", "r", 'r'),
    number("ZN", "n", '0'),
    text("ASCII", "t", 'i'),
    text("CHAR", "i", 't'),
    text("CONTAINS", "tt", 'b'),
    text("ENDSWITH", "tt", 'b'),
    text("FIND", "tt?i", 'i'),
    text("FINDNTH", "tti", 'i'),
    text("LEFT", "ti", 't'),
    text("LEN", "t", 'i'),
    text("LOWER", "t", 't'),
    text("LTRIM", "t", 't'),
    text("MID", "ti?i", 't'),
    text("PROPER", "t", 't'),
    text("REGEXP_EXTRACT", "tt", 't'),
    text("REGEXP_EXTRACT_NTH", "tti", 't'),
    text("REGEXP_MATCH", "tt", 'b'),
    text("REGEXP_REPLACE", "ttt", 't'),
    text("REPLACE", "ttt", 't'),
    text("RIGHT", "ti", 't'),
    text("RTRIM", "t", 't'),
    text("SPACE", "i", 't'),
    text("SPLIT", "tti", 't'),
    text("STARTSWITH", "tt", 'b'),
    text("TRIM", "t", 't'),
    text("UPPER", "t", 't'),
    date("DATEADD", "wid", 'm'),
    date("DATEDIFF", "wdd?w", 'i'),
    date("DATENAME", "wd?w", 't'),
    date("DATEPARSE", "tt", 'm'),
    date("DATEPART", "wd?w", 'i'),
    date("DATETRUNC", "wd?w", 'm'),
    date("DAY", "d", 'i'),
    date("ISDATE", "t", 'b'),
    date("ISOQUARTER", "d", 'i'),
    date("ISOWEEK", "d", 'i'),
    date("ISOWEEKDAY", "d", 'i'),
    date("ISOYEAR", "d", 'i'),
    date("MAKEDATE", "iii", 'd'),
    date("MAKEDATETIME", "dm", 'm'),
    date("MAKETIME", "iii", 'm'),
    date("MONTH", "d", 'i'),
    date("NOW", "", 'm'),
    date("QUARTER", "d", 'i'),
    date("TODAY", "", 'd'),
    date("WEEK", "d", 'i'),
    date("YEAR", "d", 'i'),
    conversion("DATE", "a", 'd'),
    conversion("DATETIME", "a", 'm'),
    conversion("FLOAT", "a", 'r'),
    conversion("INT", "a", 'i'),
    conversion("STR", "a", 't'),
    logic("IFNULL", "uu", 'u'),
    logic("IIF", "buu?u", 'u'),
    logic("ISNULL", "a", 'b'),
    user("FULLNAME", "", 't'),
    user("ISFULLNAME", "t", 'b'),
    user("ISMEMBEROF", "t", 'b'),
    user("ISUSERNAME", "t", 'b'),
    user("USERATTRIBUTE", "t", 't'),
    user("USERATTRIBUTEINCLUDES", "tt", 'b'),
    user("USERDOMAIN", "", 't'),
    user("USERNAME", "", 't'),
    spatial("AREA", "pt", 'r'),
    spatial("BUFFER", "prt", 'p'),
    spatial("DIFFERENCE", "pp", 'p'),
    spatial("DISTANCE", "ppt", 'r'),
    spatial("INTERSECTION", "pp", 'p'),
    spatial("INTERSECTS", "pp", 'b'),
    spatial("LENGTH", "pt", 'r'),
    spatial("MAKELINE", "pp", 'p'),
    spatial("MAKEPOINT", "rr?i", 'p'),
    spatial("OUTLINE", "p", 'p'),
    spatial("SHAPETYPE", "p", 't'),
    spatial("SYMDIFFERENCE", "pp", 'p'),
    spatial("VALIDATE", "p", 'p'),
    raw("RAWSQL_BOOL", "ta*", 'b'),
    raw("RAWSQL_DATE", "ta*", 'd'),
    raw("RAWSQL_DATETIME", "ta*", 'm'),
    raw("RAWSQL_INT", "ta*", 'i'),
    raw("RAWSQL_REAL", "ta*", 'r'),
    raw("RAWSQL_SPATIAL", "ta*", 'p'),
    raw("RAWSQL_STR", "ta*", 't'),
    aggregate("RAWSQLAGG_BOOL", "ta*", 'b'),
    aggregate("RAWSQLAGG_DATE", "ta*", 'd'),
    aggregate("RAWSQLAGG_DATETIME", "ta*", 'm'),
    aggregate("RAWSQLAGG_INT", "ta*", 'i'),
    aggregate("RAWSQLAGG_REAL", "ta*", 'r'),
    aggregate("RAWSQLAGG_STR", "ta*", 't'),
    aggregate("ATTR", "a", '0'),
    aggregate("AVG", "n", 'r'),
    aggregate("COLLECT", "p", 'p'),
    aggregate("CORR", "rr", 'r'),
    aggregate("COUNT", "a", 'i'),
    aggregate("COUNTD", "a", 'i'),
    aggregate("COVAR", "rr", 'r'),
    aggregate("COVARP", "rr", 'r'),
    aggregate("MAX", "a", '0'),
    aggregate("MEDIAN", "n", 'r'),
    aggregate("MIN", "a", '0'),
    aggregate("PERCENTILE", "nr", 'r'),
    aggregate("STDEV", "n", 'r'),
    aggregate("STDEVP", "n", 'r'),
    aggregate("SUM", "n", '0'),
    aggregate("VAR", "n", 'r'),
    aggregate("VARP", "n", 'r'),
    table_calc("FIRST", "", 'i'),
    table_calc("INDEX", "", 'i'),
    table_calc("LAST", "", 'i'),
    table_calc("LOOKUP", "a?i", '0'),
    table_calc("MODEL_EXTENSION_BOOL", "ta*", 'b'),
    table_calc("MODEL_EXTENSION_INT", "ta*", 'i'),
    table_calc("MODEL_EXTENSION_REAL", "ta*", 'r'),
    table_calc("MODEL_EXTENSION_STR", "ta*", 't'),
    table_calc("MODEL_PERCENTILE", "aa*", 'r'),
    table_calc("MODEL_QUANTILE", "ra*", 'r'),
    table_calc("PREVIOUS_VALUE", "a", '0'),
    table_calc("RANK", "a?w", 'i'),
    table_calc("RANK_DENSE", "a?w", 'i'),
    table_calc("RANK_MODIFIED", "a?w", 'i'),
    table_calc("RANK_PERCENTILE", "a?w", 'r'),
    table_calc("RANK_UNIQUE", "a?w", 'i'),
    table_calc("RUNNING_AVG", "n", 'r'),
    table_calc("RUNNING_COUNT", "a", 'i'),
    table_calc("RUNNING_MAX", "a", '0'),
    table_calc("RUNNING_MIN", "a", '0'),
    table_calc("RUNNING_SUM", "n", '0'),
    table_calc("SCRIPT_BOOL", "ta*", 'b'),
    table_calc("SCRIPT_INT", "ta*", 'i'),
    table_calc("SCRIPT_REAL", "ta*", 'r'),
    table_calc("SCRIPT_STR", "ta*", 't'),
    table_calc("SIZE", "", 'i'),
    table_calc("TOTAL", "a", '0'),
    table_calc("WINDOW_AVG", "n?ii", 'r'),
    table_calc("WINDOW_CORR", "rr?ii", 'r'),
    table_calc("WINDOW_COUNT", "a?ii", 'i'),
    table_calc("WINDOW_COVAR", "rr?ii", 'r'),
    table_calc("WINDOW_COVARP", "rr?ii", 'r'),
    table_calc("WINDOW_MAX", "a?ii", '0'),
    table_calc("WINDOW_MEDIAN", "n?ii", 'r'),
    table_calc("WINDOW_MIN", "a?ii", '0'),
    table_calc("WINDOW_PERCENTILE", "nr?ii", 'r'),
    table_calc("WINDOW_STDEV", "n?ii", 'r'),
    table_calc("WINDOW_STDEVP", "n?ii", 'r'),
    table_calc("WINDOW_SUM", "n?ii", '0'),
    table_calc("WINDOW_VAR", "n?ii", 'r'),
    table_calc("WINDOW_VARP", "n?ii", 'r'),
];
