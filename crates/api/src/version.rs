//! Versions of the API, as they stand in the URL.

use std::{fmt, str::FromStr};

/// A version of the REST API, such as 3.29.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion {
    major: u8,
    minor: u8,
}

impl ApiVersion {
    /// The first version: Tableau Server 8.3.
    pub const OLDEST: Self = Self::new(2, 0);
    /// The newest version spoken here: Tableau Server 2026.2.
    pub const LATEST: Self = Self::new(3, 29);
    /// The version at which clients ask a server what it speaks: the first with Server Info.
    pub const PROBE: Self = Self::new(2, 4);
    /// The first version that answers in JSON.
    pub const FIRST_WITH_JSON: Self = Self::new(2, 5);

    const LAST_OF_MAJOR_2: u8 = 8;

    /// A version by its numbers.
    pub const fn new(major: u8, minor: u8) -> Self {
        Self { major, minor }
    }

    /// Whether such a version was ever released, up to [`ApiVersion::LATEST`].
    pub fn is_known(self) -> bool {
        self >= Self::OLDEST && self <= Self::LATEST && (self.major != 2 || self.minor <= Self::LAST_OF_MAJOR_2)
    }

    /// The namespace of this version's XML.
    pub fn namespace(self) -> &'static str {
        if self == Self::OLDEST { "http://tableausoftware.com/api" } else { "http://tableau.com/api" }
    }

    /// The schema location that real servers write into this version's XML.
    pub fn schema_location(self) -> String {
        let namespace = self.namespace();
        if self < Self::new(3, 4) {
            format!("{namespace} {namespace}/ts-api-{self}.xsd")
        } else {
            format!(
                "{namespace} https://help.tableau.com/samples/en-us/rest_api/ts-api_{}_{}.xsd",
                self.major, self.minor
            )
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A text that is not of the form `3.29`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidVersion(String);

impl fmt::Display for InvalidVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an API version such as {}", self.0, ApiVersion::LATEST)
    }
}

impl std::error::Error for InvalidVersion {}

impl FromStr for ApiVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
        text.split_once('.')
            .and_then(|(major, minor)| Some(Self::new(digits(major)?, digits(minor)?)))
            .ok_or_else(|| InvalidVersion(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_number_not_by_text() {
        let v = |text: &str| text.parse::<ApiVersion>().unwrap();
        assert!(v("3.9") < v("3.10"));
        assert!(v("2.8").is_known() && v("3.0").is_known() && v("3.29").is_known());
        assert!(!v("2.9").is_known() && !v("3.30").is_known() && !v("1.9").is_known() && !v("4.0").is_known());
        for bad in ["", "3", "3.", ".1", "3.1.1", "+3.1", "3.-1", "v3.1", "3.999"] {
            assert!(bad.parse::<ApiVersion>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_namespace_and_schema_follow_the_version() {
        assert_eq!(ApiVersion::OLDEST.namespace(), "http://tableausoftware.com/api");
        assert_eq!(
            ApiVersion::LATEST.schema_location(),
            "http://tableau.com/api https://help.tableau.com/samples/en-us/rest_api/ts-api_3_29.xsd"
        );
        assert_eq!(
            ApiVersion::new(2, 3).schema_location(),
            "http://tableau.com/api http://tableau.com/api/ts-api-2.3.xsd"
        );
    }
}
