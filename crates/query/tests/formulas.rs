//! Types and levels of formulas.

use std::{cell::RefCell, collections::HashMap, fs::File, io::BufReader, path::PathBuf};

use jiff::civil::Weekday;
use tavola_query::{
    Context, Error, Type,
    calc::{self, Fields, Known, Level, Resolve, Scope, Typed},
    sql::{Dialect, Expression},
};
use tavola_workbook::{Calculation, DataType, Limits, Workbook, open};

struct Sales {
    context: Context,
    week_start: Weekday,
}

fn sales() -> Sales {
    Sales { context: Context::default(), week_start: Weekday::Sunday }
}

impl Fields for Sales {
    fn field(&self, data_source: Option<&str>, name: &str) -> Result<Known, Error> {
        let known = |data_type, level| Ok(Known { data_type, level, set: false });
        match (data_source, name) {
            (Some("Parameters"), "Part") => known(Type::Text, Level::Constant),
            (_, "Amount" | "Discount") => known(Type::Real, Level::Row),
            (_, "Quantity") => known(Type::Integer, Level::Row),
            (_, "Region") => known(Type::Text, Level::Row),
            (_, "Day") => known(Type::Date, Level::Row),
            (_, "Place") => known(Type::Spatial, Level::Row),
            (_, "Total") => known(Type::Real, Level::Aggregate),
            (_, "Rank") => known(Type::Integer, Level::TableCalc),
            (_, "Best") => Ok(Known { data_type: Type::Boolean, level: Level::Row, set: true }),
            (_, name) => Err(Error::Missing(format!("the field `{name}`"))),
        }
    }
}

impl Resolve for Sales {
    fn field(&mut self, data_source: Option<&str>, name: &str) -> Result<Expression, Error> {
        Ok(match data_source {
            Some("Parameters") => Expression::text("month"),
            _ => Expression::column("", name),
        })
    }

    fn level_of_detail(&mut self, scope: Scope, dimensions: &[Typed], _: &Typed) -> Result<Expression, Error> {
        assert_eq!((scope, dimensions.len()), (Scope::Fixed, 1));
        Ok(Expression::column("lod", "value"))
    }

    fn context(&self) -> &Context {
        &self.context
    }

    fn week_start(&self) -> Weekday {
        self.week_start
    }
}

fn typed(formula: &str) -> Result<Typed, Error> {
    calc::check(&calc::parse(formula)?, &sales())
}

fn is(formula: &str) -> (Type, Level) {
    let typed = typed(formula).unwrap_or_else(|problem| panic!("{formula}: {problem}"));
    (typed.data_type, typed.level)
}

fn problem(formula: &str) -> String {
    typed(formula).map(|typed| format!("{typed:?}")).unwrap_err().to_string()
}

fn sql(formula: &str, world: &mut Sales) -> Result<String, Error> {
    let typed = calc::check(&calc::parse(formula)?, world)?;
    let mut out = String::new();
    calc::to_sql(&typed, world, Dialect::Hyper)?.write(Dialect::Hyper, &mut out);
    Ok(out)
}

#[test]
fn a_formula_has_the_level_of_what_is_in_it() {
    assert_eq!(is("1 + 2"), (Type::Integer, Level::Constant));
    assert_eq!(is("[Amount] * 2"), (Type::Real, Level::Row));
    assert_eq!(is("SUM([Amount]) / [Total]"), (Type::Real, Level::Aggregate));
    assert_eq!(is("RUNNING_SUM(SUM([Quantity])) + 1"), (Type::Integer, Level::TableCalc));
    assert_eq!(is("IF [Rank] = 1 THEN 'first' END"), (Type::Text, Level::TableCalc));
    assert_eq!(is("{FIXED [Region] : SUM([Amount])}"), (Type::Real, Level::Row));
    assert_eq!(is("AVG({INCLUDE [Region] : SUM([Amount])})"), (Type::Real, Level::Aggregate));
    assert_eq!(is("WINDOW_AVG([Total], -2, 0)"), (Type::Real, Level::TableCalc));
    assert_eq!(is("WINDOW_SUM(SUM([Amount]), FIRST() + 1, LAST())"), (Type::Real, Level::TableCalc));
    assert_eq!(is("RANK([Total], 'asc')"), (Type::Integer, Level::TableCalc));
    assert_eq!(is("USERNAME() = [Region]"), (Type::Boolean, Level::Row));
    assert_eq!(is("DATETRUNC([Parameters].[Part], [Day])"), (Type::DateTime, Level::Row));
}

#[test]
fn what_is_summed_up_is_not_mixed_with_what_is_not() {
    let mixed =
        |at| format!("the formula is wrong at character {at}: aggregate and non-aggregate values cannot be mixed here");
    assert_eq!(problem("SUM([Amount]) / [Quantity]"), mixed(16));
    assert_eq!(problem("IF [Quantity] > 1 THEN SUM([Amount]) END"), mixed(3));
    assert_eq!(problem("CASE [Region] WHEN 'East' THEN [Total] END"), mixed(5));
    assert_eq!(problem("[Total] IN ([Amount])"), mixed(12));
    assert_eq!(problem("SUM([Amount]) / {FIXED : SUM([Amount])}"), mixed(16));
    assert_eq!(
        problem("SUM([Total])"),
        "the formula is wrong at character 4: what `SUM` takes is summed up already, and cannot be again"
    );
    assert_eq!(
        problem("RUNNING_SUM([Amount])"),
        "the formula is wrong at character 12: `RUNNING_SUM` is a table calculation and needs aggregates"
    );
    assert_eq!(
        problem("{FIXED : [Amount]}"),
        "the formula is wrong at character 9: a level of detail needs an aggregate"
    );
    assert_eq!(
        problem("{FIXED : [Rank]}"),
        "the formula is wrong at character 9: a level of detail cannot hold a table calculation"
    );
    assert_eq!(
        problem("{FIXED SUM([Amount]) : SUM([Amount])}"),
        "the formula is wrong at character 7: a dimension of a level of detail cannot be summed up"
    );
}

#[test]
fn types_that_do_not_fit_are_told() {
    assert_eq!(problem("'a' + 1"), "the formula is wrong at character 0: `+` cannot be used between text and integer");
    assert_eq!(
        problem("[Region] = 1"),
        "the formula is wrong at character 0: `=` cannot be used between text and integer"
    );
    assert_eq!(
        problem("[Place] = [Place]"),
        "the formula is wrong at character 0: `=` cannot be used between spatial and spatial"
    );
    assert_eq!(problem("5.5 % 2"), "the formula is wrong at character 0: `%` cannot be used between real and integer");
    assert_eq!(problem("-[Region]"), "the formula is wrong at character 0: `-` needs a number, and this is text");
    assert_eq!(
        problem("IF [Region] THEN 1 END"),
        "the formula is wrong at character 3: a condition is expected, which is true or false"
    );
    assert_eq!(
        problem("IF TRUE THEN 1 ELSE 'a' END"),
        "the formula is wrong at character 20: a value of type integer is expected, and this is text"
    );
    assert_eq!(
        problem("LEFT([Region], [Amount])"),
        "the formula is wrong at character 15: `LEFT` is called with (text, real) and takes (text, integer)"
    );
    assert_eq!(
        problem("LEFT([Region])"),
        "the formula is wrong at character 0: `LEFT` takes 2 values, and 1 are there"
    );
    assert_eq!(
        problem("MID([Region])"),
        "the formula is wrong at character 0: `MID` takes 2 to 3 values, and 1 are there"
    );
    assert_eq!(
        problem("SCRIPT_REAL()"),
        "the formula is wrong at character 0: `SCRIPT_REAL` takes 1 values or more, and 0 are there"
    );
    assert_eq!(problem("1 + FROB(2)"), "the formula is wrong at character 4: `FROB` is not a function");
    assert_eq!(
        problem("DATETRUNC([Region], [Day])"),
        "the formula is wrong at character 10: `DATETRUNC` needs a constant here"
    );
    assert_eq!(problem("[Nothing]"), "the field `Nothing` is not there");
}

#[test]
fn numbers_and_dates_become_others_by_themselves() {
    assert_eq!(is("IF TRUE THEN 1 ELSE [Amount] END"), (Type::Real, Level::Row));
    assert_eq!(is("IFNULL([Day], #2020-01-01 10:00:00#)"), (Type::DateTime, Level::Row));
    assert_eq!(is("IF TRUE THEN NULL ELSE [Day] END"), (Type::Date, Level::Row));
    assert_eq!(is("[Quantity] / 2"), (Type::Real, Level::Row));
    assert_eq!(is("[Day] + 1"), (Type::Date, Level::Row));
    assert_eq!(is("[Day] - NULL"), (Type::Date, Level::Row));
    assert_eq!(is("[Day] - #2020-01-01#"), (Type::Integer, Level::Row));
    assert_eq!(is("NULL + 1"), (Type::Integer, Level::Constant));
}

#[test]
fn a_set_says_what_is_in_it() {
    assert_eq!(is("IF [Best] THEN 1 END"), (Type::Integer, Level::Row));
    assert_eq!(sql("[Region] IN [Best]", &mut sales()).unwrap(), "\"Best\"");
    assert_eq!(sql("NOT [Best]", &mut sales()).unwrap(), "(not \"Best\")");
}

#[test]
fn weeks_begin_as_the_data_source_says_unless_the_formula_does() {
    let mut world = sales();
    let sunday = sql("DATEPART('weekday', [Day])", &mut world).unwrap();
    assert_eq!(sql("DATEPART('weekday', [Day], 'sunday')", &mut world).unwrap(), sunday);
    world.week_start = Weekday::Monday;
    let monday = sql("DATEPART('weekday', [Day])", &mut world).unwrap();
    assert_ne!(monday, sunday);
    assert_eq!(sql("DATEPART('weekday', [Day], 'sunday')", &mut world).unwrap(), sunday);
}

#[test]
fn levels_of_detail_and_parameters_are_put_in() {
    assert_eq!(
        sql("[Amount] - {FIXED [Region] : AVG([Amount])}", &mut sales()).unwrap(),
        "(cast(\"Amount\" as double precision) - \"lod\".\"value\")"
    );
    assert_eq!(
        sql("DATETRUNC([Parameters].[Part], [Day])", &mut sales()).unwrap(),
        "date_trunc('month', cast(\"Day\" as timestamp))"
    );
}

#[test]
fn numbers_of_columns_become_wide_enough_to_be_added_and_multiplied() {
    let sql = |formula| sql(formula, &mut sales()).unwrap();
    assert_eq!(sql("[Quantity] * 3"), "(cast(\"Quantity\" as bigint) * 3)");
    assert_eq!(
        sql("[Amount] * [Discount] * 1.5"),
        "((cast(\"Amount\" as double precision) * \"Discount\") * double precision '1.5')"
    );
    assert_eq!(sql("STR([Amount])"), "cast(cast(\"Amount\" as double precision) as text)");
}

#[test]
fn what_is_not_computed_in_sql_is_said() {
    let problem = |formula| sql(formula, &mut sales()).unwrap_err().to_string();
    assert_eq!(problem("RUNNING_SUM([Total])"), "the function `RUNNING_SUM` is not supported yet");
    assert_eq!(problem("RAWSQL_REAL('random()')"), "the function `RAWSQL_REAL` is not supported yet");
    assert_eq!(problem("RAWSQLAGG_REAL('sum(%1)', [Amount])"), "the function `RAWSQLAGG_REAL` is not supported yet");
    assert_eq!(problem("HEXBINX([Amount], 1)"), "the function `HEXBINX` is not supported yet");
    assert_eq!(problem("DATEADD('fortnight', 1, [Day])"), "`fortnight` is not a part of a date");
    assert_eq!(problem("PERCENTILE([Amount], 7)"), "`PERCENTILE` needs a constant between 0 and 1");
    assert_eq!(problem("INT([Place])"), "`INT` cannot take a value of this type");
}

#[test]
fn the_deepest_formula_is_translated_with_the_stack_of_a_thread() {
    let deepest = |open: &str, middle: &str, close: &str| {
        let mut depth = 199;
        loop {
            let formula = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
            match calc::parse(&formula) {
                Ok(_) => return formula,
                Err(_) => depth -= 1,
            }
        }
    };
    for (open, middle, close) in [
        ("IF TRUE THEN ", "[Amount]", " END"),
        ("ABS(", "[Amount]", ")"),
        ("1 + ", "[Amount]", ""),
        ("CASE 1 WHEN 1 THEN ", "[Amount]", " END"),
        ("[Amount] IN (1, IIF(", "TRUE", ", 1, 0))"),
        ("DATEADD('day', 1, ", "[Day]", ")"),
    ] {
        let formula = deepest(open, middle, close);
        sql(&formula, &mut sales()).unwrap_or_else(|problem| panic!("{formula}: {problem}"));
    }
}

#[test]
fn what_doubles_with_each_step_is_refused() {
    let formula = format!("{}1{}", "MAX(".repeat(60), ", 1)".repeat(60));
    assert_eq!(sql(&formula, &mut sales()).unwrap_err().to_string(), "a formula needs SQL of more than 200000 parts");
}

/// The fields of a real data source, with what formulas are for.
struct Real<'a> {
    workbook: &'a Workbook,
    fields: &'a [tavola_workbook::Field],
    open: RefCell<Vec<String>>,
    known: RefCell<HashMap<String, Known>>,
}

fn type_of(data_type: Option<&DataType>) -> Option<Type> {
    Some(match data_type? {
        DataType::Boolean => Type::Boolean,
        DataType::Date => Type::Date,
        DataType::DateTime => Type::DateTime,
        DataType::Integer => Type::Integer,
        DataType::Real => Type::Real,
        DataType::String => Type::Text,
        DataType::Spatial => Type::Spatial,
        DataType::Other(_) => return None,
    })
}

impl Fields for Real<'_> {
    fn field(&self, data_source: Option<&str>, name: &str) -> Result<Known, Error> {
        if data_source == Some("Parameters") {
            let parameter = self.workbook.parameters.iter().find(|parameter| parameter.name == name);
            let parameter = parameter.ok_or_else(|| Error::Missing(format!("the parameter `{name}`")))?;
            let data_type = type_of(parameter.data_type.as_ref()).unwrap();
            return Ok(Known { data_type, level: Level::Constant, set: false });
        }
        if let Some(known) = self.known.borrow().get(name) {
            return Ok(*known);
        }
        let field = self.fields.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| Error::Missing(format!("the field `{name}`")))?;
        assert!(!self.open.borrow().contains(&field.name), "{name} names itself");
        self.open.borrow_mut().push(field.name.clone());
        let set = matches!(field.calculation, Some(Calculation::Set(_)));
        let level = match field.formula() {
            Some(formula) => calc::check(&calc::parse(formula)?, self)?.level,
            None => Level::Row,
        };
        self.open.borrow_mut().pop();
        let data_type = if set { Some(Type::Boolean) } else { type_of(field.data_type.as_ref()) };
        let known = Known { data_type: data_type.unwrap_or(Type::Text), level, set };
        self.known.borrow_mut().insert(field.name.clone(), known);
        Ok(known)
    }
}

#[test]
fn formulas_of_real_workbooks_have_the_types_that_are_in_the_files() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !folder.is_dir() {
        eprintln!("skipped: there are no real files beside this checkout");
        return;
    }
    let (mut right, mut wrong) = (0, Vec::new());
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if !path.extension().is_some_and(|ending| ending == "twbx" || ending == "twb") {
            continue;
        }
        let package = open(BufReader::new(File::open(&path).unwrap()), Limits::default()).unwrap();
        let workbook = package.workbook().unwrap();
        for source in &workbook.data_sources {
            let fields = Real { workbook, fields: &source.fields, open: RefCell::default(), known: RefCell::default() };
            for field in &source.fields {
                let Some(formula) = field.formula() else { continue };
                let found = calc::parse(formula).and_then(|node| calc::check(&node, &fields));
                match (found, type_of(field.data_type.as_ref())) {
                    (Ok(typed), Some(declared)) if typed.data_type == declared => right += 1,
                    (found, declared) => {
                        let found = found.map(|typed| typed.data_type);
                        wrong.push(format!("{}: {declared:?}, {found:?}: {formula}", path.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{right} are right, but\n{}", wrong.join("\n"));
    assert_eq!(right, 107);
}
