use std::sync::atomic::{AtomicUsize, Ordering};

use tavola_client::{
    Error, ListOptions,
    api::users::User,
    model::{Operator, UserId},
};

use crate::server::{Asked, Reply, SITE, Server, good_server, in_fast_time};

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// The page asked for of users with these numbers; `total` as told.
fn page(asked: &Asked, size: usize, total: usize, numbers: &[usize]) -> Reply {
    let number: usize = asked.parameter("pageNumber").unwrap().parse().unwrap();
    if number > 1 && (number - 1) * size >= total {
        return Reply::refusal(400, 400_006, "Invalid page number", "");
    }
    let users: String = numbers
        .iter()
        .skip((number - 1) * size)
        .take(size)
        .map(|number| format!("<user id=\"{}\" name=\"user {number}\"/>", id(*number)))
        .collect();
    Reply::xml(
        200,
        &format!(
            "<pagination pageNumber=\"{number}\" pageSize=\"{size}\" totalAvailable=\"{total}\"/><users>{users}</users>"
        ),
    )
}

async fn all(server: &Server) -> Result<Vec<User>, Error> {
    server.client().build().unwrap().users().list_all(&ListOptions::default()).await
}

fn names(users: &[User]) -> Vec<String> {
    users.iter().map(|user| user.name.clone().unwrap()).collect()
}

fn expected(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("user {number}")).collect()
}

#[test]
fn everything_comes_in_order_and_each_page_is_asked_once() {
    in_fast_time(async {
        let numbers: Vec<usize> = (0..9_001).collect();
        let server = Server::start(good_server(move |asked| page(asked, 1000, 9_001, &numbers))).await;
        let users = all(&server).await.unwrap();
        assert_eq!(names(&users), expected(0..9_001));
        assert_eq!(users[7].id.as_ref().unwrap().known(), Some(id(7).parse::<UserId>().unwrap()));
        let mut pages: Vec<usize> = server
            .asked("GET /api/3.29/sites")
            .iter()
            .map(|asked| {
                assert_eq!(asked.parameter("pageSize"), Some("1000"));
                asked.parameter("pageNumber").unwrap().parse().unwrap()
            })
            .collect();
        assert_eq!(pages[0], 1, "the first page tells how many there are");
        pages.sort_unstable();
        assert_eq!(pages, (1..=10).collect::<Vec<_>>());
    });
}

#[test]
fn an_empty_list_is_one_page() {
    in_fast_time(async {
        let server = Server::start(good_server(|asked| page(asked, 1000, 0, &[]))).await;
        assert_eq!(all(&server).await.unwrap(), []);
        assert_eq!(server.count("GET /api/3.29/sites"), 1);
    });
}

#[test]
fn a_server_may_give_smaller_pages_than_it_was_asked_for() {
    in_fast_time(async {
        let server = Server::start(good_server(|asked| page(asked, 2, 5, &[0, 1, 2, 3, 4]))).await;
        assert_eq!(names(&all(&server).await.unwrap()), expected(0..5));
    });
}

#[test]
fn an_item_that_moved_to_the_next_page_comes_once() {
    in_fast_time(async {
        // Between the first page and the second somebody was added in front.
        let server = Server::start(good_server(|asked| match asked.parameter("pageNumber") {
            Some("1") => page(asked, 2, 4, &[0, 1, 2, 3]),
            _ => page(asked, 2, 5, &[9, 0, 1, 2, 3]),
        }))
        .await;
        assert_eq!(names(&all(&server).await.unwrap()), expected([0, 1, 2, 3]));
    });
}

#[test]
fn a_list_that_shrinks_meanwhile_ends_where_the_server_says() {
    in_fast_time(async {
        let server = Server::start(good_server(|asked| match asked.parameter("pageNumber") {
            Some("1") => page(asked, 2, 9, &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
            _ => page(asked, 2, 3, &[0, 1, 2]),
        }))
        .await;
        assert_eq!(names(&all(&server).await.unwrap()), expected([0, 1, 2]));
    });
}

#[test]
fn a_page_that_fails_fails_the_list() {
    in_fast_time(async {
        let asked_for = AtomicUsize::new(0);
        let server = Server::start(good_server(move |asked| match asked_for.fetch_add(1, Ordering::SeqCst) {
            0 => page(asked, 2, 9, &[0, 1]),
            _ => Reply::refusal(403, 403_004, "Forbidden", ""),
        }))
        .await;
        assert_eq!(all(&server).await.unwrap_err().code(), Some(403_004));
    });
}

#[test]
fn what_is_asked_of_a_list_is_encoded_whole() {
    in_fast_time(async {
        let options = ListOptions::default()
            .filter("name", Operator::Eq, ["Ann & Bo, 100% é"])
            .filter("siteRole", Operator::In, ["Viewer", "a,b"])
            .sort_descending("lastLogin")
            .sort("name")
            .fields(["_default_", "fullName"]);
        let asked = async |version: &str| {
            let server = Server::start(good_server(|asked| page(asked, 100, 0, &[]))).await;
            let client = server.client().version(version.parse().unwrap()).build().unwrap();
            client.users().list(&options).await.unwrap();
            server.asked("GET")[0].line.split_once('?').unwrap().1.to_owned()
        };
        assert_eq!(
            asked("3.29").await,
            "pageNumber=1&pageSize=100&filter=name%3Aeq%3AAnn%20%26%20Bo%2C%20100%25%20%C3%A9%2C\
             siteRole%3Ain%3A%5BViewer%2Ca%5C%2Cb%5D&sort=lastLogin%3Adesc%2Cname%3Aasc&fields=_default_%2CfullName"
        );
        // Older servers want what separates conditions as it is.
        assert_eq!(
            asked("3.6").await,
            "pageNumber=1&pageSize=100&filter=name:eq:Ann%20%26%20Bo,%20100%25%20%C3%A9,siteRole:in:[Viewer,a%5C,b]\
             &sort=lastLogin:desc,name:asc&fields=_default_,fullName"
        );
    });
}

#[test]
fn a_filter_that_cannot_be_written_is_refused_here() {
    in_fast_time(async {
        let server = Server::start(good_server(|asked| page(asked, 100, 0, &[]))).await;
        let options = ListOptions::default().filter("na:me", Operator::Eq, ["x"]);
        let error = server.client().build().unwrap().users().list(&options).await.unwrap_err();
        assert_eq!(error.to_string(), "the filter's field `na:me` is not a word");
        assert_eq!(server.count(&format!("GET /api/3.29/sites/{SITE}")), 0);
    });
}
