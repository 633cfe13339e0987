//! Uploads in blocks: files too large for one request.
//!
//! Reference: “Publishing Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_publishing.htm>.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{InvalidId, UploadId};

use crate::{About, Endpoint, NoBody, Streamed, Word};

/// “Initiate File Upload”.
pub const INITIATE: Endpoint<NoBody, FileUploadMessage> =
    Endpoint::create("Initiate File Upload", "/sites/{site}/fileUploads").scope("tableau:file_uploads:create");

/// The longest block, in bytes.
pub const LONGEST_BLOCK: usize = 64 * 1024 * 1024;

/// What a body may have beside the block: boundaries, headers of parts and an empty message.
const AROUND_BLOCK: usize = 64 * 1024;

/// “Append to File Upload”: one more block, in the order of its coming or of the query's `sequenceID`. The message is
/// empty, and clients send it nevertheless. Whoever repeats it without a `sequenceID` may append the block twice.
pub const APPEND: Endpoint<Streamed<NoBody>, FileUploadMessage> =
    Endpoint::append("Append to File Upload", "/sites/{site}/fileUploads/{upload}", "tableau_file")
        .longest_body(LONGEST_BLOCK + AROUND_BLOCK)
        .scope("tableau:file_uploads:create");

/// The endpoints of this room.
pub const ALL: &[About] = &[INITIATE.about, APPEND.about];

/// The answer to [`INITIATE`] and [`APPEND`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileUploadMessage {
    /// The upload.
    pub file_upload: FileUpload,
}

/// An upload in blocks.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileUpload {
    /// What names it until the file is published.
    pub upload_session_id: Word<UploadSessionId>,
    /// How much of the file is there, in whole megabytes. A text, by the schema.
    pub file_size: Option<String>,
    /// How many blocks it may have, if they are sent in parallel.
    pub max_file_chunk_count: Option<u32>,
}

/// An [`UploadId`] as the wire has it, such as `1:170fe6b1c1c7422dadff20f944d58a52-1:0`. Those of other servers have
/// other numbers in them and are kept as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UploadSessionId(pub UploadId);

impl fmt::Display for UploadSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1:{}-1:0", self.0.to_string().replace('-', ""))
    }
}

impl FromStr for UploadSessionId {
    type Err = InvalidId;

    /// Reads what [`Display`](fmt::Display) writes, and nothing else.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let digits = text.strip_prefix("1:").and_then(|text| text.strip_suffix("-1:0")).unwrap_or_default();
        let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| digits.get(range).unwrap_or_default());
        // What is longer, or in upper case, is another text and must come back as it was.
        let read = groups.join("-").parse().map(Self).ok().filter(|read| read.to_string() == text);
        read.ok_or_else(|| InvalidId::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_upload_is_read_as_it_was_written() {
        let id: UploadId = "170fe6b1-c1c7-422d-adff-20f944d58a52".parse().unwrap();
        let text = "1:170fe6b1c1c7422dadff20f944d58a52-1:0";
        assert_eq!(UploadSessionId(id).to_string(), text);
        assert_eq!(text.parse(), Ok(UploadSessionId(id)));
        for other in [
            "",
            "é",
            "170fe6b1-c1c7-422d-adff-20f944d58a52",
            "7720:170fe6b1c1c7422dadff20f944d58a52-1:0",
            "1:170FE6B1C1C7422DADFF20F944D58A52-1:0",
            "1:170fe6b1c1c7422dadff20f944d58a5200-1:0",
            "1:170fe6b1c1c7422dadff20f944d58aé-1:0",
        ] {
            assert!(other.parse::<UploadSessionId>().is_err(), "{other}");
        }
    }
}
