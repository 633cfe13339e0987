//! Values as texts, as the product's documentation and its users' files have them.

use tavola_query::Value;
use tavola_render::format::{axis_number, text};

const NOON: i64 = 1_609_678_984_000_000; // 2021-01-03 13:03:04

fn number(format: &str, number: f64) -> String {
    text(&Value::Real(number), Some(format), "")
}

fn moment(format: &str) -> String {
    text(&Value::DateTime(NOON), Some(format), "")
}

#[test]
fn numbers_are_written_as_their_formats_say() {
    for (format, value, expected) in [
        ("n#,##0.00;-#,##0.00", 1234.5, "1,234.50"),
        ("n#,##0.00;-#,##0.00", -1234.5, "-1,234.50"),
        ("n#,##0;-#,##0", 1_234_567.5, "1,234,568"),
        ("c\"$\"#,##0,K;(\"$\"#,##0,K)", 1234.0, "$1K"),
        ("c\"$\"#,##0,K;(\"$\"#,##0,K)", -2_500_000.0, "($2,500K)"),
        ("c\"$\"#,##0,,.0M;(\"$\"#,##0,,.0M)", 2_297_201.0, "$2.3M"),
        ("c\"$\"#,##0,,M;(\"$\"#,##0,,M)", 2_297_201.0, "$2M"),
        ("p0.0%", 0.1234, "12.3%"),
        ("p0%", 0.125, "13%"),
        ("p0.00%", -0.5, "-50.00%"),
        ("n0.0;-0.0", 2.0, "2.0"),
        ("*#", 7.4, "7"),
        ("*00000", 501.0, "00501"),
        ("*#,##0,K; ;", 12_345.0, "12K"),
        ("*#,##0,K; ;", -5.0, " "),
        ("*#,##0,K; ;", 0.0, ""),
        ("*0.00E+00", 12_345.0, "1.23E+04"),
        ("*0.##", 1.5, "1.5"),
        ("*0.##", 1.0, "1"),
        ("*\"▲ \"0.0%;\"▼ \"0.0%", -0.031, "▼ 3.1%"),
        ("*#.0", 0.25, ".3"),
        ("*0", 1e22, "10000000000000000000000"),
        ("n0.00", 1.005, "1.01"),
        ("n0.0", 9.96, "10.0"),
        ("n0.000", 0.000_4, "0.000"),
        ("C1033%", 1234.5, "$1,234.50"),
    ] {
        assert_eq!(number(format, value), expected, "{value} by {format}");
    }
}

#[test]
fn numbers_without_a_format_keep_what_tells() {
    for (value, expected) in [
        (Value::Integer(1_234_567), "1,234,567"),
        (Value::Integer(-5), "-5"),
        (Value::Real(286_397.021_7), "286,397"),
        (Value::Real(0.156_203), "0.1562"),
        (Value::Real(-3.0), "-3"),
        (Value::Real(0.0), "0"),
        (Value::Real(2.5), "2.5"),
        (Value::Null, "Null"),
        (Value::Boolean(true), "True"),
    ] {
        assert_eq!(text(&value, None, ""), expected);
    }
}

#[test]
fn dates_are_written_as_their_formats_say() {
    for (format, expected) in [
        ("*yyyy-MM-dd", "2021-01-03"),
        ("yyyy", "2021"),
        ("*HH", "13"),
        ("iLLLLL", "J"),
        ("*mmm yy", "Jan 21"),
        ("*dddd, mmmm d, yyyy", "Sunday, January 3, 2021"),
        ("*hh:mm:ss", "13:03:04"),
        ("*h:nn AM/PM", "1:03 PM"),
        ("*\"Q\"q yyyy", "Q1 2021"),
        ("iyyyy QQQ", "2021 Q1"),
        ("iEEE h a", "Sun 1 PM"),
        ("S", "1/3/2021 1:03:04 PM"),
        ("*dd/MM/yyyy", "03/01/2021"),
    ] {
        assert_eq!(moment(format), expected, "by {format}");
    }
}

#[test]
fn dates_without_a_format_are_written_by_what_they_were_cut_to() {
    for (derivation, expected) in [
        ("", "1/3/2021 1:03:04 PM"),
        ("Year-Trunc", "2021"),
        ("Quarter-Trunc", "2021 Q1"),
        ("Month-Trunc", "January 2021"),
        ("Week-Trunc", "January 3, 2021"),
        ("Day-Trunc", "January 3, 2021"),
        ("Hour-Trunc", "January 3, 2021 1 PM"),
        ("Minute-Trunc", "January 3, 2021 1:03 PM"),
    ] {
        assert_eq!(text(&Value::DateTime(NOON), None, derivation), expected, "{derivation}");
    }
    assert_eq!(text(&Value::Date(18_630), None, ""), "1/3/2021");
}

#[test]
fn parts_of_dates_have_names() {
    for (part, derivation, format, expected) in [
        (2021, "Year", None, "2021"),
        (2021, "Year", Some("*yy"), "21"),
        (1, "Quarter", None, "Q1"),
        (4, "Quarter", Some("iQQQ"), "Q4"),
        (1, "Month", None, "January"),
        (12, "Month", Some("iLLLLL"), "D"),
        (2, "Month", Some("*mmm"), "Feb"),
        (2, "Weekday", None, "Monday"),
        (7, "Weekday", Some("*ddd"), "Sat"),
        (5, "Week", None, "Week 5"),
        (13, "Hour", Some("*HH"), "13"),
        (202_103, "MY", None, "March 2021"),
        (20_210_314, "MDY", None, "3/14/2021"),
        (2021, "Sum", None, "2,021"),
    ] {
        assert_eq!(text(&Value::Integer(part), format, derivation), expected, "{derivation} of {part}");
    }
    assert_eq!(text(&Value::Real(3.0), None, "Month"), "March");
}

#[test]
fn numbers_of_an_axis_are_short() {
    for (number, step, largest, expected) in [
        (0.0, 100_000.0, 800_000.0, "0K"),
        (300_000.0, 100_000.0, 800_000.0, "300K"),
        (2_500_000.0, 500_000.0, 20_000_000.0, "2.5M"),
        (0.2, 0.1, 0.5, "0.2"),
        (-2000.0, 1000.0, 5000.0, "-2,000"),
    ] {
        assert_eq!(axis_number(number, step, largest), expected);
    }
}

#[test]
fn no_format_of_a_file_is_too_strange() {
    let values = [
        Value::Integer(i64::MIN),
        Value::Integer(i64::MAX),
        Value::Real(f64::MAX),
        Value::Real(f64::MIN_POSITIVE),
        Value::Real(-0.0),
        Value::Date(i32::MAX),
        Value::DateTime(i64::MIN),
    ];
    let percent = "%".repeat(5000);
    let hostile = [
        "",
        "*",
        "n",
        "\"",
        "*\\",
        "i'",
        "0.0;",
        ";;;",
        "E+0",
        "0E+",
        "é",
        "*é#",
        "#,,,,,,,,,,,,,",
        "Ctt",
        &percent,
        "*yyyyyyyyyyy",
    ];
    for format in hostile {
        for derivation in ["", "Year", "Quarter", "Month", "Weekday", "ISO-Weekday", "MY", "MDY", "Month-Trunc"] {
            for value in &values {
                text(value, Some(format), derivation);
                text(value, None, derivation);
            }
        }
    }
}
