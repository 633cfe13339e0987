//! Users by files of comma-separated values: what becomes of each line, who may, and what is left when a server stops.

mod support;

use std::{path::Path, time::Duration};

use support::*;
use tavola_api::{
    ApiVersion, Count, Direction, Encoding, Endpoint, ErrorBody, NoBody, Secret, Upload, Word, decode,
    jobs::{self, Job, JobMessage},
    sites::{self, Site, SiteMessage},
    users::{self, ImportUsers, User, UserMessage},
};
use tavola_model::{AuthSetting, FinishCode, JobId, JobType, SiteRole};

impl Session<'_> {
    /// Calls an endpoint that takes a file, on the session's own site.
    async fn upload<T: serde::Serialize>(
        &self,
        endpoint: Endpoint<Upload<T>, JobMessage>,
        message: Option<T>,
        file: &str,
    ) -> Result<Job, ErrorBody> {
        let upload = Upload { message, file: file.as_bytes().to_vec() };
        let part = endpoint.about.file_part.unwrap();
        let (content_type, body) = upload.encode(part, "a-boundary-of-this-test", ApiVersion::LATEST).unwrap();
        self.post_file(&endpoint.about.fill(&[&self.credentials.site.id]), &content_type, &body).await
    }

    async fn post_file(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Job, ErrorBody> {
        let path = format!("/api/{}{path}", ApiVersion::LATEST);
        let headers =
            [("Accept", "application/json"), ("Content-Type", content_type), ("X-Tableau-Auth", self.token())];
        let answer = self.server.send("POST", &path, &headers, body).await;
        if answer.status != 200 {
            return Err(answer.json_error());
        }
        Ok(decode::<JobMessage>(&answer.body, Encoding::Json, Direction::Response).unwrap().job)
    }

    async fn import(&self, file: &str) -> Job {
        let job = self.upload(users::IMPORT_CSV, None, file).await.unwrap();
        self.wait(job.id).await
    }

    async fn remove(&self, file: &str) -> Job {
        let job = self.upload(users::REMOVE_CSV, None::<NoBody>, file).await.unwrap();
        self.wait(job.id).await
    }

    async fn job(&self, id: JobId) -> Result<Job, ErrorBody> {
        self.on_site(jobs::GET, &[&id], "", None).await.map(|answer| answer.job)
    }

    async fn wait(&self, id: JobId) -> Job {
        let ended = async {
            loop {
                let job = self.job(id).await.unwrap();
                if job.ended().is_some() {
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), ended).await.unwrap()
    }

    async fn user(&self, name: &str) -> Option<User> {
        let query = format!("?filter=name:eq:{}&fields=_all_", name.replace(' ', "%20"));
        self.on_site(users::LIST, &[], &query, None).await.unwrap().users.user.pop()
    }

    async fn count(&self) -> u64 {
        self.on_site(users::LIST, &[], "?pageSize=1", None).await.unwrap().pagination.total_available.0
    }

    async fn role(&self, name: &str) -> Option<SiteRole> {
        self.user(name).await?.site_role?.known()
    }
}

/// A job's notes as `Type=value`, and beside them the text of those that have one.
fn notes(job: &Job) -> (Vec<String>, String) {
    let notes = job.status_notes.clone().unwrap_or_default().status_note;
    let counts = notes.iter().map(|note| format!("{}={}", note.note_type, note.value.as_deref().unwrap())).collect();
    let texts: Vec<String> = notes.into_iter().filter_map(|note| note.text).collect();
    (counts, texts.join("\n"))
}

#[tokio::test]
async fn each_line_is_added_changed_or_reported_and_none_stops_another() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("old", SiteRole::Viewer, Some("old password")).await;
    admin.add_user("same", SiteRole::Viewer, None).await;
    let file = "\u{feff}ann,s3cret-1,\"O'Neil, \"\"Ann\"\"\",Creator,None,yes,ann@example.com\r\n\
        local\\bob,,,explorer,SITE,TRUE,\r\n\
        old,s3cret-2,The Old,Creator,None,1,old@example.com,SAML\r\n\
        same,,,Viewer,None,0\r\n\
        bare\r\n\
        boss,,,Boss,s3cret-3\r\n\
        ,s3cret-4\r\n\
        corp\\cy,s3cret-5,Cy,Viewer,None,0,\r\n\
        dan,s3cret-6,Dan,Viewer,None,0,s3cret-7\r\n\
        eve,s3cret-8,Eve,Viewer,None,0,,,s3cret-9\r\n\
        guest,,,Viewer,None,0\r\n\
        admin,,,Viewer,None,0\r\n\
        \"fred\nastaire\",,,Viewer\r\n\
        root,,,Creator,System,1\r\n";
    let begun = admin.upload(users::IMPORT_CSV, None, file).await.unwrap();
    assert_eq!(begun.mode.as_deref(), Some("Asynchronous"));
    assert_eq!(begun.job_type, Some(JobType::CreateSiteUsersCsv.into()));
    assert_eq!(begun.progress, Some(Count(0)));
    assert_eq!(begun.created_at, Some(server.clock.now()));
    assert_eq!((begun.completed_at, begun.finish_code), (None, None));

    let job = admin.wait(begun.id).await;
    assert_eq!(job.ended(), Some(FinishCode::Success));
    assert_eq!(job.progress, Some(Count(100)));
    let (counts, text) = notes(&job);
    assert_eq!(
        counts,
        [
            "CountOfUsersProcessed=14",
            "CountOfUsersAddedToSite=4",
            "CountOfUsersSiteRoleUpdated=1",
            "CountOfUsersInformationUpdated=1",
            "CountOfUsersSkipped=8",
        ]
    );
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "line 6: `boss`: the licence is none of Creator, Explorer, Viewer and Unlicensed",
            "line 7: ``: there is no user name",
            "line 8: `corp\\cy`: domain `corp` could not be found",
            "line 9: `dan`: the e-mail address is not one",
            "line 10: `eve`: there are more columns than 8",
            "line 11: `guest`: the user Guest cannot be added",
            "line 12: `admin`: nobody may change their own site role",
            "line 13: `fred",
            "astaire`: the user name must not hold control characters",
        ]
    );
    let ann = admin.user("ann").await.unwrap();
    assert_eq!(ann.full_name.as_deref(), Some("O'Neil, \"Ann\""));
    assert_eq!(ann.email.as_deref(), Some("ann@example.com"));
    assert_eq!(ann.site_role, Some(SiteRole::Creator.into()));
    server.with_password("ann", "s3cret-1", "").await.unwrap();
    assert_eq!(admin.role("bob").await, Some(SiteRole::SiteAdministratorExplorer));
    assert_eq!(admin.role("bare").await, Some(SiteRole::Unlicensed));
    assert_eq!(admin.role("root").await, Some(SiteRole::ServerAdministrator));
    // Who was there gets what the file says, but keeps the password.
    let old = admin.user("old").await.unwrap();
    assert_eq!(old.site_role, Some(SiteRole::Creator.into()));
    assert_eq!(old.full_name.as_deref(), Some("The Old"));
    assert_eq!(old.auth_setting, Some(AuthSetting::SAML.into()));
    server.with_password("old", "old password", "").await.unwrap();

    // The same again changes nothing.
    let (counts, _) = notes(&admin.import(file).await);
    assert_eq!(
        counts[1..4],
        ["CountOfUsersAddedToSite=0", "CountOfUsersSiteRoleUpdated=0", "CountOfUsersInformationUpdated=0"]
    );
    server.with_password("old", "old password", "").await.unwrap();
    // A line that says nothing but a name leaves the role as it is.
    admin.import("old\n").await;
    assert_eq!(admin.role("old").await, Some(SiteRole::Creator));
}

#[tokio::test]
async fn the_users_a_file_names_are_removed() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.import("ann,,,Viewer\nbob,,,Viewer\ncy,,,Viewer\n").await;
    // As a published client writes it: a name and six empty columns.
    let job =
        admin.remove("Local\\ANN,,,,,,\r\nnobody,,,,,,\r\nadmin,,,,,,\r\nbob,whatever,\"is, here\",Boss\r\n").await;
    assert_eq!(job.ended(), Some(FinishCode::Success));
    let (counts, text) = notes(&job);
    assert_eq!(counts, ["CountOfUsersProcessed=4", "CountOfUsersSkipped=2"]);
    assert_eq!(
        text,
        "2 users were removed from the site\nline 2: `nobody`: user `nobody` could not be found\n\
         line 3: `admin`: nobody removes themselves by a file"
    );
    assert_eq!((admin.user("ann").await, admin.user("bob").await), (None, None));
    assert_eq!(admin.role("cy").await, Some(SiteRole::Viewer));
}

#[tokio::test]
async fn the_message_beside_the_file_says_how_users_sign_in() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let user = |name: Option<&str>, setting| User {
        name: name.map(str::to_owned),
        auth_setting: Some(Word::Known(setting)),
        idp_configuration_id: name.map(|_| "idp-7".to_owned()),
        ..Default::default()
    };
    let message = ImportUsers { user: vec![user(Some("ANN"), AuthSetting::OpenID), user(None, AuthSetting::SAML)] };
    let file = "ann,,,Viewer\nbob,,,Viewer\ncy,,,Viewer,,,,ServerDefault\n";
    let job = admin.upload(users::IMPORT_CSV, Some(message), file).await.unwrap();
    admin.wait(job.id).await;
    let ann = admin.user("ann").await.unwrap();
    assert_eq!(ann.auth_setting, Some(AuthSetting::OpenID.into()));
    assert_eq!(ann.idp_configuration_id.as_deref(), Some("idp-7"));
    assert_eq!(admin.user("bob").await.unwrap().auth_setting, Some(AuthSetting::SAML.into()));
    assert_eq!(admin.user("cy").await.unwrap().auth_setting, Some(AuthSetting::ServerDefault.into()));

    let wrong = User { auth_setting: Some(Word::Other("Telepathy".into())), ..Default::default() };
    let message = ImportUsers { user: vec![wrong] };
    let error = admin.upload(users::IMPORT_CSV, Some(message), "dan,,,Viewer\n").await.unwrap_err();
    assert_eq!(error.code, "400013");
}

#[tokio::test]
async fn a_body_is_read_as_clients_write_it_and_refused_cleanly_otherwise() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let path = format!("/sites/{}/users/import", admin.credentials.site.id);
    let message = "--B\r\nContent-Disposition: name=\"request_payload\"\r\nContent-Type: application/json\r\n\r\n\
        {\"user\":[{\"authSetting\":\"SAML\"}]}\r\n";
    let csv = |name: &str| {
        format!(
            "--B\r\nContent-Disposition: form-data; filename=\"u.csv\"; name=\"tableau_user_import\"\r\n\
             Content-Type: file\r\n\r\n{name},,,Viewer\r\n"
        )
    };
    let other = "--B\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n";
    let empty = "--B\r\nContent-Disposition: form-data; name=\"request_payload\"; filename=\"\"\r\n\r\n\r\n";
    for (name, body) in [
        ("u1", format!("{message}{other}{}--B--\r\n", csv("u1"))),
        ("u2", format!("{}{message}--B--", csv("u2"))),
        ("u3", format!("{}--B--\r\n", csv("u3"))),
        ("u4", format!("{empty}{}--B--\r\n", csv("u4"))),
    ] {
        let kind = "multipart/mixed; boundary=\"B\"";
        let job = admin.post_file(&path, kind, body.as_bytes()).await.unwrap();
        admin.wait(job.id).await;
        let setting = if body.contains("SAML") { AuthSetting::SAML } else { AuthSetting::ServerDefault };
        assert_eq!(admin.user(name).await.unwrap().auth_setting, Some(setting.into()), "{name}");
    }
    let mixed = "multipart/mixed; boundary=B";
    let (u5, u6) = (csv("u5"), csv("u6"));
    for (kind, body, code) in [
        ("application/xml", "<tsRequest/>".to_owned(), "415000"),
        ("multipart/mixed", format!("{u5}--B--\r\n"), "415000"),
        (mixed, format!("{}--B--\r\n", message.replace("application/json", "image/png")), "415000"),
        (mixed, String::new(), "400000"),
        (mixed, "--B--\r\n".to_owned(), "400000"),
        (mixed, format!("{message}--B--\r\n"), "400000"),
        (mixed, u5.clone(), "400000"),
        (mixed, format!("{u5}{u6}--B--\r\n"), "400000"),
        (mixed, format!("{u5}{}--B--\r\n", message.replace('}', "")), "400000"),
        (mixed, u5.replace("u5,,,Viewer", "") + "--B--\r\n", "400000"),
        (mixed, u5.replace("\r\n\r\n", "\r\n") + "--B--\r\n", "400000"),
    ] {
        let error = admin.post_file(&path, kind, body.as_bytes()).await.unwrap_err();
        assert_eq!(error.code, code, "{kind}: {body}: {error:?}");
    }
    let not_text = [u5.as_bytes(), b"\xff\xfe\r\n--B--\r\n"].concat();
    assert_eq!(admin.post_file(&path, mixed, &not_text).await.unwrap_err().code, "400000");
    let huge = vec![b'x'; 33 * 1024 * 1024];
    assert_eq!(admin.post_file(&path, mixed, &huge).await.unwrap_err().code, "413000");
    assert_eq!(admin.count().await, 5);
}

#[tokio::test]
async fn a_file_may_be_larger_than_a_message_and_a_message_may_not() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let blank_lines = "\r\n".repeat(1024 * 1024);
    assert_eq!(admin.import(&format!("{blank_lines}ann,,,Viewer\n")).await.ended(), Some(FinishCode::Success));
    assert_eq!(admin.role("ann").await, Some(SiteRole::Viewer));
    let path = format!("/api/3.29/sites/{}/users", admin.credentials.site.id);
    let headers = [("X-Tableau-Auth", admin.token())];
    let answer = server.send("POST", &path, &headers, blank_lines.as_bytes()).await;
    assert_eq!(answer.xml_error().code, "413000");
}

#[tokio::test]
async fn ten_thousand_users_are_all_there() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let file: String =
        (0..10_000).map(|n| format!("user{n:05},,User {n},Viewer,None,0,user{n}@example.com\r\n")).collect();
    let job = admin.import(&file).await;
    assert_eq!(job.ended(), Some(FinishCode::Success));
    let (counts, _) = notes(&job);
    assert_eq!(counts[..2], ["CountOfUsersProcessed=10000", "CountOfUsersAddedToSite=10000"]);
    assert_eq!(admin.count().await, 10_001);
    assert_eq!(admin.user("user09999").await.unwrap().full_name.as_deref(), Some("User 9999"));
    let names: String = (0..10_000).map(|n| format!("user{n:05}\n")).collect();
    let (_, text) = notes(&admin.remove(&names).await);
    assert_eq!(text, "10000 users were removed from the site");
    assert_eq!(admin.count().await, 1);
}

#[tokio::test]
async fn two_imports_at_once_add_each_user_once() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let file: String = (0..500).map(|n| format!("user{n},,,Viewer\n")).collect();
    let (one, two) = tokio::join!(admin.import(&file), admin.import(&file));
    let added = |job: &Job| {
        let (counts, text) = notes(job);
        assert_eq!((job.ended(), counts[4].as_str()), (Some(FinishCode::Success), "CountOfUsersSkipped=0"), "{text}");
        counts[1].strip_prefix("CountOfUsersAddedToSite=").unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(added(&one) + added(&two), 500);
    assert_eq!(admin.count().await, 501);
}

#[tokio::test]
async fn only_who_manages_users_may_import_and_remove_them() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    for refused in [
        ann.upload(users::IMPORT_CSV, None, "bob,,,Viewer\n").await,
        ann.upload(users::REMOVE_CSV, None, "admin\n").await,
    ] {
        assert_eq!(refused.unwrap_err().code, "403004");
    }
    assert_eq!(admin.count().await, 2);
}

#[tokio::test]
async fn a_site_administrator_imports_within_their_rights_and_the_quota() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let site = admin.create_site("Sales", "sales").await;
    let there = server.with_password(ADMIN, PASSWORD, "sales").await.unwrap();
    let quota = Site { user_quota: Some("4".into()), ..Default::default() };
    let id = site.id.unwrap().known().unwrap();
    there.call(sites::UPDATE, &[&id], "", Some(&SiteMessage { site: quota })).await.unwrap();
    there.add_user("chief", SiteRole::SiteAdministratorCreator, Some("p")).await;
    let chief = server.with_password("chief", "p", "sales").await.unwrap();
    let file = "ann,,,Creator,System,1\nadmin,,,Viewer\nbob,p,,Viewer\ncy,,,Viewer\ndan,,,Viewer\nfree\n";
    let before = there.count().await;
    let checked = chief.upload(users::CHECK_CSV, None, file).await.unwrap();
    let checked = chief.wait(checked.id).await;
    assert_eq!(there.count().await, before, "a check changes nothing");
    let job = chief.import(file).await;
    assert_eq!(notes(&checked), notes(&job), "it tells what the import comes to");
    let (counts, text) = notes(&job);
    assert_eq!(job.ended(), Some(FinishCode::Success));
    assert_eq!(counts[0], "CountOfUsersProcessed=6");
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "line 1: `ann`: only a server administrator may do this",
            "line 2: `admin`: only a server administrator may change a server administrator",
            "line 5: `dan`: the site's quota of 4 users is used up",
        ]
    );
    assert_eq!(counts.last().unwrap(), "CountOfUsersWithInsufficientLicenses=1");
    // A refused line leaves nothing behind: the name is free for another site's import.
    assert_eq!(there.role("admin").await, Some(SiteRole::ServerAdministrator));
    assert_eq!(there.user("dan").await, None);
    assert_eq!(there.role("free").await, Some(SiteRole::Unlicensed));
}

#[tokio::test]
async fn a_job_is_seen_by_who_began_it_and_by_administrators_of_its_site() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("chief", SiteRole::SiteAdministratorCreator, Some("p")).await;
    let ann_id = admin.add_user("ann", SiteRole::SiteAdministratorCreator, Some("p")).await;
    admin.add_user("viewer", SiteRole::Viewer, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let id = ann.import("bob,,,Viewer\n").await.id;
    for who in ["chief", "ann"] {
        assert_eq!(server.with_password(who, "p", "").await.unwrap().job(id).await.unwrap().id, id, "{who}");
    }
    let viewer = server.with_password("viewer", "p", "").await.unwrap();
    assert_eq!(viewer.job(id).await.unwrap_err().code, "404018");
    // Who began it sees it also when they are no administrator any more.
    let user = User { site_role: Some(SiteRole::Viewer.into()), ..Default::default() };
    admin.on_site(users::UPDATE, &[&ann_id], "", Some(&UserMessage { user })).await.unwrap();
    let ann = server.with_password("ann", "p", "").await.unwrap();
    assert_eq!(ann.job(id).await.unwrap().id, id);

    admin.create_site("Elsewhere", "elsewhere").await;
    let elsewhere = server.with_password(ADMIN, PASSWORD, "elsewhere").await.unwrap();
    assert_eq!(elsewhere.job(id).await.unwrap_err().code, "404018");
    assert_eq!(
        elsewhere.call(jobs::GET, &[&admin.credentials.site.id, &id], "", None).await.unwrap_err().code,
        "404000"
    );
    for unknown in ["12345678-1234-4123-8123-123456789012", "x"] {
        assert_eq!(admin.on_site(jobs::GET, &[&unknown], "", None).await.unwrap_err().code, "404018");
    }
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle_says_how_far_it_got_and_the_file_can_be_sent_again() {
    let mut server = TestServer::start().await;
    // Hashing takes long enough for this to be the middle.
    let file: String = (0..150).map(|n| format!("user{n},password {n},,Viewer\n")).collect();
    let id = {
        let admin = server.admin().await;
        let job = admin.upload(users::IMPORT_CSV, None, &file).await.unwrap();
        assert_eq!(admin.job(job.id).await.unwrap().ended(), None);
        job.id
    };
    server.restart().await;
    let admin = server.admin().await;
    let job = admin.job(id).await.unwrap();
    assert_eq!(job.ended(), Some(FinishCode::Failed));
    let there = admin.count().await - 1;
    assert!(there < 150, "{there}");
    let (counts, text) = notes(&job);
    assert_eq!(counts[..2], [format!("CountOfUsersProcessed={there}"), format!("CountOfUsersAddedToSite={there}")]);
    assert_eq!(text, format!("the server stopped before the job was done: {there} of 150 lines were done"));
    assert_eq!(admin.import(&file).await.ended(), Some(FinishCode::Success));
    assert_eq!(admin.count().await, 151);
    server.with_password("user149", "password 149", "").await.unwrap();
}

#[tokio::test]
async fn an_import_ends_when_who_began_it_loses_the_right() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let chief_id = admin.add_user("chief", SiteRole::SiteAdministratorCreator, Some("p")).await;
    let chief = server.with_password("chief", "p", "").await.unwrap();
    let file: String = (0..150).map(|n| format!("user{n},password {n},,Viewer\n")).collect();
    let job = chief.upload(users::IMPORT_CSV, None, &file).await.unwrap();
    let user = User { site_role: Some(SiteRole::Viewer.into()), ..Default::default() };
    admin.on_site(users::UPDATE, &[&chief_id], "", Some(&UserMessage { user })).await.unwrap();
    let job = admin.wait(job.id).await;
    assert_eq!(job.ended(), Some(FinishCode::Failed));
    let (_, text) = notes(&job);
    assert!(text.starts_with("only an administrator of the site may do this: "), "{text}");
    assert!(admin.count().await < 152);
}

fn holds(folder: &Path, text: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, text);
        }
        std::fs::read(&path).unwrap().windows(text.len()).any(|window| window == text)
    })
}

#[tokio::test]
async fn no_password_of_a_file_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = TestServer::start_with(|config| config.data_dir = data.clone()).await;
    let admin = server.admin().await;
    let file = "findable-name,findable-secret,,Viewer\nwrong,findable-secret,,Boss\nshifted,,,,,,findable-secret\n";
    let job = admin.import(file).await;
    assert!(!notes(&job).1.contains("findable-secret"));
    server.with_password("findable-name", "findable-secret", "").await.unwrap();
    assert!(holds(&data, b"findable-name") && !holds(&data, b"findable-secret"));
    let user = User { password: Some(Secret::new("x")), ..Default::default() };
    let upload = Upload { message: Some(ImportUsers { user: vec![user] }), file: b"findable-secret".to_vec() };
    assert!(!format!("{upload:?}").contains("findable-secret"));
}
