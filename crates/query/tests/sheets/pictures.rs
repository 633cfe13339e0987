//! Table calculations of real workbooks against what Tableau's own pictures of these sheets show.

use std::{fs::File, io::BufReader};

use tavola_workbook::{Limits, open};

use crate::{
    asked::{place, shown},
    corpus::{attach, context, corpus},
};

/// Workbook, sheet, layer, a row counted from 0, and how its line ends.
const SEEN: &[(&str, &str, usize, usize, &str)] = &[
    ("Chapter 06 Complete", "Addressing and Partitioning", 0, 2, "Technology | 3"),
    ("Chapter 06 Complete", "Addressing and Partitioning", 0, 3, "West | Furniture | 1"),
    ("Chapter 06 Complete", "Difference between WINDOW_AVG and TOTAL(AVG)", 0, 0, "746002.25 | 949.716422660726 | 1"),
    ("Chapter 06 Complete", "Lookup and Previous Value", 0, 0, "Bookcases | - | ,Bookcases"),
    ("Chapter 06 Complete", "Lookup and Previous Value", 0, 1, "| Bookcases | ,Bookcases,Chairs & Chairmats"),
    ("Chapter 06 Complete", "Lookup and Previous Value", 0, 4, "Appliances | - | ,Appliances"),
    ("Chapter 06 Complete", "Meta Table Calculations", 0, 3, "Tables | 4 | -3 | 0 | 4"),
    ("Chapter 06 Complete", "Meta Table Calculations", 0, 4, "Appliances | 1 | 0 | 8 | 9"),
    ("Chapter 06 Complete", "Not Table Calculation Filtering", 0, 0, "Furniture | 0.47487414551388535"),
    ("Chapter 06 Complete", "Table Calculation Filtering", 0, 0, "Furniture | 0.3550746663297597"),
    ("Chapter 06 Complete", "Rank Functions", 0, 1, "1164586 | 1"),
    ("Chapter 06 Complete", "Rank Functions", 0, 4, "456736 | 3"),
    ("Chapter 06 Complete", "Running Functions", 0, 3, "1061922 | 3178638 | 444634"),
    ("Chapter 06 Complete", "Running Functions", 0, 4, "456736 | 456736 | 456736"),
    ("Chapter 06 Complete", "Some examples of Quick Table Calcs", 0, 8, "2019 | 1 | 298848 | 4167740 | -489407 | 15"),
    ("Chapter 06 Complete", "Window Functions", 0, 5, "638583 | 2258384 | 638583"),
    ("Chapter 10 Complete", "Bump Chart", 0, 2, "3 | 2014 | Florida"),
    ("Chapter 10 Complete", "Bump Chart", 0, 9, "11 | 2014 | Tennessee"),
    (
        "Chapter 10 Complete",
        "Marimekko Chart",
        0,
        3,
        "0.3659574779470857 | 5437725 | East | Furniture | 3143122 | 1150249",
    ),
    ("Chapter 10 Complete", "Spark Lines", 0, 0, "Appliances | 99 | 106967 | 792 | 2014-01-01"),
    ("Chapter 10 Complete", "Waterfall Chart", 0, 2, "11996 | Furniture | Office Furnishings | 92216 | -92216"),
];

#[tokio::test]
async fn table_calculations_give_what_tableaus_pictures_show() {
    let Some(folder) = corpus() else { return };
    let mut wrong = Vec::new();
    for file in ["Chapter 06 Complete", "Chapter 10 Complete"] {
        let Some(mut place) = place().await else { return };
        let path = folder.join(format!("{file}.twbx"));
        let mut package = open(BufReader::new(File::open(path).unwrap()), Limits::default()).unwrap();
        attach(&mut place, &mut package).await;
        let workbook = package.workbook().unwrap();
        for (_, name, layer, row, end) in SEEN.iter().filter(|(of, ..)| *of == file) {
            let sheet = workbook.worksheets.iter().find(|sheet| sheet.name == *name).unwrap();
            let answer = place.ask(workbook, sheet, &context()).await.unwrap();
            let lines = shown(&answer, *layer);
            if !lines[*row].ends_with(end) {
                wrong.push(format!("{name}: `{}` does not end in `{end}`", lines[*row]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
