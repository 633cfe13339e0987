//! Ids: lower-case UUIDs on the wire, one type per kind here, so that a user's id cannot be passed for a site's.

use std::{fmt, str::FromStr};

/// A text that is not an id: `8-4-4-4-12` hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidId(String);

impl InvalidId {
    /// This text, which is not an id.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an id", self.0)
    }
}

impl std::error::Error for InvalidId {}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// The id made of 16 random bytes (a UUID of version 4).
            pub const fn from_random_bytes(bytes: [u8; 16]) -> Self {
                Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
            }

            /// The id made of a time and 10 random bytes (a UUID of version 7): later ones sort after earlier ones.
            pub const fn from_time_and_random_bytes(time: crate::Timestamp, bytes: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(time.as_millis() as u64, &bytes).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Reads the hyphenated form alone; upper-case digits are accepted.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if text.len() != uuid::fmt::Hyphenated::LENGTH {
                    return Err(InvalidId(text.to_owned()));
                }
                uuid::Uuid::parse_str(text).map(Self).map_err(|_| InvalidId(text.to_owned()))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.hyphenated().encode_lower(&mut [0; uuid::fmt::Hyphenated::LENGTH]))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A site.
    SiteId
    /// A user of one site. The same person has another `UserId` on another site.
    UserId
    /// A person of the server, who is a user on one or more sites. Never on the wire.
    AccountId
    /// A signed-in session. On the wire a session is named by its token.
    SessionId
    /// A personal access token (`tokenGuid`).
    PersonalAccessTokenId
    /// A project.
    ProjectId
    /// A group of users.
    GroupId
    /// A set of groups.
    GroupSetId
    /// A connected app (its `clientId`).
    ConnectedAppId
    /// A secret of a connected app (the JWT header's `kid`).
    ConnectedAppSecretId
    /// An external authorization server.
    ExternalAuthorizationServerId
    /// A configuration of OpenID Connect (`idpConfigurationId`).
    IdpConfigurationId
    /// A configuration of SCIM.
    ScimConfigurationId
    /// A domain that accounts belong to; `local` is the server's own.
    DomainId
    /// A background job.
    JobId
    /// The bytes of a file, as the server keeps them once however often they are published. Never on the wire.
    BlobId
    /// An upload in blocks. On the wire it is part of the `uploadSessionId`.
    UploadId
    /// A workbook.
    WorkbookId
    /// A view of a workbook.
    ViewId
    /// A data source.
    DatasourceId
    /// A flow.
    FlowId
    /// A connection of a workbook, data source, flow or virtual connection.
    ConnectionId
    /// A custom view.
    CustomViewId
    /// A favorite of a user. Never on the wire.
    FavoriteId
    /// A virtual connection.
    VirtualConnectionId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_any_case_and_written_in_lower_case() {
        let id: SiteId = "9A8B7C6D-5E4F-4A3B-8C2D-1E0F9A8B7C6D".parse().unwrap();
        assert_eq!(id.to_string(), "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d");
    }

    #[test]
    fn other_spellings_of_a_uuid_are_no_ids() {
        for text in [
            "",
            "9a8b7c6d5e4f4a3b8c2d1e0f9a8b7c6d",
            "{9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d}",
            "urn:uuid:9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d",
            "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6é",
        ] {
            assert!(text.parse::<UserId>().is_err(), "{text}");
        }
    }
}
