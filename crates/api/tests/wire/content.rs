//! The messages of content: workbooks, views, data sources, flows, virtual connections, custom views, favorites, and what
//! they share.

use tavola_api::{
    Count, Direction, ErrorCode, ErrorMessage, Flag, Secret, Text, Word, connections, custom_views, data_freshness,
    datasources, favorites, flows, hyper_data, jobs, keychains, projects, recycle_bin, revisions, saved_credentials,
    sites, tags, users, views, virtual_connections, workbooks,
};
use tavola_model::{ContentKind, DataFreshness, FavoriteKind, JobType, LocationType, SheetType};

use super::{check, id, pagination, time};

use Direction::{Request, Response};

fn project() -> projects::Project {
    projects::Project { id: Some(Word::Known(id('1'))), name: Some("Finance".into()), ..Default::default() }
}

fn location() -> projects::Location {
    projects::Location {
        id: Some(id::<tavola_model::ProjectId>('1').to_string()),
        location_type: Some(LocationType::Project.into()),
        name: Some("Finance".into()),
    }
}

fn owner() -> users::User {
    users::User { id: Some(Word::Known(id('b'))), name: Some("ann".into()), ..Default::default() }
}

fn view() -> views::View {
    views::View {
        id: Some(Word::Known(id('5'))),
        name: Some("Sales & <more>".into()),
        content_url: Some("Superstore/sheets/Salesmore".into()),
        view_url_name: Some("Salesmore".into()),
        sheet_type: Some(SheetType::Dashboard.into()),
        created_at: Some(time("2026-11-24T09:00:00Z")),
        updated_at: Some(time("2026-11-24T09:05:00Z")),
        favorites_total: Some(Count(2)),
        workbook: Some(Box::new(workbooks::Workbook { id: Some(Word::Known(id('4'))), ..Default::default() })),
        owner: Some(owner()),
        project: Some(project()),
        tags: Some(tags::Tags::default()),
        usage: Some(views::Usage { total_view_count: Count(17) }),
        location: Some(location()),
        ..Default::default()
    }
}

fn workbook() -> workbooks::Workbook {
    workbooks::Workbook {
        id: Some(Word::Known(id('4'))),
        name: Some("Superstore".into()),
        description: Some("".into()),
        content_url: Some("Superstore".into()),
        webpage_url: Some("https://tableau.example/#/site/finance/workbooks/7".into()),
        show_tabs: Some(Flag(false)),
        size: Some(Count(1)),
        created_at: Some(time("2026-11-24T09:00:00Z")),
        updated_at: Some(time("2026-11-24T09:05:00Z")),
        last_published_at: Some(time("2026-11-24T09:05:00Z")),
        encrypt_extracts: Some(Flag(true)),
        has_extracts: Some(true),
        default_view_id: Some(Word::Known(id('5'))),
        sheet_count: Some(Count(3)),
        project: Some(project()),
        location: Some(location()),
        owner: Some(owner()),
        tags: Some(["north", "more, \"or less\""].into_iter().collect()),
        data_acceleration_config: Some(workbooks::DataAccelerationConfig {
            acceleration_enabled: Some(false),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn datasource() -> datasources::Datasource {
    datasources::Datasource {
        id: Some(Word::Known(id('6'))),
        name: Some("Orders".into()),
        description: Some("All of them".into()),
        content_url: Some("Orders".into()),
        webpage_url: Some("https://tableau.example/#/site/finance/datasources/3".into()),
        datasource_type: Some("hyper".into()),
        size: Some(Count(12)),
        created_at: Some(time("2026-11-24T09:00:00Z")),
        updated_at: Some(time("2026-11-24T09:05:00Z")),
        is_certified: Some(true),
        certification_note: Some("by Ann".into()),
        encrypt_extracts: Some(Flag(false)),
        has_extracts: Some(true),
        use_remote_query_agent: Some(false),
        is_published: Some(true),
        connected_workbooks_count: Some(Count(2)),
        project: Some(project()),
        location: Some(location()),
        owner: Some(owner()),
        tags: Some(tags::Tags::default()),
        ..Default::default()
    }
}

fn publish_job() -> jobs::Job {
    jobs::Job {
        id: id('9'),
        mode: Some("Asynchronous".into()),
        job_type: Some(JobType::PublishWorkbook.into()),
        progress: Some(Count(0)),
        created_at: Some(time("2026-11-24T09:00:00Z")),
        started_at: None,
        completed_at: None,
        updated_at: None,
        finish_code: None,
        status_notes: None,
    }
}

#[test]
fn workbooks_of_a_site() {
    let list = workbooks::Workbooks { workbook: vec![workbook(), workbook()] };
    check("workbooks/list", Response, &workbooks::WorkbookPage { pagination: pagination(), workbooks: list });
    let of_workbook = views::View { workbook: None, owner: None, project: None, location: None, ..view() };
    let with_views = workbooks::Workbook {
        views: Some(views::Views { view: vec![of_workbook] }),
        data_freshness_policy: Some(data_freshness::DataFreshnessPolicy {
            option: Some(DataFreshness::FreshEvery.into()),
            fresh_every_schedule: Some(data_freshness::FreshEverySchedule {
                frequency: Some("Hours".into()),
                value: Some(Count(4)),
            }),
            fresh_at_schedule: None,
        }),
        ..workbook()
    };
    check("workbooks/workbook", Response, &workbooks::WorkbookMessage { workbook: with_views });
    check(
        "workbooks/update",
        Request,
        &workbooks::WorkbookMessage {
            workbook: workbooks::Workbook {
                name: Some("Super".into()),
                project: Some(projects::Project { id: Some(Word::Other("nowhere".into())), ..Default::default() }),
                data_freshness_policy: Some(data_freshness::DataFreshnessPolicy {
                    option: Some(DataFreshness::FreshAt.into()),
                    fresh_every_schedule: None,
                    fresh_at_schedule: Some(data_freshness::FreshAtSchedule {
                        frequency: "Week".into(),
                        time: "22:30:00".into(),
                        timezone: Some("Europe/Paris".into()),
                        intervals: data_freshness::FreshAtDays {
                            interval: vec![data_freshness::FreshAtDay {
                                week_day: Some("Monday".into()),
                                month_day: None,
                            }],
                        },
                    }),
                }),
                ..Default::default()
            },
        },
    );
    check(
        "workbooks/downgrade_info",
        Response,
        &workbooks::DowngradeInfoMessage {
            downgrade_info: workbooks::DowngradeInfo {
                downgraded_feature: vec![workbooks::DowngradedFeature {
                    name: Some("extracts".into()),
                    severity: Some("warn".into()),
                }],
            },
        },
    );
}

#[test]
fn workbooks_to_publish() {
    let credentials = connections::ConnectionCredentials {
        name: Some("reader".into()),
        password: Some(Secret::new("p&w")),
        embed: Some(Flag(true)),
        o_auth: None,
    };
    check(
        "workbooks/publish",
        Request,
        &workbooks::WorkbookMessage {
            workbook: workbooks::Workbook {
                name: Some("Superstore".into()),
                show_tabs: Some(Flag(true)),
                thumbnails_user_id: Some(Word::Known(id('b'))),
                connections: Some(connections::Connections {
                    connection: vec![connections::Connection {
                        server_address: Some("db.example".into()),
                        server_port: Some(5432.into()),
                        database_name: Some("orders".into()),
                        connection_credentials: Some(credentials),
                        ..Default::default()
                    }],
                }),
                project: Some(projects::Project { id: Some(Word::Known(id('1'))), ..Default::default() }),
                views: Some(views::Views {
                    view: vec![views::View { name: Some("Draft".into()), hidden: Some(true), ..Default::default() }],
                }),
                ..Default::default()
            },
        },
    );
    check(
        "workbooks/published",
        Response,
        &workbooks::PublishedWorkbook { workbook: Some(workbook()), ..Default::default() },
    );
    check(
        "workbooks/published_as_job",
        Response,
        &workbooks::PublishedWorkbook { job: Some(publish_job()), ..Default::default() },
    );
}

#[test]
fn views_of_a_site() {
    let list = || views::Views { view: vec![view(), view()] };
    check("views/list", Response, &views::ViewPage { pagination: pagination(), views: list() });
    check("views/of_workbook", Response, &views::ViewList { views: list() });
    check("views/view", Response, &views::ViewMessage { view: view() });
    check(
        "sites/recently_viewed",
        Response,
        &sites::RecentList {
            recents: sites::Recents {
                recent: vec![
                    sites::Recent { view: Some(view()), ..Default::default() },
                    sites::Recent { workbook: Some(workbook()), ..Default::default() },
                ],
            },
        },
    );
    check(
        "views/recommendations",
        Response,
        &views::RecommendationList {
            recommendations: views::Recommendations {
                recommendation: vec![views::Recommendation {
                    content_type: Some("view".into()),
                    recommended_id: Some(Word::Known(id('5'))),
                    view: view(),
                    explanation: views::Explanation { explanation_type: Some("popular".into()) },
                }],
            },
        },
    );
    check("views/no_recommendations", Response, &views::RecommendationList::default());
    check(
        "views/hide_recommendation",
        Request,
        &views::HideRecommendation {
            recommendation_dismissal: views::RecommendationDismissal {
                view: views::View { id: Some(Word::Known(id('5'))), ..Default::default() },
            },
        },
    );
}

#[test]
fn datasources_of_a_site() {
    let list = datasources::Datasources { datasource: vec![datasource(), datasource()] };
    check("datasources/list", Response, &datasources::DatasourcePage { pagination: pagination(), datasources: list });
    check("datasources/datasource", Response, &datasources::DatasourceMessage { datasource: datasource() });
    check(
        "datasources/update",
        Request,
        &datasources::DatasourceMessage {
            datasource: datasources::Datasource {
                is_certified: Some(false),
                owner: Some(users::User { id: Some(Word::Known(id('c'))), ..Default::default() }),
                ..Default::default()
            },
        },
    );
    check(
        "datasources/published",
        Response,
        &datasources::PublishedDatasource { datasource: Some(datasource()), ..Default::default() },
    );
    check(
        "datasources/published_as_job",
        Response,
        &datasources::PublishedDatasource { job: Some(publish_job()), ..Default::default() },
    );
}

#[test]
fn connections_of_content() {
    let connection = connections::Connection {
        id: Some(Word::Known(id('8'))),
        connection_type: Some("postgres".into()),
        server_address: Some("db.example".into()),
        server_port: Some(5432.into()),
        user_name: Some("reader".into()),
        embed_password: Some(true),
        authentication_type: Some("auth-user-pass".into()),
        query_tagging_enabled: Some(false),
        datasource: Some(datasources::Datasource {
            id: Some(Word::Known(id('6'))),
            name: Some("Orders".into()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let file = connections::Connection {
        id: Some(Word::Known(id('9'))),
        connection_type: Some("textscan".into()),
        user_name: Some("".into()),
        ..Default::default()
    };
    check("connections/connection", Response, &connections::ConnectionMessage { connection: connection.clone() });
    check(
        "connections/list",
        Response,
        &connections::ConnectionList { connections: connections::Connections { connection: vec![connection, file] } },
    );
    check("connections/none", Response, &connections::ConnectionList::default());
    check(
        "connections/update_several",
        Request,
        &connections::UpdateConnections {
            connection_luids: connections::ConnectionLuids {
                connection_luid: vec![Word::Known(id('8')), Word::Other("?".into())],
            },
            connection: connections::Connection {
                user_name: Some("reader".into()),
                password: Some(Secret::new("s3cret")),
                embed_password: Some(true),
                ..Default::default()
            },
        },
    );
}

#[test]
fn revisions_of_content() {
    let revision = |number, current| revisions::Revision {
        revision_number: Some(Count(number)),
        published_at: Some(time("2026-11-24T09:00:00Z")),
        deleted: Some(false),
        current: Some(current),
        size_in_bytes: Some(34_359_738_368),
        publisher: Some(owner()),
    };
    check(
        "revisions/list",
        Response,
        &revisions::RevisionPage {
            pagination: pagination(),
            revisions: revisions::Revisions { revision: vec![revision(1, false), revision(2, true)] },
        },
    );
}

#[test]
fn tags_of_content() {
    let some = || ["north", "more, \"or less\"", ""].into_iter().collect();
    check("tags/tags", Response, &tags::TagsMessage { tags: some() });
    check("tags/none", Response, &tags::TagsMessage::default());
    check("tags/add", Request, &tags::TagsMessage { tags: some() });
    let item = |kind: FavoriteKind| tags::TaggedItem {
        id: id::<tavola_model::WorkbookId>('4').to_string(),
        content_type: kind.to_string(),
    };
    check(
        "tags/batch",
        Response,
        &tags::TagBatchMessage {
            tag_batch: tags::TagBatch {
                tags: some(),
                contents: tags::TaggedItems { content: vec![item(FavoriteKind::Workbook), item(FavoriteKind::View)] },
            },
        },
    );
}

#[test]
fn keychains_of_content() {
    let keychains = || saved_credentials::Keychains { encrypted_keychain: vec!["x".into(), "y".into()] };
    check(
        "keychains/download",
        Request,
        &saved_credentials::Destination {
            destination_server_url: Some(Text("https://tableau.example".into())),
            ..Default::default()
        },
    );
    check(
        "keychains/keychains",
        Response,
        &keychains::ContentKeychains {
            encrypted_keychain_list: keychains(),
            associated_user_luid_list: keychains::AssociatedUsers {
                associated_user_luid: vec![id::<tavola_model::UserId>('b').to_string()],
            },
        },
    );
    check(
        "keychains/apply",
        Request,
        &keychains::ApplyKeychains {
            encrypted_keychain_list: keychains(),
            associated_user_luid_mapping: keychains::UserMapping {
                user_luid_pair: vec![keychains::UserPair {
                    source_site_user_luid: id::<tavola_model::UserId>('b').to_string(),
                    destination_site_user_luid: id::<tavola_model::UserId>('c').to_string(),
                }],
            },
        },
    );
}

fn flow() -> flows::Flow {
    flows::Flow {
        id: Some(Word::Known(id('3'))),
        name: Some("Clean orders".into()),
        description: Some("Nightly".into()),
        webpage_url: Some("https://tableau.example/#/site/finance/flows/2".into()),
        file_type: Some("tflx".into()),
        created_at: Some(time("2026-11-24T09:00:00Z")),
        updated_at: Some(time("2026-11-24T09:05:00Z")),
        connections: None,
        project: Some(project()),
        owner: Some(owner()),
        tags: Some(tags::Tags::default()),
    }
}

#[test]
fn flows_of_a_site() {
    let list = flows::Flows { flow: vec![flow(), flow()] };
    check("flows/list", Response, &flows::FlowPage { pagination: pagination(), flows: list });
    check("flows/flow", Response, &flows::FlowMessage { flow: flow() });
    let step = |name: &str| flows::FlowOutputStep {
        id: Some(id::<tavola_model::FlowId>('4').to_string()),
        name: Some(name.into()),
    };
    let steps = flows::FlowOutputSteps { flow_output_step: vec![step("Output"), step("Output 2")] };
    check("flows/flow_with_steps", Response, &flows::FlowWithSteps { flow: flow(), flow_output_steps: Some(steps) });
    check(
        "flows/publish",
        Request,
        &flows::FlowMessage {
            flow: flows::Flow {
                name: Some("Clean orders".into()),
                connections: Some(connections::Connections {
                    connection: vec![connections::Connection {
                        server_address: Some("db.example".into()),
                        ..Default::default()
                    }],
                }),
                project: Some(projects::Project { id: Some(Word::Known(id('1'))), ..Default::default() }),
                ..Default::default()
            },
        },
    );
}

#[test]
fn deleted_content_of_a_site() {
    let item = recycle_bin::RecycleBinItem {
        id: Some(id::<tavola_model::WorkbookId>('3').to_string()),
        content_type: Some(ContentKind::Workbook.into()),
        name: Some("Super & <store>".into()),
        description: Some(String::new()),
        content_url: Some("Superstore".into()),
        size: Some(Count(2)),
        deleted_at: Some(time("2026-11-24T09:00:00Z")),
        expires_at: Some(time("2026-12-24T09:00:00Z")),
        project: Some(project()),
        owner: Some(owner()),
        deleted_by: Some(owner()),
    };
    let list = recycle_bin::RecycleBinItems { recycle_bin_item: vec![item.clone(), Default::default()] };
    check(
        "recycle_bin/list",
        Response,
        &recycle_bin::RecycleBinPage { pagination: pagination(), recycle_bin_items: list },
    );
    check("recycle_bin/item", Response, &recycle_bin::RecycleBinItemMessage { recycle_bin_item: item });
    let to = recycle_bin::RecycleBinItem { name: Some("New".into()), project: Some(project()), ..Default::default() };
    check("recycle_bin/restore", Request, &recycle_bin::RestoreMessage { recycle_bin_item: to });
    check("recycle_bin/restore_as_it_was", Request, &recycle_bin::RestoreMessage::default());
    let job = jobs::Job { job_type: Some(JobType::EmptyRecycleBin.into()), ..publish_job() };
    check("recycle_bin/emptied", Response, &recycle_bin::Emptied { job: Some(job) });
}

#[test]
fn favorites_of_a_user() {
    let favorite = |label: &str, position| favorites::Favorite {
        label: label.into(),
        position: Some(Count(position)),
        added_at: Some(time("2026-11-24T09:00:00Z")),
        parent_project_name: Some("Finance".into()),
        target_owner_name: Some("ann".into()),
        ..Default::default()
    };
    let list = || favorites::Favorites {
        favorite: vec![
            favorites::Favorite { workbook: Some(workbook()), ..favorite("Sales", 1) },
            favorites::Favorite { view: Some(view()), ..favorite("The view", 2) },
            favorites::Favorite { datasource: Some(datasource()), ..favorite("Orders", 3) },
            favorites::Favorite { project: Some(project()), ..favorite("Finance", 4) },
            favorites::Favorite { flow: Some(flow()), ..favorite("Clean", 5) },
        ],
    };
    check("favorites/page", Response, &favorites::FavoritePage { pagination: pagination(), favorites: list() });
    check("favorites/list", Response, &favorites::FavoriteList { favorites: list() });
    check("favorites/none", Response, &favorites::FavoriteList::default());
    check(
        "favorites/add",
        Request,
        &favorites::FavoriteMessage {
            favorite: favorites::Favorite {
                label: "Sales".into(),
                workbook: Some(workbooks::Workbook { id: Some(Word::Known(id('4'))), ..Default::default() }),
                ..Default::default()
            },
        },
    );
    check(
        "favorites/organize",
        Request,
        &favorites::FavoriteOrderingsMessage {
            favorite_orderings: favorites::FavoriteOrderings {
                favorite_ordering: vec![favorites::FavoriteOrdering {
                    favorite_id: id::<tavola_model::WorkbookId>('4').to_string(),
                    favorite_type: FavoriteKind::Workbook.into(),
                    favorite_id_move_after: "?".into(),
                    favorite_type_move_after: Word::Other("metric".into()),
                }],
            },
        },
    );
}

#[test]
fn custom_views_of_a_site() {
    let custom_view = || custom_views::CustomView {
        id: Some(Word::Known(id('7'))),
        name: Some("My view".into()),
        created_at: Some(time("2026-11-24T09:00:00Z")),
        updated_at: Some(time("2026-11-24T09:05:00Z")),
        last_accessed_at: Some(time("2026-11-24T09:06:00Z")),
        shared: Some(false),
        view: Some(views::View { id: Some(Word::Known(id('5'))), name: Some("Sales".into()), ..Default::default() }),
        workbook: Some(workbooks::Workbook {
            id: Some(Word::Known(id('4'))),
            name: Some("Superstore".into()),
            ..Default::default()
        }),
        owner: Some(owner()),
    };
    check(
        "custom_views/list",
        Response,
        &custom_views::CustomViewPage {
            pagination: pagination(),
            custom_views: custom_views::CustomViews { custom_view: vec![custom_view(), custom_view()] },
        },
    );
    check("custom_views/custom_view", Response, &custom_views::CustomViewMessage { custom_view: custom_view() });
    check(
        "custom_views/publish",
        Request,
        &custom_views::CustomViewMessage {
            custom_view: custom_views::CustomView {
                name: Some("My view".into()),
                shared: Some(true),
                workbook: Some(workbooks::Workbook { id: Some(Word::Known(id('4'))), ..Default::default() }),
                owner: Some(users::User { id: Some(Word::Known(id('b'))), ..Default::default() }),
                ..Default::default()
            },
        },
    );
    let user = |digit| users::User { id: Some(Word::Known(id(digit))), ..Default::default() };
    check(
        "custom_views/set_default_users",
        Request,
        &users::UsersMessage { users: users::Users { user: vec![user('b'), user('c')] } },
    );
    let error = ErrorMessage::new(ErrorCode::USER_NOT_FOUND, "the user could not be found").error;
    check(
        "custom_views/default_users_set",
        Response,
        &custom_views::DefaultUsersAnswer {
            custom_view_as_user_default_results: custom_views::DefaultUserResults {
                custom_view_as_user_default_view_result: vec![
                    custom_views::DefaultUserResult { success: true, user: Some(user('b')), error: None },
                    custom_views::DefaultUserResult { success: false, user: Some(user('c')), error: Some(error) },
                ],
            },
        },
    );
}

#[test]
fn virtual_connections_of_a_site() {
    let virtual_connection = || virtual_connections::VirtualConnection {
        id: Some(Word::Known(id('8'))),
        name: Some("Warehouse".into()),
        webpage_url: Some("https://tableau.example/#/site/finance/virtualconnections/1".into()),
        created_at: Some(time("2026-11-24T09:00:00Z")),
        updated_at: Some(time("2026-11-24T09:05:00Z")),
        is_certified: Some(false),
        certification_note: None,
        has_extracts: Some(false),
        project: Some(project()),
        owner: Some(owner()),
        tags: Some(tags::Tags::default()),
        content: None,
    };
    check(
        "virtual_connections/list",
        Response,
        &virtual_connections::VirtualConnectionPage {
            pagination: pagination(),
            virtual_connections: virtual_connections::VirtualConnections {
                virtual_connection: vec![virtual_connection()],
            },
        },
    );
    let content = Some(Text("{\"revision\":{\"tables\":[\"<a & b>\"]}}".into()));
    check(
        "virtual_connections/virtual_connection",
        Response,
        &virtual_connections::VirtualConnectionMessage {
            virtual_connection: virtual_connections::VirtualConnection { content, ..virtual_connection() },
        },
    );
    let connections = || virtual_connections::DatabaseConnections {
        connection: vec![virtual_connections::DatabaseConnection {
            connection_id: Some(Word::Known(id('9'))),
            db_class: Some("postgres".into()),
            server: Some("db.example".into()),
            port: Some(5432.into()),
            database: Some("orders".into()),
            username: Some("reader".into()),
        }],
    };
    check(
        "virtual_connections/connections",
        Response,
        &virtual_connections::DatabaseConnectionPage {
            pagination: pagination(),
            virtual_connection_connections: connections(),
        },
    );
    check(
        "virtual_connections/connection_updated",
        Response,
        &virtual_connections::DatabaseConnectionList { virtual_connection_connections: connections() },
    );
}

#[test]
fn rows_of_hyper_data() {
    let constant = |constant_type: &str, v: Option<&str>| {
        Some(hyper_data::Constant { constant_type: constant_type.into(), v: v.map(str::to_owned) })
    };
    let compare = |op: &str, column: &str, constant| hyper_data::Condition {
        op: op.into(),
        target_col: Some(column.into()),
        constant,
        ..Default::default()
    };
    let any_of = hyper_data::Condition {
        op: "or".into(),
        args: vec![
            compare("eq", "Region", constant("string", Some("Europe & \"East\""))),
            compare("lt", "Row", constant("integer", Some("-5"))),
            compare("gte", "Amount", constant("double", Some("1.5"))),
            compare("eq", "Open", constant("boolean", Some("true"))),
            compare("is", "Day", constant("date", None)),
        ],
        ..Default::default()
    };
    let delete = hyper_data::Action {
        action: "delete".into(),
        target_table: Some("Extract".into()),
        condition: Some(any_of),
        ..Default::default()
    };
    let same = hyper_data::Condition {
        op: "eq".into(),
        target_col: Some("Row ID".into()),
        source_col: Some("row".into()),
        ..Default::default()
    };
    let upsert = hyper_data::Action {
        action: "upsert".into(),
        target_schema: Some("Extract".into()),
        target_table: Some("Extract".into()),
        source_schema: Some("public".into()),
        source_table: Some("new".into()),
        condition: Some(same),
    };
    check("hyper_data/update", Request, &hyper_data::UpdateHyperData { actions: vec![delete, upsert] });
}
