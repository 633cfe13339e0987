//! What is small in a file and large in memory, or deep: read in little stack, or refused.

use tavola_workbook::Limits;

use crate::zips::{read, read_with};

#[test]
fn what_nests_as_deep_as_allowed_is_read_in_the_stack_of_any_thread() {
    let nested = |open: &str, close: &str, levels: usize| open.repeat(levels) + &close.repeat(levels);
    // Half of what a thread of a server has.
    let reads = |text: String| {
        let small = std::thread::Builder::new().stack_size(1 << 20);
        small.spawn(|| drop(format!("{:?}", read(text).unwrap().into_content()))).unwrap().join().unwrap();
    };
    for inside in [nested("<zone>", "</zone>", 124), nested("<zone name='a'>", "</zone>", 124)] {
        reads(format!(
            "<workbook version='18.1'><dashboards><dashboard name='a'><zones>{inside}</zones></dashboard></dashboards></workbook>"
        ));
    }
    for function in ["union", "filter"] {
        let inside = nested(&format!("<groupfilter function='{function}'>"), "</groupfilter>", 121);
        let filter = format!("<filter class='categorical' column='[a].[b]'>{inside}</filter>");
        reads(format!(
            "<workbook version='18.1'><worksheets><worksheet><table><view>{filter}</view></table></worksheet></worksheets></workbook>"
        ));
    }
    for shelf in [
        nested("(", ")", 256).replace("()", "([a].[b])"),
        format!("{}[a].[b]{}", "([a].[b] / ([a].[b] * ([a].[b] + ".repeat(85), ")))".repeat(85)),
    ] {
        reads(format!(
            "<workbook version='18.1'><worksheets><worksheet><table><rows>{shelf}</rows></table></worksheet></worksheets></workbook>"
        ));
    }
    for inside in [
        nested("<relation type='join'>", "</relation>", 126),
        nested("<relation type='pivot'>", "</relation>", 126),
        format!(
            "<relation type='join'><clause>{}</clause></relation>",
            nested("<expression op='='>", "</expression>", 124)
        ),
    ] {
        reads(format!("<datasource><connection class='federated'>{inside}</connection></datasource>"));
    }
}

#[test]
fn what_is_made_of_little_text_is_counted_by_its_size() {
    let limits = Limits { kept: 1 << 20, ..Limits::default() };
    let told = "what the document says is over the limit of 1048576";
    let refused = |text: String| read_with(text, limits).unwrap_err().to_string();
    let sheet = |inside: &str| {
        format!(
            "<workbook version='1'><worksheets><worksheet name='a'><table>{inside}</table></worksheet></worksheets></workbook>"
        )
    };
    assert_eq!(refused(sheet(&format!("<rows>[]{}</rows>", "+[]".repeat(20_000)))), told);
    assert_eq!(refused(sheet(&format!("<panes>{}</panes>", "<pane/>".repeat(20_000)))), told);
    let style = format!("<style>{}</style>", "<style-rule/>".repeat(20_000));
    assert_eq!(refused(sheet(&style)), told);
    // A filter that all sheets share is copied to each.
    let members = "<groupfilter function='union'>".to_owned() + &"<groupfilter/>".repeat(500) + "</groupfilter>";
    let shared = format!(
        "<shared-views><shared-view name='a'><filter class='categorical' column='[b]'>{members}</filter></shared-view></shared-views>"
    );
    let sheets =
        "<worksheet name='a'><table><view><slices><column>[a].[b]</column></slices></view></table></worksheet>"
            .repeat(500);
    assert_eq!(refused(format!("<workbook version='1'>{shared}<worksheets>{sheets}</worksheets></workbook>")), told);
}
