//! Real files written by others, where a checkout has them beside it; the project builds and passes without.

use std::{collections::BTreeSet, fs::File, io::BufReader, path::PathBuf};

use tavola_workbook::{Calculation, Content, DataSource, Kind, Limits, Package, Workbook, open};

/// What a file is known to hold.
pub struct Known {
    pub file: &'static str,
    build: &'static str,
    worksheets: usize,
    dashboards: usize,
    parameters: usize,
    calculated: usize,
    hidden: usize,
    classes: &'static [&'static str],
}

pub const KNOWN: &[Known] = &[
    Known {
        file: "Chapter 01 Complete.twbx",
        build: "2022.1.0 (20221.22.0324.2209)",
        worksheets: 13,
        dashboards: 2,
        parameters: 0,
        calculated: 0,
        hidden: 0,
        classes: &["textscan"],
    },
    Known {
        file: "Mastering Tableau 3.0 Chapter 2 Solution.twbx",
        build: "2021.1.0 (20211.21.0320.1853)",
        worksheets: 6,
        dashboards: 1,
        parameters: 1,
        calculated: 10,
        hidden: 0,
        classes: &["excel-direct", "hyper", "textscan"],
    },
    Known {
        file: "Chapter 03 Complete.twbx",
        build: "2022.1.0 (20221.22.0324.2209)",
        worksheets: 24,
        dashboards: 1,
        parameters: 0,
        calculated: 2,
        hidden: 0,
        classes: &["hyper", "textscan"],
    },
    Known {
        file: "Chapter 04 Complete.twbx",
        build: "2022.1.0 (20221.22.0324.2209)",
        worksheets: 11,
        dashboards: 1,
        parameters: 1,
        calculated: 12,
        hidden: 0,
        classes: &["textscan"],
    },
    Known {
        file: "Chapter 06 Complete.twbx",
        build: "2022.1.0 (20221.22.0324.2209)",
        worksheets: 14,
        dashboards: 1,
        parameters: 0,
        calculated: 13,
        hidden: 0,
        classes: &["hyper", "textscan"],
    },
    Known {
        file: "Chapter 10 Complete.twbx",
        build: "2022.1.0 (20221.22.0324.2209)",
        worksheets: 10,
        dashboards: 1,
        parameters: 2,
        calculated: 7,
        hidden: 0,
        classes: &["excel-direct", "hyper", "textscan"],
    },
    Known {
        file: "Chapter 12 Complete.twbx",
        build: "2021.4.3 (20214.22.0108.1039)",
        worksheets: 14,
        dashboards: 1,
        parameters: 0,
        calculated: 13,
        hidden: 0,
        classes: &["excel-direct", "hyper", "textscan"],
    },
    Known {
        file: "Apache.twbx",
        build: "2022.3.22 (20223.24.1011.1652)",
        worksheets: 19,
        dashboards: 5,
        parameters: 7,
        calculated: 28,
        hidden: 18,
        classes: &["hyper"],
    },
    Known {
        file: "Hyper.twbx",
        build: "2023.3.12 (20233.24.1108.0338)",
        worksheets: 9,
        dashboards: 2,
        parameters: 0,
        calculated: 8,
        hidden: 9,
        classes: &["hyper"],
    },
    Known {
        file: "WorkbookWithExtract.twbx",
        build: "2021.1.2 (20211.21.0511.0935)",
        worksheets: 2,
        dashboards: 0,
        parameters: 0,
        calculated: 1,
        hidden: 0,
        classes: &["hyper", "msaccess"],
    },
    Known {
        file: "WorkbookWithoutExtract.twbx",
        build: "2021.3.3 (20213.21.1018.0949)",
        worksheets: 3,
        dashboards: 0,
        parameters: 0,
        calculated: 1,
        hidden: 0,
        classes: &["hyper"],
    },
    Known {
        file: "Chapter 8. Store and Customer Analysis.twbx",
        build: "2024.3.0 (20243.24.1010.1014)",
        worksheets: 5,
        dashboards: 1,
        parameters: 1,
        calculated: 4,
        hidden: 0,
        classes: &["hyper", "textscan"],
    },
    Known {
        file: "Mastering Tableau 3.0 Chapter 12 Use Case I Solution.twbx",
        build: "2021.1.0 (20211.21.0320.1853)",
        worksheets: 7,
        dashboards: 4,
        parameters: 2,
        calculated: 7,
        hidden: 0,
        classes: &["hyper", "textscan"],
    },
    Known {
        file: "superstore-datasource.twb",
        build: "2026.2.5 (20262.26.0804.1806)",
        worksheets: 1,
        dashboards: 0,
        parameters: 2,
        calculated: 1,
        hidden: 0,
        classes: &["sqlproxy"],
    },
];

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub fn corpus() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: there are no real files beside this checkout");
    None
}

/// The files of the corpus that can be published, if it is there.
pub fn files() -> Vec<PathBuf> {
    let Some(folder) = corpus() else { return Vec::new() };
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let ending = |path: &PathBuf| path.extension().and_then(|text| text.to_str()).unwrap_or_default().to_owned();
    let mut files: Vec<_> = paths.filter(|path| ["twb", "twbx", "tds", "tdsx"].contains(&&*ending(path))).collect();
    files.sort();
    files
}

pub fn opened(path: PathBuf) -> Package<BufReader<File>> {
    let file = File::open(&path).unwrap();
    open(BufReader::new(file), Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn workbook(package: &Package<BufReader<File>>) -> &Workbook {
    match package.content() {
        Content::Workbook(workbook) => workbook,
        other => panic!("not a workbook: {other:?}"),
    }
}

fn calculated(sources: &[DataSource]) -> usize {
    let fields = sources.iter().flat_map(|source| &source.fields);
    fields.filter(|field| matches!(field.calculation, Some(Calculation::Formula(_)))).count()
}

fn classes(sources: &[DataSource]) -> BTreeSet<&str> {
    let extracts = sources.iter().filter_map(|source| source.extract.as_ref()?.connection.as_ref());
    let connections = sources.iter().flat_map(|source| &source.connections);
    connections.chain(extracts).map(|connection| connection.class.as_str()).collect()
}

#[test]
fn real_workbooks_hold_what_they_are_known_to_hold() {
    let Some(folder) = corpus() else { return };
    for known in KNOWN {
        let package = opened(folder.join(known.file));
        let workbook = workbook(&package);
        let file = known.file;
        let packaged = file.ends_with('x');
        assert_eq!(package.kind(), if packaged { Kind::PackagedWorkbook } else { Kind::Workbook }, "{file}");
        assert_eq!(package.document().map(|name| format!("{name}x")), packaged.then(|| file.to_owned()));
        assert_eq!(workbook.version, "18.1", "{file}");
        assert_eq!(workbook.source_build.as_deref(), Some(known.build), "{file}");
        assert_eq!(workbook.worksheets.len(), known.worksheets, "worksheets of {file}");
        assert_eq!(workbook.dashboards.len(), known.dashboards, "dashboards of {file}");
        assert_eq!(workbook.stories.len(), 0, "stories of {file}");
        assert_eq!(workbook.parameters.len(), known.parameters, "parameters of {file}");
        assert_eq!(calculated(&workbook.data_sources), known.calculated, "calculated fields of {file}");
        assert_eq!(workbook.views().iter().filter(|view| view.hidden).count(), known.hidden, "hidden in {file}");
        assert_eq!(workbook.views().len(), workbook.windows.len(), "{file}");
        assert!(!workbook.default_view().unwrap().hidden, "{file}");
        assert_eq!(classes(&workbook.data_sources), known.classes.iter().copied().collect(), "{file}");
        assert_eq!(package.notes(), [], "{file}");
    }
}

#[test]
fn every_file_of_the_corpus_is_known() {
    let Some(folder) = corpus() else { return };
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> =
        files.filter(|name| [".twb", ".twbx", ".tdsx"].iter().any(|end| name.ends_with(end))).collect();
    let known = KNOWN.iter().map(|known| known.file).chain(["World Indicators.tdsx"]);
    assert_eq!(files, known.map(str::to_owned).collect());
}

#[test]
fn what_sheets_refer_to_is_there() {
    let Some(folder) = corpus() else { return };
    for known in KNOWN {
        let package = opened(folder.join(known.file));
        let workbook = workbook(&package);
        let sheets: BTreeSet<&str> = workbook.worksheets.iter().map(|sheet| sheet.name.as_str()).collect();
        for dashboard in &workbook.dashboards {
            for sheet in &dashboard.sheets {
                assert!(sheets.contains(sheet.as_str()), "{}: {sheet} on {}", known.file, dashboard.name);
            }
        }
        for sheet in &workbook.worksheets {
            for dependencies in &sheet.dependencies {
                let source = workbook.data_sources.iter().find(|source| source.name == dependencies.data_source);
                let Some(source) = source else {
                    assert_eq!(dependencies.data_source, "Parameters", "{}: {}", known.file, sheet.name);
                    continue;
                };
                for instance in &dependencies.instances {
                    let name = &instance.field;
                    // Calculations typed into a shelf are known to their sheet alone.
                    let found =
                        dependencies.fields.iter().any(|field| field.name == *name) || source.field(name).is_some();
                    let made_by_tableau = name.starts_with(':') || name.starts_with("[__tableau_internal_object_id__]");
                    assert!(found || made_by_tableau, "{}: {name} on {}", known.file, sheet.name);
                }
            }
        }
    }
}

#[test]
fn the_thumbnails_of_real_workbooks_are_those_tableau_stored() {
    let Some(folder) = corpus() else { return };
    let mut listed = BTreeSet::new();
    for row in csv::Reader::from_path(folder.join("thumbs.csv")).unwrap().records() {
        let row = row.unwrap();
        listed.insert((row[0].to_owned(), row[2].to_owned()));
        let package = opened(folder.join(&row[0]));
        let workbook = workbook(&package);
        assert!(workbook.thumbnails.iter().any(|thumbnail| thumbnail.name == row[2]), "{} of {}", &row[2], &row[0]);
        // Two sheets whose names differ by a blank at the end share one file there.
        let mut same = workbook.thumbnails.iter().filter(|thumbnail| thumbnail.name.trim_end() == row[2].trim_end());
        let stored = std::fs::read(folder.join(&row[3])).unwrap();
        assert!(same.any(|thumbnail| thumbnail.png().unwrap() == stored), "{} of {}", &row[2], &row[0]);
    }
    let mut found = BTreeSet::new();
    for known in KNOWN {
        let package = opened(folder.join(known.file));
        for thumbnail in &workbook(&package).thumbnails {
            found.insert((known.file.to_owned(), thumbnail.name.clone()));
        }
    }
    assert_eq!(found, listed);
}

#[test]
fn the_published_data_source_of_a_real_workbook_is_named() {
    let Some(folder) = corpus() else { return };
    let package = opened(folder.join("superstore-datasource.twb"));
    let [source] = package.data_sources() else { panic!() };
    let [published] = source.published.as_slice() else { panic!() };
    assert_eq!((published.content_url.as_str(), published.site.as_deref()), ("SuperstoreDatasource", Some("mcp-test")));
    assert_eq!(published.server.as_deref(), Some("10ax.online.tableau.com"));
    assert_eq!(published.caption.as_deref(), Some("Superstore Datasource"));
    let hierarchies: Vec<&str> = source.hierarchies.iter().map(|hierarchy| hierarchy.name.as_str()).collect();
    assert_eq!(hierarchies, ["Location", "Product"]);
    assert_eq!(source.relationships.len(), 2);
    let Some(Calculation::Set(set)) = &source.field("Top Customers by Profit").unwrap().calculation else { panic!() };
    assert_eq!(set.levels(), ["Customer Name"]);
}

#[test]
fn a_real_data_source_is_read_with_its_extract() {
    let Some(folder) = corpus() else { return };
    let mut package = opened(folder.join("World Indicators.tdsx"));
    assert_eq!(package.kind(), Kind::PackagedDataSource);
    assert_eq!(package.notes(), []);
    let [source] = package.data_sources() else { panic!() };
    assert_eq!((source.name.as_str(), source.hierarchies[0].fields.len()), ("World Indicators new", 3));
    assert_eq!(source.fields.iter().filter(|field| field.folder.is_some()).count(), 11);
    let file = source.extract.as_ref().unwrap().file().unwrap();
    assert_eq!(file, "Data/SampleWB.twb Files/World Indicators new.hyper");
    assert!(package.extract_format(&file).unwrap().is_some());
    assert_eq!(package.entry(&file).unwrap().size, 196_608);
}

#[test]
fn every_entry_of_every_real_package_unpacks_to_its_size() {
    let Some(folder) = corpus() else { return };
    for known in KNOWN {
        let mut package = opened(folder.join(known.file));
        for entry in package.entries().to_vec() {
            let size = std::io::copy(&mut package.read(&entry.name).unwrap(), &mut std::io::sink()).unwrap();
            assert_eq!(size, entry.size, "{} of {}", entry.name, known.file);
        }
    }
}
