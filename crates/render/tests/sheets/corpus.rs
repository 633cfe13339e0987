//! Sheets of real workbooks with made-up answers.

use std::{fs, io::Cursor, path::Path};

use tavola_render::sheet::{Fit, Options, draw};
use tavola_workbook::{Content, Limits, open};

use crate::made_up;

#[test]
fn every_real_sheet_is_drawn_with_a_made_up_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(files) = fs::read_dir(&folder) else {
        eprintln!("skipped: there are no real files beside this checkout");
        return;
    };
    let mut drawn = 0;
    for file in files.flatten() {
        if file.path().extension().is_none_or(|kind| kind != "twbx" && kind != "twb") {
            continue;
        }
        let bytes = fs::read(file.path()).expect("the file is read");
        let package = open(Cursor::new(bytes), Limits::default()).expect("the file is a workbook");
        let Content::Workbook(workbook) = package.content() else { continue };
        for sheet in &workbook.worksheets {
            let answer = made_up::answer(workbook, sheet);
            let options = Options { fit: Fit::Entire, title: true, legends: true, notes: true, ..Options::default() };
            let picture = draw(workbook, sheet, &answer, Some((800, 600)), &options);
            let picture = picture.unwrap_or_else(|error| panic!("`{}` is drawn: {error}", sheet.name));
            assert!(picture.svg.starts_with("<svg") && picture.width == 800, "`{}` has its size", sheet.name);
            assert!(!picture.svg.contains("NaN"), "`{}` has numbers", sheet.name);
            for (fit, size) in [(Fit::Standard, None), (Fit::Width, Some((10, 10))), (Fit::Standard, Some((300, 2000)))]
            {
                let options = Options { fit, title: true, legends: true, ..Options::default() };
                let picture = draw(workbook, sheet, &answer, size, &options);
                assert!(
                    picture.is_ok_and(|picture| !picture.svg.contains("NaN")),
                    "`{}` is drawn in {size:?}",
                    sheet.name
                );
            }
            drawn += 1;
        }
    }
    assert!(drawn > 100, "only {drawn} sheets were drawn");
}
