//! Whole pictures, compared with those that were looked at. `UPDATE_SNAPSHOTS=1` writes them anew: look at them before they are
//! kept.

use std::{env, fs, path::Path};

use tavola_query::Answer;
use tavola_render::sheet::Options;
use tavola_workbook::Workbook;

use crate::made::{answer, drawn_with, months, numbers, texts, workbook};

fn is_as_before(name: &str, workbook: &Workbook, answer: &Answer) {
    let options = Options { title: true, legends: true, notes: true, ..Options::default() };
    let svg = drawn_with(workbook, answer, &options).svg;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sheets/snapshots").join(name).with_extension("svg");
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &svg).expect("the picture is written");
    }
    let before = fs::read_to_string(&path).expect("there is a picture");
    let line = svg.lines().zip(before.lines()).position(|(new, old)| new != old);
    assert!(svg == before, "`{name}` has changed, first in line {}", line.unwrap_or(0) + 1);
}

#[test]
fn stacked_bars_in_nested_rows_with_labels() {
    let panes = "<pane><mark class='Bar'/><encodings><color column='[Kind]'/></encodings><style><style-rule element='mark'>\
                 <format attr='mark-labels-show' value='true'/></style-rule></style></pane>";
    let workbook = workbook("([Region] / [City])", "[Sales]", panes, "");
    let answer = answer(vec![vec![
        texts("Region", &["East", "East", "East", "West", "West"]),
        texts("City", &["Boston", "Boston", "York", "Reno", "Reno"]),
        texts("Kind", &["old", "new", "new", "old", "new"]),
        numbers("Sales", &[1200.0, 800.0, 400.0, 1500.0, 300.0]),
    ]]);
    is_as_before("stacked_bars", &workbook, &answer);
}

#[test]
fn lines_over_months_in_rows_of_regions() {
    let panes = "<pane><mark class='Automatic'/><encodings><color column='[Kind]'/></encodings></pane>";
    let workbook = workbook("([Region] * [Sales])", "[Month]", panes, "");
    let answer = answer(vec![vec![
        texts("Region", &["East", "East", "East", "West", "West", "West"]),
        months("Month", &[17_532, 17_563, 17_591, 17_532, 17_563, 17_591]),
        texts("Kind", &["old", "old", "old", "new", "new", "new"]),
        numbers("Sales", &[10.0, 30.0, 20.0, 25.0, 15.0, 35.0]),
    ]]);
    is_as_before("lines", &workbook, &answer);
}

#[test]
fn a_heat_map_with_a_ramp_of_colours() {
    let panes = "<pane><mark class='Automatic'/><encodings><color column='[Sales]'/></encodings></pane>";
    let workbook = workbook("[Region]", "[Kind]", panes, "");
    let answer = answer(vec![vec![
        texts("Region", &["East", "East", "West", "West"]),
        texts("Kind", &["new", "old", "new", "old"]),
        numbers("Sales", &[-10.0, 30.0, 20.0, 25.0]),
    ]]);
    is_as_before("heat_map", &workbook, &answer);
}

#[test]
fn a_pie_with_labels_beside_a_treemap() {
    let label = "<style><style-rule element='mark'><format attr='mark-labels-show' value='true'/></style-rule></style>";
    let panes = format!(
        "<pane><mark class='Pie'/><encodings><color column='[Kind]'/><wedge-size column='[Sales]'/><text column='[Kind]'/>\
         </encodings>{label}</pane>"
    );
    let columns = || vec![texts("Kind", &["a", "b", "c"]), numbers("Sales", &[50.0, 30.0, 20.0])];
    is_as_before("pie", &workbook("", "", &panes, ""), &answer(vec![columns()]));
    let panes = format!(
        "<pane><mark class='Automatic'/><encodings><color column='[Kind]'/><size column='[Sales]'/><text column='[Kind]'/>\
         </encodings>{label}</pane>"
    );
    is_as_before("treemap", &workbook("", "", &panes, ""), &answer(vec![columns()]));
}

#[test]
fn points_with_a_box_plot_and_a_trend() {
    let panes = "<pane><mark class='Circle'/><encodings><lod column='[Kind]'/></encodings>\
                 <reference-line axis-column='[Sales]' boxplot-whisker-type='standard' formula='average' id='refline0' \
                 label-type='none' scope='per-cell' value-column='[Sales]'/></pane>";
    let columns = || {
        vec![
            texts("Region", &["East"; 6]),
            texts("Kind", &["a", "b", "c", "d", "e", "f"]),
            numbers("Sales", &[1.0, 4.0, 5.0, 6.0, 7.0, 20.0]),
            numbers("Profit", &[2.0, 3.0, 7.0, 8.0, 9.0, 19.0]),
        ]
    };
    is_as_before("box_plot", &workbook("[Region]", "[Sales]", panes, ""), &answer(vec![columns()]));
    let panes = "<pane><mark class='Automatic'/><encodings><lod column='[Kind]'/></encodings>\
                 <trendline enabled='true' fit='linear'/></pane>";
    is_as_before("scatter", &workbook("[Profit]", "[Sales]", panes, ""), &answer(vec![columns()]));
}
