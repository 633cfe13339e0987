//! Workbooks and views through the wire: published in one request or in blocks, described, changed, handed back.

mod support;

use support::*;
use tavola_api::{
    Direction, Encoding, ErrorBody, decode, file_uploads,
    jobs::{self, JobMessage},
    projects::{self, Location, Project, ProjectMessage},
    tags::{Tags, TagsMessage},
    views,
    workbooks::{self, PublishedWorkbook, Workbook, WorkbookMessage},
};
use tavola_model::{LocationType, SiteRole, WorkbookId};

/// A picture of one pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn twb(sheets: &[&str]) -> String {
    let worksheets: String = sheets.iter().map(|name| format!("<worksheet name='{name}'/>")).collect();
    let windows: String = sheets.iter().map(|name| format!("<window class='worksheet' name='{name}'/>")).collect();
    format!(
        "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><datasources>\
         <datasource caption='Sales' name='federated.1'><connection class='federated'><named-connections>\
         <named-connection caption='db' name='postgres.1'><connection class='postgres' server='db.example' port='5432' \
         dbname='sales' username='ann'/></named-connection></named-connections></connection></datasource></datasources>\
         <worksheets>{worksheets}</worksheets><dashboards><dashboard name='Hidden one'/></dashboards>\
         <windows>{windows}<window class='dashboard' name='Hidden one' hidden='true'/></windows>\
         <thumbnails><thumbnail height='1' name='{}' width='1'>{PNG}</thumbnail></thumbnails></workbook>",
        sheets[0]
    )
}

/// The body of a publish as clients write it; without a file, one that names an upload.
fn body(message: &str, file: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut body = format!(
        "--B0\r\nContent-Disposition: name=\"request_payload\"\r\nContent-Type: text/xml\r\n\r\n\
         <tsRequest>{message}</tsRequest>\r\n"
    )
    .into_bytes();
    if let Some((name, bytes)) = file {
        let head = format!(
            "--B0\r\nContent-Disposition: name=\"tableau_workbook\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--B0--\r\n");
    body
}

impl Session<'_> {
    async fn post(&self, query: &str, body: &[u8]) -> Result<(u16, PublishedWorkbook), ErrorBody> {
        let path = format!("/api/3.29/sites/{}/workbooks{query}", self.credentials.site.id);
        let headers = [
            ("Accept", "application/json"),
            ("Content-Type", "multipart/mixed; boundary=B0"),
            ("X-Tableau-Auth", self.token()),
        ];
        let answer = self.server.send("POST", &path, &headers, body).await;
        if answer.status >= 400 {
            return Err(answer.json_error());
        }
        Ok((answer.status, decode(&answer.body, Encoding::Json, Direction::Response).unwrap()))
    }

    async fn publish(&self, name: &str, query: &str, file: &str) -> Result<Workbook, ErrorBody> {
        let message = format!("<workbook name=\"{name}\"/>");
        let (status, published) = self.post(query, &body(&message, Some(("x.twb", file.as_bytes())))).await?;
        assert_eq!(status, 201);
        Ok(published.workbook.unwrap())
    }

    async fn workbook(&self, id: WorkbookId) -> Result<Workbook, ErrorBody> {
        self.on_site(workbooks::GET, &[&id], "", None).await.map(|answer| answer.workbook)
    }

    async fn bytes(&self, path: &str) -> Response {
        let path = format!("/api/3.29/sites/{}/{path}", self.credentials.site.id);
        self.server.send("GET", &path, &[("X-Tableau-Auth", self.token())], b"").await
    }

    async fn count(&self) -> u64 {
        self.on_site(workbooks::LIST, &[], "", None).await.unwrap().pagination.total_available.0
    }
}

fn id(workbook: &Workbook) -> WorkbookId {
    workbook.id.as_ref().unwrap().known().unwrap()
}

#[tokio::test]
async fn a_workbook_is_published_described_and_handed_back_byte_by_byte() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let file = twb(&["Sheet 1", "Über & Co".replace('&', "&amp;").as_str()]);
    let published = admin.publish("Q1 Sales", "?overwrite=true", &file).await.unwrap();
    assert_eq!(published.content_url.as_deref(), Some("Q1Sales"));
    let shown: Vec<_> = published.views.as_ref().unwrap().view.iter().map(|view| view.name.clone().unwrap()).collect();
    assert_eq!(shown, ["Sheet 1", "Über & Co"]);
    assert_eq!(published.project.as_ref().unwrap().name.as_deref(), Some("Default"));

    let found = admin.workbook(id(&published)).await.unwrap();
    assert_eq!(found, published);
    let by_url = admin.on_site(workbooks::GET, &[&"Q1Sales"], "?key=contentUrl", None).await.unwrap().workbook;
    assert_eq!(by_url, published);
    let listed = admin.on_site(workbooks::LIST, &[], "?filter=name:eq:Q1+Sales", None).await.unwrap();
    assert_eq!(listed.workbooks.workbook.len(), 1);

    let download = admin.bytes(&format!("workbooks/{}/content", id(&published))).await;
    assert_eq!((download.status, download.body.as_slice()), (200, file.as_bytes()));
    assert_eq!(download.header("content-disposition"), Some("name=\"tableau_workbook\"; filename=\"Q1 Sales.twb\""));
    assert_eq!(download.header("content-type"), Some("application/xml"));
    let first = published.views.unwrap().view[0].id.clone().unwrap();
    for path in [
        format!("workbooks/{}/previewImage", id(&found)),
        format!("workbooks/{}/views/{first}/previewImage", id(&found)),
    ] {
        let picture = admin.bytes(&path).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
        assert!(picture.body.starts_with(b"\x89PNG"));
    }
    let views = admin.on_site(views::LIST, &[], "?filter=viewUrlName:eq:Sheet1", None).await.unwrap().views.view;
    assert_eq!(views[0].content_url.as_deref(), Some("Q1Sales/sheets/Sheet1"));
    assert_eq!(views[0].workbook.as_ref().unwrap().id, found.id);
    let view = admin.on_site(views::GET, &[&first], "", None).await.unwrap().view;
    assert_eq!(view.name.as_deref(), Some("Sheet 1"));

    admin.on_site(workbooks::DELETE, &[&id(&found)], "", None).await.unwrap();
    assert_eq!(admin.workbook(id(&found)).await.unwrap_err().code, "404006");
}

#[tokio::test]
async fn publishing_again_overwrites_and_keeps_revisions() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let (first, second) = (twb(&["A", "B"]), twb(&["B", "C"]));
    let old = admin.publish("Book", "", &first).await.unwrap();
    assert_eq!(admin.publish("book", "", &second).await.unwrap_err().code, "403130");
    assert_eq!(admin.publish("Book", "?overwrite=perhaps", &second).await.unwrap_err().code, "400008");
    let new = admin.publish("Book", "?overwrite=True", &second).await.unwrap();
    assert_eq!(id(&new), id(&old));
    let revisions = admin.on_site(workbooks::REVISIONS, &[&id(&new)], "", None).await.unwrap();
    assert_eq!(revisions.revisions.revision.len(), 2);
    assert_eq!(admin.bytes(&format!("workbooks/{}/revisions/1/content", id(&new))).await.body, first.as_bytes());
    assert_eq!(admin.bytes(&format!("workbooks/{}/revisions/current/content", id(&new))).await.body, second.as_bytes());
    admin.on_site(workbooks::REMOVE_REVISION, &[&id(&new), &1], "", None).await.unwrap();
    let gone = admin.bytes(&format!("workbooks/{}/revisions/1/content", id(&new))).await;
    assert_eq!((gone.status, gone.xml_error().code.as_str()), (404, "404024"));
    let newest = admin.on_site(workbooks::REMOVE_REVISION, &[&id(&new), &2], "", None).await;
    assert_eq!(newest.unwrap_err().code, "403055");
}

#[tokio::test]
async fn what_is_no_workbook_is_refused_and_leaves_nothing() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let good = twb(&["A"]);
    let named = "<workbook name=\"x\"/>";
    let elsewhere = "<workbook name=\"x\"><project id=\"12345678-1234-4123-8123-123456789012\"/></workbook>";
    let bomb = "<!DOCTYPE x [<!ENTITY a \"b\">]><workbook version='18.1'>&a;</workbook>";
    for (message, name, file, code) in [
        (named, "x.twb", "no XML", "400011"),
        (named, "x.twb", "<workbook version='18.1'>", "400011"),
        (named, "x.twb", "<datasource/>", "400011"),
        (named, "x.twb", bomb, "400011"),
        (named, "x.twbx", "PK\u{3}\u{4}", "400011"),
        (named, "x.tde", good.as_str(), "400020"),
        ("<workbook/>", "x.twb", good.as_str(), "400000"),
        ("<workbook name=\" \"/>", "x.twb", good.as_str(), "400000"),
        (elsewhere, "x.twb", good.as_str(), "404005"),
    ] {
        let refused = admin.post("", &body(message, Some((name, file.as_bytes())))).await.unwrap_err();
        assert_eq!(refused.code, code, "{message} {file}: {refused:?}");
    }
    let whole = body(named, Some(("x.twb", good.as_bytes())));
    assert!(admin.post("", &whole[..whole.len() - 30]).await.is_err());
    assert_eq!(admin.post("", &body(named, None)).await.unwrap_err().code, "400000");
    assert_eq!(admin.count().await, 0);
}

#[tokio::test]
async fn a_file_that_came_in_blocks_is_published_by_the_name_of_its_upload() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let file = twb(&["A", "B"]);
    let upload = admin.on_site(file_uploads::INITIATE, &[], "", None).await.unwrap().file_upload.upload_session_id;
    let (first, second) = file.as_bytes().split_at(100);
    for block in [first, second] {
        let mut body = b"--B0\r\nContent-Disposition: name=\"tableau_file\"; filename=\"file\"\r\n\r\n".to_vec();
        body.extend_from_slice(block);
        body.extend_from_slice(b"\r\n--B0--\r\n");
        let path = format!("/api/3.29/sites/{}/fileUploads/{upload}", admin.credentials.site.id);
        let headers = [("Content-Type", "multipart/mixed; boundary=B0"), ("X-Tableau-Auth", admin.token())];
        assert_eq!(server.send("PUT", &path, &headers, &body).await.status, 200);
    }
    let sent = body("<workbook name=\"Blocks\" showTabs=\"True\"/>", None);
    let wrong = admin.post(&format!("?uploadSessionId={upload}&workbookType=tds"), &sent).await;
    assert_eq!(wrong.unwrap_err().code, "400035");
    let query = format!("?uploadSessionId={upload}&workbookType=twb");
    let (status, published) = admin.post(&query, &sent).await.unwrap();
    let workbook = published.workbook.unwrap();
    assert_eq!((status, workbook.show_tabs.unwrap().0), (201, true));
    assert_eq!(admin.bytes(&format!("workbooks/{}/content", id(&workbook))).await.body, file.as_bytes());
    // The upload is over, and nobody else's would have been found.
    assert_eq!(admin.post(&format!("{query}&overwrite=true"), &sent).await.unwrap_err().code, "404015");
}

#[tokio::test]
async fn a_workbook_is_published_in_the_background() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let sent = body("<workbook name=\"Later\"/>", Some(("x.twb", twb(&["A"]).as_bytes())));
    let (status, published) = admin.post("?asJob=true", &sent).await.unwrap();
    assert_eq!((status, published.workbook), (202, None));
    let job = published.job.unwrap().id;
    let ended = loop {
        let JobMessage { job } = admin.on_site(jobs::GET, &[&job], "", None).await.unwrap();
        if job.completed_at.is_some() {
            break job;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((ended.finish_code, ended.progress.unwrap().0), (Some(0), 100));
    assert_eq!(admin.count().await, 1);
    // What is refused at once needs no job.
    assert_eq!(admin.post("?asJob=true", &sent).await.unwrap_err().code, "403130");
}

#[tokio::test]
async fn names_projects_tabs_tags_and_connections_are_changed() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let message =
        "<workbook name=\"Book\"><connectionCredentials name=\"bob\" password=\"pw\" embed=\"true\"/></workbook>";
    let (_, published) = admin.post("", &body(message, Some(("x.twb", twb(&["A"]).as_bytes())))).await.unwrap();
    let book = id(published.workbook.as_ref().unwrap());
    let connections = admin.on_site(workbooks::CONNECTIONS, &[&book], "", None).await.unwrap().connections.connection;
    let [connection] = connections.as_slice() else { panic!("{connections:?}") };
    assert_eq!(connection.connection_type.as_deref(), Some("postgres"));
    assert_eq!((connection.user_name.as_deref(), connection.embed_password), (Some("bob"), Some(true)));
    assert!(connection.password.is_none());
    assert_eq!(connection.datasource.as_ref().unwrap().name.as_deref(), Some("Sales"));

    let change = tavola_api::connections::ConnectionMessage {
        connection: tavola_api::connections::Connection {
            server_address: Some("new.example".to_owned()),
            embed_password: Some(false),
            ..tavola_api::connections::Connection::default()
        },
    };
    let at: [&dyn std::fmt::Display; 2] = [&book, connection.id.as_ref().unwrap()];
    let changed = admin.on_site(workbooks::UPDATE_CONNECTION, &at, "", Some(&change)).await.unwrap().connection;
    assert_eq!((changed.server_address.as_deref(), changed.embed_password), (Some("new.example"), Some(false)));

    let labels = TagsMessage { tags: Tags::from_iter(["\"with blank\"", "plain"]) };
    let tags = admin.on_site(workbooks::ADD_TAGS, &[&book], "", Some(&labels)).await.unwrap().tags;
    assert_eq!(tags, Tags::from_iter(["plain", "with blank"]));
    admin.on_site(workbooks::DELETE_TAG, &[&book, &"with blank"], "", None).await.unwrap();
    let again = admin.on_site(workbooks::DELETE_TAG, &[&book, &"with blank"], "", None).await;
    assert_eq!(again.unwrap_err().code, "404007");

    let change = WorkbookMessage {
        workbook: Workbook {
            name: Some("Neu".to_owned()),
            description: Some("d".to_owned()),
            show_tabs: Some(tavola_api::Flag(true)),
            ..Workbook::default()
        },
    };
    let updated = admin.on_site(workbooks::UPDATE, &[&book], "", Some(&change)).await.unwrap().workbook;
    assert_eq!((updated.name.as_deref(), updated.show_tabs.unwrap().0), (Some("Neu"), true));
    assert_eq!(updated.content_url.as_deref(), Some("Book"));
    let unknown = WorkbookMessage {
        workbook: Workbook {
            project: Some(Project {
                id: Some(
                    "nowhere"
                        .parse::<tavola_model::ProjectId>()
                        .map_or(tavola_api::Word::Other("nowhere".to_owned()), Into::into),
                ),
                ..Project::default()
            }),
            ..Workbook::default()
        },
    };
    let refused = admin.on_site(workbooks::UPDATE, &[&book], "", Some(&unknown)).await.unwrap_err();
    assert_eq!(refused.code, "404005");
}

#[tokio::test]
async fn who_may_not_gets_the_code_of_the_method() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let book = id(&admin.publish("Book", "", &twb(&["A"])).await.unwrap());
    admin.add_user("viewer", SiteRole::Viewer, Some(PASSWORD)).await;
    let viewer = server.with_password("viewer", PASSWORD, "").await.unwrap();
    assert_eq!(viewer.workbook(book).await.unwrap().name.as_deref(), Some("Book"));
    assert_eq!(viewer.publish("Mine", "", &twb(&["A"])).await.unwrap_err().code, "403007");
    let download = viewer.bytes(&format!("workbooks/{book}/content")).await;
    assert_eq!((download.status, download.xml_error().code.as_str()), (403, "403019"));
    let delete = viewer.on_site(workbooks::DELETE, &[&book], "", None).await.unwrap_err();
    assert_eq!(delete.code, "403004");
    let revisions = viewer.on_site(workbooks::REVISIONS, &[&book], "", None).await.unwrap_err();
    assert_eq!(revisions.code, "403056");
}

#[tokio::test]
async fn no_secret_leaves_by_a_keychain_and_none_is_taken() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let workbook = admin.publish("Sales", "", &twb(&["Sheet 1"])).await.unwrap();
    let destination = tavola_api::saved_credentials::Destination::default();
    let given = admin.on_site(workbooks::DOWNLOAD_KEYCHAIN, &[&id(&workbook)], "", Some(&destination)).await.unwrap();
    assert_eq!(given, tavola_api::keychains::ContentKeychains::default());
    let mut keychains = tavola_api::keychains::ApplyKeychains::default();
    admin.on_site(workbooks::UPLOAD_KEYCHAIN, &[&id(&workbook)], "", Some(&keychains)).await.unwrap();
    keychains.encrypted_keychain_list.encrypted_keychain.push("secret".to_owned());
    let refused = admin.on_site(workbooks::UPLOAD_KEYCHAIN, &[&id(&workbook)], "", Some(&keychains)).await;
    assert_eq!(refused.unwrap_err().code, "403157");
    admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let refused = ann.on_site(workbooks::DOWNLOAD_KEYCHAIN, &[&id(&workbook)], "", Some(&destination)).await;
    assert_eq!(refused.unwrap_err().code, "403004");
}

#[tokio::test]
async fn a_download_leaves_the_extracts_out_when_asked() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let extract = "<extract enabled='true'><connection class='hyper' dbname='Data/a.hyper'/></extract>";
    let live = twb(&["Sheet 1"]);
    let file = live.replace("</datasource>", &format!("{extract}</datasource>"));
    let workbook = id(&admin.publish("Größe", "", &file).await.unwrap());
    admin.publish("Größe", "?overwrite=true", &live).await.unwrap();
    let site = admin.credentials.site.id;
    let get = async |method: &str, path: &str, more: &[(&str, &str)]| {
        let path = format!("/api/3.29/sites/{site}/workbooks/{workbook}/{path}");
        server.send(method, &path, &[&[("X-Tableau-Auth", admin.token())], more].concat(), b"").await
    };
    let whole = get("GET", "revisions/1/content?includeExtract=True", &[]).await;
    assert_eq!((whole.status, whole.body.as_slice()), (200, file.as_bytes()));
    let asked = "revisions/1/content?includeExtract=False";
    let left = get("GET", asked, &[]).await;
    assert_eq!((left.status, left.text()), (200, live.clone()));
    assert_eq!(left.header("content-length"), Some(live.len().to_string().as_str()));
    assert_eq!(left.header("content-disposition"), whole.header("content-disposition"));
    let tag = left.header("etag").unwrap();
    assert_ne!(Some(tag), whole.header("etag"));
    // It is made while it goes out: no part of it is given, neither alone nor after what is there.
    assert_eq!(left.header("accept-ranges"), Some("none"));
    for more in [&[("Range", "bytes=5-9")][..], &[("Range", "bytes=5-9"), ("If-Range", tag)]] {
        let again = get("GET", asked, more).await;
        assert_eq!((again.status, again.text()), (200, live.clone()));
    }
    let head = get("HEAD", asked, &[]).await;
    assert_eq!((head.header("content-length"), head.header("etag")), (left.header("content-length"), Some(tag)));

    // Without an extract it is the file itself, of which parts are given.
    let newest = get("GET", "content?includeExtract=false", &[("Range", "bytes=5-9")]).await;
    assert_eq!((newest.status, newest.body.as_slice()), (206, &live.as_bytes()[5..10]));
    assert_eq!(get("GET", "content?includeExtract=maybe", &[]).await.xml_error().code, "400008");
}

#[tokio::test]
async fn nothing_is_recommended_before_anybody_looks() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let workbook = admin.publish("Sales", "", &twb(&["Sheet 1"])).await.unwrap();
    let found = admin.on_site(views::RECOMMENDATIONS, &[], "?type=view", None).await.unwrap();
    assert_eq!(found, views::RecommendationList::default());
    assert_eq!(admin.on_site(views::RECOMMENDATIONS, &[], "?type=hat", None).await.unwrap_err().code, "400008");
    let view = views::View { id: workbook.views.unwrap().view.remove(0).id, ..views::View::default() };
    let dismissal = views::HideRecommendation { recommendation_dismissal: views::RecommendationDismissal { view } };
    let hidden = admin.on_site(views::HIDE_RECOMMENDATION, &[], "", Some(&dismissal)).await;
    assert_eq!(hidden.unwrap_err().code, "404029");
    let shown = admin.on_site(views::UNHIDE_RECOMMENDATION, &[], "?type=view&id=x", None).await;
    assert_eq!(shown.unwrap_err().code, "404035");
}

#[tokio::test]
async fn a_location_is_a_project_and_never_a_personal_space() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let finance = ProjectMessage { project: Project { name: Some("Finance".to_owned()), ..Project::default() } };
    let finance = admin.on_site(projects::CREATE, &[], "", Some(&finance)).await.unwrap().project.id.unwrap();
    let file = twb(&["Sheet 1"]);
    let publish = async |location: &str| {
        let message = format!("<workbook name=\"Sales\">{location}</workbook>");
        let (_, published) = admin.post("", &body(&message, Some(("x.twb", file.as_bytes())))).await?;
        Ok::<_, ErrorBody>(published.workbook.unwrap())
    };
    for (location, code) in [
        // What is meant for nobody else must not come to lie where everybody looks.
        ("<location type=\"PersonalSpace\"/>", "403157"),
        ("<project/><location id=\"12345678-1234-4123-8123-123456789012\" type=\"PersonalSpace\"/>", "403157"),
        ("<location type=\"Shelf\"/>", "400008"),
        ("<location id=\"x\" type=\"Project\"/>", "404005"),
    ] {
        assert_eq!(publish(location).await.unwrap_err().code, code, "{location}");
    }
    let made = publish(&format!("<location id=\"{finance}\" type=\"Project\"/>")).await.unwrap();
    let location = made.location.clone().unwrap();
    assert_eq!((location.id.as_deref(), location.name.as_deref()), (Some(&*finance.to_string()), Some("Finance")));
    assert_eq!(location.location_type, Some(LocationType::Project.into()));
    let elsewhere = Location { location_type: Some(LocationType::PersonalSpace.into()), ..Location::default() };
    let change = WorkbookMessage { workbook: Workbook { location: Some(elsewhere), ..Workbook::default() } };
    let refused = admin.on_site(workbooks::UPDATE, &[&id(&made)], "", Some(&change)).await.unwrap_err();
    assert_eq!(refused.code, "403157");
}
