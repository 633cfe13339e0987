//! Views and workbooks, as commands have them drawn.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    program::program,
    support::{Home, Server},
    workbooks::twb,
};

const SALES: &str = "Region,Amount\nEast,10\nEast,20\nWest,5\n\"North, far\",7\n";

const BOOK: &str = "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><datasources>\
<datasource caption='Sales' name='federated.1'><connection class='federated'><named-connections>\
<named-connection caption='sales' name='textscan.1'><connection class='textscan' directory='Data' filename='sales.csv'/>\
</named-connection></named-connections><relation connection='textscan.1' name='sales.csv' table='[sales#csv]' type='table'>\
<columns character-set='UTF-8' header='yes' locale='en_US' separator=','><column datatype='string' name='Region' ordinal='0'/>\
<column datatype='real' name='Amount' ordinal='1'/></columns></relation></connection>\
<column datatype='string' name='[Region]' role='dimension' type='nominal'/>\
<column datatype='real' name='[Amount]' role='measure' type='quantitative'/></datasource></datasources>\
<worksheets><worksheet name='Regions'><table><view><datasources><datasource caption='Sales' name='federated.1'/></datasources>\
<datasource-dependencies datasource='federated.1'>\
<column datatype='string' name='[Region]' role='dimension' type='nominal'/>\
<column datatype='real' name='[Amount]' role='measure' type='quantitative'/>\
<column-instance column='[Region]' derivation='None' name='[none:Region:nk]' pivot='key' type='nominal'/>\
<column-instance column='[Amount]' derivation='Sum' name='[sum:Amount:qk]' pivot='key' type='quantitative'/>\
</datasource-dependencies><aggregation value='true'/></view><style/>\
<panes><pane><view><breakdown value='auto'/></view><mark class='Automatic'/></pane></panes>\
<rows>[federated.1].[none:Region:nk]</rows><cols>[federated.1].[sum:Amount:qk]</cols></table></worksheet></worksheets>\
<windows><window class='worksheet' name='Regions'/></windows></workbook>";

fn write_book(path: &Path) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, text) in [("Sales.twb", BOOK), ("Data/sales.csv", SALES)] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn an_export_that_makes_no_sense_is_refused_before_anything_is_called() {
    let home = Home::new();
    for (arguments, words) in [
        (&["view", "export", "A", "--format", "pptx"][..], "[possible values: png, svg, pdf, csv, xlsx]"),
        (&["workbook", "export", "A", "--format", "png"], "[possible values: pdf, pptx]"),
        (&["view", "export", "A", "--filter", "Region"], "a filter is FIELD=VALUE,..."),
        (&["view", "export", "A", "--filter", "=East"], "a filter is FIELD=VALUE,..."),
        (&["view", "export", "A", "--width", "800"], "--height <PIXELS>"),
        (&["view", "export", "A", "--width", "0", "--height", "600"], "it must be a whole number of at least 1"),
        (&["workbook", "export", "A", "--high-resolution"], "unexpected argument '--high-resolution'"),
    ] {
        let ran = home.run(arguments);
        assert!(ran.code == 2 && ran.stderr.contains(words), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn a_server_without_an_engine_says_so_and_no_file_is_left() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    write_book(&home.path("Sales.twbx"));
    home.done(&["workbook", "publish", "Sales.twbx"]);
    for (arguments, what) in [
        (["view", "export", "Regions", "-o", "out.pdf"], "view `Regions`"),
        (["workbook", "export", "Sales", "-o", "out.pptx"], "workbook `Sales`"),
    ] {
        let ran = home.run(&arguments);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.starts_with(&format!("error: cannot export the {what}")), "{ran:?}");
        assert!(ran.stderr.contains("this server has no engine for the data in extracts"), "{ran:?}");
        assert!(!home.path(arguments[4]).exists());
    }
}

#[test]
fn an_export_takes_the_place_of_a_file_only_by_force() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("Sales.twb", &twb(&["One"]));
    home.done(&["workbook", "publish", "Sales.twb"]);
    home.write("One.png", "mine");
    let ran = home.run(&["view", "export", "One"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("`One.png`") && ran.stderr.contains("--force takes its place"), "{ran:?}");
    assert_eq!(fs::read_to_string(home.path("One.png")).unwrap(), "mine");
}

#[test]
fn views_and_workbooks_are_exported_as_what_the_ending_or_the_format_says() {
    let Some(program) = program() else { return };
    let server = Server::start_with(&["--engine", program.to_str().unwrap()]);
    let home = Home::new().signed_in(&server);
    write_book(&home.path("Sales.twbx"));
    home.done(&["workbook", "publish", "Sales.twbx"]);

    let export = |arguments: &[&str], file: &str| {
        let answer = home.json(arguments);
        let bytes = fs::read(home.path(file)).unwrap();
        assert_eq!((answer["path"].as_str(), answer["bytes"].as_u64()), (Some(file), Some(bytes.len() as u64)));
        bytes
    };
    let size = |png: &[u8]| {
        assert!(png.starts_with(b"\x89PNG"), "{:?}", png.get(..8));
        [16, 20].map(|at| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()))
    };
    let view = ["view", "export", "Regions"];
    assert!(export(&view, "Regions.png").starts_with(b"\x89PNG"));
    let sized = [&view[..], &["--width", "320", "--height", "200", "-o", "small.png"]].concat();
    assert_eq!(size(&export(&sized, "small.png")), [320, 200]);
    let doubled = [&sized[..], &["--force", "--high-resolution"]].concat();
    assert_eq!(size(&export(&doubled, "small.png")), [640, 400]);
    for (file, start) in [("a.svg", "<svg"), ("a.pdf", "%PDF-"), ("a.xlsx", "PK")] {
        let bytes = export(&[&view[..], &["-o", file]].concat(), file);
        assert!(bytes.starts_with(start.as_bytes()), "{file}: {:?}", bytes.get(..8));
    }

    let filtered = ["--format", "csv", "--filter", "Region=East,West", "-o", "some"];
    let csv = String::from_utf8(export(&[&view[..], &filtered].concat(), "some")).unwrap();
    let mut lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["East,30", "Region,Amount", "West,5"]);

    let workbook = ["workbook", "export", "Sales", "--paper", "A4"];
    let upright = export(&workbook, "Sales.pdf");
    assert!(upright.starts_with(b"%PDF-"));
    let lying = export(&[&workbook[..], &["--landscape", "--force"]].concat(), "Sales.pdf");
    assert_ne!(upright, lying);
    assert!(export(&["workbook", "export", "Sales", "-o", "Sales.pptx"], "Sales.pptx").starts_with(b"PK"));
}
