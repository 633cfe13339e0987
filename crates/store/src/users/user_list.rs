//! Users in a file of comma-separated values, as Tableau's “CSV Import File Guidelines” have it.
//!
//! One user a line and no header: user name, password, full name, licence, administrator, publisher, e-mail, and, from
//! newer clients, authentication. What is missing at the end of a line is empty. Nothing that a line holds but the name is
//! ever repeated: where columns are shifted, any of them may be the password.

use std::io::Cursor;

use csv::{Reader, ReaderBuilder, StringRecord};
use tavola_model::{AuthSetting, SiteRole};

use crate::Error;

const COLUMNS: usize = 8;

/// A file of users, read line by line.
pub(super) struct UserList {
    reader: Reader<Cursor<Vec<u8>>>,
    record: StringRecord,
    /// Where the text begins.
    begin: usize,
    /// Where the last record began, and on which line.
    last: (usize, u64),
}

/// A line of the file.
pub(super) struct Line {
    /// Where it begins, counted from 1.
    pub number: u64,
    /// The user's name as it stands there.
    pub name: String,
    /// What it says of the user, or why that is nothing to work with.
    pub row: Result<Row, &'static str>,
}

/// What a line says of a user. Nothing shows it, for there is a password in it.
pub(super) struct Row {
    pub password: Option<String>,
    pub full_name: Option<String>,
    /// None when the line says nothing of it.
    pub site_role: Option<SiteRole>,
    pub email: Option<String>,
    pub auth_setting: Option<AuthSetting>,
}

impl UserList {
    /// Takes a file and counts its lines.
    pub(super) fn open(file: Vec<u8>) -> Result<(Self, u64), Error> {
        if std::str::from_utf8(&file).is_err() {
            return Err(Error::invalid("the file is not UTF-8"));
        }
        let begin = if file.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
        let mut lines = 0;
        let mut counted = reader(&file[begin..]);
        let mut record = StringRecord::new();
        while counted.read_record(&mut record).is_ok_and(|read| read) {
            lines += 1;
        }
        if lines == 0 {
            return Err(Error::invalid("the file holds no user"));
        }
        let mut file = Cursor::new(file);
        file.set_position(begin as u64);
        Ok((Self { reader: reader(file), record, begin, last: (begin, 1) }, lines))
    }
}

fn reader<R: std::io::Read>(file: R) -> Reader<R> {
    ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file)
}

impl Iterator for UserList {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        // Reading from memory what is known to be UTF-8 cannot fail.
        let read = self.reader.read_record(&mut self.record).unwrap_or(false);
        read.then(|| Line { number: self.line_number(), name: name(&self.record), row: row(&self.record) })
    }
}

impl UserList {
    /// The line on which the record begins. The reader's own count takes the end of the line before, and blank lines, for
    /// the record's beginning.
    fn line_number(&mut self) -> u64 {
        let offset = self.record.position().map_or(0, csv::Position::byte);
        let file = self.reader.get_ref().get_ref();
        let mut start = self.begin.saturating_add(usize::try_from(offset).unwrap_or(usize::MAX)).min(file.len());
        start += file[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (last, mut line) = self.last;
        for (place, byte) in file[last..start].iter().enumerate() {
            let ends = *byte == b'\n' || (*byte == b'\r' && file.get(last + place + 1) != Some(&b'\n'));
            line += u64::from(ends);
        }
        self.last = (start, line);
        line
    }
}

fn name(record: &StringRecord) -> String {
    // In a name, the mark between user and domain is written by its number where it is no such mark.
    record.get(0).unwrap_or_default().trim().replace("\\0x40", "@")
}

fn row(record: &StringRecord) -> Result<Row, &'static str> {
    let cell = |column| record.get(column).unwrap_or_default();
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    if cell(0).trim().is_empty() {
        return Err("there is no user name");
    }
    if record.iter().skip(COLUMNS).any(|cell| !cell.trim().is_empty()) {
        return Err("there are more columns than 8");
    }
    Ok(Row {
        password: given(cell(1).to_owned()),
        // A name on two lines of a spreadsheet's cell is one name.
        full_name: given(cell(2).split_whitespace().collect::<Vec<_>>().join(" ")),
        site_role: site_role(cell(3), cell(4), cell(5))?,
        email: given(cell(6).trim().to_owned()),
        auth_setting: auth_setting(cell(7))?,
    })
}

/// The role that the columns licence, administrator and publisher make together; none when all three are empty.
///
/// Clients also write whole site roles in the column of the licence.
fn site_role(licence: &str, administrator: &str, publisher: &str) -> Result<Option<SiteRole>, &'static str> {
    let [licence, administrator, publisher] =
        [licence, administrator, publisher].map(|cell| cell.trim().to_ascii_lowercase());
    if licence.is_empty() && administrator.is_empty() && publisher.is_empty() {
        return Ok(None);
    }
    let publishes = match publisher.as_str() {
        "" => None,
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => return Err("the publisher column is none of true, false, yes, no, 1 and 0"),
    };
    let (licence, publishes) = match licence.as_str() {
        "explorercanpublish" | "publisher" => ("explorer", Some(true)),
        "interactor" => ("explorer", publishes),
        "readonly" => ("viewer", publishes),
        "" | "creator" | "explorer" | "viewer" | "unlicensed" => (licence.as_str(), publishes),
        _ => return Err("the licence is none of Creator, Explorer, Viewer and Unlicensed"),
    };
    let role = match (administrator.as_str(), licence, publishes) {
        ("system", ..) => SiteRole::ServerAdministrator,
        ("site", "creator", _) => SiteRole::SiteAdministratorCreator,
        ("site", "explorer" | "", _) => SiteRole::SiteAdministratorExplorer,
        ("site", ..) => return Err("an administrator of the site needs the licence Creator or Explorer"),
        ("" | "none", "creator", Some(false)) => SiteRole::Explorer,
        ("" | "none", "creator", _) => SiteRole::Creator,
        ("" | "none", "explorer", Some(true)) => SiteRole::ExplorerCanPublish,
        ("" | "none", "explorer", _) => SiteRole::Explorer,
        ("" | "none", _, Some(true)) => return Err("a publisher needs the licence Creator or Explorer"),
        ("" | "none", "viewer", _) => SiteRole::Viewer,
        ("" | "none", ..) => SiteRole::Unlicensed,
        _ => return Err("the administrator column is none of System, Site and None"),
    };
    Ok(Some(role))
}

fn auth_setting(cell: &str) -> Result<Option<AuthSetting>, &'static str> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Ok(None);
    }
    if cell.eq_ignore_ascii_case("local") {
        return Ok(Some(AuthSetting::ServerDefault));
    }
    let known = AuthSetting::ALL.iter().find(|setting| setting.as_str().eq_ignore_ascii_case(cell));
    known.map(|setting| Some(*setting)).ok_or("the authentication is not one that is known")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_administrator_and_publisher_make_a_role() {
        use SiteRole::*;
        for (licence, administrator, publisher, role) in [
            // As documented.
            ("Creator", "System", "true", Some(ServerAdministrator)),
            ("Viewer", "System", "", Some(ServerAdministrator)),
            ("Creator", "Site", "true", Some(SiteAdministratorCreator)),
            ("Explorer", "Site", "yes", Some(SiteAdministratorExplorer)),
            ("Creator", "None", "1", Some(Creator)),
            ("Explorer", "None", "true", Some(ExplorerCanPublish)),
            ("Explorer", "None", "false", Some(Explorer)),
            ("Viewer", "None", "no", Some(Viewer)),
            ("Unlicensed", "None", "0", Some(Unlicensed)),
            // In any case, with what may be missing.
            ("cReAtOr", "nOnE", "YES", Some(Creator)),
            (" Explorer ", " site ", "No", Some(SiteAdministratorExplorer)),
            ("Creator", "", "", Some(Creator)),
            ("Explorer", "", "", Some(Explorer)),
            ("", "", "0", Some(Unlicensed)),
            ("", "none", "", Some(Unlicensed)),
            ("", "", "", None),
            // A Creator who may not publish is no Creator.
            ("Creator", "None", "false", Some(Explorer)),
            // What clients write.
            ("Interactor", "None", "0", Some(Explorer)),
            ("Interactor", "", "1", Some(ExplorerCanPublish)),
            ("ExplorerCanPublish", "", "1", Some(ExplorerCanPublish)),
            ("Publisher", "", "1", Some(ExplorerCanPublish)),
            ("ReadOnly", "", "0", Some(Viewer)),
            ("", "Site", "1", Some(SiteAdministratorExplorer)),
        ] {
            assert_eq!(site_role(licence, administrator, publisher), Ok(role), "{licence},{administrator},{publisher}");
        }
        for (licence, administrator, publisher) in [
            ("Invalid", "None", "0"),
            ("Guest", "", ""),
            ("Viewer", "Site", "1"),
            ("Unlicensed", "Site", "1"),
            ("Viewer", "None", "true"),
            ("Unlicensed", "None", "true"),
            ("", "", "true"),
            ("Creator", "Emperor", "1"),
            ("Creator", "None", "maybe"),
        ] {
            assert!(site_role(licence, administrator, publisher).is_err(), "{licence},{administrator},{publisher}");
        }
    }

    fn lines(file: &str) -> Vec<Line> {
        UserList::open(file.as_bytes().to_vec()).unwrap().0.collect()
    }

    #[test]
    fn lines_are_read_as_spreadsheets_write_them() {
        let file = "\u{feff}ann,\" p,\"\"w\",\"O'Neil,\r\nAnn\",Creator,None,1,ann@example.com,saml\r\n\
            \r\nbob\n \"x\" , ,,viewer\rlocal\\user\\0x40fremont,,,,,,,,,,\n";
        let lines = lines(file);
        let names: Vec<_> = lines.iter().map(|line| (line.number, line.name.as_str())).collect();
        assert_eq!(names, [(1, "ann"), (4, "bob"), (5, "\"x\""), (6, "local\\user@fremont")]);
        let mut rows = lines.into_iter().map(|line| line.row.unwrap_or_else(|problem| panic!("{problem}")));
        let ann = rows.next().unwrap();
        assert_eq!(ann.password.as_deref(), Some(" p,\"w"));
        assert_eq!(ann.full_name.as_deref(), Some("O'Neil, Ann"));
        assert_eq!(ann.site_role, Some(SiteRole::Creator));
        assert_eq!(ann.email.as_deref(), Some("ann@example.com"));
        assert_eq!(ann.auth_setting, Some(AuthSetting::SAML));
        let bob = rows.next().unwrap();
        assert!(bob.password.is_none() && bob.full_name.is_none() && bob.email.is_none() && bob.site_role.is_none());
        assert_eq!(rows.next().unwrap().site_role, Some(SiteRole::Viewer));
        assert_eq!(rows.next().unwrap().auth_setting, None);
    }

    #[test]
    fn a_line_that_cannot_be_read_takes_no_other_with_it() {
        let lines = lines("ann,p,Ann,Creator,None,1,a@b,SAML,x\n,p\nbob,p,Bob,Boss\ncy,,,,,,,Telepathy\ndan\n");
        let problems: Vec<_> = lines.into_iter().map(|line| line.row.err()).collect();
        assert_eq!(
            problems,
            [
                Some("there are more columns than 8"),
                Some("there is no user name"),
                Some("the licence is none of Creator, Explorer, Viewer and Unlicensed"),
                Some("the authentication is not one that is known"),
                None,
            ]
        );
    }

    #[test]
    fn what_holds_no_user_or_is_no_text_is_refused_whole() {
        for file in ["", "\u{feff}", "\r\n\n"] {
            assert!(UserList::open(file.as_bytes().to_vec()).is_err(), "{file:?}");
        }
        assert!(UserList::open(b"ann\xff".to_vec()).is_err());
    }
}
