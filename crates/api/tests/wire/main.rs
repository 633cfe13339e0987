//! Every message in both encodings: the files in `tests/wire/` are the wire.
//!
//! Each case is written in XML and JSON and compared with its files, and each file is read back into the same value.
//! `WIRE_WRITE=1 cargo test -p tavola-api` writes the files anew; read the difference before you commit it.

mod content;
mod permissions;

use std::{fs, path::PathBuf, process::Command};

use serde::{Serialize, de::DeserializeOwned};
use tavola_api::{
    ApiVersion, Content, Count, Direction, Encoding, ErrorCode, ErrorMessage, Pagination, Secret, Text, Word, auth,
    connected_apps, decode, domains, encode, external_authorization_servers, file_uploads, group_sets, groups, jobs,
    oidc, personal_access_tokens, projects, saved_credentials, scim, server_info, sessions, sites, users,
};
use tavola_model::{
    AdminMode, AuthSetting, ContentPermissions, JobType, SiteRole, SiteState, StatusNoteType, Timestamp,
};

use Direction::{Request, Response};

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire")
}

/// The id whose digits are all this one.
fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(digit: char) -> T {
    let digits = |n: usize| digit.to_string().repeat(n);
    format!("{}-{}-4{}-8{}-{}", digits(8), digits(4), digits(3), digits(3), digits(12)).parse().unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, direction: Direction, message: &T) {
    for (encoding, extension) in [(Encoding::Xml, "xml"), (Encoding::Json, "json")] {
        let path = fixtures().join(name).with_extension(extension);
        let written = encode(message, encoding, direction, ApiVersion::LATEST).unwrap();
        let mut written = String::from_utf8(written).unwrap();
        written.push('\n');
        if std::env::var_os("WIRE_WRITE").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &written).unwrap();
        }
        let wanted = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
        assert_eq!(written, wanted, "{name}.{extension}");
        let read: T = decode(wanted.as_bytes(), encoding, direction).unwrap();
        assert_eq!(&read, message, "{name}.{extension} read back");
    }
}

fn site_of_session() -> sessions::SessionSite {
    sessions::SessionSite { id: id('a'), name: "Finance & Père".into(), content_url: "finance".into() }
}

fn user_of_session() -> sessions::SessionUser {
    sessions::SessionUser { id: id('b'), name: "ann".into(), site_role: Some(SiteRole::Creator.into()) }
}

fn pagination() -> Pagination {
    Pagination { page_number: Count(1), page_size: Count(100), total_available: Count(1) }
}

#[test]
fn signing_in_and_out() {
    check(
        "auth/sign_in_password",
        Request,
        &auth::SignIn {
            credentials: auth::SignInCredentials {
                name: Some("ann".into()),
                password: Some(Secret::new("p&\"<>'ä\t\n漢")),
                ..Default::default()
            },
        },
    );
    check(
        "auth/sign_in_token",
        Request,
        &auth::SignIn {
            credentials: auth::SignInCredentials {
                personal_access_token_name: Some("nightly".into()),
                personal_access_token_secret: Some(Secret::new("qlE1g9MMh9vbrjjg==:rZTHhPpP2tUW1kfn4tjg8")),
                site: auth::SiteUrl { content_url: "finance".into() },
                ..Default::default()
            },
        },
    );
    check(
        "auth/sign_in_jwt_as_another",
        Request,
        &auth::SignIn {
            credentials: auth::SignInCredentials {
                jwt: Some(Secret::new("eyJhbGciOiJIUzI1NiJ9.e30.c2ln")),
                is_uat: Some(false),
                user: Some(auth::ImpersonatedUser { id: Word::Known(id('c')) }),
                ..Default::default()
            },
        },
    );
    check(
        "auth/signed_in",
        Response,
        &auth::SignedIn {
            credentials: auth::SessionCredentials {
                token: Secret::new("HvZMqFFfQQmOM4L-AZNIQA|5fI6T54OPK1Gn1p4w0RtHv6EkojWRTwq"),
                estimated_time_to_expiration: Some("177:05:38".into()),
                site: auth::SessionSite { id: id('a'), content_url: "".into() },
                user: auth::SessionUser { id: id('b') },
            },
        },
    );
    check("auth/switch_site", Request, &auth::SwitchSite { site: auth::SiteUrl { content_url: "finance".into() } });
}

fn project() -> projects::Project {
    projects::Project {
        id: Some(Word::Known(id('1'))),
        name: Some("Reports / “2026” & <more>".into()),
        description: Some("Numbers,\nmonthly".into()),
        parent_project_id: Some(Word::Known(id('2'))),
        content_permissions: Some(ContentPermissions::LockedToProject.into()),
        controlling_permissions_project_id: Some(Word::Known(id('2'))),
        top_level_project: Some(false),
        writeable: Some(true),
        created_at: Some(time("2026-11-24T09:00:00Z")),
        updated_at: Some(time("2026-11-24T09:30:00Z")),
        favorites_total: Some(Count(0)),
        owner: Some(users::User {
            id: Some(Word::Known(id('b'))),
            name: Some("ann".into()),
            full_name: Some("Ann O'Neil".into()),
            email: Some("ann@example.com".into()),
            site_role: Some(SiteRole::Creator.into()),
            last_login: Some(time("2026-11-24T08:00:00Z")),
            ..Default::default()
        }),
        contents_counts: Some(projects::ContentsCounts {
            project_count: Some(Count(1)),
            workbook_count: Some(Count(2)),
            view_count: Some(Count(3)),
            datasource_count: Some(Count(4)),
        }),
    }
}

#[test]
fn projects() {
    let default = projects::Project { name: Some("Default".into()), ..Default::default() };
    let list = projects::Projects { project: vec![default, project()] };
    check("projects/list", Response, &projects::ProjectPage { pagination: pagination(), projects: list });
    check("projects/project", Response, &projects::ProjectMessage { project: project() });
    check(
        "projects/create",
        Request,
        &projects::ProjectMessage {
            project: projects::Project {
                name: Some("Finance".into()),
                description: Some("".into()),
                content_permissions: Some(Word::Other("Open".into())),
                parent_project_id: Some(Word::Other("".into())),
                owner: Some(users::User { id: Some(Word::Known(id('b'))), ..Default::default() }),
                ..Default::default()
            },
        },
    );
    check("projects/read", Request, &projects::ProjectMessage { project: projects::Project::default() });
}

#[test]
fn errors() {
    check("error", Response, &ErrorMessage::new(ErrorCode::USER_NOT_FOUND, "the user `<b>&\"` could not be found"));
}

#[test]
fn server_information() {
    check(
        "server_info/answer",
        Response,
        &server_info::ServerInfoAnswer {
            server_info: server_info::ServerInfo {
                product_version: server_info::ProductVersion {
                    build: "20262.26.0000.0100".into(),
                    value: Content("2026.2.0".into()),
                },
                prep_conductor_version: Some("2026.2.0".into()),
                rest_api_version: "3.29".into(),
                platform: Some("Linux".into()),
                server_settings: Some(server_info::ServerSettings {
                    o_auth_enabled: Text(false),
                    sheet_image_max_age_floor: Text(1),
                    sheet_image_max_age_ceiling: Text(240),
                    offline_interaction_supported_phase: Text(0),
                }),
            },
        },
    );
}

#[test]
fn sessions_of_users() {
    check(
        "sessions/current",
        Response,
        &sessions::CurrentSession { session: sessions::Session { site: site_of_session(), user: user_of_session() } },
    );
    check(
        "sessions/list",
        Response,
        &sessions::SessionPage {
            pagination: pagination(),
            sessions: sessions::Sessions {
                session: vec![sessions::ListedSession {
                    id: id('d'),
                    current: Some(true),
                    created_at: time("2026-11-24T09:00:00Z"),
                    last_used_at: time("2026-11-24T09:05:00Z"),
                    expires_at: time("2026-12-08T09:00:00Z"),
                    address: Some("192.0.2.7".into()),
                    user_agent: Some("Tableau Server Client/0.41".into()),
                    personal_access_token_name: Some("nightly".into()),
                    impersonated_by: None,
                    user: user_of_session(),
                }],
            },
        },
    );
}

#[test]
fn sites_of_the_server() {
    let mut settings = sites::Settings::default();
    for (name, value) in [("commentingEnabled", "false"), ("tagLimit", "50"), ("revisionLimit", "25")] {
        assert!(settings.set(name, value).unwrap());
    }
    let site = sites::Site {
        id: Some(Word::Known(id('a'))),
        name: Some("Finance & Père".into()),
        content_url: Some("finance".into()),
        admin_mode: Some(AdminMode::ContentAndUsers.into()),
        state: Some(SiteState::Active.into()),
        user_quota: Some("-1".into()),
        settings,
        usage: Some(sites::SiteUsage {
            num_users: Count(3),
            num_creators: Some(Count(1)),
            num_explorers: Some(Count(0)),
            num_viewers: Some(Count(2)),
            storage: Count(12),
        }),
        ..Default::default()
    };
    check("sites/site", Response, &sites::SiteMessage { site: site.clone() });
    check(
        "sites/list",
        Response,
        &sites::SitePage { pagination: pagination(), sites: sites::Sites { site: vec![site.clone(), site] } },
    );
    check("sites/empty_list", Response, &sites::SitePage { pagination: pagination(), sites: sites::Sites::default() });
    check(
        "sites/create",
        Request,
        &sites::SiteMessage {
            site: sites::Site {
                name: Some("Finance".into()),
                content_url: Some("finance".into()),
                admin_mode: Some(Word::Other("ContentAndEverything".into())),
                ..Default::default()
            },
        },
    );
    check(
        "sites/embedding",
        Response,
        &sites::SiteMessage {
            site: sites::Site {
                embedding: Some(sites::EmbeddingSettings {
                    unrestricted_embedding: false,
                    allow_list: "a.example b.example".into(),
                }),
                ..Default::default()
            },
        },
    );
    check("sites/nothing_recently_viewed", Response, &sites::RecentList::default());
    check(
        "sites/data_acceleration_report",
        Response,
        &sites::AccelerationReportAnswer {
            data_acceleration_report: sites::AccelerationReport {
                comparison_records: sites::ComparisonRecords {
                    comparison_record: vec![sites::ComparisonRecord {
                        site: Some("".into()),
                        sheet_uri: Some("Superstore/Overview".into()),
                        unaccelerated_session_count: Some(Count(2)),
                        avg_non_accelerated_plt: Some("1.5".into()),
                        accelerated_session_count: Some(Count(3)),
                        avg_accelerated_plt: Some("0.5".into()),
                    }],
                },
            },
        },
    );
    check(
        "sites/auth_configurations",
        Response,
        &sites::AuthConfigurationList {
            site_auth_configurations: sites::AuthConfigurations {
                site_auth_configuration: vec![sites::AuthConfiguration {
                    auth_setting: Some("ServerDefault".into()),
                    idp_configuration_id: Some("local".into()),
                    idp_configuration_name: Some("Local".into()),
                    known_provider_alias: None,
                    enabled: Some(true),
                }],
            },
        },
    );
}

#[test]
fn users_of_a_site() {
    let user = users::User {
        id: Some(Word::Known(id('b'))),
        name: Some("ann".into()),
        site_role: Some(SiteRole::SiteAdministratorCreator.into()),
        auth_setting: Some(AuthSetting::ServerDefault.into()),
        full_name: Some("Ann “the 2nd” O'Neil <ann>".into()),
        email: Some("ann@example.com".into()),
        last_login: Some(time("2026-11-24T09:00:00Z")),
        external_auth_user_id: Some("".into()),
        language: Some("en".into()),
        locale: Some("en_GB".into()),
        domain: Some(domains::Domain { name: Some("local".into()), ..Default::default() }),
        ..Default::default()
    };
    check("users/user", Response, &users::UserMessage { user: user.clone() });
    check(
        "users/list",
        Response,
        &users::UserPage { pagination: pagination(), users: users::Users { user: vec![user.clone(), user] } },
    );
    check(
        "users/update",
        Request,
        &users::UserMessage {
            user: users::User {
                password: Some(Secret::new("s3cret")),
                site_role: Some(Word::Other("Emperor".into())),
                ..Default::default()
            },
        },
    );
    let of_user = groups::Group {
        id: Some(Word::Known(id('e'))),
        name: Some("All Users".into()),
        domain: Some(local()),
        ..Default::default()
    };
    check(
        "users/groups",
        Response,
        &groups::GroupPage { pagination: pagination(), groups: groups::Groups { group: vec![of_user] } },
    );
    let of_list = groups::Group {
        id: Some(Word::Known(id('e'))),
        name: Some("All Users".into()),
        minimum_site_role: Some(SiteRole::Viewer.into()),
        ..Default::default()
    };
    let with_groups = users::User {
        id: Some(Word::Known(id('b'))),
        name: Some("ann".into()),
        domain: Some(local()),
        groups: Some(groups::Groups { group: vec![of_list] }),
        ..Default::default()
    };
    let page = users::UserPage { pagination: pagination(), users: users::Users { user: vec![with_groups] } };
    check("users/list_with_groups", Response, &page);
}

fn local() -> domains::Domain {
    domains::Domain { name: Some("local".into()), ..Default::default() }
}

fn group() -> groups::Group {
    groups::Group {
        id: Some(Word::Known(id('e'))),
        name: Some("Finance & “Père”".into()),
        minimum_site_role: Some(SiteRole::Viewer.into()),
        external_user_enabled: Some(true),
        user_count: Some(Count(2)),
        domain: Some(local()),
        import: Some(groups::Import {
            source: Some("ActiveDirectory".into()),
            domain_name: Some("local".into()),
            grant_license_mode: Some("onLogin".into()),
            site_role: Some(SiteRole::Viewer.into()),
        }),
        ..Default::default()
    }
}

#[test]
fn groups() {
    let new = groups::Group {
        name: Some("Finance".into()),
        minimum_site_role: Some(SiteRole::Explorer.into()),
        ephemeral_users_enabled: Some(true),
        ..Default::default()
    };
    check("groups/create", Request, &groups::GroupMessage { group: new });
    check("groups/group", Response, &groups::GroupMessage { group: group() });
    let page = groups::GroupPage { pagination: pagination(), groups: groups::Groups { group: vec![group()] } };
    check("groups/list", Response, &page);
    let user = |digit| users::User { id: Some(Word::Known(id(digit))), ..Default::default() };
    let many = || users::Users { user: vec![user('b'), user('c')] };
    check("groups/add_user", Request, &groups::AddUsers { user: Some(user('b')), users: None });
    check("groups/add_users", Request, &groups::AddUsers { user: None, users: Some(many()) });
    check("groups/added_user", Response, &groups::AddedUsers { user: Some(user('b')), ..Default::default() });
    let added = groups::AddedUsers { user: None, pagination: Some(pagination()), users: Some(many()) };
    check("groups/added_users", Response, &added);
    check("groups/remove_users", Request, &users::UsersMessage { users: many() });
}

#[test]
fn group_sets() {
    let set = group_sets::GroupSet { name: Some("All of these".into()), ..Default::default() };
    check("group_sets/create", Request, &group_sets::GroupSetMessage { group_set: set });
    let group = groups::Group { id: Some(Word::Known(id('e'))), name: Some("Finance".into()), ..Default::default() };
    let set = group_sets::GroupSet {
        id: Some(Word::Known(id('f'))),
        name: Some("All of these".into()),
        group_count: Some(Count(1)),
        group: vec![group],
    };
    check("group_sets/group_set", Response, &group_sets::GroupSetMessage { group_set: set.clone() });
    let page = group_sets::GroupSetPage {
        pagination: pagination(),
        group_sets: group_sets::GroupSets { group_set: vec![set] },
    };
    check("group_sets/list", Response, &page);
}

#[test]
fn users_in_a_file() {
    let user = |name: Option<&str>, auth_setting| users::User {
        name: name.map(str::to_owned),
        auth_setting: Some(Word::Known(auth_setting)),
        ..Default::default()
    };
    check(
        "users/import",
        Request,
        &users::ImportUsers {
            user: vec![user(Some("ann"), AuthSetting::SAML), user(None, AuthSetting::ServerDefault)],
        },
    );
}

#[test]
fn jobs_of_a_site() {
    let begun = jobs::Job {
        id: id('9'),
        mode: Some("Asynchronous".into()),
        job_type: Some(JobType::CreateSiteUsersCsv.into()),
        progress: Some(Count(0)),
        created_at: Some(time("2026-11-24T09:00:00Z")),
        started_at: None,
        completed_at: None,
        updated_at: None,
        finish_code: None,
        status_notes: None,
    };
    check("jobs/begun", Response, &jobs::JobMessage { job: begun.clone() });
    let note = |note_type: StatusNoteType, value: &str, text: Option<&str>| jobs::StatusNote {
        note_type: note_type.into(),
        value: Some(value.into()),
        text: text.map(str::to_owned),
    };
    check(
        "jobs/ended",
        Response,
        &jobs::JobMessage {
            job: jobs::Job {
                progress: Some(Count(100)),
                started_at: Some(time("2026-11-24T09:00:01Z")),
                completed_at: Some(time("2026-11-24T09:00:05Z")),
                updated_at: Some(time("2026-11-24T09:00:05Z")),
                finish_code: Some(0),
                status_notes: Some(jobs::StatusNotes {
                    status_note: vec![
                        note(StatusNoteType::CountOfUsersProcessed, "3", None),
                        note(StatusNoteType::CountOfUsersAddedToSite, "2", None),
                        note(
                            StatusNoteType::CountOfUsersSkipped,
                            "1",
                            Some("line 2: `ann & \"co\"`: the licence is not known"),
                        ),
                    ],
                }),
                ..begun
            },
        },
    );
}

#[test]
fn personal_access_tokens_of_a_user() {
    use personal_access_tokens::{CreateToken, CreatedToken, NewToken, Token, TokenList, TokenWithSecret, Tokens};
    check(
        "personal_access_tokens/list",
        Response,
        &TokenList {
            personal_access_tokens: Tokens {
                personal_access_token: vec![Token {
                    token_guid: id('f'),
                    token_name: "nightly".into(),
                    last_used_at: None,
                    expires_at: Some(time("2027-11-24T09:00:00Z")),
                }],
            },
        },
    );
    check(
        "personal_access_tokens/create",
        Request,
        &CreateToken {
            personal_access_token: NewToken {
                token_name: "nightly".into(),
                expires_at: Some(time("2027-11-24T09:00:00Z")),
            },
        },
    );
    check(
        "personal_access_tokens/created",
        Response,
        &CreatedToken {
            personal_access_token_with_secret: TokenWithSecret {
                token_guid: id('f'),
                token_name: "nightly".into(),
                secret: Secret::new("qlE1g9MMh9vbrjjg==:rZTHhPpP2tUW1kfn4tjg8"),
                expires_at: Some(time("2027-11-24T09:00:00Z")),
            },
        },
    );
}

#[test]
fn saved_credentials_of_a_user() {
    use saved_credentials::{Destination, Keychains, SavedCredentials};
    check(
        "saved_credentials/download",
        Request,
        &Destination {
            destination_server_url: Some("https://tableau.example".into()),
            destination_site_luid: Some(Text(id::<tavola_model::SiteId>('a').to_string())),
            destination_site_url_namespace: Some("finance".into()),
        },
    );
    check(
        "saved_credentials/keychains",
        Response,
        &SavedCredentials { encrypted_keychain_list: Keychains { encrypted_keychain: vec!["x".into(), "y".into()] } },
    );
}

#[test]
fn domains_of_the_server() {
    let domain = domains::Domain { id: Some("1".into()), name: Some("local".into()), short_name: Some("local".into()) };
    check("domains/domain", Response, &domains::DomainMessage { domain: domain.clone() });
    check("domains/list", Response, &domains::DomainPage { domain_list: domains::Domains { domain: vec![domain] } });
}

#[test]
fn uploads_in_blocks() {
    let upload = |file_size: &str, max_file_chunk_count| file_uploads::FileUploadMessage {
        file_upload: file_uploads::FileUpload {
            upload_session_id: file_uploads::UploadSessionId(id('7')).into(),
            file_size: Some(file_size.into()),
            max_file_chunk_count,
        },
    };
    check("file_uploads/initiated", Response, &upload("0", Some(1000)));
    check("file_uploads/appended", Response, &upload("64", None));
}

#[test]
fn openid_connect_of_a_site() {
    let configuration = oidc::Configuration {
        idp_configuration_id: Some(Word::Known(id('6'))),
        idp_configuration_name: Some("Company".into()),
        enabled: Some(true),
        client_id: Some("tavola".into()),
        client_secret: Some(Secret::new("********")),
        authorization_endpoint: Some("https://idp.example.com/authorize?a=1&b=2".into()),
        token_endpoint: Some("https://idp.example.com/token".into()),
        userinfo_endpoint: Some("https://idp.example.com/userinfo".into()),
        jwks_uri: Some("https://idp.example.com/keys".into()),
        end_session_endpoint: Some("https://idp.example.com/logout".into()),
        discovery_endpoint: Some("https://idp.example.com/.well-known/openid-configuration".into()),
        known_provider_alias: Some("OKTA".into()),
        allow_embedded_authentication: Some(false),
        custom_scope: Some("groups".into()),
        prompt: Some("login".into()),
        client_authentication: Some("CLIENT_SECRET_POST".into()),
        essential_acr_values: Some("gold".into()),
        voluntary_acr_values: Some("silver".into()),
        email_mapping: Some("upn".into()),
        first_name_mapping: Some("given_name".into()),
        last_name_mapping: Some("family_name".into()),
        full_name_mapping: Some("name".into()),
        use_full_name: Some(true),
    };
    let message = oidc::ConfigurationMessage { site_oidc_configuration: configuration };
    check("sites/oidc_configuration", Response, &message);
}

#[test]
fn configurations_of_scim() {
    let configuration = scim::Configuration {
        id: Some(Word::Known(id('7'))),
        name: Some("Company".into()),
        auth_type: Some("OpenID".into()),
        idp_configuration_id: Some(Word::Known(id('6'))),
        is_api_token_active: Some(true),
        is_owner: Some(false),
        created_at: Some("2026-11-24T09:00:00Z".parse().unwrap()),
    };
    let list = scim::Configurations { scim_configuration: vec![configuration.clone()] };
    check("scim/list", Response, &scim::ConfigurationList { scim_configurations: list });
    let token = scim::Token { id: id('7'), api_token: Secret::new("a==:b") };
    let message = scim::ConfigurationWithToken { scim_configuration: configuration, server_api_token: token };
    check("scim/with_token", Response, &message);
}

#[test]
fn the_spellings_of_published_clients_are_read_in_openid_connect_configurations() {
    let sent = br#"<tsRequest><siteOIDCConfiguration name="Company" userInfoEndpoint="https://idp.example.com/u"
        emailAddressMapping="upn" enabled="True" /></tsRequest>"#;
    let read: oidc::ConfigurationMessage = decode(sent, Encoding::Xml, Direction::Request).unwrap();
    let expected = oidc::Configuration {
        idp_configuration_name: Some("Company".into()),
        userinfo_endpoint: Some("https://idp.example.com/u".into()),
        email_mapping: Some("upn".into()),
        enabled: Some(true),
        ..oidc::Configuration::default()
    };
    assert_eq!(read.site_oidc_configuration, expected);
}

#[test]
fn connected_apps_of_a_site() {
    let secret = connected_apps::AppSecret {
        id: id('2'),
        created_at: Some(time("2026-11-24T09:00:00Z")),
        value: Some(Secret::new("p3lCgIyJc1v5zKEWvDLKIw==")),
    };
    let app = connected_apps::App {
        client_id: Some(id('1')),
        name: Some("portal".into()),
        enabled: Some(true),
        created_at: Some(time("2026-11-24T09:00:00Z")),
        unrestricted_embedding: Some(false),
        domain_safelist: Some("a.example".into()),
        secret: vec![connected_apps::AppSecret { value: None, ..secret.clone() }],
    };
    check("connected_apps/app", Response, &connected_apps::AppMessage { connected_application: app.clone() });
    check(
        "connected_apps/list",
        Response,
        &connected_apps::AppList { connected_applications: connected_apps::Apps { connected_application: vec![app] } },
    );
    let server = external_authorization_servers::Server {
        id: Some(id('7')),
        name: Some("idp".into()),
        issuer_url: Some("https://idp.example.com/tenant".into()),
        jwks_uri: Some("https://idp.example.com/tenant/keys?a=1&b=2".into()),
        enabled: Some(true),
        created_at: Some(time("2026-11-24T09:00:00Z")),
    };
    check(
        "connected_apps/external_authorization_server",
        Response,
        &external_authorization_servers::ServerMessage { external_authorization_server: server.clone() },
    );
    check(
        "connected_apps/external_authorization_servers",
        Response,
        &external_authorization_servers::ServerList {
            external_authorization_server_list: external_authorization_servers::Servers {
                external_authorization_server: vec![server],
            },
        },
    );
    check("connected_apps/secret", Response, &connected_apps::SecretMessage { connected_application_secret: secret });
}

#[test]
fn every_xml_answer_is_valid_by_the_schema() {
    let schema = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/ts-api_3_29.xsd");
    if !schema.exists() {
        eprintln!("skipped: the schema is not beside this checkout");
        return;
    }
    // Exceptions, each because the schema has no such answer: the list of sessions and effective permissions are Tavola's own;
    // the recycle bin, inherited leaders of projects and the report on data acceleration are documented but not in the
    // schema; and what else is here answers more than one element, which the schema allows for other lists alone.
    let except = [
        "sessions/list.xml",
        "recycle_bin/list.xml",
        "recycle_bin/item.xml",
        "sites/data_acceleration_report.xml",
        "views/list.xml",
        "favorites/page.xml",
        "flows/flow_with_steps.xml",
        "virtual_connections/list.xml",
        "virtual_connections/connections.xml",
        "keychains/keychains.xml",
        "permissions/effective.xml",
        "permissions/list_inherited_leader.xml",
        "scim/with_token.xml",
    ];
    let mut checked = 0;
    for file in walk(&fixtures()) {
        let name = file.strip_prefix(fixtures()).unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        if !name.ends_with(".xml") || except.contains(&name.as_str()) || !text.contains("<tsResponse") {
            continue;
        }
        // The schema gives `restApiVersion` the pattern of a build, which no server follows and no client could read.
        let text = text.replace("<restApiVersion>3.29<", "<restApiVersion>20262.26.0000.0100<");
        let copy = std::env::temp_dir().join(format!("tavola-wire-{}.xml", std::process::id()));
        fs::write(&copy, text).unwrap();
        let output = match Command::new("xmllint").arg("--noout").arg("--schema").arg(&schema).arg(&copy).output() {
            Ok(output) => output,
            Err(_) => {
                eprintln!("skipped: xmllint is not installed");
                return;
            }
        };
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        fs::remove_file(copy).unwrap();
        checked += 1;
    }
    assert!(checked > 10, "only {checked} answers were found");
}

fn walk(folder: &std::path::Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path) } else { vec![path] }
        })
        .collect()
}

#[test]
fn texts_of_elements_keep_their_blanks_and_attributes_their_lines() {
    let message = ErrorMessage::new(ErrorCode::BAD_REQUEST, " two\nlines\tand \"quotes\" ");
    let xml = encode(&message, Encoding::Xml, Response, ApiVersion::LATEST).unwrap();
    assert_eq!(decode::<ErrorMessage>(&xml, Encoding::Xml, Response).unwrap(), message);
    let message = users::UserMessage {
        user: users::User { full_name: Some("two\nlines\tand\r\nmore \u{1}\u{ffff}".into()), ..Default::default() },
    };
    let xml = encode(&message, Encoding::Xml, Response, ApiVersion::LATEST).unwrap();
    let read: users::UserMessage = decode(&xml, Encoding::Xml, Response).unwrap();
    assert_eq!(read.user.full_name.unwrap(), "two\nlines\tand\r\nmore \u{fffd}\u{fffd}");
    let problem = encode(&message, Encoding::Xml, Request, ApiVersion::LATEST).unwrap_err().to_string();
    assert_eq!(problem, "`fullName` holds the character U+0001, which XML cannot carry");
}

#[test]
fn a_text_keeps_its_kind() {
    let message = ErrorMessage::new(ErrorCode::BAD_REQUEST, "");
    let json = encode(&message, Encoding::Json, Response, ApiVersion::LATEST).unwrap();
    assert_eq!(String::from_utf8(json).unwrap(), r#"{"error":{"code":"400000","summary":"Bad Request","detail":""}}"#);
    assert_eq!(message.error.detail, Text(String::new()));
}
