//! Favorites through the wire.

mod support;

use support::*;
use tavola_api::{
    ErrorBody, Word,
    favorites::{self, Favorite, FavoriteMessage, FavoriteOrdering, FavoriteOrderings, FavoriteOrderingsMessage},
    projects::{self, Project, ProjectMessage},
    workbooks::Workbook,
};
use tavola_model::{FavoriteKind, ProjectId};

async fn project(session: &Session<'_>, name: &str) -> ProjectId {
    let project = Project { name: Some(name.to_owned()), ..Project::default() };
    let made = session.on_site(projects::CREATE, &[], "", Some(&ProjectMessage { project })).await.unwrap();
    made.project.id.unwrap().known().unwrap()
}

fn favorite(id: ProjectId, label: &str) -> FavoriteMessage {
    let project = Some(Project { id: Some(Word::Known(id)), ..Project::default() });
    FavoriteMessage { favorite: Favorite { label: label.to_owned(), project, ..Favorite::default() } }
}

async fn labels(session: &Session<'_>, query: &str) -> Vec<String> {
    let page = session.on_site(favorites::LIST, &[&session.user_id()], query, None).await.unwrap();
    page.favorites.favorite.into_iter().map(|favorite| favorite.label).collect()
}

fn code<T: std::fmt::Debug>(answer: Result<T, ErrorBody>) -> String {
    answer.unwrap_err().code
}

#[tokio::test]
async fn favorites_are_added_listed_organized_and_removed() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let user = admin.user_id();
    let (a, b) = (project(&admin, "A").await, project(&admin, "B").await);
    admin.on_site(favorites::ADD, &[&user], "", Some(&favorite(a, "first"))).await.unwrap();
    let all = admin.on_site(favorites::ADD, &[&user], "", Some(&favorite(b, "second"))).await.unwrap();
    let last = &all.favorites.favorite[1];
    assert_eq!(last.project.as_ref().unwrap().name.as_deref(), Some("B"));
    assert!(last.added_at.is_some());
    assert_eq!(labels(&admin, "").await, ["first", "second"]);
    assert_eq!(labels(&admin, "?pageSize=1&pageNumber=2").await, ["second"]);
    let past = admin.on_site(favorites::LIST, &[&user], "?pageNumber=2", None).await;
    assert_eq!(code(past), "400006");
    let found = admin.on_site(projects::LIST, &[], "?filter=name:eq:A&fields=_all_", None).await.unwrap();
    assert_eq!(found.projects.project[0].favorites_total.unwrap().0, 1);

    let ordering = FavoriteOrdering {
        favorite_id: a.to_string(),
        favorite_type: FavoriteKind::Project.into(),
        favorite_id_move_after: b.to_string(),
        favorite_type_move_after: FavoriteKind::Project.into(),
    };
    let orderings =
        FavoriteOrderingsMessage { favorite_orderings: FavoriteOrderings { favorite_ordering: vec![ordering] } };
    admin.on_site(favorites::ORGANIZE, &[&user], "", Some(&orderings)).await.unwrap();
    assert_eq!(labels(&admin, "").await, ["second", "first"]);

    // In the plural as documented, and in the singular as a published client writes it.
    admin.on_site(favorites::REMOVE_PROJECT, &[&user, &a], "", None).await.unwrap();
    assert_eq!(code(admin.on_site(favorites::REMOVE_PROJECT, &[&user, &a], "", None).await), "404010");
    assert_eq!(code(admin.on_site(favorites::REMOVE, &[&user, &"workbook", &b], "", None).await), "404010");
    assert_eq!(code(admin.on_site(favorites::REMOVE, &[&user, &"hat", &b], "", None).await), "404010");
    admin.on_site(favorites::REMOVE, &[&user, &"project", &b], "", None).await.unwrap();
    assert_eq!(labels(&admin, "").await, [""; 0]);
}

#[tokio::test]
async fn before_pages_a_list_of_favorites_is_whole() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    for number in 0..3 {
        let id = project(&admin, &number.to_string()).await;
        let body = favorite(id, &number.to_string());
        admin.on_site(favorites::ADD, &[&admin.user_id()], "", Some(&body)).await.unwrap();
    }
    let path = format!("/api/2.8/sites/{}/favorites/{}?pageSize=1", admin.credentials.site.id, admin.user_id());
    let answer = server.send("GET", &path, &[("X-Tableau-Auth", admin.token())], b"").await;
    assert_eq!(answer.text().matches("<favorite ").count(), 3);
}

#[tokio::test]
async fn a_favorite_that_makes_no_sense_is_refused() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let id = project(&admin, "A").await;
    let add = async |body: FavoriteMessage| admin.on_site(favorites::ADD, &[&admin.user_id()], "", Some(&body)).await;
    assert_eq!(code(add(favorite(id, " ")).await), "400005");
    let mut two = favorite(id, "x");
    two.favorite.workbook = Some(Workbook::default());
    assert_eq!(code(add(two).await), "400000");
    let none = FavoriteMessage { favorite: Favorite { label: "x".to_owned(), ..Favorite::default() } };
    assert_eq!(code(add(none).await), "400000");
    add(favorite(id, "x")).await.unwrap();
    let other = project(&admin, "B").await;
    assert_eq!(code(add(favorite(other, "x")).await), "409007");
    let nowhere: ProjectId = "12345678-1234-4123-8123-123456789012".parse().unwrap();
    assert_eq!(code(add(favorite(nowhere, "y")).await), "404005");
}
