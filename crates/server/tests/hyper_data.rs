//! Rows appended and changed through the wire, by the real engine; the extracts are made by it, too.

mod support;

#[path = "../../engine/tests/support/program.rs"]
mod program;

use std::{path::Path, process::Command};

use program::program;
use support::*;
use tavola_api::{
    Direction, Encoding, ErrorBody,
    datasources::{self, PublishedDatasource},
    decode,
    file_uploads::{self, FileUploadMessage},
    jobs::{self, Job, JobMessage},
};
use tavola_engine::{Access, Config, Engine, Session as Asking, sql};
use tavola_model::{DatasourceId, JobId, SiteRole};

/// A server with an engine, and another engine to make and look at files with; none where there is no program.
async fn start() -> Option<(TestServer, Files)> {
    let program = program()?;
    let server = TestServer::start_with(|config| config.engine = Some(program.clone())).await;
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(Config::new(Some(program), folder.path()));
    let session = engine.session().await.unwrap();
    Some((server, Files { session, _engine: engine, _folder: folder }))
}

struct Files {
    session: Asking,
    _engine: Engine,
    _folder: tempfile::TempDir,
}

impl Files {
    /// The bytes of an extract with a table made by these statements about the database `d`.
    async fn made(&self, statements: &[&str]) -> Vec<u8> {
        let file = self.session.folder().join("made.hyper");
        let quoted = sql::identifier(file.to_str().unwrap());
        self.session.execute(&format!("create database {quoted}")).await.unwrap();
        self.session.attach(&file, "d", Access::Write).await.unwrap();
        for statement in statements {
            self.session.execute(statement).await.unwrap_or_else(|problem| panic!("{statement}: {problem}"));
        }
        self.session.detach("d").await.unwrap();
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        bytes
    }

    /// An extract of sales with these ids, each with its tenfold as amount.
    async fn sales(&self, ids: &[i32]) -> Vec<u8> {
        let mut statements = vec![
            "create schema d.\"Extract\"".to_owned(),
            "create table d.\"Extract\".\"Extract\" (id integer, amount bigint)".to_owned(),
        ];
        let insert = |id: &i32| format!("insert into d.\"Extract\".\"Extract\" select {id}, {}", id * 10);
        statements.extend(ids.iter().map(insert));
        self.made(&statements.iter().map(String::as_str).collect::<Vec<_>>()).await
    }

    /// The rows of sales in an extract.
    async fn rows(&self, extract: &[u8]) -> Vec<String> {
        let file = self.session.folder().join("looked-at.hyper");
        std::fs::write(&file, extract).unwrap();
        self.session.attach(&file, "d", Access::Read).await.unwrap();
        let rows = self.session.rows("select id, amount from d.\"Extract\".\"Extract\" order by 1, 2").await.unwrap();
        self.session.detach("d").await.unwrap();
        std::fs::remove_file(&file).unwrap();
        let row = |row: Vec<Option<String>>| row.into_iter().flatten().collect::<Vec<_>>().join(":");
        rows.into_iter().map(row).collect()
    }
}

fn body(name: &str, file: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--B0\r\nContent-Disposition: name=\"request_payload\"\r\nContent-Type: text/xml\r\n\r\n\
         <tsRequest><datasource name=\"{name}\"/></tsRequest>\r\n--B0\r\n\
         Content-Disposition: name=\"tableau_datasource\"; filename=\"{file}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n--B0--\r\n"].concat()
}

impl Session<'_> {
    async fn publish(
        &self,
        name: &str,
        query: &str,
        file: &str,
        bytes: &[u8],
    ) -> Result<PublishedDatasource, ErrorBody> {
        let path = format!("/api/3.29/sites/{}/datasources{query}", self.credentials.site.id);
        let headers = [
            ("Accept", "application/json"),
            ("Content-Type", "multipart/mixed; boundary=B0"),
            ("X-Tableau-Auth", self.token()),
        ];
        let answer = self.server.send("POST", &path, &headers, &body(name, file, bytes)).await;
        if answer.status >= 400 {
            return Err(answer.json_error());
        }
        Ok(decode(&answer.body, Encoding::Json, Direction::Response).unwrap())
    }

    async fn made(&self, name: &str, file: &str, bytes: &[u8]) -> DatasourceId {
        let made = self.publish(name, "", file, bytes).await.unwrap();
        made.datasource.unwrap().id.unwrap().known().unwrap()
    }

    async fn content(&self, id: DatasourceId) -> Vec<u8> {
        let path = format!("/api/3.29/sites/{}/datasources/{id}/content", self.credentials.site.id);
        let answer = self.server.send("GET", &path, &[("X-Tableau-Auth", self.token())], b"").await;
        assert_eq!(answer.status, 200);
        answer.body
    }

    async fn revisions(&self, id: DatasourceId) -> usize {
        self.on_site(datasources::REVISIONS, &[&id], "", None).await.unwrap().revisions.revision.len()
    }

    async fn upload(&self, bytes: &[u8]) -> String {
        let begun: FileUploadMessage = self.on_site(file_uploads::INITIATE, &[], "", None).await.unwrap();
        let upload = begun.file_upload.upload_session_id.to_string();
        let path = format!("/api/3.29/sites/{}/fileUploads/{upload}", self.credentials.site.id);
        let headers = [("Content-Type", "multipart/mixed; boundary=B0"), ("X-Tableau-Auth", self.token())];
        let head = "--B0\r\nContent-Disposition: name=\"tableau_file\"; filename=\"file\"\r\n\r\n";
        let body = [head.as_bytes(), bytes, b"\r\n--B0--\r\n"].concat();
        assert_eq!(self.server.send("PUT", &path, &headers, &body).await.status, 200);
        upload
    }

    /// Asks for actions, as clients do.
    async fn update(&self, place: &str, query: &str, request: &str, actions: &str) -> Result<Job, ErrorBody> {
        let path = format!("/api/3.29/sites/{}/datasources/{place}/data{query}", self.credentials.site.id);
        let headers = [
            ("Accept", "application/json"),
            ("Content-Type", "application/json"),
            ("X-Tableau-Auth", self.token()),
            ("requestid", request),
        ];
        let body = format!("{{\"actions\":[{actions}]}}");
        let answer = self.server.send("PATCH", &path, &headers, body.as_bytes()).await;
        if answer.status >= 400 {
            return Err(answer.json_error());
        }
        assert_eq!(answer.status, 202);
        Ok(decode::<JobMessage>(&answer.body, Encoding::Json, Direction::Response).unwrap().job)
    }

    /// How a job ended: well, or why not.
    async fn ended(&self, id: JobId) -> Result<(), String> {
        loop {
            let JobMessage { job } = self.on_site(jobs::GET, &[&id], "", None).await.unwrap();
            if job.completed_at.is_some() {
                let notes = job.status_notes.unwrap_or_default().status_note;
                return match job.finish_code {
                    Some(0) => Ok(()),
                    _ => Err(notes.into_iter().filter_map(|note| note.text).collect()),
                };
            }
            tokio::task::yield_now().await;
        }
    }

    /// Makes these changes with the rows of a file, and waits for their end.
    async fn change(&self, id: DatasourceId, rows: &[u8], actions: &str) -> Result<(), String> {
        let upload = self.upload(rows).await;
        let job = self.update(&id.to_string(), &format!("?uploadSessionId={upload}"), &upload, actions).await.unwrap();
        self.ended(job.id).await
    }
}

/// A package with these files.
fn package(files: &[(&str, &[u8])]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("package.zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, bytes).unwrap();
    }
    writer.finish().unwrap();
    std::fs::read(path).unwrap()
}

fn unpacked(package: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(package)).unwrap();
    let read = |place| {
        let mut entry = archive.by_index(place).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        (entry.name().to_owned(), bytes)
    };
    (0..zip::ZipArchive::new(std::io::Cursor::new(package)).unwrap().len()).map(read).collect()
}

const TDS: &str = "<?xml version='1.0' encoding='utf-8' ?><datasource formatted-name='federated.1' version='18.1'>\
    <connection class='federated'><named-connections><named-connection caption='db' name='postgres.1'>\
    <connection class='postgres' server='db.example' port='5432' dbname='sales' username='ann'/></named-connection>\
    </named-connections></connection><extract enabled='true'><connection class='hyper' \
    dbname='Data/Extracts/sales.hyper' schema='Extract' tablename='Extract'/></extract></datasource>";

#[tokio::test]
async fn rows_are_appended_to_an_extract_as_a_new_revision() {
    let Some((server, files)) = start().await else { return };
    let admin = server.admin().await;
    let id = admin.made("Sales", "sales.hyper", &files.sales(&[1, 2]).await).await;
    let appended = admin.publish("Sales", "?append=true", "more.hyper", &files.sales(&[3]).await).await.unwrap();
    assert_eq!(appended.datasource.unwrap().id, Some(id.into()));
    assert_eq!(files.rows(&admin.content(id).await).await, ["1:10", "2:20", "3:30"]);
    let job = admin.publish("Sales", "?append=true&asJob=true", "more.hyper", &files.sales(&[4]).await).await.unwrap();
    admin.ended(job.job.unwrap().id).await.unwrap();
    assert_eq!(files.rows(&admin.content(id).await).await, ["1:10", "2:20", "3:30", "4:40"]);
    assert_eq!(admin.revisions(id).await, 3);
}

#[tokio::test]
async fn in_a_package_the_extract_alone_becomes_another() {
    let Some((server, files)) = start().await else { return };
    let admin = server.admin().await;
    let extract = files.sales(&[1]).await;
    let picture = vec![7; 100_000];
    let tdsx = package(&[
        ("sales.tds", TDS.as_bytes()),
        ("Data/Extracts/sales.hyper", &extract),
        ("Image/picture.png", &picture),
    ]);
    let id = admin.made("Sales", "sales.tdsx", &tdsx).await;
    let before = admin.on_site(datasources::CONNECTIONS, &[&id], "", None).await.unwrap();
    let more = package(&[("s.tds", TDS.as_bytes()), ("Data/Extracts/sales.hyper", &files.sales(&[2]).await)]);
    admin.publish("Sales", "?append=true", "more.tdsx", &more).await.unwrap();
    let entries = unpacked(&admin.content(id).await);
    let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["sales.tds", "Data/Extracts/sales.hyper", "Image/picture.png"]);
    assert_eq!((entries[0].1.as_slice(), &entries[2].1), (TDS.as_bytes(), &picture));
    assert_eq!(files.rows(&entries[1].1).await, ["1:10", "2:20"]);
    let after = admin.on_site(datasources::CONNECTIONS, &[&id], "", None).await.unwrap();
    assert_eq!(before, after, "connections, which people change, stay");
}

#[tokio::test]
async fn of_rows_that_are_appended_at_once_none_is_lost() {
    let Some((server, files)) = start().await else { return };
    let admin = server.admin().await;
    let id = admin.made("Sales", "sales.hyper", &files.sales(&[0]).await).await;
    let mut more = Vec::new();
    for number in 1..=4 {
        more.push(files.sales(&[number]).await);
    }
    let append = |bytes| admin.publish("Sales", "?append=true", "more.hyper", bytes);
    let (one, two, three, four) = tokio::join!(append(&more[0]), append(&more[1]), append(&more[2]), append(&more[3]));
    for outcome in [one, two, three, four] {
        outcome.unwrap();
    }
    assert_eq!(files.rows(&admin.content(id).await).await, ["0:0", "1:10", "2:20", "3:30", "4:40"]);
    assert_eq!(admin.revisions(id).await, 5);
}

#[tokio::test]
async fn what_cannot_be_appended_is_refused_and_changes_nothing() {
    let Some((server, files)) = start().await else { return };
    let admin = server.admin().await;
    let sales = files.sales(&[1]).await;
    let id = admin.made("Sales", "sales.hyper", &sales).await;
    let table = admin.made("Table", "table.csv", b"a\n1\n").await;
    let other = files.made(&["create table d.public.t (id integer, amount text)"]).await;
    let tde = [0x20, 0x02, 0x01, 0x62, 0xa0, 0x1e, 0xab, 0x07, 0, 0];
    let garbage = [b"HyPe".as_slice(), &[1; 100_000]].concat();
    let damaged = [b"Hyper\x01\0\0".as_slice(), &[1; 100_000]].concat();
    for (name, query, file, bytes, code) in [
        ("Nothing", "?append=true", "x.hyper", sales.as_slice(), "404004"),
        ("Sales", "?append=true&overwrite=true", "x.hyper", &sales, "400055"),
        ("Sales", "?append=maybe", "x.hyper", &sales, "400008"),
        ("Sales", "?append=true", "x.hyper", &other, "400011"),
        ("Sales", "?append=true", "x.tds", TDS.as_bytes(), "400011"),
        ("Sales", "?append=true", "x.csv", b"id,amount\n1,2\n", "400011"),
        ("Sales", "?append=true", "x.hyper", &tde, "400011"),
        ("Sales", "?append=true", "x.hyper", &garbage, "400011"),
        ("Sales", "?append=true", "x.hyper", &damaged, "400011"),
        ("Sales", "?append=true", "x.hyper", &sales[..sales.len() / 2], "400011"),
        ("Table", "?append=true", "x.hyper", &sales, "400011"),
    ] {
        let refused = admin.publish(name, query, file, bytes).await.unwrap_err();
        assert_eq!(refused.code, code, "{name} {query} {file} {}: {refused:?}", bytes.len());
        let folder = server.data_dir().display().to_string();
        assert!(!refused.detail.0.contains(&folder), "{refused:?}");
    }
    assert_eq!((admin.revisions(id).await, admin.revisions(table).await), (1, 1));
    assert_eq!(admin.content(id).await, sales);
}

const TABLES: &str =
    r#""target-schema":"Extract","target-table":"Extract","source-schema":"Extract","source-table":"Extract""#;
const SAME_ID: &str = r#""condition":{"op":"eq","target-col":"id","source-col":"id"}"#;

#[tokio::test]
async fn rows_are_changed_by_every_action() {
    let Some((server, files)) = start().await else { return };
    let admin = server.admin().await;
    let rows = files.made(&[
        "create schema d.\"Extract\"",
        "create table d.\"Extract\".\"Extract\" (amount bigint, id integer)",
        "insert into d.\"Extract\".\"Extract\" select 7, 2",
        "insert into d.\"Extract\".\"Extract\" select 9, 3",
    ]);
    let rows = rows.await;
    let by_constant = r#""condition":{"op":"or","args":[{"op":"lt","target-col":"amount","const":{"type":"integer","v":15}},
        {"op":"not","args":[{"op":"neq","target-col":"id","const":{"type":"double","v":"99.5"}}]}]}"#;
    let delete = format!(r#"{{"action":"delete","target-table":"Extract",{by_constant}}}"#);
    let both = format!(r#"{{"action":"replace",{TABLES}}},{{"action":"insert",{TABLES}}}"#);
    for (name, actions, wanted) in [
        ("insert", format!(r#"{{"action":"insert",{TABLES}}}"#), vec!["1:10", "2:7", "2:20", "3:9"]),
        ("update", format!(r#"{{"action":"update",{TABLES},{SAME_ID}}}"#), vec!["1:10", "2:7"]),
        ("upsert", format!(r#"{{"action":"upsert",{TABLES},{SAME_ID}}}"#), vec!["1:10", "2:7", "3:9"]),
        ("delete by rows", format!(r#"{{"action":"delete",{TABLES},{SAME_ID}}}"#), vec!["1:10"]),
        ("delete", delete, vec!["2:20"]),
        ("replace", format!(r#"{{"action":"replace",{TABLES}}}"#), vec!["2:7", "3:9"]),
        ("several", both, vec!["2:7", "2:7", "3:9", "3:9"]),
    ] {
        let id = admin.made(name, "sales.hyper", &files.sales(&[1, 2]).await).await;
        admin.change(id, &rows, &actions).await.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!(files.rows(&admin.content(id).await).await, wanted, "{name}");
        assert_eq!(admin.revisions(id).await, 2, "{name}");
    }
}

#[tokio::test]
async fn the_same_request_is_done_once() {
    let Some((server, files)) = start().await else { return };
    let admin = server.admin().await;
    let id = admin.made("Sales", "sales.hyper", &files.sales(&[1]).await).await;
    let rows = files.sales(&[2]).await;
    let upload = admin.upload(&rows).await;
    let query = format!("?uploadSessionId={upload}");
    let insert = format!(r#"{{"action":"insert",{TABLES}}}"#);
    let place = id.to_string();
    let first = admin.update(&place, &query, "once", &insert).await.unwrap();
    let again = admin.update(&place, &query, "once", &insert).await.unwrap();
    admin.ended(first.id).await.unwrap();
    let later = admin.update(&place, &query, "once", &insert).await.unwrap();
    assert_eq!((again.id, later.id), (first.id, first.id));
    assert_eq!(files.rows(&admin.content(id).await).await, ["1:10", "2:20"]);
    // Another request is done.
    let other = admin.upload(&rows).await;
    let other = admin.update(&place, &format!("?uploadSessionId={other}"), "other", &insert).await.unwrap();
    admin.ended(other.id).await.unwrap();
    assert_eq!(files.rows(&admin.content(id).await).await, ["1:10", "2:20", "2:20"]);
    let gone = admin.update(&place, &query, "new", &insert).await.unwrap_err();
    assert_eq!(gone.code, "404015", "an upload is used up");
}

#[tokio::test]
async fn actions_that_make_no_sense_are_refused_at_once() {
    let Some((server, files)) = start().await else { return };
    let admin = server.admin().await;
    let id = admin.made("Sales", "sales.hyper", &files.sales(&[1]).await).await.to_string();
    let upload = format!("?uploadSessionId={}", admin.upload(&files.sales(&[2]).await).await);
    let delete = |condition: &str| format!(r#"{{"action":"delete","target-table":"Extract","condition":{condition}}}"#);
    for (query, actions, code) in [
        (upload.as_str(), String::new(), "400000"),
        (&upload, r#"{"action":"vanish","target-table":"Extract"}"#.to_owned(), "400000"),
        (&upload, r#"{"action":"insert","source-table":"Extract"}"#.to_owned(), "400000"),
        (&upload, r#"{"action":"insert","target-table":"Extract"}"#.to_owned(), "400000"),
        (&upload, format!(r#"{{"action":"update",{TABLES}}}"#), "400000"),
        (&upload, r#"{"action":"delete","target-table":"Extract"}"#.to_owned(), "400000"),
        (&upload, delete(r#"{"op":"like","target-col":"id","const":{"type":"string","v":"1"}}"#), "400000"),
        (&upload, delete(r#"{"op":"eq","target-col":"id"}"#), "400000"),
        (
            &upload,
            delete(r#"{"op":"eq","target-col":"id","source-col":"id","const":{"type":"string","v":"1"}}"#),
            "400000",
        ),
        (&upload, delete(r#"{"op":"and","args":[]}"#), "400000"),
        (&upload, delete(r#"{"op":"eq","target-col":"id","const":{"type":"file","v":"/etc/passwd"}}"#), "400000"),
        ("", format!(r#"{{"action":"insert",{TABLES}}}"#), "400000"),
        ("?uploadSessionId=nonsense", format!(r#"{{"action":"insert",{TABLES}}}"#), "404015"),
    ] {
        let refused = admin.update(&id, query, "r", &actions).await.unwrap_err();
        assert_eq!(refused.code, code, "{actions}: {refused:?}");
    }
    let insert = format!(r#"{{"action":"insert",{TABLES}}}"#);
    let long = "r".repeat(257);
    assert_eq!(admin.update(&id, &upload, &long, &insert).await.unwrap_err().code, "400000");
    let unknown = "12345678-1234-4123-8123-123456789012";
    assert_eq!(admin.update(unknown, &upload, "r", &insert).await.unwrap_err().code, "404004");
    let connection = format!("{id}/connections/{unknown}");
    assert_eq!(admin.update(&connection, &upload, "r", &insert).await.unwrap_err().code, "404020");
}

#[tokio::test]
async fn names_and_values_that_are_statements_or_paths_stay_names_and_values() {
    let Some((server, files)) = start().await else { return };
    let admin = server.admin().await;
    let sales = files.sales(&[1]).await;
    let id = admin.made("Sales", "sales.hyper", &sales).await;
    for action in [
        r#"{"action":"delete","target-table":"Extract\" as t; drop table \"Extract","condition":{"op":"eq","target-col":"id","const":{"type":"integer","v":1}}}"#,
        r#"{"action":"delete","target-table":"Extract","condition":{"op":"eq","target-col":"id\" = 1 or \"id","const":{"type":"integer","v":1}}}"#,
        r#"{"action":"delete","target-table":"Extract","condition":{"op":"eq","target-col":"id","const":{"type":"integer","v":"1) or (1=1"}}}"#,
        r#"{"action":"insert","target-table":"Extract","source-schema":"/etc","source-table":"/etc/passwd"}"#,
        r#"{"action":"insert","target-table":"Extract","source-table":"external('/etc/passwd')"}"#,
    ] {
        let problem = admin.change(id, &sales, action).await.unwrap_err();
        assert!(!problem.is_empty() && !problem.contains("root:"), "{action}: {problem}");
        assert_eq!(admin.content(id).await, sales, "{action}");
    }
    let quoted = r#"{"action":"delete","target-table":"Extract","condition":{"op":"eq","target-col":"id","const":{"type":"string","v":"'; drop table x; --"}}}"#;
    // A number is compared with a text: whatever comes of it, nothing is dropped.
    let _ = admin.change(id, &sales, quoted).await;
    assert_eq!(files.rows(&admin.content(id).await).await, ["1:10"]);
}

#[tokio::test]
async fn only_who_may_publish_over_a_data_source_changes_its_rows() {
    let Some((server, files)) = start().await else { return };
    let admin = server.admin().await;
    let sales = files.sales(&[1]).await;
    let id = admin.made("Sales", "sales.hyper", &sales).await;
    admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    admin.add_user("vic", SiteRole::Viewer, Some("p")).await;
    let delete = r#"{"action":"delete","target-table":"Extract","condition":{"op":"gt","target-col":"id","const":{"type":"integer","v":0}}}"#;
    for name in ["ann", "vic"] {
        let other = server.with_password(name, "p", "").await.unwrap();
        let refused = other.update(&id.to_string(), "", "r", delete).await.unwrap_err();
        assert_eq!(&refused.code[..3], "403", "{name}: {refused:?}");
        let refused = other.publish("Sales", "?append=true", "x.hyper", &sales).await.unwrap_err();
        assert_eq!(refused.code, "403007", "{name}: {refused:?}");
    }
    assert_eq!(admin.revisions(id).await, 1);
    // Another user's request of the same name is another request.
    let job = admin.update(&id.to_string(), "", "r", delete).await.unwrap();
    admin.ended(job.id).await.unwrap();
    assert!(files.rows(&admin.content(id).await).await.is_empty());
}

#[tokio::test]
async fn an_engine_that_is_killed_fails_the_job_and_nothing_else() {
    let Some((server, files)) = start().await else { return };
    let admin = server.admin().await;
    let many = files.made(&[
        "create schema d.\"Extract\"",
        "create table d.\"Extract\".\"Extract\" (id bigint, amount bigint)",
        "insert into d.\"Extract\".\"Extract\" select a, a from generate_series(1::bigint, 300000::bigint) as s(a)",
    ]);
    let many = many.await;
    let id = admin.made("Sales", "sales.hyper", &many).await;
    let upload = admin.upload(&many).await;
    // As many comparisons as rows by rows: nobody waits for the end of that.
    let endless = format!(
        r#"{{"action":"delete",{TABLES},"condition":{{"op":"and","args":[{{"op":"neq","target-col":"id","source-col":"id"}},
        {{"op":"gt","target-col":"amount","source-col":"id"}},{{"op":"lt","target-col":"amount","source-col":"amount"}}]}}}}"#
    );
    let job = admin.update(&id.to_string(), &format!("?uploadSessionId={upload}"), "r", &endless).await.unwrap();
    let killing = async {
        // Whatever it is at: reading the files, or in the middle of the statement.
        loop {
            if let Some(engine) = server.engine_process_id().await {
                Command::new("kill").args(["-KILL", &engine.to_string()]).output().unwrap();
            }
            tokio::task::yield_now().await;
        }
    };
    let problem = tokio::select! {
        ended = admin.ended(job.id) => ended.unwrap_err(),
        () = killing => unreachable!(),
    };
    assert!(problem.contains("engine"), "{problem}");
    assert_eq!(admin.content(id).await, many);
    let delete = r#"{"action":"delete","target-table":"Extract","condition":{"op":"gt","target-col":"id","const":{"type":"integer","v":2}}}"#;
    let job = admin.update(&id.to_string(), "", "next", delete).await.unwrap();
    admin.ended(job.id).await.unwrap();
    assert_eq!(files.rows(&admin.content(id).await).await, ["1:1", "2:2"]);
}

#[tokio::test]
async fn nothing_is_left_of_what_was_done() {
    let Some((mut server, files)) = start().await else { return };
    let admin = server.admin().await;
    admin.made("Sales", "sales.hyper", &files.sales(&[1]).await).await;
    admin.publish("Sales", "?append=true", "more.hyper", &files.sales(&[2]).await).await.unwrap();
    let engine = server.engine_process_id().await.unwrap();
    let scratch = server.data_dir().join("engine/scratch");
    assert!(entries(&scratch) > 1);
    server.restart().await;
    assert_eq!(entries(&scratch), 1, "the lock alone");
    let alive = Command::new("kill").args(["-0", &engine.to_string()]).output().unwrap();
    assert!(!alive.status.success(), "the engine ends with the server");
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}
