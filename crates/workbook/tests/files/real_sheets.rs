//! What is read of the sheets of real files, counted against what stands in them.

use std::collections::BTreeMap;

use tavola_workbook::{FieldRef, Filter, FilterKind, Meaning, Relation, Shelf, SortBy, Zone, ZoneKind};

use crate::corpus::{KNOWN, corpus, opened, workbook};

/// The fields the members of a filter are of.
fn levels(filter: &Filter) -> Vec<FieldRef> {
    let FilterKind::Members(members) = &filter.kind else { return Vec::new() };
    let level = |level: &str| FieldRef { data_source: filter.field.data_source.clone(), instance: level.to_owned() };
    members.levels().into_iter().map(level).collect()
}

#[test]
fn what_real_sheets_name_stands_for_something() {
    let Some(folder) = corpus() else { return };
    let (mut shelves, mut encodings, mut filters, mut sorts) = (0, 0, 0, 0);
    for known in KNOWN {
        let package = opened(folder.join(known.file));
        let workbook = workbook(&package);
        for sheet in &workbook.worksheets {
            let on_shelves = [&sheet.rows, &sheet.columns].into_iter().flatten().flat_map(Shelf::fields);
            shelves += on_shelves.clone().count();
            let marked = sheet.panes.iter().flat_map(|pane| &pane.encodings).map(|encoding| &encoding.field);
            encodings += marked.clone().count();
            // Actions and filters of several fields make fields of their own.
            let filtered =
                sheet.filters.iter().map(|filter| &filter.field).filter(|field| field.instance.contains(':'));
            filters += sheet.filters.len();
            let sorted = sheet.sorts.iter().flat_map(|sort| match &sort.by {
                SortBy::Field(by) | SortBy::Nested(by) => vec![&sort.field, by],
                SortBy::Natural | SortBy::Alphabetic | SortBy::Manual(_) => vec![&sort.field],
            });
            sorts += sheet.sorts.len();
            let all = on_shelves.chain(marked).chain(filtered).chain(sorted).chain(&sheet.pages);
            for field in all {
                let meaning = workbook.resolve(sheet, field);
                assert!(meaning.is_some(), "{}: {}: {field:?}", known.file, sheet.name);
                if let Some(Meaning::Field(resolved)) = meaning {
                    assert_eq!(resolved.data_source.unwrap().name, field.data_source);
                    // Only sets and groups of marks are used as they are.
                    assert!(resolved.instance.is_some() || !field.instance.contains(':'), "{field:?}");
                    assert!(!resolved.shown_name().contains("Calculation_"), "{}", resolved.shown_name());
                    assert!(!resolved.long_name().contains("Calculation_"), "{}", resolved.long_name());
                }
            }
            for level in sheet.filters.iter().flat_map(levels) {
                assert!(workbook.resolve(sheet, &level).is_some(), "{}: {}: {level:?}", known.file, sheet.name);
            }
        }
    }
    // 24 of the filters are shared by all sheets of a data source.
    assert_eq!((shelves, encodings, filters, sorts), (313, 308, 210 + 24, 52));
}

#[test]
fn the_zones_windows_and_formats_of_real_workbooks_are_all_read() {
    let Some(folder) = corpus() else { return };
    let (mut zones, mut floating, mut cards, mut actions, mut formats, mut maps) = (0, 0, 0, 0, 0, 0);
    for known in KNOWN {
        let package = opened(folder.join(known.file));
        let workbook = workbook(&package);
        zones += workbook.dashboards.iter().flat_map(|board| &board.zones).flat_map(Zone::all).count();
        floating += workbook.dashboards.iter().flat_map(|board| &board.zones).filter(|zone| zone.floating).count();
        cards += workbook.windows.iter().map(|window| window.cards.len()).sum::<usize>();
        actions += workbook.actions.len();
        let rules = workbook
            .worksheets
            .iter()
            .flat_map(|sheet| sheet.style.rules.iter().chain(sheet.panes.iter().flat_map(|pane| &pane.style.rules)));
        formats += rules.map(|rule| rule.formats.len()).sum::<usize>();
        let encodings = workbook.data_sources.iter().flat_map(|source| source.style.of("mark"));
        maps += encodings.flat_map(|rule| &rule.encodings).map(|encoding| encoding.map.len()).sum::<usize>();
        let unknown = workbook.dashboards.iter().flat_map(|board| &board.zones).flat_map(Zone::all);
        for zone in unknown {
            // Controls to highlight marks are for who looks with a mouse.
            assert!(!matches!(&zone.kind, ZoneKind::Other(word) if word != "highlighter"), "{}: {zone:?}", known.file);
        }
    }
    assert_eq!((zones, floating, cards, actions, formats, maps), (287, 2, 923, 37, 1730, 143));
}

#[test]
fn the_files_of_real_data_sources_are_found_in_their_packages() {
    let Some(folder) = corpus() else { return };
    let mut found = Vec::new();
    for known in KNOWN {
        let package = opened(folder.join(known.file));
        for source in package.data_sources() {
            let files = source.relations.iter().flat_map(Relation::leaves).filter_map(|leaf| source.source_file(leaf));
            for file in files.filter(|file| package.entry(&file.path).is_some()) {
                found.push((file.path, file.sheet));
            }
        }
    }
    found.sort();
    let found: Vec<(&str, Option<&str>)> =
        found.iter().map(|(path, sheet)| (path.as_str(), sheet.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("Data/Chapter 01/Superstore.csv", None),
            ("Data/Chapter 03/Hospital Goals.csv", None),
            ("Data/Chapter 03/Hospital Visits.csv", None),
            ("Data/Chapter 04/Vacation Rentals.csv", None),
            ("Data/Chapter 10 1/Real Estate Geocodings.csv", None),
            ("Data/Chapter 10 1/Real Estate.xlsx", Some("Listings")),
            ("Data/Chapter 10 2/Hospital.xlsx", Some("Locations")),
            ("Data/Chapter 10 2/Hospital.xlsx", Some("Patient Activity")),
            ("Data/Chapter 10/Superstore.xlsx", Some("Superstore.txt")),
            ("Data/Chapter 11/Hospital and Patients.xlsx", Some("Sheet1")),
            ("Data/Data/ApacheRequests.hyper", None),
            ("Data/Data/HyperErrors.hyper", None),
            ("Data/Data/HyperQueries.hyper", None),
            ("Data/Extracts/simple_data Extractleaf.hyper", None),
        ]
    );
}

/// How what is on a shelf or encoded is counted in the list of the corpus.
fn kind_of(meaning: Meaning<'_>) -> &str {
    match meaning {
        Meaning::Field(field) => field.derivation(),
        Meaning::Parameter(_) => "parameter",
        Meaning::MeasureNames => "measure-names",
        Meaning::MeasureValues => "measure-values",
        Meaning::Latitude | Meaning::Longitude => "latlon",
        Meaning::Geometry => "geometry",
    }
}

#[test]
fn sheets_ask_what_the_list_of_the_corpus_counted() {
    let Some(folder) = corpus() else { return };
    let list = std::fs::read(folder.join("sheets.json")).unwrap();
    let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
    let mut compared = 0;
    for file in list.as_array().unwrap() {
        let name = file["file"].as_str().unwrap();
        if !KNOWN.iter().any(|known| known.file == name) {
            continue;
        }
        let package = opened(folder.join(name));
        let workbook = workbook(&package);
        for listed in file["sheets"].as_array().unwrap() {
            let sheet = workbook.worksheet_named(listed["name"].as_str().unwrap()).unwrap();
            let place = format!("{name}: {}", sheet.name);
            let mut used: BTreeMap<String, u64> = BTreeMap::new();
            let on_shelves = [&sheet.rows, &sheet.columns].into_iter().flatten().flat_map(Shelf::fields);
            let marked = sheet.panes.iter().flat_map(|pane| &pane.encodings).map(|encoding| &encoding.field);
            for field in on_shelves.chain(marked) {
                *used.entry(kind_of(workbook.resolve(sheet, field).unwrap()).to_owned()).or_default() += 1;
            }
            let expected: BTreeMap<String, u64> = serde_json::from_value(listed["aggs"].clone()).unwrap();
            assert_eq!(used, expected, "{place}");
            let mut filters: BTreeMap<String, u64> = BTreeMap::new();
            // The list does not count those that all sheets of a data source share.
            let shared =
                sheet.slices.iter().filter(|slice| !sheet.filters.iter().any(|filter| filter.field == **slice));
            assert_eq!(shared.count(), 0, "{place}");
            for filter in &sheet.filters {
                let kind = match filter.kind {
                    FilterKind::Members(_) => "categorical",
                    FilterKind::Range { .. } => "quantitative",
                    FilterKind::RelativeDate { .. } => "relative-date",
                    FilterKind::Other(_) => "other",
                };
                *filters.entry(kind.to_owned()).or_default() += 1;
            }
            let expected: BTreeMap<String, u64> = serde_json::from_value(listed["filters"].clone()).unwrap();
            for kind in ["categorical", "quantitative", "relative-date", "other"] {
                let count = |counts: &BTreeMap<String, u64>| counts.get(kind).copied().unwrap_or_default();
                // Two workbooks have one filter each that all sheets share, which the list does not count.
                let shared = matches!(
                    (name, kind),
                    ("Apache.twbx", "quantitative") | ("Chapter 8. Store and Customer Analysis.twbx", "categorical")
                );
                assert_eq!(count(&filters), count(&expected) + u64::from(shared), "{place}: {kind}");
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 138);
}
