//! Table calculations against values computed by hand.

use tavola_query::{
    Context, Error, Value,
    calc::parse,
    table_calc::{Calculation, Dimension, Fields, Input, Layout, Marks, Named, Place, missing_marks},
};
use tavola_workbook::{ColumnInstance, FieldRef, TableCalc};

/// Calculated fields by name; parameters have values; all else is computed in SQL.
#[derive(Default)]
struct Known(Vec<(&'static str, Named)>);

impl Known {
    fn formula(mut self, name: &'static str, formula: &str) -> Self {
        self.0.push((name, Named::TableCalculation(parse(formula).unwrap())));
        self
    }
}

impl Fields for Known {
    fn named(&self, _: Option<&str>, name: &str) -> Result<Named, Error> {
        Ok(self.0.iter().find(|(known, _)| *known == name).map_or(Named::Computed, |(_, named)| named.clone()))
    }
}

fn instance(name: &str) -> FieldRef {
    FieldRef { data_source: "ds".to_owned(), instance: name.to_owned() }
}

fn dimension(name: &str, place: Place) -> Dimension {
    let field = name.split(':').nth(1).unwrap().to_owned();
    Dimension { instance: instance(name), field, place, discrete: !name.ends_with(":qk") }
}

fn texts(values: &str) -> Vec<Value> {
    values.split(' ').map(|value| if value == "-" { Value::Null } else { Value::text(value) }).collect()
}

fn integers(values: &[i64]) -> Vec<Value> {
    values.iter().copied().map(Value::Integer).collect()
}

fn reals(values: &[f64]) -> Vec<Value> {
    values.iter().copied().map(Value::Real).collect()
}

/// Sales by year and quarter down and region across, where 2018 Q2 West has none:
///
/// |         | East | West |
/// | 2017 Q1 |    1 |    2 |
/// | 2017 Q2 |    3 |    4 |
/// | 2018 Q1 |    5 |    6 |
/// | 2018 Q2 |    7 |      |
struct Crosstab {
    layout: Layout,
    members: Vec<Vec<Value>>,
    sales: Vec<Value>,
}

impl Crosstab {
    fn new() -> Self {
        let layout = Layout {
            dimensions: vec![
                dimension("yr:Order Date:ok", Place::Rows),
                dimension("qr:Order Date:ok", Place::Rows),
                dimension("none:Region:nk", Place::Columns),
            ],
        };
        // As a database gives them: in no order.
        let members = vec![
            integers(&[2018, 2017, 2017, 2018, 2017, 2018, 2017]),
            integers(&[2, 1, 2, 1, 2, 1, 1]),
            texts("East West East West West East East"),
        ];
        Self { layout, members, sales: integers(&[7, 2, 3, 6, 4, 5, 1]) }
    }

    /// The values of a calculation, by row of the table and within by column.
    fn values(&self, calculation: &Calculation) -> Vec<Value> {
        let inputs: Vec<_> = calculation.inputs().iter().map(|_| self.sales.as_slice()).collect();
        let marks = Marks {
            rows: self.sales.len(),
            members: self.members.iter().map(Vec::as_slice).collect(),
            orders: vec![&[]; 3],
            totals: vec![None; calculation.totals(&self.layout).len()],
            inputs,
        };
        let values = calculation.compute(&self.layout, &marks, &Context::default()).unwrap();
        let mut rows: Vec<usize> = (0..self.sales.len()).collect();
        rows.sort_by_key(|row| self.sales[*row].as_f64().unwrap() as i64);
        rows.into_iter().map(|row| values[row].clone()).collect()
    }

    fn quick(&self, calc: TableCalc) -> Vec<Value> {
        self.values(&quick(vec![calc]))
    }

    fn formula(&self, formula: &str, calc: TableCalc) -> Vec<Value> {
        let formula = parse(formula).unwrap();
        self.values(&Calculation::of_formula(&formula, &[calc], &Known::default()).unwrap())
    }
}

fn quick(table_calcs: Vec<TableCalc>) -> Calculation {
    let instance = ColumnInstance {
        name: "sum:Sales:qk".to_owned(),
        field: "Sales".to_owned(),
        derivation: "Sum".to_owned(),
        field_type: None,
        table_calcs,
    };
    Calculation::new(&instance, &Known::default()).unwrap()
}

fn along(ordering: &str) -> TableCalc {
    TableCalc { ordering: ordering.to_owned(), ..TableCalc::default() }
}

fn along_fields(fields: &[&str]) -> TableCalc {
    TableCalc { order: fields.iter().map(|field| instance(field)).collect(), ..along("Field") }
}

fn of_kind(kind: &str, calc: TableCalc) -> TableCalc {
    TableCalc { kind: Some(kind.to_owned()), ..calc }
}

fn previous(kind: &str, calc: TableCalc) -> TableCalc {
    let options = vec![("diff-options".to_owned(), "Relative".to_owned())];
    TableCalc { address: vec!["-1".to_owned()], options, ..of_kind(kind, calc) }
}

const NULL: Value = Value::Null;

#[test]
fn a_running_total_goes_along_what_the_ordering_says() {
    let table = Crosstab::new();
    // By cell, from left to right and then down: 1, 2, 3, 4, 5, 6, 7.
    let expected: &[(&str, [i64; 7])] = &[
        ("Rows", [1, 3, 3, 7, 5, 11, 7]),
        ("Columns", [1, 2, 4, 6, 9, 12, 16]),
        ("Table", [1, 3, 6, 10, 15, 21, 28]),
        ("TableCol", [1, 18, 4, 22, 9, 28, 16]),
        ("RowInPane", [1, 3, 3, 7, 5, 11, 7]),
        ("ColumnInPane", [1, 2, 4, 6, 5, 6, 12]),
        ("Pane", [1, 3, 6, 10, 5, 11, 18]),
        ("PaneCol", [1, 6, 4, 10, 5, 18, 12]),
    ];
    for (ordering, values) in expected {
        assert_eq!(table.quick(of_kind("CumTotal", along(ordering))), integers(values), "{ordering}");
    }
}

#[test]
fn a_specific_dimension_stands_for_all_of_its_instances() {
    let table = Crosstab::new();
    assert_eq!(
        table.quick(of_kind("CumTotal", along_fields(&["Order Date"]))),
        integers(&[1, 2, 4, 6, 9, 12, 16]),
        "year and quarter"
    );
    assert_eq!(
        table.quick(of_kind("CumTotal", along_fields(&["yr:Order Date:ok"]))),
        integers(&[1, 2, 3, 4, 6, 8, 10]),
        "the years of one quarter"
    );
    assert_eq!(
        table.quick(of_kind("CumTotal", along_fields(&["Region", "qr:Order Date:ok"]))),
        integers(&[1, 6, 4, 10, 5, 18, 12]),
        "the quarters of each region of a year"
    );
}

#[test]
fn a_calculation_begins_anew_below_the_level_of_its_break() {
    let to_date = TableCalc { level_break: Some(instance("qr:Order Date:ok")), ..along_fields(&["Order Date"]) };
    assert_eq!(Crosstab::new().quick(of_kind("CumTotal", to_date)), integers(&[1, 2, 4, 6, 5, 6, 12]));
}

#[test]
fn a_step_is_one_of_the_level_it_is_at() {
    let year_ago = TableCalc { level_address: Some(instance("yr:Order Date:ok")), ..along_fields(&["Order Date"]) };
    assert_eq!(
        Crosstab::new().quick(previous("PctDiff", year_ago)),
        [vec![NULL; 4], reals(&[4.0, 2.0, 4.0 / 3.0])].concat(),
        "against the same quarter of the year before"
    );
}

#[test]
fn parts_of_a_cell_are_gone_along_where_the_shelf_has_no_dimension() {
    let of_place = |place| Layout { dimensions: vec![dimension("none:Region:nk", place)] };
    let (members, sales) = (texts("East West"), integers(&[1, 3]));
    let share = quick(vec![of_kind("PctTotal", along("Rows"))]);
    let marks = Marks { rows: 2, members: vec![&members], orders: vec![&[]], inputs: vec![&sales], totals: vec![None] };
    let context = Context::default();
    let slices = share.compute(&of_place(Place::Elsewhere), &marks, &context);
    assert_eq!(slices, Ok(reals(&[0.25, 0.75])), "a pie's slices");
    assert_eq!(share.compute(&of_place(Place::Rows), &marks, &context), Ok(reals(&[1.0, 1.0])), "rows, across");
    assert_eq!(share.compute(&of_place(Place::Pages), &marks, &context), Ok(reals(&[1.0, 1.0])), "pages");
}

#[test]
fn quick_calculations_give_what_their_formulas_do() {
    let table = Crosstab::new();
    let down = || along("Columns");
    // Down: East is 1, 3, 5, 7 and West 2, 4, 6.
    let cells = |east: [Value; 4], west: [Value; 3]| -> Vec<Value> {
        let [e1, e2, e3, e4] = east;
        let [w1, w2, w3] = west;
        vec![e1, w1, e2, w2, e3, w3, e4]
    };
    let r = Value::Real;
    let i = Value::Integer;
    assert_eq!(table.quick(previous("Difference", down())), cells([NULL, i(2), i(2), i(2)], [NULL, i(2), i(2)]));
    assert_eq!(
        table.quick(previous("PctDiff", down())),
        cells([NULL, r(2.0), r(2.0 / 3.0), r(0.4)], [NULL, r(1.0), r(0.5)])
    );
    assert_eq!(
        table.quick(previous("PctValue", down())),
        cells([NULL, r(3.0), r(5.0 / 3.0), r(1.4)], [NULL, r(2.0), r(1.5)])
    );
    assert_eq!(
        table.quick(of_kind("PctTotal", down())),
        cells([r(1.0 / 16.0), r(3.0 / 16.0), r(5.0 / 16.0), r(7.0 / 16.0)], [r(2.0 / 12.0), r(4.0 / 12.0), r(0.5)])
    );
    let average = TableCalc { aggregation: Some("Avg".to_owned()), ..of_kind("CumTotal", down()) };
    assert_eq!(table.quick(average), cells([r(1.0), r(2.0), r(3.0), r(4.0)], [r(2.0), r(3.0), r(4.0)]));
    let moving = |options: &str| TableCalc {
        aggregation: Some("Sum".to_owned()),
        from: Some(-1),
        to: Some(0),
        options: vec![("window-options".to_owned(), options.to_owned())],
        ..of_kind("WindowTotal", down())
    };
    assert_eq!(table.quick(moving("IncludeCurrent")), cells([i(1), i(4), i(8), i(12)], [i(2), i(6), i(10)]));
    assert_eq!(table.quick(moving("")), cells([NULL, i(1), i(3), i(5)], [NULL, i(2), i(4)]), "without itself");
    let rank = |kind: &str, options: &str| TableCalc {
        options: vec![("rank-options".to_owned(), options.to_owned())],
        ..of_kind(kind, down())
    };
    assert_eq!(
        table.quick(rank("Rank", "Competition,Descending")),
        cells([i(4), i(3), i(2), i(1)], [i(3), i(2), i(1)])
    );
    assert_eq!(table.quick(rank("Rank", "Unique,Ascending")), cells([i(1), i(2), i(3), i(4)], [i(1), i(2), i(3)]));
    assert_eq!(
        table.quick(rank("PctRank", "Competition,Ascending")),
        cells([r(0.25), r(0.5), r(0.75), r(1.0)], [r(1.0 / 3.0), r(2.0 / 3.0), r(1.0)])
    );
    let compounded = TableCalc {
        options: vec![("diff-options".to_owned(), "Relative,Compounded".to_owned())],
        ..of_kind("PctDiff", down())
    };
    assert_eq!(
        table.quick(compounded),
        cells(
            [r(0.0), r(2.0), r(5_f64.sqrt() - 1.0), r(7_f64.powf(1.0 / 3.0) - 1.0)],
            [r(0.0), r(1.0), r(3_f64.sqrt() - 1.0)]
        )
    );
}

#[test]
fn a_second_calculation_stands_on_the_first() {
    // The share that the running total has of the whole: it ends at 1.
    let calculation = quick(vec![of_kind("CumTotal", along("Columns")), of_kind("PctTotal", along("Columns"))]);
    let [first, second, third, last] = [1.0, 4.0, 9.0, 16.0].map(|sum| sum / 16.0);
    let values = Crosstab::new().values(&calculation);
    assert_eq!([0, 2, 4, 6].map(|cell| values[cell].clone()), [first, second, third, last].map(Value::Real));
}

#[test]
fn functions_look_at_other_marks_of_the_partition() {
    let table = Crosstab::new();
    // East alone: 1, 3, 5, 7, down.
    let east = |formula: &str| -> Vec<Value> {
        let values = table.formula(formula, along("Columns"));
        [0, 2, 4, 6].map(|cell| values[cell].clone()).to_vec()
    };
    assert_eq!(east("INDEX()"), integers(&[1, 2, 3, 4]));
    assert_eq!(east("FIRST()"), integers(&[0, -1, -2, -3]));
    assert_eq!(east("LAST()"), integers(&[3, 2, 1, 0]));
    assert_eq!(east("SIZE()"), integers(&[4; 4]));
    assert_eq!(east("LOOKUP(SUM([Sales]), -1)"), [vec![NULL], integers(&[1, 3, 5])].concat());
    assert_eq!(east("LOOKUP(SUM([Sales]), FIRST() + 2)"), integers(&[5; 4]));
    assert_eq!(east("LOOKUP(SUM([Sales]), LAST())"), integers(&[7; 4]));
    assert_eq!(east("RUNNING_SUM(SUM([Sales]))"), integers(&[1, 4, 9, 16]));
    assert_eq!(east("RUNNING_AVG(SUM([Sales]))"), reals(&[1.0, 2.0, 3.0, 4.0]));
    assert_eq!(east("RUNNING_MIN(-SUM([Sales]))"), integers(&[-1, -3, -5, -7]));
    assert_eq!(east("RUNNING_MAX(SUM([Sales]))"), integers(&[1, 3, 5, 7]));
    assert_eq!(east("RUNNING_COUNT(SUM([Sales]))"), integers(&[1, 2, 3, 4]));
    assert_eq!(east("WINDOW_SUM(SUM([Sales]))"), integers(&[16; 4]));
    assert_eq!(east("WINDOW_SUM(SUM([Sales]), -1, 1)"), integers(&[4, 9, 15, 12]));
    assert_eq!(east("WINDOW_SUM(SUM([Sales]), FIRST(), 0)"), integers(&[1, 4, 9, 16]));
    assert_eq!(east("WINDOW_SUM(SUM([Sales]), 1, LAST())"), [integers(&[15, 12, 7]), vec![NULL]].concat());
    assert_eq!(east("WINDOW_COUNT(SUM([Sales]), 1, 2)"), integers(&[2, 2, 1, 0]));
    assert_eq!(east("WINDOW_AVG(SUM([Sales]))"), reals(&[4.0; 4]));
    assert_eq!(east("WINDOW_MIN(SUM([Sales]), -1, 0)"), integers(&[1, 1, 3, 5]));
    assert_eq!(east("WINDOW_MAX(SUM([Sales]))"), integers(&[7; 4]));
    assert_eq!(east("WINDOW_MEDIAN(SUM([Sales]))"), reals(&[4.0; 4]));
    assert_eq!(east("WINDOW_PERCENTILE(SUM([Sales]), 0.25)"), reals(&[2.5; 4]));
    assert_eq!(east("WINDOW_VARP(SUM([Sales]))"), reals(&[5.0; 4]));
    assert_eq!(east("WINDOW_VAR(SUM([Sales]))"), reals(&[20.0 / 3.0; 4]));
    assert_eq!(east("WINDOW_STDEVP(SUM([Sales]))"), reals(&[5_f64.sqrt(); 4]));
    assert_eq!(east("WINDOW_STDEV(SUM([Sales]), 0, 0)"), vec![NULL; 4], "a sample of one");
    assert_eq!(east("WINDOW_COVARP(SUM([Sales]), INDEX())"), reals(&[2.5; 4]));
    assert_eq!(east("ROUND(WINDOW_CORR(SUM([Sales]), INDEX()), 9)"), reals(&[1.0; 4]));
    assert_eq!(east("PREVIOUS_VALUE(10) * 2 + SUM([Sales])"), integers(&[21, 45, 95, 197]));
    assert_eq!(east("TOTAL(SUM([Sales]))"), integers(&[16; 4]));
    assert_eq!(east("SUM([Sales]) / TOTAL(SUM([Sales]))"), reals(&[1.0 / 16.0, 3.0 / 16.0, 5.0 / 16.0, 7.0 / 16.0]));
    assert_eq!(east("IF FIRST() = 0 THEN 'first' ELSEIF LAST() = 0 THEN 'last' END"), texts("first - - last"));
}

#[test]
fn ranks_count_equal_values_as_documented() {
    let layout = Layout { dimensions: vec![dimension("none:Name:nk", Place::Rows)] };
    let (members, values) = (texts("a b c d e"), [integers(&[6, 9, 9, 14]), vec![NULL]].concat());
    let rank = |formula: &str| {
        let calculation =
            Calculation::of_formula(&parse(formula).unwrap(), &[along("Columns")], &Known::default()).unwrap();
        let marks =
            Marks { rows: 5, members: vec![&members], orders: vec![&[]], inputs: vec![&values], totals: Vec::new() };
        calculation.compute(&layout, &marks, &Context::default()).unwrap()
    };
    let with_null = |ranks: Vec<Value>| [ranks, vec![NULL]].concat();
    assert_eq!(rank("RANK(SUM([x]))"), with_null(integers(&[4, 2, 2, 1])));
    assert_eq!(rank("RANK(SUM([x]), 'asc')"), with_null(integers(&[1, 2, 2, 4])));
    assert_eq!(rank("RANK_MODIFIED(SUM([x]))"), with_null(integers(&[4, 3, 3, 1])));
    assert_eq!(rank("RANK_DENSE(SUM([x]))"), with_null(integers(&[3, 2, 2, 1])));
    assert_eq!(rank("RANK_UNIQUE(SUM([x]))"), with_null(integers(&[4, 2, 3, 1])));
    assert_eq!(rank("RANK_PERCENTILE(SUM([x]))"), with_null(reals(&[0.25, 0.75, 0.75, 1.0])));
    assert_eq!(rank("RANK_PERCENTILE(SUM([x]), 'desc')"), with_null(reals(&[1.0, 0.75, 0.75, 0.25])));
}

#[test]
fn members_come_in_the_order_they_are_shown_or_by_a_value() {
    let layout = Layout { dimensions: vec![dimension("none:Name:nk", Place::Rows)] };
    let (members, sales, shown) = (texts("a b c d"), integers(&[5, 9, 7, 9]), texts("c a"));
    let index = |calc: TableCalc| {
        let calculation = Calculation::of_formula(&parse("INDEX()").unwrap(), &[calc], &Known::default()).unwrap();
        let inputs: Vec<_> = calculation.inputs().iter().map(|_| sales.as_slice()).collect();
        let marks = Marks { rows: 4, members: vec![&members], orders: vec![&shown], inputs, totals: Vec::new() };
        (calculation.inputs().to_vec(), calculation.compute(&layout, &marks, &Context::default()).unwrap())
    };
    assert_eq!(index(along("Columns")), (vec![], integers(&[2, 3, 1, 4])));
    let by_sales = TableCalc { sort: Some((instance("sum:Sales:qk"), true)), ..along("Columns") };
    let inputs = vec![Input::Instance(instance("sum:Sales:qk"))];
    assert_eq!(index(by_sales), (inputs, integers(&[4, 1, 3, 2])));
}

#[test]
fn calculations_within_a_formula_go_along_their_own() {
    let fields =
        Known::default().formula("Running", "RUNNING_SUM(SUM([Sales]))").formula("Outer", "RANK([Running], 'asc')");
    let calcs = vec![along("Columns"), TableCalc { field: Some("Running".to_owned()), ..along("Rows") }];
    let outer = ColumnInstance {
        name: "usr:Outer:qk".to_owned(),
        field: "Outer".to_owned(),
        derivation: "User".to_owned(),
        field_type: None,
        table_calcs: calcs,
    };
    // Running across: East stays 1, 3, 5, 7, West becomes 3, 7, 11; then ranked down.
    let values = Crosstab::new().values(&Calculation::new(&outer, &fields).unwrap());
    assert_eq!(values, integers(&[1, 1, 2, 2, 3, 3, 4]));
}

#[test]
fn a_calculation_that_rests_on_itself_is_refused() {
    let fields = Known::default().formula("A", "RUNNING_SUM([B])").formula("B", "RUNNING_SUM([A])");
    let refused = Calculation::of_formula(&parse("INDEX() + [A]").unwrap(), &[], &fields);
    assert_eq!(refused, Err(Error::Invalid("the table calculation `A` rests on itself".to_owned())));
}

#[test]
fn a_total_that_does_not_follow_from_the_marks_is_asked_for() {
    let table = Crosstab::new();
    let calculation =
        Calculation::of_formula(&parse("TOTAL(COUNTD([State]))").unwrap(), &[along("Rows")], &Known::default())
            .unwrap();
    let totals = calculation.totals(&table.layout);
    assert_eq!(totals.len(), 1);
    assert!(totals[0].needs_query);
    assert_eq!(totals[0].dimensions, [instance("yr:Order Date:ok"), instance("qr:Order Date:ok")]);

    let asked = integers(&[42; 7]);
    let mut marks = Marks {
        rows: 7,
        members: table.members.iter().map(Vec::as_slice).collect(),
        orders: vec![&[]; 3],
        inputs: vec![&table.sales],
        totals: vec![Some(&asked)],
    };
    assert_eq!(calculation.compute(&table.layout, &marks, &Context::default()), Ok(integers(&[42; 7])));
    marks.totals = vec![None];
    let refused = calculation.compute(&table.layout, &marks, &Context::default());
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
}

#[test]
fn cells_without_data_are_told_where_headers_cross() {
    let table = Crosstab::new();
    let members: Vec<_> = table.members.iter().map(Vec::as_slice).collect();
    let missing = missing_marks(&table.layout, &members);
    assert_eq!(missing, [vec![Value::Integer(2018), Value::Integer(2), Value::text("West")]]);

    let mut rows_alone = table.layout.clone();
    rows_alone.dimensions[2].place = Place::Elsewhere;
    assert_eq!(missing_marks(&rows_alone, &members), Vec::<Vec<Value>>::new());
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let refused = |formula: &str| match Calculation::of_formula(&parse(formula).unwrap(), &[], &Known::default()) {
        Err(error) => error.to_string(),
        Ok(_) => "taken".to_owned(),
    };
    assert_eq!(refused("SCRIPT_REAL('x', SUM([Sales]))"), "`SCRIPT_REAL` is not supported yet");
    assert_eq!(refused("TOTAL(INDEX())"), "`TOTAL` of a table calculation is not supported yet");
    assert_eq!(refused("RANK(SUM([Sales]), 'up')"), "a rank is `asc` or `desc`");
    assert_eq!(refused("INDEX(1)"), "`INDEX` does not take 1 arguments");
}

#[test]
fn what_only_exhausts_is_refused() {
    // Each names the next one twice: read once each, or never.
    let names: Vec<&'static str> = (0..30).map(|number| &*format!("F{number}").leak()).collect();
    let mut fields = Known::default().formula("F30", "INDEX()");
    for (number, name) in names.iter().enumerate() {
        fields = fields.formula(name, &format!("[F{0}] + [F{0}]", number + 1));
    }
    let calculation = Calculation::of_formula(&parse("[F0]").unwrap(), &[along("Columns")], &fields).unwrap();
    assert_eq!(Crosstab::new().values(&calculation)[6], Value::Integer(4 << 30));

    let layout = Layout { dimensions: vec![dimension("none:Name:nk", Place::Rows)] };
    let members: Vec<_> = (0..100_000).map(Value::Integer).collect();
    let marks = Marks {
        rows: members.len(),
        members: vec![&members],
        orders: vec![&[]],
        inputs: vec![&members],
        totals: Vec::new(),
    };
    let refused = |formula: &str| {
        let calculation =
            Calculation::of_formula(&parse(formula).unwrap(), &[along("Columns")], &Known::default()).unwrap();
        let marks = Marks { inputs: marks.inputs[..calculation.inputs().len()].to_vec(), ..marks.clone() };
        calculation.compute(&layout, &marks, &Context::default()).unwrap_err().to_string()
    };
    assert_eq!(refused("PREVIOUS_VALUE('a') + PREVIOUS_VALUE('a')"), "a text of `+` becomes too long");
    assert_eq!(refused("PREVIOUS_VALUE('a') + 'b'"), "the texts of a table calculation become too long");
    assert_eq!(
        refused("WINDOW_MEDIAN(SUM([Sales]), -50000, 50000)"),
        "the windows of a table calculation are too large"
    );
}
