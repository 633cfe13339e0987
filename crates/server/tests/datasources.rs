//! Data sources, flows, virtual connections and batch tags through the wire.

mod support;

use support::*;
use tavola_api::{
    Direction, Encoding, ErrorBody, Text,
    datasources::{self, Datasource, DatasourceMessage, PublishedDatasource},
    decode,
    flows::{self, FlowMessage},
    jobs::{self, JobMessage},
    keychains::{ApplyKeychains, ContentKeychains},
    saved_credentials::Destination,
    tags::{self, Tag, TagBatch, TagBatchMessage, TaggedItem, TaggedItems, Tags},
    virtual_connections::{self, VirtualConnection, VirtualConnectionMessage},
};
use tavola_model::{DatasourceId, SiteRole};

const TDS: &str = "<?xml version='1.0' encoding='utf-8' ?><datasource formatted-name='federated.1' version='18.1'>\
    <connection class='federated'><named-connections><named-connection caption='db' name='postgres.1'>\
    <connection class='postgres' server='db.example' port='5432' dbname='sales' username='ann'/></named-connection>\
    </named-connections></connection></datasource>";

const HYPER: &[u8] = b"Hyper\x01\0\0 and pages";

fn body(part: &str, message: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--B0\r\nContent-Disposition: name=\"request_payload\"\r\nContent-Type: text/xml\r\n\r\n\
         <tsRequest>{message}</tsRequest>\r\n--B0\r\n\
         Content-Disposition: name=\"{part}\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n--B0--\r\n"].concat()
}

impl Session<'_> {
    async fn post(&self, room: &str, query: &str, body: &[u8]) -> Result<Response, ErrorBody> {
        let path = format!("/api/3.29/sites/{}/{room}{query}", self.credentials.site.id);
        let headers = [
            ("Accept", "application/json"),
            ("Content-Type", "multipart/mixed; boundary=B0"),
            ("X-Tableau-Auth", self.token()),
        ];
        let answer = self.server.send("POST", &path, &headers, body).await;
        if answer.status >= 400 { Err(answer.json_error()) } else { Ok(answer) }
    }

    async fn source(
        &self,
        name: &str,
        query: &str,
        file: &str,
        bytes: &[u8],
    ) -> Result<PublishedDatasource, ErrorBody> {
        let message = format!("<datasource name=\"{name}\"/>");
        let answer = self.post("datasources", query, &body("tableau_datasource", &message, file, bytes)).await?;
        Ok(decode(&answer.body, Encoding::Json, Direction::Response).unwrap())
    }

    async fn flow(&self, name: &str, query: &str, file: &str, bytes: &[u8]) -> Result<FlowMessage, ErrorBody> {
        let message = format!("<flow name=\"{name}\"/>");
        let answer = self.post("flows", query, &body("tableau_flow", &message, file, bytes)).await?;
        assert_eq!(answer.status, 201);
        Ok(decode(&answer.body, Encoding::Json, Direction::Response).unwrap())
    }

    async fn bytes(&self, path: &str) -> Response {
        let path = format!("/api/3.29/sites/{}/{path}", self.credentials.site.id);
        self.server.send("GET", &path, &[("X-Tableau-Auth", self.token())], b"").await
    }

    async fn count(&self, query: &str) -> u64 {
        self.on_site(datasources::LIST, &[], query, None).await.unwrap().pagination.total_available.0
    }
}

fn id(published: &PublishedDatasource) -> DatasourceId {
    published.datasource.as_ref().unwrap().id.as_ref().unwrap().known().unwrap()
}

#[tokio::test]
async fn data_sources_of_every_type_are_published_and_handed_back_byte_by_byte() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let tdsx = zip("x.tds", TDS.as_bytes());
    let xlsx = zip("[Content_Types].xml", b"<Types/>");
    for (name, bytes, datasource_type, extracts) in [
        ("a.tds", TDS.as_bytes(), "postgres", false),
        ("b.tdsx", tdsx.as_slice(), "postgres", false),
        ("c.hyper", HYPER, "hyper", true),
        ("d.csv", b"a,b\n1,\xc3\xa9\n", "textscan", false),
        ("e.xlsx", xlsx.as_slice(), "excel-direct", false),
        ("f.parquet", b"PAR1 pages PAR1", "parquet", false),
    ] {
        let published = admin.source(name, "", name, bytes).await.unwrap();
        let found = admin.on_site(datasources::GET, &[&id(&published)], "", None).await.unwrap().datasource;
        assert_eq!(Some(&found), published.datasource.as_ref());
        assert_eq!(found.datasource_type.as_deref(), Some(datasource_type), "{name}");
        assert_eq!((found.has_extracts, found.is_certified), (Some(extracts), Some(false)), "{name}");
        let download = admin.bytes(&format!("datasources/{}/content", id(&published))).await;
        assert_eq!((download.status, download.body.as_slice()), (200, bytes), "{name}");
        let ending = name.rsplit('.').next().unwrap();
        let disposition = format!("name=\"tableau_datasource\"; filename=\"{name}.{ending}\"");
        assert_eq!(download.header("content-disposition"), Some(disposition.as_str()));
        let connections = admin.on_site(datasources::CONNECTIONS, &[&id(&published)], "", None).await.unwrap();
        assert_eq!(connections.connections.connection.len(), 1, "{name}");
    }
    assert_eq!(admin.count("?filter=serverName:eq:db.example").await, 2);
    assert_eq!(admin.count("?filter=connectionType:in:[hyper,parquet]&sort=type:desc").await, 2);
    assert_eq!(admin.count("?filter=hasExtracts:eq:true").await, 1);
}

#[tokio::test]
async fn what_is_no_data_source_is_refused_and_leaves_nothing() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let tde = [0x20, 0x02, 0x01, 0x62, 0xa0, 0x1e, 0xab, 0x07, 0, 0];
    for (file, bytes, code) in [
        ("x.hyper", &tde[..], "400011"),
        ("x.hyper", b"a,b\n", "400011"),
        ("x.tds", b"<workbook version='18.1'/>", "400011"),
        ("x.tds", b"<datasource", "400011"),
        ("x.csv", b"\x89PNG\r\n", "400011"),
        ("x.xlsx", b"a,b\n", "400011"),
        ("x.parquet", b"a,b\n", "400011"),
        ("x.tde", &tde, "400010"),
        ("x.twb", TDS.as_bytes(), "400010"),
    ] {
        assert_eq!(admin.source("x", "", file, bytes).await.unwrap_err().code, code, "{file}");
    }
    assert_eq!(admin.count("").await, 0);
}

#[tokio::test]
async fn a_name_is_overwritten_or_refused_and_rows_are_not_appended_without_an_engine() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let publish = async |query: &str| admin.source("Data", query, "x.hyper", HYPER).await;
    assert_eq!(publish("?append=true").await.unwrap_err().code, "404004");
    let first = publish("").await.unwrap();
    assert_eq!(publish("").await.unwrap_err().code, "403007");
    assert_eq!(publish("?append=true&overwrite=true").await.unwrap_err().code, "400055");
    let refused = publish("?append=true").await.unwrap_err();
    assert_eq!(refused.code, "403157");
    assert!(refused.detail.0.contains("tavola engine install"), "{refused:?}");
    assert_eq!(publish("?append=maybe").await.unwrap_err().code, "400008");
    let second = publish("?overwrite=true").await.unwrap();
    assert_eq!(id(&first), id(&second));
    let revisions = admin.on_site(datasources::REVISIONS, &[&id(&first)], "", None).await.unwrap();
    assert_eq!(revisions.revisions.revision.len(), 2);
    let newest = admin.on_site(datasources::REMOVE_REVISION, &[&id(&first), &2], "", None).await;
    assert_eq!(newest.unwrap_err().code, "403055");
    let job = publish("?overwrite=true&asJob=true").await.unwrap().job.unwrap().id;
    loop {
        let JobMessage { job } = admin.on_site(jobs::GET, &[&job], "", None).await.unwrap();
        if job.completed_at.is_some() {
            assert_eq!(job.finish_code, Some(0));
            break;
        }
        tokio::task::yield_now().await;
    }
    let revisions = admin.on_site(datasources::REVISIONS, &[&id(&first)], "", None).await.unwrap();
    assert_eq!(revisions.revisions.revision.len(), 3);
}

#[tokio::test]
async fn a_data_source_is_changed_by_those_who_may() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Creator, Some("a long password")).await;
    admin.add_user("bob", SiteRole::Creator, Some("a long password")).await;
    let ann = server.with_password("ann", "a long password", "").await.unwrap();
    let bob = server.with_password("bob", "a long password", "").await.unwrap();
    let source = id(&ann.source("Data", "", "x.tds", TDS.as_bytes()).await.unwrap());
    let change = |datasource: Datasource| DatasourceMessage { datasource };
    let certify = change(Datasource {
        is_certified: Some(true),
        certification_note: Some("checked".to_owned()),
        ..Datasource::default()
    });
    let refused = ann.on_site(datasources::UPDATE, &[&source], "", Some(&certify)).await;
    assert_eq!(refused.unwrap_err().code, "403032");
    let certified = admin.on_site(datasources::UPDATE, &[&source], "", Some(&certify)).await.unwrap().datasource;
    assert_eq!((certified.is_certified, certified.certification_note.as_deref()), (Some(true), Some("checked")));
    let rename = change(Datasource { name: Some("New".to_owned()), ..Datasource::default() });
    assert_eq!(bob.on_site(datasources::UPDATE, &[&source], "", Some(&rename)).await.unwrap_err().code, "403032");
    let renamed = ann.on_site(datasources::UPDATE, &[&source], "", Some(&rename)).await.unwrap().datasource;
    assert_eq!((renamed.name.as_deref(), renamed.content_url.as_deref()), (Some("New"), Some("Data")));
    ann.source("Other", "", "x.tds", TDS.as_bytes()).await.unwrap();
    let taken = change(Datasource { name: Some("other".to_owned()), ..Datasource::default() });
    assert_eq!(ann.on_site(datasources::UPDATE, &[&source], "", Some(&taken)).await.unwrap_err().code, "409015");
    assert_eq!(bob.on_site(datasources::REVISIONS, &[&source], "", None).await.unwrap_err().code, "403054");
    ann.on_site(datasources::DELETE, &[&source], "", None).await.unwrap();
    assert_eq!(ann.on_site(datasources::GET, &[&source], "", None).await.unwrap_err().code, "404004");
}

#[tokio::test]
async fn a_flow_is_published_with_its_steps_and_handed_back() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let json = br#"{"nodes": {"o": {"name": "Out", "baseType": "output"}, "i": {"name": "In", "baseType": "input"}},
        "connections": {"c": {"name": "db", "connectionAttributes": {"class": "postgres", "server": "db.example"}}}}"#;
    let file = zip("flow", json);
    let made = admin.flow("Clean", "", "x.tfl", &file).await.unwrap().flow;
    let flow = made.id.as_ref().unwrap().known().unwrap();
    assert_eq!((made.file_type.as_deref(), made.project.unwrap().name.as_deref()), (Some("tfl"), Some("Default")));
    let steps = admin.on_site(flows::GET, &[&flow], "", None).await.unwrap().flow_output_steps.unwrap();
    assert_eq!(steps.flow_output_step.len(), 1);
    assert_eq!(steps.flow_output_step[0].name.as_deref(), Some("Out"));
    let download = admin.bytes(&format!("flows/{flow}/content")).await;
    assert_eq!((download.status, download.body.as_slice()), (200, file.as_slice()));
    assert_eq!(download.header("content-disposition"), Some("name=\"tableau_flow\"; filename=\"Clean.tfl\""));
    let connections = admin.on_site(flows::CONNECTIONS, &[&flow], "", None).await.unwrap().connections.connection;
    assert_eq!(connections[0].server_address.as_deref(), Some("db.example"));
    for (name, query, sent, bytes, code) in [
        ("clean", "", "x.tfl", file.as_slice(), "409041"),
        ("", "", "x.tfl", &file, "400089"),
        ("x", "", "x.tds", &file, "400086"),
        ("x", "", "x.tfl", TDS.as_bytes(), "400087"),
        ("x", "", "x.tfl", &zip("flow", b"{"), "400087"),
        ("x", "", "x.tfl", b"", "400087"),
    ] {
        assert_eq!(admin.flow(name, query, sent, bytes).await.unwrap_err().code, code, "{name} {sent}");
    }
    admin.flow("Clean", "?overwrite=true", "x.tfl", &file).await.unwrap();
    assert_eq!(admin.on_site(flows::REVISIONS, &[&flow], "", None).await.unwrap().revisions.revision.len(), 2);
    let of_user = admin.on_site(flows::OF_USER, &[&admin.user_id()], "?ownedBy=true", None).await.unwrap();
    assert_eq!(of_user.flows.flow.len(), 1);
    let list = admin.on_site(flows::LIST, &[], "?filter=projectName:eq:Default,ownerName:eq:admin", None).await;
    assert_eq!(list.unwrap().pagination.total_available.0, 1);
    admin.on_site(flows::DELETE, &[&flow], "", None).await.unwrap();
    assert_eq!(admin.on_site(flows::GET, &[&flow], "", None).await.unwrap_err().code, "404027");
}

#[tokio::test]
async fn a_virtual_connection_keeps_its_text_for_those_who_may_write_it() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Creator, Some("a long password")).await;
    let ann = server.with_password("ann", "a long password", "").await.unwrap();
    let text =
        "{\"connections\": [{\"dbClass\": \"postgres\", \"server\": \"db.example\", \"port\": \"5432\"}], \"é\": 1}";
    let message = |content: &str| VirtualConnectionMessage {
        virtual_connection: VirtualConnection {
            name: Some("Tables".to_owned()),
            content: Some(Text(content.to_owned())),
            ..VirtualConnection::default()
        },
    };
    let publish = async |query: &str, content: &str| {
        admin.on_site(virtual_connections::PUBLISH, &[], query, Some(&message(content))).await
    };
    assert_eq!(publish("", "no JSON").await.unwrap_err().code, "400000");
    assert_eq!(publish("?publishAsDraft=true", text).await.unwrap_err().code, "400008");
    let made = publish("?overwrite=false&publishAsDraft=false", text).await.unwrap().virtual_connection;
    let made = made.id.as_ref().unwrap().known().unwrap();
    assert_eq!(publish("", text).await.unwrap_err().code, "409055");
    publish("?overwrite=true", "{}").await.unwrap();
    let get = async |session: &Session<'_>| {
        session.on_site(virtual_connections::GET, &[&made], "", None).await.unwrap().virtual_connection.content
    };
    assert_eq!((get(&admin).await, get(&ann).await), (Some(Text("{}".to_owned())), None));
    let revision =
        async |session: &Session<'_>| session.on_site(virtual_connections::GET_REVISION, &[&made, &1], "", None).await;
    assert_eq!(revision(&admin).await.unwrap().virtual_connection.content, Some(Text(text.to_owned())));
    assert_eq!(revision(&ann).await.unwrap_err().code, "403004");
    publish("?overwrite=true", text).await.unwrap();
    let list = ann.on_site(virtual_connections::CONNECTIONS, &[&made], "", None).await.unwrap();
    let [connection] = &list.virtual_connection_connections.connection[..] else { panic!("{list:?}") };
    assert_eq!((connection.db_class.as_deref(), connection.server.as_deref()), (Some("postgres"), Some("db.example")));
    admin.on_site(virtual_connections::DELETE, &[&made], "", None).await.unwrap();
    let gone = admin.on_site(virtual_connections::GET, &[&made], "", None).await;
    assert_eq!(gone.unwrap_err().code, "404055");
}

#[tokio::test]
async fn many_things_are_tagged_at_once_or_none() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let source = id(&admin.source("Data", "", "x.tds", TDS.as_bytes()).await.unwrap());
    let flow = admin.flow("Flow", "", "x.tfl", &zip("flow", b"{}")).await.unwrap().flow.id.unwrap();
    let batch = |contents: &[(&str, String)]| TagBatchMessage {
        tag_batch: TagBatch {
            tags: Tags { tag: vec![Tag { label: "\"red hot\"".to_owned() }, Tag { label: "b".to_owned() }] },
            contents: TaggedItems {
                content: contents
                    .iter()
                    .map(|(kind, id)| TaggedItem { id: id.clone(), content_type: (*kind).to_owned() })
                    .collect(),
            },
        },
    };
    let both = [("Datasource", source.to_string()), ("flow", flow.to_string())];
    let count = async || {
        (admin.count("?filter=tags:eq:red+hot").await, {
            let list = admin.on_site(flows::LIST, &[], "?filter=tags:eq:b", None).await.unwrap();
            list.pagination.total_available.0
        })
    };
    let unknown = [both[0].clone(), ("workbook", source.to_string())];
    let refused = admin.on_site(tags::BATCH_ADD, &[], "", Some(&batch(&unknown))).await;
    assert_eq!(refused.unwrap_err().code, "404006");
    let strange = admin.on_site(tags::BATCH_ADD, &[], "", Some(&batch(&[("city", String::new())]))).await;
    assert_eq!(strange.unwrap_err().code, "400000");
    assert_eq!(count().await, (0, 0));
    admin.on_site(tags::BATCH_ADD, &[], "", Some(&batch(&both))).await.unwrap();
    assert_eq!(count().await, (1, 1));
    admin.on_site(tags::BATCH_DELETE, &[], "", Some(&batch(&both[..1]))).await.unwrap();
    assert_eq!(count().await, (0, 1));
    let answer = admin.call(tags::BATCH_ADD_WITHOUT_SITE, &[], "", Some(&batch(&both))).await.unwrap();
    assert_eq!(answer, batch(&both));
    admin.call(tags::BATCH_DELETE_WITHOUT_SITE, &[], "", Some(&batch(&both))).await.unwrap();
    assert_eq!(count().await, (0, 0));
}

#[tokio::test]
async fn no_secret_leaves_by_a_keychain_and_none_is_taken() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let source = id(&admin.source("Data", "", "x.tds", TDS.as_bytes()).await.unwrap()).to_string();
    let flow = admin.flow("Flow", "", "x.tfl", &zip("flow", b"{}")).await.unwrap().flow.id.unwrap().to_string();
    let destination = Destination::default();
    let empty = ApplyKeychains::default();
    let mut full = ApplyKeychains::default();
    full.encrypted_keychain_list.encrypted_keychain.push("secret".to_owned());
    for (download, upload, id, unknown) in [
        (datasources::DOWNLOAD_KEYCHAIN, datasources::UPLOAD_KEYCHAIN, source, "404004"),
        (flows::DOWNLOAD_KEYCHAIN, flows::UPLOAD_KEYCHAIN, flow, "404027"),
    ] {
        let given = admin.on_site(download, &[&id], "", Some(&destination)).await.unwrap();
        assert_eq!(given, ContentKeychains::default());
        admin.on_site(upload, &[&id], "", Some(&empty)).await.unwrap();
        assert_eq!(admin.on_site(upload, &[&id], "", Some(&full)).await.unwrap_err().code, "403157");
        assert_eq!(ann.on_site(download, &[&id], "", Some(&destination)).await.unwrap_err().code, "403004");
        assert_eq!(ann.on_site(upload, &[&id], "", Some(&empty)).await.unwrap_err().code, "403004");
        let other = "12345678-1234-4123-8123-123456789012";
        assert_eq!(ann.on_site(upload, &[&other], "", Some(&empty)).await.unwrap_err().code, unknown);
    }
}

#[tokio::test]
async fn a_package_without_its_extract_is_the_data_source_alone() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let extract = "<extract enabled='true'><connection class='hyper' dbname='Data/a.hyper'/></extract></datasource>";
    let tdsx = zip("x.tds", TDS.replace("</datasource>", extract).as_bytes());
    let packed = id(&admin.source("Packed", "", "x.tdsx", &tdsx).await.unwrap());
    let content = format!("datasources/{packed}/content");
    assert_eq!(admin.bytes(&content).await.body, tdsx);
    let left = admin.bytes(&format!("{content}?includeExtract=false")).await;
    assert_eq!((left.status, left.text().as_str()), (200, TDS));
    assert_eq!(left.header("content-type"), Some("application/xml"));
    assert_eq!(left.header("content-disposition"), Some("name=\"tableau_datasource\"; filename=\"Packed.tds\""));
    // Of an extract there is nothing to leave out: it is all there is.
    let hyper = id(&admin.source("Hyper", "", "x.hyper", HYPER).await.unwrap());
    assert_eq!(admin.bytes(&format!("datasources/{hyper}/content?includeExtract=false")).await.body, HYPER);
}
