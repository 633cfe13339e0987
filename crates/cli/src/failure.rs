//! Why a command did not do what it was asked, and what its user can do about it.

use std::{io, process::ExitCode};

use tavola_client::{Error, Hop, NotSignedIn, api::ErrorCode};

use crate::{output::printable, profiles::Kind};

/// A command's failure. `main` prints it, once.
#[derive(Debug)]
pub enum Failure {
    /// The server answered, and said no.
    Refused(Report),
    /// Anything else: usage, network, files.
    Failed(Report),
    /// Two things that were compared are not the same. What they differ in is the command's data.
    Differs,
    /// Ctrl-C.
    Interrupted,
    /// Whoever read the output has read enough. Not a failure to the user.
    ClosedPipe,
}

/// What there is to say about a failure.
#[derive(Debug, Default)]
pub struct Report {
    what: String,
    why: Option<String>,
    hint: Option<String>,
    code: Option<u32>,
    session_ended: bool,
    broken_off: bool,
}

impl Failure {
    /// A call that gave no answer.
    pub fn of_call(what: impl Into<String>, error: &Error) -> Self {
        let mut report = Report { what: what.into(), why: Some(error.to_string()), ..Report::default() };
        report.broken_off = matches!(error, Error::Unreachable(_) | Error::TimedOut { .. } | Error::Unreadable(_));
        match error {
            Error::Refused(refused) => {
                report.code = error.code();
                report.session_ended = error.is(ErrorCode::INVALID_TOKEN);
                report.hint = hint_of_code(refused.code).map(str::to_owned);
                return Self::Refused(report);
            }
            Error::NotSignedIn(why) => {
                report.session_ended = *why == NotSignedIn::Ended;
                report.hint = Some("sign in again: tavola login".to_owned());
                // The server said so before.
                return Self::Refused(report);
            }
            Error::Unreachable(unreachable) => {
                report.hint = match unreachable.hop {
                    Hop::Tls => {
                        Some("--cacert FILE trusts the authority of a private certificate; --insecure checks none")
                    }
                    Hop::NoTls => {
                        Some("an address without a scheme is taken for https://; http://HOST:PORT speaks without TLS")
                    }
                    Hop::Dns | Hop::Connect => Some("check the address and the network"),
                    Hop::Proxy => {
                        Some("the proxy is that of HTTPS_PROXY, HTTP_PROXY or ALL_PROXY; NO_PROXY lists exceptions")
                    }
                    _ => None,
                }
                .map(str::to_owned);
            }
            Error::TimedOut { .. } => report.hint = Some("--timeout SECONDS waits longer".to_owned()),
            Error::Unreadable(_) => report.hint = Some("check that the address is that of a Tableau Server".to_owned()),
            _ => {}
        }
        Self::Failed(report)
    }

    /// A sign-in that failed. A server does not tell which part of the credentials is wrong.
    pub fn of_sign_in(server: &str, kind: Kind, error: &Error) -> Self {
        let failure = Self::of_call(format!("cannot sign in to `{server}`"), error);
        if !error.is(ErrorCode::SIGN_IN_REFUSED) {
            return failure;
        }
        let hint = match kind {
            Kind::Password => "check name, password and site (--site): the server does not say which is wrong",
            Kind::Token => {
                "check the token's name, its secret and the site (--site): the server does not say which is wrong"
            }
            Kind::Jwt => {
                "a JSON web token signs in once, within 10 minutes, and to its site alone (--site): make another"
            }
        };
        failure.with(|report| report.hint = Some(hint.to_owned()))
    }

    /// A failure that says it all in one line.
    pub fn failed(what: impl Into<String>) -> Self {
        Self::Failed(Report { what: what.into(), ..Report::default() })
    }

    /// The same, where the server's no is no answer to what was asked.
    pub fn into_failed(self) -> Self {
        match self {
            Self::Refused(report) => Self::Failed(report),
            other => other,
        }
    }

    /// The server's no.
    pub fn refused(what: impl Into<String>) -> Self {
        Self::Refused(Report { what: what.into(), ..Report::default() })
    }

    /// Something that could not be done with a file.
    pub fn file(what: impl Into<String>, cause: &io::Error) -> Self {
        Self::failed(what).because(cause.to_string())
    }

    /// Adds the cause.
    pub fn because(self, why: impl Into<String>) -> Self {
        self.with(|report| report.why = Some(why.into()))
    }

    /// Adds what the user can do, unless something better was said already.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.with(|report| {
            report.hint.get_or_insert_with(|| hint.into());
        })
    }

    /// Says how to go on with what the network broke off, whatever else was said.
    pub fn hint_to_go_on(self, hint: impl Into<String>) -> Self {
        self.with(|report| {
            if report.broken_off {
                report.hint = Some(hint.into());
            }
        })
    }

    /// Whether the server no longer knows the session that was used: signing in again may help.
    pub fn is_dead_session(&self) -> bool {
        matches!(self, Self::Refused(report) if report.session_ended)
    }

    /// Whether the server said that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(report) if report.code.is_some_and(|code| code / 1000 == 404))
    }

    fn with(mut self, change: impl FnOnce(&mut Report)) -> Self {
        if let Self::Refused(report) | Self::Failed(report) = &mut self {
            change(report);
        }
        self
    }

    /// The exit code of the process.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::ClosedPipe => ExitCode::SUCCESS,
            Self::Refused(_) | Self::Differs => ExitCode::from(1),
            Self::Failed(_) => ExitCode::from(2),
            Self::Interrupted => ExitCode::from(130),
        }
    }

    /// What there is to print.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Refused(report) | Self::Failed(report) => Some(report),
            Self::Differs | Self::Interrupted | Self::ClosedPipe => None,
        }
    }
}

impl Report {
    /// Writes the lines of the report, their labels in colour where `colour` is on.
    pub fn write(&self, to: &mut dyn io::Write, colour: bool) -> io::Result<()> {
        let mut line = |label: &str, style: &str, text: &str| {
            // What a server or a file said may hold what a terminal would obey.
            let text = printable(text);
            if colour { writeln!(to, "{style}{label}\x1b[0m {text}") } else { writeln!(to, "{label} {text}") }
        };
        line("error:", "\x1b[1;31m", &self.what)?;
        if let Some(why) = &self.why {
            line("  why:", "\x1b[1m", why)?;
        }
        if let Some(hint) = &self.hint {
            line(" hint:", "\x1b[1m", hint)?;
        }
        Ok(())
    }
}

/// What helps against a refusal.
fn hint_of_code(code: u32) -> Option<&'static str> {
    Some(match code {
        401_000 | 401_002 => "sign in again: tavola login",
        403_014 | 403_070 => return None,
        403_000..=403_999 => "`tavola whoami` shows as whom you are signed in, and with which site role",
        404_001 => "the server speaks an older API version than was asked for: sign in again",
        404_003 | 404_008 | 405_000 => "this server does not offer that method, or its version is too old for it",
        429_000..=429_999 | 503_000..=503_999 => "try again later",
        _ => return None,
    })
}
