//! The documented flow: sign in, call, sign out.
//!
//! TAVOLA_SERVER, TAVOLA_SITE (optional), and TAVOLA_TOKEN_NAME with TAVOLA_TOKEN_SECRET or TAVOLA_USERNAME with
//! TAVOLA_PASSWORD say where and as whom.

use std::env::var;

use tavola_client::{Client, Credentials, ListOptions};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example shows what it got")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let credentials = match var("TAVOLA_TOKEN_NAME") {
        Ok(name) => Credentials::personal_access_token(name, var("TAVOLA_TOKEN_SECRET")?),
        Err(_) => Credentials::password(var("TAVOLA_USERNAME")?, var("TAVOLA_PASSWORD")?),
    };
    let client = Client::builder(var("TAVOLA_SERVER")?)
        .site(var("TAVOLA_SITE").unwrap_or_default())
        .credentials(credentials)
        .build()?;

    let session = client.sign_in().await?;
    println!("site {}, user {}, API {}", session.site_id, session.user_id, client.version().await?);

    let users = client.users().list(&ListOptions::default()).await?;
    println!("{} users", users.pagination.total_available);
    for user in users.items {
        println!("  {}", user.name.unwrap_or_default());
    }
    client.sign_out().await?;
    Ok(())
}
