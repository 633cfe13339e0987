//! What a worksheet asks and how it looks. The files are our own and small; real ones are in `corpus.rs`.

use tavola_workbook::{FieldRef, Filter, FilterKind, Members, Pane, Shelf, Sort, SortBy, TableCalc, Worksheet};

use crate::values::{notes, workbook};

/// A sheet of the data source `a`.
fn sheet(view: &str, rest: &str) -> Worksheet {
    workbook(&around(view, rest)).worksheets.remove(0)
}

fn around(view: &str, rest: &str) -> String {
    format!(
        "<worksheets><worksheet name='S'><table><view><datasources><datasource name='a'/></datasources>{view}</view>{rest}\
         </table></worksheet></worksheets>"
    )
}

fn field(instance: &str) -> FieldRef {
    FieldRef { data_source: "a".into(), instance: instance.into() }
}

fn on(instance: &str) -> Shelf {
    Shelf::Field(field(instance))
}

fn rows(text: &str) -> Option<Shelf> {
    sheet("", &format!("<rows>{text}</rows>")).rows
}

#[test]
fn a_shelf_is_a_tree_of_three_operators() {
    assert_eq!(rows(""), None);
    assert_eq!(rows("[a].[x]"), Some(on("x")));
    assert_eq!(
        rows("(([a].[x] / ([a].[y] / [a].[z])) * ([a].[sum:p:qk] + [a].[sum:q:qk]))"),
        Some(Shelf::Cross(vec![
            Shelf::Nest(vec![on("x"), on("y"), on("z")]),
            Shelf::Concat(vec![on("sum:p:qk"), on("sum:q:qk")]),
        ]))
    );
    assert_eq!(
        rows("[a].[x]/[a].[y]*[a].[z]+[a].[w]"),
        Some(Shelf::Concat(vec![Shelf::Cross(vec![Shelf::Nest(vec![on("x"), on("y")]), on("z")]), on("w")]))
    );
}

#[test]
fn names_on_a_shelf_may_hold_any_character() {
    assert_eq!(
        rows("([a].[none:a]].[b (c) * d:nk] / [a].[none:é + ü:nk])"),
        Some(Shelf::Nest(vec![on("none:a].[b (c) * d:nk"), on("none:é + ü:nk")]))
    );
    let fields = rows("([a].[:Measure Names] * [b].[Multiple Values])").unwrap();
    let [names, values] = fields.fields().try_into().unwrap();
    assert!(names.is_measure_names() && values.is_measure_values());
    assert_eq!(values.data_source, "b");
}

#[test]
fn a_name_alone_is_one_of_the_first_data_source() {
    assert_eq!(rows("[sum:x:qk]"), Some(on("sum:x:qk")));
}

#[test]
fn what_counts_the_rows_of_a_table_has_a_name_of_two_parts() {
    let counted = "[__tableau_internal_object_id__].[cnt:Orders_1]]2:qk]";
    assert_eq!(rows(&format!("([a].[x] / [a].{counted})")), Some(Shelf::Nest(vec![on("x"), on(counted)])));
    assert_eq!(rows(counted), Some(on(counted)));
    let sheet = sheet(
        &format!(
            "<datasource-dependencies datasource='a'><column caption='Orders' datatype='table' name='[__tableau_internal_object_id__].[Orders_1]]2]'/>
               <column-instance column='[__tableau_internal_object_id__].[Orders_1]]2]' derivation='Count' name='{counted}'/></datasource-dependencies>"
        ),
        "",
    );
    assert_eq!(sheet.dependencies[0].instances[0].name, counted);
    for name in [field(counted), field("a].[b"), field("[x"), field("none:x:nk")] {
        assert_eq!(FieldRef::parse(&name.qualified()), Some(name));
    }
}

#[test]
fn a_shelf_that_is_not_understood_is_noted_and_left_out() {
    let note = |text: &str| notes(&around("", &format!("<rows>{text}</rows>")));
    assert_eq!(note("[a].[x] -"), ["a shelf: `[a].[x] -` is not understood: something follows its end"]);
    assert_eq!(note("([a].[x]"), ["a shelf: `([a].[x]` is not understood: a parenthesis is not closed"]);
    assert_eq!(note("[a].[x] / "), ["a shelf: `[a].[x] / ` is not understood: a field is expected"]);
    assert_eq!(note("[a].[x"), ["a shelf: `[a].[x` is not understood: a field is expected"]);
    let parts = "a shelf: `[a].[b].[c].[d]` is not understood: a field has too many parts";
    assert_eq!(note("[a].[b].[c].[d]"), [parts]);
    assert!(note(&"(".repeat(1_000_000))[0].ends_with("is not understood: it nests too deep"));
    assert_eq!(rows("[a].[x] -"), None);
}

fn filter(inside: &str) -> Filter {
    let mut filters = sheet(inside, "").filters;
    assert_eq!(filters.len(), 1);
    filters.remove(0)
}

/// The members that a categorical filter lets through.
fn members(groupfilter: &str) -> Members {
    match filter(&format!("<filter class='categorical' column='[a].[none:x:nk]'>{groupfilter}</filter>")).kind {
        FilterKind::Members(members) => members,
        other => panic!("{other:?}"),
    }
}

fn one(member: &str) -> Members {
    Members::One { level: "none:x:nk".into(), member: member.into() }
}

fn all() -> Members {
    Members::All { level: "none:x:nk".into() }
}

const ALL: &str = "<groupfilter function='level-members' level='[none:x:nk]'/>";

#[test]
fn a_filter_by_members_is_a_tree_of_sets() {
    let member = |member: &str| format!("<groupfilter function='member' level='[none:x:nk]' member='{member}'/>");
    let (east, null) = (member("&quot;East&quot;"), member("%null%"));
    assert_eq!(members(&east), one("\"East\""));
    assert_eq!(
        members(&format!("<groupfilter function='union'>{east}{null}</groupfilter>")),
        Members::Union(vec![one("\"East\""), one("%null%")])
    );
    assert_eq!(
        members(&format!("<groupfilter function='except'>{ALL}{east}</groupfilter>")),
        Members::Except(vec![all(), one("\"East\"")])
    );
    assert_eq!(
        members("<groupfilter function='range' level='[none:x:nk]' from='1' to='5'/>"),
        Members::Range { level: "none:x:nk".into(), from: "1".into(), to: "5".into() }
    );
    assert_eq!(
        members("<groupfilter function='crossjoin'><groupfilter function='empty-level' member='[y]'/></groupfilter>"),
        Members::CrossJoin(vec![Members::None { level: "y".into() }])
    );
    assert_eq!(
        members(&format!("<groupfilter function='hierarchize'>{ALL}</groupfilter>")),
        Members::Other { function: "hierarchize".into(), of: vec![all()] }
    );
}

#[test]
fn a_filter_takes_the_first_by_an_order_or_those_that_meet_a_condition() {
    assert_eq!(
        members(&format!(
            "<groupfilter count='[Parameters].[Top]' end='top' function='end' units='records'>\
               <groupfilter direction='DESC' expression='SUM([Sales])' function='order'>{ALL}</groupfilter></groupfilter>"
        )),
        Members::End {
            count: "[Parameters].[Top]".into(),
            units: "records".into(),
            top: true,
            of: Box::new(Members::Order { expression: "SUM([Sales])".into(), descending: true, of: Box::new(all()) }),
        }
    );
    assert_eq!(
        members(&format!("<groupfilter expression='SUM([Sales]) &gt; 5' function='filter'>{ALL}</groupfilter>")),
        Members::Condition { expression: "SUM([Sales]) > 5".into(), of: Box::new(all()) }
    );
    assert_eq!(
        members("<groupfilter expression='true' function='filter' level='[y]'/>"),
        Members::None { level: "y".into() }
    );
    assert_eq!(
        members("<groupfilter count='5' function='end'/>"),
        Members::Other { function: "end".into(), of: vec![] }
    );
}

#[test]
fn a_filter_that_lets_all_through_restricts_nothing() {
    let on = |inside: &str| filter(&format!("<filter class='categorical' column='[a].[none:x:nk]'>{inside}</filter>"));
    assert!(!on(ALL).restricts());
    assert!(!on(&format!("<groupfilter function='crossjoin'>{ALL}{ALL}</groupfilter>")).restricts());
    assert!(!on("").restricts());
    assert!(on(&format!("<groupfilter function='except'>{ALL}{ALL}</groupfilter>")).restricts());
    assert!(on("<groupfilter function='union'/>").restricts());
    assert!(!filter("<filter class='quantitative' column='[a].[sum:x:qk]' included-values='all'/>").restricts());
}

#[test]
fn a_filter_says_whether_it_is_of_the_context_shared_or_set_by_an_action() {
    let filter = filter(
        "<filter class='categorical' column='[a].[Action (Region,Year)]' context='true' filter-group='5'>
           <groupfilter function='crossjoin' user:ui-action-filter='[Action2]'>
             <groupfilter function='member' level='[none:Region:nk]' member='&quot;East&quot;'/>
             <groupfilter function='level-members' level='[a].[yr:Date:ok]'/>
             <groupfilter function='level-members' level='[none:Region:nk]'/></groupfilter></filter>",
    );
    assert!(filter.context);
    assert_eq!((filter.group.as_deref(), filter.action.as_deref()), (Some("5"), Some("Action2")));
    let FilterKind::Members(members) = filter.kind else { panic!() };
    assert_eq!(members.levels(), ["none:Region:nk", "yr:Date:ok"]);
}

#[test]
fn a_filter_is_a_range_or_a_time_relative_to_today() {
    let range = filter(
        "<filter class='quantitative' column='[a].[sum:x:qk]' included-values='in-range-or-null'><min>1.5</min></filter>",
    );
    assert_eq!(
        range.kind,
        FilterKind::Range { min: Some("1.5".into()), max: None, included: "in-range-or-null".into() }
    );
    let relative = filter(
        "<filter class='relative-date' column='[a].[none:d:qk]' first-period='-2' include-future='true' include-null='false' \
         last-period='0' period-anchor='#2020-05-01#' period-type-v2='month'/>",
    );
    assert_eq!(
        relative.kind,
        FilterKind::RelativeDate {
            period: "month".into(),
            first: -2,
            last: 0,
            anchor: Some("#2020-05-01#".into()),
            include_null: false,
            include_future: true,
        }
    );
}

#[test]
fn filters_of_a_whole_data_source_are_on_the_sheets_that_name_them() {
    let sheets = "
      <worksheets>
        <worksheet name='with'><table><view><slices><column>[a].[none:x:nk]</column></slices></view></table></worksheet>
        <worksheet name='without'><table><view/></table></worksheet>
        <worksheet name='own'><table><view><filter class='categorical' column='[a].[none:x:nk]'/>
          <slices><column>[a].[none:x:nk]</column></slices></view></table></worksheet>
      </worksheets>
      <shared-views><shared-view name='a'><filter class='categorical' column='[none:x:nk]' context='true'/></shared-view></shared-views>";
    let workbook = workbook(sheets);
    let filters = |sheet: usize| -> Vec<(&FieldRef, bool)> {
        let filters = &workbook.worksheets[sheet].filters;
        filters.iter().map(|filter| (&filter.field, filter.context)).collect()
    };
    assert_eq!(filters(0), [(&field("none:x:nk"), true)]);
    assert_eq!(filters(1), []);
    assert_eq!(filters(2), [(&field("none:x:nk"), false)]);
}

#[test]
fn sorts_are_read_in_all_their_forms() {
    let sorts = sheet(
        "<computed-sort column='[a].[none:x:nk]' direction='DESC' using='[a].[sum:p:qk]'/>
         <alphabetic-sort column='[a].[none:x:nk]' direction='ASC'/>
         <natural-sort column='[a].[none:x:nk]' direction='DESC'/>
         <manual-sort column='[a].[:Measure Names]' direction='ASC'><dictionary><bucket>&quot;b&quot;</bucket><bucket>%all%</bucket></dictionary></manual-sort>
         <shelf-sorts><shelf-sort-v2 dimension-to-sort='[a].[none:x:nk]' direction='DESC' measure-to-sort-by='[a].[sum:p:qk]' shelf='rows'/></shelf-sorts>
         <sort class='computed' column='[a].[none:x:nk]' direction='ASC' using='[a].[sum:p:qk]'/>",
        "",
    )
    .sorts;
    let sort = |instance: &str, descending, by| Sort { field: field(instance), descending, by };
    assert_eq!(
        sorts,
        [
            sort("none:x:nk", true, SortBy::Field(field("sum:p:qk"))),
            sort("none:x:nk", false, SortBy::Alphabetic),
            sort("none:x:nk", true, SortBy::Natural),
            sort(":Measure Names", false, SortBy::Manual(vec!["\"b\"".into(), "%all%".into()])),
            sort("none:x:nk", true, SortBy::Nested(field("sum:p:qk"))),
            sort("none:x:nk", false, SortBy::Field(field("sum:p:qk"))),
        ]
    );
}

#[test]
fn an_instance_has_its_table_calculations_from_the_innermost() {
    let sheet = sheet(
        "<datasource-dependencies datasource='a'>
           <column name='[Run]'><calculation class='tableau' formula='RUNNING_SUM([p])'><table-calc ordering-type='Columns'/></calculation></column>
           <column-instance column='[p]' derivation='Sum' name='[pcto:cum:sum:p:qk]' type='quantitative'>
             <table-calc aggregation='Sum' from='-2' level-break='[a].[y]' ordering-type='Field' to='0' type='CumTotal' window-options='IncludeCurrent'>
               <order field='[a].[y]'/><order field='[a].[yr:d:ok]'/><sort direction='DESC' using='[a].[sum:q:qk]'/></table-calc>
             <table-calc field='[a].[Run]' level-address='[yr:d:ok]' ordering-field='[a].[x]' ordering-type='Field' type='Difference'>
               <address><value>-1</value></address></table-calc>
           </column-instance>
         </datasource-dependencies>",
        "",
    );
    let dependencies = &sheet.dependencies[0];
    let along = |ordering: &str| TableCalc { ordering: ordering.into(), ..TableCalc::default() };
    assert_eq!(dependencies.fields[0].table_calcs, [along("Columns")]);
    assert_eq!(
        dependencies.instances[0].table_calcs,
        [
            TableCalc {
                kind: Some("CumTotal".into()),
                order: vec![field("y"), field("yr:d:ok")],
                level_break: Some(field("y")),
                aggregation: Some("Sum".into()),
                from: Some(-2),
                to: Some(0),
                options: vec![("window-options".into(), "IncludeCurrent".into())],
                sort: Some((field("sum:q:qk"), true)),
                ..along("Field")
            },
            TableCalc {
                kind: Some("Difference".into()),
                order: vec![field("x")],
                level_address: Some(field("yr:d:ok")),
                address: vec!["-1".into()],
                field: Some("Run".into()),
                ..along("Field")
            },
        ]
    );
}

#[test]
fn a_pane_has_a_mark_and_what_it_encodes() {
    let sheet = sheet(
        "<aggregation value='false'/>",
        "<panes>
           <pane id='1' x-axis-name='[a].[sum:p:qk]' y-index='1'>
             <view><breakdown value='off'/></view><mark class='GanttBar'/>
             <mark-sizing mark-sizing-setting='marks-scaling-off'/>
             <encodings><color column='[a].[none:x:nk]'/><lod column='[a].[none:y:nk]'/><lod column='[a].[none:z:nk]'/></encodings>
             <reference-line axis-column='[a].[sum:p:qk]' formula='average' id='refline0' label='Avg &lt;Value&gt;' label-type='custom' \
               scope='per-pane' value-column='[Parameters].[P]' z-order='1'><reference-line-value factor='2'/></reference-line>
             <trendline enabled='true' fit='linear'/>
             <customized-label><formatted-text><run bold='true' fontsize='12'>&lt;[a].[sum:p:qk]&gt;</run><run>Æ&#10;Ægir</run></formatted-text></customized-label>
             <style><style-rule element='mark'><format attr='size' value='2'/></style-rule></style>
           </pane>
           <pane/>
         </panes><rows total='true'>[a].[x]</rows><pages><column>[a].[none:x:nk]</column></pages>
         <show-full-range><column>[a].[bin]</column></show-full-range>",
    );
    assert!(!sheet.aggregates);
    assert_eq!((sheet.pages, sheet.full_range), (vec![field("none:x:nk")], vec![field("bin")]));
    assert_eq!(sheet.totals, [("rows".to_owned(), vec![("total".to_owned(), "true".to_owned())])]);
    let [pane, plain] = sheet.panes.try_into().unwrap();
    assert_eq!(plain, Pane { mark: "Automatic".into(), ..Pane::default() });
    assert_eq!((pane.x_axis.as_ref(), pane.y_axis.as_ref()), (Some(&field("sum:p:qk")), None));
    assert_eq!((pane.mark.as_str(), pane.stacking.as_deref(), pane.y_index), ("GanttBar", Some("off"), Some(1)));
    assert_eq!(pane.on("color").collect::<Vec<_>>(), [&field("none:x:nk")]);
    assert_eq!(pane.on("lod").collect::<Vec<_>>(), [&field("none:y:nk"), &field("none:z:nk")]);
    assert_eq!(pane.sizing, [("mark-sizing-setting".to_owned(), "marks-scaling-off".to_owned())]);
    assert_eq!(pane.trend_lines[0][1], ("fit".to_owned(), "linear".to_owned()));
    assert_eq!(pane.label.plain(), "<[a].[sum:p:qk]>\nÆgir");
    assert_eq!((pane.label.runs[0].bold, pane.label.runs[0].size.as_deref()), (true, Some("12")));
    assert_eq!(pane.style.of("mark").next().unwrap().value("size"), Some("2"));
    let line = &pane.reference_lines[0];
    assert_eq!(
        (line.formula.as_str(), line.scope.as_str(), line.label_kind.as_str()),
        ("average", "per-pane", "custom")
    );
    assert_eq!(line.value_field, FieldRef::parse("[Parameters].[P]"));
    assert_eq!((line.values.as_slice(), line.attribute("z-order")), (["2".to_owned()].as_slice(), Some("1")));
}

#[test]
fn a_sheet_without_panes_has_one_of_automatic_marks() {
    let sheet = sheet("", "");
    assert!(sheet.aggregates);
    assert_eq!(sheet.panes, [Pane { mark: "Automatic".into(), ..Pane::default() }]);
}

#[test]
fn a_style_has_formats_and_says_what_values_become() {
    let sheet = sheet(
        "",
        "<style>
           <style-rule element='axis'>
             <format attr='title' class='0' field='[a].[sum:p:qk]' scope='rows' value='Profit'/>
             <format attr='width' value='56'/>
             <encoding attr='space' class='0' field='[a].[sum:p:qk]' field-type='quantitative' fold='true' scope='rows' type='space'/>
           </style-rule>
           <style-rule element='mark'>
             <encoding attr='color' field='[a].[none:x:nk]' palette='tableau10_10_0' type='palette'>
               <map to='#4e79a7'><bucket>&quot;East&quot;</bucket></map>
               <color-palette custom='true' type='ordered-diverging'><color>#ff0000</color><color>#00ff00</color></color-palette>
             </encoding>
           </style-rule>
         </style>",
    );
    let [axis, mark] = sheet.style.rules.try_into().unwrap();
    assert_eq!((axis.value("width"), axis.value("title")), (Some("56"), None));
    assert_eq!(
        (axis.formats[0].field.as_ref(), axis.formats[0].scope.as_deref()),
        (Some(&field("sum:p:qk")), Some("rows"))
    );
    assert_eq!((axis.encodings[0].kind.as_str(), axis.encodings[0].attribute("fold")), ("space", Some("true")));
    let colors = &mark.encodings[0];
    assert_eq!(colors.palette.as_deref(), Some("tableau10_10_0"));
    assert_eq!(colors.map, [(vec!["\"East\"".to_owned()], "#4e79a7".to_owned())]);
    assert_eq!(colors.colors, ["#ff0000", "#00ff00"]);
}
