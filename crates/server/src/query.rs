//! The part of a URL behind the question mark.

use percent_encoding::percent_decode_str;

use crate::error::Error;

/// Query parameters, decoded. Names are looked up without regard to case; of two of one name the last counts. Unknown
/// ones are ignored, as real servers do.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, Error> {
        let decode = |part: &str| {
            percent_decode_str(&part.replace('+', " "))
                .decode_utf8()
                .map(|text| text.into_owned())
                .map_err(|_| Error::bad_request("a query parameter is not UTF-8"))
        };
        text.unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((decode(name)?, decode(value)?))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// All parameters, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A parameter that is `true` or `false`, and `false` if it is not there; anything else is 400008.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Error> {
        self.flag_or(name, false)
    }

    /// The same, with another value for one that is not there.
    pub(crate) fn flag_or(&self, name: &str, otherwise: bool) -> Result<bool, Error> {
        match self.get(name).map(str::to_ascii_lowercase).as_deref() {
            None | Some("") => Ok(otherwise),
            Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Error::new(
                tavola_api::ErrorCode::INVALID_PARAMETER,
                format!("the parameter `{name}` is neither `true` nor `false`"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_whole() {
        let query = Query::parse(Some("filter=name%3Aeq%3Aa%26b%2Cc%2Bd+e&PageSize=5&pageSize=6&flag")).unwrap();
        assert_eq!(query.get("filter"), Some("name:eq:a&b,c+d e"));
        assert_eq!(query.get("pagesize"), Some("6"));
        assert_eq!(query.get("flag"), Some(""));
        assert_eq!(query.get("other"), None);
        assert!(Query::parse(Some("a=%ff")).is_err());
    }
}
