//! The tools sheets are drawn with.

use tavola_render::{
    Picture,
    color::{Color, PaletteKind, Ramp, default_palette, palette},
    output,
    svg::{Anchor, Paint, Path, Stroke, Svg},
    text::{Font, ellipsis, width, wrap, wrap_lines},
};
use tavola_workbook::StyleEncoding;

fn picture(svg: Svg) -> Picture {
    let (width, height) = (svg.width() as u32, svg.height() as u32);
    Picture { svg: svg.finish(), width, height, notes: Vec::new() }
}

fn encoding(palette: Option<&str>, attributes: &[(&str, &str)]) -> StyleEncoding {
    StyleEncoding {
        palette: palette.map(str::to_owned),
        attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..StyleEncoding::default()
    }
}

#[test]
fn a_picture_is_written_as_svg() {
    let mut svg = Svg::new(100.0, 50.0);
    svg.rect(0.126, -0.001, 10.0, 20.5, &Paint::fill(Color::MARK).bordered(Color::WHITE, 0.5));
    svg.clipped(0.0, 0.0, 50.0, 50.0, |svg| {
        svg.circle(1.0, 2.0, 3.0, &Paint::stroke(Color::BLACK, 1.0));
        svg.text(5.0, 6.0, "a < b & \"c\"\u{1}", &Font::new(12.0).bold(), Color::TEXT, Anchor::Middle);
    });
    svg.path(
        &Path::through([(0.0, 0.0), (f64::NAN, f64::INFINITY)]),
        &Paint::stroke(Color::BLACK.with_opacity(0.5), 2.0),
    );
    assert_eq!(
        svg.finish(),
        r##"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="50" viewBox="0 0 100 50" font-family="Tavola Sans, Liberation Sans, Arial, Helvetica, sans-serif">
<rect x="0.13" y="0" width="10" height="20.5" fill="#4e79a7" stroke="#ffffff" stroke-width="0.5"/>
<svg x="0" y="0" width="50" height="50" viewBox="0 0 50 50">
<circle cx="1" cy="2" r="3" fill="none" stroke="#000000"/>
<text x="5" y="6" font-size="12" text-anchor="middle" font-weight="bold" fill="#333333">a &lt; b &amp; &quot;c&quot;�</text>
</svg>
<path d="M0 0L0 10000000" fill="none" stroke="#000000" stroke-opacity="0.5" stroke-width="2" stroke-linejoin="round"/>
</svg>
"##
    );
}

#[test]
fn letters_are_as_wide_as_they_are_drawn() {
    // The right edge of what is drawn, found on the pixels, is where the measure says.
    for (text, font) in [
        ("HHHHHHHHHH", Font::new(20.0)),
        ("Furniture, Überseehafen", Font::points(12.0).bold()),
        ("▲▼ ● ✔ 12.5%|", Font::new(16.0)),
    ] {
        let mut svg = Svg::new(400.0, 40.0);
        svg.text(10.0, 30.0, text, &font, Color::BLACK, Anchor::Start);
        let file = output::png(&picture(svg), 1.0).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let right = (0..400).rfind(|x| (0..40).any(|y| pixels[(y * 400 + x) * 3] < 128)).unwrap() as f64;
        let told = 10.0 + width(text, &font);
        assert!((right - told).abs() < 4.0, "`{text}` ends at {right}, not {told}");
    }
}

#[test]
fn texts_fit_the_room_there_is() {
    let font = Font::new(12.0);
    assert_eq!(ellipsis("Office Supplies", &font, 200.0), "Office Supplies");
    assert_eq!(ellipsis("Office Supplies", &font, 60.0), "Office S…");
    assert_eq!(ellipsis("Office Supplies", &font, 5.0), "");
    assert_eq!(wrap("one two  three\nfour", &font, 50.0), ["one two", "three", "four"]);
    assert_eq!(wrap("", &font, 50.0), [""]);
    assert_eq!(wrap("Unbreakable", &font, 30.0), ["Unbr", "eaka", "ble"]);
    assert_eq!(wrap("a b", &font, 0.0), ["a", "b"]);
    assert_eq!(wrap_lines("one two three four", &font, 50.0, 2), ["one two", "three f…"]);
}

#[test]
fn palettes_are_found_by_the_names_files_have() {
    for (name, kind, first) in [
        ("tableau10_10_0", PaletteKind::Categorical, "#4e79a7"),
        ("tableau-10", PaletteKind::Categorical, "#1f77b4"),
        ("Tableau 20", PaletteKind::Categorical, "#1f77b4"),
        ("tableau20_10_0", PaletteKind::Categorical, "#4e79a7"),
        ("blue_red_brown_10_0", PaletteKind::Categorical, "#466f9d"),
        ("color_blind_10_0", PaletteKind::Categorical, "#1170aa"),
        ("blue_10_0", PaletteKind::Sequential, "#b9ddf1"),
        ("red_gold_10_0", PaletteKind::Sequential, "#f4d166"),
        ("tableau-red", PaletteKind::Sequential, "#eac0bd"),
        ("orange_blue_diverging_10_0", PaletteKind::Diverging, "#9e3d22"),
        ("red_black_white_diverging_10_0", PaletteKind::Diverging, "#ae123a"),
        ("tableau-map-temperatur", PaletteKind::Diverging, "#529985"),
    ] {
        let (found, colors) = palette(name).unwrap();
        assert_eq!((found, colors[0].hex().as_str()), (kind, first), "{name}");
    }
    assert_eq!(palette("My Own"), None);
    assert_eq!((default_palette(10).len(), default_palette(11).len()), (10, 20));
}

#[test]
fn numbers_become_colours() {
    let even = Ramp::new(None, 0.0, 10.0);
    assert_eq!((even.color(0.0).hex(), even.color(10.0).hex()), ("#b9ddf1".to_owned(), "#2a5783".to_owned()));
    assert_eq!(even.color(99.0), even.color(10.0));

    // What lies on both sides of zero has its middle there, and the nearer end does not reach the last colour.
    let both = Ramp::new(None, -10.0, 100.0);
    assert_eq!(both.color(0.0).hex(), "#d9d5c9");
    assert_eq!(both.color(100.0).hex(), "#2b5c8a");
    assert_ne!(both.color(-10.0).hex(), "#9e3d22");
    let full = Ramp::new(Some(&encoding(None, &[("symmetric", "false")])), -10.0, 100.0);
    assert_eq!((full.color(-10.0).hex(), full.color(0.0).hex()), ("#9e3d22".to_owned(), "#d9d5c9".to_owned()));

    let steps = Ramp::new(Some(&encoding(Some("tableau-red"), &[("num-steps", "3"), ("reverse", "true")])), 0.0, 9.0);
    assert_eq!(steps.color(0.0), steps.color(2.9));
    assert_ne!(steps.color(2.9), steps.color(3.1));
    assert_eq!(steps.color(9.0).hex(), "#eac0bd");
    assert_eq!(steps.legend().len(), 6);

    let single = Ramp::new(None, 5.0, 5.0);
    assert_eq!(single.color(5.0), single.color(5.0));
}

#[test]
fn colours_are_read_as_files_write_them() {
    assert_eq!(Color::parse("#4E79A7"), Some(Color::MARK));
    assert_eq!(Color::parse("#fff"), Some(Color::WHITE));
    assert_eq!(Color::parse("#00000000").map(|color| color.alpha), Some(0));
    for wrong in ["", "#12", "red", "#12345g", "#ééé"] {
        assert_eq!(Color::parse(wrong), None, "{wrong}");
    }
    assert_eq!(Color::MARK.text_on(), Color::WHITE);
    assert_eq!(Color::rgb(250, 240, 200).text_on(), Color::TEXT);
}

#[test]
fn a_png_has_the_size_asked_for() {
    let mut svg = Svg::new(30.0, 20.0);
    svg.line((0.0, 0.0), (30.0, 20.0), &Stroke::solid(Color::MARK, 2.0));
    let picture = picture(svg);
    let file = output::png(&picture, 2.0).unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (60, 40));
    let huge = Picture { width: 100_000, height: 100_000, ..picture };
    assert_eq!(output::png(&huge, 1.0), Err(output::Error::TooLarge(100_000, 100_000)));
}
