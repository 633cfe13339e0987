//! What each part of the format becomes. The files are our own and small; real ones are in `corpus.rs`.

use std::io::{Cursor, Read};

use base64::{Engine, prelude::BASE64_STANDARD};
use tavola_workbook::{
    Calculation, ColumnInstance, Content, DataSource, DataType, Domain, ExtractFormat, Field, FieldType, Kind, Limits,
    Members, ParameterMember, RelationKind, Role, ViewKind, Workbook, open,
};

use crate::zips::{Entry, Lies, TWB, by_hand, package, read};

pub fn workbook(inside: &str) -> Workbook {
    let text = format!(
        "<?xml version='1.0' encoding='utf-8' ?>\n<workbook version='18.1' xmlns:user='http://www.tableausoftware.com/xml/user'>{inside}</workbook>"
    );
    match read(text).unwrap().into_content() {
        Content::Workbook(workbook) => *workbook,
        other => panic!("not a workbook: {other:?}"),
    }
}

pub fn source(inside: &str) -> DataSource {
    match read(format!("<datasource formatted-name='x' version='18.1'>{inside}</datasource>")).unwrap().into_content() {
        Content::DataSource(source) => *source,
        other => panic!("not a data source: {other:?}"),
    }
}

pub fn notes(inside: &str) -> Vec<String> {
    let text =
        format!("<workbook version='18.1' xmlns:user='http://www.tableausoftware.com/xml/user'>{inside}</workbook>");
    read(text).unwrap().notes().iter().map(ToString::to_string).collect()
}

fn names<'a>(views: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    views.into_iter().collect()
}

const SHEETS: &str = "
    <worksheets>
      <worksheet name='Zebra'/>
      <worksheet name='Map'>
        <layout-options><title><formatted-text><run>Where </run><run bold='true'>we &lt;sell&gt;</run></formatted-text></title></layout-options>
        <simple-id uuid='{1}'/>
      </worksheet>
      <worksheet name='Detail'/>
    </worksheets>
    <dashboards>
      <dashboard name='Overview'>
        <size maxheight='800' maxwidth='1000' minheight='800' minwidth='1000' sizing-mode='fixed'/>
        <zones><zone type-v2='layout-basic'>
          <zone name='Map' id='3'/>
          <zone name='Map' type-v2='filter' param='[a].[b]'/>
          <zone type='layout-flow'><zone name='Detail' type='' /><zone name='Map' /><zone type='bitmap' param='Image/x.png'/></zone>
        </zone></zones>
        <devicelayouts><devicelayout name='Phone'><zones><zone name='Zebra'/></zones></devicelayout></devicelayouts>
      </dashboard>
      <dashboard name='Tour' type='storyboard'>
        <zones><zone type-v2='layout-basic'><zone type='flipboard'><flipboard active-id='1'><story-points>
          <story-point caption='First &amp; best' captured-sheet='Map' id='1'/>
          <story-point captured-sheet='Overview' id='2'/>
        </story-points></flipboard></zone></zone></zones>
      </dashboard>
    </dashboards>
    <windows>
      <window class='dashboard' name='Tour'/>
      <window class='dashboard' name='Overview' maximized='true' tab-color='#17927d'/>
      <window class='worksheet' name='Map'/>
      <window class='worksheet' name='Detail' hidden='true'/>
      <window class='worksheet' name='Zebra'/>
    </windows>";

#[test]
fn sheets_come_with_their_tabs_titles_and_order() {
    let workbook = workbook(SHEETS);
    let views = workbook.views();
    assert_eq!(names(views.iter().map(|view| view.name)), ["Tour", "Overview", "Map", "Detail", "Zebra"]);
    assert_eq!(views[0].kind, ViewKind::Story);
    assert_eq!(views[1].kind, ViewKind::Dashboard);
    assert_eq!((views[2].title, views[2].uuid), (Some("Where we <sell>"), Some("{1}")));
    assert_eq!(names(views.iter().filter(|view| view.hidden).map(|view| view.name)), ["Detail"]);
    assert!(workbook.worksheets[2].hidden);
    assert_eq!(workbook.worksheets[0].name, "Zebra");
    assert_eq!(workbook.windows[1].color.as_deref(), Some("#17927d"));
    assert_eq!(workbook.default_view().unwrap().name, "Overview");
    assert_eq!(notes(SHEETS), [""; 0]);
}

#[test]
fn a_dashboard_knows_its_sheets_and_a_story_its_points() {
    let workbook = workbook(SHEETS);
    let [overview] = workbook.dashboards.as_slice() else { panic!() };
    assert_eq!(overview.sheets, ["Map", "Detail"]);
    assert_eq!((overview.size.min_width, overview.size.max_height), (Some(1000), Some(800)));
    let [tour] = workbook.stories.as_slice() else { panic!() };
    assert_eq!(tour.points[0].caption.as_deref(), Some("First & best"));
    assert_eq!(names(tour.points.iter().flat_map(|point| point.sheet.as_deref())), ["Map", "Overview"]);
}

#[test]
fn the_default_view_is_the_first_tab_where_the_active_one_is_hidden() {
    let sheets = "<worksheets><worksheet name='a'/><worksheet name='b'/></worksheets>";
    let default = |windows: &str| {
        let workbook = workbook(&format!("{sheets}<windows>{windows}</windows>"));
        workbook.default_view().map(|view| view.name.to_owned())
    };
    let hidden = "<window class='worksheet' name='b' maximized='true' hidden='true'/>";
    assert_eq!(default(&format!("{hidden}<window class='worksheet' name='a'/>")).as_deref(), Some("a"));
    assert_eq!(default("").as_deref(), Some("a"));
    assert_eq!(default(&format!("{hidden}<window class='worksheet' name='a' hidden='true'/>")).as_deref(), Some("b"));
    assert!(workbook("").default_view().is_none());
}

#[test]
fn what_does_not_fit_together_is_noted() {
    let odd = "
        <worksheets><worksheet name='a'/><worksheet name='a'/><worksheet/></worksheets>
        <windows><window class='worksheet' name='b'/><window class='worksheet' name='a'/></windows>
        <thumbnails><thumbnail name='c'>AAAA</thumbnail></thumbnails>";
    assert_eq!(
        notes(odd),
        [
            "element `worksheet`: it has no attribute `name`",
            "sheet `a`: another sheet has the same name",
            "sheet ``: it has no tab; it is taken as visible, after the others",
            "tab `b`: there is no sheet of that name",
            "thumbnail `c`: there is no sheet of that name",
        ]
    );
    let many: String = "<worksheet/>".repeat(500);
    let many = notes(&format!("<worksheets>{many}</worksheets>"));
    assert_eq!(many.len(), 101);
    assert_eq!(many.last().unwrap(), "document: 899 more notes");
}

#[test]
fn a_feature_fork_is_read_as_its_newer_form() {
    let forked = source(
        "<connection class='federated'>
           <_.fcp.ObjectModelEncapsulateLegacy.false...relation name='old' table='[old]' type='table'/>
           <_.fcp.ObjectModelEncapsulateLegacy.true...relation name='new' type='table'
              table='[plain]' _.fcp.X.true...table='[newer]' _.fcp.X.false...table='[older]' _.fcp.Y.false...connection='none'/>
         </connection>
         <_.fcp.A.true..._.fcp.B.true...column name='[kept]'/>
         <_.fcp.A.true..._.fcp.B.false...column name='[dropped]'/>",
    );
    let [relation] = forked.relations.as_slice() else { panic!("{:?}", forked.relations) };
    assert_eq!(relation.name.as_deref(), Some("new"));
    assert_eq!(relation.kind, RelationKind::Table("[newer]".into()));
    assert_eq!(relation.connection, None);
    assert_eq!(names(forked.fields.iter().map(|field| field.name.as_str())), ["kept"]);
}

#[test]
fn parameters_are_told_from_data_sources() {
    let workbook = workbook(
        "<datasources>
          <datasource name='Parameters' hasconnection='false'>
            <column caption='Top' datatype='integer' name='[Parameter 1]' param-domain-type='range' role='measure' type='quantitative' value='5'>
              <calculation class='tableau' formula='5'/><range granularity='5' max='20' min='5'/>
            </column>
            <column alias='All' datatype='string' name='[Kind]' param-domain-type='list' value='&quot;&quot;'>
              <members><member alias='All' value='&quot;&quot;'/><member value='&quot;x&quot;'/><member value='1'/></members>
              <aliases><alias key='1' value='One'/></aliases>
            </column>
            <column datatype='date' name='[Day]' param-domain-type='any'><calculation class='tableau' formula='#2020-12-12#'/></column>
          </datasource>
          <datasource name='federated.1' caption='Sales'/>
        </datasources>",
    );
    assert_eq!(names(workbook.data_sources.iter().map(|source| source.shown_name())), ["Sales"]);
    let [top, kind, day] = workbook.parameters.as_slice() else { panic!() };
    assert_eq!((top.shown_name(), top.name.as_str(), top.value.as_deref()), ("Top", "Parameter 1", Some("5")));
    assert_eq!(top.domain, Domain::Range { min: Some("5".into()), max: Some("20".into()), step: Some("5".into()) });
    let member =
        |value: &str, alias: Option<&str>| ParameterMember { value: value.into(), alias: alias.map(Into::into) };
    assert_eq!(
        kind.domain,
        Domain::List(vec![member("\"\"", Some("All")), member("\"x\"", None), member("1", Some("One"))])
    );
    assert_eq!(kind.alias.as_deref(), Some("All"));
    assert_eq!((day.data_type.clone(), day.value.as_deref()), (Some(DataType::Date), Some("#2020-12-12#")));
    assert_eq!(day.domain, Domain::Any);
}

#[test]
fn a_federated_data_source_has_named_connections_and_no_passwords() {
    let source = source(
        "<connection class='federated'>
          <named-connections>
            <named-connection caption='db.example' name='postgres.1'>
              <connection authentication='username-password' class='postgres' dbname='sales' password='hunter2' port='5432'
                 schema='public' server='db.example' sslmode='require' username='reader'/>
            </named-connection>
            <named-connection caption='Budget' name='textscan.2'>
              <connection class='textscan' directory='Data/Budget' filename='Budget.csv' server=''/>
            </named-connection>
          </named-connections>
        </connection>",
    );
    let [postgres, text] = source.connections.as_slice() else { panic!() };
    assert_eq!(postgres.name.as_deref(), Some("postgres.1"));
    assert_eq!(postgres.caption.as_deref(), Some("db.example"));
    assert_eq!(
        (postgres.class.as_str(), postgres.server.as_deref(), postgres.port.as_deref(), postgres.database.as_deref()),
        ("postgres", Some("db.example"), Some("5432"), Some("sales"))
    );
    assert_eq!((postgres.schema.as_deref(), postgres.username.as_deref()), (Some("public"), Some("reader")));
    assert_eq!(postgres.authentication.as_deref(), Some("username-password"));
    assert_eq!((text.server.as_deref(), text.file().as_deref()), (None, Some("Data/Budget/Budget.csv")));
    assert!(!format!("{source:?}").contains("hunter2"));
}

#[test]
fn the_older_form_of_a_connection_is_read_too() {
    // Version 8 knew neither federated connections nor windows of dashboards.
    let workbook = match read(
        "<workbook version='8.0'><datasources><datasource name='excel.1' caption='Orders' version='8.0'>
           <connection class='excel' filename='C:\\Data\\Orders.xls'>
             <relation name='Orders$' table='[Orders$]' type='table'/>
             <metadata-records><metadata-record class='column'>
               <remote-name>Order Date</remote-name><remote-type>7</remote-type><local-name>[Order Date]</local-name>
               <parent-name>[Orders$]</parent-name><local-type>date</local-type><aggregation>Year</aggregation>
             </metadata-record></metadata-records>
           </connection></datasource></datasources></workbook>",
    )
    .unwrap()
    .into_content()
    {
        Content::Workbook(workbook) => workbook,
        _ => panic!(),
    };
    let source = &workbook.data_sources[0];
    assert_eq!(source.connections[0].class, "excel");
    assert_eq!(source.connections[0].file().as_deref(), Some("C:\\Data\\Orders.xls"));
    let field = source.field("Order Date").unwrap();
    assert_eq!((field.role, field.field_type), (Some(Role::Dimension), Some(FieldType::Ordinal)));
    assert!(!field.declared);
}

#[test]
fn a_published_data_source_is_named_by_its_content_url() {
    let published = source(
        "<repository-location derived-from='http://host/t/west/datasources/Sales?rev=1.0' id='SalesOld' path='/t/west/datasources' revision='1.0' site='west'/>
         <connection channel='https' class='sqlproxy' dbname='Sales' directory='dataserver' port='443' server='host' server-ds-friendly-name='All Sales' username=''>
           <metadata-records>
             <metadata-record class='capability'><remote-name/></metadata-record>
             <metadata-record class='measure'><remote-name>Profit</remote-name><local-name>[Profit]</local-name><local-type>real</local-type><aggregation>Sum</aggregation></metadata-record>
             <metadata-record class='column'><remote-name>Id</remote-name><local-name>[Id]</local-name><local-type>integer</local-type><hidden>true</hidden><caption>Number</caption></metadata-record>
           </metadata-records>
         </connection>",
    );
    let [target] = published.published.as_slice() else { panic!() };
    assert_eq!((target.content_url.as_str(), target.site.as_deref()), ("Sales", Some("west")));
    assert_eq!((target.server.as_deref(), target.port.as_deref()), (Some("host"), Some("443")));
    assert_eq!((target.channel.as_deref(), target.caption.as_deref()), (Some("https"), Some("All Sales")));
    let profit = published.field("Profit").unwrap();
    assert_eq!((profit.role, profit.field_type), (Some(Role::Measure), Some(FieldType::Quantitative)));
    let id = published.field("Id").unwrap();
    assert_eq!((id.role, id.field_type, id.hidden), (Some(Role::Dimension), Some(FieldType::Ordinal), true));
    assert_eq!(id.shown_name(), "Number");
    // One that was only downloaded stands for nothing else.
    let downloaded = source("<repository-location id='Sales'/><connection class='postgres'/>");
    assert!(downloaded.published.is_empty());
    assert_eq!(downloaded.repository.unwrap().id.as_deref(), Some("Sales"));
}

#[test]
fn fields_have_types_roles_and_calculations() {
    let source = source(
        "<connection class='federated'><metadata-records>
           <metadata-record class='column'><remote-name>sales</remote-name><local-name>[Sales]</local-name><local-type>real</local-type></metadata-record>
           <metadata-record class='column'><remote-name>units</remote-name><local-name>[Units]</local-name><local-type>integer</local-type>
             <aggregation>Sum</aggregation><parent-name>[Orders]</parent-name><family>Orders</family><_.fcp.O.true...object-id>[Orders_1]</_.fcp.O.true...object-id></metadata-record>
           <metadata-record class='column'><remote-name>x</remote-name><local-name>[__tableau_internal_object_id__].[Orders_1]</local-name></metadata-record>
         </metadata-records></connection>
         <column aggregation='Avg' caption='Net sales' datatype='real' default-format='p0%' name='[Sales]' role='measure' type='quantitative'><desc><formatted-text><run>After </run><run>tax</run></formatted-text></desc></column>
         <column caption='Ratio' datatype='real' name='[Calculation_1]' role='measure' type='quantitative'><calculation class='tableau' formula='// both&#13;&#10;SUM([Profit]) /&#9;SUM([Sa]]les])'/></column>
         <column datatype='integer' name='[Bin]' role='dimension' type='ordinal'><calculation class='bin' formula='[Sales]' peg='0' size-parameter='[Parameters].[P]'/></column>
         <column datatype='string' hidden='true' name='[Region (group)]' role='dimension' semantic-role='[State].[Name]' type='nominal'>
           <calculation class='categorical-bin' column='[Region]' default='&quot;Other&quot;'><bin value='&quot;South&quot;'><value>&quot;S&quot;</value><value>&quot;SE&quot;</value></bin></calculation>
           <aliases><alias key='&quot;x&quot;' value='Ex'/></aliases>
         </column>
         <column datatype='table' name='[__tableau_internal_object_id__].[Orders_1]'/>
         <column datatype='tuple' name='[Odd]'/>
         <group name='[Top]' user:ui-builder='filter-group'><groupfilter function='level-members' level='[Region]'/></group>
         <group name='[A &amp; B (Combined)]'><groupfilter function='crossjoin'><groupfilter function='level-members' level='[A]'/>
           <groupfilter function='level-members' level='[none:B:nk]'/></groupfilter></group>
         <group hidden='true' name='[Action (A)]' user:auto-column='sheet_link'><groupfilter function='crossjoin'/></group>
         <folders-common><folder name='Money'><folder-item name='[Sales]' type='field'/><folder-item name='[Units]' type='field'/><folder-item name='[Bin]' type='drillpath'/></folder></folders-common>
         <drill-paths><drill-path name='Place'><field>[Country]</field><field>[City]</field></drill-path></drill-paths>",
    );
    assert_eq!(
        names(source.fields.iter().map(|field| field.name.as_str())),
        ["Sales", "Calculation_1", "Bin", "Region (group)", "Odd", "Top", "A & B (Combined)", "Units"]
    );
    let field = |name: &str| source.field(name).unwrap();
    let sales = field("Sales");
    assert_eq!(
        *sales,
        Field {
            name: "Sales".into(),
            caption: Some("Net sales".into()),
            role: Some(Role::Measure),
            field_type: Some(FieldType::Quantitative),
            data_type: Some(DataType::Real),
            aggregation: Some("Avg".into()),
            hidden: false,
            folder: Some("Money".into()),
            calculation: None,
            table_calcs: vec![],
            aliases: Vec::new(),
            semantic_role: None,
            default_format: Some("p0%".into()),
            fiscal_year_start: None,
            description: Some("After tax".into()),
            declared: true,
        }
    );
    assert_eq!(field("Calculation_1").formula(), Some("// both\r\nSUM([Profit]) /\tSUM([Sa]]les])"));
    assert_eq!(
        field("Bin").calculation,
        Some(Calculation::Bin {
            source: "[Sales]".into(),
            size: Some("[Parameters].[P]".into()),
            peg: Some("0".into())
        })
    );
    assert_eq!(field("Bin").folder, None);
    let group = field("Region (group)");
    assert!(group.hidden);
    assert_eq!(group.semantic_role.as_deref(), Some("[State].[Name]"));
    assert_eq!(group.aliases, [("\"x\"".to_owned(), "Ex".to_owned())]);
    let Some(Calculation::Group { source: grouped, members, other }) = &group.calculation else { panic!() };
    assert_eq!((grouped.as_str(), other.as_deref()), ("Region", Some("\"Other\"")));
    assert_eq!((members[0].name.as_str(), members[0].values.len()), ("\"South\"", 2));
    assert_eq!(field("Odd").data_type, Some(DataType::Other("tuple".into())));
    assert_eq!(field("Top").calculation, Some(Calculation::Set(Members::All { level: "Region".into() })));
    assert_eq!(
        field("A & B (Combined)").calculation,
        Some(Calculation::Combined(vec!["A".into(), "none:B:nk".into()]))
    );
    let units = field("Units");
    assert_eq!((units.declared, units.role, units.folder.as_deref()), (false, Some(Role::Measure), Some("Money")));
    assert_eq!(source.columns.len(), 2);
    assert_eq!(source.columns[1].table.as_deref(), Some("Orders_1"));
    assert_eq!(source.columns[1].family.as_deref(), Some("Orders"));
    assert_eq!(source.hierarchies[0].fields, ["Country", "City"]);
}

#[test]
fn relations_and_relationships_are_trees() {
    let source = source(
        "<connection class='federated'>
          <relation join='left' type='join'>
            <clause type='join'><expression op='='><expression op='[Orders].[Id]'/><expression op='[Returns].[Id]'/></expression></clause>
            <relation connection='a' name='Orders' table='[dbo].[Orders]' type='table'><columns><column name='x'/></columns></relation>
            <relation connection='b' name='Custom' type='text'>SELECT *&#13;\nFROM t WHERE a &lt; <![CDATA[1 & 2]]></relation>
          </relation>
          <relation all='true' name='u' type='union'><relation name='p' type='pivot'><relation table='[t]' type='table'/></relation></relation>
          <relation name='s' type='stored-proc'/>
        </connection>
        <object-graph>
          <objects>
            <object caption='Orders' id='Orders_1'><properties context=''><relation table='[Orders]' type='table'/></properties>
              <properties context='extract'><relation table='[Extract].[Orders_1]' type='table'/></properties></object>
            <object id='People_2'/>
          </objects>
          <relationships><relationship><expression op='='><expression op='[Region]'/><expression op='[Region (People)]'/></expression>
            <first-end-point object-id='Orders_1'/><second-end-point object-id='People_2'/></relationship></relationships>
        </object-graph>",
    );
    let [join, union, procedure] = source.relations.as_slice() else { panic!() };
    let RelationKind::Join { join: kind, clauses, inputs } = &join.kind else { panic!() };
    assert_eq!(kind, "left");
    assert_eq!((clauses[0].op.as_str(), clauses[0].operands[1].op.as_str()), ("=", "[Returns].[Id]"));
    assert_eq!(inputs[0].kind, RelationKind::Table("[dbo].[Orders]".into()));
    assert_eq!(inputs[1].kind, RelationKind::CustomSql("SELECT *\r\nFROM t WHERE a < 1 & 2".into()));
    assert_eq!(inputs[1].connection.as_deref(), Some("b"));
    let RelationKind::Union(inputs) = &union.kind else { panic!() };
    assert_eq!(inputs[0].inputs()[0].kind, RelationKind::Table("[t]".into()));
    assert_eq!(procedure.kind, RelationKind::Other { word: "stored-proc".into(), inputs: Vec::new() });
    let [orders, people] = source.tables.as_slice() else { panic!() };
    assert_eq!(orders.relation.as_ref().unwrap().kind, RelationKind::Table("[Orders]".into()));
    assert_eq!(orders.extract.as_ref().unwrap().kind, RelationKind::Table("[Extract].[Orders_1]".into()));
    assert_eq!((people.id.as_str(), people.relation.as_ref()), ("People_2", None));
    let relationship = &source.relationships[0];
    assert_eq!((relationship.left.as_str(), relationship.right.as_str()), ("Orders_1", "People_2"));
    assert_eq!(relationship.expression.as_ref().unwrap().operands.len(), 2);
}

#[test]
fn a_worksheet_names_the_fields_it_uses() {
    let workbook = workbook(
        "<worksheets><worksheet name='a'><table><view>
           <datasources><datasource caption='Sales' name='federated.1'/><datasource name='Parameters'/></datasources>
           <datasource-dependencies datasource='federated.1'>
             <column datatype='real' name='[Sales]' role='measure' type='quantitative'/>
             <column-instance column='[Sales]' derivation='Sum' name='[sum:Sales:qk]' pivot='key' type='quantitative'/>
           </datasource-dependencies>
         </view><rows>[federated.1].[sum:Sales:qk]</rows></table></worksheet></worksheets>",
    );
    let sheet = &workbook.worksheets[0];
    assert_eq!(names(sheet.data_sources.iter().map(|used| used.name.as_str())), ["federated.1", "Parameters"]);
    assert_eq!(sheet.dependencies[0].fields[0].name, "Sales");
    let sum = ColumnInstance {
        name: "sum:Sales:qk".into(),
        field: "Sales".into(),
        derivation: "Sum".into(),
        field_type: Some(FieldType::Quantitative),
        table_calcs: vec![],
    };
    assert_eq!(sheet.dependencies[0].instances, [sum]);
}

#[test]
fn a_thumbnail_is_decoded_on_demand_and_must_be_a_png() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR and so on";
    let mut encoded = BASE64_STANDARD.encode(png);
    encoded.insert_str(8, "\n      ");
    let workbook = workbook(&format!(
        "<worksheets><worksheet name='a'/></worksheets><thumbnails>
           <thumbnail height='144' name='a' width='192'>\n      {encoded}\n    </thumbnail>
           <thumbnail name='b'>AAAA</thumbnail><thumbnail name='c'>no base64!</thumbnail>
         </thumbnails>"
    ));
    let [a, b, c] = workbook.thumbnails.as_slice() else { panic!() };
    assert_eq!((a.name.as_str(), a.width, a.height), ("a", Some(192), Some(144)));
    assert_eq!(a.png().unwrap(), png);
    assert_eq!(b.png().unwrap_err().to_string(), "the file is damaged: the thumbnail of `b` is not a PNG");
    assert_eq!(c.png().unwrap_err().to_string(), "the file is damaged: the thumbnail of `c` is not base64");
}

#[test]
fn an_extract_is_found_in_the_package_and_told_by_its_content() {
    let tds = |file: &str| {
        format!(
            "<datasource formatted-name='x'><extract count='-1' enabled='true' units='records'>
               <connection class='hyper' dbname='{file}' schema='Extract' tablename='Extract' update-time='11/04/2020 08:52:17 AM'>
                 <relation name='Extract' table='[Extract].[Extract]' type='table'/><refresh incremental-updates='true'/>
                 <metadata-records><metadata-record class='column'><local-name>[a]</local-name><local-type>string</local-type></metadata-record></metadata-records>
               </connection></extract></datasource>"
        )
    };
    let hyper = b"Hyper\x08\0\0\x01\0and so on";
    let tde = b"\x20\x02\x01\x62\xa0\x1e\xab\x07\x02\0\0\0";
    let with = |name: &str, bytes: &[u8]| {
        read(package(&[("x.tds", tds("Data/Extracts/x.hyper").as_bytes()), (name, bytes)])).unwrap()
    };

    let mut sound = with("Data/Extracts/x.hyper", hyper);
    assert_eq!(sound.kind(), Kind::PackagedDataSource);
    assert_eq!(sound.notes(), []);
    let extract = sound.data_sources()[0].extract.clone().unwrap();
    assert!(extract.enabled && extract.incremental);
    assert_eq!(extract.updated.as_deref(), Some("11/04/2020 08:52:17 AM"));
    assert_eq!(extract.relations[0].kind, RelationKind::Table("[Extract].[Extract]".into()));
    assert_eq!(sound.data_sources()[0].field("a").unwrap().data_type, Some(DataType::String));
    let file = extract.file().unwrap();
    assert_eq!(sound.entry(&file).unwrap().size, hyper.len() as u64);
    assert_eq!(sound.extract_format(&file).unwrap(), Some(ExtractFormat::Hyper));
    let mut bytes = Vec::new();
    sound.read(&file).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, hyper);

    for (package, note) in [
        (
            with("Data/Extracts/x.hyper", tde),
            "its extract `Data/Extracts/x.hyper` is of the format before Hyper (.tde)",
        ),
        (with("Data/Extracts/x.hyper", b"text"), "its extract `Data/Extracts/x.hyper` is not one"),
        (with("Data/y.hyper", hyper), "its extract `Data/Extracts/x.hyper` is not in the package"),
    ] {
        assert_eq!(package.notes()[0].to_string(), format!("data source `x`: {note}"));
    }
}

#[test]
fn a_newer_version_is_read_and_noted() {
    let package = read(TWB.replace("18.1", "25.0")).unwrap();
    assert_eq!(package.notes()[0].to_string(), "workbook: its version `25.0` is newer than any this crate knows");
    assert_eq!(package.workbook().unwrap().worksheets.len(), 1);
}

#[test]
fn kinds_are_told_by_content() {
    let kind = |bytes: Vec<u8>| open(Cursor::new(bytes), Limits::default()).unwrap().kind();
    let tds = b"<datasource/>";
    assert_eq!(kind(TWB.into()), Kind::Workbook);
    assert_eq!(kind(tds.to_vec()), Kind::DataSource);
    assert_eq!(kind(package(&[("Data/x.csv", b""), ("a.twb", TWB.as_bytes())])), Kind::PackagedWorkbook);
    // The root element decides, not the name.
    assert_eq!(kind(package(&[("a.TWB", tds)])), Kind::PackagedDataSource);
    let flow: &[(&str, &[u8])] = &[("flow", b"{}"), ("displaySettings", b"{}"), ("maestroMetadata", b"{}")];
    assert_eq!(kind(package(flow)), Kind::Flow);
    assert_eq!(kind(package(&[flow, &[("Data/x.csv", b"a")]].concat())), Kind::PackagedFlow);
    assert_eq!(kind(b"Hyper\x08\0\0\x01\0".to_vec()), Kind::Extract);
    assert_eq!(Kind::PackagedFlow.extension(), "tflx");
}

#[test]
fn a_package_with_both_end_records_is_read_where_they_agree() {
    let short = by_hand(&[Entry::stored("a.twb", TWB.as_bytes())], &Lies::default());
    let place = short.len() - 22;
    let number = |at: usize, bytes: usize| {
        let mut number = [0; 8];
        number[..bytes].copy_from_slice(&short[at..at + bytes]);
        u64::from_le_bytes(number)
    };
    let both = |entries: u64| {
        let mut package = short[..place].to_vec();
        package.extend(b"PK\x06\x06");
        package.extend(44_u64.to_le_bytes());
        package.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for value in [entries, entries, number(place + 12, 4), number(place + 16, 4)] {
            package.extend(value.to_le_bytes());
        }
        package.extend(b"PK\x06\x07\0\0\0\0");
        package.extend((place as u64).to_le_bytes());
        package.extend(1_u32.to_le_bytes());
        package.extend(&short[place..]);
        package
    };
    assert_eq!(read(both(1)).unwrap().entries()[0].name, "a.twb");
    let refusal = read(both(2)).unwrap_err().to_string();
    assert!(refusal.contains("directory does not agree"), "{refusal}");
}

#[test]
fn a_package_is_written_anew_with_another_content_of_one_file_alone() {
    let tds = "<datasource version='18.1'><connection class='hyper'/></datasource>";
    let picture = [7; 5000];
    let files: [(&str, &[u8]); 3] =
        [("a.tds", tds.as_bytes()), ("Data/Extracts/x.hyper", b"old rows"), ("Image/p.png", &picture)];
    let mut old = read(package(&files)).unwrap();
    let new = vec![3; 100_000];
    let target = Cursor::new(Vec::new());
    let written = old.repack("data\\extracts\\X.hyper", &mut new.as_slice(), 100_000, target).unwrap();
    let mut again = read(written.into_inner()).unwrap();
    let names: Vec<String> = again.entries().iter().map(|entry| entry.name.clone()).collect();
    assert_eq!(names, ["a.tds", "Data/Extracts/x.hyper", "Image/p.png"]);
    for (name, wanted) in [("a.tds", tds.as_bytes()), ("Data/Extracts/x.hyper", &new), ("Image/p.png", &picture)] {
        let mut found = Vec::new();
        again.read(name).unwrap().read_to_end(&mut found).unwrap();
        assert_eq!(found, wanted, "{name}");
    }
    let missing = again.repack("nothing", &mut &b""[..], 0, Cursor::new(Vec::new()));
    assert!(missing.unwrap_err().to_string().contains("there is no"));
}
