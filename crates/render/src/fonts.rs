//! The fonts pictures are drawn with. They are embedded, so that a picture is the same on every machine.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb::{Database, Source};
use ttf_parser::Face;

/// The families of a picture's texts. Who has ours not, such as a browser, has one with letters of the same widths.
pub(crate) const FAMILIES: &str = "Tavola Sans, Liberation Sans, Arial, Helvetica, sans-serif";

const FILES: [&[u8]; 5] = [
    include_bytes!("../assets/fonts/tavola-sans-regular.ttf"),
    include_bytes!("../assets/fonts/tavola-sans-bold.ttf"),
    include_bytes!("../assets/fonts/tavola-sans-italic.ttf"),
    include_bytes!("../assets/fonts/tavola-sans-bold-italic.ttf"),
    SYMBOLS,
];

const SYMBOLS: &[u8] = include_bytes!("../assets/fonts/tavola-symbols.ttf");

/// The fonts as those who draw SVG want them.
pub(crate) fn database() -> Arc<Database> {
    static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
        let mut database = Database::new();
        for file in FILES {
            database.load_font_source(Source::Binary(Arc::new(file)));
        }
        database.set_sans_serif_family("Tavola Sans");
        Arc::new(database)
    });
    DATABASE.clone()
}

/// What is measured with: how wide letters are, in thousandths of the font's size.
pub(crate) struct Measures {
    /// The widths of the letters of ASCII, which most texts are made of.
    ascii: [u16; 128],
    face: Option<Face<'static>>,
}

impl Measures {
    fn new(file: &'static [u8]) -> Self {
        let mut measures = Self { ascii: [0; 128], face: Face::parse(file, 0).ok() };
        for letter in 0..128_u8 {
            measures.ascii[usize::from(letter)] = measures.look_up(char::from(letter)).unwrap_or(0);
        }
        measures
    }

    fn look_up(&self, letter: char) -> Option<u16> {
        let face = self.face.as_ref()?;
        let advance = face.glyph_hor_advance(face.glyph_index(letter)?)?;
        let units = u32::from(face.units_per_em().max(1));
        u16::try_from((u32::from(advance) * 1000 + units / 2) / units).ok()
    }

    /// The width of a letter, in thousandths of the font's size.
    pub(crate) fn width(&self, letter: char) -> u16 {
        /// What stands for a letter no font has.
        const MISSING: u16 = 600;
        match u8::try_from(letter) {
            Ok(ascii @ 0..128) => self.ascii[usize::from(ascii)],
            _ => self.look_up(letter).or_else(|| SYMBOL_MEASURES.look_up(letter)).unwrap_or(MISSING),
        }
    }
}

static SYMBOL_MEASURES: LazyLock<Measures> = LazyLock::new(|| Measures::new(SYMBOLS));

/// The measures of one of the four faces.
pub(crate) fn measures(bold: bool, italic: bool) -> &'static Measures {
    static FACES: LazyLock<[Measures; 4]> = LazyLock::new(|| std::array::from_fn(|face| Measures::new(FILES[face])));
    &FACES[usize::from(bold) + 2 * usize::from(italic)]
}
