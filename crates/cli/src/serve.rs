//! `tavola serve`: the server, set up by flags, environment and a file, in this order.

use std::{
    env,
    io::IsTerminal,
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    str::FromStr,
};

use clap::{Args, ValueEnum, builder::BoolishValueParser};
use serde::Deserialize;
use serde_json::json;
use tavola_server::{Config, FirstAdministratorConfig, Running, TlsFiles};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::{Failure, arguments::Global, output::Output, secrets};

/// What the help of `serve` ends with. Not the arguments' own: other commands take them too.
pub const AFTER_HELP: &str = "The file has the same names: `data-dir = \"/var/lib/tavola\"`. Flags go before the \
    environment, the environment before the file.\n\n\
    The first start makes the default site and the first server administrator: TAVOLA_ADMIN_USER (`admin` if it is not \
    set) with TAVOLA_ADMIN_PASSWORD; without a password a random one is made and printed once.";

/// The arguments of `serve`.
///
/// One definition for all three sources: clap takes a variable of the environment where a flag is missing, and the file
/// is read into the same fields.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ServeArguments {
    /// The folder of the database, the content and the certificate
    #[arg(long, value_name = "FOLDER", env = "TAVOLA_DATA_DIR", hide_env_values = true)]
    data_dir: Option<PathBuf>,
    /// Where to answer HTTP, or `off` [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS", env = "TAVOLA_LISTEN", hide_env_values = true)]
    listen: Option<Listen>,
    /// Where to answer HTTPS, or `off` [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS", env = "TAVOLA_TLS_LISTEN", hide_env_values = true)]
    tls_listen: Option<Listen>,
    /// Where browsers find the server, such as `https://tavola.example`: identity providers send them back there; wherever they
    /// say they went, otherwise
    #[arg(long, value_name = "URL", env = "TAVOLA_PUBLIC_URL", hide_env_values = true)]
    public_url: Option<PublicUrl>,
    /// The database, `sqlite:FILE` or `postgres://…`; SQLite in the data folder otherwise
    #[arg(long, value_name = "URL", env = "TAVOLA_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Where published files go, `file:FOLDER` or `s3://BUCKET/PREFIX`; a folder in the data folder otherwise
    ///
    /// A bucket is reached as the AWS tools' variables say: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION,
    /// AWS_ENDPOINT_URL.
    #[arg(long, value_name = "URL", env = "TAVOLA_CONTENT_URL", hide_env_values = true)]
    content_url: Option<String>,
    /// The file with the key that published files are encrypted with: 32 bytes, or their hexadecimal digits
    #[arg(long, value_name = "FILE", env = "TAVOLA_CONTENT_KEY_FILE", hide_env_values = true)]
    content_key_file: Option<PathBuf>,
    /// The engine for the data in extracts, a program `hyperd`; the one that `tavola engine install` brought otherwise
    #[arg(long, value_name = "PATH", env = "TAVOLA_ENGINE", hide_env_values = true)]
    engine: Option<PathBuf>,
    /// The certificate chain of HTTPS, a PEM file; a self-signed one is made in the data folder otherwise
    #[arg(long, value_name = "FILE", env = "TAVOLA_TLS_CERT", hide_env_values = true)]
    tls_cert: Option<PathBuf>,
    /// The key of that certificate, a PEM file
    #[arg(long, value_name = "FILE", env = "TAVOLA_TLS_KEY", hide_env_values = true)]
    tls_key: Option<PathBuf>,
    /// Imitate the limits of the real server, such as one session for each personal access token
    #[arg(
        long,
        value_name = "true|false",
        env = "TAVOLA_STRICT",
        hide_env_values = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        value_parser = BoolishValueParser::new()
    )]
    strict: Option<bool>,
    /// Keep deleted content for this many days, to be restored; 0 deletes at once, as --strict does [default: 30]
    #[arg(long, value_name = "N", env = "TAVOLA_RECYCLE_BIN_DAYS", hide_env_values = true)]
    recycle_bin_days: Option<u32>,
    /// Where to answer /metrics for Prometheus; nowhere otherwise
    #[arg(long, value_name = "ADDRESS", env = "TAVOLA_METRICS_LISTEN", hide_env_values = true)]
    metrics_listen: Option<Listen>,
    /// How to write the log, which goes to standard error [default: text]
    #[arg(long, value_name = "FORMAT", env = "TAVOLA_LOG_FORMAT", hide_env_values = true)]
    log_format: Option<LogFormat>,
    /// A TOML file with these settings
    #[arg(long, value_name = "FILE", env = "TAVOLA_CONFIG", hide_env_values = true)]
    #[serde(skip)]
    config: Option<PathBuf>,
}

/// An address to listen on, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Listen(Option<SocketAddr>);

/// A scheme, a host and perhaps a port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct PublicUrl(String);

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an address such as https://tavola.example");
        let base = text.strip_suffix('/').unwrap_or(text);
        let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://")).ok_or_else(wrong)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if host.is_empty() || !host.chars().all(plain) { Err(wrong()) } else { Ok(Self(base.to_owned())) }
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum LogFormat {
    Text,
    Json,
}

/// Serves until it is told to end, then finishes what is in progress.
pub fn serve(arguments: ServeArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let arguments = arguments.with_file()?;
    let config = arguments.config()?;
    start_log(arguments.log_format.unwrap_or(LogFormat::Text), global);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::file("cannot start", &error))?;
    runtime.block_on(async {
        // Before the start: whoever ends the server meanwhile gets a clean end too.
        let mut end = End::watch()?;
        let running = tokio::select! {
            running = tavola_server::start(config) => running.map_err(|error| Failure::failed(error.to_string()))?,
            () = end.told() => return Ok(()),
        };
        tell_password(&running, output)?;
        tracing::info!(
            http = running.http().map(tracing::field::display),
            https = running.https().map(tracing::field::display),
            metrics = running.metrics().map(tracing::field::display),
            "serving"
        );
        end.told().await;
        tracing::info!("ending: requests in progress are finished");
        tokio::select! {
            () = running.shutdown() => {}
            () = end.told() => tracing::warn!("told to end twice: requests in progress are cut off"),
        }
        tracing::info!("ended");
        Ok(())
    })
}

/// Prints the password that was made for the first administrator: here and never again, and never into the log.
fn tell_password(running: &Running, output: &mut Output) -> Result<(), Failure> {
    let Some(administrator) = running.first_administrator() else { return Ok(()) };
    let Some(password) = &administrator.generated_password else { return Ok(()) };
    if output.is_json() {
        output.json(&json!({ "administrator": administrator.name, "password": password }))?;
    } else {
        output.line(&format!(
            "first server administrator: `{}`, password (shown this once): {}",
            administrator.name,
            password.expose()
        ))?;
    }
    output.finish()
}

impl ServeArguments {
    /// The settings of a server that is not started, for a look at its data.
    pub fn of_data(data_dir: Option<PathBuf>, database_url: Option<String>, config: Option<PathBuf>) -> Self {
        Self { data_dir, database_url, config, ..Self::default() }
    }

    /// The same with what only the file says.
    pub fn with_file(self) -> Result<Self, Failure> {
        let Some(path) = &self.config else { return Ok(self) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::file(format!("cannot read `{}`", path.display()), &error))?;
        let file: Self = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            Failure::failed(format!("cannot understand `{}`, line {line}", path.display())).because(error.message())
        })?;
        Ok(Self {
            data_dir: self.data_dir.or(file.data_dir),
            listen: self.listen.or(file.listen),
            tls_listen: self.tls_listen.or(file.tls_listen),
            public_url: self.public_url.or(file.public_url),
            database_url: self.database_url.or(file.database_url),
            content_url: self.content_url.or(file.content_url),
            content_key_file: self.content_key_file.or(file.content_key_file),
            engine: self.engine.or(file.engine),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            strict: self.strict.or(file.strict),
            recycle_bin_days: self.recycle_bin_days.or(file.recycle_bin_days),
            metrics_listen: self.metrics_listen.or(file.metrics_listen),
            log_format: self.log_format.or(file.log_format),
            config: self.config,
        })
    }

    /// What the server is told.
    pub fn config(&self) -> Result<Config, Failure> {
        let loopback = |port: u16| Listen(Some(SocketAddr::from(([127, 0, 0, 1], port))));
        let listen = self.listen.unwrap_or(loopback(8000)).0;
        let tls_listen = self.tls_listen.unwrap_or(loopback(8443)).0;
        if listen.is_none() && tls_listen.is_none() {
            return Err(Failure::failed("both HTTP and HTTPS are off: there is nothing to serve on"));
        }
        let places = [listen, tls_listen, self.metrics_listen.and_then(|listen| listen.0)];
        let mut taken = places.iter().flatten().filter(|address| address.port() != 0);
        while let Some(address) = taken.next() {
            if taken.clone().any(|other| other == address) {
                return Err(Failure::failed(format!(
                    "{address} is given twice: HTTP, HTTPS and metrics each need their own"
                )));
            }
        }
        let tls_files = match (&self.tls_cert, &self.tls_key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate: certificate.clone(), key: key.clone() }),
            (Some(_), None) => {
                return Err(Failure::failed("a certificate is given (tls-cert) without its key (tls-key)"));
            }
            (None, Some(_)) => {
                return Err(Failure::failed("a key is given (tls-key) without its certificate (tls-cert)"));
            }
        };
        let administrator = FirstAdministratorConfig {
            name: env::var("TAVOLA_ADMIN_USER")
                .ok()
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| FirstAdministratorConfig::default().name),
            password: secrets::of_environment("TAVOLA_ADMIN_PASSWORD"),
        };
        let data_dir = match &self.data_dir {
            Some(folder) => folder.clone(),
            None => default_data_dir()?,
        };
        let defaults = Config::on_loopback(data_dir);
        Ok(Config {
            listen,
            tls_listen,
            tls_files,
            metrics_listen: self.metrics_listen.and_then(|listen| listen.0),
            public_url: self.public_url.as_ref().map(|url| url.0.clone()),
            database_url: self.database_url.clone(),
            content_url: self.content_url.clone(),
            content_options: bucket_options(),
            content_key_file: self.content_key_file.clone(),
            engine: self.engine.clone(),
            strict: self.strict.unwrap_or(false),
            recycle_bin_days: self.recycle_bin_days.unwrap_or(defaults.recycle_bin_days),
            administrator,
            ..defaults
        })
    }
}

/// What the environment says of buckets, by the names of the AWS tools.
fn bucket_options() -> Vec<(String, String)> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("AWS_"))
        .collect()
}

/// The data folder of the XDG base directories.
fn default_data_dir() -> Result<PathBuf, Failure> {
    env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(env::home_dir().filter(|home| home.is_absolute())?.join(".local/share")))
        .map(|path| path.join("tavola"))
        .ok_or_else(|| Failure::failed("there is no folder for the data: give --data-dir FOLDER"))
}

/// Sends the log to standard error. `RUST_LOG` chooses what is in it, for whoever knows that variable.
fn start_log(format: LogFormat, global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "warn",
        (_, true) => "debug",
        _ => "info",
    };
    let targets = env::var("RUST_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
    let targets = targets.unwrap_or_else(|| level.parse().expect("a level is a filter"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(targets);
    match format {
        LogFormat::Text => {
            let colour =
                std::io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            registry.with(lines.with_ansi(colour)).init();
        }
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).init(),
    }
}

/// The signals that tell a program to end.
pub struct End {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl End {
    /// Takes the signals from now on.
    pub fn watch() -> Result<Self, Failure> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let watch = |kind| signal(kind).map_err(|error| Failure::file("cannot watch for signals", &error));
            Ok(Self { terminate: watch(SignalKind::terminate())?, interrupt: watch(SignalKind::interrupt())? })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for one of them.
    pub async fn told(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        text.to_socket_addrs()
            .ok()
            .and_then(|mut addresses| addresses.next())
            .map(|address| Self(Some(address)))
            .ok_or_else(|| format!("`{text}` is not an address such as 127.0.0.1:8000, and not `off`"))
    }
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
