//! `tavola draw`: views of a file, without a server.

use std::{fs, io::Write as _, process::Command};

use crate::support::Home;

const DOCUMENT: &str = "<?xml version='1.0'?><workbook version='18.1'><datasources>\
<datasource caption='Sales' name='federated.1'><connection class='federated'><named-connections>\
<named-connection name='textscan.1'><connection class='textscan' directory='Data' filename='sales.csv'/>\
</named-connection></named-connections>\
<relation connection='textscan.1' name='sales.csv' table='[sales#csv]' type='table'>\
<columns character-set='UTF-8' header='yes' locale='en_US' separator=','>\
<column datatype='string' name='Region' ordinal='0'/><column datatype='integer' name='Amount' ordinal='1'/>\
</columns></relation></connection>\
<column datatype='string' name='[Region]' role='dimension' type='nominal'/>\
<column datatype='integer' name='[Amount]' role='measure' type='quantitative'/></datasource></datasources>\
<worksheets><worksheet name='By region'><table><view><datasources><datasource name='federated.1'/></datasources>\
<datasource-dependencies datasource='federated.1'>\
<column datatype='string' name='[Region]' role='dimension' type='nominal'/>\
<column datatype='integer' name='[Amount]' role='measure' type='quantitative'/>\
<column-instance column='[Region]' derivation='None' name='[none:Region:nk]' pivot='key' type='nominal'/>\
<column-instance column='[Amount]' derivation='Sum' name='[sum:Amount:qk]' pivot='key' type='quantitative'/>\
</datasource-dependencies><aggregation value='true'/></view><style/>\
<panes><pane><view><breakdown value='auto'/></view><mark class='Automatic'/></pane></panes>\
<rows>[federated.1].[none:Region:nk]</rows><cols>[federated.1].[sum:Amount:qk]</cols></table></worksheet></worksheets>\
<windows><window class='worksheet' name='By region'/></windows></workbook>";

/// A home with a workbook in it.
fn home() -> Home {
    let home = Home::new();
    let mut package = zip::ZipWriter::new(fs::File::create(home.path("Sales.twbx")).unwrap());
    for (name, content) in [("Sales.twb", DOCUMENT), ("Data/sales.csv", "Region,Amount\nEast,10\nWest,5\nEast,7\n")] {
        package.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        package.write_all(content.as_bytes()).unwrap();
    }
    package.finish().unwrap();
    home
}

/// The program in the Python package, if there is one on this machine.
fn engine() -> Option<String> {
    let python = std::env::var_os("TAVOLA_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let question =
        "import os, tableauhyperapi as t; print(os.path.join(os.path.dirname(t.__file__), 'bin/hyper/hyperd'))";
    match Command::new(&python).args(["-c", question]).output() {
        Ok(output) if output.status.success() => Some(String::from_utf8(output.stdout).unwrap().trim().to_owned()),
        _ => {
            let why = "drawing: python has no tableauhyperapi";
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{why}");
            std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes()).unwrap();
            None
        }
    }
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let home = home();
    home.run(&["draw", "Sales.twbx", "--engine-dir", "engines"])
        .fails(1, "error: there is no engine in `engines`\n hint: `tavola engine install` brings it\n");
    home.run(&["draw", "None.twbx", "--engine", "/bin/true"])
        .fails(2, "error: cannot read `None.twbx`\n  why: No such file or directory (os error 2)\n");
    home.run(&["draw", "Sales.twbx", "--engine", "/bin/true", "--view", "Map"])
        .fails(1, "error: there is no view `Map` in `Sales.twbx`\n hint: its views are By region\n");
    home.run(&["draw", "Sales.twbx", "--engine", "/bin/true", "--filter", "Region"])
        .fails(2, "error: the filter `Region` says no value\n hint: a filter is --filter FIELD=VALUE\n");
}

#[test]
fn a_view_of_a_file_is_drawn_in_each_format() {
    let Some(engine) = engine() else { return };
    let home = home();
    for (name, beginning) in [
        ("a.png", b"\x89PNG".as_slice()),
        ("a.svg", b"<svg"),
        ("a.pdf", b"%PDF-"),
        ("a.csv", b"Region,Amount\nEast,17\nWest,5\n"),
        ("a.xlsx", b"PK"),
    ] {
        let drawn = home.json(&["draw", "Sales.twbx", "--engine", &engine, "-o", name]);
        assert_eq!((&drawn["view"], &drawn["path"]), (&"By region".into(), &name.into()), "{drawn}");
        let content = fs::read(home.path(name)).unwrap();
        let content: Vec<u8> = content.into_iter().filter(|byte| name != "a.csv" || *byte != b'\r').collect();
        assert!(content.starts_with(beginning), "{name}: {:?}", String::from_utf8_lossy(&content[..40]));
    }
    home.run(&["draw", "Sales.twbx", "--engine", &engine, "-o", "a.csv"])
        .fails(1, "error: `a.csv` is there\n hint: --force takes its place\n");
    let one = ["draw", "Sales.twbx", "--engine", &engine, "-o", "a.csv", "--force", "--filter", "Region=West"];
    home.done(&one);
    assert_eq!(fs::read_to_string(home.path("a.csv")).unwrap().replace('\r', ""), "Region,Amount\nWest,5\n");
}
