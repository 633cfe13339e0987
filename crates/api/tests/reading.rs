//! What real clients send is read; what is broken or hostile is refused with a plain reason.

use tavola_api::{
    Direction, Encoding, Flag, Secret, Word, auth::SignIn, connections::UpdateConnections, decode,
    favorites::FavoriteMessage, sites::SiteMessage, tags::TagBatchMessage, users::UserMessage,
    workbooks::WorkbookMessage,
};
use tavola_model::SiteRole;

fn xml<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    decode(text.as_bytes(), Encoding::Xml, Direction::Request).map_err(|problem| problem.to_string())
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    decode(text.as_bytes(), Encoding::Json, Direction::Request).map_err(|problem| problem.to_string())
}

#[test]
fn namespaces_prefixes_comments_and_unknown_names_do_not_matter() {
    for text in [
        r#"<tsRequest><user name="ann" siteRole="Viewer"/></tsRequest>"#,
        r#"<?xml version="1.0" encoding="UTF-8"?><tsRequest xmlns="http://tableau.com/api"><user name="ann" siteRole="Viewer"/></tsRequest>"#,
        r#"<t:tsRequest xmlns:t="http://tableau.com/api" xmlns:xsi="x" xsi:schemaLocation="y"><t:user name='ann' siteRole='Viewer'></t:user></t:tsRequest>"#,
        "<!-- c --><tsRequest>\n  <?pi?><user x:name='no' shoe='44' name='ann' siteRole='Viewer'><hat/>text</user><more/></tsRequest>\n",
        "\u{feff}<tsRequest><user name=\"&#97;n&#x6e;\" siteRole=\"Viewer\"/></tsRequest>",
    ] {
        let user = xml::<UserMessage>(text).unwrap_or_else(|problem| panic!("{text}: {problem}")).user;
        assert_eq!(user.name.as_deref(), Some("ann"), "{text}");
        assert_eq!(user.site_role, Some(Word::Known(SiteRole::Viewer)), "{text}");
    }
}

#[test]
fn json_is_read_whatever_type_its_scalars_have() {
    for text in [
        r#"{"site":{"name":"1","commentingEnabled":true,"tagLimit":50,"state":null,"hat":{"a":[1,{}]}}}"#,
        r#"{"site":{"name":1,"commentingEnabled":"True","tagLimit":"50"},"more":[]}"#,
        r#"{"site":[{"name":"1","commentingEnabled":"1","tagLimit":"50"}]}"#,
    ] {
        let site = json::<SiteMessage>(text).unwrap_or_else(|problem| panic!("{text}: {problem}")).site;
        assert_eq!(site.name.as_deref(), Some("1"), "{text}");
        assert_eq!(site.settings.get("commentingEnabled"), Some("true"), "{text}");
        assert_eq!(site.settings.get("tagLimit"), Some("50"), "{text}");
        assert_eq!(site.state, None, "{text}");
    }
}

#[test]
fn a_missing_site_is_the_default_site() {
    let signin = json::<SignIn>(r#"{"credentials":{"name":"a","password":"b"}}"#).unwrap();
    assert_eq!(signin.credentials.site.content_url, "");
    assert_eq!(signin.credentials.password, Some(Secret::new("b")));
}

#[test]
fn broken_xml_is_refused() {
    for text in [
        "",
        "   ",
        "hello",
        "<tsRequest>",
        "<tsRequest><user name='a'></tsRequest>",
        "<tsRequest><user name='a'/>",
        "<tsRequest><user name=a/></tsRequest>",
        "<tsRequest><user name='a' name='b'/></tsRequest>",
        "<tsRequest/><tsRequest/>",
        "<tsRequest/>trailing",
        "<tsRequest><user name='&unheard;'/></tsRequest>",
        "<tsRequest><user>&unheard;</user></tsRequest>",
        "<tsResponse><user name='a'/></tsResponse>",
        "<tsRequest><user/><user/></tsRequest>",
        "<tsRequest></tsRequest>",
        "<?xml version='1.0' encoding='ISO-8859-1'?><tsRequest><user name='a'/></tsRequest>",
    ] {
        assert!(xml::<UserMessage>(text).is_err(), "{text}");
    }
    assert!(
        decode::<UserMessage>(b"<tsRequest><user name='\xff'/></tsRequest>", Encoding::Xml, Direction::Request)
            .is_err()
    );
}

#[test]
fn a_document_type_is_refused_before_any_entity_is_expanded() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
        <tsRequest><user name="&b;"/></tsRequest>"#;
    assert_eq!(xml::<UserMessage>(bomb).unwrap_err(), "the body has a document type; that is not read");
    let file = r#"<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><tsRequest><user name="&a;"/></tsRequest>"#;
    assert!(xml::<UserMessage>(file).is_err());
}

#[test]
fn depth_and_breadth_are_bounded() {
    let deep = format!("<tsRequest>{}{}</tsRequest>", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(xml::<UserMessage>(&deep).unwrap_err().contains("deeper"));
    let deep = format!("{{\"user\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(json::<UserMessage>(&deep).is_err());
    let wide: String = (0..100_000).map(|n| format!("<a{n}/>")).collect();
    assert!(xml::<UserMessage>(&format!("<tsRequest>{wide}</tsRequest>")).unwrap_err().contains("1000"));
}

#[test]
fn broken_json_is_refused() {
    for text in [
        "",
        "[]",
        "\"x\"",
        "{",
        r#"{"user":"x"}"#,
        r#"{"user":{"name":"a"}"#,
        r#"{"user":{"name":{"x":1}}}"#,
        r#"{"user":[{"name":"a"},{"name":"b"}]}"#,
        r#"{"user":{"name":"a","name":"b"}}"#,
        r#"{}"#,
        r#"{"user":{"lastLogin":"yesterday"}}"#,
    ] {
        assert!(json::<UserMessage>(text).is_err(), "{text}");
    }
}

#[test]
fn a_refusal_says_what_is_wrong_and_repeats_no_value() {
    let problem = json::<SiteMessage>(r#"{"site":{"name":"a","tagLimit":"s3cret"}}"#).unwrap_err();
    assert_eq!(problem, "`site`: the setting `tagLimit` must be a whole number");
    assert!(!format!("{:?}", json::<SignIn>(r#"{"credentials":{"password":"s3cret"}}"#)).contains("s3cret"));
}

#[test]
fn connections_are_named_in_both_spellings() {
    let id = "88888888-8888-4888-8888-888888888888";
    let read = |list: &str, item: &str| {
        let text = format!(
            "<tsRequest><{list}><{item}>{id}</{item}><{item}>{id}</{item}></{list}>\
             <connection userName=\"reader\" embedPassword=\"True\"/></tsRequest>"
        );
        xml::<UpdateConnections>(&text).unwrap()
    };
    let schema = read("connectionLuids", "connectionLuid");
    assert_eq!(schema.connection_luids.connection_luid, vec![Word::Known(id.parse().unwrap()); 2]);
    assert_eq!(schema.connection.embed_password, Some(true));
    assert_eq!(read("connectionLUIDs", "connectionLUID"), schema);
    let one = json(r#"{"connectionLuids":{"connectionLuid":"x"},"connection":{"serverPort":""}}"#);
    let one: UpdateConnections = one.unwrap();
    assert_eq!(one.connection_luids.connection_luid, [Word::Other("x".into())]);
    assert_eq!(one.connection.server_port, Some(Word::Other("".into())));
}

#[test]
fn what_publishing_clients_send_beside_the_schema_does_not_matter() {
    let text = r#"<tsRequest><workbook name="w" showTabs="False"><project id="p"/><askData enablement="SiteDefault"/>
        <connections><connection serverAddress="db" databaseName="d"><connectionCredentials name="n" password="p" embed="True"
        oAuth="false"/></connection></connections></workbook></tsRequest>"#;
    let workbook = xml::<WorkbookMessage>(text).unwrap().workbook;
    assert_eq!(workbook.show_tabs, Some(Flag(false)));
    assert_eq!(workbook.project.unwrap().id, Some(Word::Other("p".into())));
    let credentials = workbook.connections.unwrap().connection.remove(0).connection_credentials.unwrap();
    assert_eq!((credentials.embed, credentials.o_auth), (Some(Flag(true)), Some(Flag(false))));
    for text in [r#"{"workbook":{"showTabs":false}}"#, r#"{"workbook":{"showTabs":"false"}}"#] {
        assert_eq!(json::<WorkbookMessage>(text).unwrap().workbook.show_tabs, Some(Flag(false)), "{text}");
    }
    assert!(json::<WorkbookMessage>(r#"{"workbook":{"showTabs":"perhaps"}}"#).is_err());
}

#[test]
fn a_list_of_one_may_be_the_one() {
    let batch =
        r#"{"tagBatch":{"tags":{"tag":{"label":"x"}},"contents":{"content":{"contentType":"Workbook","id":"i"}}}}"#;
    let batch = json::<TagBatchMessage>(batch).unwrap().tag_batch;
    assert_eq!((batch.tags.tag.len(), batch.contents.content.len()), (1, 1));
}

#[test]
fn a_favorite_without_label_is_read_for_its_own_error() {
    let favorite = xml::<FavoriteMessage>(r#"<tsRequest><favorite><view id="v"/></favorite></tsRequest>"#);
    assert_eq!(favorite.unwrap().favorite.label, "");
}
