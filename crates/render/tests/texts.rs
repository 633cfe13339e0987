//! Texts of several looks.

use tavola_render::{
    color::Color,
    svg::Svg,
    text::{
        Font,
        rich::{Align, Lines, Run, lay_out},
    },
};
use tavola_workbook::{FormattedText, TextRun};

fn run(text: &str) -> TextRun {
    TextRun { text: text.to_owned(), ..TextRun::default() }
}

fn plain() -> Run {
    Run { text: String::new(), font: Font::new(10.0), color: Color::BLACK }
}

/// The text elements of lines drawn into 200 by 100 pixels: what is before the text, and the text.
fn drawn(lines: &Lines) -> Vec<String> {
    let mut svg = Svg::new(200.0, 100.0);
    lines.draw(&mut svg, (0.0, 0.0, 200.0, 100.0), Align::Start);
    svg.finish().lines().filter(|line| line.starts_with("<text")).map(str::to_owned).collect()
}

#[test]
fn placeholders_are_filled_in_even_where_they_are_runs_of_their_own() {
    let bold = TextRun { bold: true, ..run("Sheet Name") };
    let text =
        FormattedText { runs: vec![run("<"), bold, run("> of <[federated.1].[none:A > B:nk]> and <nothing>, 1 < 2")] };
    let fill = |name: &str| match name {
        "Sheet Name" => Some("Sales".to_owned()),
        "[federated.1].[none:A > B:nk]" => Some("East".to_owned()),
        _ => None,
    };
    assert_eq!(
        drawn(&lay_out(&text, &plain(), Align::Start, 500.0, &fill)),
        [
            r##"<text x="0" y="9.85" font-size="10" font-weight="bold" fill="#000000">Sales</text>"##,
            r##"<text x="26.13" y="9.85" font-size="10" fill="#000000" xml:space="preserve"> of East and &lt;nothing&gt;, 1 &lt; 2</text>"##,
        ]
    );
}

#[test]
fn lines_lie_where_their_paragraphs_say() {
    let middle = TextRun { alignment: Some("1".to_owned()), size: Some("15".to_owned()), ..run("Big\n") };
    let right = TextRun { alignment: Some("2".to_owned()), color: Some("#ff0000".to_owned()), ..run("small") };
    let lines = lay_out(&FormattedText { runs: vec![middle, right] }, &plain(), Align::Start, 200.0, &|_| None);
    assert_eq!((lines.len(), lines.height()), (2, 37.5));
    assert_eq!(
        drawn(&lines),
        [
            r##"<text x="85.55" y="19.7" font-size="20" fill="#000000">Big</text>"##,
            r##"<text x="176.67" y="34.85" font-size="10" fill="#ff0000">small</text>"##,
        ]
    );
}

#[test]
fn lines_are_broken_between_words_and_runs() {
    let bold = TextRun { bold: true, ..run("two three ") };
    let text = FormattedText { runs: vec![run("one "), bold, run("four\n\nUnbreakableWords")] };
    let lines = lay_out(&text, &plain(), Align::Start, 50.0, &|_| None);
    let texts: Vec<String> =
        drawn(&lines).iter().filter_map(|line| Some(line.split_once('>')?.1.replace("</text>", ""))).collect();
    assert_eq!(texts, ["one ", "two", "three ", "four", "Unbreakab", "leWords"]);
    assert_eq!(lines.len(), 5);
    assert!(lines.width() <= 50.0);
}

#[test]
fn nothing_is_a_line_too() {
    let lines = lay_out(&FormattedText::default(), &plain(), Align::Start, 50.0, &|_| None);
    assert!(lines.is_empty());
    assert_eq!((lines.len(), lines.height()), (1, 12.5));
}
