//! The way from the flags of a command to a client that is signed in.
//!
//! What is asked for is looked up in this order: flags, environment, profile. Credentials of the environment go only to a
//! server that the environment or a flag names, never to that of the current profile: a password exported for one
//! server must not reach another.

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use tavola_client::{
    Client, Credentials, ServerAddress, Session,
    api::{ApiVersion, Secret},
};

use crate::{
    Failure,
    arguments::Global,
    folders::Folders,
    kept_sessions::{KeptSession, SessionFile},
    output::{self, Output},
    profiles::{Kind, Profile, Profiles, site_in_words},
    secrets,
};

/// Where a command goes to.
#[derive(Debug)]
pub struct Target {
    /// The server.
    pub address: ServerAddress,
    /// The site's contentUrl.
    pub site: String,
    /// The profile and its name.
    pub profile: Option<(String, Profile)>,
    /// Whether a flag or the environment named the server, so that credentials of the environment are meant for it.
    pub is_named: bool,
    transport: Transport,
}

/// How to get there.
#[derive(Debug, Clone)]
pub struct Transport {
    pub cacert: Option<PathBuf>,
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    pub insecure: bool,
    pub timeout: Option<Duration>,
}

/// What a person or program signs in with.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The kind of credentials.
    pub kind: Kind,
    /// The user's or the token's name; `None` for a JWT.
    pub name: Option<String>,
    /// The secret.
    pub secret: Secret,
}

/// A target, and what signs in there.
#[derive(Debug)]
pub struct Connection {
    target: Target,
    /// Credentials of the environment; `None` when the profile's are used.
    identity: Option<Identity>,
    /// Where the session is kept, if it is.
    file: Option<SessionFile>,
    folders: Option<Folders>,
}

impl Target {
    /// Looks up where a command goes to. `address` is the server that the command's own argument names.
    pub fn find(global: &Global, address: Option<&str>, profiles: &Profiles) -> Result<Self, Failure> {
        let of_environment = |variable: &str| env::var(variable).ok();
        let server_of_environment = of_environment("TAVOLA_SERVER").filter(|text| !text.is_empty());
        let flag = address.or(global.server.as_deref());
        let (address, site, profile, is_named);
        if let Some(name) = &global.profile {
            let found = profiles.get(name)?;
            address = stored_address(name, found)?;
            if let Some(flag) = flag.map(parse_address).transpose()?
                && flag.to_string() != address.to_string()
            {
                return Err(Failure::failed(format!("the profile `{name}` is of `{address}`, not of `{flag}`"))
                    .hint("leave out the one or the other"));
            }
            site = global.site.clone().unwrap_or_else(|| found.site.clone());
            profile = Some((name.clone(), found.clone()));
            is_named = false;
        } else if let Some(text) = flag.or(server_of_environment.as_deref()) {
            address = parse_address(text)?;
            site = global
                .site
                .clone()
                .or_else(|| address.site().map(str::to_owned))
                .or_else(|| of_environment("TAVOLA_SITE"))
                .unwrap_or_default();
            profile = profiles.of(&address.to_string(), &site).map(|(name, profile)| (name.clone(), profile.clone()));
            is_named = true;
        } else if let Some(name) = &profiles.current {
            let found = profiles.get(name)?;
            address = stored_address(name, found)?;
            site = global.site.clone().or_else(|| of_environment("TAVOLA_SITE")).unwrap_or_else(|| found.site.clone());
            profile = Some((name.clone(), found.clone()));
            is_named = false;
        } else {
            return Err(Failure::failed("no server is named").hint(
                "`tavola login SERVER` signs in and remembers it; or give --server ADDRESS, or set TAVOLA_SERVER",
            ));
        }
        let transport = Transport::of(global, profile.as_ref().map(|(_, profile)| profile));
        Ok(Self { address, site, profile, is_named, transport })
    }

    /// How to get there.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// A client that has yet to sign in, with these credentials if any.
    pub fn client(&self, identity: Option<&Identity>, output: &Output) -> Result<Client, Failure> {
        let mut builder = self.transport.builder(&self.address, output)?.site(&self.site);
        if let Some(version) = self.profile.as_ref().and_then(|(_, profile)| profile.api_version.as_deref()) {
            builder = builder.version(parse_version(version)?);
        }
        if let Some(identity) = identity {
            builder = builder.credentials(identity.credentials());
        }
        builder.build().map_err(|error| Failure::of_call(format!("cannot use `{}`", self.address), &error))
    }

    /// Signs in, whatever session is kept.
    pub async fn sign_in(&self, identity: &Identity, output: &Output) -> Result<(Client, KeptSession), Failure> {
        let client = self.client(Some(identity), output)?;
        output.say_more(&format!(
            "signing in to {} of `{}` with {}",
            site_in_words(&self.site),
            self.address,
            identity.kind.describe(identity.name.as_deref())
        ));
        let cannot =
            |error: &tavola_client::Error| Failure::of_sign_in(&self.address.to_string(), identity.kind, error);
        let session = client.sign_in().await.map_err(|error| cannot(&error))?;
        let version = client.version().await.map_err(|error| cannot(&error))?;
        let kept = self.kept(&session, version);
        Ok((client, kept))
    }

    /// A session of this target in the form that is kept.
    pub fn kept(&self, session: &Session, version: ApiVersion) -> KeptSession {
        KeptSession {
            server: self.address.to_string(),
            token: session.token.clone(),
            site_id: session.site_id,
            content_url: session.site_content_url.clone().unwrap_or_else(|| self.site.clone()),
            user_id: session.user_id,
            api_version: version.to_string(),
        }
    }
}

impl Transport {
    fn of(global: &Global, profile: Option<&Profile>) -> Self {
        let of_profile = |field: fn(&Profile) -> &Option<PathBuf>| profile.and_then(|profile| field(profile).clone());
        let pair = |certificate: Option<PathBuf>, key: Option<PathBuf>| Some((certificate?, key?));
        Self {
            cacert: global.cacert.clone().or_else(|| of_profile(|profile| &profile.cacert)),
            client_certificate: pair(global.client_cert.clone(), global.client_key.clone()).or_else(|| {
                pair(of_profile(|profile| &profile.client_cert), of_profile(|profile| &profile.client_key))
            }),
            insecure: global.insecure || profile.is_some_and(|profile| profile.insecure),
            timeout: global.timeout.map(|seconds| Duration::from_secs(seconds.get())),
        }
    }

    fn builder(&self, address: &ServerAddress, output: &Output) -> Result<tavola_client::Builder, Failure> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|error| Failure::file(format!("cannot read `{}`", path.display()), &error))
        };
        let mut builder =
            Client::builder(address.to_string()).user_agent(concat!("tavola/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &self.cacert {
            let pem = read(path).map_err(|failure| failure.hint("--cacert FILE names another"))?;
            builder = builder.ca_certificate(pem);
        }
        if let Some((certificate, key)) = &self.client_certificate {
            let mut pem = read(certificate)?;
            pem.push(b'\n');
            pem.extend(read(key)?);
            builder = builder.client_identity(pem);
        }
        if self.insecure {
            output.warn_once(&format!(
                "the certificate of `{}` is not checked (--insecure): whoever is in between can read and change everything",
                address.host()
            ));
            builder = builder.danger_accept_invalid_certificates();
        }
        if let Some(timeout) = self.timeout {
            builder = builder.timeout(timeout);
        }
        if output.is_verbose() {
            builder = builder.watch(output::tell_exchange);
        }
        Ok(builder)
    }
}

impl Identity {
    /// The credentials that the environment holds, if it holds any.
    pub fn of_environment() -> Result<Option<Self>, Failure> {
        let (jwt, token, password) = (
            secrets::of_environment("TAVOLA_JWT"),
            secrets::of_environment("TAVOLA_TOKEN_SECRET"),
            secrets::of_environment("TAVOLA_PASSWORD"),
        );
        let name = |variable: &str, secret: &str| {
            env::var(variable).ok().filter(|name| !name.is_empty()).map(Some).ok_or_else(|| {
                Failure::failed(format!(
                    "{secret} is set and {variable} is not: the environment tells a secret, but not whose"
                ))
            })
        };
        Ok(match (jwt, token, password) {
            (None, None, None) => None,
            (Some(secret), None, None) => Some(Self { kind: Kind::Jwt, name: None, secret }),
            (None, Some(secret), None) => {
                Some(Self { kind: Kind::Token, name: name("TAVOLA_TOKEN_NAME", "TAVOLA_TOKEN_SECRET")?, secret })
            }
            (None, None, Some(secret)) => {
                Some(Self { kind: Kind::Password, name: name("TAVOLA_USERNAME", "TAVOLA_PASSWORD")?, secret })
            }
            _ => {
                return Err(Failure::failed(
                    "more than one of TAVOLA_PASSWORD, TAVOLA_TOKEN_SECRET and TAVOLA_JWT is set: which one is meant?",
                ));
            }
        })
    }

    /// As the client takes it.
    pub fn credentials(&self) -> Credentials {
        let name = self.name.clone().unwrap_or_default();
        match self.kind {
            Kind::Password => Credentials::password(name, self.secret.expose()),
            Kind::Token => Credentials::personal_access_token(name, self.secret.expose()),
            Kind::Jwt => Credentials::jwt(self.secret.expose()),
        }
    }
}

impl Connection {
    /// Finds where a command goes to and what signs in there. Nothing is sent yet.
    pub fn find(global: &Global) -> Result<Self, Failure> {
        let folders = Folders::of_environment();
        let profiles = match &folders {
            Ok(folders) => Profiles::read(folders)?,
            Err(_) => Profiles::default(),
        };
        let target = Target::find(global, None, &profiles)?;
        let identity = if target.is_named { Identity::of_environment()? } else { None };
        let server = target.address.to_string();
        let file = match (&identity, &folders, &target.profile) {
            // Only what has the strength of a key may lend its hash to a file's name; others sign in for each command.
            (Some(Identity { kind: Kind::Token, name: Some(name), secret }), Ok(folders), _) => {
                Some(SessionFile::of_token(folders, &server, &target.site, name, secret))
            }
            (Some(_), ..) => None,
            (None, Ok(folders), Some((name, _))) => Some(SessionFile::of_profile(folders, name, &server, &target.site)),
            (None, Ok(_), None) => {
                return Err(Failure::failed(format!("not signed in to {} of `{server}`", site_in_words(&target.site)))
                    .hint(format!(
                        "`tavola login {server}{}` signs in; or set TAVOLA_TOKEN_NAME and TAVOLA_TOKEN_SECRET",
                        if target.site.is_empty() { String::new() } else { format!(" --site {}", target.site) }
                    )));
            }
            (None, Err(_), _) => return Err(folders.expect_err("there are no folders")),
        };
        Ok(Self { target, identity, file, folders: folders.ok() })
    }

    /// Where it goes to.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Where this program keeps what it must remember, if there is a place.
    pub fn folders(&self) -> Option<&Folders> {
        self.folders.as_ref()
    }

    /// The file of the kept session, if it is kept.
    pub fn file(&self) -> Option<&SessionFile> {
        self.file.as_ref()
    }

    /// Does some work with a client that is signed in: by the kept session where there is one, by a new one where it has
    /// ended. Only then is the work done a second time.
    pub async fn run<T>(
        &self,
        output: &Output,
        work: impl AsyncFn(&Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(file) = &self.file else {
            let identity = self.identity.as_ref().expect("what is not kept is of the environment");
            let (client, _) = self.target.sign_in(identity, output).await?;
            let outcome = work(&client).await;
            // The session would idle on the server for hours. The outcome is the work's, whatever comes of this.
            let _ = client.sign_out().await;
            return outcome;
        };
        let session = match file.read().await? {
            Some(session) => {
                output.say_more(&format!(
                    "using the kept session on {} of `{}`, API version {}",
                    site_in_words(&session.content_url),
                    session.server,
                    session.api_version
                ));
                session
            }
            None => self.sign_in(file, None, output).await?,
        };
        match work(&self.resume(&session, output)?).await {
            Err(failure) if failure.is_dead_session() => {
                output.say_more("the session has ended");
                let session = self.sign_in(file, Some(&session.token), output).await?;
                work(&self.resume(&session, output)?).await
            }
            outcome => outcome,
        }
    }

    /// A client with a kept session.
    pub fn resume(&self, session: &KeptSession, output: &Output) -> Result<Client, Failure> {
        let builder = self
            .target
            .transport
            .builder(&self.target.address, output)?
            .site(&session.content_url)
            .version(parse_version(&session.api_version)?)
            .credentials(Credentials::session(session.token.expose(), session.site_id, session.user_id));
        builder.build().map_err(|error| Failure::of_call(format!("cannot use `{}`", self.target.address), &error))
    }

    /// Signs in and keeps the session, or takes the one that another command has made meanwhile.
    async fn sign_in(
        &self,
        file: &SessionFile,
        dead: Option<&Secret>,
        output: &Output,
    ) -> Result<KeptSession, Failure> {
        let mut file = file.lock().await?;
        if let Some(session) = file.read()?.filter(|session| Some(&session.token) != dead) {
            return Ok(session);
        }
        let identity = match &self.identity {
            Some(identity) => identity.clone(),
            None => self.stored_identity().await?,
        };
        let (_, session) = self.target.sign_in(&identity, output).await?;
        file.write(&session)?;
        Ok(session)
    }

    /// What the profile signs in with.
    async fn stored_identity(&self) -> Result<Identity, Failure> {
        let (name, profile) = self.target.profile.as_ref().expect("a kept session is a profile's or the environment's");
        let folders = self.folders.as_ref().expect("a profile was read from a folder");
        let secret = match profile.secret {
            Some(place) => secrets::get(folders, name, place).await?,
            None => None,
        };
        let Some(secret) = secret else {
            return Err(Failure::failed(format!("not signed in to `{}` any more", self.target.address))
                .because(match profile.credentials {
                    Kind::Jwt => "the session has ended, and a JSON web token makes no second one".to_owned(),
                    kind => {
                        format!("there is no session, and {} is not stored", kind.describe(profile.name.as_deref()))
                    }
                })
                .hint(format!("sign in again: tavola login --profile '{name}'")));
        };
        Ok(Identity { kind: profile.credentials, name: profile.name.clone(), secret })
    }
}

fn parse_address(text: &str) -> Result<ServerAddress, Failure> {
    ServerAddress::parse(text).map_err(|error| {
        Failure::failed(error.to_string())
            .hint("an address is a host, a host and port, or a URL: https://tableau.example.com")
    })
}

fn stored_address(name: &str, profile: &Profile) -> Result<ServerAddress, Failure> {
    ServerAddress::parse(&profile.server)
        .map_err(|error| Failure::failed(format!("the profile `{name}` cannot be used")).because(error.to_string()))
}

fn parse_version(text: &str) -> Result<ApiVersion, Failure> {
    text.parse::<ApiVersion>().map_err(|error| Failure::failed(error.to_string()))
}
