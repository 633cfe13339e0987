//! Dashboards and stories. What is drawn lies in the build's folder for temporary files, for a look.

use std::{collections::HashMap, fs, path::Path};

use tavola_query::{Answer, Column, Layer, Table, Type, Value};
use tavola_render::{
    Picture,
    dashboard::{Sources, draw, draw_story},
    output,
};
use tavola_workbook::{
    Dashboard, DashboardSize, FieldRef, Filter, FilterKind, Format, FormattedText, Members, Parameter, Shelf, Story,
    StoryPoint, Style, StyleRule, TextRun, Workbook, Worksheet, Zone, ZoneKind,
};

fn field(name: &str) -> FieldRef {
    FieldRef { data_source: "federated.1".to_owned(), instance: name.to_owned() }
}

fn text(text: &str) -> FormattedText {
    FormattedText { runs: vec![TextRun { text: text.to_owned(), ..TextRun::default() }] }
}

fn zone(kind: ZoneKind, (x, y, width, height): (i64, i64, i64, i64)) -> Zone {
    Zone { kind, x, y, width, height, ..Zone::default() }
}

fn styled(zone: Zone, formats: &[(&str, &str)]) -> Zone {
    let formats = formats
        .iter()
        .map(|(attr, value)| Format { attr: (*attr).to_owned(), value: (*value).to_owned(), ..Format::default() })
        .collect();
    let rule = StyleRule { element: "zone".to_owned(), formats, ..StyleRule::default() };
    Zone { style: Style { rules: vec![rule] }, ..zone }
}

fn fixed(zone: Zone, pixels: u32) -> Zone {
    Zone { fixed_size: Some(pixels), ..zone }
}

const WHOLE: (i64, i64, i64, i64) = (0, 0, 100_000, 100_000);

/// The rectangles filled with a colour, as `x y width height`.
fn filled(picture: &Picture, color: &str) -> Vec<String> {
    let number = |line: &str, name: &str| {
        let start = line.find(&format!(" {name}=\"")).map(|at| at + name.len() + 3)?;
        Some(line[start..].split('"').next()?.to_owned())
    };
    picture
        .svg
        .lines()
        .filter(|line| line.starts_with("<rect") && line.contains(&format!("fill=\"{color}\"")))
        .map(|line| ["x", "y", "width", "height"].map(|name| number(line, name).unwrap_or_default()).join(" "))
        .collect()
}

fn keep(name: &str, picture: &Picture) {
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), output::png(picture, 1.0).unwrap()).unwrap();
}

struct Given {
    workbook: Workbook,
    answers: HashMap<String, Answer>,
    parameters: HashMap<String, Value>,
}

impl Given {
    /// A workbook of one worksheet of bars, a parameter, and their answer.
    fn new() -> Self {
        let column = |name: &str, measure: bool, values: Vec<Value>| Column {
            field: field(name),
            caption: name.to_owned(),
            pill: name.to_owned(),
            data_type: if measure { Type::Real } else { Type::Text },
            continuous: measure,
            measure,
            format: None,
            derivation: String::new(),
            aliases: Vec::new(),
            values,
        };
        let regions = ["Central", "East", "West"].map(Value::text);
        let table = Table {
            columns: vec![
                column("Region", false, regions.to_vec()),
                column("Sales", true, [3.0, 5.0, 8.0].map(|sales| Value::Real(sales * 1000.0)).to_vec()),
            ],
            rows: 3,
        };
        let answer = Answer {
            layers: vec![Layer { pane: 0, table }],
            orders: [(field("Region"), regions.to_vec())].into(),
            ..Answer::default()
        };
        let region = Filter {
            field: field("Region"),
            context: false,
            group: None,
            action: None,
            kind: FilterKind::Members(Members::Union(vec![
                Members::One { level: "Region".to_owned(), member: "\"East\"".to_owned() },
                Members::One { level: "Region".to_owned(), member: "\"West\"".to_owned() },
            ])),
        };
        let sheet = Worksheet {
            name: "Bars".to_owned(),
            rows: Some(Shelf::Field(field("Region"))),
            columns: Some(Shelf::Field(field("Sales"))),
            panes: vec![Default::default()],
            filters: vec![region],
            aggregates: true,
            ..Worksheet::default()
        };
        let parameter = Parameter {
            name: "Parameter 1".to_owned(),
            caption: Some("Top customers".to_owned()),
            data_type: None,
            value: Some("10".to_owned()),
            alias: None,
            default_format: None,
            domain: tavola_workbook::Domain::Any,
        };
        let workbook = Workbook { worksheets: vec![sheet], parameters: vec![parameter], ..Workbook::default() };
        Self { workbook, answers: [("Bars".to_owned(), answer)].into(), parameters: HashMap::new() }
    }

    fn sources<'a>(&'a self, image: &'a dyn Fn(&str) -> Option<Vec<u8>>) -> Sources<'a> {
        Sources { workbook: &self.workbook, answers: &self.answers, image, parameters: &self.parameters, notes: true }
    }

    fn draw(&self, zones: Vec<Zone>, size: DashboardSize, wanted: Option<(u32, u32)>) -> Picture {
        let dashboard = Dashboard {
            name: "Overview".to_owned(),
            title_text: text("<Sheet Name> of <[Parameters].[Parameter 1]>"),
            zones,
            size,
            ..Dashboard::default()
        };
        draw(&self.sources(&|_| None), &dashboard, wanted).unwrap()
    }
}

fn box_of(color: &str, place: (i64, i64, i64, i64)) -> Zone {
    styled(zone(ZoneKind::Blank, place), &[("background-color", color)])
}

#[test]
fn zones_in_a_flow_keep_their_pixels_and_share_the_rest() {
    let flow = |zones| Zone { zones, ..zone(ZoneKind::Flow { vertical: true, evenly: false }, WHOLE) };
    let picture = Given::new().draw(
        vec![flow(vec![
            fixed(box_of("#110000", (0, 0, 100_000, 10_000)), 50),
            box_of("#220000", (0, 10_000, 100_000, 30_000)),
            Zone { hidden: true, ..box_of("#990000", (0, 10_000, 100_000, 30_000)) },
            styled(
                zone(ZoneKind::Blank, (0, 40_000, 100_000, 60_000)),
                &[("background-color", "#330000"), ("margin", "4"), ("margin-left", "10")],
            ),
        ])],
        DashboardSize::default(),
        Some((400, 650)),
    );
    assert_eq!((picture.width, picture.height), (400, 650));
    assert_eq!(filled(&picture, "#110000"), ["0 0 400 50"]);
    assert_eq!(filled(&picture, "#220000"), ["0 50 400 200"]);
    assert_eq!(filled(&picture, "#330000"), ["10 254 386 392"]);
    assert_eq!(filled(&picture, "#990000"), Vec::<String>::new());
}

#[test]
fn zones_elsewhere_lie_where_they_lay_and_floating_ones_over_the_others() {
    let side = Zone {
        zones: vec![
            box_of("#110000", (50_000, 0, 25_000, 50_000)),
            box_of("#220000", (75_000, 50_000, 25_000, 50_000)),
        ],
        ..zone(ZoneKind::Free, (50_000, 0, 50_000, 100_000))
    };
    let root = Zone { zones: vec![side], ..zone(ZoneKind::Free, WHOLE) };
    let over = Zone { floating: true, ..box_of("#330000", (10_000, 10_000, 5_000, 5_000)) };
    let size =
        DashboardSize { min_width: Some(1000), max_width: Some(1000), min_height: Some(800), max_height: Some(800) };
    // A dashboard of fixed size does not follow what is wanted.
    let picture = Given::new().draw(vec![root, over], size, Some((300, 300)));
    assert_eq!((picture.width, picture.height), (1000, 800));
    assert_eq!(filled(&picture, "#110000"), ["500 0 250 400"]);
    assert_eq!(filled(&picture, "#220000"), ["750 400 250 400"]);
    assert_eq!(filled(&picture, "#330000"), ["100 80 50 40"]);
}

#[test]
fn a_dashboard_shows_its_sheets_titles_controls_and_pictures() {
    let mut given = Given::new();
    given.parameters.insert("Parameter 1".to_owned(), Value::Integer(25));
    let filter = |mode: Option<&str>| ZoneKind::Filter {
        sheet: "Bars".to_owned(),
        field: Some(field("Region")),
        mode: mode.map(str::to_owned),
    };
    let parameter = FieldRef { data_source: "Parameters".to_owned(), instance: "Parameter 1".to_owned() };
    let side = Zone {
        zones: vec![
            fixed(zone(filter(Some("checkdropdown")), (70_000, 10_000, 30_000, 10_000)), 56),
            fixed(zone(filter(None), (70_000, 20_000, 30_000, 30_000)), 110),
            fixed(
                zone(ZoneKind::Parameter { field: Some(parameter), mode: None }, (70_000, 50_000, 30_000, 10_000)),
                56,
            ),
            zone(ZoneKind::Text(text("Note: <b> & <[Parameters].[Parameter 1]>")), (70_000, 60_000, 30_000, 20_000)),
            zone(
                ZoneKind::Image { source: "Image/logo.png".to_owned(), scaled: true, centered: true },
                (70_000, 80_000, 30_000, 10_000),
            ),
            zone(ZoneKind::Web("https://example.com".to_owned()), (70_000, 90_000, 30_000, 10_000)),
        ],
        ..zone(ZoneKind::Flow { vertical: true, evenly: false }, (70_000, 10_000, 30_000, 90_000))
    };
    let sheets = Zone {
        zones: vec![
            zone(ZoneKind::Sheet { name: "Bars".to_owned(), show_title: true }, (0, 10_000, 70_000, 60_000)),
            zone(ZoneKind::Sheet { name: "Lines".to_owned(), show_title: true }, (0, 70_000, 70_000, 30_000)),
        ],
        ..zone(ZoneKind::Flow { vertical: true, evenly: true }, (0, 10_000, 70_000, 90_000))
    };
    let row = Zone {
        zones: vec![sheets, side],
        ..zone(ZoneKind::Flow { vertical: false, evenly: false }, (0, 10_000, 100_000, 90_000))
    };
    let root = Zone {
        zones: vec![
            fixed(
                styled(
                    zone(ZoneKind::Title, (0, 0, 100_000, 10_000)),
                    &[("border-style", "solid"), ("border-width", "2"), ("border-color", "#dc561b")],
                ),
                60,
            ),
            row,
        ],
        ..zone(ZoneKind::Flow { vertical: true, evenly: false }, WHOLE)
    };
    let picture = given.draw(vec![root], DashboardSize::default(), Some((700, 500)));
    keep("dashboard.png", &picture);
    for shown in [
        ">Overview of 25<",
        ">Bars<",
        ">Central<",
        ">(Multiple values)<",
        ">(All)<",
        ">Top customers<",
        ">25<",
        ">Note: &lt;b&gt; &amp; 25<",
        ">https://example.com<",
        "stroke=\"#dc561b\" stroke-width=\"2\"",
    ] {
        assert!(picture.svg.contains(shown), "{shown}");
    }
    // East and West are chosen, Central and all are not.
    assert_eq!(picture.svg.matches("stroke-width=\"1.4\"").count(), 2);
    let notes: Vec<&str> = picture.notes.iter().map(|note| note.text.as_str()).collect();
    for note in
        ["the worksheet `Lines` is not drawn", "the picture `Image/logo.png` is not drawn", "web pages are not drawn"]
    {
        assert!(notes.contains(&note), "{notes:?}");
    }
    assert!(picture.svg.contains("Not drawn as the file asks: "));
}

#[test]
fn pictures_are_drawn_from_the_bytes_that_are_handed_in() {
    let given = Given::new();
    let logo = output::png(&Given::new().draw(Vec::new(), DashboardSize::default(), Some((40, 20))), 1.0).unwrap();
    let image = |scaled, centered| ZoneKind::Image { source: "logo.png".to_owned(), scaled, centered };
    let dashboard = |kind| Dashboard { zones: vec![zone(kind, WHOLE)], ..Dashboard::default() };
    let hand = |name: &str| (name == "logo.png").then(|| logo.clone());
    for (kind, place) in [
        (image(true, true), r#"<image x="0" y="0" width="200" height="100""#),
        (image(false, false), r#"<image x="0" y="0" width="40" height="20""#),
        (image(false, true), r#"<image x="80" y="40" width="40" height="20""#),
    ] {
        let picture = draw(&given.sources(&hand), &dashboard(kind), Some((200, 100))).unwrap();
        assert!(picture.svg.contains(place), "{place}");
        assert_eq!(picture.notes, []);
    }
    let broken = |_: &str| Some(b"<svg/>".to_vec());
    assert_eq!(draw(&given.sources(&broken), &dashboard(image(true, true)), None).unwrap().notes.len(), 1);
}

#[test]
fn a_story_shows_its_captions_and_one_of_its_points() {
    let mut given = Given::new();
    given.workbook.dashboards.push(Dashboard {
        name: "Board".to_owned(),
        zones: vec![box_of("#110000", WHOLE)],
        size: DashboardSize {
            min_width: Some(300),
            max_width: Some(300),
            min_height: Some(200),
            max_height: Some(200),
        },
        ..Dashboard::default()
    });
    let point =
        |caption: &str, sheet: &str| StoryPoint { caption: Some(caption.to_owned()), sheet: Some(sheet.to_owned()) };
    let story = Story {
        name: "Tale".to_owned(),
        title: None,
        uuid: None,
        hidden: false,
        size: DashboardSize::default(),
        points: vec![point("First the bars", "Bars"), point("Then the board", "Board")],
        title_text: FormattedText::default(),
        zones: Vec::new(),
        style: Style::default(),
    };
    let sources = given.sources(&|_| None);
    let first = draw_story(&sources, &story, 0, Some((600, 500))).unwrap();
    keep("story.png", &first);
    for shown in [">Tale<", ">First the bars<", ">Then the board<", ">Central<"] {
        assert!(first.svg.contains(shown), "{shown}");
    }
    let second = draw_story(&sources, &story, 1, Some((600, 500))).unwrap();
    assert_eq!(filled(&second, "#110000"), ["0 0 300 200"]);
    assert!(second.svg.contains(r#"<svg x="150" y="120" width="450""#));
    assert!(!second.svg.contains(">Central<"));
    assert!(draw_story(&sources, &story, 99, None).is_ok());
}

#[test]
fn what_is_too_large_or_strange_is_refused_or_bounded() {
    let given = Given::new();
    let sources = given.sources(&|_| None);
    let size = DashboardSize { min_width: Some(1_000_000), max_width: Some(5), ..DashboardSize::default() };
    let wide = Dashboard { size, ..Dashboard::default() };
    assert_eq!(
        draw(&sources, &wide, None).unwrap_err().to_string(),
        "a dashboard of 1000000 by 800 pixels is too large"
    );
    let strange =
        |place| styled(zone(ZoneKind::Title, place), &[("margin", "-5"), ("padding", "1e300"), ("border-width", "x")]);
    let places = [(0, 0, 0, 0), (i64::MIN, i64::MIN, i64::MAX, i64::MAX), (5, 5, -100, -100)];
    let nested = Zone {
        zones: places.map(strange).to_vec(),
        ..zone(ZoneKind::Flow { vertical: false, evenly: false }, places[1])
    };
    let dashboard = Dashboard { zones: vec![nested], ..Dashboard::default() };
    assert!(draw(&sources, &dashboard, Some((0, 0))).is_ok());
}

#[test]
fn a_field_without_a_sheet_that_tells_its_name_is_called_as_its_instance_says() {
    let given = Given::new();
    let shown = |name: &str| {
        let field = Some(field(name));
        let kind = ZoneKind::Filter { sheet: "Bars".to_owned(), field, mode: Some("dropdown".to_owned()) };
        given.draw(vec![zone(kind, WHOLE)], DashboardSize::default(), Some((300, 60))).svg
    };
    assert!(shown("none:Ship Mode:nk").contains(">Ship Mode<"));
    assert!(shown(":Measure Names").contains(">Measure Names<"));
}
