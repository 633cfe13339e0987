//! Files without their extracts: what is cut is about extracts, and every other byte stays.

use std::{
    fs::File,
    io::{Cursor, Read, Write},
};

use tavola_workbook::{Kind, Limits, open, without_extracts};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    corpus,
    zips::{package, read},
};

const HYPER: &[u8] = b"Hyper\x01 and pages";

/// A data source with a live connection; what an extract adds stands between `⟦` and `⟧`.
const SOURCE: &str = "<datasource caption='Sales' name='federated.1' version='18.1'>\r\n  \
    <connection class='federated'>\n    <named-connections><named-connection caption='db' name='postgres.1'>\
    <connection class='postgres' server='db.example' dbname='sales'/></named-connection></named-connections>\n    \
    <relation connection='postgres.1' name='orders' table='[public].[orders]' type='table'/>\n  </connection>\n  \
    <column caption='&lt;extract&gt;' name='[extract]' role='measure'/><!-- <extract/> -->⟦\n  \
    <extract _.fcp.A.true...object-id='' count='-1' enabled='true' units='records'>\n    \
    <connection class='hyper' dbname='Data\\Extracts\\Sales.hyper' schema='Extract' tablename='Extract'>\n      \
    <relation name='Extract' table='[Extract].[Extract]' type='table'/></connection>\n  </extract>⟧⟦\n\
    <_.fcp.C.false...extract/>⟧\n  \
    <_.fcp.B.true...object-graph>\n    <objects>\n      <object caption='orders' id='orders_1'>\n        \
    <properties context=''><relation connection='postgres.1' name='orders' table='[public].[orders]' type='table'/>\
    </properties>⟦\n        <properties context='extract'><relation name='Extract' table='[Extract].[Extract]' \
    type='table'/></properties>⟧\n      </object>\n    </objects>\n  </_.fcp.B.true...object-graph>\n\
    </datasource>";

/// A document, and the same without what its extracts add.
fn both(text: &str) -> (String, String) {
    let mut kept = String::new();
    for part in text.split('⟦') {
        kept.push_str(part.split_once('⟧').map_or(part, |(_, after)| after));
    }
    (text.replace(['⟦', '⟧'], ""), kept)
}

fn workbook() -> (String, String) {
    both(&format!(
        "\u{feff}<?xml version='1.0' encoding='utf-8' ?>\n<workbook version='18.1'>\n<datasources>\n{SOURCE}\n\
         <datasource name='Parameters'/></datasources>\n<worksheets><worksheet name='extract'><table><view>\
         <datasources><datasource name='federated.1'/></datasources></view></table></worksheet></worksheets></workbook>\n"
    ))
}

/// The kind and the bytes of a file without its extracts; none where it has none.
fn left_of(bytes: &[u8]) -> Option<(Kind, Vec<u8>)> {
    let mut left = without_extracts(Cursor::new(bytes), Limits::default()).unwrap()?;
    let (kind, length, mut read) = (left.kind(), left.length(), Vec::new());
    left.read_to_end(&mut read).unwrap();
    assert_eq!(length, read.len() as u64);
    Some((kind, read))
}

#[test]
fn of_a_document_only_what_is_about_extracts_is_cut() {
    let (with, without) = workbook();
    assert!(read(with.as_str()).unwrap().data_sources()[0].extract.is_some());
    let (kind, left) = left_of(with.as_bytes()).unwrap();
    assert_eq!((kind, String::from_utf8(left).unwrap()), (Kind::Workbook, without.clone()));
    assert_eq!(left_of(without.as_bytes()), None);

    let (with, without) = both(SOURCE);
    let (kind, left) = left_of(with.as_bytes()).unwrap();
    assert_eq!((kind, String::from_utf8(left).unwrap()), (Kind::DataSource, without));
}

#[test]
fn a_package_of_nothing_else_becomes_the_document() {
    let (with, without) = workbook();
    let zip = package(&[("Sales.twb", with.as_bytes()), ("Data/", b""), ("Data/Extracts/sales.hyper", HYPER)]);
    assert_eq!(left_of(&zip), Some((Kind::Workbook, without.clone().into_bytes())));
    let zip = package(&[("Data/Extracts/sales.hyper", HYPER), ("x.tds", both(SOURCE).0.as_bytes())]);
    assert_eq!(left_of(&zip), Some((Kind::DataSource, both(SOURCE).1.into_bytes())));
    let zip = package(&[("Sales.twb", without.as_bytes()), ("Data/Extracts/sales.hyper", HYPER)]);
    assert_eq!(left_of(&zip), None);
}

#[test]
fn the_other_files_of_a_package_keep_their_bytes() {
    let (with, without) = workbook();
    let picture: Vec<u8> = (0..100_000u32).map(|number| (number.wrapping_mul(number) >> 7) as u8).collect();
    // One of the entries has its sizes behind it, as writers do that cannot go back.
    let mut writer = ZipWriter::new_stream(Vec::new());
    for (name, bytes) in [
        ("Image/logo.png", &picture[..]),
        ("Sales.twb", with.as_bytes()),
        ("Data/Extracts/sales.hyper", HYPER),
        ("Data/other.hyper", b"Hyper\x01 that no extract names"),
        ("Data/orders.csv", b"a,b\n1,2\n"),
    ] {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    let zip = writer.finish().unwrap().into_inner();
    let (kind, left) = left_of(&zip).unwrap();
    assert_eq!(kind, Kind::PackagedWorkbook);
    let mut there = read(left.clone()).unwrap();
    assert_eq!((there.kind(), there.document(), &there.data_sources()[0].extract), (kind, Some("Sales.twb"), &None));
    let names: Vec<&str> = there.entries().iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["Image/logo.png", "Sales.twb", "Data/other.hyper", "Data/orders.csv"]);
    let mut document = String::new();
    there.read("Sales.twb").unwrap().read_to_string(&mut document).unwrap();
    assert_eq!(document, without);
    compare_packed(&zip, &left, "Sales.twb");
    // What has no extract any more is given as it is.
    assert_eq!(left_of(&left), None);
}

/// Whether what is left of a package lies in it as it lay before, byte by byte as it is packed.
fn compare_packed(before: &[u8], after: &[u8], document: &str) {
    let mut old = ZipArchive::new(Cursor::new(before)).unwrap();
    let mut new = ZipArchive::new(Cursor::new(after)).unwrap();
    for number in 0..new.len() {
        let mut packed = Vec::new();
        let (name, crc, time) = {
            let mut entry = new.by_index_raw(number).unwrap();
            entry.read_to_end(&mut packed).unwrap();
            (entry.name().to_owned(), entry.crc32(), entry.last_modified())
        };
        let place = old.index_for_name(&name).unwrap();
        let mut entry = old.by_index_raw(place).unwrap();
        assert_eq!(entry.last_modified(), time, "{name}");
        if name != document {
            let mut was = Vec::new();
            entry.read_to_end(&mut was).unwrap();
            assert!((entry.crc32(), was) == (crc, packed), "{name}");
        }
        // The unpacking reader checks the checksum.
        std::io::copy(&mut new.by_index(number).unwrap(), &mut std::io::sink()).unwrap();
    }
}

#[test]
fn a_file_that_live_connections_lead_to_is_data_and_stays() {
    let live = "<datasource name='live'><connection class='hyper' dbname='Data/Extracts/SALES.hyper'/></datasource>";
    let text = workbook().0.replace("<datasource name='Parameters'/>", live);
    let zip = package(&[("Sales.twb", text.as_bytes()), ("Data/Extracts/sales.hyper", HYPER)]);
    let (kind, left) = left_of(&zip).unwrap();
    assert_eq!((kind, read(left).unwrap().entries().len()), (Kind::PackagedWorkbook, 2));
}

#[test]
fn what_is_no_workbook_nor_data_source_is_left_as_it_is() {
    for bytes in [HYPER, b"a,b\n1,2\n", b"", b"\xff\xfe<\0", &package(&[("flow", b"{}")])] {
        assert_eq!(left_of(bytes), None);
    }
    for bytes in [&b"<workbook>"[..], b"<workbook><a></b></workbook>", &package(&[("a.csv", b"")])] {
        assert!(without_extracts(Cursor::new(bytes), Limits::default()).is_err());
    }
}

#[test]
fn real_files_open_without_their_extracts_and_say_the_same() {
    let mut with_extracts = 0;
    for path in corpus::files() {
        let bytes = std::fs::read(&path).unwrap();
        let before = open(File::open(&path).unwrap(), Limits::default()).unwrap();
        let extracts = before.data_sources().iter().filter(|source| source.extract.is_some()).count();
        let Some((kind, left)) = left_of(&bytes) else {
            assert_eq!(extracts, 0, "{path:?}");
            continue;
        };
        with_extracts += 1;
        let after = read(left.clone()).unwrap();
        assert_eq!(after.kind(), kind, "{path:?}");
        assert!(after.data_sources().iter().all(|source| source.extract.is_none()), "{path:?}");
        for (old, new) in before.data_sources().iter().zip(after.data_sources()) {
            assert_eq!((&old.name, &old.connections), (&new.name, &new.connections), "{path:?}");
            assert_eq!((&old.relations, &old.relationships), (&new.relations, &new.relationships), "{path:?}");
            assert_eq!(old.tables.len(), new.tables.len(), "{path:?}");
        }
        match (before.workbook(), after.workbook()) {
            (Some(old), Some(new)) => {
                assert_eq!((&old.worksheets, &old.dashboards), (&new.worksheets, &new.dashboards), "{path:?}");
            }
            (old, new) => assert!(old.is_none() && new.is_none(), "{path:?}"),
        }
        if let Some(document) = after.document() {
            compare_packed(&bytes, &left, document);
        }
        let live: Vec<_> = before.data_sources().iter().flat_map(|source| &source.connections).collect();
        for extract in before.data_sources().iter().filter_map(|source| source.extract.as_ref()?.file()) {
            let is_live = live.iter().any(|connection| connection.file().as_ref() == Some(&extract));
            let stays = before.entry(&extract).is_some() && is_live;
            assert_eq!(after.entry(&extract).is_some(), stays, "{path:?}: {extract}");
        }
    }
    assert!(with_extracts >= 7 || corpus::files().is_empty(), "{with_extracts}");
}
