//! Questions of the VizQL Data Service, on the rows of the other questions.

use tavola_query::{
    Context, Value,
    vds::{
        Aggregation, Asked, CalculationKind, Comparison, CustomSort, Ends, Field, FieldKind, FieldReference, Filter,
        FilterKind, Function, Period, Periods, Question, RelativeTo, Sort, TableCalculation, Target, Ties,
    },
};

use crate::{
    asked::{Place, text},
    questions::{book, context, orders},
};

fn field(caption: &str, kind: FieldKind) -> Field {
    Field { caption: caption.to_owned(), alias: None, decimals: None, sort: None, kind }
}

/// A field the answer is in order by.
fn sorted(caption: &str, kind: FieldKind, priority: i64) -> Field {
    Field { sort: Some(Sort { priority, descending: false }), ..field(caption, kind) }
}

fn sales() -> Field {
    field("Sales", FieldKind::Function(Function::Sum))
}

fn of(fields: Vec<Field>, filters: Vec<Filter>) -> Question {
    Question { fields, filters, ..Question::default() }
}

fn filter(on: Target, kind: FilterKind) -> Filter {
    Filter { on, context: false, kind }
}

fn on(caption: &str) -> Target {
    Target::Field(caption.to_owned())
}

/// The rows of an answer, a line each.
async fn lines(place: &Place, question: &Question) -> Vec<String> {
    let book = book("", "", "");
    let asked = Asked::new(question, &book, &book.data_sources[0]).unwrap_or_else(|problem| panic!("{problem}"));
    let context = Context { parameters: asked.parameters.clone(), ..context() };
    let answer = place.ask(&book, &asked.sheet, &context).await.unwrap_or_else(|problem| panic!("{problem}"));
    let rows = asked.rows(&answer).unwrap().rows;
    rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join(" | ")).collect()
}

#[tokio::test]
async fn fields_are_asked_by_functions_and_formulas() {
    let Some(place) = orders().await else { return };
    let date = || sorted("Order Date", FieldKind::Function(Function::Year), 1);
    assert_eq!(lines(&place, &of(vec![date(), sales()], vec![])).await, ["2023 | 60", "2024 | 150"]);
    let trunc = sorted("Order Date", FieldKind::Function(Function::TruncQuarter), 1);
    let count = field("Customer", FieldKind::Function(Function::CountD));
    assert_eq!(
        lines(&place, &of(vec![trunc, count], vec![])).await,
        ["2023-01-01 | 2", "2024-01-01 | 1", "2024-07-01 | 1", "2024-10-01 | 0"]
    );
    let per_unit = field("Per unit", FieldKind::Calculation("SUM([Sales]) / SUM([Quantity]) * [How many]".to_owned()));
    let question = of(vec![date(), per_unit], vec![]);
    assert_eq!(lines(&place, &question).await, ["2023 | 20", "2024 | 20"]);
    let question = Question { parameters: vec![("How many".to_owned(), Value::Integer(3))], ..question };
    assert_eq!(lines(&place, &question).await, ["2023 | 30", "2024 | 30"]);
    let bins = sorted("Sales", FieldKind::Bin(25.0), 1);
    let quantity = field("Quantity", FieldKind::Plain);
    assert_eq!(lines(&place, &of(vec![bins, quantity], vec![])).await, ["0 | 3", "25 | 7", "50 | 11"]);
    let rows = Question {
        disaggregate: true,
        row_limit: Some(2),
        ..of(vec![sorted("Sales", FieldKind::Plain, 1), field("State", FieldKind::Plain)], vec![])
    };
    assert_eq!(lines(&place, &rows).await, ["10 | Maine", "20 | Maine"]);
}

#[tokio::test]
async fn filters_of_each_kind_limit_the_rows() {
    let Some(place) = orders().await else { return };
    let by_state = |filters| of(vec![sorted("State", FieldKind::Plain, 1), sales()], filters);
    let states = async |kind: Filter| lines(&place, &by_state(vec![kind])).await;
    let values = || vec![Value::text("Maine"), Value::text("Utah")];
    let set = |exclude| filter(on("State"), FilterKind::Set { values: values(), exclude });
    assert_eq!(states(set(false)).await, ["Maine | 30", "Utah | 90"]);
    assert_eq!(states(set(true)).await, ["Iowa | 60", "Ohio | 30"]);
    let null = FilterKind::Set { values: vec![Value::Null], exclude: false };
    assert_eq!(states(filter(on("Region"), null)).await, ["Iowa | 60"]);
    let like =
        |exclude| FilterKind::Match { starts_with: None, ends_with: None, contains: Some("A".to_owned()), exclude };
    assert_eq!(states(filter(on("State"), like(false))).await, ["Iowa | 60", "Maine | 30", "Utah | 90"]);
    assert_eq!(states(filter(on("State"), like(true))).await, ["Ohio | 30"]);
    let sum = || Target::Function("Sales".to_owned(), Function::Sum);
    let range = |ends| FilterKind::Range { ends, include_nulls: false };
    let middle = range(Ends::Range(Value::Integer(40), Value::Real(60.5)));
    assert_eq!(states(filter(sum(), middle)).await, ["Iowa | 60"]);
    let since = range(Ends::Min(Value::Date(19_727)));
    assert_eq!(states(filter(on("Order Date"), since)).await, ["Iowa | 60", "Utah | 90"], "since 2024-01-05");
    assert_eq!(states(filter(on("Region"), range(Ends::OnlyNonNull))).await.len(), 3);
    let top = |bottom| FilterKind::Top { count: 1, bottom, by: sum() };
    assert_eq!(states(filter(on("State"), top(false))).await, ["Utah | 90"]);
    let months = Target::Function("Order Date".to_owned(), Function::Month);
    let second = FilterKind::Set { values: vec![Value::Integer(2)], exclude: false };
    assert_eq!(states(filter(months, second)).await, ["Maine | 20", "Ohio | 30"]);
    let relative =
        |periods, anchor| FilterKind::RelativeDate { period: Period::Months, periods, anchor, include_nulls: false };
    assert_eq!(states(filter(on("Order Date"), relative(Periods::Current, None))).await, ["Utah | 50"]);
    let march_2023 = Some(19_425);
    assert_eq!(
        states(filter(on("Order Date"), relative(Periods::LastN(1), march_2023))).await,
        ["Maine | 20", "Ohio | 30"]
    );
    let more = FilterKind::Comparison { of: sum(), comparison: Comparison::GreaterOrEqual, value: Value::Integer(60) };
    assert_eq!(states(filter(on("State"), more)).await, ["Iowa | 60", "Utah | 90"]);
    let formula = FilterKind::Condition("COUNT([Sales]) = 1".to_owned());
    assert_eq!(states(filter(on("State"), formula)).await, ["Iowa | 60", "Ohio | 30"]);
    let calculated = Target::Calculation("[Quantity] > 4".to_owned());
    let yes = FilterKind::Set { values: vec![Value::Boolean(true)], exclude: false };
    assert_eq!(states(filter(calculated, yes)).await, ["Iowa | 60", "Utah | 50"]);
}

#[tokio::test]
async fn table_calculations_go_along_what_the_question_says() {
    let Some(place) = orders().await else { return };
    let dimension = |caption: &str| FieldReference { caption: caption.to_owned(), function: None };
    let along = |kind, dimensions: &[&str]| TableCalculation {
        kind,
        dimensions: dimensions.iter().map(|caption| dimension(caption)).collect(),
        level_address: None,
        restart_every: None,
        sort: None,
        second: None,
    };
    let ask = async |calculation: TableCalculation| {
        let of_sales = Box::new(FieldKind::Function(Function::Sum));
        let kind = FieldKind::TableCalculation { of: of_sales, calculation, nested: Vec::new() };
        let calculated = Field { alias: Some("Calculated".to_owned()), ..field("Sales", kind) };
        let fields =
            vec![sorted("Region", FieldKind::Plain, 1), sorted("State", FieldKind::Plain, 2), sales(), calculated];
        lines(&place, &of(fields, vec![])).await
    };
    let all = ["Region", "State"];
    let running = along(CalculationKind::RunningTotal(Aggregation::Sum), &all);
    let expected = ["- | Iowa | 60 | 60", "East | Maine | 30 | 90", "East | Ohio | 30 | 120", "West | Utah | 90 | 210"];
    assert_eq!(ask(running.clone()).await, expected);
    let anew = TableCalculation { restart_every: Some(dimension("Region")), ..running.clone() };
    let expected = ["- | Iowa | 60 | 60", "East | Maine | 30 | 30", "East | Ohio | 30 | 60", "West | Utah | 90 | 90"];
    assert_eq!(ask(anew).await, expected);
    let by_quantity = CustomSort { caption: "Quantity".to_owned(), function: Function::Max, descending: true };
    let expected =
        ["- | Iowa | 60 | 60", "East | Maine | 30 | 210", "East | Ohio | 30 | 180", "West | Utah | 90 | 150"];
    assert_eq!(ask(TableCalculation { sort: Some(by_quantity), ..running }).await, expected);
    let share = along(CalculationKind::PercentOfTotal, &["State"]);
    let expected = ["- | Iowa | 60 | 1", "East | Maine | 30 | 0.5", "East | Ohio | 30 | 0.5", "West | Utah | 90 | 1"];
    assert_eq!(ask(share).await, expected);
    let rank = along(CalculationKind::Rank { ties: Ties::Modified, descending: true }, &all);
    let expected = ["- | Iowa | 60 | 2", "East | Maine | 30 | 4", "East | Ohio | 30 | 4", "West | Utah | 90 | 1"];
    assert_eq!(ask(rank).await, expected);
    let from_first = along(CalculationKind::Difference(RelativeTo::First), &all);
    let expected = ["- | Iowa | 60 | 0", "East | Maine | 30 | -30", "East | Ohio | 30 | -30", "West | Utah | 90 | 30"];
    assert_eq!(ask(from_first).await, expected);
}
