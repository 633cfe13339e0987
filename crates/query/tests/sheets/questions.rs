//! What sheets ask, on few rows whose answers are counted by hand.

use tavola_query::{Answer, Context, User, Value};
use tavola_workbook::Workbook;

use crate::asked::{LIMIT, Place, place, shown, text, workbook};

/// Orders: 2 regions, 3 states, 3 categories, one region unknown, texts that differ by case alone.
const ORDERS: &[&str] = &[
    "create schema d.\"Extract\"",
    "create table d.\"Extract\".\"Extract\" (\"Region\" text collate \"en_US_CI\", \"State\" text collate \"en_US_CI\", \
     \"Category\" text collate \"en_US_CI\", \"Date\" date, \"Sales\" double precision, \"Quantity\" bigint, \"Customer\" text)",
    "insert into d.\"Extract\".\"Extract\" values \
     ('East', 'Maine', 'Paper', date '2023-01-15', 10, 1, 'Ann'), \
     ('East', 'Maine', 'paper', date '2023-02-20', 20, 2, 'Bob'), \
     ('East', 'Ohio', 'Tables', date '2023-02-25', 30, 3, 'Ann'), \
     ('West', 'Utah', 'Tables', date '2024-01-05', 40, 4, 'Cid'), \
     ('West', 'Utah', 'Chairs', date '2024-07-09', 50, 5, 'Cid'), \
     (null, 'Iowa', 'Chairs', date '2024-12-31', 60, 6, null)",
];

/// A workbook with one sheet: further fields of the data source, the sheet's view, what stands on it.
pub fn book(fields: &str, view: &str, marks: &str) -> Workbook {
    workbook(&format!(
        "<workbook version='18.1'>
          <datasources>
            <datasource name='Parameters'>
              <column name='[P]' caption='How many' datatype='integer' param-domain-type='any' value='2'/>
            </datasource>
            <datasource name='ds' caption='Orders'>
              <connection class='federated'>
                <relation name='Extract' table='[Extract].[Extract]' type='table'/>
              </connection>
              <column name='[Region]' datatype='string' role='dimension' type='nominal'/>
              <column name='[State]' datatype='string' role='dimension' type='nominal'/>
              <column name='[Category]' datatype='string' role='dimension' type='nominal'/>
              <column name='[Date]' caption='Order Date' datatype='date' role='dimension' type='ordinal'/>
              <column name='[Sales]' datatype='real' role='measure' type='quantitative' default-format='c#,##0'/>
              <column name='[Quantity]' datatype='integer' role='measure' type='quantitative'/>
              <column name='[Customer]' datatype='string' role='dimension' type='nominal'/>
              {fields}
            </datasource>
          </datasources>
          <worksheets>
            <worksheet name='Sheet'>
              <table>
                <view>
                  <datasources><datasource name='ds'/></datasources>
                  <datasource-dependencies datasource='ds'>
                    <column-instance column='[Region]' derivation='None' name='[none:Region:nk]' type='nominal'/>
                    <column-instance column='[Sales]' derivation='Sum' name='[sum:Sales:qk]' type='quantitative'/>
                  </datasource-dependencies>
                  {view}
                  <aggregation value='true'/>
                </view>
                {marks}
              </table>
            </worksheet>
          </worksheets>
          <windows><window class='worksheet' name='Sheet'/></windows>
        </workbook>"
    ))
}

/// What stands on rows and columns, and encodings.
fn marks(rows: &str, columns: &str, encodings: &str) -> String {
    format!(
        "<panes><pane><mark class='Automatic'/><encodings>{encodings}</encodings></pane></panes>\
         <rows>{rows}</rows><cols>{columns}</cols>"
    )
}

pub fn context() -> Context {
    // 2024-07-10 12:00.
    Context { now: 1_720_612_800_000_000, row_limit: LIMIT, ..Context::default() }
}

pub async fn orders() -> Option<Place> {
    let mut place = place().await?;
    place.make("ds", ORDERS).await;
    Some(place)
}

async fn ask(place: &Place, book: &Workbook, context: &Context) -> Answer {
    place.ask(book, &book.worksheets[0], context).await.unwrap_or_else(|problem| panic!("{problem}"))
}

/// The lines of the first layer.
async fn lines(place: &Place, fields: &str, view: &str, marks: &str) -> Vec<String> {
    shown(&ask(place, &book(fields, view, marks), &context()).await, 0)
}

async fn problem(place: &Place, fields: &str, view: &str, marks: &str) -> String {
    let book = book(fields, view, marks);
    place.ask(&book, &book.worksheets[0], &context()).await.expect_err("this cannot be asked")
}

fn formula(name: &str, data_type: &str, role: &str, formula: &str) -> String {
    let kind = if role == "measure" { "quantitative" } else { "nominal" };
    let formula = formula.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&apos;");
    format!(
        "<column name='[{name}]' datatype='{data_type}' role='{role}' type='{kind}'>\
         <calculation class='tableau' formula='{formula}'/></column>"
    )
}

fn only(level: &str, members: &[&str]) -> String {
    let members: Vec<String> = (members.iter())
        .map(|member| format!("<groupfilter function='member' level='[{level}]' member='{member}'/>"))
        .collect();
    format!(
        "<filter class='categorical' column='[ds].[{level}]'><groupfilter function='union'>{}</groupfilter></filter>",
        members.concat()
    )
}

const BY_REGION: (&str, &str) = ("[ds].[none:Region:nk]", "[ds].[sum:Sales:qk]");

fn by_region() -> String {
    marks(BY_REGION.0, BY_REGION.1, "")
}

#[tokio::test]
async fn measures_are_summed_up_for_each_member() {
    let Some(place) = orders().await else { return };
    let answer = ask(&place, &book("", "", &by_region()), &context()).await;
    assert_eq!(shown(&answer, 0), ["- | 60", "East | 60", "West | 90"]);
    let columns = &answer.layers[0].table.columns;
    let told: Vec<_> =
        columns.iter().map(|it| (it.caption.as_str(), it.pill.as_str(), it.continuous, it.measure)).collect();
    assert_eq!(told, [("Region", "Region", false, false), ("Sales", "SUM(Sales)", true, true)]);
    assert_eq!(columns[1].format.as_deref(), Some("c#,##0"));
    assert_eq!(answer.orders[&columns[0].field].iter().map(text).collect::<Vec<_>>(), ["-", "East", "West"]);
}

#[tokio::test]
async fn dates_are_cut_and_taken_apart() {
    let Some(place) = orders().await else { return };
    let rows = "([ds].[yr:Date:ok] / [ds].[qr:Date:ok])";
    let marks_ = marks(rows, "[ds].[cnt:Quantity:qk]", "<lod column='[ds].[tmn:Date:ok]'/>");
    assert_eq!(
        lines(&place, "", "", &marks_).await,
        [
            "2023 | 1 | 1 | 2023-01-01",
            "2023 | 1 | 2 | 2023-02-01",
            "2024 | 1 | 1 | 2024-01-01",
            "2024 | 3 | 1 | 2024-07-01",
            "2024 | 4 | 1 | 2024-12-01"
        ]
    );
}

#[tokio::test]
async fn texts_are_equal_as_the_extract_compares_them() {
    let Some(place) = orders().await else { return };
    let marks = marks("[ds].[none:Category:nk]", "[ds].[ctd:Customer:qk]", "");
    let lines = lines(&place, "", "", &marks).await;
    assert_eq!(
        lines.iter().map(|line| line.to_lowercase()).collect::<Vec<_>>(),
        ["chairs | 1", "paper | 2", "tables | 2"]
    );
}

#[tokio::test]
async fn filters_let_through_what_they_name() {
    let Some(place) = orders().await else { return };
    let all = |inner: &str| format!("<filter class='categorical' column='[ds].[none:Region:nk]'>{inner}</filter>");
    let east = "<groupfilter function='member' level='[none:Region:nk]' member='&quot;East&quot;'/>";
    let null = "<groupfilter function='member' level='[none:Region:nk]' member='%null%'/>";
    let every = "<groupfilter function='level-members' level='[none:Region:nk]'/>";
    let marks = by_region();
    let asked = |filter: String| {
        let (place, marks) = (&place, &marks);
        async move { lines(place, "", &filter, marks).await }
    };
    assert_eq!(asked(all(every)).await.len(), 3);
    assert_eq!(asked(all(east)).await, ["East | 60"]);
    assert_eq!(asked(all(null)).await, ["- | 60"]);
    // Rows without a value are no East, and stay.
    assert_eq!(
        asked(all(&format!("<groupfilter function='except'>{every}{east}</groupfilter>"))).await,
        ["- | 60", "West | 90"]
    );
    assert_eq!(
        asked(all(&format!("<groupfilter function='except'>{every}{null}</groupfilter>"))).await,
        ["East | 60", "West | 90"]
    );
    assert!(asked(all("<groupfilter function='empty-level' member='[none:Region:nk]'/>")).await.is_empty());
    let range = |column: &str, rest: &str, inner: &str| {
        format!("<filter class='quantitative' column='[ds].[{column}]' {rest}>{inner}</filter>")
    };
    assert_eq!(
        asked(range("none:Sales:qk", "included-values='in-range'", "<min>20</min><max>50</max>")).await,
        ["East | 50", "West | 90"]
    );
    // What is summed up is filtered after.
    assert_eq!(asked(range("sum:Sales:qk", "included-values='in-range'", "<min>61</min>")).await, ["West | 90"]);
    let dates = "<min>#2023-02-01#</min><max>#2024-01-31#</max>";
    assert_eq!(asked(range("none:Date:qk", "included-values='in-range'", dates)).await, ["East | 50", "West | 40"]);
    let relative = |first, last| {
        format!(
            "<filter class='relative-date' column='[ds].[none:Date:qk]' first-period='{first}' last-period='{last}' \
             include-future='true' include-null='false' period-type='year'/>"
        )
    };
    assert_eq!(asked(relative(-1, -1)).await, ["East | 60"]);
    assert_eq!(asked(relative(0, 0)).await, ["- | 60", "West | 90"]);
    let to_date = relative(0, 0).replace("include-future='true'", "include-future='false'");
    assert_eq!(asked(to_date).await, ["West | 90"]);
}

#[tokio::test]
async fn the_first_members_are_those_of_the_context() {
    let Some(place) = orders().await else { return };
    let top = |context: &str| {
        format!(
            "<filter class='categorical' column='[ds].[none:State:nk]'>\
               <groupfilter function='end' end='top' count='[Parameters].[P]' units='records'>\
                 <groupfilter function='order' direction='DESC' expression='SUM([Sales])'>\
                   <groupfilter function='level-members' level='[none:State:nk]'/>\
                 </groupfilter></groupfilter></filter>\
             <filter class='categorical' {context} column='[ds].[none:Region:nk]'>\
               <groupfilter function='member' level='[none:Region:nk]' member='&quot;East&quot;'/></filter>"
        )
    };
    let marks = marks("[ds].[none:State:nk]", "[ds].[sum:Sales:qk]", "");
    // Of all states Utah (90) and Iowa (60) are the first; none is in the East.
    assert!(lines(&place, "", &top(""), &marks).await.is_empty());
    assert_eq!(lines(&place, "", &top("context='true'"), &marks).await, ["Maine | 30", "Ohio | 30"]);
    let condition = "<filter class='categorical' column='[ds].[none:State:nk]'>\
        <groupfilter function='filter' expression='COUNTD([Customer]) &gt; 1'>\
          <groupfilter function='level-members' level='[none:State:nk]'/></groupfilter></filter>";
    assert_eq!(lines(&place, "", condition, &marks).await, ["Maine | 30"]);
}

#[tokio::test]
async fn filters_from_outside_take_the_place_of_the_sheets_own() {
    let Some(place) = orders().await else { return };
    let book = book("", &only("none:Region:nk", &["&quot;West&quot;"]), &by_region());
    let asked = async |name: &str, values: &[&str]| {
        let filters = vec![(name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())];
        place.ask(&book, &book.worksheets[0], &Context { filters, ..context() }).await.map(|answer| shown(&answer, 0))
    };
    assert_eq!(asked("region", &["East", "Null"]).await.unwrap(), ["- | 60", "East | 60"]);
    assert_eq!(asked("State", &["Utah"]).await.unwrap(), ["West | 90"]);
    assert_eq!(asked("Order Date", &["2024-01-05"]).await.unwrap(), ["West | 40"]);
    assert_eq!(asked("No such field", &["x"]).await.unwrap(), ["West | 90"]);
    assert_eq!(asked("Region", &["O'Neil\\\" -- ; drop"]).await.unwrap(), [""; 0]);
    assert_eq!(asked("Quantity", &["many"]).await.unwrap_err(), "`many` is no value of the field `Quantity`");
}

#[tokio::test]
async fn members_come_in_the_order_that_is_asked_for() {
    let Some(place) = orders().await else { return };
    let asked = async |sort: &str| lines(&place, "", sort, &by_region()).await;
    assert_eq!(
        asked("<computed-sort column='[ds].[none:Region:nk]' direction='DESC' using='[ds].[sum:Sales:qk]'/>").await,
        ["West | 90", "- | 60", "East | 60"]
    );
    assert_eq!(
        asked("<alphabetic-sort column='[ds].[none:Region:nk]' direction='DESC'/>").await,
        ["West | 90", "East | 60", "- | 60"]
    );
    assert_eq!(
        asked(
            "<manual-sort column='[ds].[none:Region:nk]' direction='ASC'><dictionary><bucket>&quot;West&quot;</bucket>\
               <bucket>%null%</bucket></dictionary></manual-sort>"
        )
        .await,
        ["West | 90", "- | 60", "East | 60"]
    );
    // Without one of its own a sheet has that of the data source.
    let default = "<default-sorts><manual-sort column='[none:Region:nk]' direction='ASC'><dictionary>\
        <bucket>&quot;West&quot;</bucket></dictionary></manual-sort></default-sorts>";
    assert_eq!(lines(&place, default, "", &by_region()).await, ["West | 90", "- | 60", "East | 60"]);
    let nested = "<shelf-sorts><shelf-sort-v2 dimension-to-sort='[ds].[none:Category:nk]' direction='DESC' \
        is-on-innermost-dimension='true' measure-to-sort-by='[ds].[sum:Sales:qk]' shelf='rows'/></shelf-sorts>";
    let marks = marks("([ds].[yr:Date:ok] / [ds].[none:Category:nk])", "[ds].[sum:Sales:qk]", "");
    let lines = lines(&place, "", nested, &marks).await;
    assert_eq!(
        lines.iter().map(|line| line.to_lowercase()).collect::<Vec<_>>(),
        ["2023 | paper | 30", "2023 | tables | 30", "2024 | chairs | 110", "2024 | tables | 40"]
    );
}

#[tokio::test]
async fn measure_names_choose_and_order_the_measures() {
    let Some(place) = orders().await else { return };
    let view = only(
        ":Measure Names",
        &["&quot;[ds].[sum:Sales:qk]&quot;", "&quot;[ds].[avg:Quantity:qk]&quot;", "&quot;[ds].[max:Sales:qk]&quot;"],
    ) + "<manual-sort column='[ds].[:Measure Names]' direction='ASC'><dictionary>\
         <bucket>&quot;[ds].[max:Sales:qk]&quot;</bucket><bucket>&quot;[ds].[sum:Sales:qk]&quot;</bucket></dictionary></manual-sort>";
    let marks = marks("[ds].[none:Region:nk]", "[ds].[:Measure Names]", "<text column='[ds].[Multiple Values]'/>");
    let answer = ask(&place, &book("", &view, &marks), &context()).await;
    assert_eq!(shown(&answer, 0), ["- | 60 | 60 | 6", "East | 30 | 60 | 2", "West | 50 | 90 | 4.5"]);
    let names: Vec<_> = answer.measures.iter().map(|field| field.instance.as_str()).collect();
    assert_eq!(names, ["max:Sales:qk", "sum:Sales:qk", "avg:Quantity:qk"]);
}

#[tokio::test]
async fn calculated_fields_are_put_into_one_another() {
    let Some(place) = orders().await else { return };
    let fields = formula("Net", "real", "measure", "[Sales] - [Quantity] * [Parameters].[P]")
        + &formula("Ratio", "real", "measure", "SUM([Net]) / SUM([Sales])")
        + &formula(
            "Coast",
            "string",
            "dimension",
            "IF [Region] = 'east' THEN 'Atlantic' ELSE IFNULL([Region], 'none') END",
        );
    let marks = marks("[ds].[none:Coast:nk]", "[ds].[usr:Ratio:qk]", "<lod column='[ds].[sum:Net:qk]'/>");
    assert_eq!(lines(&place, &fields, "", &marks).await, ["Atlantic | 0.8 | 48", "none | 0.8 | 48", "West | 0.8 | 72"]);
}

#[tokio::test]
async fn parameters_are_what_the_caller_sets() {
    let Some(place) = orders().await else { return };
    let book =
        book(&formula("Top", "integer", "measure", "[Parameters].[P] * 10"), "", &marks("", "[ds].[sum:Top:qk]", ""));
    let asked = async |context: Context| place.ask(&book, &book.worksheets[0], &context).await.map(|it| shown(&it, 0));
    assert_eq!(asked(context()).await.unwrap(), ["120"]);
    let set = Context { parameters: [("P".to_owned(), Value::Integer(3))].into(), ..context() };
    assert_eq!(asked(set).await.unwrap(), ["180"]);
    let filter = Context { filters: vec![("How many".to_owned(), vec!["4".to_owned()])], ..context() };
    assert_eq!(asked(filter).await.unwrap(), ["240"]);
    let wrong = Context { filters: vec![("How many".to_owned(), vec!["four".to_owned()])], ..context() };
    assert_eq!(asked(wrong).await.unwrap_err(), "`four` is no value of the parameter `How many`");
}

#[tokio::test]
async fn rows_depend_on_who_asks() {
    let Some(place) = orders().await else { return };
    let fields = formula("Mine", "boolean", "dimension", "[Customer] = FULLNAME() OR ISMEMBEROF('Heads')");
    let view = only("none:Mine:nk", &["true"]);
    let book = book(&fields, &view, &by_region());
    let asked = async |full_name: &str, groups: &[&str]| {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let user = User { full_name: full_name.to_owned(), groups, ..User::default() };
        shown(&ask(&place, &book, &Context { user, ..context() }).await, 0)
    };
    assert_eq!(asked("Ann", &[]).await, ["East | 40"]);
    assert_eq!(asked("Cid", &[]).await, ["West | 90"]);
    assert_eq!(asked("Eve", &["Heads"]).await, ["- | 60", "East | 60", "West | 90"]);
}

#[tokio::test]
async fn fixed_levels_of_detail_count_once_for_each_member() {
    let Some(place) = orders().await else { return };
    let fields = formula("Best", "real", "measure", "{FIXED [State] : MAX([Sales])}")
        + &formula("All", "real", "measure", "{SUM([Sales])}")
        + &formula("Share", "real", "measure", "SUM([Sales]) / MAX({FIXED : SUM([Sales])})");
    let marks_ = marks("[ds].[none:Region:nk]", "[ds].[sum:Best:qk]", "<lod column='[ds].[sum:All:qk]'/>");
    // Maine 20 + Ohio 30 in the East, whatever their number of rows.
    assert_eq!(lines(&place, &fields, "", &marks_).await, ["- | 60 | 210", "East | 50 | 210", "West | 50 | 210"]);
    // Filters on dimensions come after, those of the context before.
    let east = only("none:Region:nk", &["&quot;East&quot;"]);
    let share = marks("[ds].[none:Region:nk]", "[ds].[avg:All:qk]", "<lod column='[ds].[sum:Sales:qk]'/>");
    assert_eq!(lines(&place, &fields, &east, &share).await, ["East | 210 | 60"]);
    let context = east.replace("<filter ", "<filter context='true' ");
    assert_eq!(lines(&place, &fields, &context, &share).await, ["East | 60 | 60"]);
    let share = marks("[ds].[none:Region:nk]", "[ds].[usr:Share:qk]", "");
    let lines = lines(&place, &fields, &east, &share).await;
    // The engine writes 15 digits as text.
    assert_eq!(lines, ["East | 0.285714285714286"]);
}

#[tokio::test]
async fn levels_of_detail_include_and_exclude_dimensions_of_the_sheet() {
    let Some(place) = orders().await else { return };
    let fields = formula("Finer", "real", "measure", "{INCLUDE [State] : SUM([Sales])}")
        + &formula("Coarser", "real", "measure", "{EXCLUDE [State] : SUM([Sales])}");
    let finer = marks("[ds].[none:Region:nk]", "[ds].[avg:Finer:qk]", "");
    assert_eq!(lines(&place, &fields, "", &finer).await, ["- | 60", "East | 30", "West | 90"]);
    let coarser = marks("([ds].[none:Region:nk] / [ds].[none:State:nk])", "[ds].[sum:Coarser:qk]", "");
    assert_eq!(
        lines(&place, &fields, "", &coarser).await,
        ["- | Iowa | 60", "East | Maine | 60", "East | Ohio | 60", "West | Utah | 90"]
    );
    // They see filters on dimensions.
    let without = only("none:Category:nk", &["&quot;Paper&quot;"]);
    assert_eq!(lines(&place, &fields, &without, &coarser).await, ["East | Maine | 30"]);
}

#[tokio::test]
async fn levels_of_detail_stand_beside_rows_and_in_one_another() {
    let Some(place) = orders().await else { return };
    let fields = formula("First", "date", "dimension", "{FIXED [Customer] : MIN([Date])}")
        + &formula("New", "real", "measure", "IF [Date] = [First] THEN [Sales] END")
        + &formula("Mean", "real", "measure", "{FIXED [Region] : AVG({FIXED [Region], [State] : SUM([Sales])})}");
    let new = marks("[ds].[none:Region:nk]", "[ds].[sum:New:qk]", "");
    assert_eq!(lines(&place, &fields, "", &new).await, ["- | 60", "East | 30", "West | 40"]);
    let cohort = marks("[ds].[yr:First:ok]", "[ds].[ctd:Customer:qk]", "");
    assert_eq!(lines(&place, &fields, "", &cohort).await, ["2023 | 2", "2024 | 1"]);
    let mean = marks("[ds].[none:Region:nk]", "[ds].[sum:Mean:qk]", "");
    assert_eq!(lines(&place, &fields, "", &mean).await, ["- | 60", "East | 30", "West | 90"]);
}

#[tokio::test]
async fn groups_bins_and_sets_are_fields() {
    let Some(place) = orders().await else { return };
    let fields = "<column name='[Side]' datatype='string' role='dimension' type='nominal'>\
          <calculation class='categorical-bin' column='[State]' default='&quot;Other&quot;' new-bin='true'>\
            <bin value='&quot;North&quot;'><value>&quot;Maine&quot;</value><value>&quot;Iowa&quot;</value></bin></calculation></column>\
        <column name='[Size]' datatype='integer' role='dimension' type='ordinal'>\
          <calculation class='bin' formula='[Quantity]' peg='0' size='3'/></column>\
        <group name='[Big]' name-style='unqualified' user:ui-builder='filter-group'>\
          <groupfilter function='end' end='top' count='1' units='records'>\
            <groupfilter function='order' direction='DESC' expression='SUM([Sales])'>\
              <groupfilter function='level-members' level='[State]'/></groupfilter></groupfilter></group>";
    let asked = async |rows: &str| lines(&place, fields, "", &marks(rows, "[ds].[sum:Sales:qk]", "")).await;
    assert_eq!(asked("[ds].[none:Side:nk]").await, ["North | 90", "Other | 120"]);
    assert_eq!(asked("[ds].[none:Size:ok]").await, ["0 | 30", "3 | 120", "6 | 60"]);
    assert_eq!(asked("[ds].[io:Big:nk]").await, ["true | 90", "false | 120"]);
}

#[tokio::test]
async fn rows_are_marks_where_nothing_is_summed_up() {
    let Some(place) = orders().await else { return };
    let mut book = book("", &only("none:Region:nk", &["&quot;East&quot;"]), &by_region());
    book.worksheets[0].aggregates = false;
    assert_eq!(shown(&ask(&place, &book, &context()).await, 0).len(), 3);
}

#[tokio::test]
async fn table_calculations_are_computed_and_filter_last() {
    let Some(place) = orders().await else { return };
    let instance = "<datasource-dependencies datasource='ds'>\
        <column-instance column='[Sales]' derivation='Sum' name='[pcto:sum:Sales:qk]' type='quantitative'>\
          <table-calc ordering-type='Columns' type='PctTotal'/></column-instance></datasource-dependencies>";
    let marks = marks(BY_REGION.0, "[ds].[pcto:sum:Sales:qk]", "");
    let share = |part: f64| part / 210.0;
    assert_eq!(
        lines(&place, "", instance, &marks).await,
        [format!("- | {}", share(60.0)), format!("East | {}", share(60.0)), format!("West | {}", share(90.0))]
    );
    let filter = format!(
        "{instance}<filter class='quantitative' column='[ds].[pcto:sum:Sales:qk]' included-values='in-range'><min>0.4</min></filter>"
    );
    assert_eq!(lines(&place, "", &filter, &marks).await, [format!("West | {}", share(90.0))]);
}

#[tokio::test]
async fn what_only_exhausts_is_refused() {
    let Some(place) = orders().await else { return };
    let few = Context { row_limit: 2, ..context() };
    let sheet = book("", "", &by_region());
    assert_eq!(place.ask(&sheet, &sheet.worksheets[0], &few).await.unwrap_err(), "the sheet has more than 2 marks");
    let circle = formula("A", "real", "measure", "[B] + 1") + &formula("B", "real", "measure", "[A] + 1");
    let on = marks("", "[ds].[sum:A:qk]", "");
    assert_eq!(problem(&place, &circle, "", &on).await, "the field `A` is calculated from itself");
    // Each doubles the one before.
    let mut doubling = formula("F0", "real", "measure", "[Sales] + [Sales]");
    for number in 1..40 {
        doubling +=
            &formula(&format!("F{number}"), "real", "measure", &format!("[F{}] + [F{}]", number - 1, number - 1));
    }
    let on = marks("", "[ds].[sum:F39:qk]", "");
    assert_eq!(
        problem(&place, &doubling, "", &on).await,
        "a formula has more than 20000 parts with the fields it names"
    );
    let mut chain = formula("C0", "real", "measure", "[Sales]");
    for number in 1..2000 {
        chain += &formula(&format!("C{number}"), "real", "measure", &format!("1 + [C{}]", number - 1));
    }
    let on = marks("", "[ds].[sum:C1999:qk]", "");
    assert_eq!(problem(&place, &chain, "", &on).await, "a formula is deeper than 250 with the fields it names");
}

#[tokio::test]
async fn totals_are_asked_again_over_fewer_dimensions() {
    let Some(place) = orders().await else { return };
    let marks = marks("([ds].[none:Region:nk] / [ds].[none:State:nk])", "[ds].[avg:Sales:qk]", "")
        .replace("<rows>", "<rows total='true'>");
    let view = "<subtotals><column>[ds].[none:Region:nk]</column></subtotals>";
    let answer = ask(&place, &book("", view, &marks), &context()).await;
    let totals: Vec<_> = (answer.totals.iter())
        .map(|(kept, table)| {
            let kept: Vec<_> = kept.iter().map(|field| field.instance.as_str()).collect();
            (kept, (0..table.rows).map(|row| text(&table.columns.last().unwrap().values[row])).collect::<Vec<_>>())
        })
        .collect();
    // Averages of all rows, not of the averages that are shown.
    let of = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    assert_eq!(totals, [(vec![], of(&["35"])), (vec!["none:Region:nk"], of(&["60", "20", "45"]))]);
}

#[tokio::test]
async fn one_page_is_shown() {
    let Some(place) = orders().await else { return };
    let marks = format!("{}<pages><column>[ds].[yr:Date:ok]</column></pages>", by_region());
    let mut book = book("", "", &marks);
    assert_eq!(shown(&ask(&place, &book, &context()).await, 0), ["East | 60 | 2023"]);
    book.windows[0].page = vec!["2024".to_owned()];
    assert_eq!(shown(&ask(&place, &book, &context()).await, 0), ["- | 60 | 2024", "West | 90 | 2024"]);
    book.windows[0].page = vec!["1999".to_owned()];
    assert_eq!(shown(&ask(&place, &book, &context()).await, 0), ["East | 60 | 2023"]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_left_out_of_a_tooltip_and_nowhere_else() {
    let Some(place) = orders().await else { return };
    let fields = formula("Odd", "real", "measure", "SUM(SCRIPT_REAL('1', [Sales]))");
    let with = |channel: &str| marks(BY_REGION.0, BY_REGION.1, &format!("<{channel} column='[ds].[usr:Odd:qk]'/>"));
    let raw = formula("Raw", "real", "measure", "RAWSQL_REAL('%1', [Sales])");
    let tooltip = with("tooltip").replace("usr:Odd", "sum:Raw");
    let answer = ask(&place, &book(&raw, "", &tooltip), &context()).await;
    assert_eq!(shown(&answer, 0), ["- | 60", "East | 60", "West | 90"]);
    assert_eq!(answer.notes[0].text, "left out of the tooltip: the function `RAWSQL_REAL` is not supported yet");
    let color = with("color").replace("usr:Odd", "sum:Raw");
    assert_eq!(problem(&place, &raw, "", &color).await, "the function `RAWSQL_REAL` is not supported yet");
    assert!(!problem(&place, &fields, "", &with("color")).await.is_empty());
}

#[tokio::test]
async fn it_is_said_where_dimensions_side_by_side_are_asked_as_nested() {
    let Some(place) = orders().await else { return };
    let beside = marks("([ds].[none:Region:nk] + [ds].[none:State:nk])", BY_REGION.1, "");
    let answer = ask(&place, &book("", "", &beside), &context()).await;
    assert_eq!(answer.notes[0].text, "fields side by side on a shelf are asked as if they were nested");
    let measures = marks(BY_REGION.0, "([ds].[sum:Sales:qk] + [ds].[avg:Sales:qk])", "");
    assert!(ask(&place, &book("", "", &measures), &context()).await.notes.is_empty());
}
