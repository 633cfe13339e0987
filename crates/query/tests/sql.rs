//! SQL as text.

use tavola_query::{
    Type, Value,
    sql::{Aggregate, Binary, Dialect, Expression, From, Join, JoinKind, OrderBy, Select, Unary},
};

fn written(expression: &Expression, dialect: Dialect) -> String {
    let mut out = String::new();
    expression.write(dialect, &mut out);
    out
}

fn hyper(expression: &Expression) -> String {
    written(expression, Dialect::Hyper)
}

fn literal(value: Value, data_type: Type) -> Expression {
    Expression::Literal(value, data_type)
}

#[test]
fn a_quote_cannot_end_what_it_is_in() {
    let text = literal(Value::text("O'Neil\\' or 1=1 --"), Type::Text);
    assert_eq!(hyper(&text), "'O''Neil\\'' or 1=1 --'");
    assert_eq!(written(&text, Dialect::PostgreSql), "E'O''Neil\\\\'' or 1=1 --'");
    let column = Expression::column("t", "a\"; drop table b; --");
    assert_eq!(hyper(&column), "\"t\".\"a\"\"; drop table b; --\"");
}

#[test]
fn literals_have_the_types_they_are_of() {
    assert_eq!(hyper(&literal(Value::Null, Type::Text)), "cast(null as text)");
    assert_eq!(hyper(&literal(Value::Integer(7), Type::Integer)), "7");
    assert_eq!(hyper(&literal(Value::Integer(i64::MIN), Type::Integer)), "bigint '-9223372036854775808'");
    assert_eq!(hyper(&literal(Value::Real(-0.1), Type::Real)), "double precision '-0.1'");
    assert_eq!(hyper(&literal(Value::Real(f64::NAN), Type::Real)), "cast(null as double precision)");
    assert_eq!(hyper(&literal(Value::Date(-1), Type::Date)), "date '1969-12-31'");
    assert_eq!(hyper(&literal(Value::Date(i32::MAX), Type::Date)), "cast(null as date)");
    assert_eq!(hyper(&literal(Value::DateTime(1_500_000), Type::DateTime)), "timestamp '1970-01-01 00:00:01.5'");
}

#[test]
fn operators_keep_their_operands_together() {
    let (a, b) = (Expression::column("", "a"), Expression::column("", "b"));
    let sum = Expression::binary(Binary::Plus, a.clone(), b.clone());
    assert_eq!(hyper(&Expression::binary(Binary::Times, sum.clone(), a.clone())), "((\"a\" + \"b\") * \"a\")");
    assert_eq!(
        hyper(&Expression::binary(Binary::Divide, a.clone(), sum)),
        "(cast(\"a\" as double precision) / nullif((\"a\" + \"b\"), 0))"
    );
    assert_eq!(hyper(&Expression::unary(Unary::IsNull, a.clone())), "(\"a\" is null)");
    assert_eq!(hyper(&Expression::In(Box::new(a.clone()), vec![])), "false");
    assert_eq!(hyper(&Expression::In(Box::new(a), vec![b.clone(), b])), "(\"a\" in (\"b\", \"b\"))");
}

#[test]
fn a_statement_has_its_parts_in_order() {
    let region = Expression::column("t", "Region");
    let sales = Expression::Aggregate(Aggregate::Sum, vec![Expression::column("t", "Sales")]);
    let select = Select {
        columns: vec![(region.clone(), "r".to_owned()), (sales.clone(), "s".to_owned())],
        from: Some(From::Table { path: vec!["x".to_owned(), "Extract".to_owned()], alias: "t".to_owned() }),
        joins: vec![Join {
            kind: JoinKind::Left,
            from: From::Custom { text: "select 1 as k -- one".to_owned(), alias: "u".to_owned() },
            on: Some(Expression::binary(Binary::Same, region.clone(), Expression::column("u", "k"))),
        }],
        filter: Some(Expression::unary(Unary::IsNotNull, region.clone())),
        group_by: vec![region.clone()],
        having: Some(Expression::binary(Binary::Greater, sales, literal(Value::Integer(1), Type::Integer))),
        order_by: vec![OrderBy { by: region, descending: true }],
        limit: Some(10),
        ..Select::default()
    };
    let mut out = String::new();
    select.write(Dialect::Hyper, &mut out);
    assert_eq!(
        out,
        "select \"t\".\"Region\" as \"r\", sum(\"t\".\"Sales\") as \"s\" from \"x\".\"Extract\" as \"t\" \
         left join (select 1 as k -- one\n) as \"u\" on (\"t\".\"Region\" is not distinct from \"u\".\"k\") \
         where (\"t\".\"Region\" is not null) group by \"t\".\"Region\" having (sum(\"t\".\"Sales\") > 1) \
         order by \"t\".\"Region\" desc nulls last limit 10"
    );
}
