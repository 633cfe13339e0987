//! Files made to do harm, or damaged: each is refused in one sentence, and nothing is unpacked that need not be.

use std::io::{Cursor, Read, Write};

use tavola_workbook::{Error, Kind, Limits, Seen};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::zips::{Entry, Lies, TWB, by_hand, package, read, read_with};

/// The refusal of a file, as it is shown; its kind is told by the word before.
fn refusal(bytes: impl Into<Vec<u8>>) -> String {
    described(&read(bytes).expect_err("the file should be refused"))
}

fn described(error: &Error) -> String {
    let kind = match error {
        Error::NotAFile(_) => "not a file",
        Error::TooLarge { .. } => "too large",
        Error::Hostile(_) => "hostile",
        Error::Malformed(_) => "malformed",
        Error::Unsupported(_) => "unsupported",
        Error::Io(_) => "io",
    };
    format!("[{kind}] {error}")
}

fn with_twb(entry: Entry) -> Vec<u8> {
    by_hand(&[Entry::stored("a.twb", TWB.as_bytes()), entry], &Lies::default())
}

const LYING: &str = "[hostile] the package's directory does not agree with what is in it";

#[test]
fn a_package_made_by_hand_is_read_where_nothing_is_wrong_with_it() {
    let mut package = read(with_twb(Entry::stored("Data/x.csv", b"a,b"))).unwrap();
    assert_eq!(package.kind(), Kind::PackagedWorkbook);
    assert_eq!(package.document(), Some("a.twb"));
    let mut data = String::new();
    package.read("data\\X.csv").unwrap().read_to_string(&mut data).unwrap();
    assert_eq!(data, "a,b");
}

#[test]
fn a_name_that_leads_out_of_the_package_is_refused() {
    for name in [
        "../a.csv",
        "Data/../../a.csv",
        "/etc/passwd",
        "C:/a.csv",
        "c:a.csv",
        "Data\\a.csv",
        "..\\a.csv",
        "a\0.csv",
        "Data//a.csv",
        "./a.csv",
        "Data/..",
        "a\n.csv",
        "/",
        "",
    ] {
        let refusal = refusal(with_twb(Entry::stored(name, b"x")));
        assert!(refusal.starts_with("[hostile] the entry `"), "{name:?}: {refusal}");
    }
}

#[test]
fn links_and_devices_are_refused() {
    for mode in [0o120_777u32, 0o060_644, 0o010_644] {
        let link = Entry { made_by: 3 << 8, attributes: mode << 16, ..Entry::stored("Data/a.csv", b"/etc/passwd") };
        assert_eq!(refusal(with_twb(link)), "[hostile] the entry `Data/a.csv` is a link or a device");
    }
    let file = Entry { made_by: 3 << 8, attributes: 0o100_644 << 16, ..Entry::stored("Data/a.csv", b"x") };
    assert!(read(with_twb(file)).is_ok());
}

#[test]
fn encrypted_entries_and_other_methods_are_not_read() {
    let encrypted = Entry { flags: 1, ..Entry::stored("Data/a.csv", b"x") };
    assert_eq!(refusal(with_twb(encrypted)), "[unsupported] the entry `Data/a.csv` is encrypted");
    for method in [1, 9, 12, 14, 93, 99] {
        let other = Entry { method, ..Entry::stored("Data/a.csv", b"x") };
        assert_eq!(
            refusal(with_twb(other)),
            "[unsupported] the entry `Data/a.csv` is packed by another method than deflate"
        );
    }
}

#[test]
fn two_entries_of_one_name_are_refused_in_any_case() {
    for name in ["a.twb", "A.TWB"] {
        let twice = with_twb(Entry::stored(name, b"<workbook/>"));
        assert_eq!(refusal(twice), format!("[hostile] the package holds `{name}` twice"));
    }
}

#[test]
fn more_entries_than_allowed_are_refused() {
    let entries: Vec<Entry> = (0..11).map(|i| Entry::stored(&format!("{i}.csv"), b"")).collect();
    let limits = Limits { entries: 10, ..Limits::default() };
    let error = read_with(by_hand(&entries, &Lies::default()), limits).unwrap_err();
    assert_eq!(described(&error), "[too large] the number of entries in the package is over the limit of 10");
}

#[test]
fn entries_that_share_bytes_are_refused() {
    // The second is the first one again, under its own name.
    let first = Entry::stored("a.csv", b"data");
    let mut bytes = by_hand(std::slice::from_ref(&first), &Lies::default());
    bytes.truncate(bytes.len() - 22 - 46 - 5);
    // An entry whose data is a whole other entry, which the directory lists too.
    let outer = Entry::stored("outer.csv", &bytes);
    let inner = Entry { header: Some(30 + 9), ..first };
    let whole = by_hand(&[outer, inner], &Lies::default());
    assert_eq!(refusal(whole), "[hostile] entries of the package share the same bytes");
}

#[test]
fn a_directory_that_lies_is_refused() {
    let twb = || Entry::stored("a.twb", TWB.as_bytes());
    let size = u32::try_from(TWB.len()).unwrap();
    let liars = [
        ("a count that is too large", by_hand(&[twb()], &Lies { entries: Some(2), ..Lies::default() })),
        (
            "a count that is too small",
            by_hand(&[twb(), Entry::stored("b", b"")], &Lies { entries: Some(1), ..Lies::default() }),
        ),
        ("a huge count", by_hand(&[twb()], &Lies { entries: Some(9000), ..Lies::default() })),
        ("a wrong start", by_hand(&[twb()], &Lies { start: Some(3), ..Lies::default() })),
        ("a wrong length", by_hand(&[twb()], &Lies { length: Some(3), ..Lies::default() })),
        ("a gap", by_hand(&[twb()], &Lies { after_directory: vec![0; 60], ..Lies::default() })),
        ("another name", by_hand(&[Entry { inner_name: Some(b"b.twb".into()), ..twb() }], &Lies::default())),
        ("another size", by_hand(&[Entry { inner_size: Some(7), ..twb() }], &Lies::default())),
        ("a place outside", by_hand(&[Entry { header: Some(1 << 20), ..twb() }], &Lies::default())),
        ("a place that is no entry", by_hand(&[Entry { header: Some(4), ..twb() }], &Lies::default())),
        ("a stored entry that grows", by_hand(&[Entry { size: Some(size + 1), ..twb() }], &Lies::default())),
        ("more bytes than there are", by_hand(&[Entry { packed_size: Some(1 << 20), ..twb() }], &Lies::default())),
    ];
    for (what, bytes) in liars {
        assert_eq!(refusal(bytes), LYING, "{what}");
    }
    let split = by_hand(&[twb()], &Lies { disk: 1, ..Lies::default() });
    assert_eq!(refusal(split), "[unsupported] the package is split over several files");
}

#[test]
fn bytes_before_the_directory_are_no_lie() {
    // Some writers align entries, or sign the package there.
    let lies = Lies { before_directory: vec![7; 100], ..Lies::default() };
    assert!(read(by_hand(&[Entry::stored("a.twb", TWB.as_bytes())], &lies)).is_ok());
}

#[test]
fn packages_of_all_sound_writers_are_read() {
    let options = || SimpleFileOptions::default();
    let write = |writer: &mut dyn Write| writer.write_all(TWB.as_bytes()).unwrap();

    // One that cannot go back writes the sizes after the data.
    let mut stream = ZipWriter::new_stream(Vec::new());
    stream.start_file("a.twb", options()).unwrap();
    write(&mut stream);
    let streamed = stream.finish().unwrap().into_inner();
    assert_eq!(streamed[6] & 0b1000, 0b1000);
    assert!(read(streamed).is_ok());

    // One that was told of large files keeps room for them, and folders have entries of their own.
    let mut large = ZipWriter::new(Cursor::new(Vec::new()));
    large.add_directory("Data", options()).unwrap();
    large.start_file("a.twb", options().large_file(true)).unwrap();
    write(&mut large);
    large.set_comment("PK\x05\x06 is how a directory ends").unwrap();
    let package = read(large.finish().unwrap().into_inner()).unwrap();
    assert_eq!(package.entries().len(), 1);

    // More entries than the old directory can count.
    let mut many = ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..66_000 {
        many.start_file(format!("{i}.csv"), options().compression_method(CompressionMethod::Stored)).unwrap();
    }
    many.start_file("a.twb", options()).unwrap();
    write(&mut many);
    let many = many.finish().unwrap().into_inner();
    let limits = Limits { entries: 66_001, ..Limits::default() };
    assert_eq!(read_with(many.clone(), limits).unwrap().entries().len(), 66_001);
    assert!(refusal(many).starts_with("[too large] the number of entries"));

    // One that left a name in the encoding of its system.
    let old = Entry { name: b"Data/Verk\x84ufe.csv".to_vec(), ..Entry::stored("", b"a,b") };
    let mut package = read(with_twb(old)).unwrap();
    let name = package.entries()[1].name.clone();
    assert_eq!(name, "Data/Verk\u{fffd}ufe.csv");
    assert_eq!(std::io::copy(&mut package.read(&name).unwrap(), &mut std::io::sink()).unwrap(), 3);
}

#[test]
fn a_bomb_is_refused_by_its_ratio_before_it_is_unpacked() {
    let zeros = vec![0; 4 << 20];
    let bomb = package(&[("a.twb", TWB.as_bytes()), ("Data/a.hyper", &zeros)]);
    assert_eq!(refusal(bomb), "[hostile] the entry `Data/a.hyper` unpacks to more than 250 times its size");
}

#[test]
fn a_bomb_that_hides_its_size_is_stopped_while_it_is_unpacked() {
    let zeros = vec![0; 4 << 20];
    let mut bomb = package(&[("a.twb", TWB.as_bytes()), ("Data/a.hyper", &zeros)]);
    let told = (4u32 << 20).to_le_bytes();
    // Both in the directory and in the entry itself.
    let places: Vec<usize> = (0..bomb.len() - 4).filter(|place| bomb[*place..*place + 4] == told).collect();
    assert_eq!(places.len(), 2);
    for place in places {
        bomb[place..place + 4].copy_from_slice(&1000u32.to_le_bytes());
    }
    let mut package = read(bomb).unwrap();
    let mut unpacked = Vec::new();
    let error = package.read("Data/a.hyper").unwrap().read_to_end(&mut unpacked).unwrap_err();
    assert_eq!(described(&error.into()), "[hostile] the entry `Data/a.hyper` is longer than announced");
    assert!(unpacked.len() < 64 << 10);
}

#[test]
fn the_limits_on_sizes_hold() {
    let data = vec![b'x'; 2000];
    let bytes = package(&[("a.twb", TWB.as_bytes()), ("Data/a.csv", &data), ("Data/b.csv", &data)]);
    let entry = read_with(bytes.clone(), Limits { entry: 1999, ..Limits::default() }).unwrap_err();
    assert_eq!(described(&entry), "[too large] an entry of the package is over the limit of 1999");
    let total = read_with(bytes.clone(), Limits { total: 3999, ..Limits::default() }).unwrap_err();
    assert_eq!(described(&total), "[too large] what the package unpacks to is over the limit of 3999");
    for bytes in [bytes, TWB.into()] {
        let document = read_with(bytes, Limits { document: 50, ..Limits::default() }).unwrap_err();
        assert_eq!(described(&document), "[too large] the document is over the limit of 50");
    }
    let exact = Limits { document: TWB.len() as u64, ..Limits::default() };
    assert!(read_with(TWB, exact).is_ok());
}

#[test]
fn a_damaged_entry_is_told() {
    let mut bytes = by_hand(&[Entry { crc: 1, ..Entry::stored("a.twb", TWB.as_bytes()) }], &Lies::default());
    assert_eq!(refusal(bytes.clone()), "[malformed] the file is damaged: the entry `a.twb` cannot be unpacked");
    bytes = package(&[("a.twb", TWB.repeat(50).as_bytes())]);
    bytes[60] ^= 0xff;
    assert!(refusal(bytes).starts_with("[malformed]"));

    // One that announces a byte too many.
    let mut short = package(&[("a.twb", TWB.as_bytes()), ("Data/a.csv", &[b'x'; 777])]);
    let places: Vec<usize> =
        (0..short.len() - 4).filter(|place| short[*place..*place + 4] == 777u32.to_le_bytes()).collect();
    assert_eq!(places.len(), 2);
    for place in places {
        short[place..place + 4].copy_from_slice(&778u32.to_le_bytes());
    }
    let mut short = read(short).unwrap();
    let error = std::io::copy(&mut short.read("Data/a.csv").unwrap(), &mut std::io::sink()).unwrap_err();
    assert_eq!(
        described(&error.into()),
        "[malformed] the file is damaged: the entry `Data/a.csv` is shorter than announced"
    );
}

#[test]
fn a_package_must_hold_one_document() {
    let two = package(&[("a.twb", TWB.as_bytes()), ("b.twb", TWB.as_bytes())]);
    assert_eq!(refusal(two), "[malformed] the file is damaged: the package holds more than one .twb file");
    let deeper = package(&[("a.twb", TWB.as_bytes()), ("old/b.twb", TWB.as_bytes())]);
    assert_eq!(read(deeper).unwrap().document(), Some("a.twb"));
    let none = package(&[("a.csv", b"x")]);
    assert!(matches!(read(none), Err(Error::NotAFile(Seen::Zip))));
    let excel = package(&[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")]);
    assert!(matches!(read(excel), Err(Error::NotAFile(Seen::Office))));
    assert!(matches!(read(by_hand(&[], &Lies::default())), Err(Error::NotAFile(Seen::Zip))));
}

#[test]
fn other_files_are_told_by_their_content() {
    for (bytes, seen) in [
        (&b""[..], "an empty file"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"PAR1....", "a Parquet file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
        (b"\x1f\x8b\x08", "an archive that is not a zip"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"<svg xmlns='x'/>", "XML whose root element is `svg`"),
        (b"{\"nodes\": {}}", "JSON"),
        (b"a,b\n1,2\n", "text"),
        (b"\0\x01\x02", "something unknown"),
    ] {
        let told = format!("[not a file] this is not a workbook, data source, flow or extract, but {seen}");
        assert_eq!(refusal(bytes), told);
    }
    let tde = refusal(b"\x20\x02\x01\x62\xa0\x1e\xab\x07\x02\0\0\0");
    assert!(tde.starts_with("[unsupported] this is an extract of the format before Hyper (.tde)"), "{tde}");
}

#[test]
fn document_types_and_entities_are_refused() {
    let doctype =
        "<?xml version='1.0'?><!DOCTYPE workbook [<!ENTITY a 'aaaa'>]><workbook version='18.1'>&a;</workbook>";
    assert_eq!(refusal(doctype), "[hostile] the document has a document type, and those are not read");
    for entity in [
        "<workbook version='&a;'/>",
        "<workbook version='18.1'>&a;</workbook>",
        "<workbook version='18.1'><preferences>&a;</preferences></workbook>",
    ] {
        assert_eq!(
            refusal(entity),
            "[hostile] the document refers to the entity `a`; only those of XML itself are read"
        );
    }
}

#[test]
fn the_limits_on_the_document_hold() {
    let deep = format!("<workbook version='1'>{}", "<a>".repeat(200));
    assert_eq!(refusal(deep), "[too large] the depth of the document's elements is over the limit of 128");
    // The same among those that are read, which calls functions within functions.
    let zones = "<zone>".repeat(200);
    let deep = format!("<workbook version='1'><dashboards><dashboard name='a'><zones>{zones}");
    assert_eq!(refusal(deep), "[too large] the depth of the document's elements is over the limit of 128");

    let attributes: String = (0..300).map(|i| format!(" a{i}='x'")).collect();
    let wide = format!("<workbook{attributes}/>");
    assert_eq!(refusal(wide), "[too large] the number of an element's attributes is over the limit of 256");

    let limits = Limits { token: 1000, kept: 5000, ..Limits::default() };
    let refused = |text: String| described(&read_with(text, limits).unwrap_err());
    let long = "x".repeat(2000);
    for token in [
        format!("<workbook version='{long}'/>"),
        format!("<workbook><a b='{long}'/></workbook>"),
        format!("<workbook>{long}</workbook>"),
        format!("<workbook><!--{long}--></workbook>"),
        format!("<workbook><![CDATA[{long}]]></workbook>"),
        format!("<{long}/>"),
        "<workbook ".to_owned() + &long,
    ] {
        assert_eq!(refused(token), "[too large] a tag or text of the document is over the limit of 1000");
    }
    let many = "<worksheet name=''/>".repeat(100);
    let kept = "[too large] what the document says is over the limit of 5000";
    assert_eq!(refused(format!("<workbook version='1'><worksheets>{many}</worksheets></workbook>")), kept);
    let text = format!("{}&amp;", "x".repeat(900)).repeat(10);
    let thumbnail =
        format!("<workbook version='1'><thumbnails><thumbnail name='a'>{text}</thumbnail></thumbnails></workbook>");
    assert_eq!(refused(thumbnail), kept);
    // What is passed over is not kept.
    let passed = "<preference name='a' value='b'/>".repeat(1000);
    assert!(read_with(format!("<workbook version='1'><preferences>{passed}</preferences></workbook>"), limits).is_ok());
}

#[test]
fn only_utf_8_is_read() {
    let utf16: Vec<u8> = TWB.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let told = "[unsupported] the document is encoded as UTF-16; only UTF-8 is read";
    assert_eq!(refusal(utf16.clone()), told);
    assert_eq!(refusal([&b"\xff\xfe"[..], &utf16].concat()), told);
    assert_eq!(refusal(package(&[("a.twb", &utf16)])), told);
    assert_eq!(
        refusal(format!("<?xml version='1.0' encoding='windows-1252'?>{TWB}")),
        "[unsupported] the document says it is encoded as `windows-1252`; only UTF-8 is read"
    );
    let latin = TWB.replace("Sales", "Caf\u{0}").into_bytes().into_iter().map(|b| if b == 0 { 0xe9 } else { b });
    assert!(refusal(latin.collect::<Vec<u8>>()).starts_with("[malformed] the file is damaged: the text is not UTF-8"));
    assert!(read(format!("\u{feff}<?xml version='1.0' encoding='utf-8' ?>\n\n{TWB}")).is_ok());
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "<workbook version='1'>",
        "<workbook version='1'></data>",
        "<workbook version='1'><worksheets></workbook></worksheets>",
        "<workbook version='1' version='2'/>",
        "<workbook version=1/>",
        "<workbook version='1'/>x",
        "<workbook version='1'/><workbook version='2'/>",
        "<!-- nothing -->",
        "<workbook version='1'><![CDATA[",
        "<workbook version='1'>&#x0;</workbook>",
    ] {
        let refusal = refusal(text);
        assert!(
            refusal.starts_with("[malformed] the file is damaged: ") || refusal.contains("entity"),
            "{text}: {refusal}"
        );
    }
}

#[test]
fn a_file_that_was_cut_off_is_refused_wherever_it_was_cut() {
    let csv: Vec<u8> = (0..5000u32).flat_map(|i| format!("{i},{}\n", i * i).into_bytes()).collect();
    let whole = package(&[("a.twb", TWB.as_bytes()), ("Data/a.csv", &csv)]);
    for bytes in [whole, TWB.as_bytes().to_vec()] {
        assert!(read(bytes.clone()).is_ok());
        for fiftieth in 0..50 {
            let cut = &bytes[..bytes.len() * fiftieth / 50];
            let refusal = refusal(cut);
            assert!(!refusal.starts_with("[io]"), "{fiftieth}: {refusal}");
        }
    }
}

#[test]
fn a_message_repeats_no_more_than_64_characters_of_the_file() {
    let long = "é".repeat(400);
    for bytes in [
        with_twb(Entry::stored(&format!("../{long}"), b"x")),
        with_twb(Entry { flags: 1, ..Entry::stored(&long, b"x") }),
        format!("<{long}/>").into_bytes(),
        format!("<workbook version='&{long};'/>").into_bytes(),
        format!("<workbook {long}='1' {long}='1'/>").into_bytes(),
        format!("<?xml version='1.0' encoding='{long}'?><workbook/>").into_bytes(),
    ] {
        let refusal = refusal(bytes);
        assert!(refusal.matches('é').count() <= 64, "{refusal}");
        assert!(!refusal.contains('\n') && !refusal.ends_with('.'), "{refusal}");
    }
}
