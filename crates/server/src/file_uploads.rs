//! Uploads in blocks.

use std::str::FromStr as _;

use tavola_api::{
    ErrorCode, NoBody, Word,
    file_uploads::{self as wire, FileUpload, FileUploadMessage, LONGEST_BLOCK, UploadSessionId},
};
use tavola_model::UploadId;
use tavola_store::{
    self as store, Invalid, Refusal,
    content::ReceiveError,
    uploads::{self, MOST_BLOCKS},
};

use crate::{
    call::{Call, Context},
    error::Error,
    multipart::FileBody,
    router::Routes,
};

const MEGABYTE: u64 = 1024 * 1024;

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::INITIATE, initiate);
    routes.stream(wire::APPEND, append);
}

async fn initiate(call: Call<NoBody>) -> Result<FileUploadMessage, Error> {
    let upload = uploads::begin(&call.context.store, &call.actor).await.map_err(|problem| match problem {
        store::Error::Forbidden(Refusal::NotPublisher) => Error::new(ErrorCode::UPLOAD_REFUSED, problem.to_string()),
        problem => problem.into(),
    })?;
    Ok(message(upload.id, 0, Some(MOST_BLOCKS)))
}

async fn append(mut call: Call<FileBody<NoBody>>) -> Result<FileUploadMessage, Error> {
    let (store, actor) = (&call.context.store, &call.actor);
    let (id, sequence) = (upload(&call.context)?, sequence(&call.context)?);
    let appended = uploads::append(store, actor, id, sequence, call.body.bytes(), LONGEST_BLOCK as u64).await;
    match appended {
        Ok(size) => Ok(message(id, size, None)),
        // The reference has one code for a file of the wrong type and for none.
        Err(ReceiveError::Stream(problem)) if call.body.lacks_file() => {
            Err(Error::new(ErrorCode::WORKBOOK_FILE_TYPE, problem.detail))
        }
        Err(ReceiveError::Stream(problem)) if problem.code == ErrorCode::BODY_TOO_LARGE => Err(block_too_large()),
        Err(ReceiveError::Store(store::Error::Invalid(Invalid::TooLarge(_)))) => Err(block_too_large()),
        Err(ReceiveError::Store(problem @ store::Error::Forbidden(Refusal::NotPublisher))) => {
            Err(Error::new(ErrorCode::PUBLISH_REFUSED, problem.to_string()))
        }
        Err(ReceiveError::Stream(problem)) => Err(problem),
        Err(ReceiveError::Store(problem)) => Err(problem.into()),
    }
}

/// The upload that the path names. The error is that of an unknown one.
fn upload(context: &Context) -> Result<UploadId, Error> {
    let unknown =
        |text: &str| Error::new(ErrorCode::UPLOAD_NOT_FOUND, format!("Upload session '{text}' could not be found."));
    context.id(1, unknown).map(|UploadSessionId(id)| id)
}

/// The place of a block that is sent in parallel with others.
fn sequence(context: &Context) -> Result<Option<u32>, Error> {
    let Some(text) = context.query.get("sequenceID").filter(|text| !text.is_empty()) else { return Ok(None) };
    u32::from_str(text).map(Some).map_err(|_| {
        Error::new(ErrorCode::INVALID_PARAMETER, "the parameter `sequenceID` is not a whole number of at least 0")
    })
}

fn block_too_large() -> Error {
    let detail = format!("a block has at most {} MB; send the file in smaller ones", LONGEST_BLOCK as u64 / MEGABYTE);
    Error::new(ErrorCode::BLOCK_TOO_LARGE, detail)
}

fn message(id: UploadId, size: u64, max_file_chunk_count: Option<u32>) -> FileUploadMessage {
    FileUploadMessage {
        file_upload: FileUpload {
            upload_session_id: Word::Known(UploadSessionId(id)),
            // In megabytes, and what has begun is one.
            file_size: Some(size.div_ceil(MEGABYTE).to_string()),
            max_file_chunk_count,
        },
    }
}
