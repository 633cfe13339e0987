//! Pictures and tables as files. What is written lies in the build's folder for temporary files, for a look.

use std::{fs, io::Read, path::Path};

use tavola_query::{Answer, Column, Layer, Table, Type, Value};
use tavola_render::{
    Picture,
    color::Color,
    output::{self, Grid, Orientation, Page, PageType},
    svg::{Anchor, Paint, Svg},
    text::Font,
};
use tavola_workbook::{FieldRef, Shelf, Worksheet};

fn field(name: &str) -> FieldRef {
    FieldRef { data_source: "federated.1".to_owned(), instance: name.to_owned() }
}

fn column(name: &str, measure: bool, format: Option<&str>, values: Vec<Value>) -> Column {
    Column {
        field: field(name),
        caption: name.to_owned(),
        pill: name.to_owned(),
        data_type: if measure { Type::Real } else { Type::Text },
        continuous: measure,
        measure,
        format: format.map(str::to_owned),
        derivation: String::new(),
        aliases: Vec::new(),
        values,
    }
}

fn texts(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|text| Value::text(text)).collect()
}

fn numbers(numbers: &[f64]) -> Vec<Value> {
    numbers.iter().map(|number| Value::Real(*number)).collect()
}

fn sales() -> Table {
    let year = Column {
        derivation: "Year".to_owned(),
        values: vec![Value::Integer(2020), Value::Integer(2021), Value::Integer(2021)],
        ..column("Year", false, None, Vec::new())
    };
    Table {
        columns: vec![
            column("Region", false, None, texts(&["West", "West", "East, \"far\""])),
            year,
            column("Sales", true, Some("c\"$\"#,##0,.0K;(\"$\"#,##0,.0K)"), numbers(&[1500.0, -2250.0, 999.0])),
            column("Profit Ratio", true, Some("p0.0%"), numbers(&[0.25, -0.125, 0.5])),
        ],
        rows: 3,
    }
}

fn picture(width: u32, height: u32, title: &str) -> Picture {
    let mut svg = Svg::new(f64::from(width), f64::from(height));
    svg.rect(0.0, 0.0, width.into(), height.into(), &Paint::fill(Color::WHITE).bordered(Color::LINE, 1.0));
    svg.text(20.0, 40.0, title, &Font::points(15.0), Color::TEXT, Anchor::Start);
    svg.gradient((20.0, 60.0, 200.0, 20.0), false, &[(0.0, Color::MARK), (1.0, Color::WHITE)]);
    svg.clipped(20.0, 100.0, 50.0, 50.0, |svg| {
        svg.circle(60.0, 140.0, 40.0, &Paint::fill(Color::MARK.with_opacity(0.5)))
    });
    Picture { svg: svg.finish(), width, height, notes: Vec::new() }
}

fn keep(name: &str, bytes: &[u8]) {
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), bytes).unwrap();
}

/// The parts of a package and their content.
fn parts(bytes: &[u8]) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().to_owned(), String::from_utf8_lossy(&content).into_owned())
        })
        .collect()
}

#[test]
fn a_table_is_csv_as_it_is_shown() {
    assert_eq!(
        output::csv(&Grid::of_table(&sales())),
        "Region,Year,Sales,Profit Ratio\r\n\
         West,2020,$1.5K,25.0%\r\n\
         West,2021,($2.3K),-12.5%\r\n\
         \"East, \"\"far\"\"\",2021,$1.0K,50.0%\r\n"
    );
    let empty = Table { columns: vec![column("Region", false, None, Vec::new())], rows: 0 };
    assert_eq!(output::csv(&Grid::of_table(&empty)), "Region\r\n");
}

#[test]
fn a_crosstab_has_the_shelves_of_its_sheet() {
    let answer = Answer {
        layers: vec![Layer { pane: 0, table: sales() }],
        orders: [(field("Region"), texts(&["East, \"far\"", "West"]))].into(),
        ..Answer::default()
    };
    let sheet = Worksheet {
        rows: Some(Shelf::Field(field("Region"))),
        columns: Some(Shelf::Field(field("Year"))),
        ..Worksheet::default()
    };
    let shown = |sheet: &Worksheet| -> Vec<String> {
        let grid = Grid::crosstab(sheet, &answer);
        grid.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join("|")).collect()
    };
    assert_eq!(
        shown(&sheet),
        [
            "|2020|2020|2021|2021",
            "Region|Sales|Profit Ratio|Sales|Profit Ratio",
            "East, \"far\"|||$1.0K|50.0%",
            "West|$1.5K|25.0%|($2.3K)|-12.5%",
        ]
    );
    let names = FieldRef { data_source: "federated.1".to_owned(), instance: ":Measure Names".to_owned() };
    let down = Worksheet {
        rows: Some(Shelf::Nest(vec![Shelf::Field(field("Region")), Shelf::Field(names)])),
        ..sheet.clone()
    };
    assert_eq!(
        shown(&down),
        [
            "Region||2020|2021",
            "East, \"far\"|Sales||$1.0K",
            "East, \"far\"|Profit Ratio||50.0%",
            "West|Sales|$1.5K|($2.3K)",
            "West|Profit Ratio|25.0%|-12.5%",
        ]
    );
    let none = Worksheet { rows: Some(Shelf::Field(field("Region"))), ..Worksheet::default() };
    assert_eq!(shown(&none)[0], "Region|Year|Sales|Profit Ratio");
    assert_eq!(Grid::crosstab(&sheet, &Answer::default()).rows, Vec::<Vec<_>>::new());
}

#[test]
fn excel_gets_numbers_and_how_they_are_shown() {
    let file = output::xlsx("Sales: [all] of the regions and years", &Grid::of_table(&sales())).unwrap();
    keep("sales.xlsx", &file);
    let parts = parts(&file);
    let part = |name: &str| &parts.iter().find(|(path, _)| path == name).unwrap().1;
    assert!(part("xl/workbook.xml").contains("name=\"Sales   all  of the regions and\""));
    let cells = part("xl/worksheets/sheet1.xml");
    assert!(cells.contains(r#"<c r="A1" t="inlineStr" s="1"><is><t xml:space="preserve">Region</t></is></c>"#));
    assert!(cells.contains(r#"<c r="C3" s="2"><v>-2250</v></c><c r="D3" s="3"><v>-0.125</v></c>"#));
    let styles = part("xl/styles.xml");
    assert!(styles.contains("formatCode=\"&quot;$&quot;#,##0.0,&quot;K&quot;;&quot;($&quot;#,##0.0,&quot;K)&quot;\""));
    assert!(styles.contains("formatCode=\"0.0%\""));
    assert_eq!(file, output::xlsx("Sales: [all] of the regions and years", &Grid::of_table(&sales())).unwrap());
}

#[test]
fn a_document_has_a_page_for_each_picture() {
    let pictures = [picture(800, 600, "Größe ▲ one"), picture(400, 900, "two"), picture(5000, 300, "three")];
    for (name, page, paper) in [
        ("legal", Page::default(), "612 1008"),
        ("a4", Page { kind: PageType::A4, orientation: Orientation::Landscape }, "841.8898 595.2756"),
        ("unspecified", Page { kind: PageType::Unspecified, orientation: Orientation::Portrait }, "600 450"),
    ] {
        let file = output::pdf("Sales", &pictures, page).unwrap();
        keep(&format!("{name}.pdf"), &file);
        let text = String::from_utf8_lossy(&file);
        assert!(text.starts_with("%PDF-") && text.contains("/Count 3"), "{name}");
        assert!(text.contains(&format!("/MediaBox [0 0 {paper}]")), "{name}");
        assert_eq!(file, output::pdf("Sales", &pictures, page).unwrap());
    }
    assert_eq!("tabloid".parse(), Ok(PageType::Tabloid));
    assert_eq!("A7".parse::<PageType>(), Err("`A7` is no page type".to_owned()));
    assert_eq!("LANDSCAPE".parse(), Ok(Orientation::Landscape));
}

#[test]
fn a_presentation_has_a_slide_for_each_picture() {
    let pictures =
        [("Sales & more".to_owned(), picture(800, 600, "one")), ("Two".to_owned(), picture(400, 900, "two"))];
    let file = output::pptx("Superstore", &pictures).unwrap();
    keep("sales.pptx", &file);
    let parts = parts(&file);
    let slides: Vec<&String> =
        parts.iter().filter(|(path, _)| path.starts_with("ppt/slides/slide")).map(|(_, content)| content).collect();
    assert_eq!(slides.len(), 2);
    assert!(slides[0].contains("<a:t>Sales &amp; more</a:t>"));
    // 4 to 3 in the room under the title.
    assert!(slides[0].contains(r#"<a:ext cx="7315200" cy="5486400"/>"#), "{}", slides[0]);
}
