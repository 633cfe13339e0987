//! Names that were checked: whoever holds one need not check again.

use std::{fmt, str::FromStr};

/// Why a text is not a name of its kind. The message is a whole sentence part, fit for an error's detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidName {
    kind: &'static str,
    problem: &'static str,
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}", self.kind, self.problem)
    }
}

impl std::error::Error for InvalidName {}

/// The longest name of anything, in characters.
const LONGEST: usize = 255;

/// What holds for every name: 1 to 255 characters, not only blanks, nothing that XML 1.0 cannot carry.
fn plain(text: &str) -> Result<(), &'static str> {
    if text.trim().is_empty() {
        Err("must not be blank")
    } else if text.chars().count() > LONGEST {
        Err("must not be longer than 255 characters")
    } else if text.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')) {
        Err("must not hold control characters")
    } else {
        Ok(())
    }
}

/// A site's contentUrl: empty for the default site, otherwise letters, digits, `-` and `_`.
fn content_url(text: &str) -> Result<(), &'static str> {
    if text.len() > LONGEST {
        Err("must not be longer than 255 characters")
    } else if text.chars().any(|c| !(c.is_alphanumeric() || c == '-' || c == '_')) {
        Err("may hold only letters, digits, `-` and `_`")
    } else {
        Ok(())
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $kind:literal, $check:path;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The name as it was given, surrounding blanks removed.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The form under which two names are the same name: lower case.
            pub fn key(&self) -> String {
                self.0.to_lowercase()
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                let text = text.trim();
                match $check(text) {
                    Ok(()) => Ok(Self(text.to_owned())),
                    Err(problem) => Err(InvalidName { kind: $kind, problem }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// A site's name, as people read it.
    SiteName, "site name", plain;
    /// A site's name in URLs; `""` is the default site.
    ContentUrl, "contentUrl", content_url;
    /// The name a user signs in with.
    UserName, "user name", plain;
    /// A project's name.
    ProjectName, "project name", plain;
    /// The name of a workbook, data source, flow or other content item.
    ContentName, "name", plain;
    /// A group's name.
    GroupName, "group name", plain;
    /// A group set's name.
    GroupSetName, "group set name", plain;
    /// A personal access token's name, unique for its user.
    TokenName, "token name", plain;
}

impl ContentUrl {
    /// The default site's.
    pub fn default_site() -> Self {
        Self(String::new())
    }

    /// Whether this names the default site.
    pub fn is_default_site(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_1_to_255_characters_of_any_script() {
        assert_eq!(" Finance & Père ".parse::<SiteName>().unwrap().as_str(), "Finance & Père");
        assert!("å".repeat(255).parse::<UserName>().is_ok());
        assert_eq!(
            "å".repeat(256).parse::<UserName>().unwrap_err().to_string(),
            "the user name must not be longer than 255 characters"
        );
        assert!("".parse::<ProjectName>().is_err());
        assert!("a\u{1}b".parse::<TokenName>().is_err());
    }

    #[test]
    fn a_content_url_holds_letters_digits_hyphen_and_underscore_or_nothing() {
        assert!("".parse::<ContentUrl>().unwrap().is_default_site());
        assert!("Sales_2026-q1".parse::<ContentUrl>().is_ok());
        for bad in ["a b", "a/b", "a.b", "a?b"] {
            assert!(bad.parse::<ContentUrl>().is_err(), "{bad}");
        }
    }
}
