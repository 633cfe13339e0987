//! Bodies with a file: the message whole, the file as it arrives.

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _, stream};
use serde::de::DeserializeOwned;
use tavola_api::{
    Direction, Encoding, ErrorCode, LONGEST_MESSAGE, MESSAGE_PART, decode,
    multipart::{Multipart, PartHead, Step},
};

use crate::{arriving::Arriving, error::Error};

/// A body of a message and a file, either of which may be missing and come first. Other parts are passed over.
///
/// [`message`](Self::message) reads on to the file, so that a call can be refused before the file was sent;
/// [`bytes`](Self::bytes) reads the file and all that follows it, so that whoever keeps the file until that stream ends
/// well has kept nothing of a body that breaks off; after it `message` knows a message that came last, too.
pub(crate) struct FileBody<T> {
    arriving: Arriving,
    multipart: Multipart,
    file_part: &'static str,
    place: Place,
    part: Part,
    message: Option<T>,
    message_came: bool,
    file: Option<PartHead>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeFile,
    AtFile,
    End,
}

/// The part that is being read.
enum Part {
    Message(PartHead, Vec<u8>),
    File,
    Other,
}

/// What matters to the reader of a file.
enum Piece {
    FileBegins,
    Bytes(Bytes),
    End,
}

impl<T: DeserializeOwned + Send> FileBody<T> {
    pub(crate) fn new(arriving: Arriving, content_type: Option<&str>, file_part: &'static str) -> Result<Self, Error> {
        let multipart = content_type.and_then(Multipart::of_content_type).ok_or_else(|| {
            Error::new(
                ErrorCode::UNSUPPORTED_MEDIA_TYPE,
                "the body's Content-Type is not `multipart/mixed; boundary=…`",
            )
        })?;
        Ok(Self {
            arriving,
            multipart,
            file_part,
            place: Place::BeforeFile,
            part: Part::Other,
            message: None,
            message_came: false,
            file: None,
        })
    }

    /// The message, if it came before the file or the file was read. Some clients send it after.
    pub(crate) async fn message(&mut self) -> Result<Option<&T>, Error> {
        self.reach_file().await?;
        Ok(self.message.as_ref())
    }

    /// What the file says of itself, if there is one.
    pub(crate) async fn file(&mut self) -> Result<Option<&PartHead>, Error> {
        self.reach_file().await?;
        Ok(self.file.as_ref())
    }

    /// The file's bytes, with little of them in memory. The stream ends well when the whole body did.
    pub(crate) fn bytes(&mut self) -> impl Stream<Item = Result<Bytes, Error>> + Send + '_ {
        let reading = async {
            self.reach_file().await?;
            if self.file.is_none() {
                let detail = format!("the part `{}` with the file is missing", self.file_part);
                return Err(Error::bad_request(detail));
            }
            Ok(stream::try_unfold(self, |body| async move {
                if body.place == Place::End {
                    return Ok(None);
                }
                match body.next_piece().await? {
                    Piece::Bytes(bytes) => Ok(Some((bytes, body))),
                    Piece::FileBegins | Piece::End => {
                        body.place = Place::End;
                        Ok(None)
                    }
                }
            }))
        };
        stream::once(reading).try_flatten()
    }

    /// The message and the file, whole in memory: for files of the size of a message.
    pub(crate) async fn whole(mut self) -> Result<(Option<T>, Vec<u8>), Error> {
        let mut file = Vec::new();
        {
            let mut bytes = std::pin::pin!(self.bytes());
            while let Some(bytes) = bytes.try_next().await? {
                file.extend_from_slice(&bytes);
            }
        }
        Ok((self.message, file))
    }

    /// Whether the whole body was read and has no file.
    pub(crate) fn lacks_file(&self) -> bool {
        self.place == Place::End && self.file.is_none()
    }

    async fn reach_file(&mut self) -> Result<(), Error> {
        while self.place == Place::BeforeFile {
            match self.next_piece().await? {
                Piece::FileBegins => self.place = Place::AtFile,
                Piece::End => self.place = Place::End,
                Piece::Bytes(_) => {}
            }
        }
        Ok(())
    }

    async fn next_piece(&mut self) -> Result<Piece, Error> {
        loop {
            match self.next_step().await? {
                Step::Part(head) => {
                    if self.begin(head)? {
                        return Ok(Piece::FileBegins);
                    }
                }
                Step::Content(bytes) => match &mut self.part {
                    Part::File => return Ok(Piece::Bytes(bytes)),
                    Part::Other => {}
                    Part::Message(_, message) => {
                        if message.len() + bytes.len() > LONGEST_MESSAGE {
                            let detail = format!("the part `{MESSAGE_PART}` is larger than {LONGEST_MESSAGE} bytes");
                            return Err(Error::new(ErrorCode::BODY_TOO_LARGE, detail));
                        }
                        message.extend_from_slice(&bytes);
                    }
                },
                Step::PartEnd => {
                    if let Part::Message(head, message) = std::mem::replace(&mut self.part, Part::Other) {
                        self.message = read_message(&head, &message)?;
                    }
                }
                Step::Over => return Ok(Piece::End),
            }
        }
    }

    async fn next_step(&mut self) -> Result<Step, Error> {
        loop {
            let broken = |problem: tavola_api::multipart::MultipartError| Error::bad_request(problem.to_string());
            if let Some(step) = self.multipart.next_step().map_err(broken)? {
                return Ok(step);
            }
            match self.arriving.next().await? {
                Some(bytes) => self.multipart.feed(&bytes),
                None => return Err(Error::bad_request("the body ends before its last boundary")),
            }
        }
    }

    /// Begins a part; says whether it is the file.
    fn begin(&mut self, head: PartHead) -> Result<bool, Error> {
        let is_message = head.name.eq_ignore_ascii_case(MESSAGE_PART);
        let is_file = head.name.eq_ignore_ascii_case(self.file_part);
        if is_message && self.message_came || is_file && self.file.is_some() {
            return Err(Error::bad_request(format!("the part `{}` is there more than once", head.name)));
        }
        self.part = if is_message {
            self.message_came = true;
            Part::Message(head, Vec::new())
        } else if is_file {
            self.file = Some(head);
            Part::File
        } else {
            Part::Other
        };
        Ok(is_file)
    }
}

/// The message; none where the part is empty, as clients send it when they have nothing to say.
fn read_message<T: DeserializeOwned>(head: &PartHead, bytes: &[u8]) -> Result<Option<T>, Error> {
    let text = bytes.trim_ascii();
    if text.is_empty() {
        return Ok(None);
    }
    let encoding = match &head.content_type {
        // Some clients say nothing of it.
        None if text.starts_with(b"{") => Some(Encoding::Json),
        content_type => Encoding::of_content_type(content_type.as_deref()),
    };
    let encoding = encoding.ok_or_else(|| {
        Error::new(ErrorCode::UNSUPPORTED_MEDIA_TYPE, format!("the part `{}` is neither XML nor JSON", head.name))
    })?;
    Ok(Some(decode(bytes, encoding, Direction::Request)?))
}
