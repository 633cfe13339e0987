//! The keyring of a Linux desktop: the Secret Service of freedesktop.org, which GNOME Keyring, KWallet and KeePassXC
//! offer on the bus of the user's session. Reference: <https://specifications.freedesktop.org/secret-service/>.
//!
//! Only what one program needs of it, over a small D-Bus library: the libraries that wrap the whole service take longer to
//! build than the rest of this program. Secrets cross the bus as they are, as with any session of the kind `plain`; the
//! bus is a socket that only the user's own programs reach.
//!
//! Everything here blocks; callers bring a thread.

use std::{collections::HashMap, env, fmt, time::Duration};

use rustbus::{
    MessageBuilder, MessageType, RpcConn,
    connection::{self, Timeout, ll_conn::force_finish_on_error},
    message_builder::{MarshalledMessage, MarshalledMessageBody},
    wire::{
        ObjectPath,
        errors::{MarshalError, UnmarshalError},
        marshal::{MarshalContext, traits::SignatureBuffer},
        unmarshal::traits::Variant,
    },
};
use tavola_client::api::Secret;

/// The longest that the session's bus may take to let a program in.
pub const OPENS_WITHIN: Duration = Duration::from_secs(10);
/// The longest that any work with the keyring may take, with a person asked to unlock it.
pub const ANSWERS_WITHIN: Duration = Duration::from_secs(90);

/// The longest that the service may take to answer one call.
const ANSWER: Duration = Duration::from_secs(10);
/// The longest that a person may take to unlock the keyring.
const PERSON: Duration = Duration::from_secs(60);

const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";

/// Why the keyring could not be used.
#[derive(Debug)]
pub struct Unusable(String);

impl Unusable {
    /// It did not answer.
    pub fn silent() -> Self {
        Self("the keyring does not answer".to_owned())
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

type Path = ObjectPath<String>;

/// The keyring, ready to be asked.
pub struct Keyring {
    bus: RpcConn,
    session: Path,
    may_ask: bool,
}

/// Whether this process belongs to a desktop session, which alone has a keyring. Asking costs nothing.
pub fn may_be_there() -> bool {
    env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty())
}

impl Keyring {
    /// Finds the keyring. Where `may_ask` is set, a locked one asks its user to unlock it.
    pub fn open(may_ask: bool) -> Result<Self, Unusable> {
        let bus = RpcConn::session_conn(Timeout::Duration(ANSWER)).map_err(of_bus)?;
        let mut keyring = Self { bus, session: path("/")?, may_ask };
        let answer = keyring.call(ROOT, "org.freedesktop.Secret.Service", "OpenSession", |body| {
            body.push_param("plain")?;
            body.push_variant("")
        })?;
        let mut values = answer.body.parser();
        // Of no use with `plain`.
        values.get::<Variant<'_, '_>>().map_err(of_answer)?;
        keyring.session = values.get().map_err(of_answer)?;
        Ok(keyring)
    }

    /// Keeps a secret under a profile's name, in the place of an earlier one.
    pub fn set(&mut self, profile: &str, secret: &Secret) -> Result<(), Unusable> {
        let answer =
            self.call(ROOT, "org.freedesktop.Secret.Service", "ReadAlias", |body| body.push_param("default"))?;
        let collection: Path = answer.body.parser().get().map_err(of_answer)?;
        if collection.as_ref() == "/" {
            return Err(Unusable("the keyring has no default collection".to_owned()));
        }
        self.unlock(vec![collection.clone()])?;
        let label = format!("Tavola, {profile}");
        let value =
            (self.session.clone(), Vec::<u8>::new(), secret.expose().as_bytes().to_vec(), "text/plain".to_owned());
        let attributes = attributes(profile);
        let answer = self.call(collection.as_ref(), "org.freedesktop.Secret.Collection", "CreateItem", |body| {
            let properties: HashMap<String, Property> = HashMap::from([
                ("org.freedesktop.Secret.Item.Label".to_owned(), Property::Label(label)),
                ("org.freedesktop.Secret.Item.Attributes".to_owned(), Property::Attributes(attributes)),
            ]);
            body.push_param(properties)?;
            body.push_param(value)?;
            body.push_param(true)
        })?;
        let (_item, prompt) = answer.body.parser().get2::<Path, Path>().map_err(of_answer)?;
        self.prompt(&prompt)
    }

    /// The secret of a profile.
    pub fn get(&mut self, profile: &str) -> Result<Option<Secret>, Unusable> {
        let Some(item) = self.find(profile)? else { return Ok(None) };
        let session = self.session.clone();
        let answer =
            self.call(item.as_ref(), "org.freedesktop.Secret.Item", "GetSecret", |body| body.push_param(session))?;
        let (_, _, value, _) = answer.body.parser().get::<(Path, Vec<u8>, Vec<u8>, String)>().map_err(of_answer)?;
        let text =
            String::from_utf8(value).map_err(|_| Unusable("the secret in the keyring is not text".to_owned()))?;
        Ok(Some(Secret::new(text)))
    }

    /// Forgets the secret of a profile.
    pub fn delete(&mut self, profile: &str) -> Result<(), Unusable> {
        while let Some(item) = self.find(profile)? {
            let answer = self.call(item.as_ref(), "org.freedesktop.Secret.Item", "Delete", |_| Ok(()))?;
            let prompt: Path = answer.body.parser().get().map_err(of_answer)?;
            self.prompt(&prompt)?;
        }
        Ok(())
    }

    /// The item of a profile, unlocked.
    fn find(&mut self, profile: &str) -> Result<Option<Path>, Unusable> {
        let attributes = attributes(profile);
        let answer =
            self.call(ROOT, "org.freedesktop.Secret.Service", "SearchItems", |body| body.push_param(attributes))?;
        let (unlocked, locked) = answer.body.parser().get2::<Vec<Path>, Vec<Path>>().map_err(of_answer)?;
        match (unlocked.into_iter().next(), locked.into_iter().next()) {
            (Some(item), _) => Ok(Some(item)),
            (None, Some(item)) => {
                self.unlock(vec![item.clone()])?;
                Ok(Some(item))
            }
            (None, None) => Ok(None),
        }
    }

    fn unlock(&mut self, objects: Vec<Path>) -> Result<(), Unusable> {
        let answer = self.call(ROOT, "org.freedesktop.Secret.Service", "Unlock", |body| body.push_param(objects))?;
        let (_unlocked, prompt) = answer.body.parser().get2::<Vec<Path>, Path>().map_err(of_answer)?;
        self.prompt(&prompt)
    }

    /// Lets the service ask its user, if it wants to.
    fn prompt(&mut self, prompt: &Path) -> Result<(), Unusable> {
        if prompt.as_ref() == "/" {
            return Ok(());
        }
        if !self.may_ask {
            return Err(Unusable("the keyring is locked, and there is no terminal to ask on".to_owned()));
        }
        let rule = format!("type='signal',interface='org.freedesktop.Secret.Prompt',path='{}'", prompt.as_ref());
        self.send(rustbus::standard_messages::add_match(&rule))?;
        self.call(prompt.as_ref(), "org.freedesktop.Secret.Prompt", "Prompt", |body| body.push_param(""))?;
        loop {
            let signal = self
                .bus
                .wait_signal(Timeout::Duration(PERSON))
                .map_err(|_| Unusable("the keyring was not unlocked in time".to_owned()))?;
            let is_ours = signal.dynheader.member.as_deref() == Some("Completed")
                && signal.dynheader.object.as_deref() == Some(prompt.as_ref());
            if is_ours {
                let dismissed: bool = signal.body.parser().get().map_err(of_answer)?;
                return if dismissed { Err(Unusable("the keyring was not unlocked".to_owned())) } else { Ok(()) };
            }
        }
    }

    fn call(
        &mut self,
        object: &str,
        interface: &str,
        method: &str,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
    ) -> Result<MarshalledMessage, Unusable> {
        let mut message = MessageBuilder::new().call(method).on(object).with_interface(interface).at(SERVICE).build();
        arguments(&mut message.body).map_err(|error| Unusable(format!("cannot ask the keyring: {error}")))?;
        self.send(message)
    }

    fn send(&mut self, message: MarshalledMessage) -> Result<MarshalledMessage, Unusable> {
        let mut message = message;
        let serial = self
            .bus
            .send_message(&mut message)
            .map_err(of_bus)?
            .write(Timeout::Duration(ANSWER))
            .map_err(|error| of_bus(force_finish_on_error(error)))?;
        let answer = self.bus.wait_response(serial, Timeout::Duration(ANSWER)).map_err(of_bus)?;
        if answer.typ == MessageType::Error {
            let name = answer.dynheader.error_name.clone().unwrap_or_default();
            let words = answer.body.parser().get::<String>().unwrap_or_default();
            return Err(Unusable(format!("the keyring answered: {words} ({name})")));
        }
        Ok(answer)
    }
}

/// A property of an item.
enum Property {
    Label(String),
    Attributes(HashMap<String, String>),
}

impl rustbus::Signature for Property {
    fn signature() -> rustbus::signature::Type {
        rustbus::signature::Type::Container(rustbus::signature::Container::Variant)
    }

    fn alignment() -> usize {
        1
    }

    fn sig_str(text: &mut SignatureBuffer) {
        text.push_static("v");
    }

    fn has_sig(text: &str) -> bool {
        text.starts_with('v')
    }
}

impl rustbus::Marshal for Property {
    fn marshal(&self, context: &mut MarshalContext<'_, '_>) -> Result<(), MarshalError> {
        match self {
            Self::Label(label) => label.marshal_as_variant(context),
            Self::Attributes(attributes) => attributes.marshal_as_variant(context),
        }
    }
}

fn attributes(profile: &str) -> HashMap<String, String> {
    [("application", "tavola"), ("profile", profile)].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn path(text: &str) -> Result<Path, Unusable> {
    Path::new(text.to_owned()).map_err(|error| Unusable(format!("`{text}` is no path on the bus: {error}")))
}

fn of_bus(error: connection::Error) -> Unusable {
    Unusable(format!("there is no keyring on the session's bus: {error}"))
}

fn of_answer(error: UnmarshalError) -> Unusable {
    Unusable(format!("the keyring's answer is not understood: {error}"))
}
