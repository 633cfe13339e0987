//! `tavola demo`: a server and a client in one process, and between them the documented flow, really over the network.
//!
//! What is printed is what was sent and what came back. Nothing is left behind.

use std::{net::SocketAddr, path::Path, sync::Arc};

use clap::Args;
use serde_json::{Value, json};
use tavola_client::{
    Client, Credentials, ListOptions,
    api::{self, About, personal_access_tokens::NewToken, sites::Site, users::User},
    model::SiteRole,
};
use tavola_server::{Config, Running};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::{Failure, output::Output, serve::End};

/// The arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Leave the server up afterwards, until Ctrl-C, and show how to call it
    #[arg(long)]
    keep: bool,
}

const SITE: &str = "marketing";
const TOKEN: &str = "demo";

/// Shows the flow.
pub fn demo(arguments: &DemoArguments, output: &mut Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::file("cannot start", &error))?;
    let folder = tempfile::Builder::new()
        .prefix("tavola-demo-")
        .tempdir()
        .map_err(|error| Failure::file("cannot make a folder for the data", &error))?;
    runtime.block_on(async {
        let mut end = End::watch()?;
        tokio::select! {
            outcome = show(arguments.keep, folder.path(), output) => {
                let running = outcome?;
                if arguments.keep {
                    end.told().await;
                }
                running.shutdown().await;
                Ok(())
            }
            () = end.told() => Err(Failure::Interrupted),
        }
    })
}

/// The flow, step by step.
async fn show(keep: bool, folder: &Path, output: &mut Output) -> Result<Running, Failure> {
    let config = Config { listen: None, ..Config::on_loopback(folder) };
    let running = tavola_server::start(config).await.map_err(|error| Failure::failed(error.to_string()))?;
    let address = running.https().ok_or_else(|| Failure::failed("the server does not answer HTTPS"))?;
    let certificate = running.certificate_pem().unwrap_or_default().to_owned();
    let administrator =
        running.first_administrator().ok_or_else(|| Failure::failed("the data folder was not empty"))?;
    let password = administrator.generated_password.as_ref().map(|password| password.expose()).unwrap_or_default();
    let server = format!("https://{address}");
    let client = |site: &str, credentials: Credentials| {
        Client::builder(&server)
            .site(site)
            .ca_certificate(certificate.as_bytes())
            .no_proxy()
            .credentials(credentials)
            .build()
            .map_err(|error| Failure::of_call("cannot make a client", &error))
    };
    let mut transcript = Transcript { output, steps: Vec::new() };
    transcript.heading(&[
        format!("A Tavola server answers at {server}, with a self-signed certificate. Its data is in"),
        format!("{}, which was empty. A client calls it over the network:", folder.display()),
    ])?;

    let by_password = client("", Credentials::password(&administrator.name, password))?;
    let session = by_password.sign_in().await.map_err(failed("sign in by password"))?;
    let version = by_password.version().await.map_err(failed("agree on a version"))?.to_string();
    let line = |about: &About, values: &[&dyn std::fmt::Display]| {
        format!("{} {server}/api/{version}{}", about.method, about.fill(values))
    };
    transcript.step(
        "Sign in to the default site by user name and password",
        &line(&api::auth::SIGN_IN.about, &[]),
        &[
            ("user name", json!(administrator.name)),
            ("token", json!(shortened(session.token.expose()))),
            ("site id", json!(session.site_id)),
            ("user id", json!(session.user_id)),
        ],
    )?;

    let new = Site { name: Some("Marketing".into()), content_url: Some(SITE.into()), ..Site::default() };
    let made = by_password.sites().create(&new).await.map_err(failed("make a site"))?;
    transcript.step(
        "Make a site",
        &line(&api::sites::CREATE.about, &[]),
        &[("site", json!(made.name)), ("contentUrl", json!(made.content_url)), ("site id", json!(made.id))],
    )?;

    let new = NewToken { token_name: TOKEN.into(), expires_at: None };
    let token = by_password.personal_access_tokens().create(&new).await.map_err(failed("make a token"))?;
    transcript.step(
        "Make a personal access token",
        &line(&api::personal_access_tokens::CREATE.about, &[&session.site_id, &session.user_id]),
        &[
            ("token name", json!(token.token_name)),
            ("secret", json!(shortened(token.secret.expose()))),
            ("ends", json!(token.expires_at)),
        ],
    )?;

    let by_token = client(SITE, Credentials::personal_access_token(&token.token_name, token.secret.expose()))?;
    let session = by_token.sign_in().await.map_err(failed("sign in by token"))?;
    transcript.step(
        "Sign in to the new site by the personal access token",
        &line(&api::auth::SIGN_IN.about, &[]),
        &[
            ("token", json!(shortened(session.token.expose()))),
            ("site", json!(session.site_content_url)),
            ("site id", json!(session.site_id)),
            ("user id", json!(session.user_id)),
        ],
    )?;

    let info = by_token.server_info().await.map_err(failed("ask what the server is"))?;
    transcript.step(
        "Ask what the server is",
        &line(&api::server_info::GET.about, &[]),
        &[
            ("product", json!(info.product_version.value)),
            ("build", json!(info.product_version.build)),
            ("REST API", json!(info.rest_api_version)),
        ],
    )?;

    let sites = by_token.sites().list_all(&ListOptions::default()).await.map_err(failed("list the sites"))?;
    let names: Vec<&str> = sites.iter().filter_map(|site| site.name.as_deref()).collect();
    transcript.step("List the sites", &line(&api::sites::LIST.about, &[]), &[("sites", json!(names))])?;

    let new = User { name: Some("ann".into()), site_role: Some(SiteRole::Viewer.into()), ..User::default() };
    let added = by_token.users().add(&new).await.map_err(failed("add a user"))?;
    transcript.step(
        "Add a user to the site",
        &line(&api::users::ADD.about, &[&session.site_id]),
        &[("user", json!(added.name)), ("site role", json!(added.site_role)), ("user id", json!(added.id))],
    )?;

    let users = by_token.users().list_all(&ListOptions::default()).await.map_err(failed("list the users"))?;
    let names: Vec<&str> = users.iter().filter_map(|user| user.name.as_deref()).collect();
    transcript.step(
        "List the users of the site",
        &line(&api::users::LIST.about, &[&session.site_id]),
        &[("users", json!(names))],
    )?;

    let current = by_token.sessions().current().await.map_err(failed("ask who is signed in"))?;
    transcript.step(
        "Ask who is signed in",
        &line(&api::sessions::CURRENT.about, &[]),
        &[
            ("user", json!(current.user.name)),
            ("site role", json!(current.user.site_role)),
            ("site", json!(current.site.name)),
        ],
    )?;

    by_token.sign_out().await.map_err(failed("sign out"))?;
    transcript.step("Sign out", &line(&api::auth::SIGN_OUT.about, &[]), &[])?;

    let path = format!("/api/{version}{}", api::sessions::CURRENT.about.path);
    let answer = ask_plainly(address, &certificate, &path, session.token.expose()).await?;
    let (status, body) = answer.split_once("\r\n").unwrap_or((&answer, ""));
    if !status.starts_with("HTTP/1.1 401") {
        return Err(Failure::failed(format!(
            "the token is not dead after signing out: the server answered `{status}`"
        )));
    }
    let detail = body.rsplit("\r\n\r\n").next().unwrap_or_default().trim();
    transcript.step(
        "Use the token once more: it is dead",
        &line(&api::sessions::CURRENT.about, &[]),
        &[("answer", json!(status)), ("body", json!(detail))],
    )?;
    by_password.sign_out().await.map_err(failed("sign out"))?;

    let certificate = folder.join("tls").join("certificate.pem");
    let access = Access {
        server: &server,
        version: &version,
        certificate: &certificate,
        secret: token.secret.expose(),
        administrator: &administrator.name,
        password,
    };
    transcript.finish(keep.then_some(&access))?;
    Ok(running)
}

/// Why a step of the flow failed.
fn failed(what: &'static str) -> impl Fn(tavola_client::Error) -> Failure {
    move |error| Failure::of_call(format!("cannot {what}"), &error)
}

/// Enough of a secret to know it again.
fn shortened(secret: &str) -> String {
    let start: String = secret.chars().take(8).collect();
    format!("{start}… ({} characters)", secret.chars().count())
}

/// The whole answer to a GET with this token, sent by hand: the client of this project would rather tell its caller to
/// sign in again than show what the server says to a dead token.
async fn ask_plainly(address: SocketAddr, certificate: &str, path: &str, token: &str) -> Result<String, Failure> {
    let unreadable = |problem: String| Failure::failed("the server's certificate cannot be used").because(problem);
    let mut roots = RootCertStore::empty();
    let certificate =
        CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(|error| unreadable(error.to_string()))?;
    roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unreadable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let exchange = async {
        let stream = TcpStream::connect(address).await?;
        let host = ServerName::IpAddress(address.ip().into());
        let mut stream = TlsConnector::from(Arc::new(config)).connect(host, stream).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: application/json\r\n{}: {token}\r\nConnection: close\r\n\r\n",
            api::auth::TOKEN_HEADER
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    exchange.await.map_err(|error| Failure::file(format!("cannot ask `{address}` by hand"), &error))
}

/// What is shown: text as it happens, or one JSON object at the end.
struct Transcript<'a> {
    output: &'a mut Output,
    steps: Vec<Value>,
}

/// What is needed to call a server that stays up.
struct Access<'a> {
    server: &'a str,
    version: &'a str,
    certificate: &'a Path,
    secret: &'a str,
    administrator: &'a str,
    password: &'a str,
}

impl Transcript<'_> {
    fn heading(&mut self, lines: &[String]) -> Result<(), Failure> {
        if self.output.is_json() {
            return Ok(());
        }
        lines.iter().try_for_each(|line| self.output.line(line))
    }

    fn step(&mut self, title: &str, request: &str, answer: &[(&str, Value)]) -> Result<(), Failure> {
        self.steps.push(json!({
            "step": title,
            "request": request,
            "answer": answer.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<serde_json::Map<_, _>>(),
        }));
        if self.output.is_json() {
            return Ok(());
        }
        self.output.line("")?;
        self.output.line(&format!("{}. {title}", self.steps.len()))?;
        self.output.line(&format!("   {request}"))?;
        for (name, value) in answer {
            self.output.line(&format!("   {name:<11} {}", crate::output::cell(Some(value))))?;
        }
        self.output.finish()
    }

    fn finish(self, kept: Option<&Access<'_>>) -> Result<(), Failure> {
        let Self { output, steps } = self;
        if output.is_json() {
            let mut record = json!({ "steps": steps });
            if let Some(access) = kept {
                record["kept"] = json!({
                    "server": access.server,
                    "certificate": access.certificate,
                    "site": SITE,
                    "personalAccessTokenName": TOKEN,
                    "personalAccessTokenSecret": access.secret,
                    "administrator": access.administrator,
                    "password": access.password,
                });
            }
            output.json(&record)?;
        } else if let Some(access) = kept {
            output.raw(access.examples().as_bytes())?;
        }
        output.finish()
    }
}

impl Access<'_> {
    /// Lines to paste into a shell or a script.
    fn examples(&self) -> String {
        let Self { server, version, secret, administrator, password, .. } = self;
        let certificate = self.certificate.display();
        // As it was called just now: it need not be installed anywhere.
        let program = std::env::args().next().unwrap_or_else(|| "tavola".to_owned());
        let tavola = if program == "tavola" { program } else { format!("'{program}'") };
        format!(
            r#"
The server stays up until Ctrl-C; then its data is removed. The administrator is `{administrator}`, password {password}

# curl
curl --cacert '{certificate}' -H 'Content-Type: application/json' -H 'Accept: application/json' \
  -d '{{"credentials":{{"personalAccessTokenName":"{TOKEN}","personalAccessTokenSecret":"{secret}","site":{{"contentUrl":"{SITE}"}}}}}}' \
  {server}/api/{version}/auth/signin

# Python, requests
import requests
credentials = {{"personalAccessTokenName": "{TOKEN}", "personalAccessTokenSecret": "{secret}", "site": {{"contentUrl": "{SITE}"}}}}
answer = requests.post("{server}/api/{version}/auth/signin", json={{"credentials": credentials}}, headers={{"Accept": "application/json"}}, verify="{certificate}")
print(answer.json())

# Python, tableauserverclient
import tableauserverclient as TSC
server = TSC.Server("{server}", http_options={{"verify": "{certificate}"}}, use_server_version=True)
server.auth.sign_in(TSC.PersonalAccessTokenAuth("{TOKEN}", "{secret}", "{SITE}"))
print([user.name for user in TSC.Pager(server.users)])

# tavola
printf %s '{secret}' | {tavola} login {server} --site {SITE} --token-name {TOKEN} --secret-stdin --cacert '{certificate}'
{tavola} user list
"#
        )
    }
}
