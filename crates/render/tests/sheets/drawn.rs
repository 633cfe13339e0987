//! What is drawn where.

use tavola_query::{Answer, Value};
use tavola_render::sheet::{Error, Fit, Options, draw};

use crate::made::{
    answer, drawn, drawn_with, field, measured, months, numbers, texts, workbook, workbook_with, written,
};

const AUTOMATIC: &str = "<pane><mark class='Automatic'/></pane>";
const BLUE: &str = "#4e79a7";
const ORANGE: &str = "#f28e2b";

fn regions() -> Answer {
    answer(vec![vec![texts("Region", &["East", "South", "West"]), numbers("Sales", &[100.0, 25.0, 50.0])]])
}

#[test]
fn a_measure_beside_a_dimension_is_drawn_as_bars_as_long_as_their_values() {
    let workbook = workbook("[Region]", "[Sales]", AUTOMATIC, "");
    let picture = drawn(&workbook, &regions());
    let lengths = measured(&picture, "rect", BLUE, "width");
    let most = lengths.iter().copied().fold(0.0, f64::max);
    let mut shares: Vec<i64> = lengths.iter().map(|length| (length / most * 100.0).round() as i64).collect();
    shares.sort_unstable();
    assert_eq!(shares, [25, 50, 100]);
    assert_eq!(written(&picture), ["East", "South", "West", "Region", "0", "20", "40", "60", "80", "100", "Sales"]);
}

#[test]
fn members_are_shown_in_the_order_of_the_answer() {
    let workbook = workbook("[Region]", "[Sales]", AUTOMATIC, "");
    let mut answer = regions();
    let order = ["West", "East", "South"].map(Value::text);
    answer.orders.insert(field("Region"), order.to_vec());
    assert_eq!(written(&drawn(&workbook, &answer))[..3], ["West", "East", "South"]);
}

#[test]
fn parts_of_a_bar_are_stacked_and_the_last_member_lies_next_to_the_axis() {
    let panes = "<pane><mark class='Bar'/><encodings><color column='[Kind]'/></encodings></pane>";
    let workbook = workbook("[Sales]", "[Region]", panes, "");
    let picture = drawn(
        &workbook,
        &answer(vec![vec![
            texts("Region", &["East", "East"]),
            texts("Kind", &["a", "b"]),
            numbers("Sales", &[30.0, 10.0]),
        ]]),
    );
    let (first, last) = (measured(&picture, "rect", BLUE, "y"), measured(&picture, "rect", ORANGE, "y"));
    let heights = (measured(&picture, "rect", BLUE, "height"), measured(&picture, "rect", ORANGE, "height"));
    assert!((heights.0[0] - 3.0 * heights.1[0]).abs() < 0.1, "{heights:?}");
    assert!((first[0] + heights.0[0] - last[0]).abs() < 0.1, "{first:?} {last:?}");
}

#[test]
fn a_measure_over_time_is_a_line_for_each_colour() {
    let panes = "<pane><mark class='Automatic'/><encodings><color column='[Kind]'/></encodings></pane>";
    let workbook = workbook("[Sales]", "[Month]", panes, "");
    let picture = drawn(
        &workbook,
        &answer(vec![vec![
            months("Month", &[17_532, 17_563, 17_591, 17_532, 17_563, 17_591]),
            texts("Kind", &["a", "a", "a", "b", "b", "b"]),
            numbers("Sales", &[1.0, 3.0, 2.0, 2.0, 2.0, 2.0]),
        ]]),
    );
    let lines = |color: &str| {
        picture
            .svg
            .lines()
            .filter(|line| line.starts_with("<path") && line.contains(&format!("stroke=\"{color}\"")))
            .count()
    };
    assert_eq!((lines(BLUE), lines(ORANGE)), (1, 1));
    assert!(written(&picture).contains(&"January 2018".to_owned()));
    assert!(written(&picture).contains(&"Month of Month".to_owned()));
}

#[test]
fn discrete_fields_and_a_text_make_a_table() {
    let panes = "<pane><mark class='Automatic'/><encodings><text column='[Sales]'/></encodings></pane>";
    let workbook = workbook("[Region]", "[Kind]", panes, "");
    let picture = drawn(
        &workbook,
        &answer(vec![vec![
            texts("Region", &["East", "East", "West"]),
            texts("Kind", &["a", "b", "b"]),
            numbers("Sales", &[1200.0, 2.5, 3.0]),
        ]]),
    );
    assert_eq!(written(&picture), ["East", "West", "a", "b", "Kind", "Region", "1,200", "2.5", "3"]);
}

#[test]
fn only_combinations_with_data_have_nested_headers() {
    let workbook = workbook("([Region] / [City])", "[Sales]", AUTOMATIC, "");
    let picture = drawn(
        &workbook,
        &answer(vec![vec![
            texts("Region", &["East", "East", "West"]),
            texts("City", &["Boston", "York", "Reno"]),
            numbers("Sales", &[1.0, 2.0, 3.0]),
        ]]),
    );
    let texts = written(&picture);
    assert_eq!(texts[..5], ["East", "West", "Boston", "York", "Reno"]);
}

#[test]
fn colours_of_the_file_win_over_those_of_a_palette() {
    let panes = "<pane><mark class='Bar'/><encodings><color column='[Region]'/></encodings></pane>";
    let style = "<style-rule element='mark'><encoding attr='color' field='[Region]' type='palette'>\
                 <map to='#123456'><bucket>&quot;South&quot;</bucket></map></encoding></style-rule>";
    let workbook = workbook("[Region]", "[Sales]", panes, style);
    let picture = drawn(&workbook, &regions());
    assert_eq!(measured(&picture, "rect", "#123456", "width").len(), 1);
    assert_eq!(measured(&picture, "rect", BLUE, "width").len(), 1);
}

#[test]
fn a_reversed_axis_runs_the_other_way() {
    let style = "<style-rule element='axis'><encoding attr='space' class='0' field='[Sales]' reverse='true' scope='cols' \
                 type='space'/></style-rule>";
    let plain = drawn(&workbook("[Region]", "[Sales]", AUTOMATIC, ""), &regions());
    let turned = drawn(&workbook("[Region]", "[Sales]", AUTOMATIC, style), &regions());
    let starts = |picture| measured(picture, "rect", BLUE, "x");
    assert!(starts(&plain).windows(2).all(|pair| pair[0] == pair[1]), "bars begin at one place");
    assert!(starts(&turned).windows(2).all(|pair| pair[0] != pair[1]), "bars end at one place");
}

#[test]
fn several_measures_stand_side_by_side_each_with_its_axis() {
    let workbook = workbook("[Region]", "([Sales] + [Profit])", AUTOMATIC, "");
    let picture = drawn(
        &workbook,
        &answer(vec![vec![texts("Region", &["East"]), numbers("Sales", &[1.0]), numbers("Profit", &[-400.0])]]),
    );
    let texts = written(&picture);
    assert!(texts.contains(&"Sales".to_owned()) && texts.contains(&"Profit".to_owned()), "{texts:?}");
    assert!(texts.contains(&"-400".to_owned()) || texts.contains(&"-200".to_owned()), "{texts:?}");
    assert_eq!(measured(&picture, "rect", BLUE, "width").len(), 2);
}

#[test]
fn folded_axes_share_their_cells_and_each_has_its_marks() {
    let style = "<style-rule element='axis'><encoding attr='space' class='0' field='[Profit]' fold='true' scope='rows' \
                 type='space'/></style-rule>";
    let panes = "<pane><mark class='Automatic'/></pane>\
                 <pane id='1' y-axis-name='[Sales]'><mark class='Bar'/></pane>\
                 <pane id='2' y-axis-name='[Profit]'><mark class='Line'/></pane>";
    let workbook = workbook("([Sales] + [Profit])", "[Month]", panes, style);
    let columns =
        || vec![months("Month", &[17_532, 17_563]), numbers("Sales", &[5.0, 6.0]), numbers("Profit", &[1.0, 2.0])];
    let mut answer = answer(vec![Vec::new(), columns(), columns()]);
    answer.layers.remove(0);
    let picture = drawn(&workbook, &answer);
    assert_eq!(measured(&picture, "rect", BLUE, "width").len(), 2);
    assert_eq!(picture.svg.lines().filter(|line| line.starts_with("<path")).count(), 1);
}

#[test]
fn names_and_values_of_measures_make_columns() {
    let panes = "<pane><mark class='Automatic'/><encodings><text column='[Multiple Values]'/></encodings></pane>";
    let workbook = workbook("[Region]", "[:Measure Names]", panes, "");
    let mut answer =
        answer(vec![vec![texts("Region", &["East"]), numbers("Sales", &[1.0]), numbers("Profit", &[2.0])]]);
    answer.measures = vec![field("Profit"), field("Sales")];
    assert_eq!(written(&drawn(&workbook, &answer)), ["East", "Profit", "Sales", "Region", "2", "1"]);
}

#[test]
fn a_line_of_reference_is_where_the_mean_is() {
    let panes = "<pane><mark class='Bar'/><reference-line axis-column='[Sales]' formula='average' id='refline0' \
                 label='Avg &lt;Value&gt;' label-type='custom' scope='per-table' value-column='[Sales]'/></pane>";
    let workbook = workbook("[Region]", "[Sales]", panes, "");
    let picture = drawn(&workbook, &answer(vec![vec![texts("Region", &["a", "b"]), numbers("Sales", &[40.0, 80.0])]]));
    assert!(written(&picture).contains(&"Avg 60".to_owned()), "{:?}", written(&picture));
}

#[test]
fn a_title_names_the_sheet_and_a_legend_the_members() {
    let panes = "<pane><mark class='Bar'/><encodings><color column='[Region]'/></encodings></pane>";
    let workbook = workbook("[Region]", "[Sales]", panes, "");
    let options = Options { title: true, legends: true, ..Options::default() };
    let texts = written(&drawn_with(&workbook, &regions(), &options));
    assert_eq!(texts[0], "Sheet");
    assert_eq!(texts[texts.len() - 4..], ["Region", "East", "South", "West"]);
}

#[test]
fn an_answer_without_rows_is_an_empty_view() {
    let workbook = workbook("[Region]", "[Sales]", AUTOMATIC, "");
    let empty = drawn(&workbook, &answer(vec![vec![texts("Region", &[]), numbers("Sales", &[])]]));
    assert_eq!(measured(&empty, "rect", BLUE, "width"), [0.0; 0]);
    let nothing = drawn(&workbook, &Answer::default());
    assert!(nothing.svg.starts_with("<svg"));
}

#[test]
fn what_is_not_drawn_is_said_on_the_picture() {
    let workbook = workbook("[Region]", "[Sales]", "<pane><mark class='VizExtension'/></pane>", "");
    let options = Options { notes: true, ..Options::default() };
    let picture = drawn_with(&workbook, &regions(), &options);
    let said = "marks of the kind `VizExtension` are drawn as others";
    assert_eq!(picture.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), [said]);
    assert_eq!(
        written(&picture).last().map(String::as_str),
        Some(format!("Not drawn as the file asks: {said}").as_str())
    );
}

#[test]
fn too_many_rows_are_refused() {
    let workbook = workbook("[Region]", "[Sales]", AUTOMATIC, "");
    let names: Vec<String> = (0..30_000).map(|number| number.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answer = answer(vec![vec![texts("Region", &names), numbers("Sales", &vec![1.0; 30_000])]]);
    let refused = draw(&workbook, &workbook.worksheets[0], &answer, None, &Options::default());
    assert_eq!(refused, Err(Error::TooLarge("the sheet has more than 20000 rows or columns".to_owned())));
}

#[test]
fn without_a_size_a_picture_is_as_large_as_it_needs_to_be() {
    let workbook = workbook("[Region]", "[Sales]", AUTOMATIC, "");
    let names: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answer = answer(vec![vec![texts("Region", &names), numbers("Sales", &[1.0; 100])]]);
    let picture = draw(&workbook, &workbook.worksheets[0], &answer, None, &Options::default()).expect("it is drawn");
    assert!(picture.height > 2000, "{} pixels high", picture.height);
    let squeezed = Options { fit: Fit::Entire, ..Options::default() };
    let picture = drawn_with(&workbook, &answer, &squeezed);
    let bottom = measured(&picture, "rect", BLUE, "y").into_iter().fold(0.0, f64::max);
    assert!(bottom < 240.0 && picture.height == 240, "the last bar is at {bottom}");
}

#[test]
fn states_on_a_map_have_their_shapes_and_unknown_ones_are_said() {
    let view = "<datasource-dependencies datasource='d'>\
                <column datatype='string' name='[State]' role='dimension' semantic-role='[State].[Name]' type='nominal'/>\
                </datasource-dependencies>";
    let panes = "<pane><mark class='Multipolygon'/><encodings><lod column='[State]'/></encodings></pane>";
    let workbook = workbook_with(view, "[Latitude (generated)]", "[Longitude (generated)]", panes, "");
    let answer = answer(vec![vec![texts("State", &["Texas", "Ohio", "Nowhere"])]]);
    let picture = drawn(&workbook, &answer);
    let shapes =
        picture.svg.lines().filter(|line| line.starts_with("<path") && line.contains(&format!("fill=\"{BLUE}\"")));
    assert_eq!(shapes.count(), 2);
    let said: Vec<&str> = picture.notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(said, ["1 of 3 marks are at places that are not known"]);
}

#[test]
fn of_several_pages_the_first_is_shown() {
    let view = "<datasource-dependencies datasource='d'/>";
    let mut workbook = workbook_with(view, "[Region]", "[Sales]", AUTOMATIC, "");
    workbook.worksheets[0].pages = vec![field("Year")];
    let answer = answer(vec![vec![
        texts("Region", &["East", "East"]),
        texts("Year", &["2020", "2021"]),
        numbers("Sales", &[1.0, 5.0]),
    ]]);
    let picture = drawn(&workbook, &answer);
    assert_eq!(measured(&picture, "rect", BLUE, "width").len(), 1);
    assert_eq!(picture.notes[0].text, "only the first page is shown");
}

#[test]
fn a_size_in_units_of_the_axis_is_the_width_of_a_bar() {
    let panes = "<pane><mark class='Bar'/><mark-sizing mark-alignment='mark-alignment-right' \
                 mark-sizing-setting='marks-scaling-on'/><encodings><size column='[Width]'/></encodings></pane>";
    let workbook = workbook("[Share]", "[End]", panes, "");
    let picture = drawn(
        &workbook,
        &answer(vec![vec![
            numbers("End", &[30.0, 40.0]),
            numbers("Share", &[1.0, 1.0]),
            numbers("Width", &[30.0, 10.0]),
        ]]),
    );
    let widths = measured(&picture, "rect", BLUE, "width");
    assert!((widths[0] - 3.0 * widths[1]).abs() < 0.1, "{widths:?}");
}
