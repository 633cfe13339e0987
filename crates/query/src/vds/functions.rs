//! The functions formulas may use.

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

/// The functions by name: for each way to call it the letters of its arguments and, after a `>`, of its result.
const LIST: &[(&str, &str)] = &[
    ("ABS", "i>i r>r"),
    ("ACOS", "r>r"),
    ("ASCII", "s>i"),
    ("ASIN", "r>r"),
    ("ATAN", "r>r"),
    ("ATAN2", "rr>r"),
    ("ATTR", "a>a"),
    ("AVG", "r>r"),
    ("CEILING", "r>i"),
    ("CHAR", "i>s"),
    ("COLLECT", "g>g"),
    ("CONTAINS", "ss>b"),
    ("CORR", "rr>r"),
    ("COS", "r>r"),
    ("COT", "r>r"),
    ("COUNT", "a>i"),
    ("COUNTD", "a>i"),
    ("COVAR", "rr>r"),
    ("COVARP", "rr>r"),
    ("DATE", "a>d"),
    ("DATEADD", "sid>d sit>t"),
    ("DATEDIFF", "stt>i stts>i"),
    ("DATENAME", "st>s sts>s"),
    ("DATEPARSE", "ss>t"),
    ("DATEPART", "st>i sts>i"),
    ("DATETIME", "a>t"),
    ("DATETRUNC", "sd>d st>t sds>d sts>t"),
    ("DAY", "t>i"),
    ("DEGREES", "r>r"),
    ("DIV", "ii>i"),
    ("ENDSWITH", "ss>b"),
    ("EXP", "r>r"),
    ("FIND", "ss>i ssi>i"),
    ("FINDNTH", "ssi>i"),
    ("FIRST", ">i"),
    ("FLOAT", "a>r"),
    ("FLOOR", "r>i"),
    ("FULLNAME", ">s"),
    ("IFNULL", "aa>a"),
    ("IIF", "baa>a baaa>a"),
    ("INDEX", ">i"),
    ("INT", "a>i"),
    ("ISDATE", "s>b"),
    ("ISFULLNAME", "s>b"),
    ("ISMEMBEROF", "s>b"),
    ("ISNULL", "a>b"),
    ("ISOQUARTER", "t>i"),
    ("ISOWEEK", "t>i"),
    ("ISOWEEKDAY", "t>i"),
    ("ISOYEAR", "t>i"),
    ("ISUSERNAME", "s>b"),
    ("LAST", ">i"),
    ("LEFT", "si>s"),
    ("LEN", "s>i"),
    ("LN", "r>r"),
    ("LOG", "r>r rr>r"),
    ("LOOKUP", "a>a ai>a"),
    ("LOWER", "s>s"),
    ("LTRIM", "s>s"),
    ("MAKEDATE", "iii>d"),
    ("MAKEDATETIME", "dt>t"),
    ("MAKETIME", "iii>t"),
    ("MAX", "a>a aa>a"),
    ("MEDIAN", "r>r"),
    ("MID", "si>s sii>s"),
    ("MIN", "a>a aa>a"),
    ("MONTH", "t>i"),
    ("NOW", ">t"),
    ("PERCENTILE", "rr>r"),
    ("PI", ">r"),
    ("POWER", "rr>r"),
    ("PREVIOUS_VALUE", "a>a"),
    ("PROPER", "s>s"),
    ("QUARTER", "t>i"),
    ("RADIANS", "r>r"),
    ("RANK", "r>i rs>i"),
    ("RANK_DENSE", "r>i rs>i"),
    ("RANK_MODIFIED", "r>i rs>i"),
    ("RANK_PERCENTILE", "r>r rs>r"),
    ("RANK_UNIQUE", "r>i rs>i"),
    ("REGEXP_EXTRACT", "ss>s"),
    ("REGEXP_EXTRACT_NTH", "ssi>s"),
    ("REGEXP_MATCH", "ss>b"),
    ("REGEXP_REPLACE", "sss>s"),
    ("REPLACE", "sss>s"),
    ("RIGHT", "si>s"),
    ("ROUND", "r>r ri>r"),
    ("RTRIM", "s>s"),
    ("RUNNING_AVG", "r>r"),
    ("RUNNING_COUNT", "a>i"),
    ("RUNNING_MAX", "a>a"),
    ("RUNNING_MIN", "a>a"),
    ("RUNNING_SUM", "r>r"),
    ("SIGN", "r>i"),
    ("SIN", "r>r"),
    ("SIZE", ">i"),
    ("SPACE", "i>s"),
    ("SPLIT", "ssi>s"),
    ("SQRT", "r>r"),
    ("SQUARE", "r>r"),
    ("STARTSWITH", "ss>b"),
    ("STDEV", "r>r"),
    ("STDEVP", "r>r"),
    ("STR", "a>s"),
    ("SUM", "i>i r>r"),
    ("TAN", "r>r"),
    ("TODAY", ">d"),
    ("TOTAL", "a>a"),
    ("TRIM", "s>s"),
    ("UPPER", "s>s"),
    ("USERDOMAIN", ">s"),
    ("USERNAME", ">s"),
    ("VAR", "r>r"),
    ("VARP", "r>r"),
    ("WEEK", "t>i"),
    ("WINDOW_AVG", "r>r rii>r"),
    ("WINDOW_CORR", "rr>r rrii>r"),
    ("WINDOW_COUNT", "a>i aii>i"),
    ("WINDOW_COVAR", "rr>r rrii>r"),
    ("WINDOW_COVARP", "rr>r rrii>r"),
    ("WINDOW_MAX", "a>a aii>a"),
    ("WINDOW_MEDIAN", "r>r rii>r"),
    ("WINDOW_MIN", "a>a aii>a"),
    ("WINDOW_PERCENTILE", "rr>r rrii>r"),
    ("WINDOW_STDEV", "r>r rii>r"),
    ("WINDOW_STDEVP", "r>r rii>r"),
    ("WINDOW_SUM", "r>r rii>r"),
    ("WINDOW_VAR", "r>r rii>r"),
    ("WINDOW_VARP", "r>r rii>r"),
    ("YEAR", "t>i"),
    ("ZN", "i>i r>r"),
];

/// All ways to call all functions, by name.
pub fn functions() -> Vec<Overload> {
    let calls = LIST.iter().flat_map(|(name, calls)| calls.split(' ').map(move |call| (*name, call)));
    let overload = |(name, call): (&'static str, &str)| {
        let (arguments, result) = call.split_once('>')?;
        let arguments = arguments.chars().map(of_letter).collect();
        Some(Overload { name, arguments, result: result.chars().next().map(of_letter)? })
    };
    calls.filter_map(overload).collect()
}

fn of_letter(letter: char) -> ArgumentType {
    match letter {
        'b' => ArgumentType::Boolean,
        'r' => ArgumentType::Real,
        'i' => ArgumentType::Integer,
        's' => ArgumentType::Text,
        't' => ArgumentType::DateTime,
        'd' => ArgumentType::Date,
        'g' => ArgumentType::Spatial,
        _ => ArgumentType::Any,
    }
}
