//! The headers of a part.

use percent_encoding::percent_decode_str;

use super::MultipartError;

/// The most headers of a part.
const MOST_HEADERS: usize = 32;

/// What a part says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartHead {
    /// Its name; empty if it has none.
    pub name: String,
    /// The name of its file.
    pub file_name: Option<String>,
    /// The type of its content.
    pub content_type: Option<String>,
}

impl PartHead {
    /// Reads the lines up to the empty one.
    pub(super) fn read(lines: &[u8]) -> Result<Self, MultipartError> {
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in String::from_utf8_lossy(lines).lines() {
            if line.is_empty() {
                continue;
            }
            if let (Some((_, value)), true) = (headers.last_mut(), line.starts_with([' ', '\t'])) {
                value.push_str(line);
                continue;
            }
            let (name, value) =
                line.split_once(':').ok_or(MultipartError("a part has a header line without a colon"))?;
            if headers.len() == MOST_HEADERS {
                return Err(MultipartError("a part has too many headers"));
            }
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut head = Self::default();
        for (name, value) in headers {
            match name.as_str() {
                "content-type" => head.content_type = Some(value),
                "content-disposition" => (head.name, head.file_name) = names(&value),
                "content-transfer-encoding"
                    if !["binary", "8bit", "7bit"].contains(&value.to_ascii_lowercase().as_str()) =>
                {
                    return Err(MultipartError("a part is encoded for transfer; its bytes must come as they are"));
                }
                _ => {}
            }
        }
        Ok(head)
    }
}

/// The name of a part and of its file. Of two spellings the extended one counts.
fn names(disposition: &str) -> (String, Option<String>) {
    let (mut name, mut file_name) = (None, None);
    let parameters = parameters(disposition);
    for (key, value) in &parameters {
        match key.as_str() {
            "name" => name = Some(unescape(value)),
            "filename" => file_name = Some(unescape(value)),
            _ => {}
        }
    }
    for (key, value) in &parameters {
        match key.as_str() {
            "name*" => name = extended(value).or(name),
            "filename*" => file_name = extended(value).or(file_name),
            _ => {}
        }
    }
    (name.unwrap_or_default(), file_name)
}

/// What browsers and newer clients write instead of three characters; `%` itself they leave alone.
fn unescape(text: &str) -> String {
    text.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

/// A value as RFC 8187 writes it: `UTF-8''na%C3%AFve`.
fn extended(text: &str) -> Option<String> {
    let (charset, rest) = text.split_once('\'')?;
    let (_language, value) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    percent_decode_str(value).decode_utf8().ok().map(|text| text.into_owned())
}

/// The parameters of a header's value, in any order, quoted or not. Names come in lower case.
pub(super) fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find([';', '=']) {
        let name = rest[..at].trim().to_ascii_lowercase();
        let is_value = rest[at..].starts_with('=');
        rest = &rest[at + 1..];
        if !is_value {
            continue;
        }
        rest = rest.trim_start();
        let value = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (value, left) = unquote(quoted);
                rest = left;
                value
            }
            None => {
                let end = rest.find(';').unwrap_or(rest.len());
                let value = rest[..end].trim().to_owned();
                rest = &rest[end..];
                value
            }
        };
        // What stands between a closing quote and the next semicolon means nothing.
        rest = rest.find(';').map_or("", |at| &rest[at + 1..]);
        found.push((name, value));
    }
    found
}

/// A quoted text up to its closing quote, and what follows. A backslash stands for itself unless before a quote or another
/// one: some clients send paths of Windows.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            '\\' => match characters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            _ => value.push(character),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disposition(text: &str) -> (String, Option<String>) {
        names(text)
    }

    #[test]
    fn names_are_read_as_clients_write_them() {
        let both = |name: &str, file: &str| (name.to_owned(), Some(file.to_owned()));
        for (text, expected) in [
            ("form-data; name=\"a\"; filename=\"x.twbx\"", both("a", "x.twbx")),
            ("name=\"a\"; filename=\"x.twbx\"", both("a", "x.twbx")),
            ("form-data; FileName=x.twbx ;NAME = a", both("a", "x.twbx")),
            ("filename=\"a;b=c.twb\";name=a", both("a", "a;b=c.twb")),
            ("name=\"a\"; filename=\"say \\\"hi\\\" \\\\.twb\"", both("a", "say \"hi\" \\.twb")),
            ("name=\"a\"; filename=\"C:\\dir\\x.twb\"", both("a", "C:\\dir\\x.twb")),
            ("name=\"a\"; filename=\"100%22.twb\"", both("a", "100\".twb")),
            ("name=\"a\"; filename*=utf-8''na%C3%AFve%20%22.twb; filename=\"naive.twb\"", both("a", "naïve \".twb")),
            ("name=\"a\"; filename*=latin1''x; filename=\"y.twb\"", both("a", "y.twb")),
            ("name=\"é\"; filename=\"日本.twb\"", both("é", "日本.twb")),
            ("name=\"a\"; filename=\"", both("a", "")),
        ] {
            assert_eq!(disposition(text), expected, "{text}");
        }
        assert_eq!(disposition("form-data; name=\"a\""), ("a".to_owned(), None));
        assert_eq!(disposition("form-data"), (String::new(), None));
    }

    #[test]
    fn headers_may_be_folded_and_in_any_case() {
        let head = PartHead::read(
            b"CONTENT-DISPOSITION: form-data;\r\n\tname=\"a\";\r\n  filename=\"b\"\r\ncontent-type:text/xml\r\nX-Y: z\r\n\r\n",
        );
        let expected =
            PartHead { name: "a".into(), file_name: Some("b".into()), content_type: Some("text/xml".into()) };
        assert_eq!(head, Ok(expected));
    }
}
