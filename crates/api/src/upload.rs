//! Requests with a file: a multipart body of a message and the file's bytes.

use serde::Serialize;

use crate::{ApiVersion, CodecError, Direction, Encoding, encode};

/// The name of the part with the message.
pub const MESSAGE_PART: &str = "request_payload";

/// The request of an endpoint that takes a file; [`About::file_part`](crate::About::file_part) names the file's part.
///
/// The file is held whole: this is for files of the size of a message, such as lists of users.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload<T> {
    /// The part `request_payload`, which some methods go without.
    pub message: Option<T>,
    /// What the file holds.
    pub file: Vec<u8>,
}

// Not derived: a list of users has passwords in it.
impl<T: std::fmt::Debug> std::fmt::Debug for Upload<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = format_args!("{} bytes", self.file.len());
        f.debug_struct("Upload").field("message", &self.message).field("file", &file).finish()
    }
}

impl<T: Serialize> Upload<T> {
    /// Writes the body, and its `Content-Type`. `boundary` is a text of up to 70 letters and digits that occurs in no
    /// file, such as a long random one.
    ///
    /// The parts are in the order of published clients: the file first.
    pub fn encode(
        &self,
        file_part: &str,
        boundary: &str,
        version: ApiVersion,
    ) -> Result<(String, Vec<u8>), CodecError> {
        let mut body = Vec::with_capacity(self.file.len() + 1024);
        let mut part = |name: &str, file_name: &str, content_type: &str, bytes: &[u8]| {
            body.extend_from_slice(
                format!(
                    "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
                     Content-Type: {content_type}\r\n\r\n"
                )
                .as_bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        };
        part(file_part, "file", "application/octet-stream", &self.file);
        if let Some(message) = &self.message {
            let message = encode(message, Encoding::Xml, Direction::Request, version)?;
            part(MESSAGE_PART, "", "text/xml", &message);
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Ok((format!("multipart/mixed; boundary={boundary}"), body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::{ImportUsers, User};

    #[test]
    fn the_file_comes_first_and_a_message_that_is_not_there_has_no_part() {
        let user = User { name: Some("ann".to_owned()), ..User::default() };
        let mut upload = Upload { message: Some(ImportUsers { user: vec![user] }), file: b"ann,\"p\r\n".to_vec() };
        let (content_type, body) = upload.encode("tableau_user_import", "b0", ApiVersion::LATEST).unwrap();
        assert_eq!(content_type, "multipart/mixed; boundary=b0");
        let message = encode(upload.message.as_ref().unwrap(), Encoding::Xml, Direction::Request, ApiVersion::LATEST);
        let message = String::from_utf8(message.unwrap()).unwrap();
        let wanted = format!(
            "--b0\r\nContent-Disposition: form-data; name=\"tableau_user_import\"; filename=\"file\"\r\n\
             Content-Type: application/octet-stream\r\n\r\nann,\"p\r\n\r\n\
             --b0\r\nContent-Disposition: form-data; name=\"request_payload\"; filename=\"\"\r\n\
             Content-Type: text/xml\r\n\r\n{message}\r\n--b0--\r\n"
        );
        assert_eq!(String::from_utf8(body).unwrap(), wanted);

        upload.message = None;
        let (_, body) = upload.encode("tableau_user_delete", "b0", ApiVersion::LATEST).unwrap();
        assert!(!String::from_utf8(body).unwrap().contains("request_payload"));
        assert_eq!(
            format!("{upload:?}"),
            "Upload { message: None, file: 8 bytes }",
            "the file, which has passwords, is not shown"
        );
    }
}
