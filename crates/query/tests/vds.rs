//! Questions of the VizQL Data Service, as sheets and as rows.

use std::{collections::HashMap, io::Cursor};

use tavola_query::{
    Answer, Catalog, CatalogColumn, CatalogTable, Column, Context, Layer, Table, Type, Value,
    sheet::plan,
    vds::{Aggregation, CalculationKind},
    vds::{
        Asked, ColumnClass, CustomSort, Ends, Error, Field, FieldKind, FieldReference, Filter, FilterKind, Function,
        Nested, Period, Periods, Question, RelativeTo, Sort, TableCalculation, Target, Ties, fields, functions, model,
    },
};
use tavola_workbook::{Content, FieldRef, FilterKind as SheetFilter, Limits, Members, Workbook, open};

fn workbook() -> Workbook {
    let twb = r#"<workbook version='18.1'><datasources>
      <datasource name='Parameters'>
        <column caption='Top N' name='[Parameter 1]' datatype='integer' param-domain-type='range' role='measure' type='quantitative' value='10'>
          <calculation class='tableau' formula='10'/><range min='1' max='20'/>
        </column>
      </datasource>
      <datasource name='federated.1' caption='Orders'>
        <connection class='federated'><relation name='Orders' table='[Orders]' type='table'/></connection>
        <column name='[Category]' datatype='string' role='dimension' type='nominal'/>
        <column name='[order_date]' caption='Order Date' datatype='date' role='dimension' type='ordinal'/>
        <column name='[Sales]' datatype='real' role='measure' type='quantitative'/>
        <column name='[Profit]' datatype='real' role='measure' type='quantitative' aggregation='Avg'/>
        <column name='[Calculation_1]' caption='Profit Ratio' datatype='real' role='measure' type='quantitative'>
          <calculation class='tableau' formula='SUM([Profit])/SUM([Sales])'/>
        </column>
        <column name='[Calculation_2]' caption='Running' datatype='real' role='measure' type='quantitative'>
          <calculation class='tableau' formula='RUNNING_SUM(SUM([Sales]))'><table-calc ordering-type='Rows'/></calculation>
        </column>
        <column name='[Secret]' datatype='string' role='dimension' type='nominal' hidden='true'/>
      </datasource></datasources>
      <worksheets><worksheet name='Sheet'/></worksheets></workbook>"#;
    match open(Cursor::new(twb), Limits::default()).unwrap().content() {
        Content::Workbook(workbook) => (**workbook).clone(),
        other => panic!("{other:?}"),
    }
}

fn ask(question: Question) -> Result<Asked, Error> {
    let workbook = workbook();
    Asked::new(&question, &workbook, &workbook.data_sources[0])
}

fn field(caption: &str, kind: FieldKind) -> Field {
    Field { caption: caption.to_owned(), alias: None, decimals: None, sort: None, kind }
}

fn of(fields: Vec<Field>) -> Question {
    Question { fields, ..Question::default() }
}

/// The instances a question needs, each as `derivation of field`.
fn instances(question: Question) -> Vec<String> {
    let asked = ask(question).unwrap();
    let instances = asked.sheet.dependencies[0].instances.iter();
    instances.map(|instance| format!("{} of {}", instance.derivation, instance.field)).collect()
}

#[test]
fn fields_become_instances_by_function_or_by_what_is_usual_for_them() {
    assert_eq!(
        instances(of(vec![
            field("Category", FieldKind::Plain),
            field("Order Date", FieldKind::Function(Function::TruncMonth)),
            field("Sales", FieldKind::Plain),
            field("Profit", FieldKind::Plain),
            field("Profit Ratio", FieldKind::Plain),
            field("Sales", FieldKind::Function(Function::CountD)),
        ])),
        [
            "None of Category",
            "Month-Trunc of order_date",
            "Sum of Sales",
            "Avg of Profit",
            "User of Calculation_1",
            "CountD of Sales"
        ]
    );
}

#[test]
fn rows_of_the_data_are_not_summed_up() {
    let question = Question { disaggregate: true, ..of(vec![field("Sales", FieldKind::Plain)]) };
    assert!(!ask(question.clone()).unwrap().sheet.aggregates);
    assert_eq!(instances(question), ["None of Sales"]);
}

#[test]
fn formulas_name_fields_and_parameters_as_people_see_them() {
    let formula =
        "IF MIN([Order Date]) > #2020-01-01# THEN SUM([Sales]) * [Top N] ELSE {FIXED [Order Date] : MIN([Sales])} END";
    let asked = ask(of(vec![field("Mine", FieldKind::Calculation(formula.to_owned()))])).unwrap();
    let dependencies = &asked.sheet.dependencies[0];
    assert_eq!(
        dependencies.fields[0].formula(),
        Some(
            "IF MIN([order_date]) > #2020-01-01# THEN SUM([Sales]) * [Parameters].[Parameter 1] ELSE {FIXED [order_date] : MIN([Sales])} END"
        )
    );
    assert_eq!(dependencies.instances[0].derivation, "User");
    let row = ask(of(vec![field("Row", FieldKind::Calculation("[Sales] * 2".to_owned()))])).unwrap();
    assert_eq!(row.sheet.dependencies[0].instances[0].derivation, "None");
    let summed_up = ask(of(vec![field("Twice", FieldKind::Calculation("[Profit Ratio] * 2".to_owned()))])).unwrap();
    assert_eq!(summed_up.sheet.dependencies[0].instances[0].derivation, "User", "by the field it names");
}

#[test]
fn filters_become_those_of_a_sheet() {
    let filter = |on: Target, kind: FilterKind| {
        let filter = Filter { on, context: true, kind };
        let fields = vec![field("Category", FieldKind::Plain)];
        let asked = ask(Question { filters: vec![filter], ..of(fields) }).unwrap();
        let filter = asked.sheet.filters[0].clone();
        assert!(filter.context);
        (filter.field.instance.clone(), filter.kind)
    };
    let category = || Target::Field("Category".to_owned());
    let values = vec![Value::text("Arts \"n\" Crafts"), Value::Null];
    let (level, kind) = filter(category(), FilterKind::Set { values, exclude: true });
    let one = |member: &str| Members::One { level: level.clone(), member: member.to_owned() };
    let all = || Members::All { level: level.clone() };
    let named = Members::Union(vec![one("\"Arts \"\"n\"\" Crafts\""), one("%null%")]);
    assert_eq!(kind, SheetFilter::Members(Members::Except(vec![all(), named])));

    let like = FilterKind::Match {
        starts_with: Some("A".to_owned()),
        ends_with: None,
        contains: Some("o".to_owned()),
        exclude: false,
    };
    let expression =
        "IFNULL(STARTSWITH(LOWER([Category]), \"a\") AND CONTAINS(LOWER([Category]), \"o\"), FALSE)".to_owned();
    assert_eq!(
        filter(category(), like).1,
        SheetFilter::Members(Members::Condition { expression, of: Box::new(all()) })
    );

    let by = Target::Function("Sales".to_owned(), Function::Sum);
    let order = Members::Order { expression: "SUM([Sales])".to_owned(), descending: false, of: Box::new(all()) };
    assert_eq!(
        filter(category(), FilterKind::Top { count: 3, bottom: true, by: by.clone() }).1,
        SheetFilter::Members(Members::End {
            count: "3".to_owned(),
            units: "records".to_owned(),
            top: true,
            of: Box::new(order)
        })
    );

    let range = FilterKind::Range { ends: Ends::Min(Value::Integer(5)), include_nulls: true };
    let expected = SheetFilter::Range { min: Some("5".to_owned()), max: None, included: "in-range-or-null".to_owned() };
    assert_eq!(filter(by, range).1, expected);

    let date = Target::Field("Order Date".to_owned());
    let last = FilterKind::RelativeDate {
        period: Period::Months,
        periods: Periods::LastN(3),
        anchor: Some(19_000),
        include_nulls: false,
    };
    assert_eq!(
        filter(date, last).1,
        SheetFilter::RelativeDate {
            period: "month".to_owned(),
            first: -3,
            last: -1,
            anchor: Some("#2022-01-08#".to_owned()),
            include_null: false,
            include_future: true
        }
    );
}

fn along(dimensions: &[&str], kind: CalculationKind) -> TableCalculation {
    let dimension = |caption: &&str| FieldReference { caption: (*caption).to_owned(), function: None };
    TableCalculation {
        kind,
        dimensions: dimensions.iter().map(dimension).collect(),
        level_address: None,
        restart_every: None,
        sort: None,
        second: None,
    }
}

fn on_sales(calculation: TableCalculation) -> FieldKind {
    let of = Box::new(FieldKind::Function(Function::Sum));
    FieldKind::TableCalculation { of, calculation, nested: Vec::new() }
}

#[test]
fn table_calculations_become_those_of_an_instance() {
    let dimensions = || vec![field("Category", FieldKind::Plain), field("Order Date", FieldKind::Plain)];
    let calcs = |kind: FieldKind| {
        let mut fields = vec![field("Sales", kind)];
        fields.extend(dimensions());
        let asked = ask(of(fields)).unwrap();
        let instances = &asked.sheet.dependencies[0].instances;
        instances.iter().find(|instance| !instance.table_calcs.is_empty()).unwrap().table_calcs.clone()
    };
    let mut running = along(&["Category", "Order Date"], CalculationKind::RunningTotal(Aggregation::Sum));
    running.restart_every = Some(FieldReference { caption: "Category".to_owned(), function: None });
    running.sort = Some(CustomSort { caption: "Profit".to_owned(), function: Function::Max, descending: true });
    running.second = Some(Box::new(along(&["Category"], CalculationKind::PercentOfTotal)));
    let calcs_of_running = calcs(on_sales(running));
    let [first, second] = calcs_of_running.as_slice() else { panic!("{calcs_of_running:?}") };
    assert_eq!(first.kind.as_deref(), Some("CumTotal"));
    assert_eq!(first.aggregation.as_deref(), Some("Sum"));
    assert_eq!(first.order.len(), 2);
    assert_eq!(first.level_break.as_ref(), first.order.get(1), "the dimension after the one it begins anew at");
    assert!(first.sort.as_ref().is_some_and(|(by, descending)| by.instance.starts_with("max:Profit") && *descending));
    assert_eq!(second.kind.as_deref(), Some("PctTotal"));

    let rank = CalculationKind::Rank { ties: Ties::Dense, descending: false };
    assert_eq!(calcs(on_sales(along(&["Category"], rank)))[0].option("rank-options"), Some("Dense,Ascending"));
    let difference = CalculationKind::PercentDifference(RelativeTo::Next);
    assert_eq!(calcs(on_sales(along(&["Category"], difference)))[0].address, ["1"]);
    let moving =
        CalculationKind::Moving { aggregation: Aggregation::Avg, previous: 2, next: 1, current: true, whole: true };
    let moving = &calcs(on_sales(along(&["Category"], moving)))[0];
    assert_eq!((moving.from, moving.to), (Some(-2), Some(1)));
    assert_eq!(moving.option("window-options"), Some("IncludeCurrent,NullIfIncomplete"));

    let custom = FieldKind::TableCalculation {
        of: Box::new(FieldKind::Calculation("RANK([Running])".to_owned())),
        calculation: along(&["Category"], CalculationKind::Custom),
        nested: vec![Nested {
            caption: "Running".to_owned(),
            calculation: along(&["Order Date"], CalculationKind::Custom),
        }],
    };
    let custom = calcs(custom);
    assert_eq!(custom[0].field, None);
    assert_eq!(custom[1].field.as_deref(), Some("Calculation_2"));
}

#[test]
fn what_does_not_go_together_is_refused_with_the_code_of_its_kind() {
    let category = || field("Category", FieldKind::Plain);
    let sorted = |priority| Field { sort: Some(Sort { priority, descending: false }), ..category() };
    let filter = |on: &str, kind| Filter { on: Target::Field(on.to_owned()), context: false, kind };
    let none = || FilterKind::Range { ends: Ends::OnlyNull, include_nulls: false };
    let cases = [
        (of(vec![]), 400_803, "a question asks for no field"),
        (of(vec![field("Gone", FieldKind::Plain)]), 404_934, "the data source has no field `Gone`"),
        (of(vec![category(), category()]), 400_803, "two columns are called `Category`"),
        (of(vec![sorted(0)]), 400_803, "a priority of sorting is less than 1"),
        (
            of(vec![field("Category", FieldKind::Function(Function::Sum))]),
            400_803,
            "`SUM` does not go with `Category`: it is no number",
        ),
        (
            of(vec![field("Profit Ratio", FieldKind::Function(Function::Avg))]),
            400_803,
            "`AVG` does not go with `Profit Ratio`: it is summed up already",
        ),
        (of(vec![field("x", FieldKind::Calculation("SUM(".to_owned()))]), 400_800, ""),
        (
            of(vec![field("x", FieldKind::Calculation("SUM([Gone])".to_owned()))]),
            404_934,
            "the data source has no field `Gone`",
        ),
        (of(vec![field("Sales", FieldKind::Bin(0.0))]), 400_803, "the size of the bins of `Sales` is not more than 0"),
        (
            of(vec![field("Sales", on_sales(along(&["Category"], CalculationKind::PercentOfTotal)))]),
            400_803,
            "a table calculation goes along `Category`, which is no dimension of the question",
        ),
        (
            Question { filters: vec![filter("Category", none()), filter("Category", none())], ..of(vec![category()]) },
            400_803,
            "two filters are on the same field",
        ),
        (
            Question {
                filters: vec![filter(
                    "Sales",
                    FilterKind::Match { starts_with: None, ends_with: None, contains: None, exclude: false },
                )],
                ..of(vec![category()])
            },
            400_803,
            "a filter does not go with `Sales`: it is no text",
        ),
        (
            Question {
                filters: vec![filter("Sales", FilterKind::Set { values: vec![Value::text("x")], exclude: false })],
                ..of(vec![category()])
            },
            400_803,
            "a filter does not go with `Sales`: it is of another type than a value",
        ),
        (
            Question { parameters: vec![("Top N".to_owned(), Value::Integer(21))], ..of(vec![category()]) },
            400_803,
            "the value of the parameter `Top N` is none it takes",
        ),
        (
            Question { parameters: vec![("Top N".to_owned(), Value::text("x"))], ..of(vec![category()]) },
            400_803,
            "the value of the parameter `Top N` is of another type",
        ),
    ];
    for (question, code, message) in cases {
        let error = ask(question).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(message.is_empty() || error.to_string() == message, "{error}");
    }
}

fn column(instance: &FieldRef, values: Vec<Value>) -> Column {
    Column {
        field: instance.clone(),
        caption: String::new(),
        pill: String::new(),
        data_type: Type::Text,
        continuous: false,
        measure: false,
        format: None,
        derivation: String::new(),
        aliases: Vec::new(),
        values,
    }
}

#[test]
fn rows_are_sorted_rounded_and_cut_off() {
    let sort = |priority, descending| Some(Sort { priority, descending });
    let question = Question {
        row_limit: Some(3),
        ..of(vec![
            Field { sort: sort(2, false), ..field("Category", FieldKind::Plain) },
            Field { sort: sort(1, true), decimals: Some(1), ..field("Sales", FieldKind::Function(Function::Sum)) },
            Field { alias: Some("Ratio".to_owned()), ..field("Profit Ratio", FieldKind::Plain) },
        ])
    };
    let asked = ask(question).unwrap();
    let encoded: Vec<FieldRef> = asked.sheet.panes[0].encodings.iter().map(|encoding| encoding.field.clone()).collect();
    let reals = |values: [f64; 4]| values.map(Value::Real).to_vec();
    let columns = vec![
        column(&encoded[1], reals([1.25, 7.04, 1.25, 0.5])),
        column(&encoded[0], ["b", "c", "a", "d"].map(Value::text).to_vec()),
        column(&encoded[2], reals([0.1, 0.2, 0.3, 0.4])),
    ];
    let layers = vec![Layer { pane: 0, table: Table { columns, rows: 4 } }];
    let rows = asked.rows(&Answer { layers, ..Answer::default() }).unwrap();
    assert_eq!(rows.names, ["Category", "SUM(Sales)", "Ratio"]);
    let row = |category: &str, sales, ratio| vec![Value::text(category), Value::Real(sales), Value::Real(ratio)];
    assert_eq!(rows.rows, [row("c", 7.0, 0.2), row("a", 1.3, 0.3), row("b", 1.3, 0.1)]);
}

#[test]
fn metadata_tell_what_can_be_asked() {
    let workbook = workbook();
    let source = &workbook.data_sources[0];
    let shown = fields(source, false);
    let summary: Vec<_> = shown
        .iter()
        .map(|field| (field.caption.as_str(), field.class, field.default_aggregation.map(Function::as_str)))
        .collect();
    assert_eq!(
        summary,
        [
            ("Category", ColumnClass::Column, None),
            ("Order Date", ColumnClass::Column, None),
            ("Profit", ColumnClass::Column, Some("AVG")),
            ("Profit Ratio", ColumnClass::Calculation, Some("AGG")),
            ("Running", ColumnClass::TableCalculation, Some("AGG")),
            ("Sales", ColumnClass::Column, Some("SUM")),
        ]
    );
    assert_eq!(fields(source, true).len(), 7, "the hidden one too");
    let model = model(source);
    assert_eq!(model.tables.iter().map(|table| table.caption.as_str()).collect::<Vec<_>>(), ["Orders"]);
    assert!(functions().iter().any(|overload| overload.name == "DATEDIFF" && overload.arguments.len() == 4));
}

#[test]
fn a_question_is_planned_as_a_sheet_is() {
    let workbook = workbook();
    let filter = |on: Target, kind| Filter { on, context: false, kind };
    let question = Question {
        filters: vec![
            filter(
                Target::Field("Category".to_owned()),
                FilterKind::Set { values: vec![Value::text("Paper"), Value::text("Ink")], exclude: false },
            ),
            filter(
                Target::Function("Sales".to_owned(), Function::Sum),
                FilterKind::Range { ends: Ends::Min(Value::Integer(100)), include_nulls: false },
            ),
        ],
        ..of(vec![
            field("Category", FieldKind::Plain),
            field("Order Date", FieldKind::Function(Function::Year)),
            field("Sales", FieldKind::Function(Function::Sum)),
            Field {
                alias: Some("Share".to_owned()),
                ..field("Sales", on_sales(along(&["Category"], CalculationKind::PercentOfTotal)))
            },
        ])
    };
    let asked = Asked::new(&question, &workbook, &workbook.data_sources[0]).unwrap();
    let column = |name: &str, data_type| CatalogColumn { name: name.to_owned(), data_type: Some(data_type) };
    let table = CatalogTable {
        path: vec!["Orders".to_owned()],
        relation: "[Orders]".to_owned(),
        columns: vec![
            column("Category", Type::Text),
            column("order_date", Type::Date),
            column("Sales", Type::Real),
            column("Profit", Type::Real),
        ],
        ..CatalogTable::default()
    };
    let catalog = Catalog { tables: vec![table], ..Catalog::default() };
    let catalogs = HashMap::from([("federated.1".to_owned(), catalog)]);
    let context = Context { row_limit: 1000, ..Context::default() };
    let plan = plan(&workbook, &asked.sheet, &catalogs, &context).unwrap();
    let [statement] = plan.statements() else { panic!("{:?}", plan.statements()) };
    for part in ["in ('Paper', 'Ink')", "having (sum(\"t0\".\"Sales\") >= double precision '100.0')"] {
        assert!(statement.sql.contains(part), "{}", statement.sql);
    }
    let results = vec![vec![
        vec![Value::text("Paper"), Value::text("Ink"), Value::text("Ink")],
        vec![Value::Integer(2020), Value::Integer(2020), Value::Integer(2021)],
        vec![Value::Real(300.0), Value::Real(100.0), Value::Real(700.0)],
    ]];
    let rows = asked.rows(&plan.answer(results).unwrap()).unwrap();
    assert_eq!(rows.names, ["Category", "YEAR(Order Date)", "SUM(Sales)", "Share"]);
    let mut shares: Vec<_> = rows.rows.iter().map(|row| (row[0].clone(), row[1].clone(), row[3].clone())).collect();
    shares.sort_by(|a, b| a.0.order(&b.0).then(a.1.order(&b.1)));
    let share = |category: &str, year, share| (Value::text(category), Value::Integer(year), Value::Real(share));
    assert_eq!(shares, [share("Ink", 2020, 0.25), share("Ink", 2021, 1.0), share("Paper", 2020, 0.75)]);
}
