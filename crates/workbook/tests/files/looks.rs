//! What lies beside the sheets: zones of dashboards, windows, actions, palettes, and what data sources say of looks and places.

use tavola_workbook::{
    Card, ColumnPlace, DataType, FieldRef, FilterKind, Members, Promise, RelationColumn, RelationKind, Zone, ZoneKind,
};

use crate::values::{source, workbook};

fn zones(inside: &str) -> Vec<Zone> {
    workbook(&format!("<dashboards><dashboard name='D'><zones>{inside}</zones></dashboard></dashboards>"))
        .dashboards
        .remove(0)
        .zones
}

fn kind(zone: &str) -> ZoneKind {
    zones(zone).remove(0).kind
}

#[test]
fn a_dashboard_is_a_tree_of_zones_and_those_that_float() {
    let zones = zones(
        "<zone h='5000' id='9' type-v2='bitmap' param='Image/a.png' is-scaled='1' url='https://example.org' w='6200' x='92400' y='1714'/>
         <zone h='100000' id='4' type-v2='layout-basic' w='100000' x='0' y='0'>
           <zone h='98000' id='5' param='vert' type-v2='layout-flow' layout-strategy-id='distribute-evenly' w='98400' x='800' y='1000'>
             <zone fixed-size='92' h='10000' id='6' is-fixed='true' type-v2='title' w='98400' x='800' y='1000'/>
             <zone hidden-by-user='true' h='88000' id='7' name='Map' show-title='false' w='98400' x='800' y='11000'>
               <layout-cache minheight='201'/>
               <zone-style><format attr='margin' value='4'/><format attr='background-color' value='#ffffff'/></zone-style>
             </zone>
           </zone>
         </zone>",
    );
    let [picture, root] = zones.as_slice() else { panic!() };
    assert!(picture.floating && !root.floating);
    assert_eq!((picture.x, picture.y, picture.width, picture.height), (92_400, 1_714, 6_200, 5_000));
    assert_eq!(picture.kind, ZoneKind::Image { source: "Image/a.png".into(), scaled: true, centered: false });
    assert_eq!(picture.attribute("url"), Some("https://example.org"));
    let flow = &root.zones[0];
    assert_eq!(flow.kind, ZoneKind::Flow { vertical: true, evenly: true });
    let [title, sheet] = flow.zones.as_slice() else { panic!() };
    assert_eq!((title.kind.clone(), title.fixed_size, title.hidden), (ZoneKind::Title, Some(92), false));
    assert_eq!(
        (sheet.kind.clone(), sheet.fixed_size),
        (ZoneKind::Sheet { name: "Map".into(), show_title: false }, None)
    );
    assert!(sheet.hidden);
    assert_eq!(sheet.style.of("zone").next().unwrap().value("margin"), Some("4"));
    let ids: Vec<&str> = root.all().into_iter().filter_map(|zone| zone.id.as_deref()).collect();
    assert_eq!(ids, ["4", "5", "6", "7"]);
}

#[test]
fn zones_are_told_by_their_type_in_both_forms() {
    let field = FieldRef::parse("[a].[none:x:nk]");
    assert_eq!(
        kind("<zone type-v2='color' name='S' param='[a].[none:x:nk]' pane-specification-id='2'/>"),
        ZoneKind::Legend { channel: "color".into(), sheet: "S".into(), field: field.clone() }
    );
    assert_eq!(
        kind("<zone type='filter' name='S' param='[a].[none:x:nk]' mode='checkdropdown'/>"),
        ZoneKind::Filter { sheet: "S".into(), field, mode: Some("checkdropdown".into()) }
    );
    assert_eq!(
        kind("<zone type='paramctrl' param='[Parameters].[P]' mode='compact'/>"),
        ZoneKind::Parameter { field: FieldRef::parse("[Parameters].[P]"), mode: Some("compact".into()) }
    );
    assert_eq!(kind("<zone type-v2='web' param='https://example.org'/>"), ZoneKind::Web("https://example.org".into()));
    assert_eq!(kind("<zone type-v2='empty'/>"), ZoneKind::Blank);
    assert_eq!(kind("<zone type-v2='dashboard-object'/>"), ZoneKind::Other("dashboard-object".into()));
    let ZoneKind::Text(text) =
        kind("<zone type-v2='text'><formatted-text><run fontcolor='#ff0000'>Hi</run></formatted-text></zone>")
    else {
        panic!()
    };
    assert_eq!((text.plain().as_str(), text.runs[0].color.as_deref()), ("Hi", Some("#ff0000")));
    let control = &zones("<zone type='paramctrl'><formatted-text><run>Threshold</run></formatted-text></zone>")[0];
    assert_eq!(control.title.plain(), "Threshold");
}

#[test]
fn a_window_says_how_sheets_are_fitted_and_what_is_around_them() {
    let workbook = workbook(
        "<worksheets><worksheet name='S'/></worksheets>
         <windows>
           <window class='worksheet' name='S'>
             <cards><edge name='left'><strip size='160'><card type='marks'/></strip></edge>
               <edge name='right'><strip size='160'><card pane-specification-id='0' param='[a].[none:x:nk]' type='color'/></strip></edge></cards>
             <viewpoint><zoom type='fit-width'/><current-page><multibucket><bucket>#1970-04-14 03:03:52#</bucket></multibucket></current-page></viewpoint>
           </window>
           <window class='dashboard' name='D'><viewpoints><viewpoint name='S'><zoom type='entire-view'/></viewpoint><viewpoint name='T'/></viewpoints></window>
         </windows>",
    );
    let [sheet, dashboard] = workbook.windows.as_slice() else { panic!() };
    assert_eq!(sheet.zoom.as_deref(), Some("fit-width"));
    assert_eq!(sheet.page, ["#1970-04-14 03:03:52#"]);
    assert_eq!(
        sheet.cards_of("color").collect::<Vec<_>>(),
        [&Card {
            kind: "color".into(),
            edge: "right".into(),
            field: FieldRef::parse("[a].[none:x:nk]"),
            pane: Some("0".into()),
            mode: None,
        }]
    );
    assert_eq!((dashboard.zoom_of("S"), dashboard.zoom_of("T")), (Some("entire-view"), None));
}

#[test]
fn a_workbook_brings_actions_palettes_shapes_and_formats() {
    let workbook = workbook(
        "<preferences><preference name='ui.shelf.height' value='26'/>
           <color-palette name='Ours' type='ordered-sequential'><color>#111111</color><color> #222222 </color></color-palette></preferences>
         <style><style-rule element='all'><format attr='font-family' value='Arial'/></style-rule></style>
         <actions>
           <action caption='Pick' name='[Action1]'>
             <activation auto-clear='true' type='on-select'/>
             <source dashboard='D' type='sheet' worksheet='S'><exclude-sheet name='T'/></source>
             <link expression='tsl:D?%5Ba%5D'/>
             <command command='tsc:tsl-filter'><param name='target' value='D'/><param name='on-empty' value='none'/></command>
           </action>
           <nav-action name='[Action2]'><params><param name='sheet' value='T'/></params></nav-action>
           <action name='[Action3]'><link expression='https://example.org'/></action>
         </actions>
         <external><shapes><shape name='Gender/1.png'>AAAA</shape></shapes></external>",
    );
    let [filter, go, link] = workbook.actions.as_slice() else { panic!() };
    assert_eq!((filter.name.as_str(), filter.kind.as_str()), ("Action1", "tsc:tsl-filter"));
    assert_eq!((filter.dashboard.as_deref(), filter.worksheet.as_deref()), (Some("D"), Some("S")));
    assert_eq!((filter.excluded.as_slice(), filter.param("on-empty")), (["T".to_owned()].as_slice(), Some("none")));
    assert_eq!((go.kind.as_str(), go.param("sheet"), link.kind.as_str()), ("nav-action", Some("T"), "link"));
    assert_eq!(workbook.palettes[0].colors, ["#111111", "#222222"]);
    assert_eq!(
        (workbook.palettes[0].name.as_str(), workbook.palettes[0].kind.as_str()),
        ("Ours", "ordered-sequential")
    );
    assert_eq!((workbook.shapes[0].name.as_str(), workbook.shapes[0].base64.as_str()), ("Gender/1.png", "AAAA"));
    assert_eq!(workbook.style.of("all").next().unwrap().value("font-family"), Some("Arial"));
}

#[test]
fn a_data_source_says_how_its_members_look_and_where_its_places_are() {
    let source = source(
        "<connection class='sqlproxy' dbname='d'><calculations><calculation column='[Ratio]' formula='SUM([p])'/></calculations></connection>
         <column datatype='date' fiscal-year-start='7' name='[d]'/>
         <column-instance column='[r]' derivation='None' name='[none:r:nk]' type='nominal'/>
         <mapped-images><mapped-image caption='Ground' expression='file:Image/ground.png' name='[M]'>
           <mapping bottom='700' left='0' right='800' top='0' x='[X]' y='[Y]'/>
           <groupfilter function='member' level='[Floor]' member='&quot;Ground&quot;'/></mapped-image></mapped-images>
         <style><style-rule element='mark'><encoding attr='color' field='[none:r:nk]' type='palette'>
           <map to='#4e79a7'><bucket>&quot;East&quot;</bucket></map></encoding></style-rule></style>
         <semantic-values><semantic-value key='[Country].[Name]' value='&quot;United States&quot;'/></semantic-values>
         <date-options start-of-week='monday'/>
         <default-sorts><manual-sort column='[none:r:nk]' direction='ASC'><dictionary><bucket>&quot;b&quot;</bucket></dictionary></manual-sort></default-sorts>
         <filter class='categorical' column='[r]'><groupfilter function='level-members' level='[r]'/></filter>",
    );
    let field = |instance: &str| FieldRef { data_source: "x".into(), instance: instance.into() };
    assert_eq!(source.style.rules[0].encodings[0].field, Some(field("none:r:nk")));
    assert_eq!((source.instances[0].field.as_str(), &source.sorts[0].field), ("r", &field("none:r:nk")));
    assert_eq!(source.filters[0].field, field("r"));
    assert_eq!(source.filters[0].kind, FilterKind::Members(Members::All { level: "r".into() }));
    assert_eq!(source.date_options, [("start-of-week".to_owned(), "monday".to_owned())]);
    assert_eq!(source.places, [("[Country].[Name]".to_owned(), "\"United States\"".to_owned())]);
    assert_eq!(source.remote_formulas, [("Ratio".to_owned(), "SUM([p])".to_owned())]);
    assert_eq!(source.field("d").unwrap().fiscal_year_start, Some(7));
    let image = &source.images[0];
    assert_eq!((image.source.as_str(), image.x.as_str(), image.y.as_str()), ("Image/ground.png", "X", "Y"));
    assert_eq!(image.edges.each_ref().map(Option::as_deref), [Some("0"), Some("800"), Some("700"), Some("0")]);
    assert_eq!(image.condition.as_ref().unwrap().levels(), ["Floor"]);
}

#[test]
fn a_relation_tells_how_its_file_is_written_and_what_is_made_of_its_columns() {
    let source = source(
        "<connection class='federated'>
           <relation type='project'>
             <bindings><binding expression='IFNULL([t].[a], [t].[b])' name='[Project].[a &amp; b]'/></bindings>
             <columns><column caption='a' hidden='true' name='[t].[a]'/></columns>
             <relation name='p' type='pivot'>
               <groups><group name='Values'><field name='[t].[2019]'/><field name='[t].[2020]'/></group></groups>
               <tag name='Names'><value name='[2019]'/><value name='[2020]'/></tag>
               <relation name='t' table='[t#csv]' type='table'>
                 <columns character-set='UTF-8' header='yes' locale='en_US' separator=','>
                   <column datatype='string' name='a' ordinal='0'/></columns>
               </relation>
             </relation>
           </relation>
           <cols><map key='[a &amp; b]' value='[t].[a]'/><map key='[c]' value='[c]'/></cols>
         </connection>
         <object-graph><relationships><relationship><expression op='='/><first-end-point object-id='l' unique-key='true'/>
           <second-end-point guaranteed-value='true' object-id='r'/></relationship></relationships></object-graph>",
    );
    let RelationKind::Project { inputs, bindings } = &source.relations[0].kind else { panic!() };
    assert_eq!(bindings, &[("[Project].[a & b]".to_owned(), "IFNULL([t].[a], [t].[b])".to_owned())]);
    assert!(source.relations[0].columns[0].hidden);
    let RelationKind::Pivot { names, values, .. } = &inputs[0].kind else { panic!() };
    assert_eq!(names, &[("Names".to_owned(), vec!["2019".to_owned(), "2020".to_owned()])]);
    assert_eq!(values, &[("Values".to_owned(), vec!["[t].[2019]".to_owned(), "[t].[2020]".to_owned()])]);
    let [table] = source.relations[0].leaves().try_into().unwrap();
    assert_eq!(table.kind, RelationKind::Table("[t#csv]".into()));
    assert_eq!((table.format.header, table.format.separator.as_deref()), (Some(true), Some(",")));
    assert_eq!((table.format.charset.as_deref(), table.format.locale.as_deref()), (Some("UTF-8"), Some("en_US")));
    assert_eq!(
        table.columns,
        [RelationColumn {
            name: "a".into(),
            data_type: Some(DataType::String),
            ordinal: Some(0),
            ..RelationColumn::default()
        }]
    );
    let place = |field: &str, table: Option<&str>, column: &str| ColumnPlace {
        field: field.into(),
        table: table.map(str::to_owned),
        column: column.into(),
    };
    assert_eq!(source.cols, [place("a & b", Some("t"), "a"), place("c", None, "c")]);
    let relationship = &source.relationships[0];
    assert_eq!(relationship.left_promise, Promise { unique: true, matched: false });
    assert_eq!(relationship.right_promise, Promise { unique: false, matched: true });
}

#[test]
fn a_table_of_a_file_tells_which_file_and_which_sheet_of_it() {
    let source = source(
        "<connection class='federated'>
           <named-connections>
             <named-connection name='texts'><connection class='textscan' directory='Data/Chapter 03' filename='Visits.v2.csv'/></named-connection>
             <named-connection name='sheets'><connection class='excel-direct' filename='Data/Apollo.xlsx'/></named-connection>
             <named-connection name='whole'><connection class='textscan' filename='C:\\Data\\a.csv' separator=';' charset='UTF-16LE'/></named-connection>
           </named-connections>
           <relation type='collection'>
             <relation connection='texts' name='Visits' table='[Visits#v2#csv]' type='table'/>
             <relation connection='texts' name='Goals #1.csv' table='[C:\\Users\\me\\Goals #1#csv]' type='table'/>
             <relation connection='sheets' name='x' table=\"['Apollo 13 Data$']\" type='table'/>
             <relation connection='sheets' name='y' table='[Superstore#txt$]' type='table'/>
             <relation connection='whole' name='b' table='[b#csv]' type='table'><columns header='no' separator=','/></relation>
             <relation connection='sheets' name='z' type='text'>SELECT 1</relation>
           </relation>
         </connection>",
    );
    let files: Vec<_> = source.relations[0].leaves().into_iter().map(|leaf| source.source_file(leaf)).collect();
    let found: Vec<(&str, Option<&str>)> =
        files.iter().flatten().map(|file| (file.path.as_str(), file.sheet.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("Data/Chapter 03/Visits.v2.csv", None),
            ("Data/Chapter 03/Goals #1.csv", None),
            ("Data/Apollo.xlsx", Some("Apollo 13 Data")),
            ("Data/Apollo.xlsx", Some("Superstore.txt")),
            ("C:\\Data/b.csv", None),
        ]
    );
    assert_eq!(files[5], None);
    let format = &files[4].as_ref().unwrap().format;
    assert_eq!(
        (format.header, format.separator.as_deref(), format.charset.as_deref()),
        (Some(false), Some(","), Some("UTF-16LE"))
    );
}
