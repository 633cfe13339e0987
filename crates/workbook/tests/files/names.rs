//! What the names on a sheet stand for, and how people call them.

use tavola_workbook::{FieldRef, FieldType, Meaning, ResolvedField, Workbook};

use crate::values::workbook;

fn sample() -> Workbook {
    workbook(
        "<datasources>
           <datasource name='Parameters'><column caption='Top' datatype='integer' name='[Parameter 1]' value='5'/></datasource>
           <datasource name='a'>
             <connection class='federated'>
               <cols><map key='[Sales]' value='[Orders].[sales]'/></cols>
               <metadata-records><metadata-record class='column'><remote-name>r</remote-name><local-name>[Raw]</local-name>
                 <parent-name>[Orders]</parent-name><local-type>real</local-type></metadata-record></metadata-records>
             </connection>
             <column caption='Net Sales' name='[Sales]' role='measure' type='quantitative'/>
             <column caption='Ratio' name='[Calculation_1]'><calculation class='tableau' formula='SUM([x])'/></column>
             <column caption='Index' name='[Calculation_2]'><calculation class='tableau' formula='INDEX()'><table-calc ordering-type='Rows'/></calculation></column>
             <column name='[Order Date]' type='ordinal'/>
             <column name='[:Measure Names]'><aliases><alias key='&quot;[a].[usr:Calculation_1:qk]&quot;' value='Margin'/></aliases></column>
             <column-instance column='[Order Date]' derivation='None' name='[none:Order Date:qk]' type='quantitative'/>
             <group name='[Best]' user:ui-builder='filter-group'><groupfilter function='level-members' level='[x]'/></group>
           </datasource>
         </datasources>
         <worksheets><worksheet name='S'><table><view><datasources><datasource name='a'/></datasources>
           <datasource-dependencies datasource='a'>
             <column caption='Orders' datatype='table' name='[__tableau_internal_object_id__].[Orders_1]'/>
             <column-instance column='[__tableau_internal_object_id__].[Orders_1]' derivation='Count' name='[__tableau_internal_object_id__].[cnt:Orders_1:qk]' type='quantitative'/>
             <column caption='Old name' name='[Sales]'/><column name='[Typed]'><calculation formula='1'/></column>
             <column-instance column='[Sales]' derivation='Sum' name='[sum:Sales:qk]' type='quantitative'/>
             <column-instance column='[Sales]' derivation='Avg' name='[avg:Sales:qk]' type='quantitative'/>
             <column-instance column='[Sales]' derivation='CountD' name='[ctd:Sales:qk]' type='quantitative'/>
             <column-instance column='[Typed]' derivation='Attribute' name='[attr:Typed:nk]' type='nominal'/>
             <column-instance column='[Calculation_1]' derivation='User' name='[usr:Calculation_1:qk]' type='quantitative'/>
             <column-instance column='[Calculation_2]' derivation='User' name='[usr:Calculation_2:qk]' type='quantitative'/>
             <column-instance column='[Order Date]' derivation='Year' name='[yr:Order Date:ok]' type='ordinal'/>
             <column-instance column='[Order Date]' derivation='Month-Trunc' name='[tmn:Order Date:qk]' type='quantitative'/>
             <column-instance column='[Sales]' derivation='Sum' name='[cum:sum:Sales:qk]' type='quantitative'>
               <table-calc aggregation='Sum' ordering-type='Columns' type='CumTotal'/></column-instance>
             <column-instance column='[Sales]' derivation='Sum' name='[pcdf:sum:Sales:qk:1]' type='quantitative'>
               <table-calc ordering-type='Field' type='PctDiff'><order field='[a].[Calculation_1]'/><order field='[a].[yr:Order Date:ok]'/><address><value>-1</value></address></table-calc></column-instance>
           </datasource-dependencies></view>
           <panes><pane><encodings><color column='[a].[Best]'/><text column='[a].[sum:Sales:qk]'/></encodings></pane></panes>
           <rows>[a].[sum:Sales:qk]</rows><cols>[a].[yr:Order Date:ok]</cols>
         </table></worksheet></worksheets>",
    )
}

fn name(instance: &str) -> FieldRef {
    FieldRef { data_source: "a".into(), instance: instance.into() }
}

fn resolved<'a>(workbook: &'a Workbook, instance: &str) -> ResolvedField<'a> {
    match workbook.resolve(&workbook.worksheets[0], &name(instance)) {
        Some(Meaning::Field(resolved)) => resolved,
        other => panic!("{instance}: {other:?}"),
    }
}

#[test]
fn a_name_on_a_sheet_stands_for_a_field_a_parameter_or_something_tableau_makes() {
    let workbook = sample();
    let sheet = &workbook.worksheets[0];
    let meaning = |name: &FieldRef| workbook.resolve(sheet, name);
    assert_eq!(meaning(&name(":Measure Names")), Some(Meaning::MeasureNames));
    assert_eq!(meaning(&name("Multiple Values")), Some(Meaning::MeasureValues));
    assert_eq!(meaning(&name("Latitude (generated)")), Some(Meaning::Latitude));
    let top = meaning(&FieldRef::parse("[Parameters].[Parameter 1]").unwrap());
    assert_eq!(top, Some(Meaning::Parameter(&workbook.parameters[0])));
    assert_eq!(meaning(&name("sum:Nothing:qk")), None);
    let sales = resolved(&workbook, "sum:Sales:qk");
    // What the data source says now is newer than what the sheet was saved with.
    assert_eq!(sales.field.shown_name(), "Net Sales");
    assert_eq!((sales.derivation(), sales.is_continuous(), sales.is_aggregated()), ("Sum", true, true));
    assert_eq!(resolved(&workbook, "attr:Typed:nk").formula(), Some("1"));
    let set = resolved(&workbook, "Best");
    assert_eq!((set.instance, set.derivation(), set.field_type()), (None, "None", Some(FieldType::Nominal)));
    // The data source's own instances are known on its sheets.
    assert!(!resolved(&workbook, "none:Order Date:qk").is_aggregated());
    assert!(!resolved(&workbook, "yr:Order Date:ok").is_aggregated());
}

#[test]
fn a_field_is_called_by_what_is_done_to_it() {
    let workbook = sample();
    let names = |instance: &str| {
        let resolved = resolved(&workbook, instance);
        (resolved.shown_name(), resolved.pill())
    };
    let expected = |shown: &str, pill: &str| (shown.to_owned(), pill.to_owned());
    assert_eq!(names("sum:Sales:qk"), expected("Net Sales", "SUM(Net Sales)"));
    assert_eq!(names("avg:Sales:qk"), expected("Avg. Net Sales", "AVG(Net Sales)"));
    assert_eq!(names("ctd:Sales:qk"), expected("Distinct count of Net Sales", "CNTD(Net Sales)"));
    assert_eq!(names("attr:Typed:nk"), expected("Typed", "ATTR(Typed)"));
    assert_eq!(names("usr:Calculation_1:qk"), expected("Ratio", "AGG(Ratio)"));
    assert_eq!(names("usr:Calculation_2:qk"), expected("Index", "Index"));
    assert_eq!(names("yr:Order Date:ok"), expected("Year of Order Date", "YEAR(Order Date)"));
    assert_eq!(names("tmn:Order Date:qk"), expected("Month of Order Date", "MONTH(Order Date)"));
    assert_eq!(names("Best"), expected("Best", "Best"));
    let rows = "[__tableau_internal_object_id__].[cnt:Orders_1:qk]";
    assert_eq!(names(rows), expected("Count of Orders", "CNT(Orders)"));
    assert_eq!(names("cum:sum:Sales:qk").0, "Running Sum of Net Sales");
}

#[test]
fn the_header_of_a_measure_says_along_what_it_is_calculated_or_what_its_author_named_it() {
    let workbook = sample();
    let header = |instance: &str| workbook.measure_name(&workbook.worksheets[0], &name(instance)).unwrap();
    assert_eq!(header("sum:Sales:qk"), "Net Sales");
    assert_eq!(header("cum:sum:Sales:qk"), "Running Sum of Net Sales along Table (Down)");
    assert_eq!(header("pcdf:sum:Sales:qk:1"), "% Difference in Net Sales from the Previous along Ratio, Order Date");
    assert_eq!(header("usr:Calculation_1:qk"), "Margin");
}

#[test]
fn a_sheet_lists_the_fields_its_marks_are_made_of_once() {
    let workbook = sample();
    let fields = workbook.worksheets[0].fields();
    assert_eq!(fields, [&name("sum:Sales:qk"), &name("yr:Order Date:ok"), &name("Best")]);
}

#[test]
fn a_field_has_a_place_in_the_data() {
    let workbook = sample();
    let source = workbook.data_source_named("a").unwrap();
    assert_eq!(source.place_of("Sales", false), Some((Some("Orders"), "sales")));
    assert_eq!(source.place_of("Raw", false), Some((Some("Orders"), "r")));
    assert_eq!(source.place_of("Calculation_1", false), None);
}
