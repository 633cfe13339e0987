//! Places, and maps of them. What is drawn lies in the build's folder for temporary files, for a look.

use std::{fs, path::Path};

use tavola_render::{
    Picture,
    color::{Color, Ramp},
    geography::{Bounds, Geometry, MapStyle, Place, Projection, Role, Within, background, find, geometry},
    output,
    svg::{Paint, Svg},
};

fn place(role: Role, name: &str) -> Option<Place> {
    find(role, name, &Within::default())
}

/// Whether a place's middle is at most so many degrees away.
fn is_at(place: Option<Place>, longitude: f64, latitude: f64, far: f64) -> bool {
    place.is_some_and(|place| (place.center.0 - longitude).hypot(place.center.1 - latitude) < far)
}

fn keep(name: &str, svg: Svg) {
    let (width, height) = (svg.width() as u32, svg.height() as u32);
    let picture = Picture { svg: svg.finish(), width, height, notes: Vec::new() };
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), output::png(&picture, 1.0).unwrap()).unwrap();
}

#[test]
fn countries_are_found_by_names_and_codes() {
    for name in ["United States", "United States of America", "USA", "us", "U.S.A."] {
        assert!(is_at(place(Role::Country, name), -99.0, 39.5, 3.0), "{name}");
    }
    for name in ["Germany", "DEU", "de"] {
        assert!(is_at(place(Role::Country, name), 10.4, 51.1, 1.0), "{name}");
    }
    for name in [
        "Côte d'Ivoire",
        "Cote d'Ivoire",
        "Ivory Coast",
        "Congo, Dem. Rep.",
        "Congo, Rep.",
        "Iran, Islamic Rep.",
        "Korea, Rep.",
        "Egypt, Arab Rep.",
        "Czech Republic",
        "Russia",
        "Russian Federation",
        "Viet Nam",
        "Vietnam",
        "The Gambia",
        "Bahamas, The",
        "Macedonia, FYR",
        "Kyrgyz Republic",
        "Slovak Republic",
        "Lao PDR",
        "Venezuela, RB",
        "Yemen, Rep.",
        "UK",
        "Turkey",
        "Türkiye",
        "Hong Kong",
        "Kosovo",
        "Taiwan",
        "Tanzania",
        "Bosnia and Herzegovina",
        "Bosnia & Herzegovina",
        "Trinidad and Tobago",
        "St. Lucia",
        "South Sudan",
        "Swaziland",
        "Timor-Leste",
        "Micronesia",
        "Sao Tome and Principe",
        "Curaçao",
        "Brunei Darussalam",
    ] {
        assert!(place(Role::Country, name).is_some(), "{name}");
    }
    assert_eq!(place(Role::Country, "Atlantis"), None);
    assert_eq!(place(Role::Country, ""), None);
}

#[test]
fn states_are_found_by_names_and_codes_in_their_countries() {
    for name in ["Texas", "TX", "tx"] {
        assert!(is_at(place(Role::State, name), -99.3, 31.4, 0.6), "{name}");
    }
    for state in "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI \
                  SC SD TN TX UT VT VA WA WV WI WY PR".split(' ').filter(|state| !state.is_empty()) {
        assert!(place(Role::State, state).is_some_and(|place| place.geometry.is_some()), "{state}");
    }
    for province in [
        "Ontario",
        "Quebec",
        "British Columbia",
        "Alberta",
        "Manitoba",
        "Saskatchewan",
        "Nova Scotia",
        "New Brunswick",
        "Yukon",
        "Newfoundland and Labrador",
        "Prince Edward Island",
        "Nunavut",
        "Northwest Territories",
    ] {
        let within = Within { country: Some("Canada"), state: None };
        assert!(find(Role::State, province, &within).is_some(), "{province}");
        assert!(place(Role::State, province).is_some(), "{province}");
    }
    let texas = find(Role::State, "TX", &Within { country: Some("USA"), state: None });
    assert!(is_at(texas, -99.3, 31.4, 0.6));
    let victoria = |country| find(Role::State, "Victoria", &Within { country: Some(country), state: None });
    assert!(is_at(victoria("Australia"), 144.3, -36.8, 1.0));
    assert_eq!(victoria("United States"), None);
    assert!(is_at(place(Role::State, "Bayern"), 11.4, 49.0, 0.6));
    assert!(is_at(place(Role::State, "New South Wales"), 147.0, -32.2, 1.0));
}

#[test]
fn counties_cities_and_zip_codes_are_found_where_they_are_told_apart() {
    let within = |state| Within { country: Some("United States"), state: Some(state) };
    assert!(is_at(find(Role::County, "King County", &within("Washington")), -121.8, 47.5, 0.4));
    assert!(is_at(find(Role::County, "King", &within("TX")), -100.3, 33.6, 0.4));
    assert!(is_at(place(Role::County, "53033"), -121.8, 47.5, 0.4));
    assert!(is_at(place(Role::County, "1001"), -86.6, 32.5, 0.4));
    assert_eq!(place(Role::County, "Washington"), None, "thirty counties have this name");

    assert!(is_at(find(Role::City, "Springfield", &within("Illinois")), -89.65, 39.8, 0.2));
    assert!(is_at(find(Role::City, "Saint Louis", &within("Missouri")), -90.2, 38.6, 0.2));
    assert!(is_at(find(Role::City, "St. Louis", &within("MO")), -90.2, 38.6, 0.2));
    assert_eq!(place(Role::City, "Springfield"), None, "many cities have this name");
    assert!(is_at(place(Role::City, "Paris"), 2.35, 48.85, 0.2));
    assert!(is_at(find(Role::City, "Paris", &within("Texas")), -95.55, 33.66, 0.2));
    let france = Within { country: Some("France"), state: None };
    assert!(is_at(find(Role::City, "Paris", &france), 2.35, 48.85, 0.2));

    assert!(is_at(place(Role::ZipCode, "98103"), -122.34, 47.67, 0.05));
    assert!(is_at(place(Role::ZipCode, "10008"), -74.0, 40.75, 0.2), "a code of boxes");
    for code in ["08540", "8540", "08540-1234", "8540.0"] {
        assert!(is_at(place(Role::ZipCode, code), -74.66, 40.36, 0.1), "{code}");
    }
    for code in ["00000", "ABCDE", "", "123456", "99999999999999999999999"] {
        assert_eq!(place(Role::ZipCode, code), None, "{code}");
    }
}

#[test]
fn map_styles_are_read_as_files_have_them() {
    for (word, style) in [
        ("normal", MapStyle::Light),
        ("light", MapStyle::Light),
        ("dark", MapStyle::Dark),
        ("streets", MapStyle::Streets),
        ("a style of their own", MapStyle::Light),
    ] {
        assert_eq!(MapStyle::parse(word), style, "{word}");
    }
}

#[test]
fn the_embedded_files_are_read_to_their_ends() {
    // The last of each: ZIP code, city, county, country and province.
    assert!(is_at(place(Role::ZipCode, "99929"), -132.2, 56.3, 0.5));
    assert!(is_at(place(Role::City, "Urumqi"), 87.6, 43.8, 0.2));
    assert!(is_at(place(Role::County, "04025"), -112.5, 34.6, 0.4));
    assert!(is_at(place(Role::Country, "Sint Maarten"), -63.06, 18.04, 0.2));
    let zimbabwe = Within { country: Some("Zimbabwe"), state: None };
    assert!(find(Role::State, "Mashonaland West", &zimbabwe).is_some());
}

#[test]
fn roles_are_read_as_files_have_them() {
    for (word, role) in [
        ("[Country].[ISO3166_2]", Some(Role::Country)),
        ("[State].[Name]", Some(Role::State)),
        ("[ZipCode].[Name]", Some(Role::ZipCode)),
        ("[City].[Name]", Some(Role::City)),
        ("[County].[Name]", Some(Role::County)),
        ("[AreaCode].[Name]", None),
        ("[Geographical].[Latitude]", None),
        ("", None),
    ] {
        assert_eq!(Role::parse(word), role, "{word}");
    }
}

#[test]
fn the_smallest_part_of_the_earth_may_lie_over_the_date_line() {
    let of = |points: &[(f64, f64)]| Bounds::of(points.iter().copied()).map(|bounds| (bounds.west, bounds.east));
    assert_eq!(of(&[(-120.0, 40.0), (-70.0, 30.0)]), Some((-120.0, -70.0)));
    assert_eq!(of(&[(172.0, 52.0), (-150.0, 60.0), (-70.0, 30.0)]), Some((172.0, 290.0)));
    assert_eq!(of(&[(5.0, 5.0)]), Some((5.0, 5.0)));
    assert_eq!(of(&[(f64::NAN, 5.0)]), None);
    assert_eq!(of(&[]), None);
}

#[test]
fn what_is_fitted_lies_in_its_rectangle() {
    let bounds = Bounds { west: -124.7, south: 24.5, east: -67.0, north: 49.4 };
    let projection = Projection::fit(&bounds, (100.0, 50.0, 800.0, 600.0), 20.0);
    let (left, top) = projection.point((-124.7, 49.4));
    let (right, bottom) = projection.point((-67.0, 24.5));
    assert!((left - 120.0).abs() < 0.01 && (right - 880.0).abs() < 0.01, "{left} {right}");
    assert!((top + bottom - 700.0).abs() < 0.01 && top > 50.0, "{top} {bottom}");
    // Once round the earth is the same place.
    let (here, again) = (projection.point((-100.0, 40.0)), projection.point((260.0, 40.0)));
    assert!((here.0 - again.0).abs() < 1e-6 && here.1 == again.1, "{here:?} {again:?}");
    let one = Bounds::of([(10.0, 50.0)]).unwrap();
    assert_eq!(Projection::fit(&one, (0.0, 0.0, 100.0, 100.0), 200.0).point((10.0, 50.0)), (50.0, 50.0));
}

#[test]
fn well_known_binary_is_read_with_what_engines_add() {
    let point = |head: &[u8], x: f64, y: f64| [head, &x.to_le_bytes(), &y.to_le_bytes()].concat();
    let plain = point(&[1, 1, 0, 0, 0], 3.0, 4.0);
    let numbered = point(&[1, 1, 0, 0, 0x20, 0xe6, 0x10, 0, 0], 3.0, 4.0);
    let high = [point(&[1, 0xe9, 3, 0, 0], 3.0, 4.0), 5.0_f64.to_le_bytes().to_vec()].concat();
    let big = [&[0, 0, 0, 0, 1][..], &3.0_f64.to_be_bytes(), &4.0_f64.to_be_bytes()].concat();
    let many = [&[1, 7, 0, 0, 0, 2, 0, 0, 0][..], &plain, &big].concat();
    for bytes in [&plain, &numbered, &high, &big] {
        assert_eq!(geometry(bytes), Some(Geometry { points: vec![(3.0, 4.0)], ..Geometry::default() }));
    }
    assert_eq!(geometry(&many).unwrap().points.len(), 2);
    let ring = [(0.0_f64, 0.0_f64), (4.0, 0.0), (4.0, 2.0), (0.0, 2.0), (0.0, 0.0)];
    let mut area = vec![1, 3, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0];
    ring.iter().for_each(|(x, y)| area.extend([x.to_le_bytes(), y.to_le_bytes()].concat()));
    assert_eq!(geometry(&area).unwrap().center(), Some((2.0, 1.0)));

    for length in 0..area.len() {
        assert_eq!(geometry(&area[..length]), None);
    }
    let nested = [1_u8, 7, 0, 0, 0, 1, 0, 0, 0].repeat(10_000);
    assert_eq!(geometry(&nested), None);
    assert_eq!(geometry(&[1, 2, 0, 0, 0, 255, 255, 255, 255]), None);
}

#[test]
fn shapes_are_read_as_the_engine_gives_them() {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    let read = |hex: &str| geometry(&bytes(hex)).unwrap();
    let near = |points: &[(f64, f64)], expected: &[(f64, f64)]| {
        let close = |(a, b): (&(f64, f64), &(f64, f64))| (a.0 - b.0).abs() < 1e-6 && (a.1 - b.1).abs() < 1e-6;
        assert!(points.len() == expected.len() && points.iter().zip(expected).all(close), "{points:?}");
    };
    // POINT(-70.5 43.25), LINESTRING(-70.5 43.25, -71 44), MULTIPOINT((1 2), (3 4)), MULTIPOINT EMPTY
    near(&read("07aa02e0b4c60501010a00b2deed9e38afedc6d65b").points, &[(-70.5, 43.25)]);
    let line = "07aa0220b7f30801020a001302b2deed9e38afedc6d65bd8fbea7cc1d29c53";
    near(&read(line).lines[0], &[(-70.5, 43.25), (-71.0, 44.0)]);
    near(&read("07aa02d68bfa0101040a001502f2c9f2cc0284a5b9a601f4c9f2cc02f2c9f2cc02").points, &[(1.0, 2.0), (3.0, 4.0)]);
    assert_eq!(read("07aa0257e20e3901040a000100").points, []);
    // POLYGON((0 0, 0.04 0, 0.04 0.04, 0 0.04, 0 0), (0.01 0.01, 0.01 0.02, 0.02 0.02, 0.01 0.01))
    let area = "07aa02440f780301030a000212040000008c9bd4068c9bd40600008b9bd4061303e486d501e486d501e286d5010000e286d501";
    let polygon = &read(area).polygons[0];
    near(&polygon[0], &[(0.0, 0.0), (0.04, 0.0), (0.04, 0.04), (0.0, 0.04), (0.0, 0.0)]);
    near(&polygon[1], &[(0.01, 0.01), (0.01, 0.02), (0.02, 0.02), (0.01, 0.01)]);
    // MULTIPOLYGON(((0 0, 0.04 0, 0.04 0.04, 0 0)), ((1 1, 1.02 1, 1.02 1.02, 1 1)))
    let areas = read(
        "07aa02171b574901060a000200010d030000008c9bd4068c9bd406000001150384a5b9a60184a5b9a60100c68daa03b08daa0300",
    );
    near(&areas.polygons[1][0], &[(1.0, 1.0), (1.02, 1.0), (1.02, 1.02), (1.0, 1.0)]);
    // MULTILINESTRING((0.01 0.02, 0.03 0.04), (0.05 0.06, 0.07 0.08))
    let lines =
        read("07aa026d9d499401050a0002001102c68daa03e486d501c68daa03c68daa03001102d2a8fe09f0a1a908c68daa03c68daa03");
    near(&lines.lines[1], &[(0.05, 0.06), (0.07, 0.08)]);
    for length in 0..line.len() / 2 {
        assert_eq!(geometry(&bytes(&line[..length * 2])), None, "{length}");
    }
}

#[test]
fn maps_are_drawn_under_marks() {
    let ramp = Ramp::new(None, 0.0, 50.0);
    let states: Vec<Place> = "California Texas Washington Nevada Florida Maine Montana Michigan"
        .split(' ')
        .filter_map(|name| place(Role::State, name))
        .collect();
    let shapes: Vec<&Geometry> = states.iter().filter_map(|place| place.geometry).collect();
    let bounds = Bounds::of(shapes.iter().flat_map(|shape| shape.all_points())).unwrap();
    for (name, style, washout) in
        [("light", MapStyle::Light, 0.0), ("dark", MapStyle::Dark, 0.0), ("streets", MapStyle::parse("streets"), 0.5)]
    {
        let mut svg = Svg::new(800.0, 500.0);
        let projection = Projection::fit(&bounds, (0.0, 0.0, 800.0, 500.0), 20.0);
        background(&mut svg, &projection, style, washout);
        for (index, shape) in shapes.iter().enumerate() {
            let color = ramp.color(index as f64 * 7.0).with_opacity(0.9);
            svg.path(&projection.areas(shape), &Paint::fill(color).bordered(Color::WHITE, 0.7));
        }
        let (x, y) = projection.point(place(Role::ZipCode, "80202").unwrap().center);
        svg.circle(x, y, 6.0, &Paint::fill(Color::rgb(0xf2, 0x8e, 0x2b)));
        let written = svg.clone().finish();
        assert_eq!(written.matches("fill-opacity=\"0.9\"").count(), 8);
        assert!(written.contains(">United States</text>"), "{name}");
        keep(&format!("map-{name}.png"), svg);
    }
    for (name, bounds) in [
        ("world", Bounds { west: -180.0, south: -60.0, east: 180.0, north: 75.0 }),
        ("pacific", Bounds { west: 120.0, south: -50.0, east: 290.0, north: 60.0 }),
        ("county", Bounds { west: -122.6, south: 47.2, east: -121.0, north: 47.9 }),
        ("europe", Bounds { west: -10.0, south: 36.0, east: 30.0, north: 60.0 }),
    ] {
        let mut svg = Svg::new(800.0, 500.0);
        background(&mut svg, &Projection::fit(&bounds, (0.0, 0.0, 800.0, 500.0), 0.0), MapStyle::Light, 0.0);
        keep(&format!("map-{name}.png"), svg);
    }
}

#[test]
fn a_city_of_europe_is_not_in_the_united_states() {
    let within = Within { country: Some("United States"), state: None };
    let place = find(Role::City, "Bonn", &within).map(|place| place.center);
    assert!(place.is_none_or(|(longitude, _)| longitude < -60.0), "{place:?}");
}
