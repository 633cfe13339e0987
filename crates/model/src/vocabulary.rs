//! Closed vocabularies: enumerations whose words are the wire's.

use std::fmt;

/// A word that the vocabulary does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    pub(crate) vocabulary: &'static str,
    pub(crate) word: String,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a {}", self.word, self.vocabulary)
    }
}

impl std::error::Error for UnknownWord {}

/// The text of a word: its name here, unless the wire's is no name for a Rust type.
macro_rules! text {
    ($word:ident) => {
        stringify!($word)
    };
    ($word:ident $text:literal) => {
        $text
    };
}

pub(crate) use text;

macro_rules! vocabulary {
    (
        $(#[$doc:meta])* $name:ident, $label:literal { $($word:ident $(= $text:literal)?),* $(,)? }
        $(also { $($alias:literal => $target:ident),* $(,)? })?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the words are the reference's own")]
        pub enum $name { $($word),* }

        impl $name {
            /// Every word, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$word),*];

            /// The word as the wire has it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $crate::vocabulary::text!($word $($text)?)),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(word: &str) -> Result<Self, $crate::UnknownWord> {
                match word {
                    $($crate::vocabulary::text!($word $($text)?) => Ok(Self::$word),)*
                    $($($alias => Ok(Self::$target),)*)?
                    _ => Err($crate::UnknownWord { vocabulary: $label, word: word.to_owned() }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use vocabulary;

vocabulary! {
    /// How a user proves who they are on a site. `TableauIDWithMFA` is Tableau Cloud's.
    AuthSetting, "authentication setting" { ServerDefault, SAML, OpenID, TableauIDWithMFA }
    // What the command line tabcmd calls the server's own way.
    also { "Local" => ServerDefault }
}

vocabulary! {
    /// Whether site administrators manage users, or content alone.
    AdminMode, "adminMode" { ContentAndUsers, ContentOnly }
}

vocabulary! {
    /// Whether a site can be signed in to.
    SiteState, "site state" { Active, Suspended }
}

vocabulary! {
    /// What a view shows: a sheet, several of them, or a sequence of them.
    SheetType, "sheet type" { Worksheet = "worksheet", Dashboard = "dashboard", Story = "story" }
}

vocabulary! {
    /// Where content lies.
    LocationType, "type of location" { Project, PersonalSpace }
}

vocabulary! {
    /// How old the data that a workbook shows may be.
    DataFreshness, "data freshness option" { SiteDefault, AlwaysLive, FreshEvery, FreshAt }
}

vocabulary! {
    /// A kind of content that can be a favorite.
    FavoriteKind, "kind of favorite" {
        Workbook = "workbook",
        View = "view",
        Datasource = "datasource",
        Project = "project",
        Flow = "flow",
    }
    // As the words stand in paths.
    also {
        "workbooks" => Workbook,
        "views" => View,
        "datasources" => Datasource,
        "projects" => Project,
        "flows" => Flow,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_written_as_the_wire_has_it() {
        assert_eq!(SheetType::Story.to_string(), "story");
        assert_eq!("story".parse(), Ok(SheetType::Story));
        assert!("Story".parse::<SheetType>().is_err());
        assert_eq!("Local".parse(), Ok(AuthSetting::ServerDefault));
        assert_eq!(AuthSetting::OpenID.to_string(), "OpenID");
    }
}
