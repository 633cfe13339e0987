//! Formulas as trees.

use tavola_query::{
    Error, Value,
    calc::{BinaryOperator, Kind, Node, Scope, UnaryOperator, parse, parse_literal},
};

/// A tree with all its parentheses.
fn shown(node: &Node) -> String {
    let list = |nodes: &[Node]| nodes.iter().map(shown).collect::<Vec<_>>().join(", ");
    match &node.kind {
        Kind::Literal(Value::Null) => "null".to_owned(),
        Kind::Literal(Value::Boolean(truth)) => truth.to_string(),
        Kind::Literal(Value::Integer(number)) => number.to_string(),
        Kind::Literal(Value::Real(number)) => format!("{number:?}"),
        Kind::Literal(Value::Text(text)) => format!("{text:?}"),
        Kind::Literal(other) => format!("{other:?}"),
        Kind::Field { data_source: Some(data_source), name } => format!("[{data_source}].[{name}]"),
        Kind::Field { data_source: None, name } => format!("[{name}]"),
        Kind::Unary(UnaryOperator::Not, operand) => format!("(not {})", shown(operand)),
        Kind::Unary(UnaryOperator::Minus, operand) => format!("(-{})", shown(operand)),
        Kind::Binary(operator, left, right) => {
            let operator = match operator {
                BinaryOperator::And => "and",
                BinaryOperator::Or => "or",
                BinaryOperator::Plus => "+",
                BinaryOperator::Minus => "-",
                BinaryOperator::Times => "*",
                BinaryOperator::Divide => "/",
                BinaryOperator::Modulo => "%",
                BinaryOperator::Power => "^",
                BinaryOperator::Equal => "=",
                BinaryOperator::NotEqual => "<>",
                BinaryOperator::Less => "<",
                BinaryOperator::LessOrEqual => "<=",
                BinaryOperator::Greater => ">",
                BinaryOperator::GreaterOrEqual => ">=",
            };
            format!("({} {operator} {})", shown(left), shown(right))
        }
        Kind::If { branches, otherwise } => {
            let branches: Vec<_> =
                branches.iter().map(|(test, then)| format!("{}: {}", shown(test), shown(then))).collect();
            let otherwise = otherwise.as_ref().map(|node| shown(node)).unwrap_or_default();
            format!("if({} else {otherwise})", branches.join("; "))
        }
        Kind::Case { subject, branches, otherwise } => {
            let branches: Vec<_> =
                branches.iter().map(|(test, then)| format!("{}: {}", shown(test), shown(then))).collect();
            let otherwise = otherwise.as_ref().map(|node| shown(node)).unwrap_or_default();
            format!("case({} of {} else {otherwise})", shown(subject), branches.join("; "))
        }
        Kind::In { subject, values } => format!("({} in {})", shown(subject), list(values)),
        Kind::Call { function, arguments } => format!("{function}({})", list(arguments)),
        Kind::Lod { scope, dimensions, aggregate } => {
            let scope = match scope {
                Scope::Fixed => "fixed",
                Scope::Include => "include",
                Scope::Exclude => "exclude",
            };
            format!("{{{scope} {}: {}}}", list(dimensions), shown(aggregate))
        }
    }
}

fn tree(formula: &str) -> String {
    parse(formula).map(|node| shown(&node)).unwrap_or_else(|problem| problem.to_string())
}

#[test]
fn operators_bind_in_the_documented_order() {
    assert_eq!(tree("1 + 2 * 3 ^ 2 - 4"), "((1 + (2 * (3 ^ 2))) - 4)");
    assert_eq!(tree("-2 ^ 2"), "((-2) ^ 2)");
    assert_eq!(tree("10 / 5 / 2 % 3"), "(((10 / 5) / 2) % 3)");
    assert_eq!(tree("NOT [a] = 1 AND [b] OR [c]"), "(((not ([a] = 1)) and [b]) or [c])");
    assert_eq!(tree("[a]+1 >= 2 or not not [b]"), "((([a] + 1) >= 2) or (not (not [b])))");
    assert_eq!(tree("[a] == 1 AND [b] != 2 AND [c] <> 3"), "((([a] = 1) and ([b] <> 2)) and ([c] <> 3))");
    assert_eq!(tree("(1 + 2) * -3"), "((1 + 2) * (-3))");
}

#[test]
fn words_are_read_in_any_case() {
    assert_eq!(tree("iF [a] tHen 'x' elseif [b] then \"y\" end"), "if([a]: \"x\"; [b]: \"y\" else )");
    assert_eq!(tree("Sum([Sales])"), "SUM([Sales])");
    assert_eq!(tree("{ fixed [a], [b] : Sum([c]) }"), "{fixed [a], [b]: SUM([c])}");
}

#[test]
fn comments_are_skipped() {
    assert_eq!(tree("// first\r\n[a] /* in\nbetween */ + // last\n 1"), "([a] + 1)");
    assert_eq!(tree("'// none' + \"/* none */\""), "(\"// none\" + \"/* none */\")");
    assert_eq!(tree("1 /* open"), "the formula is wrong at character 2: a comment is not closed");
}

#[test]
fn quotes_are_doubled_and_backslashes_stand_for_themselves() {
    assert_eq!(tree(r#"'it''s' + "say ""hi""" + '\d+' + "\""#), r#"((("it's" + "say \"hi\"") + "\\d+") + "\\")"#);
    assert_eq!(tree("'a\"b' + \"c'd\""), "(\"a\\\"b\" + \"c'd\")");
    assert_eq!(tree("'abc"), "the formula is wrong at character 0: a text is not closed");
}

#[test]
fn fields_have_brackets_and_perhaps_a_data_source() {
    assert_eq!(tree("[a]]b]"), "[a]b]");
    assert_eq!(
        tree("[Parameters].[Parameter 1] + [federated.0x].[Sales]"),
        "([Parameters].[Parameter 1] + [federated.0x].[Sales])"
    );
    assert_eq!(tree("SUM(Sales) + 1"), "(SUM([Sales]) + 1)");
    assert_eq!(
        tree("[a].5"),
        "the formula is wrong at character 3: an operator or the end is expected, and a literal is there"
    );
    assert_eq!(
        tree("[a].b"),
        "the formula is wrong at character 4: a field's name in brackets is expected, and `b` is there"
    );
}

#[test]
fn literals_have_types() {
    assert_eq!(tree("1"), "1");
    assert_eq!(tree(".5 + 1.0 + 2e3 + 1.5E-2"), "(((0.5 + 1.0) + 2000.0) + 0.015)");
    assert_eq!(tree("9223372036854775808"), "9.223372036854776e18");
    assert_eq!(tree("true = FALSE"), "(true = false)");
    assert_eq!(tree("Null"), "null");
    assert_eq!(tree("#2004-04-15#"), "Date(12523)");
    for text in ["#April 15, 2004#", "#4/15/2004#", "#15 April 2004#", "#2004/04/15#"] {
        assert_eq!(tree(text), "Date(12523)", "{text}");
    }
    assert_eq!(tree("#2004-04-15 01:02:03.5#"), "DateTime(1081990923500000)");
    assert_eq!(tree("#2004-04-15T01:02:03.5#"), "DateTime(1081990923500000)");
    assert_eq!(tree("#4/15/2004 1:02:03 PM#"), "DateTime(1082034123000000)");
    assert_eq!(tree("#soon#"), "the formula is wrong at character 0: `soon` is not a date");
}

#[test]
fn conditions_cases_and_lists_are_read() {
    assert_eq!(
        tree("CASE [a] WHEN 1 THEN 'x' WHEN 2 THEN 'y' ELSE 'z' END"),
        "case([a] of 1: \"x\"; 2: \"y\" else \"z\")"
    );
    assert_eq!(tree("IF [a] THEN 1 ELSE IF [b] THEN 2 END END"), "if([a]: 1 else if([b]: 2 else ))");
    assert_eq!(tree("[a] + 1 IN (1, 2) AND [b]"), "((([a] + 1) in 1, 2) and [b])");
    assert_eq!(tree("[a] IN [Set 1]"), "([a] in [Set 1])");
    assert_eq!(tree("NOT [a] IN (1)"), "(not ([a] in 1))");
    assert_eq!(tree("DATEPART('iso-week', [d])"), "DATEPART(\"iso-week\", [d])");
    assert_eq!(tree("IIF([a]>1,NOW(),#2020-01-01#)"), "IIF(([a] > 1), NOW(), Date(18262))");
}

#[test]
fn a_level_of_detail_without_a_scope_is_fixed_to_nothing() {
    assert_eq!(tree("{MAX([d])}"), "{fixed : MAX([d])}");
    assert_eq!(tree("{FIXED : MAX([d])}"), "{fixed : MAX([d])}");
    assert_eq!(
        tree("{EXCLUDE [a]: SUM({INCLUDE YEAR([d]) : AVG([s])})}"),
        "{exclude [a]: SUM({include YEAR([d]): AVG([s])})}"
    );
}

#[test]
fn an_error_tells_the_byte() {
    let at = |formula| match parse(formula) {
        Err(Error::Formula { at, .. }) => at,
        other => panic!("{other:?}"),
    };
    assert_eq!(at(""), 0);
    assert_eq!(at("  "), 0);
    assert_eq!(at("1 +"), 3);
    assert_eq!(at("SUM([a]"), 7);
    assert_eq!(at("'é' + ?"), 7);
    assert_eq!(at("IF [a] 1 END"), 7);
    assert_eq!(at("CASE [a] END"), 9);
    assert_eq!(at("[a] [b]"), 4);
    assert_eq!(at("{FIXED [a] SUM([b])}"), 11);
    assert_eq!(at("1 + THEN"), 4);
}

#[test]
fn a_node_tells_its_bytes() {
    let Kind::Binary(_, left, right) = parse(" [a] + (1 * 2) ").unwrap().kind else { panic!() };
    assert_eq!((left.at, right.at), (1..4, 7..14));
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("-", "1", ""),
        ("NOT ", "TRUE", ""),
        ("ABS(", "1", ")"),
        ("{SUM(", "[a]", ")}"),
        ("IF TRUE THEN ", "1", " END"),
        ("1 + ", "1", ""),
        ("(1 = ", "1", ")"),
        ("CASE ", "1", " WHEN 1 THEN 1 END"),
    ] {
        let formula = |depth| format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
        parse(&formula(90)).unwrap();
        let problem = parse(&formula(10_000)).unwrap_err().to_string();
        assert!(problem.contains("nested deeper than 200"), "{problem}");
    }
}

#[test]
fn a_long_chain_of_conditions_is_no_deep_one() {
    let formula = vec!["[a] = 1"; 5_000].join(" OR ");
    parse(&formula).unwrap();
}

#[test]
fn values_in_files_are_literals() {
    assert_eq!(parse_literal("\"East\""), Ok(Value::text("East")));
    assert_eq!(parse_literal("-12"), Ok(Value::Integer(-12)));
    assert_eq!(parse_literal("-1.5"), Ok(Value::Real(-1.5)));
    assert_eq!(parse_literal("#2020-01-01 00:00:00#"), Ok(Value::DateTime(1_577_836_800_000_000)));
    assert_eq!(parse_literal("true"), Ok(Value::Boolean(true)));
    assert_eq!(parse_literal("%null%"), Ok(Value::Null));
    assert!(parse_literal("1 + 1").is_err());
    assert!(parse_literal("East").is_err());
}
