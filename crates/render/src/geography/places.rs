//! Places by their names, as Tableau finds them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use super::{
    Geometry, Point,
    names::normal,
    topology::{File, Shaped},
};

/// What a field means on a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A country, by name or ISO 3166 code.
    Country,
    /// A state or province.
    State,
    /// A county of the United States, by name or FIPS code.
    County,
    /// A city.
    City,
    /// A ZIP code of the United States.
    ZipCode,
}

/// In what a place lies, as far as other fields tell.
#[derive(Debug, Clone, Copy, Default)]
pub struct Within<'a> {
    /// The country's name.
    pub country: Option<&'a str>,
    /// The state's name.
    pub state: Option<&'a str>,
}

/// A place that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Its middle.
    pub center: Point,
    /// Its shape, where one is known.
    pub geometry: Option<&'static Geometry>,
}

impl Role {
    /// The role a file gives a field, such as `[State].[Name]`; none where its places are not known here.
    pub fn parse(semantic_role: &str) -> Option<Self> {
        match semantic_role.strip_prefix('[')?.split(']').next()? {
            "Country" => Some(Self::Country),
            "State" => Some(Self::State),
            "County" => Some(Self::County),
            "City" => Some(Self::City),
            "ZipCode" => Some(Self::ZipCode),
            _ => None,
        }
    }
}

/// The place of a name. One that several places have and that nothing else tells apart is none of them, but one in the United
/// States, where the names of formats are from too, goes before others.
pub fn find(role: Role, name: &str, within: &Within<'_>) -> Option<Place> {
    match role {
        Role::Country => COUNTRIES.find(name).map(Place::of),
        Role::State => state(name, within.country).map(Place::of),
        Role::County => county(name, within.state).map(Place::of),
        Role::City => city(name, within).map(|center| Place { center, geometry: None }),
        Role::ZipCode => zip_code(name).map(|center| Place { center, geometry: None }),
    }
}

impl Place {
    fn of(shaped: &'static Shape) -> Self {
        Self { center: shaped.center, geometry: Some(&shaped.geometry) }
    }
}

/// A place with a shape.
pub(super) struct Shape {
    pub(super) names: Vec<String>,
    pub(super) center: Point,
    pub(super) geometry: Geometry,
}

/// Places with shapes, and where each name is.
#[derive(Default)]
pub(super) struct Shapes {
    pub(super) list: Vec<Shape>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Shapes {
    fn new(places: Vec<Shaped>) -> Self {
        let mut shapes = Self::default();
        for Shaped { names, geometry } in places {
            let Some(center) = geometry.center() else { continue };
            let mut keys: Vec<String> = names.iter().map(|name| normal(name)).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                shapes.by_name.entry(key).or_default().push(shapes.list.len());
            }
            shapes.list.push(Shape { names, center, geometry });
        }
        shapes
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &Shape> {
        self.by_name.get(&normal(name)).into_iter().flatten().map(|index| &self.list[*index])
    }

    fn find(&self, name: &str) -> Option<&Shape> {
        self.all(name).next()
    }
}

static UNITED_STATES: LazyLock<(Shapes, Shapes)> = LazyLock::new(|| {
    let file = include_bytes!("../../assets/geography/united-states.bin");
    let mut layers = File::new(file).layers(2).unwrap_or_default().into_iter();
    let mut next = || Shapes::new(layers.next().unwrap_or_default());
    (next(), next())
});

/// The countries.
pub(super) static COUNTRIES: LazyLock<Shapes> = LazyLock::new(|| {
    let file = include_bytes!("../../assets/geography/countries.bin");
    let mut layers = File::new(file).layers(1).unwrap_or_default();
    let mut shapes = Shapes::new(layers.pop().unwrap_or_default());
    // Ways of writing that lists of data have and lists of names have not.
    for (name, other) in [
        ("United Kingdom", "England and Wales"),
        ("Myanmar", "Burma"),
        ("Eswatini", "Swaziland"),
        ("North Macedonia", "Macedonia"),
        ("North Macedonia", "Macedonia FYR"),
        ("Czechia", "Czech Rep"),
        ("South Korea", "Korea South"),
        ("South Korea", "Korea Rep"),
        ("North Korea", "Korea North"),
        ("North Korea", "Korea Dem Rep"),
        ("CD", "Congo Dem Rep"),
        ("CD", "DR Congo"),
        ("CD", "Congo Kinshasa"),
        ("CD", "Zaire"),
        ("CG", "Congo Rep"),
        ("CG", "Congo Brazzaville"),
        ("Egypt", "Egypt Arab Rep"),
        ("Iran", "Iran Islamic Rep"),
        ("Yemen", "Yemen Rep"),
        ("Venezuela", "Venezuela RB"),
        ("LA", "Laos"),
        ("LA", "Lao PDR"),
        ("KG", "Kyrgyz Republic"),
        ("SK", "Slovak Republic"),
        ("VN", "Viet Nam"),
        ("SY", "Syria"),
        ("HK", "Hong Kong SAR China"),
        ("HK", "Hong Kong"),
        ("MO", "Macau"),
        ("MO", "Macao SAR China"),
        ("CV", "Cape Verde"),
        ("TL", "East Timor"),
        ("BS", "Bahamas"),
        ("FM", "Micronesia Fed Sts"),
        ("LC", "St Lucia"),
        ("VC", "St Vincent and the Grenadines"),
        ("KN", "St Kitts and Nevis"),
        ("MF", "St Martin French part"),
        ("SX", "Sint Maarten Dutch part"),
        ("VI", "Virgin Islands US"),
        ("PS", "West Bank and Gaza"),
        ("CW", "Curacao"),
    ] {
        if let Some(places) = shapes.by_name.get(&normal(name)).cloned() {
            shapes.by_name.entry(normal(other)).or_insert(places);
        }
    }
    shapes
});

/// The states of the United States.
pub(super) fn us_states() -> &'static Shapes {
    &UNITED_STATES.0
}

/// The counties of the United States.
pub(super) fn us_counties() -> &'static Shapes {
    &UNITED_STATES.1
}

/// Provinces of other countries by their code of three letters.
pub(super) static PROVINCES: LazyLock<BTreeMap<String, Shapes>> = LazyLock::new(|| {
    let mut file = File::new(include_bytes!("../../assets/geography/provinces.bin"));
    let mut provinces = BTreeMap::new();
    while !file.is_done() {
        let Some(code) = file.text() else { break };
        // The length of the topology that follows.
        let Some(mut layers) = file.number().and_then(|_| file.layers(1)) else { break };
        provinces.insert(code, Shapes::new(layers.pop().unwrap_or_default()));
    }
    provinces
});

fn state(name: &str, country: Option<&str>) -> Option<&'static Shape> {
    let code = |country: &str| COUNTRIES.find(country).and_then(|shape| shape.names.last());
    match country.map(code) {
        // Where the country is not known, no state of it is.
        Some(None) => None,
        Some(Some(code)) if code == "USA" => us_states().find(name),
        Some(Some(code)) => PROVINCES.get(code)?.find(name),
        None => us_states()
            .find(name)
            .or_else(|| PROVINCES.get("CAN")?.find(name))
            // Codes of two letters stand for too many places.
            .or_else(|| PROVINCES.values().filter(|_| name.chars().count() > 3).find_map(|shapes| shapes.find(name))),
    }
}

fn county(name: &str, within: Option<&str>) -> Option<&'static Shape> {
    let bare = ["county", "parish", "borough", "census area", "municipio"]
        .iter()
        .find_map(|kind| Some(name.get(..name.len().checked_sub(kind.len() + 1)?)?).filter(|_| ends_with(name, kind)));
    let padded = if name.bytes().all(|digit| digit.is_ascii_digit()) { format!("{name:0>5}") } else { name.to_owned() };
    let found = |name: &str| -> Vec<&'static Shape> {
        let inside = |shape: &&'static Shape| match within {
            Some(name) => us_states().find(name).is_some_and(|state| contains(&state.geometry, shape.center)),
            None => true,
        };
        us_counties().all(name).filter(inside).collect()
    };
    let mut all = found(&padded);
    if all.is_empty() {
        all = bare.map(found).unwrap_or_default();
    }
    match all.as_slice() {
        [one] => Some(one),
        // A city that is a county of its own has the name of the county round it; the latter is meant.
        [first, ..] if within.is_some() => Some(first),
        _ => None,
    }
}

fn ends_with(name: &str, kind: &str) -> bool {
    name.to_lowercase().ends_with(kind)
}

/// Whether a point lies in a shape.
fn contains(geometry: &Geometry, (x, y): Point) -> bool {
    let crossings = |ring: &[Point]| {
        ring.windows(2)
            .filter(|pair| {
                let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
                (ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax
            })
            .count()
    };
    geometry.polygons.iter().any(|polygon| polygon.iter().map(|ring| crossings(ring)).sum::<usize>() % 2 == 1)
}

/// A city: its state's postal code, none for those of the world, and where it is.
type City = (Option<String>, Point);

/// Cities by name.
static CITIES: LazyLock<HashMap<String, Vec<City>>> = LazyLock::new(|| {
    let mut file = File::new(include_bytes!("../../assets/geography/cities.bin"));
    let mut cities: HashMap<String, Vec<City>> = HashMap::new();
    let mut last = (0, 0);
    for _ in 0..file.number().unwrap_or(0) {
        let (Some(label), Some(point)) = (file.text(), file.point(&mut last)) else { break };
        let (name, state) = match label.split_once('|') {
            Some((name, state)) => (name, Some(state.to_owned())),
            None => (label.as_str(), None),
        };
        cities.entry(normal(name)).or_default().push((state, point));
    }
    cities
});

fn city(name: &str, within: &Within<'_>) -> Option<Point> {
    let all = CITIES.get(&normal(name))?;
    let american = within.country.is_none_or(|country| {
        COUNTRIES.find(country).and_then(|shape| shape.names.last()).is_some_and(|code| code == "USA")
    });
    if let Some(shape) = within.state.filter(|_| american).and_then(|state| us_states().find(state)) {
        let code = shape.names.last();
        let listed = all.iter().find(|(state, _)| state.is_some() && state.as_ref() == code);
        return listed.map(|(_, point)| *point);
    }
    let shape = match (within.state, within.country) {
        (Some(name), country) => state(name, country),
        (None, Some(country)) => COUNTRIES.find(country),
        (None, None) => None,
    };
    let of_world = all.iter().find(|(state, point)| {
        let inside = shape.is_none_or(|shape| near(&shape.geometry, *point));
        state.is_none() && inside && (shape.is_some() || within.country.is_none())
    });
    match all.as_slice() {
        _ if of_world.is_some() => of_world.map(|(_, point)| *point),
        [(Some(_), point)] if american => Some(*point),
        _ => None,
    }
}

/// Whether a point is in or beside the rectangle of one of the parts of a shape: all of a country with islands beyond the date line
/// may reach round the earth. Cities at a coast may lie outside of its simplified line.
fn near(geometry: &Geometry, (x, y): Point) -> bool {
    geometry.polygons.iter().filter_map(|polygon| polygon.first()).any(|ring| {
        let (west, east) =
            ring.iter().fold((f64::MAX, f64::MIN), |(least, most), at| (least.min(at.0), most.max(at.0)));
        let (south, north) =
            ring.iter().fold((f64::MAX, f64::MIN), |(least, most), at| (least.min(at.1), most.max(at.1)));
        (west - 0.5..=east + 0.5).contains(&x) && (south - 0.5..=north + 0.5).contains(&y)
    })
}

/// ZIP codes in their order.
static ZIP_CODES: LazyLock<Vec<(u64, Point)>> = LazyLock::new(|| {
    let mut file = File::new(include_bytes!("../../assets/geography/zip-codes.bin"));
    let (mut code, mut last) = (0, (0, 0));
    let mut codes = Vec::new();
    for _ in 0..file.number().unwrap_or(0) {
        let (Some(step), Some(point)) = (file.number(), file.point(&mut last)) else { break };
        code += step;
        codes.push((code, point));
    }
    codes
});

fn zip_code(name: &str) -> Option<Point> {
    let digits = name.trim().split(['-', '.']).next()?;
    // Numbers have lost the zeros they began with.
    if !(3..=5).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let code: u64 = digits.parse().ok()?;
    let place = ZIP_CODES.binary_search_by_key(&code, |(code, _)| *code).ok()?;
    Some(ZIP_CODES[place].1)
}
