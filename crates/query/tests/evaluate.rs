//! Formulas over values: documented examples, rules of NULL and of types.

use tavola_query::{
    Context, Error, User, Value,
    calc::{Node, parse},
    evaluate::{Evaluator, Fields},
};

/// Fields of every type, and one without a value.
struct Row;

impl Fields for Row {
    fn field(&self, _: Option<&str>, name: &str) -> Result<Value, Error> {
        match name {
            "Nothing" => Ok(Value::Null),
            "Yes" => Ok(Value::Boolean(true)),
            "Text" => Ok(Value::text("Calculation")),
            other => Err(Error::Missing(format!("the field `{other}`"))),
        }
    }

    fn part(&self, node: &Node) -> Result<Option<Value>, Error> {
        Ok((*node == parse("SUM([Sales])")?).then_some(Value::Integer(42)))
    }
}

fn context() -> Context {
    Context {
        user: User {
            name: "ada".to_owned(),
            full_name: "Ada Lovelace".to_owned(),
            domain: "local".to_owned(),
            groups: vec!["Analysts".to_owned()],
        },
        // 2024-03-01 13:45:10.
        now: 1_709_300_710_000_000,
        ..Context::default()
    }
}

fn evaluate(formula: &str) -> Result<Value, Error> {
    Evaluator::new(&context()).evaluate(&parse(formula)?, &Row)
}

/// Compares what two formulas give, so that expected values are written as formulas are.
fn same(examples: &[(&str, &str)]) {
    for (formula, expected) in examples {
        let (value, wanted) = (evaluate(formula), evaluate(expected));
        assert_eq!(value, wanted, "{formula} is {expected}");
        assert!(wanted.is_ok(), "{expected} is a value");
    }
}

#[test]
fn operators_keep_the_types_of_numbers_texts_and_dates() {
    same(&[
        ("7 + 2", "9"),
        ("6 / 2", "3.0"),
        ("7 % 3", "1"),
        ("2 ^ 3", "8.0"),
        ("1 + 0.5", "1.5"),
        ("'abc' + 'def'", "'abcdef'"),
        ("#2004-04-15# + 15", "#2004-04-30#"),
        ("#2004-04-16# - 15", "#2004-04-01#"),
        ("#2004-04-15# - #2004-04-08#", "7"),
        ("#2004-04-15 12:00:00# - #2004-04-15#", "0.5"),
        ("#2004-04-15# + 0.25", "#2004-04-15 06:00:00#"),
        ("NOT [Yes]", "FALSE"),
        ("-(2)", "-2"),
        ("1 < 1.5", "TRUE"),
        ("#2004-04-15# < #2004-04-15 00:00:01#", "TRUE"),
        ("9223372036854775807 + 1", "9223372036854775808.0"),
        ("SUM([Sales]) + 1", "43"),
    ]);
}

#[test]
fn null_goes_through_and_is_no_condition() {
    same(&[
        ("1 + NULL", "NULL"),
        ("'a' + [Nothing]", "NULL"),
        ("[Nothing] = NULL", "NULL"),
        ("1 / 0", "NULL"),
        ("1 % 0", "NULL"),
        ("NULL AND FALSE", "FALSE"),
        ("NULL AND TRUE", "NULL"),
        ("NULL OR TRUE", "TRUE"),
        ("NULL OR FALSE", "NULL"),
        ("NOT NULL", "NULL"),
        ("IF NULL THEN 1 ELSE 2 END", "2"),
        ("IF FALSE THEN 1 END", "NULL"),
        ("IF FALSE THEN 1 ELSEIF TRUE THEN 2 ELSE 3 END", "2"),
        ("IIF(NULL, 1, 2)", "NULL"),
        ("IIF(NULL, 1, 2, 3)", "3"),
        ("IIF(7 > 5, 'greater', 'less')", "'greater'"),
        ("CASE [Nothing] WHEN NULL THEN 1 ELSE 2 END", "2"),
        ("CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "'b'"),
        ("2 IN (1, 2, NULL)", "TRUE"),
        ("3 IN (1, 2)", "FALSE"),
        ("3 IN (1, NULL)", "NULL"),
        ("ISNULL([Nothing])", "TRUE"),
        ("IFNULL([Nothing], 3)", "3"),
        ("ZN([Nothing])", "0"),
        ("ZN(4)", "4"),
        ("LEN(NULL)", "NULL"),
        ("MAX(1, NULL)", "NULL"),
    ]);
}

#[test]
fn functions_of_numbers_give_the_documented_values() {
    same(&[
        ("CEILING(3.1415)", "4"),
        ("FLOOR(-3.5)", "-4"),
        ("DIV(-11, 2)", "-5"),
        ("DIV(1, 0)", "NULL"),
        ("EXP(0)", "1.0"),
        ("LOG(100)", "2.0"),
        ("LOG(256, 2)", "8.0"),
        ("POWER(5, 3)", "125.0"),
        ("SIGN(-0.5)", "-1"),
        ("ROUND(7.3)", "7.0"),
        ("ROUND(-6.5)", "-7.0"),
        ("ROUND(1234.5, -2)", "1200.0"),
        ("MAX('a', 'b')", "'b'"),
        ("ROUND(PI(), 5)", "3.14159"),
        ("ROUND(DEGREES(PI() / 4), 9)", "45.0"),
        ("ROUND(COT(PI() / 4), 9)", "1.0"),
        ("ROUND(ATAN2(2, 1), 4)", "1.1071"),
    ]);
}

#[test]
fn functions_of_texts_count_characters_from_one() {
    same(&[
        ("CONTAINS('Calculation', 'ALCU')", "FALSE"),
        ("STARTSWITH('Matador, Joker', 'Ma')", "TRUE"),
        ("STARTSWITH('  Matador', 'Ma')", "TRUE"),
        ("FIND('Übergrößen', 'ö')", "7"),
        ("LEFT('ab', 9)", "'ab'"),
        ("MID('Calculation', 20)", "''"),
        ("LEN('Größe')", "5"),
        ("TRIM(' Budget ')", "'Budget'"),
        ("SPACE(2)", "'  '"),
        ("SPLIT('a-b', '-', 3)", "''"),
    ]);
}

#[test]
fn regular_expressions_match_extract_and_replace() {
    same(&[
        ("REGEXP_EXTRACT('abc', '(\\d+)')", "NULL"),
        ("REGEXP_REPLACE('abc 123', '([a-z]+) (\\d+)', '$2$1x')", "'123abcx'"),
    ]);
}

#[test]
fn functions_of_dates_give_the_documented_values() {
    same(&[
        ("DATEADD('hour', -1, #2004-04-15#)", "#2004-04-14 23:00:00#"),
        ("DATEDIFF('month', #2004-03-01#, #2004-01-31#)", "-2"),
        ("DATEDIFF('hour', #2004-01-01 00:59:00#, #2004-01-01 01:00:00#)", "1"),
        ("DATEPART('year', #2004-04-15#)", "2004"),
        ("DATEPART('month', #2004-04-15#)", "4"),
        ("DATEPART('dayofyear', #2004-03-01#)", "61"),
        ("DATEPART('weekday', #2004-04-15#)", "5"),
        ("DATEPART('week', #2024-01-06#)", "1"),
        ("DATEPART('week', #2024-01-07#)", "2"),
        ("DATEPART('iso-week', #2021-01-03#)", "53"),
        ("DATEPART('iso-year', #2021-01-03#)", "2020"),
        ("ISOWEEKDAY(#2021-01-03#)", "7"),
        ("ISOQUARTER(#2021-01-03#)", "4"),
        ("DATEPART('second', #2004-04-15 10:20:30#)", "30"),
        ("DATETRUNC('quarter', #2004-08-15#)", "#2004-07-01 00:00:00#"),
        ("DATETRUNC('month', #2004-04-15 10:20:30#)", "#2004-04-01 00:00:00#"),
        ("DATETRUNC('week', #2013-09-24#, 'monday')", "#2013-09-23 00:00:00#"),
        ("DATETRUNC('minute', #2004-04-15 10:20:30#)", "#2004-04-15 10:20:00#"),
        ("DATETRUNC('iso-year', #2021-01-03#)", "#2019-12-30 00:00:00#"),
        ("DAY(#2004-04-12#)", "12"),
        ("QUARTER(#2004-04-12#)", "2"),
        ("YEAR(#1600-02-29#)", "1600"),
        ("ISDATE('2018-09-22')", "TRUE"),
        ("ISDATE('22SEP18')", "FALSE"),
        ("MAKEDATE(2023, 2, 29)", "#2023-03-01#"),
        ("MAKEDATETIME(#1899-12-30#, #2018-03-01 07:59:00#)", "#1899-12-30 07:59:00#"),
        ("DATEPARSE('yyyy-MM-dd HH:mm', '2018-09-22 07:30')", "#2018-09-22 07:30:00#"),
        ("DATEPARSE('MMddyy h:mm a', '041504 1:05 PM')", "#2004-04-15 13:05:00#"),
        ("DATEPARSE('yyyyMMdd', 'soon')", "NULL"),
        ("MIN(#2004-01-01#, #2004-03-01#)", "#2004-01-01#"),
        ("DATEADD('year', 99999, #2004-01-01#)", "NULL"),
    ]);
}

#[test]
fn conversions_that_fail_are_null() {
    same(&[
        ("INT(8.0 / 3.0)", "2"),
        ("INT('twelve')", "NULL"),
        ("INT([Yes])", "1"),
        ("STR(0.1 + 0.2)", "'0.3'"),
        ("STR(10.0)", "'10'"),
        ("STR(#2004-04-15 10:20:30#)", "'2004-04-15 10:20:30'"),
        ("STR(NULL)", "NULL"),
        ("DATE('2006-06-15')", "#2006-06-15#"),
        ("DATE(#2004-04-15 10:20:30#)", "#2004-04-15#"),
        ("DATETIME(#2004-04-15#)", "#2004-04-15 00:00:00#"),
    ]);
}

#[test]
fn functions_of_the_user_know_who_asks() {
    same(&[("ISUSERNAME('ADA')", "TRUE"), ("ISMEMBEROF('analysts')", "TRUE"), ("ISMEMBEROF('others')", "FALSE")]);
}

#[test]
fn what_has_no_value_is_an_error_that_names_it() {
    let error = |formula: &str| evaluate(formula).unwrap_err().to_string();
    assert_eq!(error("[Gone]"), "the field `Gone` is not there");
    assert_eq!(error("LEN(3)"), "`LEN` takes a text, not a number");
    assert_eq!(error("1 + 'a'"), "`+` takes numbers, not a text");
    assert_eq!(error("DATEPART('moon', #2004-04-15#)"), "`moon` is no part of a date");
    assert_eq!(error("REGEXP_MATCH('a', '(')"), "the regular expression `(` is none this program knows");
    assert!(error("REGEXP_MATCH('a', '((a{99}){99}){99}')").ends_with("is too large"));
    assert_eq!(error("MAKEPOINT(1, 2)"), "`MAKEPOINT` with 2 arguments is not supported yet");
}
